/* SPDX-License-Identifier: GPL-2.0-only */
/* Events that stand a little out of the order of their times, from a reader made by hand. */
#include <criterion/criterion.h>
#include <string.h>

#include "traces/reorder.h"

enum { MOST = 10000 };

static struct km_event given[MOST], got[MOST];
static size_t nr_given, nr_read, batch;
static int ends_with;

static int64_t next_batch(void *self, struct km_event *buf, size_t n, struct km_diag *d)
{
	size_t have = nr_given - nr_read;

	(void)self;
	have = have < n ? have : n;
	have = have < batch ? have : batch;
	memcpy(buf, given + nr_read, have * sizeof(*buf));
	nr_read += have;
	return have	 ? (int64_t)have :
	       ends_with ? km_fail(d, (enum km_errno) - ends_with, "line 7", "cut") :
			   0;
}

static const struct reader_ops by_hand = { .read = next_batch };

static void give(uint64_t ts_ns, int32_t pid)
{
	given[nr_given++] = (struct km_event){ .ts_ns = ts_ns, .pid = pid };
}

/* Everything, @n at a time; what the end said. */
static int64_t read_all(struct reorder *o, size_t n, size_t *nr, struct km_diag *d)
{
	int64_t have;

	*nr = 0;
	while ((have = reorder_read(o, &by_hand, NULL, got + *nr, n, d)) > 0)
		*nr += (size_t)have;
	return have;
}

static void in_order(size_t nr)
{
	for (size_t i = 1; i < nr; i++)
		cr_assert_leq(got[i - 1].ts_ns, got[i].ts_ns, "at %zu", i);
}

Test(reorder, an_older_event_goes_before_the_younger_ones)
{
	struct reorder o = { 0 };
	struct km_diag d;
	size_t nr;

	batch = 2;
	give(10, 1);
	give(30, 2);
	give(40, 3);
	give(20, 4);
	give(50, 5);
	cr_assert_eq(read_all(&o, 3, &nr, &d), 0);
	cr_assert_eq(nr, 5);
	in_order(nr);
	cr_assert_eq(got[1].pid, 4);
	cr_assert_eq(o.moved, 1);
	cr_assert_eq(o.most_ns, 20);
	reorder_release(&o);
}

Test(reorder, events_of_one_time_keep_their_places)
{
	struct reorder o = { 0 };
	struct km_diag d;
	size_t nr;

	batch = 100;
	for (int32_t i = 0; i < 600; i++)
		give(7, i);
	cr_assert_eq(read_all(&o, 64, &nr, &d), 0);
	cr_assert_eq(nr, 600);
	for (int32_t i = 0; i < 600; i++)
		cr_assert_eq(got[i].pid, i);
	cr_assert_eq(o.moved, 0);
	reorder_release(&o);
}

/* Two CPUs' runs of 100 events, one behind the other, over and over; across every chunk's end. */
Test(reorder, runs_of_cpus_are_merged)
{
	struct reorder o = { 0 };
	struct km_diag d;
	size_t nr;

	batch = 997;
	for (uint64_t run = 0; run < 40; run++) {
		for (uint64_t i = 0; i < 100; i++)
			give(run * 1000 + i * 10, 0);
		for (uint64_t i = 0; i < 100; i++)
			give(run * 1000 + i * 10 + 5, 1);
	}
	cr_assert_eq(read_all(&o, 10, &nr, &d), 0);
	cr_assert_eq(nr, 8000);
	in_order(nr);
	reorder_release(&o);
}

/* What comes too late stays where it is, for `check` to tell. */
Test(reorder, an_event_too_far_behind_is_not_moved_before_what_was_handed_on)
{
	struct reorder o = { 0 };
	struct km_diag d;
	size_t nr, backwards = 0;

	batch = 5000;
	for (uint64_t i = 0; i < 5000; i++)
		give(i + 10, 0);
	give(1, 1);
	cr_assert_eq(read_all(&o, 100, &nr, &d), 0);
	cr_assert_eq(nr, 5001);
	for (size_t i = 1; i < nr; i++)
		backwards += got[i].ts_ns < got[i - 1].ts_ns;
	cr_assert_eq(backwards, 1);
	reorder_release(&o);
}

Test(reorder, all_that_stands_before_damage_comes_before_its_error)
{
	struct reorder o = { 0 };
	struct km_diag d = { 0 };
	size_t nr;

	batch = 100;
	ends_with = -KM_EFORMAT;
	for (uint64_t i = 0; i < 300; i++)
		give(i, 0);
	cr_assert_eq(read_all(&o, 50, &nr, &d), -KM_EFORMAT);
	cr_assert_eq(nr, 300);
	cr_assert_str_eq(d.where, "line 7");
	reorder_release(&o);
}
