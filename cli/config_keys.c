/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys as data, what each takes, and the document printed.
 *
 * Kernel: Documentation/admin-guide/sysctl/vm.rst and kernel/sysctl.c:vm_table (the tunables'
 * ranges) [6.1]
 */
#include "cli/config_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"
#include "engine/core/types.h"

static const struct config_key keys[CONFIG_NR_KEYS] = {
	[CONFIG_CPUS] = { "machine", "cpus", CONFIG_INTEGER, 1, KM_MAX_CPUS, 0,
			  "a whole number of CPUs from 1 to 1024" },
	[CONFIG_MEMORY] = { "machine", "memory", CONFIG_BYTES, 0, (int64_t)1 << 43, 0,
			    "bytes, at most 8TiB, e.g. 8GiB" },
	[CONFIG_KERNEL] = { "policy", "kernel", CONFIG_TEXT, 0, 0, 0,
			    "a kernel release such as \"6.1\"" },
	[CONFIG_MIN_FREE_KBYTES] = { "policy", "min_free_kbytes", CONFIG_INTEGER, 0, INT32_MAX, 0,
				     "a whole number of KiB from 0 to 2147483647" },
	[CONFIG_WATERMARK_SCALE_FACTOR] = { "policy", "watermark_scale_factor", CONFIG_INTEGER, 1,
					    3000, 0, "a whole number from 1 to 3000" },
	[CONFIG_WATERMARK_BOOST_FACTOR] = { "policy", "watermark_boost_factor", CONFIG_INTEGER, 0,
					    INT32_MAX, 0, "a whole number from 0 to 2147483647" },
	[CONFIG_PERCPU_PAGELIST_HIGH_FRACTION] = { "policy", "percpu_pagelist_high_fraction",
						   CONFIG_INTEGER, 0, INT32_MAX, 8,
						   "0, or a whole number of at least 8" },
	[CONFIG_LOWMEM_RESERVE_RATIO] = { "policy", "lowmem_reserve_ratio", CONFIG_INTEGER_LIST, 0,
					  INT32_MAX, 0,
					  "a list of up to 8 whole numbers, one for each zone" },
	[CONFIG_SAMPLES] = { "record", "samples", CONFIG_INTEGER, 0, 1000000, 0,
			     "a whole number from 0 to 1000000" },
	[CONFIG_MAP] = { "record", "map", CONFIG_INTEGER, 0, 1, 0, "0 or 1" },
};

const struct config_key *config_key(enum config_id id)
{
	return &keys[id];
}

bool config_is_section(const char *name)
{
	for (size_t i = 0; i < CONFIG_NR_KEYS; i++)
		if (!strcmp(keys[i].section, name))
			return true;
	return false;
}

enum config_id config_find(const char *section, const char *name)
{
	size_t i = 0;

	while (i < CONFIG_NR_KEYS &&
	       (strcmp(keys[i].section, section) || strcmp(keys[i].name, name)))
		i++;
	return (enum config_id)i;
}

const char *config_nearest(const char *section, const char *name)
{
	struct suggestion s = { .word = name };

	for (size_t i = 0; i < CONFIG_NR_KEYS; i++) {
		if (!section)
			suggestion_offer(&s, keys[i].section);
		else if (!strcmp(keys[i].section, section))
			suggestion_offer(&s, keys[i].name);
	}
	if (!section)
		suggestion_offer(&s, "extends");
	return s.best;
}

/* ---- taking values ---- */

static int wrong(const struct config_key *k, const char *got, const char *where, struct km_diag *d)
{
	return km_fail(d, KM_EUSAGE, where, "%s.%s takes %s, not %s", k->section, k->name, k->takes,
		       got);
}

/* "8GiB": the number stands in @out, @end at what follows it. */
static void apply_unit(int64_t *out, char **end)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };

	for (unsigned int i = 0; i < 4; i++)
		if (!strcmp(*end, units[i]) && *out >= 0 && *out <= INT64_MAX >> 10 * (i + 1)) {
			*out <<= 10 * (i + 1);
			*end += 3;
		}
}

static int integer_of(const struct config_key *k, const struct config_word *w, int64_t *out,
		      const char *where, struct km_diag *d)
{
	char quoted[CONFIG_TEXT_LEN + 3];
	char *end;

	snprintf(quoted, sizeof(quoted), w->plain ? "%.*s" : "\"%.*s\"", CONFIG_TEXT_LEN, w->text);
	errno = 0;
	*out = strtoll(w->text, &end, 10);
	if (k->type == CONFIG_BYTES)
		apply_unit(out, &end);
	if (!w->plain || *end || end == w->text || errno || *w->text == '+' || *w->text == ' ')
		return wrong(k, *w->text ? quoted : "an empty value", where, d);
	if (*out < k->least || *out > k->most || (*out > 0 && *out < k->gap_end))
		return wrong(k, quoted, where, d);
	return 0;
}

static int text_of(const struct config_key *k, const struct config_word *w, char *out,
		   const char *where, struct km_diag *d)
{
	if (!*w->text)
		return wrong(k, "an empty value", where, d);
	if (strlen(w->text) >= CONFIG_TEXT_LEN)
		return wrong(k, "so long a text", where, d);
	for (const char *s = w->text; *s; s++)
		if (*s < 0x20 || *s > 0x7e || *s == '"' || *s == '\\')
			return wrong(k, w->text, where, d);
	memcpy(out, w->text, strlen(w->text) + 1);
	return 0;
}

int config_assign(struct config *c, enum config_id id, const struct config_word *words, size_t nr,
		  bool list, const char *where, struct km_diag *d)
{
	const struct config_key *k = &keys[id];
	struct config_value v = { .set = true, .nr = (unsigned int)nr };
	int err = 0;

	if (list != (k->type == CONFIG_INTEGER_LIST))
		return wrong(k, list ? "a list" : "one value", where, d);
	if (nr > CONFIG_LIST_MAX || !nr)
		return wrong(k, nr ? "so many" : "an empty list", where, d);
	if (k->type == CONFIG_TEXT)
		err = text_of(k, words, v.text, where, d);
	for (size_t i = 0; k->type != CONFIG_TEXT && i < nr && !err; i++)
		err = integer_of(k, &words[i], &v.list[i], where, d);
	if (!err)
		c->values[id] = v;
	return err;
}

void config_default_integer(struct config *c, enum config_id id, int64_t value)
{
	config_default_list(c, id, &value, 1);
}

void config_default_list(struct config *c, enum config_id id, const int64_t *values,
			 unsigned int nr)
{
	struct config_value *v = &c->values[id];

	if (v->set)
		return;
	v->set = true;
	v->nr = nr < CONFIG_LIST_MAX ? nr : CONFIG_LIST_MAX;
	memcpy(v->list, values, v->nr * sizeof(*values));
}

void config_default_text(struct config *c, enum config_id id, const char *text)
{
	struct config_value *v = &c->values[id];

	if (v->set || !*text)
		return;
	v->set = true;
	snprintf(v->text, sizeof(v->text), "%s", text);
}

int64_t config_integer(const struct config *c, enum config_id id, int64_t otherwise)
{
	return c->values[id].set ? c->values[id].list[0] : otherwise;
}

/* ---- printing ---- */

static void print_value(const struct config_key *k, const struct config_value *v, FILE *to)
{
	fprintf(to, "  %s: ", k->name);
	if (k->type == CONFIG_TEXT)
		fprintf(to, "\"%s\"\n", v->text);
	if (k->type == CONFIG_INTEGER || k->type == CONFIG_BYTES)
		fprintf(to, "%" PRId64 "\n", v->list[0]);
	if (k->type != CONFIG_INTEGER_LIST)
		return;
	for (unsigned int i = 0; i < v->nr; i++)
		fprintf(to, "%s%" PRId64, i ? ", " : "[", v->list[i]);
	fputs("]\n", to);
}

void config_print(const struct config *c, FILE *to)
{
	const char *section = "";

	for (size_t i = 0; i < CONFIG_NR_KEYS; i++) {
		if (!c->values[i].set)
			continue;
		if (strcmp(section, keys[i].section))
			fprintf(to, "%s:\n", keys[i].section);
		section = keys[i].section;
		print_value(&keys[i], &c->values[i], to);
	}
}
