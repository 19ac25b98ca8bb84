/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as kallsyms or a System.map, as saved task names, as counters of a ring, and as the
 * lines of meta/version.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/dat_file.h"
#include "traces/dat_syms.h"
#include "traces/trace_meta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(struct dat_syms *s, const struct strtab *strings, const uint8_t *data,
		    size_t size)
{
	for (size_t at = 0; at < size && at < 512; at += 16) {
		uint64_t addr = strtoull((const char *)data + at, NULL, 16);
		int64_t site = dat_syms_site(s, addr), comm = dat_syms_comm(s, (int32_t)addr);

		if (site >= (int64_t)strtab_count(strings) ||
		    comm >= (int64_t)strtab_count(strings))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), release[64];
	struct dat_stat stat = { 0 };
	struct dat_syms *s = NULL;
	struct strtab *strings;

	if (!text || strtab_open(&strings) || dat_syms_open(&s, strings))
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (!dat_syms_add_kallsyms(s, text, size) && !dat_syms_add_comms(s, text, size))
		look_up(s, strings, (const uint8_t *)text, size);
	dat_stat_parse(&stat, text, size);
	trace_meta_release(text, release, sizeof(release));
	if (!memchr(release, '\0', sizeof(release)))
		abort();
	dat_syms_close(s);
	strtab_close(strings);
	free(text);
	return 0;
}
