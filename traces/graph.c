/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line is "[seconds | ] CPU) [comm-pid | ] [mark] [duration us] | body": a body "f();" is a call
 * that called nothing graphed, "f() {" the beginning of one, "}" its end with its duration, and
 * "/" "* … *" "/" an event or a comment. Where a CPU turns to another task, three lines say so.
 * Kernel: kernel/trace/trace_functions_graph.c [6.1]
 */
#include "traces/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/core/types.h"
#include "traces/io_source.h"

enum { BLOCK_BYTES = 1 << 16, MAX_LINE = 4096, SHOWN = 60, HEAD_BYTES = 4096, MAX_DEPTH = 64 };

/* Calls of one CPU that have not returned. */
struct open_calls {
	uint32_t depth; /* beyond MAX_DEPTH they are only counted */
	struct open_call {
		char name[GRAPH_NAME_LEN];
		uint32_t inside, removed;
	} call[MAX_DEPTH];
};

struct graph {
	struct io_budget budget;
	struct io_source *source;
	struct io_stream *stream;
	const char *path;
	struct open_calls *cpu[KM_MAX_CPUS];
	struct graph_counts n;
	size_t pos, len;
	char buf[BLOCK_BYTES + MAX_LINE];
};

/* ---- a line ---- */

struct line {
	uint32_t cpu;
	bool has_duration, turns; /* turns: to another task */
	uint64_t took_ns;
	const char *body, *end;
};

static const char *skip_blanks(const char *p, const char *e)
{
	while (p < e && *p == ' ')
		p++;
	return p;
}

static bool is_digit(const char *p, const char *e)
{
	return p < e && *p >= '0' && *p <= '9';
}

/* "370.686" as 370686; three digits behind the point are kept. NULL: no number of this kind. */
static const char *read_thousandths(const char *p, const char *e, uint64_t *out)
{
	unsigned int digits = 0, decimals = 0;

	*out = 0;
	for (; is_digit(p, e) && digits < 12; p++, digits++)
		*out = *out * 10 + (uint64_t)(*p - '0');
	if (!digits || is_digit(p, e))
		return NULL;
	if (p < e && *p == '.')
		for (p++; is_digit(p, e); p++)
			if (decimals++ < 3)
				*out = *out * 10 + (uint64_t)(*p - '0');
	for (; decimals < 3; decimals++)
		*out *= 10;
	return p;
}

/* "22.153459 |   1)" or "1)": behind it, or NULL. */
static const char *read_head(const char *p, const char *e, struct line *l)
{
	uint64_t n = 0;

	p = skip_blanks(p, e);
	if (!is_digit(p, e))
		return NULL;
	p = read_thousandths(p, e, &n);
	if (p && p < e && *p == ' ') {
		p = skip_blanks(p, e);
		if (p == e || *p != '|')
			return NULL;
		p = skip_blanks(p + 1, e);
		p = is_digit(p, e) ? read_thousandths(p, e, &n) : NULL;
	}
	if (!p || p == e || *p != ')' || n / 1000 >= KM_MAX_CPUS)
		return NULL;
	l->cpu = (uint32_t)(n / 1000);
	return p + 1;
}

/* "+ 10.599 us", or blanks alone. */
static bool read_duration(const char *p, const char *e, struct line *l)
{
	p = skip_blanks(p, e);
	if (p == e)
		return true;
	if (strchr("+!#*@$", *p))
		p = skip_blanks(p + 1, e);
	if (!is_digit(p, e) || !(p = read_thousandths(p, e, &l->took_ns)))
		return false;
	p = skip_blanks(p, e);
	if (e - p < 2 || memcmp(p, "us", 2) != 0)
		return false;
	l->has_duration = true;
	return skip_blanks(p + 2, e) == e;
}

/* The last thing before @bar is "-pid": the column of tasks. */
static bool is_task(const char *p, const char *bar)
{
	while (bar > p && bar[-1] == ' ')
		bar--;
	const char *digits = bar;

	while (digits > p && is_digit(digits - 1, bar))
		digits--;
	return digits < bar && digits > p && digits[-1] == '-';
}

/* Return: whether it is a line of the tracer's with something to say. */
static bool read_line(const char *p, const char *e, struct line *l)
{
	*l = (struct line){ 0 };
	p = read_head(p, e, l);
	if (!p)
		return false;
	const char *bar = memchr(p, '|', (size_t)(e - p));

	l->turns = !bar && memmem(p, (size_t)(e - p), "=>", 2);
	if (l->turns)
		return true;
	if (bar && is_task(p, bar)) {
		p = bar + 1;
		bar = memchr(p, '|', (size_t)(e - p));
	}
	if (!bar || !read_duration(p, bar, l))
		return false;
	l->body = skip_blanks(bar + 1, e);
	l->end = e;
	while (l->end > l->body && l->end[-1] == ' ')
		l->end--;
	return true;
}

/* Nothing to say: a header's line, a rule between tasks, an empty one. */
static bool is_blank(const char *p, const char *e)
{
	p = skip_blanks(p, e);
	return p == e || *p == '#' || (e - p > 8 && !memcmp(p, "--------", 8));
}

/* ---- calls ---- */

/* Letters that names of functions have: whatever else is there ends one. */
static bool is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.';
}

/* The name of "f();", "f [module]() {" or "f() {". */
static void copy_name(char out[GRAPH_NAME_LEN], const char *p, const char *e)
{
	static const char later[] = "_noprof";
	size_t len = 0, tail = sizeof(later) - 1;

	while (p + len < e && is_of_name(p[len]))
		len++;
	if (len > tail && !memcmp(p + len - tail, later, tail))
		len -= tail;
	len = len < GRAPH_NAME_LEN ? len : GRAPH_NAME_LEN - 1;
	memcpy(out, p, len);
	out[len] = '\0';
}

static struct open_call *top(struct open_calls *c)
{
	return c->depth && c->depth <= MAX_DEPTH ? &c->call[c->depth - 1] : NULL;
}

static void begin_call(struct open_calls *c, const struct line *l)
{
	c->depth++;
	struct open_call *k = top(c);

	if (!k)
		return;
	*k = (struct open_call){ .inside = 0 };
	copy_name(k->name, l->body, l->end);
}

static bool end_call(struct graph *g, struct open_calls *c, const struct line *l,
		     struct graph_call *out)
{
	struct open_call *k = top(c);

	if (!k || !l->has_duration) {
		g->n.unfinished++;
		c->depth -= c->depth != 0;
		return false;
	}
	memcpy(out->name, k->name, sizeof(out->name));
	out->inside = k->inside;
	out->removed = k->removed;
	c->depth--;
	return true;
}

/* Whoever called it has called so many more. */
static void tell_caller(struct open_calls *c, const struct graph_call *call)
{
	struct open_call *k = top(c);

	if (!k)
		return;
	k->inside += 1 + call->inside;
	k->removed += call->removed;
}

static void heard_event(struct open_calls *c, const struct line *l)
{
	static const char locked[] = "mm_page_alloc_zone_locked:";
	struct open_call *k = top(c);

	if (k && memmem(l->body, (size_t)(l->end - l->body), locked, sizeof(locked) - 1))
		k->removed++;
}

/* Return: whether @l ends a call. */
static bool take_line(struct graph *g, struct open_calls *c, const struct line *l,
		      struct graph_call *out)
{
	size_t len = (size_t)(l->end - l->body);
	bool ended = false;

	*out = (struct graph_call){ .cpu = l->cpu, .took_ns = l->took_ns };
	if (l->turns) {
		g->n.unfinished += c->depth;
		c->depth = 0;
	} else if (len && *l->body == '/') {
		heard_event(c, l);
	} else if (len && *l->body == '}') {
		ended = end_call(g, c, l, out);
	} else if (len && l->end[-1] == '{') {
		begin_call(c, l);
	} else if (len && l->end[-1] == ';' && l->has_duration) {
		copy_name(out->name, l->body, l->end);
		ended = true;
	}
	if (ended)
		tell_caller(c, out);
	return ended;
}

/* ---- the file ---- */

bool graph_sniff(const char *p, const char *e)
{
	struct line l;

	for (const char *end; p < e; p = end + 1) {
		end = memchr(p, '\n', (size_t)(e - p));
		if (!end)
			return false;
		if (!is_blank(p, end))
			return read_line(p, end, &l);
		if (memmem(p, (size_t)(end - p), "tracer: function_graph", 22))
			return true;
	}
	return false;
}

static int open_stream(struct graph *g, struct km_diag *d)
{
	struct io_input in = { 0 };
	char head[HEAD_BYTES];

	io_budget_init(&g->budget);
	int err = io_open(&in, g->path, &g->budget, d);

	if (!err && in.kind != IO_PLAIN) {
		close(in.fd);
		return km_fail(d, KM_EFORMAT, g->path,
			       "a trace of function_graph is wanted, no directory and no archive");
	}
	if (err)
		return err;
	g->source = in.source;
	int64_t n = io_peek(g->source, g->path, head, sizeof(head), d);

	if (n < 0)
		return (int)n;
	if (!graph_sniff(head, head + n))
		return km_fail(d, KM_EFORMAT, g->path,
			       "this is no trace of ftrace's function_graph tracer; "
			       "kmemlab-calibrate(1) shows how to make one");
	return io_stream_open(&g->stream, g->source, g->path, d);
}

int graph_open(struct graph **out, const char *path, struct km_diag *d)
{
	struct graph *g = calloc(1, sizeof(*g));

	if (!g)
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	g->path = path;
	int err = open_stream(g, d);

	if (err)
		graph_close(g);
	else
		*out = g;
	return err;
}

void graph_close(struct graph *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < KM_MAX_CPUS; i++)
		free(g->cpu[i]);
	io_stream_close(g->stream);
	io_source_close(g->source);
	free(g);
}

static int wrong_line(const struct graph *g, const char *p, const char *e, struct km_diag *d)
{
	char where[300];

	snprintf(where, sizeof(where), "%.250s:%llu", g->path, (unsigned long long)g->n.lines);
	return km_fail(d, KM_EFORMAT, where, "this is no line of function_graph: %.*s",
		       (int)(e - p < SHOWN ? e - p : SHOWN), p);
}

/* The next line, without its end: 1, 0 at the file's end, or an error. */
static int next_line(struct graph *g, const char **p, const char **e, struct km_diag *d)
{
	for (;;) {
		char *at = g->buf + g->pos, *end = memchr(at, '\n', g->len - g->pos);

		if (end || (g->len - g->pos >= MAX_LINE && (end = at + MAX_LINE - 1))) {
			g->pos = (size_t)(end + 1 - g->buf);
			*p = at;
			*e = end > at && end[-1] == '\r' ? end - 1 : end;
			g->n.lines++;
			return 1;
		}
		memmove(g->buf, at, g->len - g->pos);
		g->len -= g->pos;
		g->pos = 0;
		int64_t n = io_stream_read(g->stream, g->buf + g->len, BLOCK_BYTES, d);

		if (n < 0)
			return (int)n;
		g->len += (size_t)n;
		if (n)
			continue;
		if (io_stream_cut(g->stream))
			return km_fail(d, KM_ETRUNC, g->path,
				       "the compressed data ends early; what came before counts");
		*p = g->buf;
		*e = g->buf + g->len;
		g->len = 0;
		g->n.lines += *e > *p;
		return *e > *p;
	}
}

int graph_next(struct graph *g, struct graph_call *out, struct km_diag *d)
{
	const char *p = NULL, *e = NULL;
	struct line l;
	int got;

	while ((got = next_line(g, &p, &e, d)) > 0) {
		if (is_blank(p, e))
			continue;
		if (!read_line(p, e, &l))
			return wrong_line(g, p, e, d);
		if (!g->cpu[l.cpu])
			g->cpu[l.cpu] = calloc(1, sizeof(**g->cpu));
		if (!g->cpu[l.cpu])
			return km_fail(d, KM_ENOMEM, g->path, "out of memory");
		if (!take_line(g, g->cpu[l.cpu], &l, out))
			continue;
		g->n.calls++;
		return 1;
	}
	return got;
}

struct graph_counts graph_counts(const struct graph *g)
{
	struct graph_counts n = g->n;

	for (size_t i = 0; i < KM_MAX_CPUS; i++)
		n.unfinished += g->cpu[i] ? g->cpu[i]->depth : 0;
	return n;
}
