/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One event as a line of ftrace: its head, then the fields that its tracepoint prints.
 *
 * Kernel: kernel/trace/trace_output.c:trace_print_context(), and the TP_printk() of the tracepoints
 *         that text_forms.c names [6.1]
 * Differs: fields that struct km_event does not keep are left out; errorno= (6.12) where it says
 *          more than the missing page does.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "traces/write_text.h"

enum { NAME_LEN = 512, GFP_LEN = 640, NR_STRINGS = 2 };

/* Where amd64 has its page structures, of 64 bytes each. */
#define PAGE_STRUCTS UINT64_C(0xffffea0000000000)

struct line {
	const struct text_style_out *style;
	const struct km_event *ev;
	char *buf;
	size_t len;
	char names[NR_STRINGS][NAME_LEN];
};

static void KM_PRINTF(2, 3) put(struct line *l, const char *fmt, ...)
{
	size_t room = WRITE_TEXT_LINE - 1 - l->len; /* a newline follows */
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(l->buf + l->len, room, fmt, ap);

	va_end(ap);
	if (n > 0)
		l->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* A string of the trace, on one line. */
static char *name_of(struct line *l, unsigned int slot, uint32_t id)
{
	char *out = l->names[slot];

	snprintf(out, NAME_LEN, "%s", strtab_get(l->style->strings, id));
	for (char *p = out; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = '?';
	return out;
}

/* ---- the head ---- */

static char irq_letter(uint8_t ctx)
{
	if (ctx & KM_CTX_NMI)
		return ctx & KM_CTX_HARDIRQ ? 'Z' : 'z';
	if (ctx & KM_CTX_HARDIRQ)
		return ctx & KM_CTX_SOFTIRQ ? 'H' : 'h';
	return ctx & KM_CTX_SOFTIRQ ? 's' : '.';
}

static void put_time(struct line *l)
{
	uint64_t ns = l->ev->ts_ns, us = ns / 1000 + (ns % 1000 >= 500);

	if (l->style->counts)
		put(l, " %12" PRIu64 ": ", ns);
	else if (l->style->nanoseconds)
		put(l, " %5" PRIu64 ".%09" PRIu64 ": ", ns / 1000000000, ns % 1000000000);
	else
		put(l, " %5" PRIu64 ".%06" PRIu64 ": ", us / 1000000, us % 1000000);
}

static void put_head(struct line *l)
{
	const struct km_event *ev = l->ev;

	put(l, "%16s-%-7d [%03d] ", name_of(l, 0, ev->comm), (int)ev->pid, ev->cpu);
	if (!(ev->ctx & KM_CTX_UNKNOWN))
		put(l, "%c.%c..", ev->ctx & KM_CTX_IRQS_OFF ? 'd' : '.', irq_letter(ev->ctx));
	put_time(l);
}

/* ---- the fields ---- */

static void put_page(struct line *l, uint64_t pfn)
{
	if (pfn == KM_NO_PFN)
		put(l, "page=0000000000000000 pfn=0x0");
	else
		put(l, "page=%016" PRIx64 " pfn=0x%" PRIx64, PAGE_STRUCTS + pfn * 64, pfn);
}

static int type_of(const struct line *l, uint8_t mt)
{
	return dialect_migratetype_number(l->style->dialect, mt, l->style->has_cma);
}

static void put_gfp(struct line *l, uint32_t gfp)
{
	char text[GFP_LEN];

	dialect_gfp_write(l->style->dialect, gfp, text, sizeof(text));
	put(l, " gfp_flags=%s", text);
}

static void put_page_event(struct line *l)
{
	const struct km_ev_page *p = &l->ev->page;

	put_page(l, p->pfn);
	put(l, " order=%u", p->order);
	if (l->ev->kind == KM_EV_PAGE_FREE || l->ev->kind == KM_EV_PAGE_FREE_BATCHED)
		return;
	put(l, " migratetype=%d", type_of(l, p->mt));
	if (l->ev->kind == KM_EV_PAGE_ALLOC)
		put_gfp(l, p->gfp);
	else if (l->ev->kind == KM_EV_ZONE_LOCKED)
		put(l, " percpu_refill=%d", p->refill);
}

static void put_extfrag(struct line *l)
{
	const struct km_ev_extfrag *x = &l->ev->extfrag;

	put_page(l, x->pfn);
	put(l,
	    " alloc_order=%d fallback_order=%d alloc_migratetype=%d fallback_migratetype=%d"
	    " change_ownership=%d",
	    x->alloc_order, x->fallback_order, type_of(l, x->alloc_mt), type_of(l, x->fallback_mt),
	    x->change_ownership);
}

static void put_alloc(struct line *l)
{
	const struct km_ev_object *o = &l->ev->obj;

	put(l, "call_site=%s ptr=%016" PRIx64 " bytes_req=%u bytes_alloc=%u",
	    name_of(l, 0, o->call_site), o->ptr, o->bytes_req, o->bytes_alloc);
	put_gfp(l, o->gfp);
	put(l, " node=%d accounted=%s", o->node, o->accounted ? "true" : "false");
	if (o->cache)
		put(l, " name=%s", name_of(l, 0, o->cache));
}

static void put_free(struct line *l)
{
	const struct km_ev_object *o = &l->ev->obj;

	put(l, "call_site=%s ptr=%016" PRIx64, name_of(l, 0, o->call_site), o->ptr);
	if (l->ev->kind == KM_EV_CACHE_FREE)
		put(l, " name=%s", name_of(l, 0, o->cache));
}

static void put_cma(struct line *l)
{
	const struct km_ev_cma *m = &l->ev->cma;
	bool finish = l->ev->kind == KM_EV_CMA_FINISH;

	put(l, "name=%s", name_of(l, 0, m->name));
	if (l->ev->kind != KM_EV_CMA_START)
		put(l,
		    m->pfn == KM_NO_PFN ? " pfn=0x%" PRIx64 " page=0000000000000000" :
					  " pfn=0x%" PRIx64,
		    m->pfn == KM_NO_PFN ? m->tried : m->pfn);
	put(l, " count=%" PRIu64, m->count);
	if (l->ev->kind != KM_EV_CMA_RELEASE)
		put(l, " align=%u", m->align);
	if (m->err != (finish && m->pfn == KM_NO_PFN ? -1 : 0))
		put(l, " errorno=%d", m->err);
}

static void put_range(struct line *l)
{
	const struct km_ev_range *r = &l->ev->range;

	switch (l->ev->kind) {
	case KM_EV_TEST_ISOLATED:
		put(l, "start_pfn=0x%" PRIx64 " end_pfn=0x%" PRIx64 " fin_pfn=0x%" PRIx64 " ret=%s",
		    r->start, r->end, r->third, r->a ? "success" : "fail");
		break;
	case KM_EV_COMPACT_MIGRATE:
		put(l, "nr_migrated=%u nr_failed=%u", r->a, r->b);
		break;
	case KM_EV_MIGRATE_PAGES:
		put(l, "nr_succeeded=%u nr_failed=%u", r->a, r->b);
		break;
	case KM_EV_COMPACT_BEGIN:
	case KM_EV_COMPACT_END:
		put(l,
		    "zone_start=0x%" PRIx64 " migrate_pfn=0x%" PRIx64 " free_pfn=0x%" PRIx64
		    " zone_end=0x%" PRIx64,
		    r->start, r->third, r->fourth, r->end);
		break;
	default:
		put(l, "range=(0x%" PRIx64 " ~ 0x%" PRIx64 ") nr_scanned=%u nr_taken=%u", r->start,
		    r->end, r->a, r->b);
	}
}

static void put_reclaim(struct line *l)
{
	const uint64_t *n = l->ev->num;

	switch (l->ev->kind) {
	case KM_EV_RECLAIM_BEGIN:
		put(l, "order=%" PRIu64, n[0]);
		break;
	case KM_EV_RECLAIM_END:
		put(l, "nr_reclaimed=%" PRIu64, n[0]);
		break;
	default:
		put(l, "nid=%" PRId64, (int64_t)n[0]);
		if (l->ev->kind != KM_EV_KSWAPD_SLEEP)
			put(l, " order=%" PRIu64, n[1]);
	}
}

static void put_percpu(struct line *l)
{
	const uint64_t *n = l->ev->num;

	switch (l->ev->kind) {
	case KM_EV_PERCPU_ALLOC:
		put(l, "size=%" PRIu64 " align=%" PRIu64 " off=%" PRId64 " bytes_alloc=%" PRIu64,
		    n[0], n[2], (int64_t)n[3], n[1]);
		break;
	case KM_EV_PERCPU_FREE:
		put(l, "base_addr=%016" PRIx64 " off=%" PRId64 " ptr=%016" PRIx64, n[0],
		    (int64_t)n[3], n[1]);
		break;
	default:
		put(l, "base_addr=%016" PRIx64, n[0]);
	}
}

static void put_vmap(struct line *l)
{
	const uint64_t *n = l->ev->num;

	switch (l->ev->kind) {
	case KM_EV_VMAP_ALLOC:
		put(l, "va_start: %" PRIu64 " size=%" PRIu64 " align=%" PRIu64 " failed=%" PRId64,
		    n[0], n[1], n[2], (int64_t)n[3]);
		break;
	case KM_EV_VMAP_PURGE:
		put(l, "start=0x%" PRIx64 " end=0x%" PRIx64 " num_purged=%" PRIu64, n[0], n[1],
		    n[2]);
		break;
	default:
		put(l, "va_start=0x%" PRIx64 " nr_lazy=%" PRIu64 " nr_lazy_max=%" PRIu64, n[0],
		    n[1], n[2]);
	}
}

static void put_task(struct line *l)
{
	const uint64_t *n = l->ev->num;
	const char *comm = name_of(l, 0, l->ev->comm);

	if (l->ev->kind == KM_EV_FORK)
		put(l, "comm=%s pid=%" PRIu64 " child_comm=%s child_pid=%" PRIu64, comm, n[0], comm,
		    n[1]);
	else
		put(l, "comm=%s pid=%" PRIu64 " prio=120", comm, n[0]);
}

static void put_filemap(struct line *l)
{
	put(l, "pfn=0x%" PRIx64 " order=%u", l->ev->page.pfn, l->ev->page.order);
}

static void put_fields(struct line *l)
{
	switch (l->ev->kind) {
	case KM_EV_PAGE_ALLOC ... KM_EV_PCPU_DRAIN:
		return put_page_event(l);
	case KM_EV_EXTFRAG:
		return put_extfrag(l);
	case KM_EV_KMALLOC:
	case KM_EV_CACHE_ALLOC:
		return put_alloc(l);
	case KM_EV_KFREE:
	case KM_EV_CACHE_FREE:
		return put_free(l);
	case KM_EV_CMA_START ... KM_EV_CMA_RELEASE:
		return put_cma(l);
	case KM_EV_TEST_ISOLATED ... KM_EV_MIGRATE_PAGES:
		return put_range(l);
	case KM_EV_KSWAPD_WAKE ... KM_EV_RECLAIM_END:
		return put_reclaim(l);
	case KM_EV_PERCPU_ALLOC ... KM_EV_PERCPU_DESTROY_CHUNK:
		return put_percpu(l);
	case KM_EV_VMAP_ALLOC ... KM_EV_VMAP_FREE:
		return put_vmap(l);
	case KM_EV_FORK:
	case KM_EV_EXIT:
		return put_task(l);
	case KM_EV_FILEMAP_ADD:
	case KM_EV_FILEMAP_DEL:
		return put_filemap(l);
	default:
		return;
	}
}

/*
 * Nothing is known of such an event but its name. An allocation whose pointer the kernel hid is
 * one: it is written as hidden again, so that it is not taken for a damaged one.
 */
static void put_other(struct line *l)
{
	char *name = name_of(l, 1, l->ev->text);

	for (char *p = name; *p; p++)
		if (*p == ' ' || *p == ':')
			*p = '_';
	put(l, "%s: ", *name ? name : "unknown");
	if (!strncmp(name, "km", 2) || !strcmp(name, "kfree"))
		put(l, "ptr=(____ptrval____) bytes_req=0 bytes_alloc=0");
}

size_t trace_write_event(const struct text_style_out *s, const struct km_event *ev, char *buf)
{
	struct line l = { .style = s, .ev = ev, .buf = buf };

	if (ev->kind == KM_EV_LOST && ev->num[0]) {
		put(&l, "CPU:%d [LOST %" PRIu64 " EVENTS]", ev->cpu, ev->num[0]);
	} else if (ev->kind == KM_EV_LOST) {
		put(&l, "CPU:%d [LOST EVENTS]", ev->cpu);
	} else {
		put_head(&l);
		if (ev->kind == KM_EV_MARKER) {
			put(&l, "tracing_mark_write: %s", name_of(&l, 1, ev->text));
		} else if (ev->kind == KM_EV_OTHER || ev->kind == KM_EV_OOM) {
			put_other(&l);
		} else {
			put(&l, "%s: ", km_event_name(ev->kind));
			put_fields(&l);
		}
	}
	l.buf[l.len++] = '\n';
	return l.len;
}

size_t trace_write_stack_head(const struct text_style_out *s, const struct km_event *ev, char *buf)
{
	struct line l = { .style = s, .ev = ev, .buf = buf };

	put_head(&l);
	put(&l, "<stack trace>");
	l.buf[l.len++] = '\n';
	return l.len;
}
