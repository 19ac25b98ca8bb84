/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/dat_decode.h"

#include <stdio.h>
#include <stdlib.h>

#include "traces/dialect.h"
#include "traces/sound.h"

/* How the fields of a layout become members of km_event; the comment names the fields' order. */
enum how {
	HOW_OTHER,
	HOW_PAGE,    /* pfn order gfp mt refill */
	HOW_EXTFRAG, /* pfn alloc_order fallback_order alloc_mt fallback_mt change_ownership */
	HOW_OBJECT,  /* ptr call_site bytes_req bytes_alloc gfp node accounted name */
	HOW_CMA,     /* pfn name count align errorno page */
	HOW_RANGE,   /* start end third fourth a b */
	HOW_NUM,     /* num[0] … num[3] */
	HOW_TEXT,    /* ip buf */
	HOW_STACK,   /* size caller */
};

struct layout {
	const char *event;
	uint8_t kind, how;
	const char *fields[DAT_MAX_FIELDS];
};

#define OBJECT_FIELDS                                                                             \
	{                                                                                         \
		"ptr", "call_site", "bytes_req", "bytes_alloc", "gfp_flags", "node", "accounted", \
			"name"                                                                    \
	}
#define CMA_FIELDS                                                 \
	{                                                          \
		"pfn", "name", "count", "align", "errorno", "page" \
	}
#define ISOLATE_FIELDS                                                       \
	{                                                                    \
		"start_pfn", "end_pfn", NULL, NULL, "nr_scanned", "nr_taken" \
	}
#define COMPACT_FIELDS                                              \
	{                                                           \
		"zone_start", "zone_end", "migrate_pfn", "free_pfn" \
	}
#define FILEMAP_FIELDS         \
	{                      \
		"pfn", "order" \
	}

static const struct layout layouts[] = {
	{ "mm_page_alloc",
	  KM_EV_PAGE_ALLOC,
	  HOW_PAGE,
	  { "pfn", "order", "gfp_flags", "migratetype" } },
	{ "mm_page_free", KM_EV_PAGE_FREE, HOW_PAGE, { "pfn", "order" } },
	{ "mm_page_free_direct", KM_EV_PAGE_FREE, HOW_PAGE, { "pfn", "order" } },
	{ "mm_page_free_batched", KM_EV_PAGE_FREE_BATCHED, HOW_PAGE, { "pfn" } },
	{ "mm_pagevec_free", KM_EV_PAGE_FREE_BATCHED, HOW_PAGE, { "pfn" } },
	{ "mm_page_alloc_zone_locked",
	  KM_EV_ZONE_LOCKED,
	  HOW_PAGE,
	  { "pfn", "order", NULL, "migratetype", "percpu_refill" } },
	{ "mm_page_pcpu_drain",
	  KM_EV_PCPU_DRAIN,
	  HOW_PAGE,
	  { "pfn", "order", NULL, "migratetype" } },
	{ "mm_page_alloc_extfrag",
	  KM_EV_EXTFRAG,
	  HOW_EXTFRAG,
	  { "pfn", "alloc_order", "fallback_order", "alloc_migratetype", "fallback_migratetype",
	    "change_ownership" } },
	{ "kmalloc", KM_EV_KMALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmalloc_node", KM_EV_KMALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kfree", KM_EV_KFREE, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmem_cache_alloc", KM_EV_CACHE_ALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmem_cache_alloc_node", KM_EV_CACHE_ALLOC, HOW_OBJECT, OBJECT_FIELDS },
	{ "kmem_cache_free", KM_EV_CACHE_FREE, HOW_OBJECT, OBJECT_FIELDS },
	{ "cma_alloc_start", KM_EV_CMA_START, HOW_CMA, CMA_FIELDS },
	{ "cma_alloc_finish", KM_EV_CMA_FINISH, HOW_CMA, CMA_FIELDS },
	{ "cma_alloc_busy_retry", KM_EV_CMA_BUSY, HOW_CMA, CMA_FIELDS },
	{ "cma_release", KM_EV_CMA_RELEASE, HOW_CMA, CMA_FIELDS },
	{ "test_pages_isolated",
	  KM_EV_TEST_ISOLATED,
	  HOW_RANGE,
	  { "start_pfn", "end_pfn", "fin_pfn" } },
	{ "mm_compaction_isolate_migratepages", KM_EV_ISOLATE_MIGRATE, HOW_RANGE, ISOLATE_FIELDS },
	{ "mm_compaction_isolate_freepages", KM_EV_ISOLATE_FREE, HOW_RANGE, ISOLATE_FIELDS },
	{ "mm_compaction_fast_isolate_freepages", KM_EV_FAST_ISOLATE_FREE, HOW_RANGE,
	  ISOLATE_FIELDS },
	{ "mm_compaction_migratepages",
	  KM_EV_COMPACT_MIGRATE,
	  HOW_RANGE,
	  { NULL, NULL, NULL, NULL, "nr_migrated", "nr_failed" } },
	{ "mm_compaction_begin", KM_EV_COMPACT_BEGIN, HOW_RANGE, COMPACT_FIELDS },
	{ "mm_compaction_end", KM_EV_COMPACT_END, HOW_RANGE, COMPACT_FIELDS },
	{ "mm_migrate_pages",
	  KM_EV_MIGRATE_PAGES,
	  HOW_RANGE,
	  { NULL, NULL, NULL, NULL, "succeeded", "failed" } },
	{ "mm_vmscan_kswapd_wake", KM_EV_KSWAPD_WAKE, HOW_NUM, { "nid", "order" } },
	{ "mm_vmscan_kswapd_sleep", KM_EV_KSWAPD_SLEEP, HOW_NUM, { "nid" } },
	{ "mm_vmscan_wakeup_kswapd", KM_EV_WAKEUP_KSWAPD, HOW_NUM, { "nid", "order" } },
	{ "mm_vmscan_direct_reclaim_begin", KM_EV_RECLAIM_BEGIN, HOW_NUM, { "order" } },
	{ "mm_vmscan_direct_reclaim_end", KM_EV_RECLAIM_END, HOW_NUM, { "nr_reclaimed" } },
	{ "percpu_alloc_percpu",
	  KM_EV_PERCPU_ALLOC,
	  HOW_NUM,
	  { "size", "bytes_alloc", "align", "off" } },
	{ "percpu_free_percpu", KM_EV_PERCPU_FREE, HOW_NUM, { "base_addr", "ptr", NULL, "off" } },
	{ "percpu_create_chunk", KM_EV_PERCPU_CREATE_CHUNK, HOW_NUM, { "base_addr" } },
	{ "percpu_destroy_chunk", KM_EV_PERCPU_DESTROY_CHUNK, HOW_NUM, { "base_addr" } },
	{ "alloc_vmap_area", KM_EV_VMAP_ALLOC, HOW_NUM, { "addr", "size", "align", "failed" } },
	{ "purge_vmap_area_lazy", KM_EV_VMAP_PURGE, HOW_NUM, { "start", "end", "npurged" } },
	{ "free_vmap_area_noflush",
	  KM_EV_VMAP_FREE,
	  HOW_NUM,
	  { "va_start", "nr_lazy", "nr_lazy_max" } },
	{ "sched_process_fork", KM_EV_FORK, HOW_NUM, { "parent_pid", "child_pid" } },
	{ "sched_process_exit", KM_EV_EXIT, HOW_NUM, { "pid" } },
	{ "mm_filemap_add_to_page_cache", KM_EV_FILEMAP_ADD, HOW_PAGE, FILEMAP_FIELDS },
	{ "mm_filemap_delete_from_page_cache", KM_EV_FILEMAP_DEL, HOW_PAGE, FILEMAP_FIELDS },
	{ "print", KM_EV_MARKER, HOW_TEXT, { "ip", "buf" } },
	{ "kernel_stack", KM_EV_OTHER, HOW_STACK, { "size", "caller" } },
	{ "user_stack", KM_EV_OTHER, HOW_STACK, { NULL } },
};

/* One event id of this file. */
struct plan {
	uint8_t kind, how;
	bool known, no_pfn, accounts;
	uint32_t min_len;
	uint32_t name_len;
	const char *name; /* where the format's text says it */
	struct dat_field f[DAT_MAX_FIELDS];
};

enum { GFP_CACHE = 64, MAX_EVENT_ID = 1 << 16, COMMON_BYTES = 8, MAX_TEXT = 4096 };

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
	unsigned int long_size; /* bytes */
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

static const struct layout *find_layout(const char *system, const char *name)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (!strcmp(layouts[i].event, name))
			return layouts[i].how < HOW_TEXT || !strcmp(system, "ftrace") ?
				       &layouts[i] :
				       NULL;
	}
	return NULL;
}

bool dat_wants_fields(const char *system, const char *name)
{
	return find_layout(system, name) != NULL;
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

static void plan_fields(struct plan *p, const struct layout *l, const struct dat_event_format *fmt)
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
	p->no_pfn = (l->how == HOW_PAGE || l->how == HOW_EXTFRAG) && p->f[0].form == DAT_ABSENT;
	p->accounts = memmem(fmt->text, fmt->len, "(1 && (REC->gfp_flags", 21) != NULL;
}

int dat_decoder_learn(struct dat_decoder *d, const struct dat_event_format *fmt)
{
	const struct layout *l = find_layout(fmt->system, fmt->name);
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

static uint32_t gfp_of(struct dat_decoder *d, uint64_t raw)
{
	size_t i = (size_t)(raw * UINT64_C(0x9E3779B97F4A7C15) >> 58);

	if (d->gfp_raw[i] != raw) {
		d->gfp_raw[i] = raw;
		d->gfp_bits[i] = dialect_gfp_bits(d->dialect, raw);
	}
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

static void decode_page(struct dat_decoder *d, const struct plan *p, const uint8_t *data,
			struct km_ev_page *ev)
{
	ev->pfn = load_pfn(d, data, &p->f[0]);
	ev->order = small(load(d, data, &p->f[1]));
	if (p->f[2].form)
		ev->gfp = gfp_of(d, load(d, data, &p->f[2]));
	if (p->f[3].form)
		ev->mt = mt_of(d, load(d, data, &p->f[3]));
	if (p->kind == KM_EV_ZONE_LOCKED)
		ev->refill = p->f[4].form ? load(d, data, &p->f[4]) != 0 : ev->order == 0;
}

static void decode_extfrag(const struct dat_decoder *d, const struct plan *p, const uint8_t *data,
			   struct km_ev_extfrag *ev)
{
	ev->pfn = load_pfn(d, data, &p->f[0]);
	ev->alloc_order = small(load(d, data, &p->f[1]));
	ev->fallback_order = small(load(d, data, &p->f[2]));
	ev->alloc_mt = mt_of(d, load(d, data, &p->f[3]));
	ev->fallback_mt = mt_of(d, load(d, data, &p->f[4]));
	ev->change_ownership = load(d, data, &p->f[5]) != 0;
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
	ev->count = saturate(load(d, c->data, &p->f[2]));
	ev->align = (uint32_t)load(d, c->data, &p->f[3]);
	if (p->f[4].form)
		ev->err = (int32_t)load(d, c->data, &p->f[4]);
	else if (p->kind == KM_EV_CMA_FINISH && ev->pfn == KM_NO_PFN)
		ev->err = -1;
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
		decode_page(d, p, c->data, &ev->page);
		return 0;
	case HOW_OBJECT:
		return decode_object(d, p, c, &ev->obj);
	case HOW_EXTFRAG:
		decode_extfrag(d, p, c->data, &ev->extfrag);
		return 0;
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

	if (p->no_pfn)
		return -KM_ENOTSUP;
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
