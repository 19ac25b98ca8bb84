/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line may prove that its kernel is older than a release. That decides where nothing names the
 * release, and against a name that cannot be true: migratetypes changed their numbers, and names
 * their meaning.
 *
 * Kernel: include/trace/events/kmem.h, include/trace/events/gfpflags.h [2.6.34 3.5]; the releases
 *         between 3.5 and 6.1 as published, not held against their sources.
 */
#include <stdlib.h>

#include "traces/text.h"

struct proof {
	const char *event; /* its name, or how that begins */
	bool whole;
	const char *in_body; /* "" for any */
	struct text_age age;
};

#define BEFORE(release, last) \
	{                     \
		release, last \
	}

/* The strongest first. */
static const struct proof proofs[] = {
	{ "mm_page_free_direct", true, "", BEFORE("3.3", "3.2") },
	{ "mm_pagevec_free", true, "", BEFORE("3.3", "3.2") },
	{ "", false, "GFP_WAIT", BEFORE("4.4", "4.3") },
	{ "", false, "GFP_NO_KSWAPD", BEFORE("4.4", "4.3") },
	{ "mm_page_free_batched", true, " cold=", BEFORE("4.15", "4.14") },
	{ "mm_page_", false, " pfn=", BEFORE("5.15", "5.14") },
};

static bool has(const struct proof *w, const struct text_head *h, const char *e)
{
	size_t len = strlen(w->event), body_len = strlen(w->in_body);
	const char *hit;

	if (h->name_len < len || memcmp(h->name, w->event, len) || (w->whole && h->name_len != len))
		return false;
	hit = memmem(h->body, (size_t)(e - h->body), w->in_body, body_len);
	if (!hit || body_len < 2)
		return hit != NULL;
	if (*w->in_body == 'G') /* a name of a list, by itself */
		return (hit[-1] == '=' || hit[-1] == '|') &&
		       (hit + body_len == e || hit[body_len] == '|' || hit[body_len] == ' ');
	if (w->in_body[1] != 'p') /* any value */
		return true;
	return e - hit > 6 && memcmp(hit + 5, "0x", 2); /* in decimal */
}

const struct text_age *text_age(const struct text_head *h, const char *e)
{
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
		if (has(&proofs[i], h, e))
			return &proofs[i].age;
	return NULL;
}

static unsigned long number_of(const char *release)
{
	char *rest;
	unsigned long major = strtoul(release, &rest, 10);

	return major * 1000 + (*rest == '.' ? strtoul(rest + 1, NULL, 10) : 0);
}

bool text_age_is_older(const struct text_age *a, const char *release)
{
	return number_of(a->before) <= number_of(release);
}

bool text_age_tells_types(const struct text_age *a)
{
	return number_of(a->before) <= number_of("4.4");
}
