/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 1. Header, INFO, FILES.
 * 2. Per KMT_BLOCK_EVENTS events: the strings they are the first to use, then the block.
 * 3. LOSSES, INDEX, trailer; the temporary file takes the target's name.
 *
 * Strings are numbered by their first use in an event, so the bytes depend on the capture alone.
 */
#include "traces/kmt_stream.h"

#include <errno.h>
#include <stdio.h>

#include "traces/kmt_block.h"
#include "traces/new_file.h"

struct kmt_stream {
	const struct strtab *strings_of;
	int level;
	char *path;
	struct new_file file;
	uint64_t at; /* bytes written */
	struct pack *pack;
	struct kmt_encoder *encoder;
	struct kmt_buf payload, strings, index;
	struct km_event *ev; /* of the block to come: KMT_BLOCK_EVENTS */
	size_t nr_ev;
	uint32_t *ids; /* trace's string id → file's, 0: not yet */
	size_t nr_ids;
	uint32_t nr_strings; /* in the file, id 0 included */
	uint64_t nr_events, first_ts, last_ts, nr_sections, losses_at;
};

static int no_memory(const struct kmt_stream *w, struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, w->file.path, "no memory to write it");
}

static int emit(struct kmt_stream *w, const void *data, size_t len, struct km_diag *d)
{
	if (len && fwrite(data, len, 1, w->file.out) != 1)
		return km_fail(d, KM_EIO, w->file.path, "cannot be written: %s", strerror(errno));
	w->at += len;
	return 0;
}

static int emit_section(struct kmt_stream *w, enum kmt_section type, const struct kmt_buf *payload,
			struct km_diag *d)
{
	uint8_t head[KMT_SECTION_BYTES] = { 0 };
	int err;

	kmt_put_le(head, type, 4);
	kmt_put_le(head + 8, payload->len, 8);
	kmt_put_le(head + 24, pack_hash(payload->p, payload->len), 8);
	kmt_put_le(head + 32, pack_hash(head, 32), 8);
	err = emit(w, head, sizeof(head), d);
	return err ? err : emit(w, payload->p, payload->len, d);
}

static int put_bytes(struct kmt_buf *b, const void *data, size_t len)
{
	if (kmt_reserve(b, KMT_VARINT_BYTES + len))
		return -KM_ENOMEM;
	kmt_put_varint(b, len);
	if (len)
		memcpy(b->p + b->len, data, len);
	b->len += len;
	return 0;
}

static int put_text(struct kmt_buf *b, const char *text)
{
	return put_bytes(b, text, strlen(text));
}

static int put_number(struct kmt_buf *b, uint64_t v)
{
	if (kmt_reserve(b, KMT_VARINT_BYTES))
		return -KM_ENOMEM;
	kmt_put_varint(b, v);
	return 0;
}

/* @plain as "varint bytes, zstd frame" in w->payload. */
static int pack_payload(struct kmt_stream *w, const struct kmt_buf *plain)
{
	size_t bound = pack_bound(plain->len);

	w->payload.len = 0;
	if (kmt_reserve(&w->payload, KMT_VARINT_BYTES + bound))
		return -KM_ENOMEM;
	kmt_put_varint(&w->payload, plain->len);
	int64_t got = pack_zstd(w->pack, w->level, w->payload.p + w->payload.len, bound, plain->p,
				plain->len);

	if (got < 0)
		return (int)got;
	w->payload.len += (size_t)got;
	return 0;
}

/* ---- header, info, files ---- */

static int write_header(struct kmt_stream *w, struct km_diag *d)
{
	uint8_t head[KMT_HEADER_BYTES] = { 0 };

	memcpy(head, KMT_MAGIC, 8);
	kmt_put_le(head + 8, KMT_MAJOR, 2);
	kmt_put_le(head + 10, KMT_MINOR, 2);
	return emit(w, head, sizeof(head), d);
}

static int write_info(struct kmt_stream *w, const struct trace_info *info, struct km_diag *d)
{
	char page[16], cpus[16], pointer[16];
	const char *pairs[][2] = {
		{ "kernel", info->kernel },
		{ "arch", info->arch },
		{ "page_size", page },
		{ "nr_cpus", cpus },
		{ "has_cma", info->has_cma ? "1" : "0" },
		{ "cmdline", info->cmdline ? info->cmdline : "" },
		{ "bundle", info->bundle ? info->bundle : "" },
		{ info->pointer_bytes == 4 ? "pointer_bytes" : NULL, pointer },
		{ info->clock_counts ? "clock_counts" : NULL, "1" },
		{ info->synthetic ? "synthetic" : NULL, "1" },
	};

	snprintf(page, sizeof(page), "%u", info->page_size);
	snprintf(cpus, sizeof(cpus), "%u", info->nr_cpus);
	snprintf(pointer, sizeof(pointer), "%u", info->pointer_bytes);
	w->payload.len = 0;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i][0] &&
		    (put_text(&w->payload, pairs[i][0]) || put_text(&w->payload, pairs[i][1])))
			return no_memory(w, d);
	}
	return emit_section(w, KMT_INFO, &w->payload, d);
}

int kmt_stream_files(struct kmt_stream *w, const struct kmt_file *file, size_t n, struct km_diag *d)
{
	struct kmt_buf plain = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		if (put_text(&plain, file[i].name) || put_bytes(&plain, file[i].data, file[i].len))
			err = no_memory(w, d);
	if (!err && plain.len > KMT_MAX_SECTION)
		err = km_fail(d, KM_ENOTSUP, w->path,
			      "the bundle's files have more than %d bytes together",
			      KMT_MAX_SECTION);
	if (!err && plain.len && pack_payload(w, &plain))
		err = no_memory(w, d);
	if (!err && plain.len)
		err = emit_section(w, KMT_FILES, &w->payload, d);
	kmt_buf_release(&plain);
	return err;
}

/* ---- events ---- */

/* The file's id of a string; a new one joins the strings that precede the block. */
static int64_t file_id(void *ctx, uint32_t id)
{
	struct kmt_stream *w = ctx;

	if (id >= w->nr_ids) {
		size_t room = (size_t)id + 1024;
		uint32_t *more = realloc(w->ids, room * sizeof(*more));

		if (!more)
			return -KM_ENOMEM;
		memset(more + w->nr_ids, 0, (room - w->nr_ids) * sizeof(*more));
		w->ids = more;
		w->nr_ids = room;
	}
	if (!w->ids[id]) {
		if (put_text(&w->strings, strtab_get(w->strings_of, id)))
			return -KM_ENOMEM;
		w->ids[id] = w->nr_strings++;
	}
	return w->ids[id];
}

static int put_index(struct kmt_stream *w, enum kmt_section type, uint64_t first_ts,
		     uint64_t last_ts)
{
	const uint64_t row[] = { type, w->at, w->nr_events, first_ts, last_ts };

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (put_number(&w->index, row[i]))
			return -KM_ENOMEM;
	}
	w->nr_sections++;
	return 0;
}

static int write_block(struct kmt_stream *w, const struct km_event *ev, size_t n, struct km_diag *d)
{
	struct kmt_buf block = { 0 };
	uint64_t first_ts = ev[0].ts_ns;
	uint64_t last_ts = ev[n - 1].ts_ns;
	int err = 0;

	w->strings.len = 0;
	if (kmt_encode(w->encoder, ev, n, file_id, w, &block))
		err = no_memory(w, d);
	if (!err && w->strings.len) {
		err = pack_payload(w, &w->strings) ||
				      put_index(w, KMT_STRINGS, first_ts, first_ts) ?
			      no_memory(w, d) :
			      emit_section(w, KMT_STRINGS, &w->payload, d);
	}
	if (!err)
		err = put_index(w, KMT_EVENTS, first_ts, last_ts) ?
			      no_memory(w, d) :
			      emit_section(w, KMT_EVENTS, &block, d);
	kmt_buf_release(&block);
	if (!w->nr_events)
		w->first_ts = first_ts;
	w->last_ts = last_ts;
	w->nr_events += n;
	return err;
}

int kmt_stream_events(struct kmt_stream *w, const struct km_event *ev, size_t n, struct km_diag *d)
{
	int err = 0;

	while (!err && n) {
		size_t take = KMT_BLOCK_EVENTS - w->nr_ev;

		take = take < n ? take : n;
		memcpy(w->ev + w->nr_ev, ev, take * sizeof(*ev));
		w->nr_ev += take;
		ev += take;
		n -= take;
		if (w->nr_ev == KMT_BLOCK_EVENTS) {
			err = write_block(w, w->ev, w->nr_ev, d);
			w->nr_ev = 0;
		}
	}
	return err;
}

uint64_t kmt_stream_bytes(const struct kmt_stream *w)
{
	return w->at;
}

/* ---- the end ---- */

static int write_losses(struct kmt_stream *w, const struct trace_loss *losses, size_t n,
			struct km_diag *d)
{
	int err = 0;

	w->payload.len = 0;
	for (size_t i = 0; !err && i < n; i++) {
		err = put_number(&w->payload, losses[i].cpu);
		err = err ? err : put_text(&w->payload, losses[i].event_class);
		err = err ? err : put_number(&w->payload, losses[i].lost_events);
		err = err ? err : put_number(&w->payload, losses[i].first_ts_ns);
		err = err ? err : put_number(&w->payload, losses[i].last_ts_ns);
	}
	w->losses_at = w->at;
	return err ? no_memory(w, d) : emit_section(w, KMT_LOSSES, &w->payload, d);
}

static int write_index(struct kmt_stream *w, struct km_diag *d)
{
	const uint64_t head[] = { w->nr_events, w->first_ts, w->last_ts, w->losses_at,
				  w->nr_sections };
	uint8_t trailer[KMT_TRAILER_BYTES];
	int err = 0;

	w->payload.len = 0;
	for (size_t i = 0; !err && i < sizeof(head) / sizeof(head[0]); i++)
		err = put_number(&w->payload, head[i]);
	if (err || kmt_reserve(&w->payload, w->index.len))
		return no_memory(w, d);
	if (w->index.len)
		memcpy(w->payload.p + w->payload.len, w->index.p, w->index.len);
	w->payload.len += w->index.len;
	kmt_put_le(trailer, w->at, 8);
	memcpy(trailer + 8, KMT_TRAILER_MAGIC, 8);
	err = emit_section(w, KMT_INDEX, &w->payload, d);
	return err ? err : emit(w, trailer, sizeof(trailer), d);
}

static void release(struct kmt_stream *w)
{
	kmt_buf_release(&w->payload);
	kmt_buf_release(&w->strings);
	kmt_buf_release(&w->index);
	kmt_encoder_close(w->encoder);
	pack_close(w->pack);
	free(w->ev);
	free(w->ids);
	free(w->path);
	free(w);
}

int kmt_stream_open(struct kmt_stream **out, const char *path, const struct trace_info *info,
		    const struct strtab *strings, int level, struct km_diag *d)
{
	struct kmt_stream *w = calloc(1, sizeof(*w));
	int err = 0;

	if (!w)
		return km_fail(d, KM_ENOMEM, path, "no memory to write it");
	*w = (struct kmt_stream){ .strings_of = strings, .level = level, .nr_strings = 1 };
	w->file.path = w->path = strdup(path);
	w->ev = malloc(KMT_BLOCK_EVENTS * sizeof(*w->ev));
	if (!w->path || !w->ev || kmt_encoder_open(&w->encoder, level) || pack_open(&w->pack)) {
		release(w);
		return km_fail(d, KM_ENOMEM, path, "no memory to write it");
	}
	err = new_file_open(&w->file, d);
	if (!err)
		err = write_header(w, d);
	if (!err)
		err = write_info(w, info, d);
	if (err) {
		err = new_file_close(&w->file, err, d);
		release(w);
		return err;
	}
	*out = w;
	return 0;
}

int kmt_stream_close(struct kmt_stream *w, const struct trace_loss *losses, size_t nr_losses,
		     int err, struct km_diag *d)
{
	if (!err && w->nr_ev)
		err = write_block(w, w->ev, w->nr_ev, d);
	if (!err)
		err = write_losses(w, losses, nr_losses, d);
	if (!err)
		err = write_index(w, d);
	err = new_file_close(&w->file, err, d);
	release(w);
	return err;
}
