/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/query.h"

int query_number(int64_t *out, struct query_db *db, const char *sql, const struct query_arg *args,
		 size_t nr_args, int64_t otherwise, struct km_diag *d)
{
	struct query *q;
	int err = query_open(&q, db, sql, args, nr_args, d);

	if (err)
		return err;
	err = query_next(q, d);
	if (err >= 0)
		*out = err && query_type(q, 0) != QUERY_NULL ? query_int(q, 0) : otherwise;
	query_close(q);
	return err < 0 ? err : 0;
}

int query_each(struct query_db *db, const char *sql, const struct query_arg *args, size_t nr_args,
	       int (*row)(void *ctx, const struct query *q), void *ctx, struct km_diag *d)
{
	struct query *q;
	int err = query_open(&q, db, sql, args, nr_args, d);

	if (err)
		return err;
	while ((err = query_next(q, d)) == 1) {
		err = row(ctx, q);
		if (err)
			break;
	}
	query_close(q);
	return err;
}
