/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "reports/escape.h"
#include "reports/out.h"
#include "reports/tables.h"
#include "reports/write.h"

void write_select(char *sql, size_t size, const struct report_table *t)
{
	size_t n = (size_t)snprintf(sql, size, "SELECT "), nr = report_table_nr_columns(t);

	for (size_t i = 0; i < nr; i++)
		n += (size_t)snprintf(sql + n, size - n, "%s%s", i ? ", " : "", t->columns[i].name);
	n += (size_t)snprintf(sql + n, size - n, " FROM %s WHERE run = ? ORDER BY 1", t->view);
	for (size_t i = 2; i <= nr; i++)
		n += (size_t)snprintf(sql + n, size - n, ", %zu", i);
	KM_BUG_ON(n >= size);
}

static int csv_row(void *ctx, const struct query *q)
{
	FILE *f = ctx;

	for (size_t i = 0; i < query_nr_columns(q); i++) {
		if (i)
			putc(',', f);
		if (query_type(q, i) == QUERY_INT)
			fprintf(f, "%" PRId64, query_int(q, i));
		else if (query_type(q, i) == QUERY_TEXT)
			escape_csv(f, query_text(q, i));
	}
	fputs("\r\n", f);
	return 0;
}

static int csv_rows(FILE *out, const struct facts *f, const struct report_table *t,
		    struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };
	char sql[2048];

	for (size_t i = 0; i < report_table_nr_columns(t); i++)
		fprintf(out, "%s%s", i ? "," : "", t->columns[i].name);
	fputs("\r\n", out);
	write_select(sql, sizeof(sql), t);
	return query_each(f->db, sql, &run, 1, csv_row, out, d);
}

struct json_rows {
	FILE *f;
	bool begun;
};

static int json_row(void *ctx, const struct query *q)
{
	struct json_rows *j = ctx;

	fputs(j->begun ? ",\n{" : "\n{", j->f);
	j->begun = true;
	for (size_t i = 0; i < query_nr_columns(q); i++) {
		fprintf(j->f, "%s\"%s\": ", i ? ", " : "", query_column(q, i));
		if (query_type(q, i) == QUERY_INT)
			fprintf(j->f, "%" PRId64, query_int(q, i));
		else if (query_type(q, i) == QUERY_TEXT)
			escape_json(j->f, query_text(q, i));
		else
			fputs("null", j->f);
	}
	putc('}', j->f);
	return 0;
}

static int json_rows(FILE *out, const struct facts *f, const struct report_table *t,
		     struct km_diag *d)
{
	const struct query_arg run = { .number = f->run };
	struct json_rows j = { .f = out };
	char sql[2048];
	int err;

	putc('[', out);
	write_select(sql, sizeof(sql), t);
	err = query_each(f->db, sql, &run, 1, json_row, &j, d);
	fputs(j.begun ? "\n]\n" : "]\n", out);
	return err;
}

/* A file per view with the ending @ending, written by @rows. */
static int write_views(const char *dir, const struct facts *f, const char *ending,
		       int (*rows)(FILE *, const struct facts *, const struct report_table *,
				   struct km_diag *),
		       struct km_diag *d)
{
	size_t n;
	const struct report_table *t = report_tables(&n);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		char name[64];
		struct out out;

		snprintf(name, sizeof(name), "%s.%s", t[i].file, ending);
		err = out_open(&out, dir, name, d);
		if (!err)
			err = out_end(&out, rows(out.f, f, &t[i], d), d);
	}
	return err;
}

int write_csv(const char *dir, const struct facts *f, struct km_diag *d)
{
	return write_views(dir, f, "csv", csv_rows, d);
}

int write_json(const char *dir, const struct facts *f, struct km_diag *d)
{
	return write_views(dir, f, "json", json_rows, d);
}
