/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One const table per span of releases with the same gfp bits, gfp names and migratetype numbers;
 * the newest table that is not younger than the release is taken.
 *
 * Kernel: include/linux/gfp_types.h, include/trace/events/mmflags.h,
 *         include/linux/mmzone.h:migratetype [6.1 6.12]; include/linux/gfp.h,
 *         include/trace/events/gfpflags.h (before 4.6) [2.6.34 3.5].
 * Differs: bits that a kernel hands out by configuration (24 and up) are read as amd64
 *          distributions build them: no KASAN tags, no lockdep; in 6.12 bit 24 is NO_OBJ_EXT.
 */
#include "traces/dialect.h"

#include <stdio.h>
#include <string.h>

#include "engine/core/gfp.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct gfp_name {
	const char *name; /* without a leading "__" */
	uint32_t bits;
};

struct dialect {
	unsigned int major, minor; /* the first release that speaks it; 2.6.34 is 2.6 */
	uint32_t raw[32];	   /* by the release's own bit number; 0: no such bit */
	uint32_t implied;	   /* bits that the release always means and cannot write */
	uint32_t no_kswapd_raw;	   /* a raw bit that takes KSWAPD_RECLAIM away */
	const struct gfp_name *composites;
	size_t nr_composites;
	uint8_t types[5], nr_types;	    /* migratetypes by number, without CMA */
	uint8_t types_cma[6], nr_types_cma; /* and with CMA */
};

/* Single bits and names every release agrees on, or that only one of them knows. */
static const struct gfp_name singles[] = {
	{ "GFP_DMA", KM_GFP_DMA },
	{ "GFP_HIGHMEM", KM_GFP_HIGHMEM },
	{ "GFP_DMA32", KM_GFP_DMA32 },
	{ "GFP_MOVABLE", KM_GFP_MOVABLE },
	{ "GFP_RECLAIMABLE", KM_GFP_RECLAIMABLE },
	{ "GFP_HIGH", KM_GFP_HIGH },
	{ "GFP_IO", KM_GFP_IO },
	{ "GFP_FS", KM_GFP_FS },
	{ "GFP_ZERO", KM_GFP_ZERO },
	{ "GFP_DIRECT_RECLAIM", KM_GFP_DIRECT_RECLAIM },
	{ "GFP_KSWAPD_RECLAIM", KM_GFP_KSWAPD_RECLAIM },
	{ "GFP_RECLAIM", KM_GFP_RECLAIM },
	{ "GFP_WAIT", KM_GFP_DIRECT_RECLAIM },
	{ "GFP_WRITE", KM_GFP_WRITE },
	{ "GFP_NOWARN", KM_GFP_NOWARN },
	{ "GFP_RETRY_MAYFAIL", KM_GFP_RETRY_MAYFAIL },
	{ "GFP_REPEAT", KM_GFP_RETRY_MAYFAIL },
	{ "GFP_NOFAIL", KM_GFP_NOFAIL },
	{ "GFP_NORETRY", KM_GFP_NORETRY },
	{ "GFP_MEMALLOC", KM_GFP_MEMALLOC },
	{ "GFP_COMP", KM_GFP_COMP },
	{ "GFP_NOMEMALLOC", KM_GFP_NOMEMALLOC },
	{ "GFP_HARDWALL", KM_GFP_HARDWALL },
	{ "GFP_THISNODE", KM_GFP_THISNODE },
	{ "GFP_ACCOUNT", KM_GFP_ACCOUNT },
	{ "GFP_ZEROTAGS", KM_GFP_ZEROTAGS },
	{ "GFP_SKIP_ZERO", KM_GFP_SKIP_ZERO },
	{ "GFP_SKIP_KASAN", KM_GFP_SKIP_KASAN },
	{ "GFP_SKIP_KASAN_POISON", KM_GFP_SKIP_KASAN },
	{ "GFP_SKIP_KASAN_UNPOISON", KM_GFP_SKIP_KASAN },
	{ "GFP_NOLOCKDEP", KM_GFP_NOLOCKDEP },
	{ "GFP_NO_OBJ_EXT", KM_GFP_NO_OBJ_EXT },
	{ "GFP_COLD", KM_GFP_COLD },
	{ "GFP_ATOMIC",
	  KM_GFP_ATOMIC }, /* __GFP_ATOMIC; plain GFP_ATOMIC is a composite everywhere */
	{ "GFP_NOTRACK", 0 },
	{ "GFP_OTHER_NODE", 0 },
	{ "none", 0 },
};

#define HIGHUSER (KM_GFP_USER | KM_GFP_HIGHMEM)
#define HUGE_LIGHT                                                                     \
	((KM_GFP_HIGHUSER_MOVABLE | KM_GFP_COMP | KM_GFP_NOMEMALLOC | KM_GFP_NOWARN) & \
	 ~KM_GFP_RECLAIM)

#define COMPOSITES_SINCE_4_4                                                                       \
	{ "GFP_TRANSHUGE", HUGE_LIGHT | KM_GFP_DIRECT_RECLAIM },                                   \
		{ "GFP_TRANSHUGE_LIGHT", HUGE_LIGHT },                                             \
		{ "GFP_HIGHUSER_MOVABLE", KM_GFP_HIGHUSER_MOVABLE }, { "GFP_HIGHUSER", HIGHUSER }, \
		{ "GFP_USER", KM_GFP_USER },                                                       \
		{ "GFP_TEMPORARY", KM_GFP_KERNEL | KM_GFP_RECLAIMABLE },                           \
		{ "GFP_KERNEL_ACCOUNT", KM_GFP_KERNEL | KM_GFP_ACCOUNT },                          \
		{ "GFP_KERNEL", KM_GFP_KERNEL }, { "GFP_NOFS", KM_GFP_RECLAIM | KM_GFP_IO },       \
	{                                                                                          \
		"GFP_NOIO", KM_GFP_RECLAIM                                                         \
	}

static const struct gfp_name composites_6_12[] = {
	COMPOSITES_SINCE_4_4,
	{ "GFP_ATOMIC", KM_GFP_HIGH | KM_GFP_KSWAPD_RECLAIM },
	{ "GFP_NOWAIT", KM_GFP_KSWAPD_RECLAIM | KM_GFP_NOWARN },
};

static const struct gfp_name composites_6_1[] = {
	COMPOSITES_SINCE_4_4,
	{ "GFP_ATOMIC", KM_GFP_HIGH | KM_GFP_ATOMIC | KM_GFP_KSWAPD_RECLAIM },
	{ "GFP_NOWAIT", KM_GFP_KSWAPD_RECLAIM },
};

/* Here __GFP_WAIT is the only reclaim bit: kswapd is always woken (implied). */
#define OLD_KERNEL (KM_GFP_DIRECT_RECLAIM | KM_GFP_IO | KM_GFP_FS)
#define OLD_USER (OLD_KERNEL | KM_GFP_HARDWALL)
#define COMPOSITES_OLD                                                                           \
	{ "GFP_HIGHUSER_MOVABLE", OLD_USER | KM_GFP_HIGHMEM | KM_GFP_MOVABLE },                  \
		{ "GFP_HIGHUSER", OLD_USER | KM_GFP_HIGHMEM }, { "GFP_USER", OLD_USER },         \
		{ "GFP_TEMPORARY", OLD_KERNEL | KM_GFP_RECLAIMABLE },                            \
		{ "GFP_KERNEL", OLD_KERNEL }, { "GFP_NOFS", KM_GFP_DIRECT_RECLAIM | KM_GFP_IO }, \
		{ "GFP_ATOMIC", KM_GFP_HIGH }, { "GFP_NOIO", KM_GFP_DIRECT_RECLAIM },            \
	{                                                                                        \
		"GFP_NOWAIT", 0                                                                  \
	}

static const struct gfp_name composites_3_5[] = {
	{ "GFP_TRANSHUGE", OLD_USER | KM_GFP_HIGHMEM | KM_GFP_MOVABLE | KM_GFP_COMP |
				   KM_GFP_NOMEMALLOC | KM_GFP_NORETRY | KM_GFP_NOWARN },
	COMPOSITES_OLD,
};

static const struct gfp_name composites_2_6[] = { COMPOSITES_OLD };

#define ZONE_BITS KM_GFP_DMA, KM_GFP_HIGHMEM, KM_GFP_DMA32, KM_GFP_MOVABLE

#define RAW_BITS_5(atomic)                                                                         \
	ZONE_BITS, KM_GFP_RECLAIMABLE, KM_GFP_HIGH, KM_GFP_IO, KM_GFP_FS, KM_GFP_ZERO, atomic,     \
		KM_GFP_DIRECT_RECLAIM, KM_GFP_KSWAPD_RECLAIM, KM_GFP_WRITE, KM_GFP_NOWARN,         \
		KM_GFP_RETRY_MAYFAIL, KM_GFP_NOFAIL, KM_GFP_NORETRY, KM_GFP_MEMALLOC, KM_GFP_COMP, \
		KM_GFP_NOMEMALLOC, KM_GFP_HARDWALL, KM_GFP_THISNODE, KM_GFP_ACCOUNT

#define RAW_BITS_4                                                                             \
	ZONE_BITS, KM_GFP_RECLAIMABLE, KM_GFP_HIGH, KM_GFP_IO, KM_GFP_FS, KM_GFP_WRITE,        \
		KM_GFP_NOWARN, KM_GFP_RETRY_MAYFAIL, KM_GFP_NOFAIL, KM_GFP_NORETRY,            \
		KM_GFP_MEMALLOC, KM_GFP_COMP, KM_GFP_ZERO, KM_GFP_NOMEMALLOC, KM_GFP_HARDWALL, \
		KM_GFP_THISNODE, KM_GFP_ATOMIC, KM_GFP_ACCOUNT, KM_GFP_DIRECT_RECLAIM,         \
		KM_GFP_KSWAPD_RECLAIM, KM_GFP_NOLOCKDEP

/* NOTRACK and OTHER_NODE (bits 21 and 23) change nothing the engine models. */
#define RAW_BITS_2                                                                             \
	ZONE_BITS, KM_GFP_DIRECT_RECLAIM, KM_GFP_HIGH, KM_GFP_IO, KM_GFP_FS, KM_GFP_COLD,      \
		KM_GFP_NOWARN, KM_GFP_RETRY_MAYFAIL, KM_GFP_NOFAIL, KM_GFP_NORETRY,            \
		KM_GFP_MEMALLOC, KM_GFP_COMP, KM_GFP_ZERO, KM_GFP_NOMEMALLOC, KM_GFP_HARDWALL, \
		KM_GFP_THISNODE, KM_GFP_RECLAIMABLE

#define COMPOSITES(table) .composites = (table), .nr_composites = ARRAY_LEN(table)

#define TYPES_SINCE_4_4                                                                   \
	.types = { KM_UNMOVABLE, KM_MOVABLE, KM_RECLAIMABLE, KM_HIGHATOMIC, KM_ISOLATE }, \
	.nr_types = 5,                                                                    \
	.nr_types_cma = 6, .types_cma = { KM_UNMOVABLE,	 KM_MOVABLE, KM_RECLAIMABLE,      \
					  KM_HIGHATOMIC, KM_CMA,     KM_ISOLATE }

/*
 * MIGRATE_RESERVE stands where HIGHATOMIC came to stand: the first type per-CPU lists do not keep.
 */
#define TYPES_OLD                                                                         \
	.types = { KM_UNMOVABLE, KM_RECLAIMABLE, KM_MOVABLE, KM_HIGHATOMIC, KM_ISOLATE }, \
	.nr_types = 5,                                                                    \
	.nr_types_cma = 6, .types_cma = { KM_UNMOVABLE,	 KM_RECLAIMABLE, KM_MOVABLE,      \
					  KM_HIGHATOMIC, KM_CMA,	 KM_ISOLATE }

/* Newest first. */
static const struct dialect dialects[] = {
	{ 6,
	  3,
	  { RAW_BITS_5(0), KM_GFP_ZEROTAGS, KM_GFP_NO_OBJ_EXT },
	  0,
	  0,
	  COMPOSITES(composites_6_12),
	  TYPES_SINCE_4_4 },
	{ 5,
	  0,
	  { RAW_BITS_5(KM_GFP_ATOMIC), KM_GFP_ZEROTAGS, KM_GFP_SKIP_ZERO, KM_GFP_SKIP_KASAN,
	    KM_GFP_SKIP_KASAN, KM_GFP_NOLOCKDEP },
	  0,
	  0,
	  COMPOSITES(composites_6_1),
	  TYPES_SINCE_4_4 },
	{ 4, 4, { RAW_BITS_4 }, 0, 0, COMPOSITES(composites_6_1), TYPES_SINCE_4_4 },
	{ 3,
	  0,
	  { RAW_BITS_2, 0, 0, 0, 0, KM_GFP_WRITE },
	  KM_GFP_KSWAPD_RECLAIM,
	  0x400000u,
	  COMPOSITES(composites_3_5),
	  TYPES_OLD },
	{ 2, 6, { RAW_BITS_2 }, KM_GFP_KSWAPD_RECLAIM, 0, COMPOSITES(composites_2_6), TYPES_OLD },
};

static const char *read_number(const char *p, unsigned int *out)
{
	*out = 0;
	while (*p >= '0' && *p <= '9' && *out < 100000)
		*out = *out * 10 + (unsigned int)(*p++ - '0');
	return *p == '.' ? p + 1 : p;
}

const struct dialect *dialect_find(const char *release)
{
	unsigned int major, minor;

	if (!release || *release < '0' || *release > '9')
		return &dialects[0];
	read_number(read_number(release, &major), &minor);
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
		const struct dialect *d = &dialects[i];

		if (major > d->major || (major == d->major && minor >= d->minor))
			return d;
	}
	return &dialects[0];
}

uint32_t dialect_gfp_bits(const struct dialect *d, uint64_t raw)
{
	uint32_t bits = d->implied;

	if (raw & d->no_kswapd_raw)
		bits &= ~(uint32_t)KM_GFP_KSWAPD_RECLAIM;
	if (raw >> 32)
		bits |= KM_GFP_OTHER;
	for (unsigned int i = 0; i < 32; i++) {
		if (!(raw >> i & 1))
			continue;
		if (d->raw[i])
			bits |= d->raw[i];
		else if (!d->no_kswapd_raw || i < 20 || i > 23)
			bits |= KM_GFP_OTHER;
	}
	return bits;
}

static const struct gfp_name *find_name(const struct gfp_name *t, size_t n, const char *text,
					size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(t[i].name) == len && !memcmp(t[i].name, text, len))
			return &t[i];
	return NULL;
}

/* "0x1f" → its value; false for anything else. */
static bool read_hex(const char *text, size_t len, uint64_t *out)
{
	*out = 0;
	if (len < 3 || len > 18 || text[0] != '0' || text[1] != 'x')
		return false;
	for (size_t i = 2; i < len; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			*out = *out << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*out = *out << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* One name or number of a list; @kswapd turns false where the release says so. */
static uint32_t token_bits(const struct dialect *d, const char *text, size_t len, bool *kswapd)
{
	static const char no_kswapd[] = "GFP_NO_KSWAPD";
	const struct gfp_name *hit;
	uint64_t raw;

	if (read_hex(text, len, &raw)) {
		*kswapd = *kswapd && !(raw & d->no_kswapd_raw);
		return dialect_gfp_bits(d, raw) & ~d->implied;
	}
	bool bare = len > 2 && text[0] == '_' && text[1] == '_';

	text += bare ? 2 : 0;
	len -= bare ? 2 : 0;
	if (len == sizeof(no_kswapd) - 1 && !memcmp(text, no_kswapd, len)) {
		*kswapd = false;
		return 0;
	}
	hit = bare ? NULL : find_name(d->composites, d->nr_composites, text, len);
	if (!hit)
		hit = find_name(singles, ARRAY_LEN(singles), text, len);
	if (!hit && !bare)
		hit = find_name(dialects[0].composites, dialects[0].nr_composites, text, len);
	return hit ? hit->bits : KM_GFP_OTHER;
}

uint32_t dialect_gfp_text(const struct dialect *d, const char *text, size_t len)
{
	const char *end = text + len;
	uint32_t bits = 0;
	bool kswapd = true;

	if (!len)
		return KM_GFP_OTHER; /* 6.1 with hash-ptr off prints nothing: unknown */
	while (text < end) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		const char *stop = bar ? bar : end;

		bits |= token_bits(d, text, (size_t)(stop - text), &kswapd);
		text = bar ? bar + 1 : end;
	}
	return bits | (kswapd ? d->implied : d->implied & ~(uint32_t)KM_GFP_KSWAPD_RECLAIM);
}

uint8_t dialect_migratetype(const struct dialect *d, int raw, bool has_cma)
{
	if (raw < 0)
		return KM_NR_MIGRATETYPES;
	if (has_cma)
		return raw < d->nr_types_cma ? d->types_cma[raw] : KM_NR_MIGRATETYPES;
	if (raw == d->nr_types)
		return KM_ISOLATE;
	return raw < d->nr_types ? d->types[raw] : KM_NR_MIGRATETYPES;
}

int dialect_migratetype_number(const struct dialect *d, uint8_t mt, bool has_cma)
{
	for (int raw = 0; raw < 8; raw++)
		if (dialect_migratetype(d, raw, has_cma) == mt)
			return raw;
	return 0;
}

static size_t put_names(const struct gfp_name *t, size_t n, bool singles_too, uint32_t *bits,
			char *out, size_t size, size_t len)
{
	for (size_t i = 0; i < n && len < size; i++) {
		if (!t[i].bits || (*bits & t[i].bits) != t[i].bits)
			continue;
		/* GFP_DMA and GFP_DMA32 stand without the underscores, as the kernel has them. */
		bool bare = singles_too && !(t[i].bits & (KM_GFP_DMA | KM_GFP_DMA32));

		len += (size_t)snprintf(out + len, size - len, "%s%s%s", len ? "|" : "",
					bare ? "__" : "", t[i].name);
		*bits &= ~t[i].bits;
	}
	return len;
}

void dialect_gfp_write(const struct dialect *d, uint32_t bits, char *out, size_t size)
{
	uint32_t left = bits & ~(uint32_t)KM_GFP_OTHER;
	size_t len = 0;

	*out = '\0';
	if (bits == KM_GFP_OTHER)
		return; /* as 6.1 prints a mask it cannot name */
	left &= ~d->implied;
	if (d->implied & ~bits)
		len = (size_t)snprintf(out, size, "GFP_NO_KSWAPD");
	len = put_names(d->composites, d->nr_composites, false, &left, out, size, len);
	len = put_names(singles, ARRAY_LEN(singles), true, &left, out, size, len);
	if (len < size && bits & KM_GFP_OTHER)
		len += (size_t)snprintf(out + len, size - len, "%s__GFP_OTHER", len ? "|" : "");
	if (!len)
		snprintf(out, size, "none");
}
