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

/* In a table: this takes away the KSWAPD_RECLAIM that the release implies. */
#define NO_KSWAPD (1u << 30)

struct dialect {
	unsigned int major, minor; /* the first release that speaks it; 2.6.34 is 2.6 */
	uint32_t raw[32];	   /* by the release's own bit number; 0: no such bit */
	uint32_t implied;	   /* bits that the release always means and cannot write */
	uint32_t idle_raw;	   /* raw bits that change nothing the engine models */
	unsigned int page_bytes;   /* a struct page on x86-64, where events store pointers to it */
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
	{ "GFP_HIGH", KM_GFP_HIGH },
	/* With underscores; without, GFP_ATOMIC is a composite everywhere. */
	{ "GFP_ATOMIC", KM_GFP_ATOMIC },
	{ "GFP_IO", KM_GFP_IO },
	{ "GFP_FS", KM_GFP_FS },
	{ "GFP_COLD", KM_GFP_COLD },
	{ "GFP_NOWARN", KM_GFP_NOWARN },
	{ "GFP_RETRY_MAYFAIL", KM_GFP_RETRY_MAYFAIL },
	{ "GFP_REPEAT", KM_GFP_RETRY_MAYFAIL },
	{ "GFP_NOFAIL", KM_GFP_NOFAIL },
	{ "GFP_NORETRY", KM_GFP_NORETRY },
	{ "GFP_COMP", KM_GFP_COMP },
	{ "GFP_ZERO", KM_GFP_ZERO },
	{ "GFP_NOMEMALLOC", KM_GFP_NOMEMALLOC },
	{ "GFP_MEMALLOC", KM_GFP_MEMALLOC },
	{ "GFP_HARDWALL", KM_GFP_HARDWALL },
	{ "GFP_THISNODE", KM_GFP_THISNODE },
	{ "GFP_RECLAIMABLE", KM_GFP_RECLAIMABLE },
	{ "GFP_MOVABLE", KM_GFP_MOVABLE },
	{ "GFP_ACCOUNT", KM_GFP_ACCOUNT },
	{ "GFP_WRITE", KM_GFP_WRITE },
	{ "GFP_RECLAIM", KM_GFP_RECLAIM },
	{ "GFP_DIRECT_RECLAIM", KM_GFP_DIRECT_RECLAIM },
	{ "GFP_WAIT", KM_GFP_DIRECT_RECLAIM },
	{ "GFP_KSWAPD_RECLAIM", KM_GFP_KSWAPD_RECLAIM },
	{ "GFP_ZEROTAGS", KM_GFP_ZEROTAGS },
	{ "GFP_SKIP_ZERO", KM_GFP_SKIP_ZERO },
	{ "GFP_SKIP_KASAN", KM_GFP_SKIP_KASAN },
	{ "GFP_SKIP_KASAN_POISON", KM_GFP_SKIP_KASAN },
	{ "GFP_SKIP_KASAN_UNPOISON", KM_GFP_SKIP_KASAN },
	{ "GFP_NOLOCKDEP", KM_GFP_NOLOCKDEP },
	{ "GFP_NO_OBJ_EXT", KM_GFP_NO_OBJ_EXT },
	{ "GFP_NOTRACK", 0 },
	{ "GFP_OTHER_NODE", 0 },
	{ "GFP_NO_KSWAPD", NO_KSWAPD },
	{ "GFP_KMEMCG", 0 },
	{ "GFP_NOACCOUNT", 0 },
	{ "none", 0 },
};

#define HIGHUSER (KM_GFP_USER | KM_GFP_HIGHMEM)
#define HUGE_LIGHT                                                                     \
	((KM_GFP_HIGHUSER_MOVABLE | KM_GFP_COMP | KM_GFP_NOMEMALLOC | KM_GFP_NOWARN) & \
	 ~KM_GFP_RECLAIM)
#define OLD_HUGE (HUGE_LIGHT | KM_GFP_NORETRY)

/* In the order of the kernel's table: the first that fits is printed. */
#define FOR_USERS                                                                          \
	{ "GFP_HIGHUSER_MOVABLE", KM_GFP_HIGHUSER_MOVABLE }, { "GFP_HIGHUSER", HIGHUSER }, \
	{                                                                                  \
		"GFP_USER", KM_GFP_USER                                                    \
	}
#define TEMPORARY                                                   \
	{                                                           \
		"GFP_TEMPORARY", KM_GFP_KERNEL | KM_GFP_RECLAIMABLE \
	}
#define FOR_THE_KERNEL(atomic, nowait)                                                             \
	{ "GFP_KERNEL_ACCOUNT", KM_GFP_KERNEL | KM_GFP_ACCOUNT }, { "GFP_KERNEL", KM_GFP_KERNEL }, \
		{ "GFP_NOFS", KM_GFP_RECLAIM | KM_GFP_IO },                                        \
		{ "GFP_ATOMIC", KM_GFP_HIGH | KM_GFP_KSWAPD_RECLAIM | (atomic) },                  \
		{ "GFP_NOIO", KM_GFP_RECLAIM },                                                    \
	{                                                                                          \
		"GFP_NOWAIT", KM_GFP_KSWAPD_RECLAIM | (nowait)                                     \
	}
#define HUGE_SINCE_4_8                                           \
	{ "GFP_TRANSHUGE", HUGE_LIGHT | KM_GFP_DIRECT_RECLAIM }, \
	{                                                        \
		"GFP_TRANSHUGE_LIGHT", HUGE_LIGHT                \
	}

static const struct gfp_name composites_6_7[] = {
	HUGE_SINCE_4_8,
	FOR_USERS,
	FOR_THE_KERNEL(0, KM_GFP_NOWARN),
};

static const struct gfp_name composites_6_3[] = {
	HUGE_SINCE_4_8,
	FOR_USERS,
	FOR_THE_KERNEL(0, 0),
};

static const struct gfp_name composites_4_14[] = {
	HUGE_SINCE_4_8,
	FOR_USERS,
	FOR_THE_KERNEL(KM_GFP_ATOMIC, 0),
};

static const struct gfp_name composites_4_8[] = {
	HUGE_SINCE_4_8,
	FOR_USERS,
	TEMPORARY,
	FOR_THE_KERNEL(KM_GFP_ATOMIC, 0),
};

static const struct gfp_name composites_4_6[] = {
	{ "GFP_TRANSHUGE", OLD_HUGE },
	FOR_USERS,
	TEMPORARY,
	FOR_THE_KERNEL(KM_GFP_ATOMIC, 0),
};

static const struct gfp_name composites_4_4[] = {
	{ "GFP_TRANSHUGE", OLD_HUGE | KM_GFP_DIRECT_RECLAIM },
	FOR_USERS,
	TEMPORARY,
	FOR_THE_KERNEL(KM_GFP_ATOMIC, 0),
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

static const struct gfp_name composites_old[] = {
	{ "GFP_TRANSHUGE", OLD_USER | KM_GFP_HIGHMEM | KM_GFP_MOVABLE | KM_GFP_COMP |
				   KM_GFP_NOMEMALLOC | KM_GFP_NORETRY | KM_GFP_NOWARN | NO_KSWAPD },
	COMPOSITES_OLD,
};

#define ZONE_BITS KM_GFP_DMA, KM_GFP_HIGHMEM, KM_GFP_DMA32, KM_GFP_MOVABLE

#define RAW_BITS_5(atomic)                                                                         \
	ZONE_BITS, KM_GFP_RECLAIMABLE, KM_GFP_HIGH, KM_GFP_IO, KM_GFP_FS, KM_GFP_ZERO, atomic,     \
		KM_GFP_DIRECT_RECLAIM, KM_GFP_KSWAPD_RECLAIM, KM_GFP_WRITE, KM_GFP_NOWARN,         \
		KM_GFP_RETRY_MAYFAIL, KM_GFP_NOFAIL, KM_GFP_NORETRY, KM_GFP_MEMALLOC, KM_GFP_COMP, \
		KM_GFP_NOMEMALLOC, KM_GFP_HARDWALL, KM_GFP_THISNODE, KM_GFP_ACCOUNT

#define RAW_BITS_4_18                                                                          \
	ZONE_BITS, KM_GFP_RECLAIMABLE, KM_GFP_HIGH, KM_GFP_IO, KM_GFP_FS, KM_GFP_WRITE,        \
		KM_GFP_NOWARN, KM_GFP_RETRY_MAYFAIL, KM_GFP_NOFAIL, KM_GFP_NORETRY,            \
		KM_GFP_MEMALLOC, KM_GFP_COMP, KM_GFP_ZERO, KM_GFP_NOMEMALLOC, KM_GFP_HARDWALL, \
		KM_GFP_THISNODE, KM_GFP_ATOMIC, KM_GFP_ACCOUNT, KM_GFP_DIRECT_RECLAIM,         \
		KM_GFP_KSWAPD_RECLAIM, KM_GFP_NOLOCKDEP

/* Up to bit 22; bit 21 is NOTRACK. */
#define RAW_BITS_4_4(bit_20)                                                                   \
	ZONE_BITS, KM_GFP_RECLAIMABLE, KM_GFP_HIGH, KM_GFP_IO, KM_GFP_FS, KM_GFP_COLD,         \
		KM_GFP_NOWARN, KM_GFP_RETRY_MAYFAIL, KM_GFP_NOFAIL, KM_GFP_NORETRY,            \
		KM_GFP_MEMALLOC, KM_GFP_COMP, KM_GFP_ZERO, KM_GFP_NOMEMALLOC, KM_GFP_HARDWALL, \
		KM_GFP_THISNODE, KM_GFP_ATOMIC, bit_20, 0, KM_GFP_DIRECT_RECLAIM

/* Bits 20 to 23: KMEMCG or NOACCOUNT, NOTRACK, NO_KSWAPD, OTHER_NODE, as they came to be. */
#define RAW_BITS_OLD                                                                           \
	ZONE_BITS, KM_GFP_DIRECT_RECLAIM, KM_GFP_HIGH, KM_GFP_IO, KM_GFP_FS, KM_GFP_COLD,      \
		KM_GFP_NOWARN, KM_GFP_RETRY_MAYFAIL, KM_GFP_NOFAIL, KM_GFP_NORETRY,            \
		KM_GFP_MEMALLOC, KM_GFP_COMP, KM_GFP_ZERO, KM_GFP_NOMEMALLOC, KM_GFP_HARDWALL, \
		KM_GFP_THISNODE, KM_GFP_RECLAIMABLE, 0, 0, NO_KSWAPD, 0, KM_GFP_WRITE

#define BIT_20 (1u << 20)
#define BIT_21 (1u << 21)
#define BIT_23 (1u << 23)

/* From bit 23 on, as the releases number them that have memory tagging. */
#define TAG_BITS \
	KM_GFP_ZEROTAGS, KM_GFP_SKIP_ZERO, KM_GFP_SKIP_KASAN, KM_GFP_SKIP_KASAN, KM_GFP_NOLOCKDEP

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

/*
 * Newest first. 6.1 and 6.12 are read from their sources; where one of the others begins was not
 * held against that release, but against what is published of its gfp.h.
 */
static const struct dialect dialects[] = {
	{ .major = 6,
	  .minor = 10,
	  .raw = { RAW_BITS_5(0), KM_GFP_ZEROTAGS, KM_GFP_NO_OBJ_EXT },
	  COMPOSITES(composites_6_7),
	  TYPES_SINCE_4_4 },
	{ .major = 6,
	  .minor = 7,
	  .raw = { RAW_BITS_5(0), TAG_BITS },
	  COMPOSITES(composites_6_7),
	  TYPES_SINCE_4_4 },
	{ .major = 6,
	  .minor = 3,
	  .raw = { RAW_BITS_5(0), TAG_BITS },
	  COMPOSITES(composites_6_3),
	  TYPES_SINCE_4_4 },
	{ .major = 5,
	  .minor = 18,
	  .raw = { RAW_BITS_5(KM_GFP_ATOMIC), TAG_BITS },
	  COMPOSITES(composites_4_14),
	  TYPES_SINCE_4_4 },
	{ .major = 5,
	  .minor = 14,
	  .raw = { RAW_BITS_5(KM_GFP_ATOMIC), KM_GFP_ZEROTAGS, KM_GFP_SKIP_KASAN,
		   KM_GFP_NOLOCKDEP },
	  COMPOSITES(composites_4_14),
	  TYPES_SINCE_4_4 },
	{ .major = 5,
	  .minor = 0,
	  .raw = { RAW_BITS_5(KM_GFP_ATOMIC), KM_GFP_NOLOCKDEP },
	  COMPOSITES(composites_4_14),
	  TYPES_SINCE_4_4 },
	{ .major = 4,
	  .minor = 18,
	  .raw = { RAW_BITS_4_18 },
	  COMPOSITES(composites_4_14),
	  TYPES_SINCE_4_4 },
	{ .major = 4,
	  .minor = 14,
	  .raw = { RAW_BITS_4_4(KM_GFP_ACCOUNT), KM_GFP_WRITE, KM_GFP_KSWAPD_RECLAIM,
		   KM_GFP_NOLOCKDEP },
	  .idle_raw = BIT_21,
	  COMPOSITES(composites_4_14),
	  TYPES_SINCE_4_4 },
	{ .major = 4,
	  .minor = 10,
	  .raw = { RAW_BITS_4_4(KM_GFP_ACCOUNT), KM_GFP_WRITE, KM_GFP_KSWAPD_RECLAIM,
		   KM_GFP_NOLOCKDEP },
	  .idle_raw = BIT_21,
	  COMPOSITES(composites_4_8),
	  TYPES_SINCE_4_4 },
	{ .major = 4,
	  .minor = 8,
	  .raw = { RAW_BITS_4_4(KM_GFP_ACCOUNT), 0, KM_GFP_WRITE, KM_GFP_KSWAPD_RECLAIM },
	  .idle_raw = BIT_21 | BIT_23,
	  COMPOSITES(composites_4_8),
	  TYPES_SINCE_4_4 },
	{ .major = 4,
	  .minor = 6,
	  .raw = { RAW_BITS_4_4(KM_GFP_ACCOUNT), 0, KM_GFP_WRITE, KM_GFP_KSWAPD_RECLAIM },
	  .idle_raw = BIT_21 | BIT_23,
	  COMPOSITES(composites_4_6),
	  TYPES_SINCE_4_4 },
	{ .major = 4,
	  .minor = 5,
	  .raw = { RAW_BITS_4_4(KM_GFP_ACCOUNT), 0, KM_GFP_WRITE, KM_GFP_KSWAPD_RECLAIM },
	  .idle_raw = BIT_21 | BIT_23,
	  COMPOSITES(composites_4_4),
	  TYPES_SINCE_4_4 },
	{ .major = 4,
	  .minor = 4,
	  .raw = { RAW_BITS_4_4(0), 0, KM_GFP_WRITE, KM_GFP_KSWAPD_RECLAIM },
	  .idle_raw = BIT_20 | BIT_21 | BIT_23,
	  COMPOSITES(composites_4_4),
	  TYPES_SINCE_4_4 },
	{ .major = 3,
	  .minor = 0,
	  .raw = { RAW_BITS_OLD },
	  .implied = KM_GFP_KSWAPD_RECLAIM,
	  .page_bytes = 64,
	  .idle_raw = BIT_20 | BIT_21 | BIT_23,
	  COMPOSITES(composites_old),
	  TYPES_OLD },
	{ .major = 2,
	  .minor = 6,
	  .raw = { RAW_BITS_OLD },
	  .implied = KM_GFP_KSWAPD_RECLAIM,
	  .page_bytes = 56,
	  .idle_raw = BIT_20 | BIT_21 | BIT_23,
	  COMPOSITES(composites_old),
	  TYPES_OLD },
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

/* What a release implies is there unless something took it away. */
static uint32_t with_implied(const struct dialect *d, uint32_t bits)
{
	return (bits & ~NO_KSWAPD) |
	       (bits & NO_KSWAPD ? d->implied & ~(uint32_t)KM_GFP_KSWAPD_RECLAIM : d->implied);
}

static uint32_t raw_bits(const struct dialect *d, uint64_t raw)
{
	uint32_t bits = raw >> 32 || dialect_gfp_unknown_raw(d, raw) ? KM_GFP_OTHER : 0;

	for (unsigned int i = 0; i < 32; i++)
		bits |= raw >> i & 1 ? d->raw[i] : 0;
	return bits;
}

unsigned int dialect_page_bytes(const struct dialect *d)
{
	return d->page_bytes;
}

uint32_t dialect_gfp_bits(const struct dialect *d, uint64_t raw)
{
	return with_implied(d, raw_bits(d, raw));
}

static const struct gfp_name *find_name(const struct gfp_name *t, size_t n, const char *text,
					size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(t[i].name) == len && !memcmp(t[i].name, text, len))
			return &t[i];
	return NULL;
}

/* "0x1f", or "31" as `trace-cmd report -R` has it: its value; false for anything else. */
static bool read_raw(const char *text, size_t len, uint64_t *out)
{
	bool hex = len > 2 && text[0] == '0' && text[1] == 'x';

	*out = 0;
	if (!len || len > 18)
		return false;
	for (size_t i = hex ? 2 : 0; i < len; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			*out = *out * (hex ? 16 : 10) + (uint64_t)(c - '0');
		else if (hex && c >= 'a' && c <= 'f')
			*out = *out << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* One name or number of a list. */
static uint32_t token_bits(const struct dialect *d, const char *text, size_t len)
{
	const struct gfp_name *hit;
	uint64_t raw;

	if (read_raw(text, len, &raw))
		return raw_bits(d, raw);
	bool bare = len > 2 && text[0] == '_' && text[1] == '_';

	text += bare ? 2 : 0;
	len -= bare ? 2 : 0;
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

	if (!len)
		return KM_GFP_OTHER; /* 6.1 with hash-ptr off prints nothing: unknown */
	while (text < end) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		const char *stop = bar ? bar : end;

		bits |= token_bits(d, text, (size_t)(stop - text));
		text = bar ? bar + 1 : end;
	}
	return with_implied(d, bits);
}

bool dialect_gfp_unknown(const struct dialect *d, const char **text, const char *end,
			 const char **name, size_t *len)
{
	while (*text < end) {
		const char *bar = memchr(*text, '|', (size_t)(end - *text));
		const char *stop = bar ? bar : end;

		*name = *text;
		*len = (size_t)(stop - *text);
		*text = bar ? bar + 1 : end;
		if (token_bits(d, *name, *len) & KM_GFP_OTHER)
			return true;
	}
	return false;
}

uint32_t dialect_gfp_unknown_raw(const struct dialect *d, uint64_t raw)
{
	uint32_t left = 0;

	for (unsigned int i = 0; i < 32; i++)
		if (raw >> i & 1 && !d->raw[i] && !(d->idle_raw >> i & 1))
			left |= 1u << i;
	return left;
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
