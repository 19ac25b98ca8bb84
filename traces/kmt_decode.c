/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cma_finish.h"
#include "traces/kmt_block.h"
#include "traces/kmt_model.h"
#include "traces/kmt_shape.h"
#include "traces/sound.h"

enum { MAX_EVENT_BYTES = 16 * KMT_VARINT_BYTES, NONE = UINT32_MAX };

/* A shape as this trace's events get it, and what the model may know of it. */
struct shape {
	struct km_event ev;
	const struct kmt_group *group;
	struct kmt_subject subject;
};

struct task {
	int32_t pid;
	uint32_t comm;
	uint16_t cpu;
};

struct kmt_decoder {
	struct kmt_model *model;
	struct pack *pack;
	struct kmt_buf bytes[KMT_NR_COLUMNS];
	struct kmt_rd col[KMT_NR_COLUMNS];
	struct kmt_chain chain;
	struct shape *shapes;
	struct task *tasks;
	uint32_t nr_shapes, room_shapes, nr_tasks, room_tasks, task;
	uint64_t left, ts;
	struct kmt_strings strings;
	uint64_t last_vary[256][KMT_MAX_VARY];
	bool bad_string;
	int failed; /* what ended the block early */
};

int kmt_decoder_open(struct kmt_decoder **out)
{
	struct kmt_decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return -KM_ENOMEM;
	if (kmt_model_open(&d->model) || pack_open(&d->pack)) {
		kmt_decoder_close(d);
		return -KM_ENOMEM;
	}
	*out = d;
	return 0;
}

void kmt_decoder_close(struct kmt_decoder *d)
{
	if (!d)
		return;
	for (unsigned int i = 0; i < KMT_NR_COLUMNS; i++)
		kmt_buf_release(&d->bytes[i]);
	kmt_model_close(d->model);
	pack_close(d->pack);
	free(d->shapes);
	free(d->tasks);
	free(d);
}

static int read_column(struct kmt_decoder *d, unsigned int id, const uint8_t *in, size_t stored,
		       size_t len, bool packed)
{
	struct kmt_buf *b = &d->bytes[id];
	int64_t got = (int64_t)stored;

	b->len = 0;
	if (kmt_reserve(b, len + 1))
		return -KM_ENOMEM;
	if (packed)
		got = pack_unzstd(d->pack, b->p, len, in, stored);
	else if (stored == len && len)
		memcpy(b->p, in, len);
	if (got < 0)
		return (int)got;
	if ((size_t)got != len)
		return -KM_EFORMAT;
	d->col[id] = (struct kmt_rd){ .p = b->p, .end = b->p + len };
	return 0;
}

static int read_columns(struct kmt_decoder *d, struct kmt_rd dir, uint64_t columns,
			const uint8_t *data, const uint8_t *end)
{
	for (uint64_t i = 0; i < columns; i++) {
		uint64_t id = kmt_get_varint(&dir);
		uint64_t len = kmt_get_varint(&dir);
		uint64_t stored = kmt_get_varint(&dir);
		uint64_t packed = kmt_get_varint(&dir);

		if (stored > (uint64_t)(end - data) || len > MAX_EVENT_BYTES * d->left ||
		    packed > 1)
			return -KM_EFORMAT;
		if (id && id < KMT_NR_COLUMNS) {
			int err = read_column(d, (unsigned int)id, data, (size_t)stored,
					      (size_t)len, packed);

			if (err)
				return err;
		}
		data += stored;
	}
	return 0;
}

int kmt_decode_start(struct kmt_decoder *d, const uint8_t *payload, size_t len)
{
	struct kmt_rd r = { .p = payload, .end = payload + len };
	uint64_t n = kmt_get_varint(&r);
	uint64_t ts = kmt_get_varint(&r);
	uint64_t columns = kmt_get_varint(&r);
	struct kmt_rd dir = r;

	d->left = 0;
	if (r.bad || !n || n > KMT_BLOCK_EVENTS || columns > 256)
		return -KM_EFORMAT;
	for (uint64_t i = 0; i < 4 * columns; i++)
		kmt_get_varint(&r);
	if (r.bad)
		return -KM_EFORMAT;
	memset(d->col, 0, sizeof(d->col));
	d->left = n;
	int err = read_columns(d, dir, columns, r.p, r.end);

	if (err) {
		d->left = 0;
		return err;
	}
	kmt_model_reset(d->model);
	kmt_chain_reset(&d->chain);
	memset(d->last_vary, 0, sizeof(d->last_vary));
	d->nr_shapes = d->nr_tasks = 0;
	d->task = NONE;
	d->bad_string = false;
	d->failed = 0;
	d->ts = ts;
	return 0;
}

static uint32_t string_of(struct kmt_decoder *d, uint64_t file_id)
{
	if (!file_id)
		return 0;
	if (file_id < d->strings.nr)
		return d->strings.map[file_id];
	d->bad_string = true;
	return 0;
}

/* Make room for one more of @count elements of @size bytes; at most one per event of a block. */
static int grow(void **array, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 256;
	void *p;

	if (count < *room)
		return 0;
	if (count >= KMT_BLOCK_EVENTS)
		return -KM_EFORMAT;
	p = realloc(*array, more * size);
	if (!p)
		return -KM_ENOMEM;
	*array = p;
	*room = more;
	return 0;
}

static int new_shape(struct kmt_decoder *d)
{
	struct kmt_rd *r = &d->col[KMT_COL_SHAPES];
	int err = grow((void **)&d->shapes, d->nr_shapes, &d->room_shapes, sizeof(*d->shapes));

	if (err)
		return err;
	struct shape *s = &d->shapes[d->nr_shapes];

	memset(s, 0, sizeof(*s));
	s->ev.kind = s->subject.kind = (uint8_t)kmt_get_varint(r);
	s->ev.ctx = (uint8_t)kmt_get_varint(r);
	s->ev.text = string_of(d, kmt_get_varint(r));
	s->group = kmt_group_of(s->ev.kind);
	s->subject.shape = d->nr_shapes;
	for (unsigned int i = 0; i < s->group->nr_fixed; i++) {
		struct kmt_field f = s->group->fixed[i];
		uint64_t v = kmt_get_varint(r);

		kmt_field_set(&s->ev, f, f.is_string ? string_of(d, v) : v);
		if (f.is_string && f.offset == offsetof(struct km_event, obj.cache))
			s->subject.cache = (uint32_t)v;
	}
	if (s->group == kmt_group_of(KM_EV_KMALLOC))
		s->subject.bytes_alloc = s->ev.obj.bytes_alloc;
	if (s->group == kmt_group_of(KM_EV_PAGE_ALLOC)) {
		s->subject.order = s->ev.page.order;
		s->subject.mt = s->ev.page.mt;
	}
	d->nr_shapes++;
	return r->bad || d->bad_string || !event_is_sound(&s->ev) ? -KM_EFORMAT : 0;
}

static int new_task(struct kmt_decoder *d)
{
	struct kmt_rd *r = &d->col[KMT_COL_TASKS];
	int err = grow((void **)&d->tasks, d->nr_tasks, &d->room_tasks, sizeof(*d->tasks));

	if (err)
		return err;
	struct task *t = &d->tasks[d->nr_tasks++];

	t->pid = (int32_t)kmt_unzigzag(kmt_get_varint(r));
	t->comm = string_of(d, kmt_get_varint(r));
	t->cpu = (uint16_t)kmt_get_varint(r);
	return r->bad || d->bad_string || t->cpu >= KM_MAX_CPUS ? -KM_EFORMAT : 0;
}

static int next_task(struct kmt_decoder *d)
{
	uint64_t code = kmt_get_varint(&d->col[KMT_COL_TASK]);

	if (code > (uint64_t)d->nr_tasks + 1 || (!code && d->task == NONE))
		return -KM_EFORMAT;
	if (!code)
		return 0;
	d->task = (uint32_t)code - 1;
	return d->task == d->nr_tasks ? new_task(d) : 0;
}

static int64_t next_shape(struct kmt_decoder *d)
{
	uint32_t *slot = kmt_chain_slot(&d->chain);
	uint64_t code = kmt_get_varint(&d->col[KMT_COL_SHAPE]);
	uint64_t shape = (code ? code : *slot) - 1;

	if (shape > d->nr_shapes)
		return -KM_EFORMAT;
	if (shape == d->nr_shapes) {
		int err = new_shape(d);

		if (err)
			return err;
	}
	kmt_chain_learn(&d->chain, slot, (uint32_t)shape);
	return (int64_t)shape;
}

static uint64_t next_addr(struct kmt_decoder *d, const struct kmt_subject *s)
{
	uint64_t guess[KMT_GUESSES];
	uint64_t code = kmt_get_varint(&d->col[KMT_COL_GUESS]);
	uint64_t addr;

	if (code && code <= KMT_GUESSES) {
		kmt_model_guess(d->model, s, guess);
		addr = guess[code - 1];
	} else {
		addr = kmt_model_base(d->model, s) +
		       kmt_unzigzag(kmt_get_varint(&d->col[KMT_COL_ADDR]));
	}
	kmt_model_learn(d->model, s, addr);
	return addr;
}

/* kmt_encode.c:stored(), the other way round; before version 1.2 no range was told. */
static void split_range(struct km_event *ev)
{
	ev->cma.tried = KM_NO_PFN;
	if (ev->kind == KM_EV_CMA_FINISH)
		cma_finish_settle(&ev->cma, ev->cma.pfn);
}

static int next_event(struct kmt_decoder *d, struct km_event *ev)
{
	int err = next_task(d);
	int64_t at = err ? err : next_shape(d);

	if (at < 0)
		return (int)at;
	struct shape *s = &d->shapes[at];
	const struct task *t = &d->tasks[d->task];

	d->ts += kmt_unzigzag(kmt_get_varint(&d->col[KMT_COL_TIME]));
	*ev = s->ev;
	ev->ts_ns = d->ts;
	ev->pid = t->pid;
	ev->comm = t->comm;
	ev->cpu = s->subject.cpu = t->cpu;
	for (unsigned int i = 0; i < s->group->nr_vary; i++) {
		uint64_t *last = &d->last_vary[ev->kind][i];

		if (!i && s->group->has_addr) {
			kmt_field_set(ev, s->group->vary[0], next_addr(d, &s->subject));
			continue;
		}
		*last += kmt_unzigzag(kmt_get_varint(&d->col[KMT_COL_VARY]));
		kmt_field_set(ev, s->group->vary[i], *last);
	}
	if (s->group == kmt_group_of(KM_EV_CMA_FINISH))
		split_range(ev);
	if (ev->kind >= KM_NR_EVENT_KINDS) { /* of a newer minor version */
		ev->kind = KM_EV_OTHER;
		memset(&ev->range, 0, sizeof(ev->range));
	}
	return 0;
}

int64_t kmt_decode(struct kmt_decoder *d, struct kmt_strings strings, struct km_event *ev, size_t n)
{
	size_t got = 0;

	d->strings = strings;
	while (!d->failed && got < n && d->left) {
		d->failed = next_event(d, &ev[got]);
		for (unsigned int i = 1; i < KMT_NR_COLUMNS; i++)
			d->failed = d->col[i].bad ? -KM_EFORMAT : d->failed;
		if (!d->failed) {
			got++;
			d->left--;
		}
	}
	return got ? (int64_t)got : d->failed;
}
