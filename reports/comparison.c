/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/comparison.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A loader in the middle of its rows; @run is the one that they are of. */
struct load {
	struct comparison *c;
	size_t run;
	struct km_diag *d;
};

static int no_memory(const struct load *l)
{
	return km_fail(l->d, KM_ENOMEM, query_db_path(l->c->db), "out of memory");
}

int comparison_is(bool *out, struct query_db *db, struct km_diag *d)
{
	int64_t n = 0;
	int err = query_number(&n, db, "SELECT count(*) FROM v_variations", NULL, 0, 0, d);

	*out = n > 0;
	return err;
}

/* ---- loading ---- */

static int add_key(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct comparison *c = l->c;
	struct comparison_key *more = realloc(c->key, (c->nr_keys + 1) * sizeof(*more));

	if (!more)
		return no_memory(l);
	c->key = more;
	c->key[c->nr_keys] = (struct comparison_key){ .key = strdup(query_text(q, 0)),
						      .varies = query_int(q, 1) > 1 };
	return c->key[c->nr_keys++].key ? 0 : no_memory(l);
}

static int add_run(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct comparison *c = l->c;
	struct comparison_run *more = realloc(c->run, (c->nr_runs + 1) * sizeof(*more));

	if (!more)
		return no_memory(l);
	c->run = more;
	struct comparison_run *r = &c->run[c->nr_runs++];

	*r = (struct comparison_run){ .run = query_int(q, 0),
				      .name = strdup(query_text(q, 1)),
				      .mode = strdup(query_text(q, 2)),
				      .kernel = strdup(query_text(q, 3)),
				      .trace = strdup(query_text(q, 4)),
				      .digest = strdup(query_text(q, 5)),
				      .unvalidated = query_int(q, 6),
				      .what_if = query_int(q, 7),
				      .base = query_int(q, 8),
				      .parted = query_type(q, 9) == QUERY_INT,
				      .event_no = query_int(q, 9),
				      .ts_ns = query_int(q, 10) - query_int(q, 15),
				      .ord = query_type(q, 11) == QUERY_INT ? query_int(q, 11) : -1,
				      .pages = query_int(q, 16),
				      .migratetype = strdup(query_text(q, 12)) };
	r->pfn = query_type(q, 13) == QUERY_INT ? query_int(q, 13) : -1;
	r->base_pfn = query_type(q, 14) == QUERY_INT ? query_int(q, 14) : -1;
	r->value = calloc(c->nr_keys + 1, sizeof(*r->value));
	return r->name && r->mode && r->kernel && r->trace && r->digest && r->migratetype &&
			       r->value ?
		       0 :
		       no_memory(l);
}

static int add_value(void *ctx, const struct query *q)
{
	struct load *l = ctx;
	struct comparison *c = l->c;

	for (size_t r = 0; r < c->nr_runs; r++)
		for (size_t k = 0; c->run[r].run == query_int(q, 0) && k < c->nr_keys; k++) {
			char **to = &c->run[r].value[k];

			if (strcmp(c->key[k].key, query_text(q, 1)) || *to)
				continue;
			*to = strdup(query_text(q, 2));
			if (!*to)
				return no_memory(l);
		}
	return 0;
}

static int load_runs(struct load *l)
{
	struct comparison *c = l->c;
	int err = query_each(c->db,
			     "SELECT key, count(DISTINCT value) + (count(*) < (SELECT count(*) "
			     "FROM v_runs)) FROM v_variations GROUP BY key ORDER BY min(nr), key",
			     NULL, 0, add_key, l, l->d);

	if (!err)
		err = query_each(
			c->db,
			"SELECT r.run, r.name, r.mode, r.kernel, r.trace, r.digest, r.unvalidated, "
			"r.what_if, p.base_run, p.event_no, p.ts_ns, p.ord, p.migratetype, p.pfn, "
			"p.base_pfn, r.first_ts_ns, p.pages FROM v_runs AS r LEFT JOIN v_partings AS p "
			"USING (run) ORDER BY r.run",
			NULL, 0, add_run, l, l->d);
	if (!err)
		err = query_each(c->db, "SELECT run, key, value FROM v_variations", NULL, 0,
				 add_value, l, l->d);
	c->base = c->nr_runs;
	for (size_t r = 0; !err && r < c->nr_runs; r++)
		if (c->run[r].base == c->run[r].run)
			c->base = r;
	return err;
}

static void add_metric(struct comparison *c, const struct metric_name *m)
{
	for (size_t i = 0; i < c->nr_metrics; i++)
		if (!strcmp(c->metric[i].name, m->name))
			return;
	if (c->nr_metrics < COMPARISON_MAX_METRICS)
		c->metric[c->nr_metrics++] = *m;
}

static void choose_metrics(struct comparison *c, const struct metric_name *more, size_t nr_more)
{
	static const unsigned int orders[] = { 3, 9 };
	size_t n;
	const struct metric *m = metrics(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(orders) / sizeof(orders[0]); k++) {
			struct metric_name name;

			metric_at(&name, &m[i], orders[k]);
			add_metric(c, &name);
		}
	for (size_t i = 0; i < nr_more; i++)
		add_metric(c, &more[i]);
}

int comparison_load(struct comparison *c, struct query_db *db, const struct metric_name *more,
		    size_t nr_more, struct km_diag *d)
{
	struct load l = { .c = c, .d = d };

	*c = (struct comparison){ .db = db };
	choose_metrics(c, more, nr_more);
	int err = load_runs(&l);

	for (size_t r = 0; !err && r < c->nr_runs; r++)
		for (size_t m = 0; !err && m < c->nr_metrics; m++)
			err = metric_read(&c->run[r].metric[m].n, &c->run[r].metric[m].has,
					  &c->metric[m], db, c->run[r].run, d);
	if (err)
		comparison_release(c);
	return err;
}

void comparison_release(struct comparison *c)
{
	for (size_t i = 0; i < c->nr_runs; i++) {
		struct comparison_run *r = &c->run[i];

		for (size_t k = 0; r->value && k < c->nr_keys; k++)
			free(r->value[k]);
		free(r->value);
		free(r->name);
		free(r->mode);
		free(r->kernel);
		free(r->trace);
		free(r->digest);
		free(r->migratetype);
	}
	for (size_t k = 0; k < c->nr_keys; k++)
		free(c->key[k].key);
	free(c->run);
	free(c->key);
	*c = (struct comparison){ 0 };
}

/* ---- asking ---- */

bool comparison_differs(const struct comparison *c, size_t m)
{
	for (size_t r = 1; r < c->nr_runs; r++)
		if (c->run[r].metric[m].has != c->run[0].metric[m].has ||
		    c->run[r].metric[m].n != c->run[0].metric[m].n)
			return true;
	return false;
}

/* The base's value of @m; NULL: nothing to hold run @r against. */
static const struct comparison_value *base_of(const struct comparison *c, size_t r, size_t m)
{
	if (c->base == c->nr_runs || c->base == r || !c->run[r].metric[m].has ||
	    !c->run[c->base].metric[m].has)
		return NULL;
	return &c->run[c->base].metric[m];
}

int comparison_sign(const struct comparison *c, size_t r, size_t m)
{
	const struct comparison_value *b = base_of(c, r, m);
	int64_t n = c->run[r].metric[m].n;

	if (!b || n == b->n)
		return 0;
	return (n > b->n) == (c->metric[m].metric->better == METRIC_MORE) ? 1 : -1;
}

const char *comparison_delta(char out[32], const struct comparison *c, size_t r, size_t m)
{
	const struct comparison_value *b = base_of(c, r, m);
	char count[32];

	*out = '\0';
	if (!b)
		return out;
	int64_t by = c->run[r].metric[m].n - b->n;

	if (by)
		snprintf(out, 32, "%s%.30s", by > 0 ? "+" : "", facts_count(count, by));
	return out;
}

const char *comparison_ratio(char out[32], const struct comparison *c, size_t r, size_t m)
{
	const struct comparison_value *b = base_of(c, r, m);
	int64_t n = c->run[r].metric[m].n;

	*out = '\0';
	if (b && b->n > 0 && n >= 0 && n != b->n)
		snprintf(out, 32, "%.*fx", n < 10 * b->n ? 3 : 0, (double)n / (double)b->n);
	return out;
}

void comparison_say_request(const struct comparison_run *x, FILE *to)
{
	char count[32];

	if (x->ord < 0)
		fprintf(to, "%s contiguous pages", facts_count(count, x->pages));
	else
		fprintf(to, "order %" PRId64 ", %s", x->ord, x->migratetype);
}

void comparison_say_run(const struct comparison *c, size_t r, FILE *to,
			void (*escape)(FILE *to, const char *text))
{
	const char *lead = "";

	for (size_t k = 0; k < c->nr_keys; k++) {
		if (!c->key[k].varies || !c->run[r].value[k])
			continue;
		fputs(lead, to);
		escape(to, c->key[k].key);
		putc('=', to);
		escape(to, c->run[r].value[k]);
		lead = " ";
	}
	if (!*lead)
		fprintf(to, "run %" PRId64, c->run[r].run);
}

/* ---- configurations over traces and seeds ---- */

bool comparison_is_sample(const struct comparison *c, size_t k)
{
	return !strchr(c->key[k].key, '.');
}

static bool same_settings(const struct comparison *c, size_t a, size_t b)
{
	for (size_t k = 0; k < c->nr_keys; k++) {
		const char *x = c->run[a].value[k], *y = c->run[b].value[k];

		if (!comparison_is_sample(c, k) && strcmp(x ? x : "", y ? y : ""))
			return false;
	}
	return true;
}

static void add_to(struct comparison_group *g, const struct comparison *c, size_t r)
{
	g->nr++;
	for (size_t m = 0; m < c->nr_metrics; m++) {
		const struct comparison_value *v = &c->run[r].metric[m];

		g->has[m] &= v->has;
		g->mean[m] += ((double)v->n - g->mean[m]) / (double)g->nr;
	}
}

int comparison_groups(const struct comparison *c, struct comparison_group **out, size_t *nr)
{
	struct comparison_group *g = calloc(c->nr_runs + 1, sizeof(*g));

	*nr = 0;
	*out = g;
	if (!g)
		return -KM_ENOMEM;
	for (size_t r = 0; r < c->nr_runs; r++) {
		size_t i = 0;

		while (i < *nr && !same_settings(c, g[i].first, r))
			i++;
		if (i == *nr) {
			g[i].first = r;
			memset(g[i].has, true, sizeof(g[i].has));
			++*nr;
		}
		add_to(&g[i], c, r);
	}
	return 0;
}

static bool groups_differ(const struct comparison_group *g, size_t nr, size_t m)
{
	for (size_t i = 0; i < nr; i++)
		if (!g[i].has[m])
			return false;
	for (size_t i = 1; i < nr; i++)
		if (g[i].mean[m] > g[0].mean[m] || g[i].mean[m] < g[0].mean[m])
			return true;
	return false;
}

/* How much better @a is than @b in metric @m. */
static double ahead(const struct comparison *c, const struct comparison_group *a,
		    const struct comparison_group *b, size_t m)
{
	double by = a->mean[m] - b->mean[m];

	return c->metric[m].metric->better == METRIC_MORE ? by : -by;
}

bool comparison_front(const struct comparison *c, struct comparison_group *g, size_t nr,
		      size_t metric[2])
{
	size_t found = 0;

	for (size_t m = 0; m < c->nr_metrics && found < 2; m++)
		if (groups_differ(g, nr, m))
			metric[found++] = m;
	for (size_t i = 0; found == 2 && i < nr; i++) {
		g[i].best = true;
		for (size_t k = 0; k < nr; k++) {
			double x = ahead(c, &g[k], &g[i], metric[0]);
			double y = ahead(c, &g[k], &g[i], metric[1]);

			g[i].best &= !(x >= 0 && y >= 0 && (x > 0 || y > 0));
		}
	}
	return found == 2;
}
