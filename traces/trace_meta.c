/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/trace_meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/trace_losses.h"

static const char *text_of(struct bundle *b, const char *name)
{
	const char *data;
	size_t len;

	return bundle_file(b, name, &data, &len, NULL) ? NULL : data;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of "6.1" or "6.1.192" at @p, 0 where there is no release. */
static size_t release_length(const char *p)
{
	size_t n = 0, parts = 0;

	while (is_digit(p[n]) && parts < 4) {
		while (is_digit(p[n]))
			n++;
		parts++;
		if (p[n] != '.' || !is_digit(p[n + 1]))
			break;
		n++;
	}
	return parts >= 2 ? n : 0;
}

/*
 * Distributions call their own builds 6.1.0-56 or 5.15.0-91 and name the release they stand for at
 * the end.
 */
static const char *upstream_of(const char *text)
{
	const char *p = strstr(text, " Debian ");

	if (p && release_length(p + 8))
		return p + 8;
	p = strstr(text, "(Ubuntu ");
	if (!p)
		return NULL;
	p = strchr(p + 8, ' ');
	return p && release_length(p + 1) ? p + 1 : NULL;
}

void trace_meta_release(const char *text, char *out, size_t size)
{
	static const char lead[] = "Linux version ";
	const char *own = strstr(text, lead), *upstream = upstream_of(text);

	own = own ? own + sizeof(lead) - 1 : text;
	if (upstream)
		own = upstream;
	size_t n = release_length(own);

	/* "6.1.0-56": the distribution counts by itself, which point release it is is not said */
	if (n > 2 && !memcmp(own + n - 2, ".0", 2) && own[n] == '-' && is_digit(own[n + 1]) &&
	    memchr(own, '.', n - 2))
		n -= 2;
	snprintf(out, size, "%.*s", (int)(n < size ? n : 0), own);
}

static unsigned int count_lines(const char *text, const char *start)
{
	unsigned int n = 0;

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		n += !strncmp(p, start, strlen(start));
		if (!*p)
			break;
	}
	return n;
}

static void read_cpuinfo(const char *text, struct trace_info *info)
{
	static const struct {
		const char *mark, *arch;
	} marks[] = {
		{ " lm ", "x86_64" },
		{ "cpuid level", "i686" },
		{ "CPU architecture: 8", "aarch64" },
		{ "CPU architecture: 7", "armv7l" },
		{ "isa\t\t: rv64", "riscv64" },
	};

	if (!info->nr_cpus)
		info->nr_cpus = count_lines(text, "processor\t");
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks) && !info->arch[0]; i++)
		if (strstr(text, marks[i].mark))
			snprintf(info->arch, sizeof(info->arch), "%s", marks[i].arch);
}

static void read_config(const char *text, struct trace_info *info)
{
	if (strstr(text, "CONFIG_ARM64_64K_PAGES=y") || strstr(text, "CONFIG_PPC_64K_PAGES=y"))
		info->page_size = 65536;
	else if (strstr(text, "CONFIG_ARM64_16K_PAGES=y"))
		info->page_size = 16384;
}

/*
 * pagetypeinfo names every migratetype the kernel numbers; without one, a file only kernels with
 * CMA have.
 */
static bool numbers_cma(struct bundle *b)
{
	bool hint = false;

	for (size_t i = 0; i < bundle_nr_files(b); i++) {
		const char *name = bundle_file_name(b, i), *text, *row;
		const char *base = strrchr(name, '/');

		base = base ? base + 1 : name;
		if (!strncmp(name, "snap/", 5) && !strcmp(base, "pagetypeinfo")) {
			text = text_of(b, name);
			row = text ? strstr(text, "Number of blocks type") : NULL;
			if (row)
				return memmem(row, strcspn(row, "\n"), " CMA ", 5) != NULL;
		}
		hint |= !strncmp(name, "meta/formats/cma.", 17);
		hint |= !strncmp(name, "snap/", 5) && !strcmp(base, "cma");
	}
	return hint;
}

/* "	field:const void * ptr;	offset:16;	size:8;	signed:0;" */
static unsigned int size_of_pointer(const char *format)
{
	const char *field = strstr(format, " ptr;"), *size = field ? strstr(field, "size:") : NULL;
	unsigned long n = size ? strtoul(size + 5, NULL, 10) : 0;

	return n == 4 || n == 8 ? (unsigned int)n : 0;
}

void trace_meta(struct bundle *b, struct trace_info *info)
{
	const char *text = text_of(b, "meta/version");

	if (text && !info->kernel[0])
		trace_meta_release(text, info->kernel, sizeof(info->kernel));
	text = text_of(b, "meta/cpuinfo");
	if (text)
		read_cpuinfo(text, info);
	text = text_of(b, "meta/config");
	if (text)
		read_config(text, info);
	text = info->pointer_bytes ? NULL : text_of(b, "meta/formats/kmem.kmalloc");
	if (text)
		info->pointer_bytes = size_of_pointer(text);
	if (!info->has_cma)
		info->has_cma = numbers_cma(b);
}

/* The number behind @key at the line's start, 0 where there is none. */
static uint64_t number_behind(const char *line, const char *key)
{
	size_t n = strlen(key);

	return strncmp(line, key, n) || !is_digit(line[n]) ? 0 : strtoull(line + n, NULL, 10);
}

int trace_meta_losses(struct bundle *b,
		      int (*add)(void *ctx, unsigned int cpu, const char *event_class,
				 uint64_t lost, uint64_t ts_ns),
		      void *ctx)
{
	static const struct {
		const char *key, *event_class;
	} counts[] = {
		{ "overrun: ", LOSS_OVERRUN },
		{ "commit overrun: ", LOSS_COMMIT_OVERRUN },
		{ "dropped events: ", LOSS_DROPPED },
	};
	const char *line = text_of(b, "meta/ring_stats");
	uint64_t cpu = 0;
	int err = 0;

	while (line && *line && !err) {
		if (!strncmp(line, "cpu", 3))
			cpu = number_behind(line, "cpu");
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && !err; i++) {
			uint64_t n = number_behind(line, counts[i].key);

			if (n && cpu < KM_MAX_CPUS)
				err = add(ctx, (unsigned int)cpu, counts[i].event_class, n, 0);
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return err;
}
