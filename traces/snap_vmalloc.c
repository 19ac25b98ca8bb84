/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/vmallocinfo: "0xSTART-0xEND BYTES CALLER… WHAT…", a line for each area.
 *
 * Kernel: mm/vmalloc.c:s_show() [6.1], vmalloc_info_show() [6.12]
 */
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"

/* "0x1f" up to @end; the place behind the digits, or NULL. */
static const char *read_address(const char *p, const char *end, uint64_t *out)
{
	const char *digits = p + 2;

	if (end - p < 3 || p[0] != '0' || p[1] != 'x')
		return NULL;
	*out = 0;
	for (p = digits; p < end && p - digits <= 16; p++) {
		int c = *p | 0x20;

		if (*p >= '0' && *p <= '9')
			*out = *out << 4 | (uint64_t)(*p - '0');
		else if (c >= 'a' && c <= 'f')
			*out = *out << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	return p > digits && p - digits <= 16 ? p : NULL;
}

static bool starts(const char *word, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(word, with, strlen(with));
}

static bool read_row(const struct snap_lines *l, struct km_snap_vmap *row, uint64_t *bytes)
{
	static const char *const flags[KM_NR_VMAP_KINDS] = {
		[KM_VMAP_VMALLOC] = "vmalloc", [KM_VMAP_IOREMAP] = "ioremap",
		[KM_VMAP_VMAP] = "vmap",       [KM_VMAP_RAM] = "vm_map_ram",
		[KM_VMAP_LAZY] = "unpurged",
	};
	const char *p = read_address(l->line, l->stop, &row->start), *word;
	size_t len;

	p = p && p < l->stop && *p == '-' ? read_address(p + 1, l->stop, &row->end) : NULL;
	if (!p || p == l->stop || *p != ' ' || !snap_number(&p, l->stop, bytes))
		return false;
	while ((len = snap_word(&p, l->stop, &word))) {
		const char *digits = word + strlen("pages=");
		uint64_t pages;

		if (starts(word, len, "pages=") && snap_number(&digits, word + len, &pages) &&
		    pages <= UINT32_MAX)
			row->pages = (uint32_t)pages;
		for (uint8_t kind = 0; kind < KM_NR_VMAP_KINDS; kind++)
			if (flags[kind] && snap_is(word, len, flags[kind]))
				row->kind = kind;
	}
	return true;
}

/* Hashed addresses are not as far apart as the area is large, and hidden ones are 0. */
static bool is_hidden(const struct km_snap_vmap *row, uint64_t bytes)
{
	return !row->start || row->end - row->start != bytes || row->end < row->start;
}

int snap_vmallocinfo(struct km_snapshot *s, const char *data, size_t len, const char *where,
		     struct km_diag *d)
{
	struct snap_lines l;
	size_t room = 0;
	bool hidden = false;

	snap_lines_init(&l, data, len, where, d);
	while (snap_next(&l)) {
		struct km_snap_vmap row = { .kind = KM_VMAP_UNKNOWN };
		uint64_t bytes = 0;

		if (!read_row(&l, &row, &bytes))
			return snap_fail(&l, "expected \"0xSTART-0xEND BYTES …\"");
		hidden |= is_hidden(&row, bytes);
		if (s->nr_vmaps == room) {
			room = room ? room * 2 : 64;
			struct km_snap_vmap *v = realloc(s->vmaps, room * sizeof(*v));

			if (!v)
				return km_fail(d, KM_ENOMEM, where, "no memory");
			s->vmaps = v;
		}
		s->vmaps[s->nr_vmaps++] = row;
	}
	if (hidden)
		s->nr_vmaps = 0;
	return 0;
}
