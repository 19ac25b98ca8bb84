/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/dat_decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/cma_finish.h"
#include "traces/dat_layouts.h"
#include "traces/dat_vmemmap.h"
#include "traces/dialect.h"
#include "traces/sound.h"

/* One event id of this file. */
struct plan {
	uint8_t kind, how;
	bool known, accounts;
	uint64_t page_base; /* where the struct pages begin, as the format says; 0: it does not */
	uint32_t min_len;
	uint32_t name_len;
	const char *name; /* where the format's text says it */
	struct dat_field f[DAT_MAX_FIELDS];
};

enum { PAGE_FIELD = 6, GFP_CACHE = 64, MAX_EVENT_ID = 1 << 16, COMMON_BYTES = 8, MAX_TEXT = 4096 };

/*
 * Bits of common_flags. Kernel: include/linux/trace_events.h:trace_flag_type [2.6.34 3.5 6.1 6.12]
 */
enum trace_flag {
	FLAG_IRQS_OFF = 0x01,
	FLAG_IRQS_NOSUPPORT = 0x02, /* from 6.13 on: lazy resched */
	FLAG_HARDIRQ = 0x08,
	FLAG_SOFTIRQ = 0x10,
	FLAG_NMI = 0x40,
};

struct dat_decoder {
	bool swap, has_nosupport;
	unsigned int long_size;	 /* bytes */
	unsigned int page_bytes; /* a struct page; 0: unknown */
	const struct reader_env *env;
	const struct dialect *dialect;
	struct dat_syms *syms;
	struct plan *plans;
	size_t nr_plans;
	uint64_t gfp_raw[GFP_CACHE];
	uint32_t gfp_bits[GFP_CACHE];
	struct strtab *strings;
	int32_t last_pid;
	uint32_t last_comm;
};

bool dat_wants_fields(const char *system, const char *name)
{
	return dat_layout(system, name) != NULL;
}

int dat_decoder_open(struct dat_decoder **out, const struct dat_file *f,
		     const struct reader_env *env, struct dat_syms *syms)
{
	struct dat_decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return -KM_ENOMEM;
	d->swap = f->swap;
	d->long_size = f->long_size == 4 ? 4 : 8;
	d->env = env;
	d->strings = env->strings;
	d->syms = syms;
	d->last_pid = -1;
	*out = d;
	return 0;
}

void dat_decoder_close(struct dat_decoder *d)
{
	if (!d)
		return;
	free(d->plans);
	free(d);
}

static int make_room(struct dat_decoder *d, uint32_t id)
{
	size_t room = (size_t)id + 256;
	struct plan *more;

	if (id < d->nr_plans)
		return 0;
	if (id >= MAX_EVENT_ID)
		return -KM_EFORMAT;
	more = realloc(d->plans, room * sizeof(*more));
	if (!more)
		return -KM_ENOMEM;
	memset(more + d->nr_plans, 0, (room - d->nr_plans) * sizeof(*more));
	d->plans = more;
	d->nr_plans = room;
	return 0;
}

static void plan_fields(struct plan *p, const struct dat_layout *l,
			const struct dat_event_format *fmt)
{
	p->kind = l->kind;
	p->how = l->how;
	for (unsigned int i = 0; i < DAT_MAX_FIELDS; i++) {
		if (l->fields[i])
			p->f[i] = fmt->find(fmt->ctx, l->fields[i]);
		if (p->f[i].form != DAT_ABSENT && p->f[i].offset + p->f[i].size > p->min_len)
			p->min_len = p->f[i].offset + p->f[i].size;
	}
	if (l->how == HOW_STACK) /* the record ends where the frames do */
		p->min_len = p->f[1].form == DAT_ABSENT ? COMMON_BYTES : p->f[1].offset;
	p->page_base = dat_vmemmap_base(fmt->text, fmt->len);
	p->accounts = memmem(fmt->text, fmt->len, "(1 && (REC->gfp_flags", 21) != NULL;
}

int dat_decoder_learn(struct dat_decoder *d, const struct dat_event_format *fmt)
{
	const struct dat_layout *l = dat_layout(fmt->system, fmt->name);
	int err = make_room(d, fmt->id);

	if (err)
		return err;
	struct plan *p = &d->plans[fmt->id];

	memset(p, 0, sizeof(*p));
	p->known = true;
	p->min_len = COMMON_BYTES;
	p->kind = strcmp(fmt->system, "oom") ? KM_EV_OTHER : KM_EV_OOM;
	p->name = fmt->text + DAT_NAME_AT;
	p->name_len = (uint32_t)strlen(fmt->name);
	if (l)
		plan_fields(p, l, fmt);
	return 0;
}

void dat_decoder_start(struct dat_decoder *d)
{
	unsigned int major = 0;
	unsigned int minor = 0;

	d->dialect = dialect_find(d->env->info->kernel);
	d->page_bytes = strcmp(d->env->info->arch, "x86_64") ? 0 : dialect_page_bytes(d->dialect);
	for (unsigned int i = 0; i < GFP_CACHE; i++) {
		d->gfp_raw[i] = 0;
		d->gfp_bits[i] = dialect_gfp_bits(d->dialect, 0);
	}
	d->has_nosupport = sscanf(d->env->info->kernel, "%u.%u", &major, &minor) < 2 || major < 6 ||
			   (major == 6 && minor < 13);
}

static uint64_t load(const struct dat_decoder *d, const uint8_t *data, const struct dat_field *f)
{
	bool is_signed = f->form == DAT_SIGNED;
	const uint8_t *p = data + f->offset;

	if (f->form == DAT_ABSENT)
		return 0;
	switch (f->size) {
	case 1:
		return is_signed ? (uint64_t)(int8_t)*p : *p;
	case 2:
		return is_signed ? (uint64_t)(int16_t)dat_u16(p, d->swap) : dat_u16(p, d->swap);
	case 4:
		return is_signed ? (uint64_t)(int32_t)dat_u32(p, d->swap) : dat_u32(p, d->swap);
	case 8:
		return dat_u64(p, d->swap);
	default:
		return 0;
	}
}

/* A page frame number: all ones of the kernel's word size mean that there is none. */
static uint64_t load_pfn(const struct dat_decoder *d, const uint8_t *data,
			 const struct dat_field *f)
{
	uint64_t v = load(d, data, f);

	return f->form == DAT_ABSENT || (f->size == 4 && (uint32_t)v == UINT32_MAX) ? KM_NO_PFN : v;
}

/* The frame number of a page event: its own, or that of the struct page it points to. */
static int page_pfn(const struct dat_decoder *d, const struct plan *p, const uint8_t *data,
		    uint64_t *pfn)
{
	const struct dat_field *page = &p->f[PAGE_FIELD];

	*pfn = load_pfn(d, data, &p->f[0]);
	if (p->f[0].form)
		return 0;
	return page->form && dat_vmemmap_pfn(load(d, data, page), p->page_base, d->page_bytes,
					     pfn) ?
		       0 :
		       -KM_ENOTSUP;
}

/* Memory that runs out here comes to light at the next string. */
static void note_gfp(const struct dat_decoder *d, uint64_t raw)
{
	uint64_t left = (raw >> 32) << 32 | dialect_gfp_unknown_raw(d->dialect, raw);
	char text[24];
	int n = snprintf(text, sizeof(text), "0x%" PRIx64, left);

	if (d->env->add_notice)
		(void)!d->env->add_notice(d->env->ctx, DIALECT_GFP_NOTICE, text, (size_t)n);
}

static uint32_t gfp_of(struct dat_decoder *d, uint64_t raw)
{
	size_t i = (size_t)(raw * UINT64_C(0x9E3779B97F4A7C15) >> 58);

	if (d->gfp_raw[i] != raw) {
		d->gfp_raw[i] = raw;
		d->gfp_bits[i] = dialect_gfp_bits(d->dialect, raw);
	}
	if (d->gfp_bits[i] & KM_GFP_OTHER)
		note_gfp(d, raw);
	return d->gfp_bits[i];
}

static uint8_t mt_of(const struct dat_decoder *d, uint64_t raw)
{
	return dialect_migratetype(d->dialect, (int)raw, d->env->info->has_cma);
}

/* The string of a field, its length in *@len; "" where it points out of the record. */
static const char *string_at(const struct dat_decoder *d, const struct dat_cursor *c,
			     const struct dat_field *f, size_t *len)
{
	uint32_t offset = f->offset;
	uint32_t size = f->size ? f->size : c->len > offset ? c->len - offset : 0;

	*len = 0;
	if (f->form == DAT_LOC || f->form == DAT_REL_LOC) {
		uint32_t word = dat_u32(c->data + f->offset, d->swap);

		offset = (word & 0xffff) + (f->form == DAT_REL_LOC ? f->offset + f->size : 0);
		size = word >> 16;
	} else if (f->form != DAT_CHARS) {
		return "";
	}
	if (offset > c->len || size > c->len - offset)
		return "";
	const char *text = (const char *)c->data + offset;

	*len = strnlen(text, size < MAX_TEXT ? size : MAX_TEXT);
	return text;
}

static uint32_t intern(struct dat_decoder *d, const struct dat_cursor *c, const struct dat_field *f,
		       int *err)
{
	size_t len;
	const char *text = string_at(d, c, f, &len);
	int64_t id = len ? strtab_intern(d->strings, text, len) : 0;

	if (id < 0)
		*err = (int)id;
	return id < 0 ? 0 : (uint32_t)id;
}

static uint32_t saturate(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

static uint8_t small(uint64_t v)
{
	return v > UINT8_MAX ? UINT8_MAX : (uint8_t)v;
}

static int decode_page(struct dat_decoder *d, const struct plan *p, const uint8_t *data,
		       struct km_ev_page *ev)
{
	ev->order = small(load(d, data, &p->f[1]));
	if (p->f[2].form)
		ev->gfp = gfp_of(d, load(d, data, &p->f[2]));
	if (p->f[3].form)
		ev->mt = mt_of(d, load(d, data, &p->f[3]));
	if (p->kind == KM_EV_ZONE_LOCKED)
		ev->refill = p->f[4].form ? load(d, data, &p->f[4]) != 0 : ev->order == 0;
	return page_pfn(d, p, data, &ev->pfn);
}

/* Before the field came, the kernel printed whether the two types are one. */
static int decode_extfrag(const struct dat_decoder *d, const struct plan *p, const uint8_t *data,
			  struct km_ev_extfrag *ev)
{
	ev->alloc_order = small(load(d, data, &p->f[1]));
	ev->fallback_order = small(load(d, data, &p->f[2]));
	ev->alloc_mt = mt_of(d, load(d, data, &p->f[3]));
	ev->fallback_mt = mt_of(d, load(d, data, &p->f[4]));
	ev->change_ownership = p->f[5].form ? load(d, data, &p->f[5]) != 0 :
					      ev->alloc_mt == ev->fallback_mt;
	return page_pfn(d, p, data, &ev->pfn);
}

static int decode_object(struct dat_decoder *d, const struct plan *p, const struct dat_cursor *c,
			 struct km_ev_object *ev)
{
	const uint8_t *data = c->data;
	int err = 0;
	int64_t site = p->f[1].form ? dat_syms_site(d->syms, load(d, data, &p->f[1])) : 0;

	ev->ptr = load(d, data, &p->f[0]);
	ev->bytes_req = saturate(load(d, data, &p->f[2]));
	ev->bytes_alloc = saturate(load(d, data, &p->f[3]));
	if (p->f[4].form)
		ev->gfp = gfp_of(d, load(d, data, &p->f[4]));
	ev->node = p->f[5].form ? (int16_t)load(d, data, &p->f[5]) : (int16_t)-1;
	if (p->f[6].form)
		ev->accounted = load(d, data, &p->f[6]) != 0;
	else
		ev->accounted = p->accounts && (ev->gfp & KM_GFP_ACCOUNT);
	if (p->f[7].form)
		ev->cache = intern(d, c, &p->f[7], &err);
	if (site < 0)
		return (int)site;
	ev->call_site = (uint32_t)site;
	return err;
}

static int decode_cma(struct dat_decoder *d, const struct plan *p, const struct dat_cursor *c,
		      struct km_ev_cma *ev)
{
	bool no_page = p->f[5].form && !load(d, c->data, &p->f[5]);
	int err = 0;

	ev->pfn = no_page ? KM_NO_PFN : load_pfn(d, c->data, &p->f[0]);
	ev->name = intern(d, c, &p->f[1], &err);
	ev->count = load(d, c->data, &p->f[2]);
	ev->align = (uint32_t)load(d, c->data, &p->f[3]);
	if (p->f[4].form)
		ev->err = (int32_t)load(d, c->data, &p->f[4]);
	ev->tried = KM_NO_PFN;
	if (p->kind == KM_EV_CMA_FINISH)
		cma_finish_settle(ev, load_pfn(d, c->data, &p->f[0]));
	return err;
}

static void decode_range(const struct dat_decoder *d, const struct plan *p, const uint8_t *data,
			 struct km_ev_range *ev)
{
	ev->start = load(d, data, &p->f[0]);
	ev->end = load(d, data, &p->f[1]);
	ev->third = load(d, data, &p->f[2]);
	ev->fourth = load(d, data, &p->f[3]);
	ev->a = saturate(load(d, data, &p->f[4]));
	ev->b = saturate(load(d, data, &p->f[5]));
	if (p->kind == KM_EV_TEST_ISOLATED)
		ev->a = ev->end <= ev->third;
}

/*
 * trace_printk() writes the same record as trace_marker; only where it came from tells them apart.
 */
static bool is_marker(struct dat_decoder *d, uint64_t ip)
{
	int64_t id = ip ? dat_syms_site(d->syms, ip) : 0;
	const char *site = id > 0 ? strtab_get(d->strings, (uint32_t)id) : "";

	return !*site || !strncmp(site, "0x", 2) || !strncmp(site, "tracing_mark_write", 18) ||
	       !strncmp(site, "write_marker_to_buffer", 22);
}

static int decode_text(struct dat_decoder *d, const struct plan *p, const struct dat_cursor *c,
		       struct km_event *ev)
{
	size_t len;
	const char *text = string_at(d, c, &p->f[1], &len);
	int64_t id;

	if (!is_marker(d, load(d, c->data, &p->f[0]))) {
		ev->kind = KM_EV_OTHER;
		text = "print";
		len = 5;
	}
	if (len && text[len - 1] == '\n')
		len--;
	id = strtab_intern(d->strings, text, len);
	if (id < 0)
		return (int)id;
	ev->text = (uint32_t)id;
	return 0;
}

static int intern_name(struct dat_decoder *d, const struct plan *p, struct km_event *ev)
{
	int64_t id = strtab_intern(d->strings, p->name, p->name_len);

	if (id < 0)
		return (int)id;
	ev->text = (uint32_t)id;
	return 0;
}

/*
 * The chain's frames: as many as the record says, as it has room for, and up to one that is all
 * ones.
 */
static int decode_stack(struct dat_decoder *d, const struct plan *p, const struct dat_cursor *c,
			const struct km_event *ev, struct stacks *stacks)
{
	const struct dat_field *caller = &p->f[1];
	struct dat_field one = { .size = d->long_size, .form = DAT_NUMBER };
	uint64_t none = d->long_size == 4 ? UINT32_MAX : UINT64_MAX;
	uint64_t n = p->f[0].form ? load(d, c->data, &p->f[0]) : UINT64_MAX;

	if (caller->form == DAT_ABSENT)
		return 0;
	stacks_begin(stacks, ev->cpu, ev->pid);
	for (one.offset = caller->offset; n && one.offset + one.size <= c->len; n--) {
		uint64_t addr = load(d, c->data, &one);
		int64_t id = addr && addr != none ? dat_syms_site(d->syms, addr) : 0;
		const char *frame = strtab_get(d->strings, id > 0 ? (uint32_t)id : 0);

		if (id < 0)
			return (int)id;
		if (!id)
			break;
		stacks_frame(stacks, frame, strlen(frame));
		one.offset += one.size;
	}
	return 0;
}

static int decode_fields(struct dat_decoder *d, const struct plan *p, const struct dat_cursor *c,
			 struct km_event *ev)
{
	switch (p->how) {
	case HOW_PAGE:
		return decode_page(d, p, c->data, &ev->page);
	case HOW_OBJECT:
		return decode_object(d, p, c, &ev->obj);
	case HOW_EXTFRAG:
		return decode_extfrag(d, p, c->data, &ev->extfrag);
	case HOW_CMA:
		return decode_cma(d, p, c, &ev->cma);
	case HOW_RANGE:
		decode_range(d, p, c->data, &ev->range);
		return 0;
	case HOW_NUM:
		for (unsigned int i = 0; i < 4; i++)
			ev->num[i] = load(d, c->data, &p->f[i]);
		return 0;
	case HOW_TEXT:
		return decode_text(d, p, c, ev);
	default:
		return intern_name(d, p, ev);
	}
}

static uint8_t ctx_of(const struct dat_decoder *d, unsigned int flags)
{
	unsigned int ctx = 0;

	if (flags & FLAG_IRQS_OFF)
		ctx |= KM_CTX_IRQS_OFF;
	if (flags & FLAG_HARDIRQ)
		ctx |= KM_CTX_HARDIRQ;
	if (flags & FLAG_SOFTIRQ)
		ctx |= KM_CTX_SOFTIRQ;
	if (flags & FLAG_NMI)
		ctx |= KM_CTX_NMI;
	if (d->has_nosupport && (flags & FLAG_IRQS_NOSUPPORT))
		ctx |= KM_CTX_UNKNOWN;
	return (uint8_t)ctx;
}

/* Every record begins: u16 event id, u8 flags, u8 preempt count, s32 thread. */
int dat_decode(struct dat_decoder *d, const struct dat_cursor *c, struct stacks *stacks,
	       struct km_event *ev)
{
	uint32_t id = c->len >= COMMON_BYTES ? dat_u16(c->data, d->swap) : UINT32_MAX;

	if (id >= d->nr_plans || !d->plans[id].known || c->len < d->plans[id].min_len)
		return -KM_EFORMAT;
	const struct plan *p = &d->plans[id];

	memset(ev, 0, sizeof(*ev));
	ev->ts_ns = c->ts;
	ev->cpu = (uint16_t)c->region->cpu;
	ev->kind = p->kind;
	ev->ctx = ctx_of(d, c->data[2]);
	ev->pid = (int32_t)dat_u32(c->data + 4, d->swap);
	if (ev->pid != d->last_pid) {
		int64_t comm = dat_syms_comm(d->syms, ev->pid);

		if (comm < 0)
			return (int)comm;
		d->last_pid = ev->pid;
		d->last_comm = (uint32_t)comm;
	}
	ev->comm = d->last_comm;
	if (p->how == HOW_STACK) {
		int bad = decode_stack(d, p, c, ev, stacks);

		return bad ? bad : DAT_NO_EVENT;
	}
	int err = decode_fields(d, p, c, ev);

	return err || event_is_sound(ev) ? err : -KM_EFORMAT;
}
