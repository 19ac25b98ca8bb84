/* SPDX-License-Identifier: GPL-2.0-only */
/* Files as 2.6.34, 6.1 and 6.12 print them; damage is named by line. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/snap.h"
#include "traces/trace.h"

typedef int parser(struct km_snapshot *s, const char *data, size_t len, const char *where,
		   struct km_diag *d);

static struct km_snapshot s;
static struct km_diag d;

static int parse(parser *p, const char *text)
{
	return p(&s, text, strlen(text), "f", &d);
}

static void damaged(parser *p, const char *text, const char *where)
{
	trace_snapshot_release(&s);
	cr_assert_eq(parse(p, text), -KM_EFORMAT, "%s", text);
	cr_assert_str_eq(d.where, where, "%s: %s", d.where, d.what);
	trace_snapshot_release(&s);
}

#define ZONE_6_1                                                                                \
	"Node 0, zone    DMA32\n  per-node stats\n      nr_inactive_anon 11013\n"               \
	"  pages free     154355\n        boost    7\n        min      11264\n"                 \
	"        low      14080\n"                                                              \
	"        high     16896\n        spanned  262102\n        present  262005\n"            \
	"        managed  253438\n        cma      16384\n        protection: (0, 957, 9)\n"    \
	"      nr_free_pages 154355\n      nr_free_cma  16384\n  pagesets\n    cpu: 0\n"        \
	"              count: 4975\n              high:  14080\n              batch: 63\n"      \
	"  vm stats threshold: 8\n    cpu: 3\n              count: 1\n              high:  2\n" \
	"              high_min: 9\n              batch: 3\n  vm stats threshold: 8\n"          \
	"  node_unreclaimable:  0\n  start_pfn:           4096\n"
#define ZONE_EMPTY                                                                            \
	"Node 0, zone   Normal\n  pages free     0\n        boost    0\n        min      0\n" \
	"        low      0\n        high     0\n        spanned  0\n        present  0\n"    \
	"        managed  0\n        cma      0\n        protection: (0, 0, 0)\n"

Test(snap, zoneinfo_of_6_1)
{
	cr_assert_eq(parse(snap_zoneinfo, ZONE_6_1 ZONE_EMPTY), 0, "%s %s", d.where, d.what);
	cr_assert_eq(s.nr_zones, 2);

	const struct km_snap_zone *z = &s.zones[0];

	cr_assert_str_eq(z->name, "DMA32");
	cr_assert(z->populated);
	cr_assert_eq(z->free, 154355);
	cr_assert_eq(z->boost, 7);
	cr_assert_eq(z->min, 11264);
	cr_assert_eq(z->low, 14080);
	cr_assert_eq(z->high, 16896, "not a pageset's high");
	cr_assert_eq(z->spanned, 262102);
	cr_assert_eq(z->present, 262005);
	cr_assert_eq(z->managed, 253438);
	cr_assert_eq(z->cma, 16384);
	cr_assert_eq(z->start_pfn, 4096);
	cr_assert_eq(z->nr_protection, 3);
	cr_assert_eq(z->protection[1], 957);
	cr_assert_eq(z->nr_pagesets, 2);
	cr_assert_eq(z->pagesets[0].count, 4975);
	cr_assert_eq(z->pagesets[0].high, 14080);
	cr_assert_eq(z->pagesets[1].cpu, 3);
	cr_assert_eq(z->pagesets[1].batch, 3);
	cr_assert_eq(s.zones[1].index, 1);
	cr_assert_not(s.zones[1].populated);
	trace_snapshot_release(&s);
}

Test(snap, zoneinfo_of_2_6_34)
{
	cr_assert_eq(
		parse(snap_zoneinfo,
		      "Node 0, zone      DMA\n  pages free     3969\n        min      17\n        low      21\n"
		      "        high     25\n        scanned  0\n        spanned  4080\n        present  3920\n"
		      "    nr_free_pages 3969\n        protection: (0, 994, 994, 994)\n  pagesets\n    cpu: 0\n"
		      "              count: 0\n              high:  0\n              batch: 1\n"
		      "  all_unreclaimable: 0\n  start_pfn:         16\n  inactive_ratio:    1\n"),
		0, "%s %s", d.where, d.what);
	cr_assert_eq(s.zones[0].managed, 3920, "present means managed where there is no managed");
	cr_assert_eq(s.zones[0].protection[3], 994);
	cr_assert_eq(s.zones[0].start_pfn, 16);
	trace_snapshot_release(&s);
}

Test(snap, zoneinfo_damaged)
{
	damaged(snap_zoneinfo, "\n\nhello\n", "f:3");
	damaged(snap_zoneinfo, "Node 0, zone A\n  pages free x\n", "f:2");
	damaged(snap_zoneinfo, "Node 0, zone A\n  pages free 1\n", "f:2");
	damaged(snap_zoneinfo, ZONE_EMPTY ZONE_EMPTY, "f:12");
	damaged(snap_zoneinfo, "Node 0, zone A\n present 99999999999999999999\n", "f:2");
	damaged(snap_zoneinfo, "Node 0, zone A\n protection: (1, x)\n", "f:2");
	damaged(snap_zoneinfo, "Node 0, zone A\n cpu: 5000\n", "f:2");
}

Test(snap, buddyinfo)
{
	cr_assert_eq(
		parse(snap_buddyinfo,
		      "Node 0, zone      DMA      0      2 \nNode 0, zone    DMA32      1      3 \n"),
		0);
	cr_assert_eq(s.nr_orders, 2);
	cr_assert_eq(s.zones[1].nr_free[1], 3);
	cr_assert(s.zones[1].has_buddyinfo);
	cr_assert_not(s.zones[1].has_pagetypeinfo);
	damaged(snap_buddyinfo, "Node 0, zone A 1 2\nNode 0, zone B 1 2 3\n", "f:2");
	damaged(snap_buddyinfo, "Node 0, zone A 1 x\n", "f:1");
	damaged(snap_buddyinfo, "Node 0, zone A\n", "f:1");
	damaged(snap_buddyinfo, "Node 0, zone A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
		"f:1");
}

Test(snap, pagetypeinfo)
{
	cr_assert_eq(parse(snap_pagetypeinfo,
			   "Page block order: 9\nPages per block:  512\n\n"
			   "Free pages count per migrate type at order       0      1 \n"
			   "Node    0, zone    DMA32, type    Unmovable      5 >100000 \n"
			   "Node    0, zone    DMA32, type      Isolate      0      0 \n\n"
			   "Number of blocks type     Unmovable      Isolate \n"
			   "Node 0, zone    DMA32           79            1 \n\n"
			   "Number of mixed blocks    Unmovable      Isolate \n"
			   "Node 0, zone    DMA32            1            2 \n"),
		     0, "%s %s", d.where, d.what);
	cr_assert_eq(s.pageblock_order, 9);
	cr_assert_eq(s.type_columns, 1u << KM_UNMOVABLE | 1u << KM_ISOLATE);
	cr_assert_eq(s.zones[0].type_free[KM_UNMOVABLE][0], 5);
	cr_assert_eq(s.zones[0].type_free[KM_UNMOVABLE][1], 100000);
	cr_assert(s.zones[0].type_capped[KM_UNMOVABLE][1]);
	cr_assert_not(s.zones[0].type_capped[KM_UNMOVABLE][0]);
	cr_assert_eq(s.zones[0].type_blocks[KM_UNMOVABLE], 79);
	cr_assert_eq(s.zones[0].type_blocks[KM_ISOLATE], 1);
	damaged(snap_pagetypeinfo, "Node 0, zone A, type Movable 1\n", "f:1");
	damaged(snap_pagetypeinfo, "Page block order: 99\n", "f:1");
	damaged(snap_pagetypeinfo, "Number of blocks type Strange\n", "f:1");
	damaged(snap_pagetypeinfo, "Number of blocks type Movable\nNode 0, zone A 1 2\n", "f:2");
}

Test(snap, cma)
{
	cr_assert_eq(parse(snap_cma,
			   "my area base_pfn 241664\nmy area count 64\nmy area order_per_bit 0\n"
			   "my area used 33\nmy area maxchunk 31\nmy area bitmap 4294967295 1\n"
			   "two base_pfn 0\ntwo count 1\n"),
		     0, "%s %s", d.where, d.what);
	cr_assert_eq(s.nr_cma, 2);
	cr_assert_str_eq(s.cma[0].name, "my area");
	cr_assert_eq(s.cma[0].base_pfn, 241664);
	cr_assert_eq(s.cma[0].used, 33);
	cr_assert_eq(s.cma[0].nr_words, 2);
	cr_assert_eq(s.cma[0].bitmap[0], UINT32_MAX);
	cr_assert_null(s.cma[1].bitmap);
	damaged(snap_cma, "a base_pfn x\n", "f:1");
	damaged(snap_cma, "a\n", "f:1");
	damaged(snap_cma, "a count 64\na bitmap 1 4294967296\n", "f:2");
	damaged(snap_cma, "a count 64\na bitmap 1\n", "f");
	damaged(snap_cma, "a used 1\n", "f");
	cr_assert_eq(parse(snap_cma, "a base_pfn 64\na count 0\na bitmap \n"), 0, "given up");
	trace_snapshot_release(&s);
}

Test(snap, a_nul_is_no_end)
{
	static const char text[] = "a count\0\0\0 5\n";

	cr_assert_eq(snap_cma(&s, text, sizeof(text) - 1, "f", &d), -KM_EFORMAT);
	trace_snapshot_release(&s);
}

Test(snap, kpageflags)
{
	static const unsigned char words[16] = { 0, 4, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 1 };

	cr_assert_eq(snap_kpageflags(&s, (const char *)words, 16, "f", &d), 0);
	cr_assert_eq(s.nr_kpageflags, 2);
	cr_assert_eq(s.kpageflags[0], UINT64_C(1) << KM_KPF_BUDDY);
	cr_assert_eq(s.kpageflags[1], UINT64_C(1) << KM_KPF_SLAB | UINT64_C(1) << KM_KPF_RESERVED);
	trace_snapshot_release(&s);
	cr_assert_eq(snap_kpageflags(&s, (const char *)words, 15, "f", &d), -KM_EFORMAT);
}

#define SLABINFO                                                                        \
	"slabinfo - version: 2.1\n# name <active_objs> ...\n"                           \
	"vm_area_struct        60     62    136   30    1 : tunables    0    0    0 : " \
	"slabdata      2      3      0\n"                                               \
	"pid                 8960   8960    128   32    2 : tunables  120   60    8 : " \
	"slabdata    280    280      4\n"                                               \
	"dentry                 0      0    192   21    1 : tunables    0    0    0 : " \
	"slabdata      0      0      0\n"

/* As fs/proc prints them; the aliases as /sys/kernel/slab has them on 6.1.192. */
Test(snap, slabinfo_and_its_attributes)
{
	cr_assert_eq(parse(snap_slabinfo, SLABINFO), 0, "%s %s", d.where, d.what);
	cr_assert_eq(s.nr_caches, 3);
	cr_assert_str_eq(s.caches[0].name, "vm_area_struct");
	cr_assert_eq(s.caches[0].active_objs, 60);
	cr_assert_eq(s.caches[0].num_objs, 62);
	cr_assert_eq(s.caches[0].num_slabs, 3);
	cr_assert_eq(s.caches[1].objsize, 128);
	cr_assert_eq(s.caches[1].objperslab, 32);
	cr_assert_eq(s.caches[1].pagesperslab, 2);
	cr_assert_eq(s.caches[1].limit, 120);
	cr_assert_eq(s.caches[1].sharedavail, 4);

	cr_assert_eq(parse(snap_slab_attrs,
			   ":0000128 size=120 slab_size=128 cpu_partial=120 min_partial=5 "
			   "align=64 dma=\n"
			   "dentry size=192 slab_size=192 cpu_partial=30 min_partial=7 align=8\n"
			   ":0000999 size=990 slab_size=999\n"
			   "alias kernfs_node_cache :0000128\nalias late :0000999\n"
			   "alias pid :0000128\n"),
		     0, "%s %s", d.where, d.what);
	cr_assert(s.caches[1].has_attrs);
	cr_assert_eq(s.caches[1].object_size, 120);
	cr_assert_eq(s.caches[1].align, 64);
	cr_assert_eq(s.caches[2].min_partial, 7);
	cr_assert_not(s.caches[0].has_attrs);
	cr_assert_eq(s.nr_aliases, 1, "a root that slabinfo does not print has no place");
	cr_assert_str_eq(s.aliases[0].name, "kernfs_node_cache");
	cr_assert_eq(s.aliases[0].cache, 1);
	trace_snapshot_release(&s);
}

#define ROW(name, numbers, tail) name " " numbers " : tunables 0 0 0 : slabdata " tail "\n"

Test(snap, damaged_slabinfo)
{
	damaged(snap_slabinfo, "dentry 1 2 3\n", "f:1");
	damaged(snap_slabinfo, ROW("a", "1 1 8 1 1", "1 1"), "f:1");
	damaged(snap_slabinfo, ROW("a", "1 1 8 1 1", "1 1 0") ROW("a", "1 1 8 1 1", "1 1 0"),
		"f:2");
	damaged(snap_slabinfo, ROW("a", "1 1 0 1 1", "1 1 0"), "f:1");
	damaged(snap_slabinfo, ROW("a", "1 1 8 1 3", "1 1 0"), "f:1");
	damaged(snap_slabinfo, ROW("a", "2 1 8 1 1", "1 1 0"), "f:1");
	damaged(snap_slab_attrs, "alias a :0000008\n", "f:1");
	damaged(snap_slab_attrs, "a size=8x\n", "f:1");
	damaged(snap_slab_attrs, "alias a\n", "f:1");
}

static const uint8_t online[] = { 0, 2 };

static int distance(const char *text)
{
	return snap_distance(&s.numa, 2, online, 2, text, strlen(text), "f", &d);
}

static int cpulist(const char *text)
{
	return snap_cpulist(&s.numa, 1, text, strlen(text), "f", &d);
}

/* drivers/base/node.c:node_read_distance(), cpulist_read() [6.1] */
Test(snap, nodes)
{
	cr_assert_eq(cpulist("0-1,8\n"), 0, "%s %s", d.where, d.what);
	cr_assert(s.numa.has_cpus);
	cr_assert_eq(s.numa.cpu_node[1], 1);
	cr_assert_eq(s.numa.cpu_node[8], 1);
	cr_assert_eq(s.numa.cpu_node[2], -1);
	cr_assert_eq(cpulist("\n"), 0, "a node without CPUs");
	cr_assert_eq(distance("21 10\n"), 0, "%s %s", d.where, d.what);
	cr_assert_eq(s.numa.distance[2][0], 21);
	cr_assert_eq(s.numa.distance[2][2], 10);
	trace_snapshot_release(&s);
}

Test(snap, damaged_nodes)
{
	static const char *const lists[] = { "0-\n", "x\n", "3-1\n", "0,,2\n", "1024\n", "0 1\n" };
	static const char *const distances[] = { "21\n",   "21 10 21\n", "10 21\n", "21 20\n",
						 "9 10\n", "256 10\n",	 "21 x\n",  "" };

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		cr_assert_eq(cpulist(lists[i]), -KM_EFORMAT, "%s", lists[i]);
	for (size_t i = 0; i < sizeof(distances) / sizeof(*distances); i++)
		cr_assert_eq(distance(distances[i]), -KM_EFORMAT, "%s", distances[i]);
	cr_assert_not(s.numa.has_distances);
}

/* As x86 prints them [6.1]: CPU 0 booted the others and stands in no list. */
#define DMESG                                                \
	"[    0.079128] Fallback order for Node 0: 0 2 1 \n" \
	"[    0.079129] Fallback order for Node 1: 1 0 2 \n" \
	"Fallback order for Node 2: 0 1 \n"                  \
	"Fallback order for Node 9999: 1 \n"                 \
	"[    0.574661] .... node  #0, CPUs:      #1  #2\n"  \
	"[    0.574662] .... node  #1, CPUs:   #3\n"         \
	".... node #x, CPUs: #4\nsmp: Brought up 2 nodes, 4 CPUs\n"

Test(snap, nodes_of_dmesg)
{
	snap_dmesg(&s.numa, DMESG, strlen(DMESG));
	cr_assert(s.numa.has_cpus);
	cr_assert_eq(s.numa.cpu_node[0], -1);
	cr_assert_eq(s.numa.cpu_node[2], 0);
	cr_assert_eq(s.numa.cpu_node[3], 1);
	cr_assert_eq(s.numa.cpu_node[4], -1);
	cr_assert(s.numa.distance[0][0] == 10 && s.numa.distance[0][2] < s.numa.distance[0][1]);
	cr_assert(s.numa.distance[1][0] < s.numa.distance[1][2]);
	cr_assert_eq(s.numa.distance[2][0], 0, "a node without memory is not in its own order");
	trace_snapshot_release(&s);
	cr_assert_eq(cpulist("2\n"), 0);
	snap_dmesg(&s.numa, DMESG, strlen(DMESG));
	cr_assert_eq(s.numa.cpu_node[2], 1, "the kernel's own file goes first");
	trace_snapshot_release(&s);
}

/* Of a device tree [6.12], and the default area [6.1]. */
#define AREAS                                                                                \
	"OF: reserved mem: Reserved memory: created CMA memory pool at 0x0000000010000000, " \
	"size 4 MiB\n[    0.000000] OF: reserved mem: initialized node linux,cma, "          \
	"compatible id shared-dma-pool\n"                                                    \
	"[    0.000000] cma: Reserved 16 MiB at 0x000000003b000000 on node 0\n"              \
	"cma: Reserved 8 MiB at 0x0000000020000000\n"

Test(snap, areas_of_dmesg)
{
	static const char damaged_lines[] =
		"cma: Reserved 64 MiB at 0x\ncma: Reserved MiB at 0x3b000000\n"
		"cma: Reserved 18446744073709551615 MiB at 0x3b000000\n"
		"cma: Reserved 4 MiB at 0xffffffffffffffff\n"
		"cma: Reserved 4 MiB at 0x3b000001\ncma: Reserved 4 MiB at 0x90000000000\n"
		"initialized node , compatible id \ncreated CMA memory pool at , size 4 MiB\n";

	cr_assert_eq(parse(snap_zoneinfo, ZONE_6_1 ZONE_EMPTY), 0);
	cr_assert_eq(snap_cma_dmesg(&s, AREAS, strlen(AREAS), 12, &d), 0);
	cr_assert_eq(s.nr_cma, 3);
	cr_assert_str_eq(s.cma[0].name, "linux,cma");
	cr_assert_eq(s.cma[0].base_pfn, 0x10000);
	cr_assert_eq(s.cma[0].count, 1024);
	cr_assert_str_eq(s.cma[1].name, "reserved");
	cr_assert_eq(s.cma[1].base_pfn, 241664);
	cr_assert_eq(s.cma[1].count, 4096);
	cr_assert_str_eq(s.cma[2].name, "0x20000000");
	cr_assert_eq(snap_cma_dmesg(&s, AREAS, strlen(AREAS), 12, &d), 0);
	cr_assert_eq(s.nr_cma, 3, "no two areas have a page in common");
	cr_assert_eq(snap_cma_dmesg(&s, damaged_lines, strlen(damaged_lines), 12, &d), 0);
	cr_assert_eq(s.nr_cma, 3);
	trace_snapshot_release(&s);
}

/* As files-6.1-x86-1cpu's dmesg has it; the first line of each kind counts. */
Test(snap, percpu_of_dmesg)
{
	static const char text[] =
		"[    0.3] setup_percpu: NR_CPUS:4 nr_cpumask_bits:1 nr_cpu_ids:2 nr_node_ids:1\n"
		"[    0.3] percpu: Embedded 51 pages/cpu s171432 r8192 d29272 u2097152\n"
		"[    0.3] pcpu-alloc: s171432 r8192 d29272 u2097152 alloc=1*2097152\n"
		"percpu: Embedded 9 pages/cpu s1 r1 d1 u1\n";
	static const char *const broken[] = { "percpu: 5 pages/cpu s1 r1 d1\n",
					      "percpu: 5 pages/cpu sx r1 d1 u1\n",
					      "5 pages/cpu ",
					      " nr_cpu_ids:",
					      " nr_cpu_ids:99999\n",
					      "5 pages/cpu s1 r1 d1 u99999999999999999999\n" };
	struct km_snap_percpu p = { 0 };

	snap_percpu(&p, text, strlen(text));
	cr_expect(p.static_bytes == 171432 && p.reserved_bytes == 8192 && p.dyn_bytes == 29272);
	cr_expect(p.unit_bytes == 2097152 && p.nr_units == 2);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		p = (struct km_snap_percpu){ 0 };
		snap_percpu(&p, broken[i], strlen(broken[i]));
		cr_expect(!p.unit_bytes && !p.nr_units, "%s", broken[i]);
	}
}

#define VMALLOCINFO                                                                          \
	"0xffa0000000000000-0xffa0000000005000   20480 irq_init_percpu_irqstack+0xa6/0xde "  \
	"vmap\n0xffa0000000005000-0xffa0000000007000    8192 acpi_os_map_iomem+0x103/0x16f " \
	"phys=0x000000003ffe1000 ioremap\n"                                                  \
	"0xffa0000000010000-0xffa0000000015000   20480 kernel_clone+0xa7/0x21b pages=4 "     \
	"vmalloc N0=4\n0xffa0000000020000-0xffa0000000025000   20480 unpurged vm_area\n"     \
	"0xffa0000000025000-0xffa0000000027000    8192 vm_map_ram\n"

/* As mm/vmalloc.c:s_show() of 6.1 prints it. */
Test(snap, vmallocinfo)
{
	static const uint8_t kinds[] = { KM_VMAP_VMAP, KM_VMAP_IOREMAP, KM_VMAP_VMALLOC,
					 KM_VMAP_LAZY, KM_VMAP_RAM };

	cr_assert_eq(parse(snap_vmallocinfo, VMALLOCINFO), 0, "%s %s", d.where, d.what);
	cr_assert_eq(s.nr_vmaps, 5);
	for (size_t i = 0; i < s.nr_vmaps; i++)
		cr_assert_eq(s.vmaps[i].kind, kinds[i]);
	cr_assert_eq(s.vmaps[2].start, 0xffa0000000010000);
	cr_assert_eq(s.vmaps[2].end, 0xffa0000000015000);
	cr_assert_eq(s.vmaps[2].pages, 4);
	cr_assert_eq(s.vmaps[0].pages, 0);
	trace_snapshot_release(&s);
}

/* "%pK" without permission, and hashed: nothing can be made of them. */
Test(snap, vmallocinfo_with_hidden_addresses)
{
	cr_assert_eq(parse(snap_vmallocinfo,
			   "0x0000000000000000-0x0000000000000000    8192 f+0x1/0x2 "
			   "pages=1 vmalloc\n"),
		     0);
	cr_assert_eq(s.nr_vmaps, 0);
	trace_snapshot_release(&s);
	cr_assert_eq(parse(snap_vmallocinfo,
			   "0x00000000deadbeef-0x000000001234abcd    8192 f+0x1/0x2 "
			   "pages=1 vmalloc\n"),
		     0);
	cr_assert_eq(s.nr_vmaps, 0);
	trace_snapshot_release(&s);
}

Test(snap, damaged_vmallocinfo)
{
	damaged(snap_vmallocinfo, "ffa0-ffa1 1 x\n", "f:1");
	damaged(snap_vmallocinfo, "0x1000 4096 x\n", "f:1");
	damaged(snap_vmallocinfo, "0x1000-0x 4096 x\n", "f:1");
	damaged(snap_vmallocinfo, "0x1000-0x2000 x\n", "f:1");
	damaged(snap_vmallocinfo, "0x1000-0x2000 4096 x\n0x11112222333344445-0x2 1\n", "f:2");
}

/* As mix-6.1-x86-2cpu's dmesg has it, and as older kernels say it; alternatives go before. */
Test(snap, memory_given_back_late)
{
	static const char now[] =
		"Freeing SMP alternatives memory: 16K\n"
		"Freeing initrd memory: 13964K\n"
		"Freeing unused kernel image (initmem) memory: 1048K\n"
		"[    2.4] Freeing unused kernel image (text/rodata gap) memory: 2040K\n"
		"Freeing unused kernel image (rodata/data gap) memory: 1932K\n";
	static const char then[] = "Freeing initrd memory: 5000k freed\n"
				   "Freeing unused kernel memory: 700k freed";
	static const char none[] = "Freeing  memory: 9\nFreeing memory: K\n memory: 7K Freeing \n"
				   "Freeing x memory: 99999999999999999999K";

	cr_assert_eq(snap_late_kib(now, strlen(now)), 13964 + 1048 + 2040 + 1932);
	cr_assert_eq(snap_late_kib(then, strlen(then)), 5700);
	cr_assert_eq(snap_late_kib(none, strlen(none)), 0);
}
