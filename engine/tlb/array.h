/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One set-associative array: translations of a level, entries of a walk cache, or lines of page
 * tables. It knows keys, not what they mean.
 */
#ifndef ENGINE_TLB_ARRAY_H
#define ENGINE_TLB_ARRAY_H

#include "engine/core/diag.h"
#include "engine/core/rng.h"
#include "engine/tlb/tlb_profile.h"

/* An entry of this space belongs to all. */
#define TLB_GLOBAL UINT32_MAX

struct tlb_key {
	uint64_t vpn;	/* picks the set */
	uint64_t tag;	/* tlb_tag() */
	uint32_t space; /* whose it is */
};

/* Never 0, which is an entry that holds nothing. @vpn has at most 57 bits, @size is below 64. */
static inline uint64_t tlb_tag(uint64_t vpn, unsigned int size)
{
	return vpn << 7 | size << 1 | 1;
}

static inline uint64_t tlb_tag_vpn(uint64_t tag)
{
	return tag >> 7;
}

static inline unsigned int tlb_tag_size(uint64_t tag)
{
	return tag >> 1 & 63;
}

static inline struct tlb_key tlb_key(uint64_t vaddr, unsigned int shift, unsigned int size,
				     uint32_t space)
{
	uint64_t vpn = vaddr >> shift;

	return (struct tlb_key){ .vpn = vpn, .tag = tlb_tag(vpn, size), .space = space };
}

struct tlb_array {
	const struct tlb_policy_ops *policy;
	uint32_t sets, ways, set_bits;
	bool hashed;
	uint32_t held, hint; /* hint: the entry hit last */
	uint64_t clock;	     /* of the policy: stamps given */
	struct rng rng;
	uint64_t *tag;	 /* by set, then way; 0: nothing */
	uint32_t *space; /* likewise */
	uint64_t *state; /* the policy's: by set, then way, or by set */
};

/* How entries make room. @first: the set's first entry; @way: within it. */
struct tlb_policy_ops {
	const char *name;
	bool by_set; /* one word of state for each set, not for each entry */
	bool binary; /* ways are a power of two */
	unsigned int max_ways;
	void (*hit)(struct tlb_array *a, uint32_t first, uint32_t way);
	void (*fill)(struct tlb_array *a, uint32_t first, uint32_t way);
	uint32_t (*victim)(struct tlb_array *a, uint32_t first);
	/* Can this be the state of the full set at @first? */
	bool (*possible)(const struct tlb_array *a, uint32_t first);
};

const struct tlb_policy_ops *tlb_policy(enum tlb_policy policy);

static inline uint32_t tlb_array_set(const struct tlb_array *a, uint64_t vpn)
{
	uint64_t low = a->hashed ? vpn ^ vpn >> a->set_bits : vpn;

	return (uint32_t)low & (a->sets - 1);
}

static inline bool tlb_array_is(const struct tlb_array *a, uint32_t entry, const struct tlb_key *k)
{
	return a->tag[entry] == k->tag &&
	       (a->space[entry] == k->space || a->space[entry] == TLB_GLOBAL);
}

/* 0 or -KM_ENOMEM; no entries: an array that never holds anything. The geometry was checked. */
int tlb_array_init(struct tlb_array *a, const struct tlb_geometry *g, uint64_t seed) KM_MUST_CHECK;
void tlb_array_release(struct tlb_array *a);

/* Was @k held? Then the policy is told. */
bool tlb_array_hit(struct tlb_array *a, const struct tlb_key *k);

/* Take @k, which is not held; true if another entry had to go. */
bool tlb_array_fill(struct tlb_array *a, const struct tlb_key *k);

/* Forget whatever tlb_array_hit() could find for @k. */
void tlb_array_drop(struct tlb_array *a, const struct tlb_key *k);
void tlb_array_clear(struct tlb_array *a);
/* What belongs to @space, or (@others) what is not TLB_GLOBAL. */
void tlb_array_clear_space(struct tlb_array *a, uint32_t space, bool others);

/* NULL, or what is wrong with it; @sizes: which tlb_tag_size() it may hold. */
const char *tlb_array_check(const struct tlb_array *a, uint64_t sizes);

#endif
