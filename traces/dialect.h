/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel release calls and numbers things in its trace records: gfp names and bits,
 * migratetype numbers. Data by release; the text reader and the binary reader share it.
 */
#ifndef TRACES_DIALECT_H
#define TRACES_DIALECT_H

#include "engine/core/types.h"

struct dialect;

/* What a reader says of gfp names and bits without a meaning (reader_env.add_notice()). */
#define DIALECT_GFP_NOTICE "gfp flags without a meaning here"

/*
 * The dialect of a release ("6.1.192"; "" or an unknown one: the newest that is not younger, else
 * the newest).
 */
const struct dialect *dialect_find(const char *release);

/*
 * Bytes of a struct page on x86-64 in a release whose page events may store pointers to it; 0 for
 * the others, which store frame numbers.
 */
unsigned int dialect_page_bytes(const struct dialect *d);

/* Raw gfp word of the release → KM_GFP_… bits. */
uint32_t dialect_gfp_bits(const struct dialect *d, uint64_t raw);

/* "GFP_KERNEL|__GFP_ZERO|0x100" → KM_GFP_… bits. */
uint32_t dialect_gfp_text(const struct dialect *d, const char *text, size_t len);

/*
 * Step through a list from *@text on to its next name or number that the release has no meaning
 * for; false at @end.
 */
bool dialect_gfp_unknown(const struct dialect *d, const char **text, const char *end,
			 const char **name, size_t *len);

/* Those of the low 32 bits of a raw word that the release has no meaning for. */
uint32_t dialect_gfp_unknown_raw(const struct dialect *d, uint64_t raw);

/* The kernel's migratetype number → enum km_migratetype; @has_cma moves ISOLATE from 4 to 5. */
uint8_t dialect_migratetype(const struct dialect *d, int raw, bool has_cma);

/* The other way round: what dialect_gfp_text() reads as @bits; @out is cut at @size. */
void dialect_gfp_write(const struct dialect *d, uint32_t bits, char *out, size_t size);

/* The kernel's number of a type; 0 for a type it does not number. */
int dialect_migratetype_number(const struct dialect *d, uint8_t mt, bool has_cma);

#endif
