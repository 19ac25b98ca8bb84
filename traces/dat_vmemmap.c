/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/dat_vmemmap.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBER = 23 };

uint64_t dat_vmemmap_base(const char *format, size_t len)
{
	static const char cast[] = "(struct page *)";
	const char *p = memmem(format, len, cast, sizeof(cast) - 1), *end = format + len;
	char number[MAX_NUMBER + 1] = "";

	if (!p)
		return 0;
	for (p += sizeof(cast) - 1; p < end && (*p == '(' || *p == ' '); p++)
		continue;
	memcpy(number, p, end - p < MAX_NUMBER ? (size_t)(end - p) : MAX_NUMBER);
	return number[0] == '0' && number[1] == 'x' ? strtoull(number, NULL, 16) : 0;
}

bool dat_vmemmap_pfn(uint64_t page, uint64_t base, unsigned int bytes, uint64_t *pfn)
{
	*pfn = KM_NO_PFN;
	if (!base || !bytes)
		return false;
	if (!page)
		return true;
	if (page < base || (page - base) % bytes)
		return false;
	*pfn = (page - base) / bytes;
	return true;
}
