/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ftrace's `trace` and `trace_pipe` text, `trace-cmd report` and `perf script`:
 * 1. the file is read in blocks; a line that a block cuts is moved to the front of the next;
 * 2. each line is an event (text_head.c, text_event.c), a lost-events mark, a comment, part of a
 *    stack trace, the rest of a marker of several lines, or an error that names its number;
 * 3. an error waits until what came before it has been delivered.
 *
 * The order is the file's: ftrace has merged the CPUs already, and its order of equal microseconds
 * is the true one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "traces/io.h"
#include "traces/stacks.h"
#include "traces/text.h"
#include "traces/trace_losses.h"

enum { BLOCK_BYTES = 1 << 18, MAX_LINE = 1 << 16, MAX_COMM = 16, SHOWN = 80 };

struct text_reader {
	struct text_ctx ctx;
	struct reader_env env;
	struct io_stream *stream;
	struct stacks *stacks;
	const char *path;
	uint64_t line; /* number of the current one */
	uint64_t last_ts;
	uint32_t last_cpu; /* of the last event */
	int32_t last_pid;
	size_t pos, len; /* in buf */
	enum text_style style;
	bool in_marker;		    /* the last event was a marker: it may go on */
	bool counts;		    /* its times are counts */
	bool begun;		    /* a line was taken from buf */
	bool noted;		    /* what @age means was said */
	const struct text_age *age; /* what the first block proves, NULL: nothing */
	int error;		    /* sticky */
	struct km_diag diag;
	char buf[BLOCK_BYTES + MAX_LINE + TEXT_PAD];
};

static const char *line_end(const char *p, const char *e)
{
	const char *nl = memchr(p, '\n', (size_t)(e - p));

	return nl ? nl : e;
}

static bool is_comment(const char *p, const char *e)
{
	return p == e || *p == '#' || text_starts(p, e, "cpus=");
}

static bool sniff(const uint8_t *head, size_t len)
{
	char copy[4096 + TEXT_PAD] = { 0 };
	const char *p = copy, *e;
	struct text_head h;

	if (len > 4096)
		len = 4096;
	memcpy(copy, head, len);
	e = copy + len;
	if (text_starts(p, e, "# tracer:"))
		return true;
	while (p < e) {
		const char *stop = line_end(p, e);

		if (!is_comment(p, stop))
			return !memchr(p, '\0', (size_t)(stop - p)) &&
			       (text_head(p, stop, TEXT_STYLE_ANY, &h) || text_is_lost(p, stop) ||
				text_why_no_event(p, stop));
		p = stop + (stop < e);
	}
	return false;
}

static void close_text(void *self)
{
	struct text_reader *r = self;

	if (!r)
		return;
	text_cache_close(r->ctx.cache);
	stacks_close(r->stacks);
	io_stream_close(r->stream);
	free(r);
}

static int rewind_text(void *self, struct km_diag *d)
{
	struct text_reader *r = self;
	int err = r->begun ? io_stream_rewind(r->stream, d) : 0;

	if (err || !r->begun)
		return err;
	r->begun = false;
	r->line = r->last_ts = 0;
	r->pos = r->len = 0;
	r->style = TEXT_STYLE_ANY;
	r->in_marker = r->noted = false;
	r->error = 0;
	stacks_restart(r->stacks);
	return 0;
}

/* Text has no index. */
static int64_t seek_text(void *self, enum trace_axis axis, uint64_t to, struct km_diag *d)
{
	(void)axis;
	(void)to;
	return rewind_text(self, d);
}

static uint32_t progress(const void *self)
{
	const struct text_reader *r = self;

	return io_stream_ppm(r->stream);
}

static void where_of(const struct text_reader *r, char *out, size_t size)
{
	snprintf(out, size, "%s:%llu", r->path, (unsigned long long)r->line);
}

static int fail_line(struct text_reader *r, enum km_errno code, const char *p, const char *e,
		     const char *what)
{
	char where[sizeof(r->diag.where)];
	int n = e - p > SHOWN ? SHOWN : (int)(e - p);

	where_of(r, where, sizeof(where));
	r->error = km_fail(&r->diag, code, where, "%s: \"%.*s%s\"", what, n, p,
			   e - p > SHOWN ? "…" : "");
	return r->error;
}

/* More of the file behind what is left of the last block: 1, 0 at the end, or a sticky error. */
static int refill(struct text_reader *r)
{
	size_t left = r->len - r->pos;

	r->line += left > MAX_LINE; /* it is the next one */
	if (left > MAX_LINE)
		return fail_line(r, KM_EFORMAT, r->buf + r->pos, r->buf + r->len,
				 "this line never ends");
	memmove(r->buf, r->buf + r->pos, left);
	r->pos = 0;
	r->len = left;

	int64_t n = io_stream_read(r->stream, r->buf + left, BLOCK_BYTES, &r->diag);

	if (n < 0)
		return r->error = (int)n;
	r->len += (size_t)n;
	memset(r->buf + r->len, 0, TEXT_PAD);
	return n > 0;
}

/* The first event of the first block, and what each proves of its kernel's age. */
static void look_at_event(struct text_reader *r, const struct text_head *h, const char *e,
			  bool first)
{
	const struct text_age *age = h->name_len ? text_age(h, e) : NULL;

	if (first)
		r->counts = r->env.info->clock_counts = h->counts;
	if (age && (!r->age || text_age_is_older(age, r->age->last)))
		r->age = age;
}

/*
 * What the first block says besides events, before anyone asks: the machine, whether the clock
 * counts time, the kernel's age. The lines are read again as usual.
 */
static void look_ahead(struct text_reader *r)
{
	enum text_style style = TEXT_STYLE_ANY;
	const char *e, *end;
	struct text_head h;

	if (refill(r) <= 0)
		return;
	end = r->buf + r->len;
	for (const char *p = r->buf; p < end; p = e + 1) {
		e = line_end(p, end);
		if (e < end && is_comment(p, e) && p < e && style == TEXT_STYLE_ANY) {
			struct reader_env env = r->env;

			env.add_loss = NULL;
			text_comment(&env, p, e);
		} else if (e < end && text_head(p, e, style, &h)) {
			look_at_event(r, &h, e, style == TEXT_STYLE_ANY);
			style = h.style;
		}
	}
}

/* The kernel that is named, unless the lines prove that it was an older one. */
static void choose_dialect(struct text_reader *r)
{
	const char *named = r->env.info->kernel;
	bool older = r->age && (!*named || text_age_is_older(r->age, named));

	r->ctx.dialect = dialect_find(older ? r->age->last : named);
}

/* What is not sure about that choice. */
static int note_age(struct text_reader *r)
{
	const char *named = r->env.info->kernel, *what = NULL;

	r->noted = true;
	if (!r->age || !r->env.add_notice)
		return 0;
	if (*named && text_age_is_older(r->age, named))
		what = "lines of an older kernel than the one named, read as one before";
	else if (!*named && !text_age_tells_types(r->age))
		what = "no kernel is named (a bundle's meta/version does); migratetypes are read "
		       "as since 4.4, the lines are of one before";
	return what ? r->env.add_notice(r->env.ctx, what, r->age->before, strlen(r->age->before)) :
		      0;
}

static int open_text(void **self, struct io_source *src, const char *path,
		     const struct reader_env *env, struct km_diag *d)
{
	struct text_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r || text_cache_open(&r->ctx.cache, env->strings) ||
	    stacks_open(&r->stacks, env->strings)) {
		close_text(r);
		return km_fail(d, KM_ENOMEM, path, "no memory");
	}
	err = io_stream_open(&r->stream, src, path, d);
	if (err) {
		close_text(r);
		return err;
	}
	r->env = *env;
	r->ctx.env = &r->env;
	r->path = path;
	look_ahead(r);
	choose_dialect(r);
	*self = r;
	return 0;
}

static int fail_cut(struct text_reader *r)
{
	char where[sizeof(r->diag.where)];

	where_of(r, where, sizeof(where));
	r->error = km_fail(&r->diag, KM_ETRUNC, where,
			   "the compressed data ends here, too early: copy it again");
	return r->error;
}

/* The next line without its newline: 1, 0 at the end, or a sticky error. */
static int next_line(struct text_reader *r, const char **p, const char **e)
{
	const char *nl;

	while (!(nl = memchr(r->buf + r->pos, '\n', r->len - r->pos))) {
		int more = refill(r);

		if (more > 0)
			continue;
		if (more < 0)
			return more;
		if (r->pos == r->len)
			return io_stream_cut(r->stream) ? fail_cut(r) : 0;
		r->line++;
		return fail_line(r, KM_ETRUNC, r->buf + r->pos, r->buf + r->len,
				 "the file ends within this line");
	}
	r->line++;
	*p = r->buf + r->pos;
	*e = nl > *p && nl[-1] == '\r' ? nl - 1 : nl;
	r->pos = (size_t)(nl - r->buf) + 1;
	return 1;
}

static int read_comment(struct text_reader *r, const char *p, const char *e)
{
	int err;

	if (text_foreign_tracer(p, e))
		return fail_line(r, KM_ENOTSUP, p, e,
				 "this tracer's file holds lines of its own and no events: `echo "
				 "nop > current_tracer` and record again");
	if (r->style != TEXT_STYLE_ANY && text_starts(p, e, "# tracer: "))
		return fail_line(r, KM_EFORMAT, p, e,
				 "another trace begins here: give each as a file of its own");
	err = text_comment(&r->env, p, e);
	if (text_starts(p, e, TEXT_OWN_COMMENT))
		choose_dialect(r);
	return err;
}

/*
 * The time of the event behind a lost mark; of the one before it where none follows within a block.
 */
static uint64_t next_time(struct text_reader *r)
{
	const char *p, *e, *end;
	struct text_head h;

	if (!memchr(r->buf + r->pos, '\n', r->len - r->pos) && refill(r) < 0)
		return r->last_ts;
	end = r->buf + r->len;
	for (p = r->buf + r->pos; p < end; p = e + 1) {
		e = line_end(p, end);
		if (e < end && text_head(p, e, r->style, &h))
			return h.ts_ns;
	}
	return r->last_ts;
}

/* An event that stands for the events lost before it. */
static int read_lost(struct text_reader *r, const char *p, const char *e, struct km_event *ev)
{
	struct text_lost lost;

	if (!text_read_lost(p, e, &lost))
		return fail_line(r, KM_EFORMAT, p, e, "not a mark of lost events");
	*ev = (struct km_event){ .kind = KM_EV_LOST,
				 .cpu = (uint16_t)lost.cpu,
				 .ts_ns = lost.has_time ? lost.ts_ns : next_time(r),
				 .num = { lost.events } };
	ev->ctx = KM_CTX_UNKNOWN;
	int err = r->env.add_loss ? r->env.add_loss(r->env.ctx, lost.cpu, LOSS_MARKED, lost.events,
						    ev->ts_ns) :
				    0;

	return err ? err : 1;
}

/* A frame behind an event, or behind the head of a chain. */
static bool take_frame(struct text_reader *r, const char *p, const char *e)
{
	char frame[TEXT_FRAME];
	size_t len;

	if (!text_frame(p, e, r->style, frame, &len))
		return false;
	if (r->style == TEXT_STYLE_PERF && !stacks_in_chain(r->stacks))
		stacks_begin(r->stacks, r->last_cpu, r->last_pid);
	if (stacks_in_chain(r->stacks))
		stacks_frame(r->stacks, frame, len);
	return true;
}

/* Lines that belong to an event before them: call chains, the rest of a marker. */
static bool is_follower(struct text_reader *r, const char *p, const char *e)
{
	return text_is_record(p, e) || r->in_marker || take_frame(r, p, e) ||
	       text_starts(p, e, " <");
}

/* A task's name may hold a newline: then the head goes on in the next line. */
static bool join_broken_comm(struct text_reader *r, const char *p, const char **e,
			     struct text_head *h)
{
	const char *end = r->buf + r->len, *nl;

	if (*e - p >= MAX_COMM || *e >= end || *e + 1 >= end)
		return false;
	nl = memchr(*e + 1, '\n', (size_t)(end - *e - 1));
	if (!nl || nl - p <= MAX_COMM || p[MAX_COMM] != '-' || !text_head(p, nl, r->style, h))
		return false;
	*e = nl;
	r->pos = (size_t)(nl - r->buf) + 1;
	r->line++;
	return true;
}

/* "<stack trace>"; of trace-cmd "kernel_stack: <stack trace >". A user program's is none of ours. */
static bool is_chain_head(const struct text_head *h, const char *e)
{
	if (!h->name_len)
		return text_starts(h->name, e, "<stack trace>");
	return h->name_len == 12 && !memcmp(h->name, "kernel_stack", 12) &&
	       text_starts(h->body, e, "<stack trace");
}

static int fail_other(struct text_reader *r, const char *p, const char *e)
{
	const char *why = text_why_no_event(p, e);

	if (memchr(p, '\0', (size_t)(e - p)))
		return fail_line(
			r, KM_EFORMAT, p, e,
			"NUL bytes: the file is damaged here, or was written with ftrace's "
			"bin option");
	return fail_line(r, why ? KM_ENOTSUP : KM_EFORMAT, p, e,
			 why ? why : "neither an event nor a comment");
}

/* The first event decides what the others must be like. */
static int check_form(struct text_reader *r, const struct text_head *h, const char *p,
		      const char *e)
{
	if (h->counts != r->counts)
		return fail_line(
			r, KM_EFORMAT, p, e,
			"the clock changes here: times before and after do not go together");
	if (r->style == TEXT_STYLE_ANY && h->name_len && text_is_fields_option(h->body, e))
		return fail_line(r, KM_ENOTSUP, p, e,
				 "written with ftrace's fields option: record without it");
	r->style = h->style;
	r->in_marker = false;
	return 0;
}

/* 1: an event in @ev, 0: none on this line, or an error. */
static int take_line(struct text_reader *r, const char *p, const char *e, struct km_event *ev)
{
	const char *why = "";
	struct text_head h;
	int err;

	if (!text_head(p, e, r->style, &h)) {
		if (is_comment(p, e))
			return p == e ? 0 : read_comment(r, p, e);
		if (text_is_lost(p, e))
			return read_lost(r, p, e, ev);
		if (is_follower(r, p, e))
			return 0;
		if (!join_broken_comm(r, p, &e, &h))
			return fail_other(r, p, e);
	}
	err = check_form(r, &h, p, e);
	if (err)
		return err;
	if (is_chain_head(&h, e)) {
		stacks_begin(r->stacks, h.cpu, h.pid);
		return 0;
	}
	if (!h.name_len)
		return 0;
	err = text_event(&r->ctx, &h, e, ev, &why);
	if (err == -KM_EFORMAT) {
		char what[64];

		snprintf(what, sizeof(what), "no sense in \"%s\" of this event", why);
		return fail_line(r, KM_EFORMAT, p, e, what);
	}
	if (err)
		return r->error = km_fail(&r->diag, (enum km_errno) - err, r->path, "no memory");
	r->in_marker = ev->kind == KM_EV_MARKER;
	r->last_ts = h.ts_ns;
	r->last_cpu = h.cpu;
	r->last_pid = h.pid;
	return 1;
}

/* A chain goes on until a line is no frame: what was handed out already is @n events at @buf. */
static int end_chain(struct text_reader *r, const char *p, const char *e, struct km_event *buf,
		     size_t n)
{
	char frame[TEXT_FRAME];
	size_t len;

	if (!stacks_in_chain(r->stacks) || (p && text_frame(p, e, r->style, frame, &len)))
		return 0;
	if (!stacks_end(r->stacks, buf, n))
		return 0;
	return r->error = km_fail(&r->diag, KM_ENOMEM, r->path, "no memory");
}

enum step { NOTHING, EVENT, END };

/* The next line: an event at @buf[@got], nothing that is to be handed out yet, or the end. */
static enum step read_line(struct text_reader *r, struct km_event *buf, size_t got)
{
	const char *p = NULL, *e = NULL;
	int rc = next_line(r, &p, &e);

	if (end_chain(r, rc > 0 ? p : NULL, e, buf, got) || rc < 0)
		return NOTHING;
	if (!rc)
		return stacks_next(r->stacks, &buf[got]) ? EVENT : END;
	rc = take_line(r, p, e, &buf[got]);
	if (rc < 0 && !r->error) /* add_loss() failed */
		r->error = km_fail(&r->diag, (enum km_errno) - rc, r->path, "cannot note a loss");
	return rc > 0 && !stacks_hold(r->stacks, &buf[got]) ? EVENT : NOTHING;
}

static int64_t read_text(void *self, struct km_event *buf, size_t n, struct km_diag *d)
{
	struct text_reader *r = self;
	enum step step = NOTHING;
	size_t got = 0;

	r->begun = true;
	if (!r->noted && note_age(r))
		return km_fail(d, KM_ENOMEM, r->path, "no memory");
	while (got < n && step != END) {
		if (r->error || stacks_due(r->stacks))
			step = stacks_next(r->stacks, &buf[got]) ? EVENT : END;
		else
			step = read_line(r, buf, got);
		got += step == EVENT;
	}
	if (got || !r->error)
		return (int64_t)got;
	if (d)
		*d = r->diag;
	return r->error;
}

const struct reader_ops reader_text = {
	.name = "ftrace-text",
	.streams = true,
	.disordered = true,
	.describe =
		"text of ftrace (trace, trace_pipe, latency-format), trace-cmd report and perf script",
	.sniff = sniff,
	.open = open_text,
	.read = read_text,
	.rewind = rewind_text,
	.seek = seek_text,
	.progress_ppm = progress,
	.close = close_text,
};
