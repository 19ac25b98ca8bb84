/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/slab/slab_ops.h"
#include "engine/variant/variant.h"

static const struct kernel_profile *const profiles[] = {
	&kernel_v2_6_34,
	&kernel_v3_5_points[0],
	&kernel_v3_5,
	&kernel_v6_1_points[0],
	&kernel_v6_1_points[1],
	&kernel_v6_1_points[2],
	&kernel_v6_1_points[3],
	&kernel_v6_1_points[4],
	&kernel_v6_1_points[5],
	&kernel_v6_1,
	&kernel_v6_12_points[0],
	&kernel_v6_12_points[1],
	&kernel_v6_12_points[2],
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

const char *kernel_profile_series(const struct kernel_profile *p)
{
	return p->series;
}

const char *kernel_profile_describe(const struct kernel_profile *p)
{
	return p->describe;
}

bool kernel_profile_has(const struct kernel_profile *p, enum kernel_feature f)
{
	return !(p->lacks & f);
}

const char *kernel_profile_slab(const struct kernel_profile *p, unsigned int i)
{
	return i < SLAB_ALLOCATORS && p->slabs[i].ops ? p->slabs[i].ops->name : NULL;
}

bool kernel_profile_validated(const struct kernel_profile *p)
{
	return p->validated;
}

int kernel_profile_span(const struct kernel_profile *p, char *out, size_t size)
{
	if (p->last != KM_LATEST)
		return snprintf(out, size, "%s.%u to %s.%u", p->series, p->first, p->series,
				p->last);
	if (p->first)
		return snprintf(out, size, "%s.%u and later", p->series, p->first);
	return snprintf(out, size, "%s", p->series);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The point release in what follows the series. */
static unsigned int point_of(const char *rest)
{
	char *end;

	if (rest[0] != '.' || !is_digit(rest[1]))
		return KM_LATEST;
	unsigned long point = strtoul(rest + 1, &end, 10);

	if (!point && end[0] == '-' && is_digit(end[1]))
		return KM_LATEST;
	return point < KM_LATEST ? (unsigned int)point : KM_LATEST;
}

const struct kernel_profile *kernel_profile_find(const char *release)
{
	for (size_t i = 0; i < kernel_profile_count(); i++) {
		const struct kernel_profile *p = profiles[i];
		size_t len = strlen(p->series);

		if (strncmp(release, p->series, len) || (release[len] && release[len] != '.'))
			continue;
		if (point_of(release + len) <= p->last)
			return p;
	}
	return NULL;
}

/* Negative, 0, positive: as the first three numbers of @a are below, equal to, above @b's. */
static int compare(const char *a, const char *b)
{
	for (unsigned int i = 0; i < 3; i++) {
		char *rest_a, *rest_b;
		unsigned long x = strtoul(a, &rest_a, 10), y = strtoul(b, &rest_b, 10);

		if (x != y)
			return x < y ? -1 : 1;
		a = rest_a + (*rest_a == '.');
		b = rest_b + (*rest_b == '.');
	}
	return 0;
}

const struct kernel_profile *kernel_profile_nearest(const char *release)
{
	const struct kernel_profile *nearest = NULL;

	if (!is_digit(release[0]))
		return NULL;
	for (size_t i = 0; i < kernel_profile_count(); i++)
		if (profiles[i]->near_from && compare(release, profiles[i]->near_from) >= 0)
			nearest = profiles[i];
	return nearest;
}
