/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/costs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"
#include "cli/suggest.h"
#include "costs_yaml.h"

enum { NR_SHIPPED = sizeof(costs_yaml) / sizeof(costs_yaml[0]) };

size_t costs_nr_shipped(void)
{
	return NR_SHIPPED;
}

const char *costs_shipped_name(size_t i)
{
	return costs_yaml[i].name;
}

const char *costs_shipped_text(size_t i, size_t *len)
{
	*len = costs_yaml[i].len;
	return (const char *)costs_yaml[i].text;
}

/* @err is what reading @c came to; it is freed. */
static int take(struct cost_table *t, struct config *c, int err, const char *name,
		struct km_diag *d)
{
	if (!err && !c->has_costs)
		err = km_fail(d, KM_EUSAGE, name,
			      "it has no section 'costs'; kmemlab-costs(5) shows one");
	if (!err)
		*t = c->costs;
	free(c);
	return err;
}

int costs_find(struct cost_table *t, const char *name, struct km_diag *d)
{
	struct suggestion near = { .word = name };
	size_t i = 0, len;

	for (; i < NR_SHIPPED && strcmp(costs_yaml[i].name, name); i++)
		suggestion_offer(&near, costs_yaml[i].name);
	if (i == NR_SHIPPED)
		return km_fail(d, KM_ENOENT, "",
			       near.best ? "there is no table of costs '%s'; did you mean '%s'?" :
					   "there is no table of costs '%s'; 'kmemlab list costs' "
					   "shows them",
			       name, near.best);
	const char *text = costs_shipped_text(i, &len);
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return km_fail(d, KM_ENOMEM, name, "out of memory");
	return take(t, c, config_read_text(c, name, text, len, d), name, d);
}

int costs_read_file(struct cost_table *t, const char *path, struct km_diag *d)
{
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return km_fail(d, KM_ENOMEM, path, "out of memory");
	return take(t, c, config_read_file(c, path, d), path, d);
}

unsigned int costs_count(const struct cost_table *t, enum cost_verified v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < COST_NR_ITEMS; i++)
		n += t->item[i].verified == v;
	return n;
}
