/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "engine/variant/variant.h"

static const struct kernel_profile *const profiles[] = {
	&kernel_v2_6_34,
	&kernel_v3_5,
	&kernel_v6_1,
	&kernel_v6_12,
};

size_t kernel_profile_count(void)
{
	return sizeof(profiles) / sizeof(profiles[0]);
}

const struct kernel_profile *kernel_profile_at(size_t i)
{
	return i < kernel_profile_count() ? profiles[i] : NULL;
}

const char *kernel_profile_name(const struct kernel_profile *p)
{
	return p->name;
}

const char *kernel_profile_describe(const struct kernel_profile *p)
{
	return p->describe;
}

bool kernel_profile_validated(const struct kernel_profile *p)
{
	return p->validated;
}

const struct kernel_profile *kernel_profile_find(const char *release)
{
	for (size_t i = kernel_profile_count(); i-- > 0;) {
		size_t len = strlen(profiles[i]->name);

		if (!strncmp(release, profiles[i]->name, len) &&
		    (release[len] == '.' || !release[len]))
			return profiles[i];
	}
	return NULL;
}
