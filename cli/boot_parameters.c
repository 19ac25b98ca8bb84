/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/boot_parameters.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * "512M", "0x20000000", "30%" as the keys take it; false: it is neither.
 * Kernel: mm/page_alloc.c:cmdline_parse_core(), lib/cmdline.c:memparse() [6.1]
 */
static bool core_of_parameter(const char *text, size_t len, char *out, size_t size)
{
	static const char units[] = "KMGT";
	char *end;
	uint64_t value = strtoull(text, &end, 0);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;

	if (end == text || end > text + len)
		return false;
	if (end == text + len)
		snprintf(out, size, "%" PRIu64, value);
	else if (*end == '%')
		snprintf(out, size, "%" PRIu64 "%%", value);
	else if (unit)
		snprintf(out, size, "%" PRIu64 "%ciB", value, *unit);
	else
		return false;
	return true;
}

/* "64M", and where it ended. Kernel: lib/cmdline.c:memparse() [6.1] */
static uint64_t parse_bytes(const char *text, const char **end)
{
	static const char units[] = "KMGTPE";
	char *stop;
	uint64_t value = isdigit((unsigned char)*text) ? strtoull(text, &stop, 0) : 0;

	*end = isdigit((unsigned char)*text) ? stop : text;
	const char *unit = **end ? strchr(units, toupper((unsigned char)**end)) : NULL;
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;

	*end += unit != NULL;
	return value > UINT64_MAX >> shift ? 0 : value << shift;
}

/*
 * "64M", "64M@1G" (there), "64M@0-4G" (below).
 * Kernel: kernel/dma/contiguous.c:early_cma(), dma_contiguous_reserve() [6.1]
 */
static void read_cma(const char *text, struct layout_cma *out)
{
	const char *p;
	uint64_t base = 0, limit = 0, bytes = parse_bytes(text, &p);

	if (*p == '@') {
		base = parse_bytes(p + 1, &p);
		limit = *p == '-' ? parse_bytes(p + 1, &p) : base + bytes;
	}
	bool fixed = base && limit - base == bytes;

	*out = (struct layout_cma){ .name = "reserved",
				    .bytes = bytes,
				    .base = fixed ? base : 0,
				    .limit = fixed ? 0 : limit,
				    .place = "meta/cmdline (machine.cma)" };
}

void boot_parameters_take(struct config *c, const char *cmdline, bool has_cma)
{
	static const struct {
		const char *lead;
		enum config_id id;
	} cores[] = { { "kernelcore=", CONFIG_KERNELCORE },
		      { "movablecore=", CONFIG_MOVABLECORE } };
	struct layout_cma area = { 0 };
	char value[2][CONFIG_TEXT_LEN] = { "", "" };
	size_t len;

	for (const char *at = cmdline; *at; at += len) {
		at += strspn(at, " ");
		len = strcspn(at, " ");
		if (len == strlen("movable_node") && !strncmp(at, "movable_node", len))
			config_default_integer(c, CONFIG_MOVABLE_NODE, 1);
		if (len > strlen("cma=") && !strncmp(at, "cma=", strlen("cma=")))
			read_cma(at + strlen("cma="), &area);
		for (size_t i = 0; i < 2; i++) {
			size_t lead = strlen(cores[i].lead);

			if (len > lead && !strncmp(at, cores[i].lead, lead) &&
			    !core_of_parameter(at + lead, len - lead, value[i], sizeof(value[i])))
				*value[i] = '\0';
		}
	}
	for (size_t i = 0; i < 2; i++)
		config_default_text(c, cores[i].id, value[i]);
	if (has_cma && area.bytes)
		config_default_cma(c, &area);
}
