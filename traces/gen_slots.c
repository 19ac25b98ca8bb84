/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/gen_slots.h"

#include <stdlib.h>
#include <string.h>

static int grow(struct gen_slots *s, unsigned int level, size_t words)
{
	size_t room = s->room[level] * 2 > words ? s->room[level] * 2 : words;

	if (words <= s->room[level])
		return 0;
	uint64_t *word = realloc(s->word[level], room * sizeof(*word));

	if (!word)
		return -KM_ENOMEM;
	memset(word + s->room[level], 0, (room - s->room[level]) * sizeof(*word));
	s->word[level] = word;
	s->room[level] = room;
	return 0;
}

int gen_slots_put(struct gen_slots *s, uint32_t slot)
{
	uint64_t at = slot;

	for (unsigned int level = 0; level < GEN_SLOT_LEVELS; level++, at >>= 6)
		if (grow(s, level, (size_t)(at >> 6) + 1))
			return -KM_ENOMEM;
	at = slot;
	for (unsigned int level = 0; level < GEN_SLOT_LEVELS; level++, at >>= 6) {
		uint64_t *word = &s->word[level][at >> 6], before = *word;

		*word |= UINT64_C(1) << (at & 63);
		if (before)
			break;
	}
	return 0;
}

static void clear(struct gen_slots *s, uint64_t at)
{
	for (unsigned int level = 0; level < GEN_SLOT_LEVELS; level++, at >>= 6) {
		uint64_t *word = &s->word[level][at >> 6];

		*word &= ~(UINT64_C(1) << (at & 63));
		if (*word)
			break;
	}
}

int gen_slots_take(struct gen_slots *s, uint32_t most, uint32_t *slot)
{
	uint64_t at = 0;

	if (!s->room[GEN_SLOT_LEVELS - 1] || !s->word[GEN_SLOT_LEVELS - 1][0]) {
		if (s->used >= most)
			return -KM_EINVAL;
		*slot = s->used++;
		return 0;
	}
	for (unsigned int level = GEN_SLOT_LEVELS; level-- > 0;)
		at = at << 6 | (uint64_t)__builtin_ctzll(s->word[level][at]);
	clear(s, at);
	*slot = (uint32_t)at;
	return 0;
}

void gen_slots_release(struct gen_slots *s)
{
	for (unsigned int level = 0; level < GEN_SLOT_LEVELS; level++)
		free(s->word[level]);
	*s = (struct gen_slots){ 0 };
}
