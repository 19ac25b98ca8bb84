/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of kmemlab stat: their names, and the order in which they are shown.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stat.h"

static const struct {
	const char *name, *title;
} sums[STAT_NR_BY] = {
	[STAT_CACHE] = { "cache", "cache" },
	[STAT_TASK] = { "task", "task" },
	[STAT_GFP] = { "gfp", "gfp flags" },
	[STAT_OBJECT] = { "object", "pointer" },
	[STAT_PAGE_KIND] = { "page_kind", "order, migratetype, gfp flags" },
	[STAT_PAGE_TASK] = { "page_task", "task" },
	[STAT_PAGE_GFP] = { "page_gfp", "gfp flags" },
	[STAT_PAGE_FRAME] = { "page_frame", "first page frame" },
};

static const char *const site_names[] = {
	[CALLSITES_FUNCTION] = "page_call_site",
	[CALLSITES_MODULE] = "page_module",
	[CALLSITES_DIRECTORY] = "page_directory",
};

const char *stat_by_name(const struct stat_view *v, enum stat_by by)
{
	const char *site = site_names[v->counting.by];

	return by == STAT_PAGE_SITE ? site : by == STAT_SITE ? site + 5 : sums[by].name;
}

const char *stat_by_title(const struct stat_view *v, enum stat_by by)
{
	return by == STAT_SITE || by == STAT_PAGE_SITE ? callsites_what(v->counting.sites) :
							 sums[by].title;
}

struct gfp_short {
	const char *name, *letters;
};

static const struct gfp_short gfp_shorts[] = {
	{ "GFP_HIGHUSER_MOVABLE", "HUM" },
	{ "GFP_HIGHUSER", "HU" },
	{ "GFP_USER", "U" },
	{ "GFP_KERNEL_ACCOUNT", "KAC" },
	{ "GFP_KERNEL", "K" },
	{ "GFP_NOFS", "NFS" },
	{ "GFP_ATOMIC", "A" },
	{ "GFP_NOIO", "NIO" },
	{ "GFP_NOWAIT", "NW" },
	{ "GFP_TRANSHUGE", "THP" },
	{ "GFP_TRANSHUGE_LIGHT", "THL" },
	{ "GFP_TEMPORARY", "TMP" },
	{ "GFP_DMA", "D" },
	{ "GFP_DMA32", "D32" },
	{ "__GFP_HIGHMEM", "HM" },
	{ "__GFP_MOVABLE", "M" },
	{ "__GFP_RECLAIMABLE", "RC" },
	{ "__GFP_HIGH", "H" },
	{ "__GFP_IO", "I" },
	{ "__GFP_FS", "F" },
	{ "__GFP_ZERO", "Z" },
	{ "__GFP_ATOMIC", "AT" },
	{ "__GFP_DIRECT_RECLAIM", "DR" },
	{ "__GFP_KSWAPD_RECLAIM", "KR" },
	{ "__GFP_WRITE", "WR" },
	{ "__GFP_NOWARN", "NWR" },
	{ "__GFP_RETRY_MAYFAIL", "RM" },
	{ "__GFP_NOFAIL", "NF" },
	{ "__GFP_NORETRY", "NR" },
	{ "__GFP_MEMALLOC", "MA" },
	{ "__GFP_COMP", "C" },
	{ "__GFP_NOMEMALLOC", "NMA" },
	{ "__GFP_HARDWALL", "HW" },
	{ "__GFP_THISNODE", "TN" },
	{ "__GFP_ACCOUNT", "AC" },
};

static const char *letters_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(gfp_shorts) / sizeof(gfp_shorts[0]); i++)
		if (strlen(gfp_shorts[i].name) == len && !strncmp(gfp_shorts[i].name, name, len))
			return gfp_shorts[i].letters;
	return NULL;
}

/* GFP_KERNEL|__GFP_ZERO as K|Z: unlike perf's, each letter group stands for one flag. */
static void compact(char *buf, size_t size, const char *full)
{
	size_t n = 0;

	*buf = '\0';
	for (const char *at = full; *at && n < size;) {
		size_t len = strcspn(at, "|");
		const char *letters = letters_of(at, len);

		n += (size_t)snprintf(buf + n, size - n, "%s%.*s", n ? "|" : "",
				      (int)(letters ? strlen(letters) : len),
				      letters ? letters : at);
		at += len + (at[len] == '|');
	}
}

/* ---- names ---- */

static unsigned int order_of(const struct stat_row *r)
{
	return (unsigned int)(r->key >> 40);
}

static unsigned int mt_of(const struct stat_row *r)
{
	return (unsigned int)(r->key >> 32 & 0xff);
}

static const char *migratetype(unsigned int mt)
{
	const char *name = km_migratetype_name(mt);

	return name ? name : "?";
}

static void gfp_name(const struct stat_view *v, char *buf, const char *lead, uint32_t gfp)
{
	char letters[256], full[COUNTING_GFP_LEN];

	counting_gfp(&v->counting, gfp, full);
	compact(letters, sizeof(letters), full);
	snprintf(buf, STAT_NAME_LEN, "%s%s (%s)", lead, letters, full);
}

static void cache_name(const struct stat_view *v, const struct stat_row *r, char *buf)
{
	uint32_t what = (uint32_t)r->key;

	switch (r->key >> 32) {
	case STAT_CACHE_NAMED:
		snprintf(buf, STAT_NAME_LEN, "%s",
			 strtab_get(trace_strings(v->counting.trace), what));
		break;
	case STAT_CACHE_KMALLOC:
		snprintf(buf, STAT_NAME_LEN, "kmalloc, %" PRIu32 " bytes", what);
		break;
	default:
		snprintf(buf, STAT_NAME_LEN, "not known, %" PRIu32 " bytes, from %s", what,
			 callsites_name(v->counting.sites, r->sub));
		break;
	}
}

const char *stat_row_name(const struct stat_view *v, enum stat_by by, const struct stat_row *r,
			  char buf[STAT_NAME_LEN])
{
	char lead[64];

	switch (by) {
	case STAT_SITE:
	case STAT_PAGE_SITE:
		return callsites_name(v->counting.sites, (uint32_t)r->key);
	case STAT_TASK:
	case STAT_PAGE_TASK:
		return strtab_get(trace_strings(v->counting.trace), (uint32_t)r->key);
	case STAT_CACHE:
		cache_name(v, r, buf);
		break;
	case STAT_OBJECT:
		snprintf(buf, STAT_NAME_LEN, "0x%016" PRIx64, r->key);
		break;
	case STAT_PAGE_FRAME:
		snprintf(buf, STAT_NAME_LEN, "pfn 0x%" PRIx64 ", order %" PRIu32, r->key, r->sub);
		break;
	case STAT_PAGE_KIND:
		snprintf(lead, sizeof(lead), "order %u, %s, ", order_of(r), migratetype(mt_of(r)));
		gfp_name(v, buf, lead, (uint32_t)r->key);
		break;
	default:
		gfp_name(v, buf, "", (uint32_t)r->key);
		break;
	}
	return buf;
}

/* ---- order ---- */

struct order {
	const struct stat_view *view;
	enum stat_by by;
};

/* Share of the allocated bytes that nobody asked for, in parts of 2^32. */
static uint64_t frag(const struct stat_row *r)
{
	uint64_t wasted = r->bytes_alloc > r->bytes_req ? r->bytes_alloc - r->bytes_req : 0;

	return r->bytes_alloc ? (uint64_t)(((unsigned __int128)wasted << 32) / r->bytes_alloc) : 0;
}

/* What a key other than the name compares; the larger comes first. */
static uint64_t worth(const struct stat_row *r, enum stat_by by, enum stat_key key)
{
	bool kind = by == STAT_PAGE_KIND, gfp = kind || by == STAT_GFP || by == STAT_PAGE_GFP;

	switch (key) {
	case STAT_KEY_BYTES:
		return r->bytes_alloc;
	case STAT_KEY_REQ:
		return r->bytes_req;
	case STAT_KEY_HIT:
		return r->hits;
	case STAT_KEY_FREES:
		return r->frees;
	case STAT_KEY_FAILED:
		return r->failed;
	case STAT_KEY_PINGPONG:
		return r->pingpong;
	case STAT_KEY_FRAG:
		return frag(r);
	case STAT_KEY_PEAK:
		return r->peak_bytes;
	case STAT_KEY_CROSS_NODE:
		return r->cross_node;
	case STAT_KEY_LIVE:
		return r->live;
	case STAT_KEY_LIVE_BYTES:
		return r->live_bytes;
	case STAT_KEY_ORDER:
		return kind ? order_of(r) : by == STAT_PAGE_FRAME ? r->sub : 0;
	case STAT_KEY_MIGTYPE:
		return kind ? mt_of(r) : 0;
	case STAT_KEY_GFP:
		return gfp ? (uint32_t)r->key : 0;
	case STAT_KEY_NAME:
		break;
	}
	return 0;
}

static int compare_names(const struct order *o, const struct stat_row *a, const struct stat_row *b)
{
	char x[STAT_NAME_LEN], y[STAT_NAME_LEN];

	if (o->by == STAT_OBJECT || o->by == STAT_PAGE_FRAME || o->by == STAT_PAGE_KIND)
		return 0; /* their keys are in order */
	return strcmp(stat_row_name(o->view, o->by, a, x), stat_row_name(o->view, o->by, b, y));
}

static int compare_rows(const void *pa, const void *pb, void *ctx)
{
	const struct stat_row *a = *(const struct stat_row *const *)pa,
			      *b = *(const struct stat_row *const *)pb;
	const struct order *o = ctx;

	for (size_t i = 0; i < o->view->nr_keys; i++) {
		enum stat_key key = o->view->keys[i];

		if (key == STAT_KEY_NAME) {
			int c = compare_names(o, a, b);

			if (c)
				return c;
			break;
		}
		uint64_t x = worth(a, o->by, key), y = worth(b, o->by, key);

		if (x != y)
			return x > y ? -1 : 1;
	}
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->sub < b->sub ? -1 : a->sub > b->sub;
}

const struct stat_row **stat_sorted(const struct stat_view *v, enum stat_by by, size_t *n)
{
	struct order order = { v, by };
	size_t all = stat_nr_rows(v->sums, by);
	const struct stat_row **rows = calloc(all + 1, sizeof(*rows));

	*n = 0;
	if (!rows)
		return NULL;
	for (size_t i = 0; i < all; i++) {
		const struct stat_row *r = stat_row(v->sums, by, i);

		if (!v->live || r->live)
			rows[(*n)++] = r;
	}
	qsort_r(rows, *n, sizeof(*rows), compare_rows, &order);
	if (*n > v->lines)
		*n = v->lines;
	return rows;
}
