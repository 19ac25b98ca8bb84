/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A head is recognised from the task's pid on, because a task's name may hold anything:
 * 1. ftrace pads the name to 16 columns (8 in latency format), so that its dash stands in a known
 *    column;
 * 2. where it does not, the leftmost "-pid [cpu] … time:" (perf: " pid [cpu] time: system:") is the
 *    head.
 *
 * Kernel: kernel/trace/trace_output.c:trace_print_context(), trace_print_lat_context() [6.1 6.12]
 */
#include "traces/text.h"

enum { COMM_COLUMNS = 16, LATENCY_COLUMNS = 8, MAX_FRACTION = 9 };

#define MAX_SECONDS UINT64_C(18446744073)

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool is_word(char c)
{
	return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26 || c == '_';
}

static inline const char *skip_blanks(const char *p, const char *e)
{
	while (p < e && *p == ' ')
		p++;
	return p;
}

bool text_decimal(const char **p, const char *e, uint64_t *out)
{
	const char *q = *p;
	uint64_t v = 0;

	while (q < e && is_digit(*q) && q - *p < 19)
		v = v * 10 + (uint64_t)(*q++ - '0');
	if (q < e && is_digit(*q)) { /* the twentieth digit may not fit */
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*q++ - '0'), &v) ||
		    (q < e && is_digit(*q)))
			return false;
	}
	if (q == *p)
		return false;
	*p = q;
	*out = v;
	return true;
}

static bool read_pid(const char **p, const char *e, struct text_head *h)
{
	uint64_t pid;

	if (!text_decimal(p, e, &pid) || pid > INT32_MAX)
		return false;
	h->pid = (int32_t)pid;
	return true;
}

/* "5123.456789" in ns; "998877665544" (a counter, cycles) as it is: @counts. */
static bool read_time(const char **p, const char *e, uint64_t *ns, bool *counts)
{
	static const uint32_t scale[MAX_FRACTION + 1] = { 0,	  100000000, 10000000, 1000000,
							  100000, 10000,     1000,     100,
							  10,	  1 };
	uint64_t sec, frac;

	if (!text_decimal(p, e, &sec))
		return false;
	*counts = *p == e || **p != '.';
	if (*counts) {
		*ns = sec;
		return true;
	}
	const char *start = ++*p;

	if (!text_decimal(p, e, &frac) || *p - start > MAX_FRACTION || sec >= MAX_SECONDS)
		return false;
	*ns = sec * 1000000000 + frac * scale[*p - start];
	return true;
}

/* irqs-off, need-resched, hardirq/softirq, and what follows. */
static bool read_flags(const char **p, const char *e, uint8_t *ctx)
{
	const char *q = *p;
	size_t n = 0;

	while (q + n < e && (is_word(q[n]) || q[n] == '.'))
		n++;
	if (n < 3 || n > 6)
		return false;
	*ctx = q[0] == 'd' || q[0] == 'D' ? KM_CTX_IRQS_OFF : 0;
	switch (q[2]) {
	case 'Z':
		*ctx |= KM_CTX_NMI | KM_CTX_HARDIRQ;
		break;
	case 'z':
		*ctx |= KM_CTX_NMI;
		break;
	case 'H':
		*ctx |= KM_CTX_HARDIRQ | KM_CTX_SOFTIRQ;
		break;
	case 'h':
		*ctx |= KM_CTX_HARDIRQ;
		break;
	case 's':
		*ctx |= KM_CTX_SOFTIRQ;
		break;
	default:
		break;
	}
	*p = q + n;
	return true;
}

/* "name: body", or "<stack trace>". With @system, "system:name: body" is required. */
static bool read_name(const char *p, const char *e, bool system, struct text_head *h)
{
	p = skip_blanks(p, e);
	if (text_starts(p, e, "<stack trace>") || text_starts(p, e, "<user stack trace>")) {
		h->name = p;
		h->name_len = 0;
		return true;
	}
	const char *q = p;

	while (q < e && is_word(*q))
		q++;
	if (q < e && *q == ':' && q > p && q + 1 < e && is_word(q[1])) {
		p = ++q;
		while (q < e && is_word(*q))
			q++;
	} else if (system) {
		return false;
	}
	if (q == p || q == e || *q != ':')
		return false;
	h->name = p;
	h->name_len = (size_t)(q - p);
	h->body = skip_blanks(q + 1, e);
	return true;
}

/* " (tgid) [cpu] flags time: name: body", from behind the pid. */
static bool read_tail(const char *p, const char *e, bool perf, struct text_head *h)
{
	uint64_t cpu;

	if (p < e && *p == '/' && perf) { /* pid/tid */
		p++;
		if (!read_pid(&p, e, h))
			return false;
	}
	p = skip_blanks(p, e);
	if (p < e && *p == '(' && !perf) {
		while (p < e && *p != ')')
			p++;
		p = skip_blanks(p + (p < e), e);
	}
	if (p == e || *p != '[')
		return false;
	p++;
	if (!text_decimal(&p, e, &cpu) || cpu >= KM_MAX_CPUS || p == e || *p != ']')
		return false;
	h->cpu = (uint32_t)cpu;
	p = skip_blanks(p + 1, e);
	h->ctx = KM_CTX_UNKNOWN;
	if (p < e && !is_digit(*p)) {
		if (!read_flags(&p, e, &h->ctx))
			return false;
		p = skip_blanks(p, e);
	}
	if (!read_time(&p, e, &h->ts_ns, &h->counts) || p == e || *p != ':')
		return false;
	return read_name(p + 1, e, perf, h);
}

/* " 3d..2. 12us+: name: body", from behind the pid. */
static bool read_latency_tail(const char *p, const char *e, struct text_head *h)
{
	uint64_t cpu, us;

	p = skip_blanks(p, e);
	if (!text_decimal(&p, e, &cpu) || cpu >= KM_MAX_CPUS || p == e || is_digit(*p))
		return false;
	h->cpu = (uint32_t)cpu;
	if (!read_flags(&p, e, &h->ctx))
		return false;
	p = skip_blanks(p, e);
	if (!text_decimal(&p, e, &us) || us > UINT64_MAX / 1000 || e - p < 4 || p[0] != 'u' ||
	    p[1] != 's')
		return false;
	h->ts_ns = us * 1000;
	h->counts = false;
	p += p[2] == ':' ? 2 : 3;
	return p < e && *p == ':' && read_name(p + 1, e, false, h);
}

static void set_comm(const char *p, const char *stop, struct text_head *h)
{
	p = skip_blanks(p, stop);
	h->comm = p;
	h->comm_len = (size_t)(stop - p);
}

/* The pid starts at @at. */
static bool try_at(const char *at, const char *e, enum text_style style, struct text_head *h)
{
	if (!read_pid(&at, e, h))
		return false;
	h->style = style;
	if (style == TEXT_STYLE_LATENCY)
		return read_latency_tail(at, e, h);
	return read_tail(at, e, style == TEXT_STYLE_PERF, h);
}

static bool scan(const char *p, const char *e, enum text_style style, struct text_head *h)
{
	char before = style == TEXT_STYLE_PERF ? ' ' : '-';

	for (const char *q = p; q + 1 < e; q++) {
		if (*q != before || !is_digit(q[1]) || !try_at(q + 1, e, style, h))
			continue;
		while (style == TEXT_STYLE_PERF && q > p && q[-1] == ' ')
			q--;
		set_comm(p, q, h);
		return true;
	}
	return false;
}

static bool head_of_style(const char *p, const char *e, enum text_style style, struct text_head *h)
{
	int column = style == TEXT_STYLE_LATENCY ? LATENCY_COLUMNS : COMM_COLUMNS;
	bool fits = e - p > column + 1 && p[column] == (style == TEXT_STYLE_PERF ? ' ' : '-');

	if (fits && style == TEXT_STYLE_PERF) {
		const char *at = skip_blanks(p + column, e);

		fits = at < e && is_digit(*at) && try_at(at, e, style, h);
	} else if (fits) {
		fits = try_at(p + column + 1, e, style, h);
	}
	if (!fits)
		return scan(p, e, style, h);
	set_comm(p, p + column, h);
	return true;
}

bool text_head(const char *p, const char *e, enum text_style style, struct text_head *h)
{
	if (style != TEXT_STYLE_ANY)
		return head_of_style(p, e, style, h);
	for (style = TEXT_STYLE_FTRACE; style <= TEXT_STYLE_PERF; style++)
		if (head_of_style(p, e, style, h))
			return true;
	return false;
}
