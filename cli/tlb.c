/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemlab tlb: memory accesses through the virtual TLB alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options_common.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "cli/tlb_spec.h"
#include "traces/access.h"

enum { BATCH = 4096 };

struct looking {
	struct tlb_spec *spec;
	struct tlb *tlb;
	struct access_trace *trace;
	const char *path;
	struct progress progress;
	unsigned int page_shift; /* of the pages that map everything */
	uint64_t seed;
	uint64_t lines, of_kind[ACCESS_NR_KINDS], crossing;
	bool each, cut;
};

/* ---- what is wanted ---- */

static int read_page_size(struct looking *l, const char *text, struct km_diag *d)
{
	l->page_shift = l->spec->profile.page_shift;
	if (!text)
		return 0;
	l->page_shift = tlb_size_shift(text);
	if (l->page_shift >= l->spec->profile.page_shift && l->page_shift <= 30)
		return 0;
	return km_fail(d, KM_EUSAGE, "--page-size",
		       "'%s' is no page size of this TLB; a power of two from %u KiB to 1GiB is",
		       text, 1u << (l->spec->profile.page_shift - 10));
}

static int read_seed(struct looking *l, const char *text, struct km_diag *d)
{
	char *end;

	errno = 0;
	l->seed = text ? strtoull(text, &end, 10) : 0;
	if (text && (*text < '0' || *text > '9' || *end || errno))
		return km_fail(d, KM_EUSAGE, "--seed", "it is a whole number, not '%s'", text);
	return 0;
}

static int read_options(struct looking *l, const struct cli_args *args, struct km_diag *d)
{
	const char *file = cli_value(args, OPT_CONFIG), *name = cli_value(args, OPT_TLB);
	int err;

	if (!file == !name)
		return km_fail(d, KM_EUSAGE, "tlb",
			       file ? "give -c or -t, not both" :
				      "which TLB? -c TLB.yaml describes one, -t NAME takes one "
				      "of 'kmemlab list tlbs'");
	err = file ? tlb_spec_read_file(l->spec, file, d) : tlb_spec_find(l->spec, name, d);
	if (err == -KM_ENOENT)
		d->code = -KM_EUSAGE;
	if (!err)
		err = read_page_size(l, cli_value(args, OPT_PAGE_SIZE), d);
	return err ? err : read_seed(l, cli_value(args, OPT_SEED), d);
}

/* ---- looking up ---- */

/* "load 1fff000708 1": what one look-up met; 0 is a walk. */
static void print_each(enum tlb_use use, uint64_t vaddr, unsigned int level)
{
	static const char *const names[TLB_NR_USES] = { "fetch", "load", "store" };

	printf("%s %" PRIx64 " %u\n", names[use], vaddr, level);
}

/* Once in each page that the access lies in. */
static void look_up_pages(struct looking *l, const struct access *a, enum tlb_use use)
{
	struct tlb_access t = { .vaddr = a->vaddr,
				.use = use,
				.page_shift = (uint8_t)l->page_shift };
	uint64_t last = a->vaddr + (a->bytes ? a->bytes - 1 : 0);

	last = last < a->vaddr ? UINT64_MAX : last;
	for (;;) {
		unsigned int level = tlb_access(l->tlb, 0, &t).level;

		if (l->each)
			print_each(use, t.vaddr, level);
		if (t.vaddr >> l->page_shift == last >> l->page_shift)
			return;
		t.vaddr = ((t.vaddr >> l->page_shift) + 1) << l->page_shift;
	}
}

static void look_up(struct looking *l, const struct access *a)
{
	uint64_t last = a->vaddr + (a->bytes ? a->bytes - 1 : 0);

	l->lines++;
	l->of_kind[a->kind]++;
	l->crossing += a->vaddr >> l->page_shift != last >> l->page_shift;
	look_up_pages(l, a,
		      a->kind == ACCESS_FETCH ? TLB_FETCH :
		      a->kind == ACCESS_STORE ? TLB_STORE :
						TLB_LOAD);
	if (a->kind == ACCESS_MODIFY)
		look_up_pages(l, a, TLB_STORE);
}

static int look_up_all(struct looking *l, struct km_diag *d)
{
	struct access *buf = malloc(BATCH * sizeof(*buf));
	int64_t n = buf ? 1 : km_fail(d, KM_ENOMEM, "", "out of memory");

	while (n > 0 && (n = access_trace_read(l->trace, buf, BATCH, d)) > 0) {
		for (int64_t i = 0; i < n; i++)
			look_up(l, &buf[i]);
		progress_step(&l->progress, "tlb", access_trace_ppm(l->trace), l->lines);
	}
	free(buf);
	l->cut = n == -KM_ETRUNC;
	if (l->cut)
		term_warn("%s: %s", d->where, d->what);
	return l->cut ? 0 : (int)n;
}

/* ---- output ---- */

static const char *size_name(char out[16], unsigned int shift)
{
	snprintf(out, 16, "%u%ciB", 1u << shift % 10, "KMGT"[shift / 10 - 1]);
	return out;
}

static void print_array(const struct looking *l, unsigned int i)
{
	const struct tlb_array_profile *a = &l->spec->profile.array[i];
	char n[TERM_COUNT_LEN], p[TERM_PERCENT_LEN];
	struct tlb_count c;

	c = tlb_count(l->tlb, 0, i, l->page_shift);
	printf("  %-14s %5u %7u %5u  ", a->name, a->level, a->geometry.entries, a->geometry.ways);
	printf("%-9s", tlb_policy_name(a->geometry.policy));
	printf(" %15s", term_count(n, c.accesses));
	printf(" %15s", term_count(n, c.accesses - c.misses));
	printf(" %15s", term_count(n, c.misses));
	printf(" %15s", term_count(n, c.evictions));
	printf(" %11s\n", term_percent(p, c.misses, c.accesses));
}

static void print_spec(const struct looking *l)
{
	const struct tlb_spec *s = l->spec;
	char size[16];

	fputs("  TLB ", stdout);
	term_text(stdout, s->profile.name);
	if (*s->describe)
		fputs(": ", stdout);
	term_text(stdout, s->describe);
	printf("; everything is mapped by pages of %s\n", size_name(size, l->page_shift));
	printf("  of its %u numbers %u are verified, %u are from others than its maker, %u are "
	       "not verified\n",
	       s->nr_marks, tlb_spec_count(s, TLB_VERIFIED), tlb_spec_count(s, TLB_SECONDARY),
	       tlb_spec_count(s, TLB_UNVERIFIED) + tlb_spec_count(s, TLB_UNSAID));
}

static void print_text(const struct looking *l)
{
	struct tlb_totals t = tlb_totals(l->tlb, 0);
	char a[TERM_COUNT_LEN], b[TERM_COUNT_LEN];

	term_text(stdout, l->path);
	printf(" (%s): %s accesses", access_trace_format(l->trace)->name, term_count(a, l->lines));
	printf(": %s fetches, %s loads", term_count(a, l->of_kind[ACCESS_FETCH]),
	       term_count(b, l->of_kind[ACCESS_LOAD]));
	printf(", %s stores, %s both", term_count(a, l->of_kind[ACCESS_STORE]),
	       term_count(b, l->of_kind[ACCESS_MODIFY]));
	printf("; %s lie in two pages or more\n", term_count(a, l->crossing));
	print_spec(l);
	printf("\n  %-14s %5s %7s %5s  %-9s %15s %15s %15s %15s %11s\n", "array", "level",
	       "entries", "ways", "replaced", "look-ups", "hits", "misses", "evictions", "misses");
	for (unsigned int i = 0; i < l->spec->profile.nr_arrays; i++)
		print_array(l, i);
	printf("\n  %s look-ups, %s walks", term_count(a, t.accesses), term_count(b, t.walks));
	printf("; %s entries of page tables read in %s cycles", term_count(a, t.table_reads),
	       term_count(b, t.walk_cycles));
	printf("; hits below level 1 took %s cycles\n", term_count(a, t.hit_cycles));
}

static void print_json_array(const struct looking *l, unsigned int i)
{
	const struct tlb_array_profile *a = &l->spec->profile.array[i];
	struct tlb_count c;

	c = tlb_count(l->tlb, 0, i, l->page_shift);
	fputs(i ? ",\n  {\"name\": " : "\n  {\"name\": ", stdout);
	term_json(stdout, a->name);
	printf(", \"level\": %u, \"entries\": %u, \"ways\": %u, \"replacement\": \"%s\", "
	       "\"index\": \"%s\", \"page_bytes\": %" PRIu64 ", \"accesses\": %" PRIu64
	       ", \"hits\": %" PRIu64 ", \"misses\": %" PRIu64 ", \"evictions\": %" PRIu64 "}",
	       a->level, a->geometry.entries, a->geometry.ways, tlb_policy_name(a->geometry.policy),
	       tlb_index_name(a->geometry.index), UINT64_C(1) << l->page_shift, c.accesses,
	       c.accesses - c.misses, c.misses, c.evictions);
}

static void print_json_marks(const struct tlb_spec *s)
{
	for (unsigned int i = 0; i < s->nr_marks; i++) {
		const struct tlb_mark *m = &s->mark[i];

		fputs(i ? ",\n  {\"of\": " : "\n  {\"of\": ", stdout);
		term_json(stdout, m->of);
		fputs(", \"value\": ", stdout);
		term_json(stdout, m->value);
		printf(", \"verified\": \"%s\", \"source\": ", tlb_verified_name(m->verified));
		term_json(stdout, m->source);
		putchar('}');
	}
}

static void print_json(const struct looking *l)
{
	const struct tlb_spec *s = l->spec;
	struct tlb_totals t = tlb_totals(l->tlb, 0);

	fputs("{\"trace\": ", stdout);
	term_json(stdout, l->path);
	printf(", \"format\": \"%s\", \"accesses\": %" PRIu64 ", \"fetches\": %" PRIu64
	       ", \"loads\": %" PRIu64 ", \"stores\": %" PRIu64 ", \"modifies\": %" PRIu64
	       ", \"crossing\": %" PRIu64 ",\n \"tlb\": ",
	       access_trace_format(l->trace)->name, l->lines, l->of_kind[ACCESS_FETCH],
	       l->of_kind[ACCESS_LOAD], l->of_kind[ACCESS_STORE], l->of_kind[ACCESS_MODIFY],
	       l->crossing);
	term_json(stdout, s->profile.name);
	fputs(", \"describe\": ", stdout);
	term_json(stdout, s->describe);
	fputs(",\n \"arrays\": [", stdout);
	for (unsigned int i = 0; i < s->profile.nr_arrays; i++)
		print_json_array(l, i);
	printf("],\n \"lookups\": %" PRIu64 ", \"walks\": %" PRIu64 ", \"table_reads\": %" PRIu64
	       ", \"walk_cycles\": %" PRIu64 ", \"hit_cycles\": %" PRIu64 ",\n \"numbers\": [",
	       t.accesses, t.walks, t.table_reads, t.walk_cycles, t.hit_cycles);
	print_json_marks(s);
	puts("]}");
}

/* ---- the command ---- */

static int look(struct looking *l, const struct cli_args *args, struct km_diag *d)
{
	int err = read_options(l, args, d);

	if (!err)
		err = tlb_open(&l->tlb, &l->spec->profile, 1, l->seed, d);
	if (!err)
		err = access_trace_open(&l->trace, l->path, d);
	if (err)
		return err;
	progress_init(&l->progress, args, 1);
	err = look_up_all(l, d);
	progress_release(&l->progress);
	return err;
}

static int run_tlb(const struct cli_args *args)
{
	struct looking l = { .path = cli_operand(args, 0), .each = cli_has(args, OPT_EACH) };
	struct km_diag d = { 0 };

	l.spec = malloc(sizeof(*l.spec));
	int err = l.spec ? look(&l, args, &d) : km_fail(&d, KM_ENOMEM, "", "out of memory");
	int status = err ? term_error(&d) : l.cut ? EXIT_FOUND : EXIT_DONE;

	if (!err && !l.each && cli_has(args, OPT_JSON))
		print_json(&l);
	else if (!err && !l.each)
		print_text(&l);
	access_trace_close(l.trace);
	tlb_close(l.tlb);
	free(l.spec);
	return status;
}

static const struct cli_option options[] = {
	{ .id = OPT_CONFIG,
	  .letter = 'c',
	  .name = "config",
	  .arg = "TLB.yaml",
	  .help = "the TLB, as kmemlab-tlb(5) describes one" },
	{ .id = OPT_TLB,
	  .letter = 't',
	  .name = "tlb",
	  .arg = "NAME",
	  .help = "a TLB that comes with the program ('kmemlab list tlbs')" },
	{ .id = OPT_PAGE_SIZE,
	  .name = "page-size",
	  .arg = "SIZE",
	  .help = "pages that map everything, e.g. 2MiB; otherwise the TLB's smallest" },
	{ .id = OPT_SEED,
	  .name = "seed",
	  .arg = "N",
	  .help = "begin the random numbers of 'replacement: random' with N instead of 0" },
	{ .id = OPT_EACH,
	  .name = "each",
	  .help = "print what each look-up met instead of tables: use, address, level (0: walked)" },
	OPTION_JSON,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
};

const struct cli_command command_tlb = {
	.name = "tlb",
	.operands = "ACCESSES",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "count what a program's memory accesses miss in a TLB",
	.details = "Look every access of ACCESSES up in a virtual TLB: what valgrind's lackey or "
		   "DynamoRIO's memtrace_simple wrote, plain or compressed, or - for standard "
		   "input. An access across pages is looked up once for each.",
	.options = options,
	.nr_options = sizeof(options) / sizeof(options[0]),
	.run = run_tlb,
};
