/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>

#include "cli/suggest.h"

static const char *nearest(const char *word, const char *const *names)
{
	struct suggestion s = { .word = word };

	for (; *names; names++)
		suggestion_offer(&s, *names);
	return s.best;
}

static const char *const commands[] = { "replay", "verify", "report", "check", NULL };

Test(suggest, one_edit_of_each_kind)
{
	cr_assert_str_eq(nearest("repaly", commands), "replay", "two neighbours swapped");
	cr_assert_str_eq(nearest("replays", commands), "replay", "one too many");
	cr_assert_str_eq(nearest("chek", commands), "check", "one missing");
	cr_assert_str_eq(nearest("verifi", commands), "verify", "one wrong");
}

Test(suggest, a_word_begun_is_near)
{
	cr_assert_str_eq(nearest("ver", commands), "verify");
}

Test(suggest, nothing_near_is_nothing)
{
	cr_assert_null(nearest("frobnicate", commands));
	cr_assert_null(nearest("", commands));
}

Test(suggest, the_first_offered_wins_a_tie)
{
	static const char *const names[] = { "cart", "card", NULL };

	cr_assert_str_eq(nearest("carx", names), "cart");
}

Test(suggest, a_word_without_end_is_no_trouble)
{
	char word[4096];

	for (size_t i = 0; i < sizeof(word); i++)
		word[i] = 'a';
	word[sizeof(word) - 1] = '\0';
	cr_assert_null(nearest(word, commands));
}
