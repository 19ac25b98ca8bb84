/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watermarks and per-CPU limits: by hand from the kernel's source, and as /proc/zoneinfo of real
 * machines printed.
 */
#include "tests/support/says.h"

static struct rig r;

static const struct rig_shape dma_and_dma32 = {
	.zone_dma = true,
	.nr_cpus = 4,
	.zone = { { "DMA", 0, 1, 4096 }, { "DMA32", 1, 4096, 8192 } },
};

static void end(void)
{
	rig_close(&r);
}

TestSuite(watermark, .fini = end);

struct want {
	uint64_t min, low, high;
	uint32_t batch, pcp_high;
};

static void set(uint64_t min_free_kbytes)
{
	struct pages_tunables t = { .min_free_kbytes = min_free_kbytes,
				    .watermark_scale_factor = 10 };

	pages_set_watermarks(&r.pages, &t);
}

static void zone_is(unsigned int zone, const struct want *w)
{
	IS(r.zone[zone].wmark[KM_WMARK_MIN], w->min);
	IS(r.zone[zone].wmark[KM_WMARK_LOW], w->low);
	IS(r.zone[zone].wmark[KM_WMARK_HIGH], w->high);
	IS(pages_pcp(&r.pages, zone, 0)->batch, w->batch);
	IS(pages_pcp(&r.pages, zone, 0)->high, w->pcp_high);
}

/*
 * Kernel: mm/page_alloc.c:8719 __setup_per_zone_wmarks(), :8830 calculate_min_free_kbytes()
 * [6.1.192]
 */
Test(watermark, two_zones_and_four_cpus)
{
	rig_open(&r, &dma_and_dma32);
	r.zone[0].managed = 3840;
	r.zone[1].managed = 503000;
	IS(pages_min_free_kbytes(&r.pages, 12), 5695);
	set(5695);
	zone_is(0, &(struct want){ 10, 13, 16, 1, 4 });
	zone_is(1, &(struct want){ 1412, 1915, 2418, 63, 478 });
	set(45056); /* as khugepaged raises it */
	zone_is(0, &(struct want){ 85, 106, 127, 1, 26 });
	zone_is(1, &(struct want){ 11178, 13972, 16766, 63, 3493 });
	IS(pages_pcp(&r.pages, 1, 3)->high, 3493);
}

/* zoneinfo of 6.1.192, one CPU, one zone, pageblocks of order 10 */
Test(watermark, captured_machine_of_one_zone)
{
	rig_open(&r, &(struct rig_shape){ .pb_order = 10 });
	r.zone[0].managed = 253438;
	set(45056);
	zone_is(0, &(struct want){ 11264, 14080, 16896, 63, 14080 });
	r.zone[0].managed = 253404; /* the same machine under 6.12.117, pageblocks of order 9 */
	set(22528);
	zone_is(0, &(struct want){ 5632, 7040, 8448, 63, 7040 });
}

/* Kernel: mm/page_alloc.c:8766: max(min >> 2, managed * scale / 10000) [6.1.192] */
Test(watermark, scale_factor_widens_the_gap)
{
	struct pages_tunables t = { .min_free_kbytes = 4000, .watermark_scale_factor = 1000 };

	rig_open(&r, NULL);
	r.zone[0].managed = 100001;
	pages_set_watermarks(&r.pages, &t);
	zone_is(0, &(struct want){ 1000, 11000, 21000, 31, 11000 });
	t.watermark_scale_factor = 0;
	pages_set_watermarks(&r.pages, &t);
	zone_is(0, &(struct want){ 1000, 1250, 1500, 31, 1250 });
}

/* Kernel: mm/page_alloc.c:8777: watermark_boost = 0 [6.1.192] */
Test(watermark, setting_clears_the_boost)
{
	rig_open(&r, NULL);
	r.zone[0].boost = 512;
	set(400);
	IS(r.zone[0].boost, 0);
}

/*
 * Kernel: mm/page_alloc.c:8748: clamp(managed / 1024, 32, 128); highmem is no part of the sum
 * [6.1.192]
 */
Test(watermark, highmem_keeps_little)
{
	static const uint64_t managed[][2] = { { 1000, 32 },  { 33791, 32 },   { 33792, 33 },
					       { 40960, 40 }, { 131072, 128 }, { 500000, 128 } };

	rig_open(&r, &dma_and_dma32);
	r.pages.highmem = 1;
	r.zone[0].managed = 3840;
	for (size_t i = 0; i < sizeof(managed) / sizeof(managed[0]); i++) {
		r.zone[1].managed = managed[i][0];
		set(4000);
		IS(r.zone[0].wmark[KM_WMARK_MIN], 1000);
		IS(r.zone[1].wmark[KM_WMARK_MIN], managed[i][1]);
		/* the gap follows the zone's share, which is not capped */
		IS(r.zone[1].wmark[KM_WMARK_LOW] - managed[i][1], 1000 * managed[i][0] / 3840 / 4);
	}
}

/* Kernel: mm/page_alloc.c:8836: clamp(int_sqrt(lowmem_kbytes * 16), 128, 262144) [6.1.192] */
Test(watermark, min_free_kbytes_is_a_clamped_root)
{
	static const uint64_t want[][2] = {
		{ 0, 128 },
		{ 256, 128 },
		{ 259, 128 },
		{ 261, 129 },
		{ 253438, 4027 },
		{ 262144, 4096 },
		{ 262143, 4095 },
		{ 1u << 30, 262144 },
		{ (1u << 30) - 1, 262143 },
		{ 1ull << 34, 262144 },
	};

	rig_open(&r, NULL);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		r.zone[0].managed = want[i][0];
		IS(pages_min_free_kbytes(&r.pages, 12), want[i][1]);
	}
}

/* Kernel: mm/page_alloc.c:6022 nr_free_buffer_pages(): zones up to GFP_USER's [6.1.192] */
Test(watermark, movable_zone_is_no_part_of_the_root)
{
	rig_open(&r, &(struct rig_shape){
			     .zone = { { "DMA32", 0, 1, 4096 }, { "Movable", 2, 4096, 8192 } } });
	r.zone[0].managed = r.zone[1].managed = 262144;
	IS(pages_min_free_kbytes(&r.pages, 12), 4096);
}

/* Kernel: mm/page_alloc.c:7096 zone_highsize() [6.1.192] */
Test(watermark, limit_of_a_cpus_lists)
{
	struct zone z = { .managed = 8000, .wmark = { [KM_WMARK_LOW] = 1915 } };

	IS(pages_pcp_high(&z, 63, 0, 4), 478);
	IS(pages_pcp_high(&z, 63, 0, 8), 252);
	IS(pages_pcp_high(&z, 63, 0, 1), 1915);
	z.boost = 1085; /* the low watermark is asked for with its boost */
	IS(pages_pcp_high(&z, 63, 0, 4), 750);
	IS(pages_pcp_high(&z, 63, 8, 2), 500);
	IS(pages_pcp_high(&z, 63, 100, 1), 252);
	IS(pages_pcp_high(&z, 1, 8000, 1), 4);
}
