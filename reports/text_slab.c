/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary's part about objects and whose pages. */
#include <inttypes.h>
#include <string.h>

#include "reports/escape.h"
#include "reports/slab_facts.h"
#include "reports/write.h"

enum { MOST_CACHES = 10, MOST_SITES = 10, NAME_WIDTH = 32 };

struct text_slab {
	FILE *out;
	const struct facts *f;
	bool utf8;
};

/* @text, cut or filled to @width columns. */
static void put_name(const struct text_slab *t, const char *text, int width)
{
	char name[NAME_WIDTH + 1];

	snprintf(name, sizeof(name), "%.*s", width, text);
	escape_terminal(t->out, name, t->utf8);
	fprintf(t->out, "%*s", width - (int)strlen(name), "");
}

static int put_layer(void *ctx, const struct layer_facts *l)
{
	const struct text_slab *t = ctx;
	char events[32], share[24], shown[24], live[24];

	fputs("  ", t->out);
	put_name(t, l->layer, 12);
	fprintf(t->out, " %12s %9s %% %9s %% %11s\n", facts_count(events, l->events),
		facts_percent(share, l->events, l->all_events),
		facts_percent(shown, l->certain_events, l->events),
		facts_bytes(live, l->live_pages * t->f->page_size));
	return 0;
}

static int put_cache(void *ctx, const struct cache_facts *c)
{
	const struct text_slab *t = ctx;
	int64_t bytes = c->pages * t->f->page_size;
	char memory[24], used[24], objects[32], slack[24], single[32] = "-";

	if (c->single_slabs >= 0)
		facts_count(single, c->single_slabs);
	fputs("  ", t->out);
	put_name(t, c->name, 22);
	fprintf(t->out, " %11s %10s %8s %% %11s %11s\n", facts_bytes(memory, bytes),
		facts_count(objects, c->active_objs),
		facts_percent(used, c->active_objs * c->objsize, bytes),
		facts_bytes(slack, c->free_bytes + c->left_bytes), single);
	return 0;
}

static int put_site(void *ctx, const struct site_facts *s)
{
	const struct text_slab *t = ctx;
	char allocs[32], bytes[24], slack[24], live[24];

	fputs("  ", t->out);
	put_name(t, s->site[0] ? s->site : "not known", NAME_WIDTH);
	fprintf(t->out, " %11s %11s %8s %% %11s\n", facts_count(allocs, s->allocs),
		facts_bytes(bytes, s->bytes_alloc),
		facts_percent(slack, s->bytes_alloc - s->bytes_req, s->bytes_alloc),
		facts_bytes(live, s->live_bytes));
	return 0;
}

static int put_grower(void *ctx, const struct grower_facts *g)
{
	const struct text_slab *t = ctx;
	char growth[24], objects[32], live[24];

	fputs("  ", t->out);
	put_name(t, g->site[0] ? g->site : "not known", NAME_WIDTH);
	fprintf(t->out, " %11s %10s %11s  ", facts_bytes(growth, g->growth),
		facts_count(objects, g->live_objects), facts_bytes(live, g->live_bytes));
	fputs(g->excluded ? g->excluded : "candidate", t->out);
	putc('\n', t->out);
	return 0;
}

static int put_allocator(void *ctx, const struct allocator_facts *a)
{
	const struct text_slab *t = ctx;
	char now[24], most[24], objects[24];

	fprintf(t->out, "  %3" PRId64 "  ", a->run);
	put_name(t, a->name, 24);
	put_name(t, a->slab[0] ? a->slab : "-", 8);
	fprintf(t->out, " %11s %11s %11s\n", facts_bytes(now, a->pages * t->f->page_size),
		facts_bytes(most, a->most_pages * t->f->page_size),
		facts_bytes(objects, a->live_bytes));
	return 0;
}

int text_slab(FILE *out, const struct facts *f, bool utf8, struct km_diag *d)
{
	struct text_slab t = { .out = out, .f = f, .utf8 = utf8 };
	int err = 0;

	if (f->nr_layers) {
		fprintf(out, "  %-12s %12s %11s %11s %11s\n", "layer", "events", "share", "shown",
			"in use");
		err = slab_layers(f, put_layer, &t, d);
	}
	if (!err && f->slab_runs > 1) {
		fprintf(out, "\n  %-5s%-24s%-8s %11s %11s %11s\n", "run", "name", "objects",
			"in slabs", "at most", "live");
		err = slab_allocators(f, put_allocator, &t, d);
	}
	if (!err && f->nr_caches) {
		fprintf(out, "\n  %-22s %11s %10s %10s %11s %11s\n", "cache", "memory", "in use",
			"used", "slack", "held by one");
		err = slab_caches(f, MOST_CACHES, put_cache, &t, d);
	}
	if (!err && f->nr_sites) {
		fprintf(out, "\n  %-*s %11s %11s %10s %11s\n", NAME_WIDTH, "call site",
			"allocations", "allocated", "slack", "at the end");
		err = slab_sites(f, MOST_SITES, put_site, &t, d);
	}
	if (!err && f->nr_leaks) {
		fprintf(out, "\n  %-*s %11s %10s %11s  %s\n", NAME_WIDTH, "what grows", "a second",
			"objects", "memory", "leak?");
		err = slab_growers(f, MOST_SITES, put_grower, &t, d);
	}
	return err;
}
