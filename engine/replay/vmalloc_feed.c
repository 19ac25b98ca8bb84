/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "engine/replay/state.h"

static int host_failed(int err, struct km_diag *d)
{
	return err ? km_fail(d, KM_ENOMEM, "", "out of memory for the vmalloc areas") : 0;
}

int vmalloc_feed_open(struct replay *r, struct km_diag *d)
{
	const struct replay_config *c = &r->config;
	const struct vmaps_config vc = {
		.prof = r->m.profile->vmalloc,
		.seed = c->seed,
		.strings = r->strings,
		.nr_cpus = r->m.pages.nr_cpus,
		.page_shift = r->m.page_shift,
		.scored = c->mode == REPLAY_PREDICT && !c->forced,
	};

	if (c->mode == REPLAY_SIMULATE || c->no_objects || !vc.prof)
		return 0;
	for (unsigned int kind = 0; kind < KM_NR_EVENT_KINDS; kind++)
		r->vmap_kind[kind] = kind == KM_EV_MARKER || vmaps_heeds(kind);
	return host_failed(vmaps_open(&r->vmaps, &vc), d);
}

/* Is it the marker of a label, or of the reading of its vmallocinfo? Whose is in @label. */
static bool marks(const struct replay *r, const struct km_event *ev, char label[KM_NAME_LEN],
		  bool *own)
{
	const char *text = strtab_get(r->strings, ev->text);
	char file[256];
	int n = sscanf(text, "kmemlab read %63s %255s", label, file);
	const char *base = n == 2 && strrchr(file, '/') ? strrchr(file, '/') + 1 : file;

	*own = n == 2;
	if (n == 2)
		return !strcmp(base, "vmallocinfo");
	return sscanf(text, "kmemlab snapshot begin %63s", label) == 1;
}

int vmalloc_feed_survey(struct replay *r, const struct km_event *ev, struct km_diag *d)
{
	char label[KM_NAME_LEN];
	bool own;

	if (!r->vmaps)
		return 0;
	if (ev->kind != KM_EV_MARKER)
		return vmaps_learn(r->vmaps, ev, r->survey.nr_events, d);
	if (!marks(r, ev, label, &own) || !own || strcmp(label, r->config.seed->label))
		return 0;
	return host_failed(vmaps_learn_label(r->vmaps), d);
}

int vmalloc_feed_start(struct replay *r, struct km_diag *d)
{
	if (!r->vmaps)
		return 0;
	int err = vmaps_start(r->vmaps, r->survey.from_boot, d);

	if (!err && !r->survey.start_marked && r->config.has_start_label)
		err = host_failed(vmaps_note(r->vmaps, 0), d);
	if (!err && !r->survey.start_marked)
		err = host_failed(vmaps_anchor(r->vmaps), d);
	return err;
}

int vmalloc_feed(struct replay *r, const struct km_event *ev, struct km_diag *d)
{
	char label[KM_NAME_LEN];
	bool own;

	if (ev->kind != KM_EV_MARKER) {
		int err = vmaps_feed(r->vmaps, ev, r->totals.events, d);

		return err || !r->config.paranoid ? err : vmaps_check(r->vmaps, d);
	}
	if (!marks(r, ev, label, &own))
		return 0;
	int err = host_failed(vmaps_note(r->vmaps, r->totals.events), d);

	if (!err && own && !strcmp(label, r->config.seed->label))
		err = host_failed(vmaps_anchor(r->vmaps), d);
	return err;
}

int vmalloc_feed_finish(struct replay *r, struct km_diag *d)
{
	return r->vmaps ? host_failed(vmaps_note(r->vmaps, r->totals.events), d) : 0;
}

void vmalloc_feed_row(struct replay *r, struct km_sample *row)
{
	if (r->vmaps && (!row->source || !strcmp(row->source, "vmallocinfo")))
		row->vmaps = vmaps_rows(r->vmaps, row->event_no, &row->nr_vmaps);
	if (r->doors.vmem)
		row->vmalloc = vmalloc_rows_of_memory(&r->vmalloc_rows, r->doors.vmem);
	else if (r->vmaps && !row->source)
		row->vmalloc = vmaps_state(r->vmaps, &r->vmalloc_rows);
}
