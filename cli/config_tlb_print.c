/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The section "tlb" as YAML: reading it back gives the same.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/config.h"
#include "cli/tlb_spec.h"

/* Plain characters only (config_tlb_marks.c): two of them mean something between quotes. */
static void print_quoted(const char *text, FILE *to)
{
	putc('"', to);
	for (; *text; text++)
		fprintf(to, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	putc('"', to);
}

/* "@lead{value: …}" of what is @of @name; nothing where the document said nothing of it. */
static void print_marked(const struct tlb_spec *s, const char *lead, const char *name,
			 const char *of, const char *value, FILE *to)
{
	char full[sizeof(s->mark[0].of)];
	const struct tlb_mark *m = NULL;

	snprintf(full, sizeof(full), "%.24s%s%.32s", name, *name ? " " : "", of);
	for (unsigned int i = 0; i < s->nr_marks; i++)
		if (!strcmp(s->mark[i].of, full))
			m = &s->mark[i];
	if (!m)
		return;
	fprintf(to, "%s{value: %s", lead, value);
	if (*m->source) {
		fputs(", source: ", to);
		print_quoted(m->source, to);
	}
	fprintf(to, ", verified: %s}\n", tlb_verified_name(m->verified));
}

static void print_number(const struct tlb_spec *s, const char *lead, const char *name,
			 const char *of, uint32_t n, FILE *to)
{
	char value[16];

	snprintf(value, sizeof(value), "%" PRIu32, n);
	print_marked(s, lead, name, of, value, to);
}

static void print_geometry(const struct tlb_spec *s, const char *name, const struct tlb_geometry *g,
			   FILE *to)
{
	print_number(s, "      entries: ", name, "entries", g->entries, to);
	print_number(s, "      ways: ", name, "ways", g->ways, to);
	print_marked(s, "      replacement: ", name, "replacement", tlb_policy_name(g->policy), to);
	print_marked(s, "      index: ", name, "index", tlb_index_name(g->index), to);
}

static void print_size(unsigned int shift, FILE *to)
{
	fprintf(to, "%u%ciB", 1u << shift % 10, "KMGT"[shift / 10 - 1]);
}

static void print_array(const struct tlb_spec *s, const struct tlb_array_profile *a, FILE *to)
{
	static const char *const uses[TLB_NR_USES] = { "fetch", "load", "store" };
	const char *comma = "";

	fputs("    - name: ", to);
	print_quoted(a->name, to);
	fprintf(to, "\n      level: %u\n      for: [", a->level);
	for (unsigned int use = 0; use < TLB_NR_USES; use++)
		if (a->uses >> use & 1) {
			fprintf(to, "%s%s", comma, uses[use]);
			comma = ", ";
		}
	fputs("]\n      pages: [", to);
	comma = "";
	for (unsigned int shift = 12; shift < 48; shift++)
		if (a->sizes >> shift & 1) {
			fputs(comma, to);
			print_size(shift, to);
			comma = ", ";
		}
	fprintf(to, "]\n      fragments: %s\n", a->fragments ? "true" : "false");
	print_geometry(s, a->name, &a->geometry, to);
	print_number(s, "      hit_cycles: ", a->name, "hit_cycles", a->hit_cycles, to);
}

static void print_caches(const struct tlb_spec *s, FILE *to)
{
	const struct tlb_profile *p = &s->profile;
	char name[TLB_NAME_LEN];
	bool any = false;

	for (unsigned int n = 2; n < TLB_MAX_TABLES; n++) {
		if (!p->walk_cache[n].entries)
			continue;
		snprintf(name, sizeof(name), "walk cache %u", n);
		fprintf(to, "%s    - level: %u\n", any ? "" : "  walk_caches:\n", n);
		print_geometry(s, name, &p->walk_cache[n], to);
		any = true;
	}
	for (unsigned int i = 0; i < p->nr_lines; i++) {
		snprintf(name, sizeof(name), "table lines %u", i + 1);
		fputs(i ? "    -\n" : "  table_lines:\n    -\n", to);
		print_number(s, "      cycles: ", name, "cycles", p->lines[i].cycles, to);
		print_geometry(s, name, &p->lines[i].geometry, to);
	}
}

void config_print_tlb(const struct tlb_spec *s, FILE *to)
{
	const struct tlb_profile *p = &s->profile;

	fprintf(to, "tlb:\n  name: %s\n", p->name);
	if (*s->describe) {
		fputs("  describe: ", to);
		print_quoted(s->describe, to);
		putc('\n', to);
	}
	fputs("  page_size: ", to);
	print_size(p->page_shift, to);
	fprintf(to, "\n  tables: {levels: %u, entries: %u}\n  arrays:\n", p->nr_tables,
		1u << p->table_bits);
	for (unsigned int i = 0; i < p->nr_arrays; i++)
		print_array(s, &p->array[i], to);
	print_caches(s, to);
	print_number(s, "  memory_cycles: ", "", "memory_cycles", p->memory_cycles, to);
	fprintf(to, "  spaces:\n    kind: %s\n    pti: %s\n", tlb_spaces_name(p->spaces),
		p->pti ? "true" : "false");
	print_number(s, "    count: ", "", "address spaces", p->nr_spaces, to);
	fprintf(to, "  flush:\n    broadcast: %s\n", p->broadcast ? "true" : "false");
	print_number(s, "    ceiling: ", "", "flush ceiling", p->flush_ceiling_pages, to);
}
