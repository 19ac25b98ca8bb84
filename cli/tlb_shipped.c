/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLBs that come with the program: the documents of cli/tlbs/, as they are (cli/rules.mk).
 */
#include <stdio.h>
#include <string.h>

#include "cli/config.h"
#include "cli/suggest.h"
#include "cli/tlb_spec.h"
#include "tlbs_yaml.h"

enum { NR_SHIPPED = sizeof(tlbs_yaml) / sizeof(tlbs_yaml[0]) };

size_t tlb_nr_shipped(void)
{
	return NR_SHIPPED;
}

const char *tlb_shipped_name(size_t i)
{
	return tlbs_yaml[i].name;
}

const char *tlb_shipped_text(size_t i, size_t *len)
{
	*len = tlbs_yaml[i].len;
	return (const char *)tlbs_yaml[i].text;
}

int tlb_spec_find(struct tlb_spec *s, const char *name, struct km_diag *d)
{
	struct suggestion near = { .word = name };
	size_t i = 0, len;

	for (; i < NR_SHIPPED && strcmp(tlbs_yaml[i].name, name); i++)
		suggestion_offer(&near, tlbs_yaml[i].name);
	if (i == NR_SHIPPED)
		return km_fail(d, KM_ENOENT, "",
			       near.best ? "there is no TLB '%s'; did you mean '%s'?" :
					   "there is no TLB '%s'; 'kmemlab list tlbs' shows them",
			       name, near.best);
	const char *text = tlb_shipped_text(i, &len);

	return config_read_tlb_text(s, name, text, len, d);
}

const char *tlb_verified_name(enum tlb_verified v)
{
	static const char *const names[] = { "no", "no", "secondary", "yes" };

	return names[v];
}

unsigned int tlb_spec_count(const struct tlb_spec *s, enum tlb_verified v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->nr_marks; i++)
		n += s->mark[i].verified == v;
	return n;
}

int tlb_spec_read_file(struct tlb_spec *s, const char *path, struct km_diag *d)
{
	return config_read_tlb(s, path, d);
}
