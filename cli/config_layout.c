/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/config_layout.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"

/* ---- words ---- */

/* "64MiB", "64M", "0x1000", "4096": bytes. *end is behind it. */
static bool read_bytes(const char *text, uint64_t *out, const char **end)
{
	static const char units[] = "KMGT";
	char *at;
	unsigned int shift = 0;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &at, 0);
	const char *unit = *at ? strchr(units, *at) : NULL;

	if (unit) {
		shift = (unsigned int)(unit - units + 1) * 10;
		at += at[1] == 'i' && at[2] == 'B' ? 3 : 1;
	}
	if (errno || *out > UINT64_MAX >> shift)
		return false;
	*out <<= shift;
	*end = at;
	return true;
}

bool config_read_core(const char *text, struct layout_core *out)
{
	const char *end;
	uint64_t value;

	*out = (struct layout_core){ 0 };
	if (!read_bytes(text, &value, &end))
		return false;
	if (!*end)
		out->bytes = value;
	else if (!strcmp(end, "%") && value <= 100)
		out->percent = (unsigned int)value;
	else
		return false;
	return true;
}

static int wrong(const struct config_leaf *l, const char *takes, struct km_diag *d)
{
	return km_fail(d, KM_EUSAGE, l->place, "%s%s%s takes %s, not '%s'", l->key ? "'" : "this",
		       l->key ? l->key : "", l->key ? "'" : "", takes, l->text);
}

static int read_size(const struct config_leaf *l, uint64_t *out, struct km_diag *d)
{
	const char *end;

	if (!read_bytes(l->text, out, &end) || *end || !*out)
		return wrong(l, "a size such as 512MiB", d);
	return 0;
}

static int read_number(const struct config_leaf *l, uint64_t most, uint64_t *out, struct km_diag *d)
{
	const char *end;
	char takes[64];

	if (read_bytes(l->text, out, &end) && !*end && *out <= most)
		return 0;
	snprintf(takes, sizeof(takes), "a whole number up to %" PRIu64, most);
	return wrong(l, takes, d);
}

/* A name of at most @cap - 1 bytes, of letters, digits and @also. */
static int read_name(const struct config_leaf *l, const char *text, const char *also, char *out,
		     size_t cap, struct km_diag *d)
{
	size_t len = strlen(text);

	for (const char *s = text; *s; s++)
		if ((unsigned char)*s > 0x7e || (!isalnum((unsigned char)*s) && !strchr(also, *s)))
			len = 0;
	if (!len || len >= cap)
		return km_fail(d, KM_EUSAGE, l->place,
			       "a name has 1 to %zu letters, digits and %s; this is '%s'", cap - 1,
			       also, text);
	memcpy(out, text, len + 1);
	return 0;
}

/* "1MiB-4GiB"; a size alone where @sized may be told. */
static int read_range(const struct config_leaf *l, const char *takes, bool *sized,
		      struct layout_range *out, struct km_diag *d)
{
	const char *at;

	memcpy(out->place, l->place, sizeof(out->place));
	if (!read_bytes(l->text, &out->start, &at))
		return wrong(l, takes, d);
	if (sized && !*at) {
		*sized = true;
		out->end = out->start;
		out->start = 0;
		return out->end ? 0 : wrong(l, takes, d);
	}
	if (*at != '-' || !read_bytes(at + 1, &out->end, &at) || *at)
		return wrong(l, takes, d);
	return 0;
}

/* ---- keys ---- */

static int add_memory(struct config_layout *c, const struct config_leaf *l, unsigned int node,
		      const char *takes, struct km_diag *d)
{
	struct config_memory m = { .range.node = node };
	int err = read_range(l, takes, &m.sized, &m.range, d);

	if (!err && c->nr_memory == LAYOUT_MAX_RANGES)
		err = km_fail(d, KM_EUSAGE, l->place, "there are more than %d ranges of memory",
			      LAYOUT_MAX_RANGES);
	if (!err)
		c->memory[c->nr_memory++] = m;
	return err;
}

int config_read_memory(struct config_layout *c, const struct config_leaf *v, size_t nr,
		       const char *takes, struct km_diag *d)
{
	int err = 0;

	c->nr_memory = c->nr_nodes = 0;
	for (size_t i = 0; !err && i < nr; i++)
		err = v[i].key ? wrong(&v[i], takes, d) : add_memory(c, &v[i], 0, takes, d);
	return err;
}

int config_read_reserved(struct config_layout *c, const struct config_leaf *v, size_t nr,
			 const char *takes, struct km_diag *d)
{
	int err = 0;

	c->nr_reserved = 0;
	for (size_t i = 0; !err && i < nr; i++) {
		if (v[i].key || c->nr_reserved == LAYOUT_MAX_RANGES)
			return wrong(&v[i], takes, d);
		err = read_range(&v[i], takes, NULL, &c->reserved[c->nr_reserved++], d);
	}
	return err;
}

int config_read_zones(struct config_layout *c, const struct config_leaf *v, size_t nr,
		      const char *takes, struct km_diag *d)
{
	c->nr_zones = 0;
	for (size_t i = 0; i < nr; i++) {
		uint64_t end = UINT64_MAX;
		const char *at = v[i].text;

		if (!v[i].key || c->nr_zones == ARCH_MAX_ZONES)
			return wrong(&v[i], takes, d);
		if (read_name(&v[i], v[i].key, "_", c->zone[c->nr_zones].name,
			      sizeof(c->zone[0].name), d))
			return -KM_EUSAGE;
		if (strcmp(at, "rest") && (!read_bytes(at, &end, &at) || *at))
			return wrong(&v[i], "where the zone ends, such as 4GiB, or rest", d);
		memcpy(c->zone[c->nr_zones].place, v[i].place, sizeof(v[i].place));
		c->zone[c->nr_zones++].end = end;
	}
	return 0;
}

/* "0-3" or "5" */
static int read_cpus(const struct config_leaf *l, struct config_node *n, struct km_diag *d)
{
	unsigned int first, last;
	char more;
	int got = sscanf(l->text, "%4u-%4u%c", &first, &last, &more);

	if (got == 1 && sscanf(l->text, "%4u%c", &first, &more) == 1)
		last = first;
	else if (got != 2)
		last = KM_MAX_CPUS;
	if (got < 1 || last >= KM_MAX_CPUS || first > last)
		return wrong(l, "a list of CPUs such as [0-3, 8-11]", d);
	n->has_cpus = true;
	for (unsigned int cpu = first; cpu <= last; cpu++)
		n->cpus[cpu / 8] |= (uint8_t)(1u << cpu % 8);
	return 0;
}

static int read_node_leaf(struct config_layout *c, const struct config_leaf *l, const char *takes,
			  struct km_diag *d)
{
	static const char *const keys[] = { "memory", "cpus", "distances", "movable",
					    "hotpluggable" };
	struct suggestion s = { .word = l->key ? l->key : "" };
	struct config_node *n = &c->node[l->item];
	uint64_t value = 0;

	if (!l->key)
		return wrong(l, takes, d);
	if (!strcmp(l->key, "memory"))
		return add_memory(c, l, l->item, "a size or a range such as 1MiB-4GiB", d);
	if (!strcmp(l->key, "cpus"))
		return read_cpus(l, n, d);
	if (!strcmp(l->key, "movable"))
		return read_size(l, &n->movable_bytes, d);
	if (!strcmp(l->key, "hotpluggable")) {
		int bad = read_number(l, 1, &value, d);

		n->hotpluggable = value;
		return bad;
	}
	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		suggestion_offer(&s, keys[i]);
	if (strcmp(l->key, "distances"))
		return km_fail(d, KM_EUSAGE, l->place,
			       s.best ? "a node has no '%s'; did you mean '%s'?" :
					"a node has no '%s'; it has memory, cpus, distances, "
					"movable and hotpluggable",
			       l->key, s.best);
	if (n->nr_distances == KM_MAX_NODES)
		return wrong(l, "a list with one distance for each node", d);
	int err = read_number(l, 254, &value, d);

	if (!err)
		n->distance[n->nr_distances++] = (uint8_t)value;
	return err;
}

int config_read_nodes(struct config_layout *c, const struct config_leaf *v, size_t nr,
		      const char *takes, struct km_diag *d)
{
	int err = 0;

	c->nr_memory = c->nr_nodes = 0;
	memset(c->node, 0, sizeof(c->node));
	for (size_t i = 0; !err && i < nr; i++) {
		if (v[i].item >= KM_MAX_NODES)
			return km_fail(d, KM_EUSAGE, v[i].place, "there are more than %d nodes",
				       KM_MAX_NODES);
		if (v[i].item >= c->nr_nodes)
			memcpy(c->node[v[i].item].place, v[i].place, sizeof(v[i].place));
		c->nr_nodes = v[i].item + 1;
		err = read_node_leaf(c, &v[i], takes, d);
	}
	return err;
}

static int read_cma_leaf(struct layout_cma *a, const struct config_leaf *l, struct km_diag *d)
{
	static const char *const keys[] = { "name",  "size",	      "base", "alignment",
					    "limit", "order_per_bit", "node" };
	struct suggestion s = { .word = l->key };
	uint64_t n = 0;
	int err = 0;

	if (!strcmp(l->key, "name")) {
		err = read_name(l, l->text, "_,.@:-", a->name, sizeof(a->name), d);
	} else if (!strcmp(l->key, "size")) {
		err = read_size(l, &a->bytes, d);
	} else if (!strcmp(l->key, "base")) {
		err = read_size(l, &a->base, d);
	} else if (!strcmp(l->key, "alignment")) {
		err = read_size(l, &a->alignment, d);
	} else if (!strcmp(l->key, "limit")) {
		err = read_size(l, &a->limit, d);
	} else if (!strcmp(l->key, "order_per_bit")) {
		err = read_number(l, 15, &n, d);
		a->order_per_bit = (unsigned int)n;
	} else if (!strcmp(l->key, "node")) {
		err = read_number(l, KM_MAX_NODES - 1, &n, d);
		a->node = (unsigned int)n;
		a->on_node = true;
	} else {
		for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			suggestion_offer(&s, keys[i]);
		err = km_fail(d, KM_EUSAGE, l->place,
			      s.best ? "a CMA area has no '%s'; did you mean '%s'?" :
				       "a CMA area has no '%s'; it has name, size, base, "
				       "alignment, limit, order_per_bit and node",
			      l->key, s.best);
	}
	return err;
}

/*
 * A size alone is the default area's; 0: there is none.
 * Kernel: kernel/dma/contiguous.c:early_cma(), dma_contiguous_reserve() [6.1]
 */
static int read_default_cma(struct config_layout *c, const struct config_leaf *l, const char *takes,
			    struct km_diag *d)
{
	const char *end;

	if (!read_bytes(l->text, &c->cma[0].bytes, &end) || *end)
		return wrong(l, takes, d);
	c->nr_cma = c->cma[0].bytes != 0;
	snprintf(c->cma[0].name, sizeof(c->cma[0].name), "reserved");
	memcpy(c->cma[0].place, l->place, sizeof(l->place));
	return 0;
}

int config_read_cma(struct config_layout *c, const struct config_leaf *v, size_t nr,
		    const char *takes, struct km_diag *d)
{
	int err = 0;

	c->nr_cma = 0;
	memset(c->cma, 0, sizeof(c->cma));
	if (nr == 1 && !v[0].key)
		return read_default_cma(c, &v[0], takes, d);
	for (size_t i = 0; !err && i < nr; i++) {
		if (v[i].item >= LAYOUT_MAX_CMA)
			return km_fail(d, KM_EUSAGE, v[i].place, "there are more than %d CMA areas",
				       LAYOUT_MAX_CMA);
		if (!v[i].key)
			return wrong(&v[i], takes, d);
		struct layout_cma *a = &c->cma[v[i].item];

		if (v[i].item >= c->nr_cma) {
			snprintf(a->name, sizeof(a->name), "cma%u", v[i].item);
			memcpy(a->place, v[i].place, sizeof(a->place));
		}
		c->nr_cma = v[i].item + 1;
		err = read_cma_leaf(a, &v[i], d);
	}
	return err;
}
