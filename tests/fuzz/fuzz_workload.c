/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a workload; what is accepted is carried out for a while: every free must be of a
 * block that was allocated and not freed since.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/config.h"
#include "cli/workload_settle.h"
#include "engine/variant/profile.h"
#include "traces/gen.h"

enum { MOST_EVENTS = 20000, MOST_TURNS = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	uint64_t events, allocs, frees;
};

static int see(void *ctx, const struct km_event *ev, size_t n, struct km_diag *d)
{
	struct seen *s = ctx;

	for (size_t i = 0; i < n; i++) {
		s->allocs += ev[i].kind == KM_EV_PAGE_ALLOC ? pages_of(ev[i].page.order) : 0;
		s->frees += ev[i].kind == KM_EV_PAGE_FREE ? pages_of(ev[i].page.order) : 0;
		if (s->frees > s->allocs || ev[i].page.order > km_synthetic_order(ev[i].page.pfn))
			abort();
	}
	s->events += n;
	return s->events > MOST_EVENTS ? km_fail(d, KM_ENOTSUP, "", "enough") : 0;
}

/* Steps in all rounds, as far as that is worth knowing. */
static uint64_t turns_of(const struct workload_step *steps, size_t nr)
{
	uint64_t n = nr;

	for (size_t i = 0; i < nr && n < MOST_TURNS; i++)
		if (steps[i].action == WORKLOAD_REPEAT) {
			uint64_t inside = turns_of(steps[i].steps, steps[i].nr_steps);

			n += inside < MOST_TURNS && steps[i].times < MOST_TURNS ?
				     inside * steps[i].times :
				     MOST_TURNS;
		}
	return n;
}

static void carry_out(const struct workload *w)
{
	struct seen s = { 0 };
	const struct gen_sink sink = { .events = see, .ctx = &s };
	struct gen_totals t;
	struct strtab *strings;
	struct km_diag d;

	for (unsigned int i = 0; i < w->nr_groups; i++)
		if (turns_of(w->group[i].steps, w->group[i].nr_steps) >= MOST_TURNS)
			return;
	if (strtab_open(&strings))
		return;
	if (!gen_run(w, &(struct gen_machine){ 1000, 1000, 12 }, strings, &sink, &t, &d) &&
	    t.live_pages != s.allocs - s.frees)
		abort();
	strtab_close(strings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct machine_layout layout = {
		.nr_cma = 2, .cma = { { .name = "reserved" }, { .name = "cam" } }
	};
	struct config c = { 0 };
	struct workload w = { 0 };
	struct km_diag d = { 0 };
	char path[64];
	int fd = memfd_create("workload", MFD_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, data, size) == (ssize_t)size &&
	    !config_read_workload(&c, &w, path, &d) &&
	    !workload_settle(&w, kernel_profile_find("6.1"), 11, &layout, &d))
		carry_out(&w);
	workload_release(&w);
	close(fd);
	return 0;
}
