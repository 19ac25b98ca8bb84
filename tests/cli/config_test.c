/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/config.h"

/* A document in a file of its own, removed by the caller. */
static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int read_text(struct config *c, const char *text, struct km_diag *d)
{
	char path[] = "/tmp/kmemlab-config-XXXXXX";

	write_file(path, text);
	int err = config_read_file(c, path, d);

	unlink(path);
	return err;
}

static void refuses(const char *text, const char *position, const char *what)
{
	struct config c = { 0 }, before = { 0 };
	struct km_diag d = { 0 };
	int err = read_text(&c, text, &d);
	const char *at = strchr(d.where, ':');

	cr_expect_eq(err, -KM_EUSAGE, "%s", text);
	cr_expect_str_eq(at ? at + 1 : "", position, "%s", text);
	cr_expect_not_null(strstr(d.what, what), "%s: %s", text, d.what);
	cr_expect_eq(memcmp(&c, &before, sizeof(c)), 0, "unchanged on error");
}

Test(config, a_whole_document)
{
	struct config c = { 0 };
	struct km_diag d;

	cr_assert_eq(read_text(&c,
			       "machine:\n  cpus: 4\npolicy:\n  kernel: 6.1\n"
			       "  lowmem_reserve_ratio: [256, 32, 0]\nrecord: {samples: 0}\n",
			       &d),
		     0);
	cr_expect_eq(config_integer(&c, CONFIG_CPUS, -1), 4);
	cr_expect_str_eq(c.values[CONFIG_KERNEL].text, "6.1");
	cr_expect_eq(c.values[CONFIG_LOWMEM_RESERVE_RATIO].nr, 3);
	cr_expect_eq(c.values[CONFIG_LOWMEM_RESERVE_RATIO].list[1], 32);
	cr_expect_eq(config_integer(&c, CONFIG_SAMPLES, -1), 0);
	cr_expect_eq(config_integer(&c, CONFIG_MIN_FREE_KBYTES, -1), -1);
}

Test(config, nothing_is_a_document)
{
	struct config c = { 0 };
	struct km_diag d;

	cr_expect_eq(read_text(&c, "", &d), 0);
	cr_expect_eq(read_text(&c, "# only a remark\n", &d), 0);
	cr_expect_eq(read_text(&c, "machine:\n", &d), 0);
}

Test(config, errors_name_line_and_column)
{
	refuses("machine:\n  cpu: 2\n", "2:3", "machine.cpus");
	refuses("machin:\n  cpus: 2\n", "1:1", "machine");
	refuses("machine:\n  cpus: many\n", "2:9", "whole number");
	refuses("machine:\n  cpus: 1025\n", "2:9", "1024");
	refuses("policy:\n  percpu_pagelist_high_fraction: 7\n", "2:34", "at least 8");
	refuses("policy:\n  lowmem_reserve_ratio: [1, -2]\n", "2:25", "whole numbers");
	refuses("? [a, b]\n: 1\n", "1:3", "plain name");
	refuses("machine: {cpus: 1, cpus: 2}\n", "1:20", "twice");
	refuses("just words\n", "1:1", "mapping");
	refuses("machine: &m {cpus: 1}\nrecord: *m\n", "1:14", "record.cpus");
}

Test(config, a_node_within_itself_is_refused)
{
	refuses("machine: &m\n  cpus: *m\n", "1:10", "not a mapping");
}

Test(config, later_wins_key_by_key)
{
	struct config c = { 0 };
	struct km_diag d;

	cr_assert_eq(read_text(&c, "machine: {cpus: 1}\nrecord: {samples: 5}\n", &d), 0);
	cr_assert_eq(read_text(&c, "machine: {cpus: 2}\n", &d), 0);
	cr_assert_eq(config_read_setting(&c, "record.samples=6", &d), 0);
	cr_expect_eq(config_integer(&c, CONFIG_CPUS, -1), 2);
	cr_expect_eq(config_integer(&c, CONFIG_SAMPLES, -1), 6);
}

Test(config, own_keys_win_over_what_is_extended)
{
	char base[] = "/tmp/kmemlab-base-XXXXXX", text[256];
	struct config c = { 0 };
	struct km_diag d;

	write_file(base, "machine: {cpus: 1}\nrecord: {samples: 5}\n");
	snprintf(text, sizeof(text), "machine: {cpus: 3}\nextends: %s\n", strrchr(base, '/') + 1);
	cr_expect_eq(read_text(&c, text, &d), 0);
	unlink(base);
	cr_expect_eq(config_integer(&c, CONFIG_CPUS, -1), 3);
	cr_expect_eq(config_integer(&c, CONFIG_SAMPLES, -1), 5);
}

Test(config, what_was_given_is_not_defaulted)
{
	struct config c = { 0 };
	struct km_diag d;

	cr_assert_eq(config_read_setting(&c, "machine.cpus=2", &d), 0);
	config_default_integer(&c, CONFIG_CPUS, 8);
	config_default_integer(&c, CONFIG_SAMPLES, 9);
	config_default_text(&c, CONFIG_KERNEL, "");
	cr_expect_eq(config_integer(&c, CONFIG_CPUS, -1), 2);
	cr_expect_eq(config_integer(&c, CONFIG_SAMPLES, -1), 9);
	cr_expect_not(c.values[CONFIG_KERNEL].set);
}

Test(config, printed_and_read_back_is_the_same)
{
	struct config c = { 0 }, again = { 0 };
	struct km_diag d;
	char *text = NULL;
	size_t len;

	cr_assert_eq(config_read_setting(&c, "policy.kernel=\"6.1.192\"", &d), 0);
	cr_assert_eq(
		config_read_setting(&c, "policy.lowmem_reserve_ratio=[256, 256, 32, 0, 0]", &d), 0);
	cr_assert_eq(config_read_setting(&c, "machine.cpus=2", &d), 0);
	FILE *f = open_memstream(&text, &len);

	config_print(&c, f);
	fclose(f);
	cr_expect_eq(read_text(&again, text, &d), 0);
	cr_expect_eq(memcmp(&c, &again, sizeof(c)), 0, "%s", text);
	free(text);
}

/* config_print() begins a section where it changes: one that came back would be there twice. */
Test(config, keys_of_a_section_stand_together)
{
	for (unsigned int i = 1; i < CONFIG_NR_KEYS; i++) {
		const char *section = config_key((enum config_id)i)->section;

		if (!strcmp(section, config_key((enum config_id)(i - 1))->section))
			continue;
		for (unsigned int k = 0; k < i; k++)
			cr_expect_str_neq(config_key((enum config_id)k)->section, section, "%s.%s",
					  section, config_key((enum config_id)i)->name);
	}
}
