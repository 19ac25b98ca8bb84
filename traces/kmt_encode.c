/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/kmt_block.h"
#include "traces/kmt_model.h"
#include "traces/kmt_shape.h"

enum { SLOTS = 2 * KMT_BLOCK_EVENTS };

struct task {
	int32_t pid;
	uint32_t comm;
	uint16_t cpu;
};

struct kmt_encoder {
	int level; /* of zstd */
	struct kmt_model *model;
	struct pack *pack;
	struct kmt_buf col[KMT_NR_COLUMNS];
	struct kmt_chain chain;
	struct km_event *shapes; /* with everything that varies zero */
	struct kmt_subject *subjects;
	struct task *tasks;
	uint32_t nr_shapes, nr_tasks, last_task;
	uint32_t *shape_slots, *task_slots; /* number + 1 */
	uint64_t last_vary[256][KMT_MAX_VARY];
	int64_t (*file_id)(void *ctx, uint32_t id);
	void *ctx;
};

void kmt_encoder_close(struct kmt_encoder *e)
{
	if (!e)
		return;
	for (unsigned int i = 0; i < KMT_NR_COLUMNS; i++)
		kmt_buf_release(&e->col[i]);
	kmt_model_close(e->model);
	pack_close(e->pack);
	free(e->shapes);
	free(e->subjects);
	free(e->tasks);
	free(e->shape_slots);
	free(e->task_slots);
	free(e);
}

int kmt_encoder_open(struct kmt_encoder **out, int level)
{
	struct kmt_encoder *e = calloc(1, sizeof(*e));

	if (!e)
		return -KM_ENOMEM;
	e->level = level;
	e->shapes = calloc(KMT_BLOCK_EVENTS, sizeof(*e->shapes));
	e->subjects = calloc(KMT_BLOCK_EVENTS, sizeof(*e->subjects));
	e->tasks = calloc(KMT_BLOCK_EVENTS, sizeof(*e->tasks));
	e->shape_slots = calloc(SLOTS, sizeof(*e->shape_slots));
	e->task_slots = calloc(SLOTS, sizeof(*e->task_slots));
	if (!e->shapes || !e->subjects || !e->tasks || !e->shape_slots || !e->task_slots ||
	    kmt_model_open(&e->model) || pack_open(&e->pack)) {
		kmt_encoder_close(e);
		return -KM_ENOMEM;
	}
	*out = e;
	return 0;
}

static void reset(struct kmt_encoder *e)
{
	for (unsigned int i = 0; i < KMT_NR_COLUMNS; i++)
		e->col[i].len = 0;
	kmt_model_reset(e->model);
	kmt_chain_reset(&e->chain);
	e->nr_shapes = e->nr_tasks = 0;
	e->last_task = UINT32_MAX;
	memset(e->shape_slots, 0, SLOTS * sizeof(*e->shape_slots));
	memset(e->task_slots, 0, SLOTS * sizeof(*e->task_slots));
	memset(e->last_vary, 0, sizeof(e->last_vary));
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 32;
}

/* What repeats of @ev, and its hash. */
static struct km_event shape_of(const struct km_event *ev, const struct kmt_group *g,
				uint64_t *hash)
{
	struct km_event shape;

	memset(&shape, 0, sizeof(shape));
	shape.kind = ev->kind;
	shape.ctx = ev->ctx;
	shape.text = ev->text; /* or .stack */
	*hash = mix(mix(mix(1, ev->kind), ev->ctx), ev->text);
	for (unsigned int i = 0; i < g->nr_fixed; i++) {
		uint64_t v = kmt_field_get(ev, g->fixed[i]);

		kmt_field_set(&shape, g->fixed[i], v);
		*hash = mix(*hash, v);
	}
	return shape;
}

/* Append a varint to a column whose room is there. */
static void put(struct kmt_encoder *e, enum kmt_column col, uint64_t v)
{
	kmt_put_varint(&e->col[col], v);
}

static int put_string(struct kmt_encoder *e, enum kmt_column col, uint32_t id, uint32_t *file_id)
{
	int64_t v = id ? e->file_id(e->ctx, id) : 0;

	if (v < 0)
		return (int)v;
	*file_id = (uint32_t)v;
	put(e, col, (uint64_t)v);
	return 0;
}

static int write_shape(struct kmt_encoder *e, const struct km_event *shape,
		       const struct kmt_group *g)
{
	struct kmt_subject *s = &e->subjects[e->nr_shapes];
	uint32_t id = 0;
	int err;

	put(e, KMT_COL_SHAPES, shape->kind);
	put(e, KMT_COL_SHAPES, shape->ctx);
	err = put_string(e, KMT_COL_SHAPES, shape->text, &id);
	memset(s, 0, sizeof(*s));
	s->shape = e->nr_shapes;
	s->kind = shape->kind;
	if (g == kmt_group_of(KM_EV_KMALLOC))
		s->bytes_alloc = shape->obj.bytes_alloc;
	if (g == kmt_group_of(KM_EV_PAGE_ALLOC)) {
		s->order = shape->page.order;
		s->mt = shape->page.mt;
	}
	for (unsigned int i = 0; !err && i < g->nr_fixed; i++) {
		uint64_t v = kmt_field_get(shape, g->fixed[i]);

		if (!g->fixed[i].is_string) {
			put(e, KMT_COL_SHAPES, v);
			continue;
		}
		err = put_string(e, KMT_COL_SHAPES, (uint32_t)v, &id);
		if (g->fixed[i].offset == offsetof(struct km_event, obj.cache))
			s->cache = id;
	}
	return err;
}

static int64_t find_shape(struct kmt_encoder *e, const struct km_event *ev,
			  const struct kmt_group *g)
{
	uint64_t hash;
	struct km_event shape = shape_of(ev, g, &hash);
	size_t i = (size_t)hash & (SLOTS - 1);

	for (; e->shape_slots[i]; i = (i + 1) & (SLOTS - 1)) {
		if (!memcmp(&e->shapes[e->shape_slots[i] - 1], &shape, sizeof(shape)))
			return e->shape_slots[i] - 1;
	}
	int err = write_shape(e, &shape, g);

	if (err)
		return err;
	e->shapes[e->nr_shapes] = shape;
	e->shape_slots[i] = ++e->nr_shapes;
	return e->nr_shapes - 1;
}

static int64_t find_task(struct kmt_encoder *e, const struct km_event *ev)
{
	const struct task *last = e->nr_tasks ? &e->tasks[e->last_task] : NULL;
	uint32_t id;

	if (last && last->pid == ev->pid && last->comm == ev->comm && last->cpu == ev->cpu)
		return e->last_task;
	size_t i = (size_t)mix(mix(mix(2, (uint32_t)ev->pid), ev->comm), ev->cpu) & (SLOTS - 1);

	for (; e->task_slots[i]; i = (i + 1) & (SLOTS - 1)) {
		const struct task *t = &e->tasks[e->task_slots[i] - 1];

		if (t->pid == ev->pid && t->comm == ev->comm && t->cpu == ev->cpu)
			return e->task_slots[i] - 1;
	}
	put(e, KMT_COL_TASKS, kmt_zigzag((uint64_t)ev->pid));
	int err = put_string(e, KMT_COL_TASKS, ev->comm, &id);

	if (err)
		return err;
	put(e, KMT_COL_TASKS, ev->cpu);
	e->tasks[e->nr_tasks] = (struct task){ .pid = ev->pid, .comm = ev->comm, .cpu = ev->cpu };
	e->task_slots[i] = ++e->nr_tasks;
	return e->nr_tasks - 1;
}

static void put_addr(struct kmt_encoder *e, const struct kmt_subject *s, uint64_t addr)
{
	uint64_t guess[KMT_GUESSES];
	unsigned int i = 0;

	kmt_model_guess(e->model, s, guess);
	while (i < KMT_GUESSES && guess[i] != addr)
		i++;
	put(e, KMT_COL_GUESS, i < KMT_GUESSES ? i + 1 : 0);
	if (i == KMT_GUESSES)
		put(e, KMT_COL_ADDR, kmt_zigzag(addr - kmt_model_base(e->model, s)));
	kmt_model_learn(e->model, s, addr);
}

/* Room for whatever one event may append. */
static int make_room(struct kmt_encoder *e)
{
	for (unsigned int i = 1; i < KMT_NR_COLUMNS; i++) {
		if (kmt_reserve(&e->col[i], 16 * KMT_VARINT_BYTES))
			return -KM_ENOMEM;
	}
	return 0;
}

/* A contiguous allocation that failed has no page: the range last tried takes its place. */
static uint64_t stored(const struct km_event *ev, struct kmt_field f)
{
	return ev->kind == KM_EV_CMA_FINISH && ev->cma.err ? ev->cma.tried : kmt_field_get(ev, f);
}

static int put_event(struct kmt_encoder *e, const struct km_event *ev, uint64_t last_ts)
{
	const struct kmt_group *g = kmt_group_of(ev->kind);
	uint32_t *slot = kmt_chain_slot(&e->chain);
	int err = make_room(e);
	int64_t task = err ? err : find_task(e, ev);
	int64_t shape = task < 0 ? task : find_shape(e, ev, g);

	if (shape < 0)
		return (int)shape;
	put(e, KMT_COL_SHAPE, *slot == (uint64_t)shape + 1 ? 0 : (uint64_t)shape + 1);
	put(e, KMT_COL_TASK, task == e->last_task ? 0 : (uint64_t)task + 1);
	put(e, KMT_COL_TIME, kmt_zigzag(ev->ts_ns - last_ts));
	kmt_chain_learn(&e->chain, slot, (uint32_t)shape);
	e->last_task = (uint32_t)task;
	for (unsigned int i = 0; i < g->nr_vary; i++) {
		uint64_t v = stored(ev, g->vary[i]);
		uint64_t *last = &e->last_vary[ev->kind][i];

		if (!i && g->has_addr) {
			e->subjects[shape].cpu = ev->cpu;
			put_addr(e, &e->subjects[shape], v);
			continue;
		}
		put(e, KMT_COL_VARY, kmt_zigzag(v - *last));
		*last = v;
	}
	return 0;
}

/* The columns' directory and bytes. */
static int put_columns(struct kmt_encoder *e, size_t n, uint64_t first_ts, struct kmt_buf *out)
{
	struct kmt_buf data = { 0 };
	int err = kmt_reserve(out, (3 + 4 * KMT_NR_COLUMNS) * KMT_VARINT_BYTES);

	if (err)
		return err;
	kmt_put_varint(out, n);
	kmt_put_varint(out, first_ts);
	kmt_put_varint(out, KMT_NR_COLUMNS - 1);
	for (unsigned int i = 1; !err && i < KMT_NR_COLUMNS; i++) {
		const struct kmt_buf *col = &e->col[i];
		size_t bound = pack_bound(col->len);

		err = kmt_reserve(&data, bound);
		int64_t got = err ? err :
				    pack_zstd(e->pack, e->level, data.p + data.len, bound, col->p,
					      col->len);
		bool packed = got >= 0 && (size_t)got < col->len;

		if (got < 0) {
			err = (int)got;
			break;
		}
		if (!packed && col->len)
			memcpy(data.p + data.len, col->p, col->len);
		kmt_put_varint(out, i);
		kmt_put_varint(out, col->len);
		kmt_put_varint(out, packed ? (uint64_t)got : col->len);
		kmt_put_varint(out, packed);
		data.len += packed ? (size_t)got : col->len;
	}
	if (!err)
		err = kmt_reserve(out, data.len);
	if (!err) {
		memcpy(out->p + out->len, data.p, data.len);
		out->len += data.len;
	}
	kmt_buf_release(&data);
	return err;
}

int kmt_encode(struct kmt_encoder *e, const struct km_event *ev, size_t n,
	       int64_t (*file_id)(void *ctx, uint32_t id), void *ctx, struct kmt_buf *out)
{
	uint64_t last_ts = ev[0].ts_ns;

	reset(e);
	e->file_id = file_id;
	e->ctx = ctx;
	for (size_t i = 0; i < n; i++) {
		int err = put_event(e, &ev[i], last_ts);

		if (err)
			return err;
		last_ts = ev[i].ts_ns;
	}
	return put_columns(e, n, ev[0].ts_ns, out);
}
