/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A captured machine under another kernel than recorded it: what its watermarks, reserves and
 * per-CPU limits are then.
 *
 * 1. Both kernels are asked for what they compute from nothing but the machine.
 * 2. A tunable that was recorded with the one's value has the other's; any other was set by
 *    somebody, and stays.
 * 3. Where both kernels make the same numbers of that, those that the capture printed stand.
 */
#include "engine/machine/limits.h"

#include <string.h>

enum { DEFAULT_SCALE_FACTOR = 10 };

/* The machine under one of the two kernels. */
struct side {
	struct pages pages;
	struct pcp lists; /* for its rules alone */
	struct zone zone[KM_MAX_ZONES];
	uint64_t plain, raised; /* min_free_kbytes: as computed first, and as khugepaged has it */
	struct pages_tunables own;
	int64_t ratio[8];
	uint64_t marks[KM_MAX_ZONES][KM_NR_WMARKS];
};

/* Differs: nothing says which zone memory is of that the boot gave back late: the largest. */
static void take_late(struct side *s, uint64_t late)
{
	struct zone *most = &s->zone[0];

	for (unsigned int i = 1; i < s->pages.nr_zones; i++)
		if (s->zone[i].managed > most->managed)
			most = &s->zone[i];
	most->managed -= late < most->managed ? late : 0;
}

/* Kernel: mm/khugepaged.c:set_recommended_min_free_kbytes() [6.1], mm/huge_memory.c [3.5] */
static void compute_min_free(struct side *s, unsigned int page_shift)
{
	struct pages_tunables first = { .watermark_scale_factor = DEFAULT_SCALE_FACTOR };
	uint64_t more;

	s->plain = first.min_free_kbytes = pages_min_free_kbytes(&s->pages, page_shift);
	for (unsigned int i = 0; i < s->pages.nr_zones; i++)
		pages_watermarks_of(&s->pages, &s->zone[i], &first, s->zone[i].wmark);
	more = s->pages.prof->raises_min_free ? pages_recommended_kbytes(&s->pages, page_shift) : 0;
	s->raised = more > s->plain ? more : s->plain;
}

static void side_init(struct side *s, const struct machine *m, const struct kernel_profile *prof,
		      uint64_t late)
{
	*s = (struct side){ .pages = m->pages };
	pcp_init(&s->lists, &prof->pcp, 0, m->frames.pb_order, m->pages.pmd_order);
	memcpy(s->zone, m->zone, m->pages.nr_zones * sizeof(*m->zone));
	s->pages.prof = &prof->pages;
	s->pages.zone = s->zone;
	s->pages.pcp = &s->lists;
	take_late(s, late);
	compute_min_free(s, m->page_shift);
	for (unsigned int i = 0; i < m->pages.nr_zones; i++)
		if (m->zone[i].index < 8)
			s->ratio[m->zone[i].index] = pages_reserve_ratio(&s->pages, &m->zone[i]);
}

/*
 * Where no sysctl says it: MIN of all zones together, each rounded down. Kernel:
 * mm/page_alloc.c:__setup_per_zone_wmarks() [6.1]
 */
static uint64_t printed_min_free(const struct machine *m, const struct side *was)
{
	uint64_t pages = 0, zones = m->pages.nr_zones;

	for (unsigned int i = 0; i < zones; i++)
		if (!pages_small_wmark(&was->pages, &m->zone[i]))
			pages += m->zone[i].wmark[KM_WMARK_MIN];
	const uint64_t theirs[] = { was->raised, was->plain };

	for (unsigned int k = 0; k < 2; k++) {
		uint64_t of = theirs[k] >> (m->page_shift - 10);

		if (pages <= of && of <= pages + zones)
			return theirs[k];
	}
	return pages << (m->page_shift - 10);
}

/* @value is one of the recorded kernel's own: the modelled one's; else itself, and somebody's. */
static uint64_t own_or_set(uint64_t value, const struct side *was, const struct side *is,
			   bool *kept)
{
	if (value == was->raised)
		return is->raised;
	if (value == was->plain)
		return is->plain;
	*kept = true;
	return value;
}

static void choose_tunables(struct machine *m, const struct machine_recorded *rec, struct side *was,
			    struct side *is, struct machine_limits *out)
{
	uint64_t min = rec->min_free_kbytes >= 0 ? (uint64_t)rec->min_free_kbytes :
						   printed_min_free(m, was);
	uint64_t scale = rec->watermark_scale_factor >= 0 ? (uint64_t)rec->watermark_scale_factor :
							    DEFAULT_SCALE_FACTOR;

	was->own = is->own = (struct pages_tunables){ .watermark_scale_factor = scale,
						      .high_fraction = m->high_fraction };
	was->own.min_free_kbytes = min;
	is->own.min_free_kbytes = own_or_set(min, was, is, &out->kept[LIMIT_MIN_FREE]);
	out->kept[LIMIT_SCALE] = scale != DEFAULT_SCALE_FACTOR;
	out->kept[LIMIT_FRACTION] = m->high_fraction != 0;
	out->recorded_min_free_kbytes = min;
	out->min_free_kbytes = is->own.min_free_kbytes;
	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		unsigned int k = m->zone[i].index;
		int64_t r = k < 8 ? rec->lowmem_reserve_ratio[k] : -1;

		if (r < 0 || r == was->ratio[k])
			continue;
		out->kept[LIMIT_RESERVES] = true;
		was->ratio[k] = is->ratio[k] = r;
	}
}

/* MIN, LOW and HIGH of each zone; whether any changed. */
static bool set_marks(struct machine *m, struct side *was, struct side *is)
{
	bool changed = false;

	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		struct zone *z = &m->zone[i];

		pages_watermarks_of(&was->pages, &was->zone[i], &was->own, was->marks[i]);
		pages_watermarks_of(&is->pages, &is->zone[i], &is->own, is->marks[i]);
		if (!memcmp(was->marks[i], is->marks[i], sizeof(is->marks[i])))
			continue;
		memcpy(z->wmark, is->marks[i], sizeof(z->wmark));
		z->boost = 0;
		changed = true;
	}
	return changed;
}

static bool same_limits(const struct pcp_limits *a, const struct pcp_limits *b)
{
	return a->high == b->high && a->high_max == b->high_max && a->batch == b->batch;
}

/* Of each CPU's lists; what was printed of a limit that tunes itself is no other kernel's. */
static bool set_lists(struct machine *m, struct side *was, struct side *is)
{
	bool changed = false, other = was->lists.prof->ops != is->lists.prof->ops;

	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		struct zone before = m->zone[i];

		if (memcmp(was->marks[i], is->marks[i], sizeof(before.wmark)))
			memcpy(before.wmark, was->marks[i], sizeof(before.wmark));
		struct pcp_limits a = pages_pcp_limits(&was->pages, &before, m->high_fraction);
		struct pcp_limits b = pages_pcp_limits(&is->pages, &m->zone[i], m->high_fraction);

		if (!other && same_limits(&a, &b))
			continue;
		for (unsigned int cpu = 0; cpu < m->pages.nr_cpus; cpu++) {
			m->final_pcp[(size_t)i * m->pages.nr_cpus + cpu] = b;
			pages_pcp(&m->pages, i, cpu)->high = b.high;
		}
		changed = true;
	}
	return changed;
}

static bool set_reserves(struct machine *m, struct side *was, struct side *is)
{
	bool changed = false;

	pages_reserve_lowmem(&was->pages, was->ratio);
	pages_reserve_lowmem(&is->pages, is->ratio);
	for (unsigned int i = 0; i < m->pages.nr_zones; i++) {
		struct zone *z = &m->zone[i];

		if (!memcmp(was->zone[i].lowmem_reserve, is->zone[i].lowmem_reserve,
			    sizeof(z->lowmem_reserve)))
			continue;
		memcpy(z->lowmem_reserve, is->zone[i].lowmem_reserve, sizeof(z->lowmem_reserve));
		changed = true;
	}
	return changed;
}

void machine_take_limits(struct machine *m, const struct machine_recorded *rec,
			 struct machine_limits *out)
{
	struct side was, is;

	*out = (struct machine_limits){ 0 };
	if (rec->profile == m->profile)
		return;
	side_init(&was, m, rec->profile, rec->late_pages);
	side_init(&is, m, m->profile, rec->late_pages);
	choose_tunables(m, rec, &was, &is, out);
	out->marks = set_marks(m, &was, &is);
	out->lists = set_lists(m, &was, &is);
	out->reserves = set_reserves(m, &was, &is);
}
