/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * .kmt, version 1 (kmt_format.h).
 *
 * Opening reads the sections before the first block, and, where the file seeks, from the index
 * behind the last one the number of events, their times and the losses. Reading goes from section
 * to section, one of them in memory; a section whose checksum is wrong, or that the file ends in,
 * is where the damage begins: every block before it was read. A pipe or a compressed file is read
 * forward only; its losses come when they are met.
 */
#include <inttypes.h>
#include <stdio.h>

#include "traces/kmt_block.h"
#include "traces/kmt_bytes.h"
#include "traces/reader.h"

enum {
	MAX_RATIO = 1 << 15, /* more than zstd makes of anything */
};

/* Its payload is in the reader's buffer until the next one is read. */
struct section {
	uint32_t type;
	const uint8_t *payload;
	size_t len;
	uint64_t next; /* place of the section behind it */
};

struct kmt_reader {
	char *path;
	struct reader_env env;
	struct kmt_bytes bytes;
	uint64_t start, at;   /* the first section after the header's, and the next one to read */
	struct section ahead; /* of a stream: the one at .start, which opening has met */
	bool has_ahead, begun;
	struct kmt_buf index;
	uint64_t nr_blocks; /* read so far */
	struct pack *pack;
	struct kmt_decoder *decoder;
	struct kmt_buf plain;
	uint32_t *ids; /* file's string id → trace's */
	size_t nr_ids, room_ids;
	char *cmdline, *bundle; /* trace_info points at them */
	bool in_block, ended, losses_told;
	struct kmt_rd places; /* what the index says of each section; empty without one */
	uint64_t nr_places;
};

static int no_memory(const struct kmt_reader *r, struct km_diag *d)
{
	return km_fail(d, KM_ENOMEM, r->path, "no memory to read it");
}

static int damaged(const struct kmt_reader *r, enum km_errno code, uint64_t at, const char *what,
		   struct km_diag *d)
{
	if (!r->nr_blocks)
		return km_fail(d, code, r->path, "%s, at byte %" PRIu64 ", before any event", what,
			       at);
	return km_fail(d, code, r->path,
		       "%s, after block %" PRIu64 ", at byte %" PRIu64 "; all before it was read",
		       what, r->nr_blocks, at);
}

static int read_section(struct kmt_reader *r, uint64_t at, struct section *s, struct km_diag *d)
{
	uint8_t head[KMT_SECTION_BYTES];
	int64_t got = at <= r->bytes.len ? kmt_bytes_read(&r->bytes, head, sizeof(head), at, d) : 0;

	if (got < 0)
		return (int)got;
	if (got < KMT_SECTION_BYTES)
		return damaged(r, KM_ETRUNC, at, "the file ends before its index", d);
	if (kmt_get_le(head + 32, 8) != pack_hash(head, 32))
		return damaged(r, KM_EFORMAT, at, "the head of a section is damaged", d);
	uint64_t len = kmt_get_le(head + 8, 8);

	if (len > r->bytes.len - at - KMT_SECTION_BYTES)
		return damaged(r, KM_ETRUNC, at, "the file ends inside a section", d);
	got = kmt_bytes_load(&r->bytes, len, at + KMT_SECTION_BYTES, d);
	if (got < 0)
		return (int)got;
	if ((uint64_t)got < len)
		return damaged(r, KM_ETRUNC, at, "the file ends inside a section", d);
	s->type = (uint32_t)kmt_get_le(head, 4);
	s->payload = r->bytes.loaded.p;
	s->len = (size_t)len;
	s->next = at + KMT_SECTION_BYTES + len;
	if (kmt_get_le(head + 24, 8) != pack_hash(s->payload, s->len))
		return damaged(r, KM_EFORMAT, at, "a section does not match its checksum", d);
	return 0;
}

/* "varint bytes, zstd frame" to r->plain. */
static int unpack(struct kmt_reader *r, const struct section *s, struct kmt_rd *out)
{
	struct kmt_rd in = { .p = s->payload, .end = s->payload + s->len };
	uint64_t len = kmt_get_varint(&in);

	if (in.bad || len > KMT_MAX_SECTION || len > MAX_RATIO * (uint64_t)s->len)
		return -KM_EFORMAT;
	r->plain.len = 0;
	if (kmt_reserve(&r->plain, (size_t)len + 1))
		return -KM_ENOMEM;
	int64_t got = pack_unzstd(r->pack, r->plain.p, (size_t)len, in.p, (size_t)(in.end - in.p));

	if (got < 0)
		return (int)got;
	*out = (struct kmt_rd){ .p = r->plain.p, .end = r->plain.p + got };
	return 0;
}

/* ---- info, files, strings, losses, index ---- */

static void set_info(struct kmt_reader *r, const char *key, char *value)
{
	struct trace_info *info = r->env.info;

	if (!strcmp(key, "kernel") && !info->kernel[0]) {
		snprintf(info->kernel, sizeof(info->kernel), "%s", value);
	} else if (!strcmp(key, "arch") && !info->arch[0]) {
		snprintf(info->arch, sizeof(info->arch), "%s", value);
	} else if (!strcmp(key, "page_size") && strtoul(value, NULL, 10)) {
		info->page_size = (unsigned int)strtoul(value, NULL, 10);
	} else if (!strcmp(key, "nr_cpus") && !info->nr_cpus) {
		info->nr_cpus = (unsigned int)strtoul(value, NULL, 10);
	} else if (!strcmp(key, "pointer_bytes")) {
		info->pointer_bytes = *value == '4' ? 4 : 8;
	} else if (!strcmp(key, "has_cma")) {
		info->has_cma = info->has_cma || *value == '1';
	} else if (!strcmp(key, "clock_counts")) {
		info->clock_counts = *value == '1';
	} else if (!strcmp(key, "synthetic")) {
		info->synthetic = *value == '1';
	} else if (!strcmp(key, "cmdline") && !r->cmdline && (!info->cmdline || !*info->cmdline)) {
		info->cmdline = r->cmdline = strdup(value);
	} else if (!strcmp(key, "bundle") && !r->bundle && (!info->bundle || !*info->bundle)) {
		info->bundle = r->bundle = strdup(value);
	}
}

static int read_info(struct kmt_reader *r, const struct section *s)
{
	struct kmt_rd in = { .p = s->payload, .end = s->payload + s->len };

	while (!in.bad && in.p < in.end) {
		char *key = kmt_get_text(&in);
		char *value = kmt_get_text(&in);

		if (key && value)
			set_info(r, key, value);
		free(key);
		free(value);
	}
	return in.bad ? -KM_EFORMAT : 0;
}

static int read_files(struct kmt_reader *r, const struct section *s)
{
	struct kmt_rd in;
	int err = unpack(r, s, &in);

	while (!err && in.p < in.end) {
		char *name = kmt_get_text(&in);
		uint64_t len = kmt_get_varint(&in);
		const uint8_t *data = kmt_get_bytes(&in, len);

		err = in.bad ? -KM_EFORMAT : name ? 0 : -KM_ENOMEM;
		if (!err && r->env.add_file)
			err = r->env.add_file(r->env.ctx, name, (const char *)data, (size_t)len);
		free(name);
	}
	return err;
}

static int add_string(struct kmt_reader *r, const uint8_t *text, size_t len)
{
	int64_t id = strtab_intern(r->env.strings, (const char *)text, len);

	if (id < 0)
		return id == -KM_ENOMEM ? -KM_ENOMEM : -KM_EFORMAT;
	if (r->nr_ids == r->room_ids) {
		size_t room = r->room_ids ? r->room_ids * 2 : 1024;
		uint32_t *more = realloc(r->ids, room * sizeof(*more));

		if (!more)
			return -KM_ENOMEM;
		r->ids = more;
		r->room_ids = room;
	}
	r->ids[r->nr_ids++] = (uint32_t)id;
	return 0;
}

static int read_strings(struct kmt_reader *r, const struct section *s)
{
	struct kmt_rd in;
	int err = unpack(r, s, &in);

	while (!err && in.p < in.end) {
		uint64_t len = kmt_get_varint(&in);
		const uint8_t *text = kmt_get_bytes(&in, len);

		err = text ? add_string(r, text, (size_t)len) : -KM_EFORMAT;
	}
	return err;
}

static int read_losses(struct kmt_reader *r, const struct section *s)
{
	struct kmt_rd in = { .p = s->payload, .end = s->payload + s->len };
	int err = 0;

	while (!err && !in.bad && in.p < in.end) {
		unsigned int cpu = (unsigned int)kmt_get_varint(&in);
		char *event_class = kmt_get_text(&in);
		uint64_t lost = kmt_get_varint(&in);
		uint64_t first = kmt_get_varint(&in);
		uint64_t last = kmt_get_varint(&in);

		if (event_class && !in.bad && r->env.add_loss) {
			err = r->env.add_loss(r->env.ctx, cpu, event_class, lost, first);
			if (!err && last != first)
				err = r->env.add_loss(r->env.ctx, cpu, event_class, 0, last);
		}
		free(event_class);
	}
	return err ? err : in.bad ? -KM_EFORMAT : 0;
}

/* Where the trailer says that the index is; false without one. */
static bool find_index(struct kmt_reader *r, struct section *s)
{
	uint8_t trailer[KMT_TRAILER_BYTES];

	return !r->bytes.stream && r->bytes.len >= KMT_TRAILER_BYTES &&
	       kmt_bytes_read(&r->bytes, trailer, sizeof(trailer), r->bytes.len - KMT_TRAILER_BYTES,
			      NULL) == KMT_TRAILER_BYTES &&
	       !memcmp(trailer + 8, KMT_TRAILER_MAGIC, 8) &&
	       !read_section(r, kmt_get_le(trailer, 8), s, NULL) && s->type == KMT_INDEX;
}

/* The index, where the file has its end; a file without one is read all the same. */
static int read_index(struct kmt_reader *r)
{
	struct section s;

	if (!find_index(r, &s) || !s.len)
		return 0;
	if (kmt_reserve(&r->index, s.len))
		return -KM_ENOMEM;
	memcpy(r->index.p, s.payload, s.len);
	struct kmt_rd in = { .p = r->index.p, .end = r->index.p + s.len };
	uint64_t nr_events = kmt_get_varint(&in);
	uint64_t first = kmt_get_varint(&in);
	uint64_t last = kmt_get_varint(&in);
	uint64_t losses = kmt_get_varint(&in);
	uint64_t nr_places = kmt_get_varint(&in);

	if (in.bad)
		return 0;
	r->places = in;
	r->nr_places = nr_places;
	r->env.info->nr_events = nr_events;
	r->env.info->first_ts_ns = first;
	r->env.info->last_ts_ns = last;
	if (read_section(r, losses, &s, NULL) || s.type != KMT_LOSSES)
		return 0;
	r->losses_told = true;
	return read_losses(r, &s) == -KM_ENOMEM ? -KM_ENOMEM : 0;
}

/* ---- reader_ops ---- */

static void kmt_close(void *self)
{
	struct kmt_reader *r = self;

	if (!r)
		return;
	kmt_decoder_close(r->decoder);
	pack_close(r->pack);
	kmt_buf_release(&r->plain);
	free(r->ids);
	free(r->cmdline);
	free(r->bundle);
	free(r->path);
	kmt_buf_release(&r->index);
	kmt_bytes_release(&r->bytes);
	free(r);
}

static int read_header(struct kmt_reader *r, struct km_diag *d)
{
	uint8_t head[KMT_HEADER_BYTES] = { 0 };
	int64_t n = kmt_bytes_read(&r->bytes, head, sizeof(head), 0, d);

	if (n < 0)
		return (int)n;
	if (n < 8 || memcmp(head, KMT_MAGIC, 8))
		return km_fail(d, KM_EFORMAT, r->path, "not a .kmt: it does not begin as one");
	if (n < KMT_HEADER_BYTES)
		return km_fail(d, KM_ETRUNC, r->path, "the file ends inside its header");
	if (kmt_get_le(head + 8, 2) != KMT_MAJOR)
		return km_fail(d, KM_ENOTSUP, r->path,
			       "it is .kmt version %u, this reads version %d: use a newer kmemlab",
			       (unsigned int)kmt_get_le(head + 8, 2), KMT_MAJOR);
	return 0;
}

/* Everything before the first strings or block, which waits in .ahead. */
static int read_preface(struct kmt_reader *r, struct km_diag *d)
{
	struct section s;
	int err = 0;

	for (r->at = KMT_HEADER_BYTES; !err; r->at = s.next) {
		err = read_section(r, r->at, &s, d);
		if (err)
			break;
		if (s.type >= KMT_STRINGS && s.type <= KMT_INDEX) {
			r->ahead = s;
			r->has_ahead = true;
			break;
		}
		if (s.type == KMT_INFO)
			err = read_info(r, &s);
		else if (s.type == KMT_FILES)
			err = read_files(r, &s);
		if (err)
			err = err == -KM_ENOMEM ? no_memory(r, d) :
						  damaged(r, KM_EFORMAT, r->at,
							  "the bundle's files are damaged", d);
	}
	r->start = r->at;
	return err;
}

static int start(struct kmt_reader *r)
{
	r->begun = false;
	r->at = r->start;
	r->nr_blocks = 0;
	r->nr_ids = 0;
	r->in_block = r->ended = false;
	return add_string(r, (const uint8_t *)"", 0);
}

static int kmt_open(void **self, struct io_source *src, const char *path,
		    const struct reader_env *env, struct km_diag *d)
{
	struct kmt_reader *r = calloc(1, sizeof(*r));
	int err = 0;

	if (r)
		r->path = strdup(path);
	if (!r || !r->path || pack_open(&r->pack) || kmt_decoder_open(&r->decoder))
		err = km_fail(d, KM_ENOMEM, path, "no memory to read it");
	if (!err) {
		r->env = *env;
		err = kmt_bytes_open(&r->bytes, src, r->path, d);
	}
	if (!err)
		err = read_header(r, d);
	if (!err)
		err = read_preface(r, d);
	if (!err && !r->bytes.stream)
		r->has_ahead = false; /* the index takes its place in memory */
	if (!err && (read_index(r) || start(r)))
		err = no_memory(r, d);
	if (err) {
		kmt_close(r);
		return err;
	}
	*self = r;
	return 0;
}

static int next_section(struct kmt_reader *r, struct section *s, struct km_diag *d)
{
	r->begun = true;
	if (!r->has_ahead)
		return read_section(r, r->at, s, d);
	*s = r->ahead;
	r->has_ahead = false;
	return 0;
}

/* Behind the index, at @at, stands the trailer and nothing else. */
static int check_end(struct kmt_reader *r, uint64_t at, struct km_diag *d)
{
	uint8_t tail[KMT_TRAILER_BYTES + 1];
	int64_t got = kmt_bytes_read(&r->bytes, tail, sizeof(tail), at, d);

	if (got < 0)
		return (int)got;
	if (got < KMT_TRAILER_BYTES)
		return damaged(r, KM_ETRUNC, at, "the file ends inside its trailer", d);
	if (memcmp(tail + 8, KMT_TRAILER_MAGIC, 8))
		return damaged(r, KM_EFORMAT, at, "the trailer is damaged", d);
	at += KMT_TRAILER_BYTES;
	return got == KMT_TRAILER_BYTES ? 0 : damaged(r, KM_EFORMAT, at, "bytes follow the end", d);
}

/* Step to the next block: 1, 0 at the file's end, or an error. */
static int next_block(struct kmt_reader *r, struct km_diag *d)
{
	struct section s;
	int err = 0;

	while (!r->ended) {
		err = next_section(r, &s, d);
		if (err)
			return err;
		if (s.type == KMT_STRINGS)
			err = read_strings(r, &s);
		else if (s.type == KMT_LOSSES && !r->losses_told)
			err = read_losses(r, &s);
		else if (s.type == KMT_EVENTS)
			err = kmt_decode_start(r->decoder, s.payload, s.len);
		if (err)
			return err == -KM_ENOMEM ?
				       no_memory(r, d) :
				       damaged(r, KM_EFORMAT, r->at, "a section makes no sense", d);
		r->ended = s.type == KMT_INDEX;
		if (r->ended)
			return check_end(r, s.next, d);
		r->at = s.next;
		if (s.type == KMT_EVENTS) {
			r->in_block = true;
			return 1;
		}
	}
	return 0;
}

static int64_t kmt_read(void *self, struct km_event *buf, size_t n, struct km_diag *d)
{
	struct kmt_reader *r = self;
	int64_t got = 0;

	while (n && !got) {
		if (!r->in_block) {
			int more = next_block(r, d);

			if (more <= 0)
				return more;
		}
		got = kmt_decode(r->decoder, (struct kmt_strings){ r->ids, r->nr_ids }, buf, n);
		if (got < 0)
			return got == -KM_ENOMEM ?
				       no_memory(r, d) :
				       damaged(r, KM_EFORMAT, r->at, "a block makes no sense", d);
		if (!got) {
			r->in_block = false;
			r->nr_blocks++;
		}
	}
	return got;
}

/* A stream passes over what opening has read: next_block() has no use for it. */
static int kmt_rewind(void *self, struct km_diag *d)
{
	struct kmt_reader *r = self;
	uint8_t head[KMT_HEADER_BYTES];
	int err = 0;

	if (!r->begun)
		return 0;
	if (start(r))
		return no_memory(r, d);
	if (!r->bytes.stream)
		return 0;
	err = io_stream_rewind(r->bytes.stream, d);
	if (!err && kmt_bytes_read(&r->bytes, head, sizeof(head), 0, d) < 0)
		err = -KM_EIO;
	r->at = KMT_HEADER_BYTES;
	return err;
}

/* A row of the index. */
struct place {
	uint64_t type, at, behind, first_ts, last_ts;
};

static bool next_place(struct kmt_rd *in, struct place *p)
{
	p->type = kmt_get_varint(in);
	p->at = kmt_get_varint(in);
	p->behind = kmt_get_varint(in);
	p->first_ts = kmt_get_varint(in);
	p->last_ts = kmt_get_varint(in);
	return !in->bad;
}

/*
 * The block to start at: by time the first that ends at @to or later, by number the last that does
 * not begin behind @to. False where the index knows of none.
 */
static bool find_block(const struct kmt_reader *r, enum trace_axis axis, uint64_t to,
		       struct place *hit)
{
	struct kmt_rd in = r->places;
	struct place p;
	bool found = false;

	for (uint64_t i = 0; i < r->nr_places && next_place(&in, &p); i++) {
		if (p.type != KMT_EVENTS)
			continue;
		if (axis == TRACE_BY_EVENT && found && p.behind > to)
			break;
		*hit = p;
		found = true;
		if (axis == TRACE_BY_TIME && p.last_ts >= to)
			break;
	}
	return found;
}

/* A block needs every string before it. */
static int64_t go_to(struct kmt_reader *r, const struct place *to, struct km_diag *d)
{
	struct kmt_rd in = r->places;
	struct section s;
	struct place p;
	int err = 0;

	r->begun = true;
	while (!err && next_place(&in, &p) && p.at < to->at) {
		if (p.type != KMT_STRINGS)
			continue;
		err = read_section(r, p.at, &s, d);
		if (!err && s.type == KMT_STRINGS)
			err = read_strings(r, &s);
		if (err)
			return err == -KM_ENOMEM ? no_memory(r, d) : err;
	}
	r->at = to->at;
	return to->behind <= INT64_MAX ? (int64_t)to->behind : 0;
}

/*
 * An index that does not hold what it says is no reason to fail: reading on will say what is
 * wrong.
 */
static int64_t kmt_seek(void *self, enum trace_axis axis, uint64_t to, struct km_diag *d)
{
	struct kmt_reader *r = self;
	struct section s;
	struct place hit = { 0 };
	int err = kmt_rewind(self, d);

	if (err || r->bytes.stream || !find_block(r, axis, to, &hit))
		return err;
	if (hit.at < r->start || (axis == TRACE_BY_EVENT && hit.behind > to) ||
	    read_section(r, hit.at, &s, NULL) || s.type != KMT_EVENTS)
		return 0;
	int64_t behind = go_to(r, &hit, NULL);

	if (behind >= 0)
		return behind;
	return behind == -KM_ENOMEM ? no_memory(r, d) : kmt_rewind(self, d);
}

static uint32_t kmt_progress(const void *self)
{
	const struct kmt_reader *r = self;

	if (r->ended)
		return 1000000;
	return r->bytes.stream ? io_stream_ppm(r->bytes.stream) :
				 (uint32_t)((unsigned __int128)r->at * 1000000 / r->bytes.len);
}

static bool kmt_sniff(const uint8_t *head, size_t len)
{
	return len >= 8 && !memcmp(head, KMT_MAGIC, 8);
}

const struct reader_ops reader_kmt = {
	.name = "kmt",
	.streams = true,
	.describe = ".kmt, kmemlab's own: a whole bundle in one file, about two bytes per event",
	.sniff = kmt_sniff,
	.open = kmt_open,
	.read = kmt_read,
	.rewind = kmt_rewind,
	.seek = kmt_seek,
	.progress_ppm = kmt_progress,
	.close = kmt_close,
};
