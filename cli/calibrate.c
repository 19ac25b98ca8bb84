/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab calibrate: a table of costs from calls that function_graph timed.
 *
 * 1. What a call printed is what it took, and a for its own entry and exit, and b for each graphed
 *    call inside.
 * 2. a is the median of a function that does nothing; b comes from the same functions, graphed
 *    deeper: their medians' difference by the calls inside.
 * 3. A step is the median of its functions' calls, less a and b; one that comes out at nothing or
 *    below is rejected, and keeps its prior, as every step that no call shows.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"
#include "cli/costs.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/term.h"
#include "engine/cost/hist.h"
#include "traces/graph.h"

enum { MOST_FUNCTIONS = 512, LEAST_CALLS = 10, NO_STEP = COST_NR_ITEMS };

/* What a call of each is a step of; those of several steps are left out. */
static const struct {
	const char *name;
	enum cost_item item;
} steps[] = {
	{ "__alloc_pages", COST_PAGE_ALLOC },
	{ "__free_pages", COST_PAGE_FREE },
	{ "free_unref_page", COST_PAGE_FREE },
	{ "kmem_cache_alloc", COST_SLAB_ALLOC },
	{ "kmem_cache_alloc_lru", COST_SLAB_ALLOC },
	{ "kmem_cache_alloc_node", COST_SLAB_ALLOC },
	{ "__kmalloc", COST_SLAB_ALLOC },
	{ "__kmalloc_node", COST_SLAB_ALLOC },
	{ "kmalloc_trace", COST_SLAB_ALLOC },
	{ "kmem_cache_free", COST_SLAB_FREE },
	{ "kfree", COST_SLAB_FREE },
	{ "___slab_alloc", COST_SLAB_STACK },
	{ "new_slab", COST_SLAB_NEW },
	{ "allocate_slab", COST_SLAB_NEW },
	{ "__slab_free", COST_SLAB_SLOW },
	{ "discard_slab", COST_SLAB_DISCARD },
	{ "alloc_vmap_area", COST_VMAP_ALLOC },
	{ "free_vmap_area_noflush", COST_VMAP_FREE },
	{ "__pte_alloc_kernel", COST_PAGE_TABLE },
	{ "__pmd_alloc", COST_PAGE_TABLE },
	{ "do_flush_tlb_all", COST_FLUSH_ALL },
	{ "try_to_free_pages", COST_RECLAIM },
	{ "compact_zone", COST_COMPACT },
};

struct function {
	char name[GRAPH_NAME_LEN];
	unsigned int item; /* NO_STEP: none */
	struct hist took, inside;
};

/* One trace's calls. */
struct calls {
	struct function f[MOST_FUNCTIONS];
	size_t nr;
	struct graph_call *call;
	size_t nr_calls, room;
	uint64_t shortest_ns, left_out; /* of functions beyond MOST_FUNCTIONS */
	struct graph_counts n;
};

struct fit {
	const char *path;
	struct calls *flat, *deep; /* deep: NULL where nobody gave one */
	struct cost_table *prior, *out;
	const char *leaf; /* NULL: nobody named one */
	uint64_t a_ns, b_ns;
	bool has_b;
	struct hist net[COST_NR_ITEMS]; /* ns, less a and b */
	uint64_t rejected[COST_NR_ITEMS];
	bool fitted[COST_NR_ITEMS];
};

/* ---- reading ---- */

static unsigned int step_of(const char *name)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(steps[i].name, name))
			return steps[i].item;
	return NO_STEP;
}

static struct function *function_of(struct calls *c, const char *name, bool make)
{
	for (size_t i = 0; i < c->nr; i++)
		if (!strcmp(c->f[i].name, name))
			return &c->f[i];
	if (!make || c->nr == MOST_FUNCTIONS)
		return NULL;
	struct function *f = &c->f[c->nr++];

	*f = (struct function){ .item = step_of(name),
				.took.bits = HIST_PRECISE,
				.inside.bits = HIST_PRECISE };
	snprintf(f->name, sizeof(f->name), "%s", name);
	return f;
}

static int keep(struct calls *c, const struct graph_call *call)
{
	struct function *f = function_of(c, call->name, true);

	if (!f) {
		c->left_out++;
		return 0;
	}
	if (c->nr_calls == c->room) {
		size_t room = c->room ? c->room * 2 : 1024;
		struct graph_call *v = realloc(c->call, room * sizeof(*v));

		if (!v)
			return -KM_ENOMEM;
		c->call = v;
		c->room = room;
	}
	if (f->item != NO_STEP)
		c->call[c->nr_calls++] = *call;
	if (!c->shortest_ns || call->took_ns < c->shortest_ns)
		c->shortest_ns = call->took_ns;
	return hist_add(&f->took, call->took_ns) || hist_add(&f->inside, call->inside) ?
		       -KM_ENOMEM :
		       0;
}

static void calls_close(struct calls *c)
{
	for (size_t i = 0; c && i < c->nr; i++) {
		hist_release(&c->f[i].took);
		hist_release(&c->f[i].inside);
	}
	if (c)
		free(c->call);
	free(c);
}

static int calls_read(struct calls **out, const char *path, struct km_diag *d)
{
	struct graph *g = NULL;
	struct graph_call call;
	struct calls *c = *out = calloc(1, sizeof(*c));
	int got = c ? graph_open(&g, path, d) : km_fail(d, KM_ENOMEM, path, "out of memory");

	if (got)
		return got;
	while ((got = graph_next(g, &call, d)) > 0)
		if (keep(c, &call)) {
			got = km_fail(d, KM_ENOMEM, path, "out of memory");
			break;
		}
	c->n = graph_counts(g);
	graph_close(g);
	if (!got && !c->n.calls)
		got = km_fail(d, KM_EFORMAT, path, "no call in it returns");
	return got;
}

/* ---- the overhead ---- */

static int find_a(struct fit *f, struct km_diag *d)
{
	const struct function *leaf = f->leaf ? function_of(f->flat, f->leaf, false) : NULL;

	if (!f->leaf)
		return 0;
	if (!leaf)
		return km_fail(d, KM_EUSAGE, "--leaf", "the trace has no call of '%s'", f->leaf);
	if (leaf->inside.max)
		return km_fail(d, KM_EUSAGE, "--leaf",
			       "'%s' calls others; name one that does nothing", f->leaf);
	f->a_ns = hist_quantile(&leaf->took, 500);
	return 0;
}

/* The median over the functions that both traces have, of what a call inside adds. */
static int find_b(struct fit *f)
{
	struct hist slopes = { .bits = HIST_PRECISE };
	int err = 0;

	for (size_t i = 0; f->deep && !err && i < f->flat->nr; i++) {
		const struct function *a = &f->flat->f[i];
		const struct function *b = function_of(f->deep, a->name, false);

		if (!b || a->took.count < LEAST_CALLS || b->took.count < LEAST_CALLS)
			continue;
		uint64_t less = hist_quantile(&a->inside, 500),
			 most = hist_quantile(&b->inside, 500);
		uint64_t flat = hist_quantile(&a->took, 500), deep = hist_quantile(&b->took, 500);

		if (most > less && deep > flat)
			err = hist_add(&slopes, (deep - flat) / (most - less));
	}
	f->has_b = slopes.count != 0;
	f->b_ns = hist_quantile(&slopes, 500);
	hist_release(&slopes);
	return err;
}

/* ---- the steps ---- */

/* What a call took by itself; 0: no more than its overhead. */
static uint64_t net_ns(const struct fit *f, uint64_t took_ns, uint64_t inside)
{
	uint64_t over = f->a_ns + inside * f->b_ns;

	return took_ns > over ? took_ns - over : 0;
}

/* A request that filled the CPU's list says what a block of that takes, not what a request does. */
static unsigned int item_of(const struct graph_call *call, unsigned int item)
{
	if (item != COST_PAGE_ALLOC || !call->removed)
		return item;
	return call->removed > 1 ? COST_TAKE : NO_STEP;
}

static int add_net(struct fit *f, bool refills)
{
	uint64_t alloc = hist_quantile(&f->net[COST_PAGE_ALLOC], 500);

	for (size_t i = 0; i < f->flat->nr_calls; i++) {
		const struct graph_call *call = &f->flat->call[i];
		unsigned int item = item_of(call, step_of(call->name));
		uint64_t net = net_ns(f, call->took_ns, call->inside);

		if (item == NO_STEP || (item == COST_TAKE) != refills)
			continue;
		if (refills)
			net = net > alloc ? (net - alloc) / call->removed : 0;
		if (!net)
			f->rejected[item]++;
		else if (hist_add(&f->net[item], net))
			return -KM_ENOMEM;
	}
	return 0;
}

/* "kfree, kmem_cache_free": whose calls @item is from, as far as there is room. */
static void name_functions(const struct fit *f, unsigned int item, char *out, size_t size)
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < f->flat->nr && n + GRAPH_NAME_LEN + 3 < size; i++) {
		const struct function *fn = &f->flat->f[i];

		if (fn->item == item || (item == COST_TAKE && fn->item == COST_PAGE_ALLOC))
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", fn->name);
	}
}

static void set_item(struct fit *f, unsigned int item)
{
	struct cost_entry *e = &f->out->item[item];
	const struct hist *h = &f->net[item];
	char names[110];

	if (h->count < LEAST_CALLS || h->count <= f->rejected[item])
		return;
	name_functions(f, item, names, sizeof(names));
	f->fitted[item] = true;
	e->ps = hist_quantile(h, 500) * 1000;
	/* without a leaf the tracer's own time is in it */
	e->verified = f->leaf ? COST_VERIFIED : COST_SECONDARY;
	snprintf(e->source, sizeof(e->source),
		 "function_graph: median of %" PRIu64 " calls of %s, less %" PRIu64 " ns each%s",
		 h->count, names, f->a_ns, f->leaf ? "" : " (the tracer's time was not known)");
}

static int fit_steps(struct fit *f)
{
	*f->out = *f->prior;
	snprintf(f->out->name, sizeof(f->out->name), "calibrated");
	snprintf(f->out->describe, sizeof(f->out->describe),
		 "fitted to calls timed by function_graph; the rest is %s's", f->prior->name);
	int err = add_net(f, false);

	if (!err)
		err = add_net(f, true);
	for (unsigned int i = 0; !err && i < COST_NR_ITEMS; i++)
		set_item(f, i);
	return err;
}

/* ---- output ---- */

static void print_overhead(const struct fit *f)
{
	char n[TERM_COUNT_LEN];

	if (f->leaf)
		printf("  a, each call's own entry and exit: %s ns, the median of %s\n",
		       term_count(n, f->a_ns), f->leaf);
	else
		printf("  a, each call's own entry and exit: not known (--leaf), taken as 0; the "
		       "shortest call took %s ns\n",
		       term_count(n, f->flat->shortest_ns));
	if (f->has_b)
		printf("  b, each graphed call inside: %s ns\n", term_count(n, f->b_ns));
	else
		puts("  b, each graphed call inside: not known (--deeper), taken as 0");
}

/* How far a function's calls are from what the table says of them: the model's error. */
static void print_function(const struct fit *f, const struct function *fn)
{
	char n[TERM_COUNT_LEN];
	uint64_t p50 = hist_quantile(&fn->took, 500);

	printf("  %-28.28s", fn->name);
	printf("%10s", term_count(n, fn->took.count));
	printf("%12s", term_count(n, p50));
	printf("%12s", term_count(n, hist_quantile(&fn->took, 900)));
	printf("%12s", term_count(n, hist_quantile(&fn->took, 990)));
	if (fn->item == NO_STEP || !f->fitted[fn->item]) {
		printf("  %s\n", fn->item == NO_STEP ? "several steps, or none" : "prior kept");
		return;
	}
	uint64_t inside = hist_quantile(&fn->inside, 500);
	int64_t model = (int64_t)(f->out->item[fn->item].ps / 1000 + f->a_ns + inside * f->b_ns);

	printf("  %-14s%+12" PRId64 "\n", cost_item_name(fn->item), (int64_t)p50 - model);
}

static void print_text(const struct fit *f, const char *out)
{
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];
	unsigned int kept = 0;

	term_text(stdout, f->path);
	printf(": %s calls of %zu functions", term_count(a, f->flat->n.calls), f->flat->nr);
	printf(", %s not seen from beginning to end\n", term_count(b, f->flat->n.unfinished));
	print_overhead(f);
	printf("\n  %-28s%10s%12s%12s%12s  %-14s%12s\n", "ns", "calls", "50 %", "90 %", "99 %",
	       "step", "residual");
	for (size_t i = 0; i < f->flat->nr; i++)
		print_function(f, &f->flat->f[i]);
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		if (f->rejected[i])
			printf("  %s: %s calls took no more than their overhead, and are rejected\n",
			       cost_item_name(i), term_count(a, f->rejected[i]));
	fputs("\n  priors kept, of which the trace shows nothing:", stdout);
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		if (!f->fitted[i])
			printf("%s%s", kept++ % 8 ? " " : "\n    ", cost_item_name(i));
	printf("\n  %u of %u entries are fitted; stored in ", (unsigned int)COST_NR_ITEMS - kept,
	       (unsigned int)COST_NR_ITEMS);
	term_text(stdout, out);
	putchar('\n');
}

static int write_table(const struct fit *f, const char *path, struct km_diag *d)
{
	FILE *to = fopen(path, "we");

	if (!to)
		return km_fail(d, KM_EIO, path, "cannot write it: %s", strerror(errno));
	fputs("# A table of costs, made by kmemlab calibrate: kmemlab-costs(5)\n", to);
	config_print_costs(f->out, to);
	bool bad = ferror(to) != 0;

	if (fclose(to) || bad) {
		remove(path);
		return km_fail(d, KM_EIO, path, "cannot write it: %s", strerror(errno));
	}
	return 0;
}

/* ---- the command ---- */

static int calibrate(struct fit *f, const struct cli_args *args, struct km_diag *d)
{
	const char *like = cli_value(args, OPT_LIKE), *deeper = cli_value(args, OPT_DEEPER);
	const char *out = cli_value(args, OPT_OUTPUT);
	int err = output_check(out, f->path, OUTPUT_COSTS, d);

	f->leaf = cli_value(args, OPT_LEAF);
	f->prior = malloc(sizeof(*f->prior));
	f->out = malloc(sizeof(*f->out));
	if (!err && (!f->prior || !f->out))
		err = km_fail(d, KM_ENOMEM, "", "out of memory");
	if (!err)
		err = costs_find(f->prior, like ? like : "generic", d);
	if (err == -KM_ENOENT)
		err = d->code = -KM_EUSAGE;
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		f->net[i].bits = HIST_PRECISE;
	if (!err)
		err = calls_read(&f->flat, f->path, d);
	if (!err && deeper)
		err = calls_read(&f->deep, deeper, d);
	if (!err)
		err = find_a(f, d);
	if (!err && (find_b(f) || fit_steps(f)))
		err = km_fail(d, KM_ENOMEM, "", "out of memory");
	return err ? err : write_table(f, out, d);
}

static int run_calibrate(const struct cli_args *args)
{
	struct fit *f = calloc(1, sizeof(*f));
	struct km_diag d = { 0 };

	if (!f)
		return term_fail(EXIT_HOST, "out of memory");
	f->path = cli_operand(args, 0);
	int err = calibrate(f, args, &d);
	int status = err ? term_error(&d) : EXIT_DONE;

	if (!err && !cli_has(args, OPT_QUIET))
		print_text(f, cli_value(args, OPT_OUTPUT));
	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		hist_release(&f->net[i]);
	calls_close(f->flat);
	calls_close(f->deep);
	free(f->prior);
	free(f->out);
	free(f);
	return status;
}

static const struct cli_option options[] = {
	{ .id = OPT_LIKE,
	  .name = "like",
	  .arg = "NAME",
	  .help = "take what the trace does not show from this table ('kmemlab list costs'); "
		  "generic where not given" },
	{ .id = OPT_LEAF,
	  .name = "leaf",
	  .arg = "FUNCTION",
	  .help = "a function in the trace that does nothing: the tracer's own time" },
	{ .id = OPT_DEEPER,
	  .name = "deeper",
	  .arg = "TRACE",
	  .help = "the same work with a larger max_graph_depth: what a graphed call inside adds" },
	OPTION_QUIET,
	OPTION_HELP,
	{ .id = OPT_OUTPUT,
	  .letter = 'o',
	  .name = "output",
	  .arg = "COSTS.yaml",
	  .required = true,
	  .help = "the table; an older one is replaced" },
};

const struct cli_command command_calibrate = {
	.name = "calibrate",
	.operands = "TRACE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "fit a table of costs to a machine's own times",
	.details = "Read what ftrace's function_graph tracer printed of the allocators' functions, "
		   "and write a table of costs (kmemlab-costs(5)): the median of each step that it "
		   "shows, less the tracer's own time; what it does not show stays as it is in "
		   "another table, and says so.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_calibrate,
};
