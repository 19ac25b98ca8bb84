/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a configuration file, and what was accepted printed and read back: it must be the
 * same.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/config.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config first = { 0 }, again = { 0 };
	char *text = NULL;
	size_t len = 0;

	if (read_bytes(&first, data, size))
		return 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return 0;
	config_print(&first, f);
	if (fclose(f) || read_bytes(&again, text, len) || memcmp(&first, &again, sizeof(first)))
		abort();
	free(text);
	return 0;
}
