/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/text.h"

#include "traces/cma_finish.h"

#define SEEN(v, field) ((v)->seen & TEXT_BIT(field))

static inline uint64_t value_or(const struct text_values *v, enum text_field f, uint64_t absent)
{
	return SEEN(v, f) ? v->v[f] : absent;
}

static int read_order(const struct text_values *v, enum text_field f, unsigned int most,
		      uint8_t *out, const char **why)
{
	if (value_or(v, f, 0) > most) {
		*why = "order=";
		return -KM_EFORMAT;
	}
	*out = (uint8_t)value_or(v, f, 0);
	return 0;
}

static int read_type(const struct text_ctx *c, const struct text_values *v, enum text_field f,
		     uint8_t *out, const char **why)
{
	uint64_t raw = value_or(v, f, 0);

	*out = dialect_migratetype(c->dialect, raw < 64 ? (int)raw : -1, c->env->info->has_cma);
	if (*out < KM_NR_MIGRATETYPES)
		return 0;
	*why = "migratetype=";
	return -KM_EFORMAT;
}

/* A failed allocation prints a NULL page and pfn 0 (2.6.3x: any pfn). */
static uint64_t page_pfn(const struct text_values *v)
{
	bool null = SEEN(v, TF_PAGE) ? v->v[TF_PAGE] == 0 && !v->opaque : v->v[TF_PFN] == 0;

	return null ? KM_NO_PFN : v->v[TF_PFN];
}

int text_fill_page(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		   const char **why)
{
	struct km_ev_page *p = &ev->page;
	bool freed = ev->kind == KM_EV_PAGE_FREE;
	int err = read_order(v, TF_ORDER, freed ? KM_MAX_FREED_ORDER : KM_MAX_ORDERS - 1, &p->order,
			     why);

	if (!err)
		err = read_type(c, v, TF_MT, &p->mt, why);
	if (err)
		return err;
	p->pfn = page_pfn(v);
	p->gfp = (uint32_t)value_or(v, TF_GFP, 0);
	p->refill = value_or(v, TF_REFILL, 0) != 0;
	return 0;
}

int text_fill_extfrag(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		      const char **why)
{
	struct km_ev_extfrag *x = &ev->extfrag;
	int err = read_order(v, TF_ALLOC_ORDER, KM_MAX_ORDERS - 1, &x->alloc_order, why);

	if (!err)
		err = read_order(v, TF_FALLBACK_ORDER, KM_MAX_ORDERS - 1, &x->fallback_order, why);
	if (!err)
		err = read_type(c, v, TF_ALLOC_MT, &x->alloc_mt, why);
	if (!err)
		err = read_type(c, v, TF_FALLBACK_MT, &x->fallback_mt, why);
	x->pfn = v->v[TF_PFN];
	x->change_ownership = v->v[TF_OWNERSHIP] != 0;
	return err;
}

static uint32_t saturate(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

int text_fill_object(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		     const char **why)
{
	struct km_ev_object *o = &ev->obj;

	(void)c;
	(void)why;
	if (v->opaque) { /* early boot hides pointers: an object that nothing can be said of */
		ev->text = 0;
		ev->kind = KM_EV_OTHER;
		return 0;
	}
	o->ptr = v->v[TF_PTR];
	o->bytes_req = saturate(value_or(v, TF_BYTES_REQ, 0));
	o->bytes_alloc = saturate(value_or(v, TF_BYTES_ALLOC, 0));
	o->gfp = (uint32_t)value_or(v, TF_GFP, 0);
	o->call_site = (uint32_t)value_or(v, TF_SITE, 0);
	o->cache = (uint32_t)value_or(v, TF_NAME, 0);
	o->node = (int16_t)value_or(v, TF_NODE, UINT64_MAX);
	o->accounted = value_or(v, TF_ACCOUNTED, 0) != 0;
	return 0;
}

int text_fill_cma(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		  const char **why)
{
	struct km_ev_cma *m = &ev->cma;

	(void)c;
	(void)why;
	m->err = 0;
	m->pfn = SEEN(v, TF_PFN) ? page_pfn(v) : KM_NO_PFN;
	m->name = (uint32_t)value_or(v, TF_NAME, 0);
	m->count = v->v[TF_COUNT];
	m->align = saturate(value_or(v, TF_ALIGN, 0));
	if (SEEN(v, TF_ERRNO))
		m->err = (int32_t)v->v[TF_ERRNO];
	m->tried = KM_NO_PFN;
	if (ev->kind == KM_EV_CMA_FINISH)
		cma_finish_settle(m, value_or(v, TF_PFN, KM_NO_PFN));
	return 0;
}

int text_fill_range(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		    const char **why)
{
	struct km_ev_range *r = &ev->range;

	(void)c;
	(void)why;
	r->start = value_or(v, TF_START, 0);
	r->end = value_or(v, TF_END, 0);
	r->third = value_or(v, TF_THIRD, 0);
	r->fourth = value_or(v, TF_FOURTH, 0);
	r->a = saturate(value_or(v, TF_A, 0));
	r->b = saturate(value_or(v, TF_B, 0));
	return 0;
}

int text_fill_numbers(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		      const char **why)
{
	(void)c;
	(void)why;
	for (unsigned int i = 0; i < 4; i++)
		ev->num[i] = value_or(v, (enum text_field)(TF_N0 + i), 0);
	return 0;
}

int text_fill_filemap(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		      const char **why)
{
	(void)c;
	ev->page.pfn = v->v[TF_PFN];
	return read_order(v, TF_ORDER, KM_MAX_ORDERS - 1, &ev->page.order, why);
}

static int set_text(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev)
{
	int64_t id = text_intern(c->cache, p, (size_t)(e - p));

	if (id < 0)
		return id == -KM_EINVAL ? -KM_EFORMAT : (int)id;
	ev->text = (uint32_t)id;
	return 0;
}

int text_fill_name(const struct text_ctx *c, const struct text_values *v, struct km_event *ev,
		   const char **why)
{
	(void)c;
	(void)v;
	(void)ev;
	(void)why;
	return 0; /* text_event() has set the name */
}

int text_body_marker(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		     const char **why)
{
	*why = "the marker's text";
	return set_text(c, p, e, ev);
}

/* trace-cmd and perf show a marker as "print: tracing_mark_write: text". */
int text_body_print(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		    const char **why)
{
	static const char mark[] = "tracing_mark_write: ";
	size_t len = sizeof(mark) - 1;

	if ((size_t)(e - p) < len || memcmp(p, mark, len))
		return 0;
	ev->kind = KM_EV_MARKER;
	return text_body_marker(c, p + len, e, ev, why);
}

/*
 * The number behind the first @key that @then follows; a task's name before it may hold anything.
 */
static bool number_between(const char *p, const char *e, const char *key, const char *then,
			   uint64_t *out)
{
	size_t key_len = strlen(key), then_len = strlen(then);

	while ((p = memmem(p, (size_t)(e - p), key, key_len))) {
		const char *q = p + key_len;

		if (text_decimal(&q, e, out) && (size_t)(e - q) >= then_len &&
		    !memcmp(q, then, then_len))
			return true;
		p++;
	}
	return false;
}

/* comm=%s pid=%d child_comm=%s child_pid=%d */
int text_body_fork(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		   const char **why)
{
	const char *q = e;

	(void)c;
	*why = "child_pid=";
	if (!number_between(p, e, "pid=", " child_comm=", &ev->num[0]))
		return -KM_EFORMAT;
	while (q > p && q[-1] >= '0' && q[-1] <= '9')
		q--;
	if (q - p < 11 || memcmp(q - 11, " child_pid=", 11) || !text_decimal(&q, e, &ev->num[1]))
		return -KM_EFORMAT;
	return 0;
}

/* comm=%s pid=%d prio=%d */
int text_body_exit(const struct text_ctx *c, const char *p, const char *e, struct km_event *ev,
		   const char **why)
{
	(void)c;
	*why = "pid=";
	return number_between(p, e, " pid=", " prio=", &ev->num[0]) ? 0 : -KM_EFORMAT;
}

static int read_body(const struct text_ctx *c, const struct text_form *f, const struct text_head *h,
		     const char *e, struct km_event *ev, const char **why)
{
	struct text_values v;
	int err;

	if (f->body)
		return f->body(c, h->body, e, ev, why);
	err = text_fields(c, f, h->body, e, &v, why);
	return err ? err : f->fill(c, &v, ev, why);
}

int text_event(const struct text_ctx *c, const struct text_head *h, const char *e,
	       struct km_event *ev, const char **why)
{
	const struct text_form *f = text_cached_form(c->cache, h->name, h->name_len);
	int64_t comm = text_intern(c->cache, h->comm, h->comm_len);
	int err = 0;

	*why = "the task's name";
	if (comm < 0)
		return comm == -KM_EINVAL ? -KM_EFORMAT : (int)comm;
	*ev = (struct km_event){
		.ts_ns = h->ts_ns,
		.pid = h->pid,
		.comm = (uint32_t)comm,
		.cpu = (uint16_t)h->cpu,
		.kind = f ? f->kind : KM_EV_OTHER,
		.ctx = h->ctx,
	};
	if (f)
		err = read_body(c, f, h, e, ev, why);
	if (!err && !ev->text && (ev->kind == KM_EV_OTHER || ev->kind == KM_EV_OOM))
		err = set_text(c, h->name, h->name + h->name_len, ev);
	return err;
}
