/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a line is no event we can read: ftrace's other tracers and options, and damage.
 *
 * Kernel: kernel/trace/trace.c:print_raw_fmt(), print_hex_fmt(),
 *         kernel/trace/trace_output.c:trace_print_lat_context() [6.1 6.12]
 */
#include "traces/text.h"

static bool is_hex(char c)
{
	return (unsigned char)(c - '0') < 10 || (unsigned char)((c | 0x20) - 'a') < 6;
}

/* "1 0 17618383508 type: 545" of the raw option, "0000002a 01 …0f type: 545" of hex. */
bool text_is_raw(const char *p, const char *e)
{
	for (int i = 0; i < 3; i++) {
		const char *start = p;

		while (p < e && is_hex(*p))
			p++;
		if (p == start || p == e || *p++ != ' ')
			return false;
	}
	return text_starts(p, e, "type: ");
}

/* "kfree: call_site=…": an event's text and nothing before it. */
static bool is_bare_event(const char *p, const char *e)
{
	const char *colon = memmem(p, (size_t)(e - p), ": ", 2);
	const char *equals = colon ? memchr(colon, '=', (size_t)(e - colon)) : NULL;

	if (!equals)
		return false;
	while (p < colon && (is_hex(*p) || *p == '_' || (unsigned char)((*p | 0x20) - 'a') < 26))
		p++;
	return p == colon;
}

/* "bash-42 [1500] …": a CPU that no model has, where an event names its own. */
static bool is_of_far_cpu(const char *p, const char *e)
{
	for (; p < e; p++) {
		const char *q = p + 1;
		uint64_t pid, cpu;

		if (*p != '-' || !text_decimal(&q, e, &pid))
			continue;
		while (q < e && *q == ' ')
			q++;
		if (q < e && *q++ == '[' && text_decimal(&q, e, &cpu) && q < e && *q == ']')
			return cpu >= KM_MAX_CPUS && memchr(q, ':', (size_t)(e - q));
	}
	return false;
}

const char *text_why_no_event(const char *p, const char *e)
{
	if (text_is_raw(p, e))
		return "written with ftrace's raw or hex option, without names: record without it";
	if (memmem(p, (size_t)(e - p), "ms (+", 5))
		return "written with ftrace's verbose option: record without it";
	if (is_of_far_cpu(p, e))
		return "of a CPU beyond the 1024 that are modelled";
	if (is_bare_event(p, e))
		return "written without ftrace's context-info option, so it has no task, CPU or time: "
		       "record with it";
	return NULL;
}

/* "ptr=0xff (255)": every value twice. */
bool text_is_fields_option(const char *body, const char *e)
{
	const char *p = memmem(body, (size_t)(e - body), "=0x", 3);

	if (!p)
		return false;
	for (p += 3; p < e && is_hex(*p); p++)
		continue;
	if (!text_starts(p, e, " ("))
		return false;
	for (p += 2; p < e && ((unsigned char)(*p - '0') < 10 || *p == '-'); p++)
		continue;
	return p < e && *p == ')';
}

const char *text_foreign_tracer(const char *p, const char *e)
{
	static const char lead[] = "# tracer: ";

	if (!text_starts(p, e, lead))
		return NULL;
	p += sizeof(lead) - 1;
	while (e > p && e[-1] == ' ')
		e--;
	return e - p == 3 && !memcmp(p, "nop", 3) ? NULL : p;
}
