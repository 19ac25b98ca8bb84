/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines between the events: what was lost, and what the comments say.
 *
 * Kernel: kernel/trace/trace.c:print_trace_line(), print_event_info(),
 *         kernel/trace/trace_output.c [6.1 6.12]
 */
#include <stdio.h>

#include "traces/text.h"
#include "traces/trace_losses.h"
#include "traces/trace_meta.h"

static const char *find(const char *p, const char *e, const char *what)
{
	return memmem(p, (size_t)(e - p), what, strlen(what));
}

/* "            dd  1899 [000]    12.345678: PERF_RECORD_LOST lost 17" */
static const char *perf_record(const char *p, const char *e)
{
	return find(p, e, ": PERF_RECORD_");
}

bool text_is_record(const char *p, const char *e)
{
	return perf_record(p, e) != NULL;
}

bool text_is_lost(const char *p, const char *e)
{
	const char *record;

	if (text_starts(p, e, "CPU:"))
		return e[-1] == ']' && (find(p, e, "EVENTS]") || find(p, e, " DROPPED]"));
	record = perf_record(p, e);
	return record && text_starts(record, e, ": PERF_RECORD_LOST") && find(record, e, " lost ");
}

static bool read_perf_lost(const char *p, const char *e, struct text_lost *out)
{
	const char *record = perf_record(p, e), *lost = find(record, e, " lost ") + 6;
	const char *cpu = memrchr(p, '[', (size_t)(record - p)), *time;
	struct text_head h;
	uint64_t n;
	char line[256];

	if (!text_decimal(&lost, e, &out->events) || !cpu)
		return false;
	time = ++cpu;
	if (!text_decimal(&cpu, record, &n) || n >= KM_MAX_CPUS)
		return false;
	out->cpu = (unsigned int)n;
	/* The time is read as an event's would be. */
	int len = snprintf(line, sizeof(line) - TEXT_PAD, "x 1 [%.*s: a:b: c", (int)(record - time),
			   time);

	if (len < 0 || (size_t)len >= sizeof(line) - TEXT_PAD)
		return false;
	memset(line + len, 0, TEXT_PAD);
	out->has_time = text_head(line, line + len, TEXT_STYLE_PERF, &h);
	out->ts_ns = out->has_time ? h.ts_ns : 0;
	return true;
}

/* "CPU:3 [LOST 4711 EVENTS]", "CPU:3 [LOST EVENTS]", trace-cmd: "CPU:3 [4711 EVENTS DROPPED]". */
bool text_read_lost(const char *p, const char *e, struct text_lost *out)
{
	const char *q = p + 4;
	uint64_t cpu;

	*out = (struct text_lost){ 0 };
	if (!text_starts(p, e, "CPU:"))
		return read_perf_lost(p, e, out);
	if (!text_decimal(&q, e, &cpu) || cpu >= KM_MAX_CPUS || !text_starts(q, e, " ["))
		return false;
	q += text_starts(q, e, " [LOST ") ? 7 : 2;
	out->cpu = (unsigned int)cpu;
	if (!text_decimal(&q, e, &out->events))
		out->events = 0;
	return true;
}

/* The word behind " @key=", up to a blank; false where there is none. */
static bool word_of(const char *p, const char *e, const char *key, char *out, size_t size)
{
	const char *q = find(p, e, key), *stop;

	if (!q)
		return false;
	q += strlen(key);
	stop = memchr(q, ' ', (size_t)(e - q));
	snprintf(out, size, "%.*s", (int)((stop ? stop : e) - q), q);
	return true;
}

/* "# kmemlab kernel=6.1.192 arch=x86_64 cma=1" */
static void read_machine(struct trace_info *info, const char *p, const char *e)
{
	char word[2];

	if (!info->kernel[0])
		word_of(p, e, " kernel=", info->kernel, sizeof(info->kernel));
	if (!info->arch[0])
		word_of(p, e, " arch=", info->arch, sizeof(info->arch));
	if (word_of(p, e, " cma=", word, sizeof(word)))
		info->has_cma = info->has_cma || word[0] == '1';
}

/* "# kmemlab lost cpu=all events=3 first=0 last=0 class=overrun",
 * "# kmemlab lost cpu=1 events=17 first=0 last=0 class=commit overrun" */
static int read_loss(const struct reader_env *env, const char *p, const char *e)
{
	static const char *const keys[] = { " cpu=", " events=", " first=", " last=" };
	const char *what = find(p, e, " class=");
	char event_class[64];
	uint64_t v[4];
	int err;

	for (size_t i = 0; i < 4; i++) {
		const char *q = find(p, e, keys[i]);

		if (!q)
			return 0;
		q += strlen(keys[i]);
		if (!i && text_starts(q, e, "all "))
			v[i] = TRACE_ALL_CPUS;
		else if (!text_decimal(&q, e, &v[i]))
			return 0;
	}
	if (!what || (v[0] >= KM_MAX_CPUS && v[0] != TRACE_ALL_CPUS))
		return 0;
	what += 7;
	snprintf(event_class, sizeof(event_class), "%.*s", (int)(e - what), what);
	err = env->add_loss(env->ctx, (unsigned int)v[0], event_class, v[1], v[2]);
	if (!err && v[3] != v[2])
		err = env->add_loss(env->ctx, (unsigned int)v[0], event_class, 0, v[3]);
	return err;
}

/* "# entries-in-buffer/entries-written: 823/20663   #P:2": the rest was overwritten, on any CPU. */
static int read_entries(const struct reader_env *env, const char *p, const char *e)
{
	static const char entries[] = "# entries-in-buffer/entries-written: ";
	const char *q = p + sizeof(entries) - 1;
	uint64_t held, written;

	if (!text_starts(p, e, entries) || !text_decimal(&q, e, &held) || q == e || *q++ != '/' ||
	    !text_decimal(&q, e, &written) || written <= held)
		return 0;
	return env->add_loss(env->ctx, TRACE_ALL_CPUS, LOSS_OVERWRITTEN, written - held, 0);
}

/* "# nop latency trace v1.1.5 on 6.1.0-56-cloud-amd64" */
static void read_latency_release(struct trace_info *info, const char *p, const char *e)
{
	const char *on = find(p, e, " latency trace v");
	char release[64];

	on = on ? find(on, e, " on ") : NULL;
	if (!on || info->kernel[0])
		return;
	snprintf(release, sizeof(release), "%.*s", (int)(e - on - 4), on + 4);
	trace_meta_release(release, info->kernel, sizeof(info->kernel));
}

/* The number of CPUs also ends the latency header: "… KP:0, SP:0 HP:0 #P:2)". */
int text_comment(const struct reader_env *env, const char *p, const char *e)
{
	const char *cpus = find(p, e, "#P:");
	uint64_t n;

	if (cpus && (cpus += 3) && text_decimal(&cpus, e, &n) && n <= KM_MAX_CPUS &&
	    !env->info->nr_cpus)
		env->info->nr_cpus = (unsigned int)n;
	read_latency_release(env->info, p, e);
	if (text_starts(p, e, TEXT_OWN_COMMENT "lost "))
		return env->add_loss ? read_loss(env, p, e) : 0;
	if (text_starts(p, e, TEXT_OWN_COMMENT))
		read_machine(env->info, p, e);
	return env->add_loss ? read_entries(env, p, e) : 0;
}
