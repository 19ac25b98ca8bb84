/* SPDX-License-Identifier: GPL-2.0-only */
/* The page's section about objects: whose pages, caches and their slack, call sites, growers. */
#include <inttypes.h>

#include "reports/escape.h"
#include "reports/html.h"
#include "reports/slab_facts.h"

static void put_number_text(const struct html *h, const char *text)
{
	fprintf(h->out, "<td class=n>%s</td>", text);
}

static void put_bytes(const struct html *h, int64_t bytes)
{
	char text[24];

	put_number_text(h, facts_bytes(text, bytes));
}

static void put_percent(const struct html *h, int64_t part, int64_t whole)
{
	char text[24];

	fprintf(h->out, "<td class=n>%s%s</td>", facts_percent(text, part, whole),
		whole ? " %" : "");
}

static void begin_table(const struct html *h, const char *columns)
{
	fprintf(h->out, "<div class=scroll><table>\n<tr>%s</tr>\n", columns);
}

static void end_table(const struct html *h)
{
	fputs("</table></div>\n", h->out);
}

/* ---- whose pages ---- */

static int put_layer(void *ctx, const struct layer_facts *l)
{
	const struct html *h = ctx;

	fputs("<tr>", h->out);
	html_text(h, l->layer);
	html_number(h, l->events);
	put_percent(h, l->events, l->all_events);
	put_percent(h, l->certain_events, l->events);
	html_number(h, l->pages);
	put_bytes(h, l->live_pages * h->f->page_size);
	fputs("</tr>\n", h->out);
	return 0;
}

static int put_layers(const struct html *h)
{
	if (!h->f->nr_layers)
		return 0;
	fputs("<h3>Whose pages</h3>\n<p>Every recorded allocation and free of pages, by the layer of the kernel it was "
	      "for. <em>Shown</em> is the share whose owner an event shows; for the rest the model or the "
	      "request's flags say it. Unknown is what was given back and never seen allocated.</p>\n",
	      h->out);
	begin_table(
		h,
		"<th>layer</th><th class=n>events</th><th class=n>share</th><th class=n>shown</th>"
		"<th class=n>pages moved</th><th class=n>in use at the end</th>");
	int err = slab_layers(h->f, put_layer, (void *)(uintptr_t)h, h->d);

	end_table(h);
	return err ? err : html_view(h, "v_owners");
}

/* ---- allocators side by side ---- */

static int put_allocator(void *ctx, const struct allocator_facts *a)
{
	const struct html *h = ctx;

	fprintf(h->out, "<tr%s>", a->run == h->f->run ? " class=all" : "");
	html_number(h, a->run);
	html_text(h, a->name);
	html_text(h, a->slab[0] ? a->slab : "\xe2\x80\x93");
	put_bytes(h, a->pages * h->f->page_size);
	put_bytes(h, a->most_pages * h->f->page_size);
	put_bytes(h, a->live_bytes);
	put_percent(h, a->live_bytes, a->pages * h->f->page_size);
	fputs("</tr>\n", h->out);
	return 0;
}

static int put_allocators(const struct html *h)
{
	if (h->f->slab_runs < 2)
		return 0;
	fputs("<h3>Object allocators side by side</h3>\n<p>The runs of this database: memory in slabs and large "
	      "kmallocs as far as their traces have shown it, and the objects of the trace that live at its "
	      "end.</p>\n",
	      h->out);
	begin_table(h,
		    "<th class=n>run</th><th>name</th><th>allocator</th><th class=n>in slabs</th>"
		    "<th class=n>at most</th><th class=n>objects</th><th class=n>of slabs</th>");
	int err = slab_allocators(h->f, put_allocator, (void *)(uintptr_t)h, h->d);

	end_table(h);
	return err;
}

/* ---- caches ---- */

static int put_cache(void *ctx, const struct cache_facts *c)
{
	const struct html *h = ctx;
	int64_t bytes = c->pages * h->f->page_size;

	fputs("<tr>", h->out);
	html_text(h, c->name);
	html_number(h, c->slabs);
	put_bytes(h, bytes);
	put_bytes(h, c->most_pages * h->f->page_size);
	html_number(h, c->active_objs);
	html_number(h, c->objsize);
	put_percent(h, c->active_objs * c->objsize, bytes);
	put_bytes(h, c->free_bytes);
	put_bytes(h, c->left_bytes);
	if (c->single_slabs < 0)
		fputs("<td class=nil>&ndash;</td>", h->out);
	else
		html_number(h, c->single_slabs);
	fputs("</tr>\n", h->out);
	return 0;
}

static int put_caches(const struct html *h)
{
	if (!h->f->nr_caches)
		return 0;
	fputs("<h3>Caches, and what of their slabs is not used</h3>\n<p>At the end of the trace, the largest first. Slack "
	      "outside objects: free objects, and what is left over in a slab. A slab held by one object keeps all "
	      "its pages for it.</p>\n",
	      h->out);
	begin_table(
		h,
		"<th>cache</th><th class=n>slabs</th><th class=n>memory</th><th class=n>at most</th>"
		"<th class=n>objects in use</th><th class=n>size <small>[bytes]</small></th>"
		"<th class=n>used</th><th class=n>free objects</th><th class=n>left over</th>"
		"<th class=n>held by one</th>");
	int err = slab_caches(h->f, SLAB_MAX_ROWS, put_cache, (void *)(uintptr_t)h, h->d);

	end_table(h);
	return err;
}

/* ---- call sites ---- */

static int put_site(void *ctx, const struct site_facts *s)
{
	const struct html *h = ctx;
	int64_t ms = (h->f->last_ts_ns - h->f->first_ts_ns) / 1000000;

	fputs("<tr>", h->out);
	html_text(h, s->site[0] ? s->site : "not known");
	html_text(h, s->kind);
	html_number(h, s->allocs);
	html_number(h, ms > 0 ? s->allocs * 1000 / ms : 0);
	put_bytes(h, s->bytes_alloc);
	put_percent(h, s->bytes_alloc - s->bytes_req, s->bytes_alloc);
	put_bytes(h, s->peak_bytes);
	put_bytes(h, s->live_bytes);
	fputs("</tr>\n", h->out);
	return 0;
}

static int put_sites(const struct html *h)
{
	if (!h->f->nr_sites)
		return 0;
	fputs("<h3>Call sites</h3>\n<p>Who allocates most, over the whole trace. Slack inside objects: what was handed out "
	      "beyond what was asked for.</p>\n",
	      h->out);
	begin_table(
		h,
		"<th>call site</th><th>kind</th><th class=n>allocations</th><th class=n>a second</th>"
		"<th class=n>allocated</th><th class=n>slack inside</th>"
		"<th class=n>most at one time</th><th class=n>at the end</th>");
	int err = slab_sites(h->f, SLAB_MAX_ROWS, put_site, (void *)(uintptr_t)h, h->d);

	end_table(h);
	return err;
}

static int put_grower(void *ctx, const struct grower_facts *g)
{
	const struct html *h = ctx;
	char age[24];

	fputs(g->excluded ? "<tr>" : "<tr class=all>", h->out);
	html_text(h, g->site[0] ? g->site : "not known");
	html_text(h, g->cache ? g->cache : "\xe2\x80\x93");
	put_bytes(h, g->growth);
	html_number(h, g->live_objects);
	put_bytes(h, g->live_bytes);
	put_number_text(h, facts_milli(age, (h->f->last_ts_ns - g->oldest_ts_ns) / 1000000));
	html_text(h, g->excluded ? g->excluded : "candidate");
	fputs("</tr>\n", h->out);
	return 0;
}

static int put_growers(const struct html *h)
{
	int64_t n = 0;
	int err = slab_count_rows(&n, h->f, "v_leaks", h->d);

	if (err || !n)
		return err;
	fputs("<h3>What grows</h3>\n<p>Objects of the trace that live at its end, by how fast they became more. A "
	      "candidate for a leak is what no history explains: the others are too young, balanced, short-lived, "
	      "reserves, or also freed where no event tells.</p>\n",
	      h->out);
	begin_table(
		h,
		"<th>call site</th><th>cache</th><th class=n>a second</th><th class=n>objects</th>"
		"<th class=n>memory</th><th class=n>oldest <small>[s]</small></th><th>leak?</th>");
	err = slab_growers(h->f, SLAB_MAX_ROWS, put_grower, (void *)(uintptr_t)h, h->d);
	end_table(h);
	return err;
}

int html_slab(const struct html *h)
{
	int (*const parts[])(const struct html *) = { put_layers, put_allocators, put_caches,
						      put_sites, put_growers };
	int err = 0;

	if (!slab_has_any(h->f))
		return 0;
	html_heading(h, "slab", "Objects and whose pages");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
		err = parts[i](h);
	return err;
}
