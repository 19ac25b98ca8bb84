/* SPDX-License-Identifier: GPL-2.0-only */
/* Who allocated: names by hand, a table of symbols, and an ELF file made by the host's compiler. */
#include "cli/callsites.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/core/alloc_frames.h"
#include "tests/support/text_trace.h"

#define LINE "              dd-7       [000] .....     1.000001: "
#define CHAIN "              dd-7       [000] .....     1.000002: <stack trace>\n"
#define KMALLOC(site)                   \
	LINE "kmalloc: call_site=" site \
	     " ptr=11 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL node=-1 accounted=false\n"
#define PAGES LINE "mm_page_alloc: page=22 pfn=0x22 order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"

/* Who allocated in the first event of @text. */
static const char *who(const char *text, const struct callsites_config *config)
{
	static char name[512];
	struct text_trace x = read_trace_text(text);
	struct callsites *c;
	struct km_diag d = { 0 };

	cr_assert_eq(x.err, 0, "%s: %s", x.d.where, x.d.what);
	cr_assert_eq(callsites_open(&c, x.t, config, &d), 0, "%s: %s", d.where, d.what);
	cr_assert_eq(callsites_rewrite(c, x.ev, x.nr), 0);
	uint32_t id = x.ev[0].stack		       ? x.ev[0].stack :
		      x.ev[0].kind == KM_EV_PAGE_ALLOC ? 0 :
							 x.ev[0].obj.call_site;

	snprintf(name, sizeof(name), "%s", callsites_name(c, id));
	callsites_close(c);
	trace_close(x.t);
	return name;
}

static const struct callsites_config plain, address = { .address = true },
					    module = { .by = CALLSITES_MODULE };

Test(callsites, of_the_event_itself)
{
	cr_expect_str_eq(who(KMALLOC("foo+0x1c/0x90"), &plain), "foo");
	cr_expect_str_eq(who(KMALLOC("foo+0x1c/0x90 [ext4]"), &plain), "foo [ext4]");
	cr_expect_str_eq(who(KMALLOC("foo+0x1c/0x90 [ext4]"), &address), "foo+0x1c/0x90 [ext4]");
	cr_expect_str_eq(who(KMALLOC("ffffffff81000010"), &plain), "ffffffff81000010");
	cr_expect_str_eq(who(PAGES, &plain), "(no call site)");
}

Test(callsites, past_the_allocators)
{
	cr_expect_str_eq(who(PAGES CHAIN " => __alloc_pages\n => pte_alloc_one\n", &plain),
			 "pte_alloc_one");
	cr_expect_str_eq(who(KMALLOC("kvmalloc_node+0x4c/0x100") CHAIN
			     " => __kmalloc_node\n => kvmalloc_node\n => seq_read_iter+0x1/0x2\n",
			     &plain),
			 "seq_read_iter");
	/* A chain of nothing but allocators says no more than the event. */
	cr_expect_str_eq(who(KMALLOC("foo+0x1/0x2") CHAIN " => __kmalloc\n", &plain), "foo");
	/* The event's own call site is of the same function, and has an offset. */
	cr_expect_str_eq(who(KMALLOC("foo+0x1c/0x90") CHAIN " => __kmalloc\n => foo\n", &address),
			 "foo+0x1c/0x90");
}

/* Names of mm/ in 6.1 and 6.12, and of who calls them. */
Test(callsites, which_functions_are_the_allocators)
{
	static const char *const own[] = {
		"trace_event_raw_event_mm_page_alloc",
		"__alloc_pages",
		"__alloc_pages_noprof",
		"alloc_pages_mpol_noprof",
		"get_page_from_freelist",
		"folio_alloc_mpol_noprof",
		"new_slab",
		"___slab_alloc",
		"__slab_alloc.constprop.0",
		"kmem_cache_alloc_lru",
		"__kmalloc_large_node_noprof",
		"kmalloc_order",
		"__vmalloc_node_range",
		"vmalloc",
		"kvmalloc_node+0x4c/0x100",
		"pcpu_alloc",
		"dma_alloc_contiguous",
		"__dma_direct_alloc_pages.constprop.0",
		"kstrdup",
		"get_zeroed_page",
	};
	static const char *const others[] = {
		"alloc_page_buffers", "folio_alloc_buffers",
		"kmalloc_reserve",    "alloc_skb_with_frags",
		"pte_alloc_one",      "pgd_alloc",
		"copy_process",	      "vm_area_dup",
		"alloc_inode",	      "new_inode",
		"free_pages",	      "",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		cr_expect(alloc_frame(own[i], strlen(own[i])), "%s", own[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect(!alloc_frame(others[i], strlen(others[i])), "%s", others[i]);
}

/* The chain of an event without a table of symbols: as it is printed. */
Test(callsites, the_caller_of_a_chain)
{
	char out[32];

	cr_expect_str_eq(alloc_caller(out, sizeof(out),
				      "__alloc_pages+0x1/0x2\nfoo+0x1c/0x90 [mod]\nbar"),
			 "foo [mod]");
	cr_expect_str_eq(alloc_caller(out, sizeof(out), "folio_alloc\nfoo [mod]"), "foo [mod]");
	cr_expect_str_eq(alloc_caller(out, 4, "vmalloc\nlong_name+0x1/0x2"), "lon");
	cr_expect_null(alloc_caller(out, sizeof(out), ""));
	cr_expect_null(alloc_caller(out, sizeof(out), "__alloc_pages\nkmalloc+0x1/0x2"));
	cr_expect_null(alloc_caller(out, sizeof(out), "__alloc_pages\nffffffff81000000"));
}

static const char kallsyms[] = "ffffffff81000000 T first\nffffffff81000000 t alias\n"
			       "ffffffff81000100 D data\nffffffff81000200 t second\n"
			       "ffffffff81000300 T kmem_cache_alloc\n"
			       "ffffffff81000400 T third\n"
			       "ffffffffc0000000 t mod_fn\t[ext4]\n";

Test(callsites, by_address)
{
	const char *path = tmp_file(".kallsyms", kallsyms, strlen(kallsyms));
	struct callsites_config c = { .kallsyms = path },
				with = { .kallsyms = path, .address = true },
				by = { .kallsyms = path, .by = CALLSITES_MODULE };

	cr_expect_str_eq(who(KMALLOC("ffffffff81000120"), &c), "first", "data is no function");
	cr_expect_str_eq(who(KMALLOC("ffffffff81000210"), &with), "second+0x10");
	cr_expect_str_eq(who(KMALLOC("ffffffffc0000010"), &c), "mod_fn [ext4]");
	cr_expect_str_eq(who(KMALLOC("80000000"), &c), "80000000", "before the first");
	cr_expect_str_eq(who(PAGES CHAIN " => ffffffff81000210\n", &c), "second");
	/* Only with its name an address is known to be the allocators' own. */
	cr_expect_str_eq(who(PAGES CHAIN " => ffffffff81000310\n => ffffffff81000410\n", &c),
			 "third");
	cr_expect_str_eq(who(PAGES CHAIN " => ffffffff81000310\n => 80000000\n", &c), "80000000");
	cr_expect_str_eq(
		who(KMALLOC("foo+0x1/0x2") CHAIN " => ffffffff81000310\n => bar\n", &plain), "foo");
	cr_expect_str_eq(who(KMALLOC("ffffffffc0000010"), &by), "[ext4]");
	cr_expect_str_eq(who(KMALLOC("mod_fn+0x1"), &by), "[ext4]", "the trace does not name it");
	unlink(path);
}

Test(callsites, by_module)
{
	cr_expect_str_eq(who(KMALLOC("foo+0x1c/0x90 [ext4]"), &module), "[ext4]");
	cr_expect_str_eq(who(KMALLOC("foo+0x1c/0x90"), &module), "vmlinux");
	cr_expect_str_eq(who(KMALLOC("ffffffff81000010"), &module), "(not known)");
	cr_expect_str_eq(who(PAGES, &module), "(no call site)");
	cr_expect_str_eq(who(PAGES CHAIN " => __alloc_pages\n => rd [brd]\n", &module), "[brd]");
}

/* Two directories, compiled from their top as the kernel is; NULL: there is no compiler. */
static const char *compiled(const char *options, char path[64])
{
	char command[512];

	snprintf(path, 64, "/tmp/kmemlab-test-elf-XXXXXX");
	if (!mkdtemp(path))
		return NULL;
	snprintf(
		command, sizeof(command),
		"cd %s && mkdir -p mm fs/ext4 && echo 'int in_mm(int a) { return a + 1; }' >mm/a.c && "
		"echo 'int in_mm(int); int in_fs(int a) { return in_mm(a); } int main(void) { return "
		"in_fs(1); }' >fs/ext4/b.c && gcc %s -c mm/a.c -o a.o && gcc %s -c fs/ext4/b.c -o b.o "
		"&& gcc -no-pie a.o b.o -o vmlinux",
		path, options, options);
	/* What is run is written above. */
	return system(command) ? NULL : path;
}

static void expect_directories(const char *options, const char *mm, const char *fs)
{
	char dir[64], path[96], command[96];

	if (!compiled(options, dir))
		cr_skip_test("there is no gcc that makes programs");
	snprintf(path, sizeof(path), "%s/vmlinux", dir);
	struct callsites_config c = { .vmlinux = path, .by = CALLSITES_DIRECTORY };

	cr_expect_str_eq(who(KMALLOC("in_mm+0x1/0x2"), &c), mm);
	cr_expect_str_eq(who(PAGES CHAIN " => __alloc_pages\n => in_fs\n", &c), fs);
	cr_expect_str_eq(who(KMALLOC("in_mod+0x1/0x2 [brd]"), &c), "[brd]");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_expect_eq(system(command), 0);
}

Test(callsites, by_directory)
{
	expect_directories("-g", "mm", "fs/ext4");
	expect_directories("-g -gdwarf-4 -O2", "mm", "fs/ext4");
	/* Without debug information modules take their place. */
	expect_directories("-g0", "vmlinux", "vmlinux");
}

Test(callsites, errors)
{
	struct callsites_config missing = { .vmlinux = "/nowhere" }, text = { 0 };
	struct text_trace x = read_trace_text(PAGES);
	struct callsites *c;
	struct km_diag d = { 0 };

	cr_expect_eq(callsites_open(&c, x.t, &missing, &d), -KM_ENOENT);
	text.vmlinux = tmp_file(".elf",
				"\x7f"
				"ELF\2\1\1",
				7);
	cr_expect_eq(callsites_open(&c, x.t, &text, &d), -KM_EFORMAT);
	unlink(text.vmlinux);
	trace_close(x.t);
}
