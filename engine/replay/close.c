/* SPDX-License-Identifier: GPL-2.0-only */
/* What is left of a replay: its totals, and its end. */
#include <stdlib.h>

#include "engine/replay/bind.h"
#include "engine/replay/object_run.h"
#include "engine/replay/state.h"

void replay_close(struct replay *r)
{
	if (!r)
		return;
	for (unsigned int i = 0; r->cpu && i < r->m.pages.nr_cpus; i++)
		cpu_state_release(&r->cpu[i]);
	free(r->cpu);
	free(r->batch);
	free(r->call_site_kind);
	refine_forget(r);
	group_close(r->group);
	survey_release(&r->survey);
	sampler_release(&r->sampler);
	score_release(&r->score);
	gap_release(&r->gap);
	haste_release(&r->haste);
	bind_close(r->bind);
	contig_log_release(&r->contig_log);
	contig_close(r);
	contig_own_release(&r->contig_own);
	contig_seed_release(&r->contig_seed);
	pins_close(r);
	origins_close(&r->origins);
	pressure_release(r);
	objects_close(r->objects);
	object_run_close(r->run);
	vmaps_close(r->vmaps);
	owner_feed_release(r);
	tlb_feed_close(r);
	cost_feed_close(r);
	names_release(&r->names);
	doors_release(&r->doors);
	machine_release(&r->m);
	free(r);
}

void replay_totals(const struct replay *r, struct replay_totals *out)
{
	*out = r->totals;
	out->surveyed = r->survey.nr_events;
	if (r->objects)
		objects_totals(r->objects, &out->objects);
	if (r->run)
		object_run_totals(r->run, &out->objects);
	out->given_up = contig_given_up(r);
	out->gaps = r->gap.gaps;
	out->lost_allocs = r->gap.lost_allocs;
	out->lost_frees = r->gap.lost_frees;
	out->lost_moves = r->gap.lost_moves;
	out->uncertain_pages = gap_uncertain(&r->gap);
	pressure_totals(r, &out->pressure);
	tlb_feed_totals(r, &out->tlb);
	cost_feed_totals(r, &out->costs);
}
