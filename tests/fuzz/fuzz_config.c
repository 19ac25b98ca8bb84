/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a configuration file, and what was accepted printed and read back: it must be the
 * same. And as a plan.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/config.h"
#include "cli/config_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_bytes(struct config *c, const void *data, size_t size)
{
	struct km_diag d = { 0 };
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC);
	int err = -KM_EIO;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, data, size) == (ssize_t)size)
		err = config_read_file(c, path, &d);
	close(fd);
	return err;
}

static char *printed(const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	config_print(c, f);
	if (fclose(f))
		abort();
	return text;
}

/* The same bytes as a sweep's plan: what was accepted has the runs it counts. */
static void plan(const uint8_t *data, size_t size)
{
	struct plan p;
	struct km_diag d = { 0 };
	char path[64], *settings[VARIATION_MAX_KEYS];
	int fd = memfd_create("plan", MFD_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (!plan_read(&p, path, &d)) {
		struct plan_run last = plan_run(&p, p.nr - 1);

		if (!p.nr || last.trace != p.nr_traces - 1 || last.config != p.nr_configs - 1)
			abort();
		plan_settings_free(settings, plan_settings(&p, last.config, settings));
	}
	plan_release(&p);
	close(fd);
}

/* Of the layout only what is printed: it also keeps where it was read, for errors. */
static bool equal(const struct config *a, const struct config *b)
{
	const struct config_layout *x = &a->layout, *y = &b->layout;

	return !memcmp(a->values, b->values, sizeof(a->values)) && x->nr_memory == y->nr_memory &&
	       x->nr_reserved == y->nr_reserved && x->nr_cma == y->nr_cma &&
	       x->nr_nodes == y->nr_nodes && x->nr_zones == y->nr_zones;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config first = { 0 }, again = { 0 };

	plan(data, size);
	if (read_bytes(&first, data, size))
		return 0;
	char *text = printed(&first);

	if (read_bytes(&again, text, strlen(text)) || !equal(&first, &again))
		abort();
	char *twice = printed(&again);

	if (strcmp(text, twice))
		abort();
	free(twice);
	free(text);
	return 0;
}
