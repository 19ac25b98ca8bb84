/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of the formats that are known:
 *
 *	lackey			"I  0401ab70,3", " L 1fff000708,8", " S …", " M …", "==12== …"
 *	memtrace_simple		"Format: <data address>: …", "0x7ffe3e7a:  8, r", "…, w", "…, mov"
 *
 * valgrind --tool=lackey --trace-mem=yes; DynamoRIO's sample client memtrace_simple, where a word
 * that is neither r nor w is an instruction's name.
 */
#include <string.h>

#include "traces/access_formats.h"

/* Hex digits at *@p, as many as 64 bits hold; false: none, or more. */
static bool read_hex(const char **p, const char *e, uint64_t *out)
{
	const char *begin = *p;

	for (*out = 0; *p < e; ++*p) {
		unsigned int c = (unsigned char)**p;
		unsigned int digit = c - '0' < 10 ? c - '0' : (c | 32) - 'a' + 10;

		if (digit > 15 || (c - '0' >= 10 && (c | 32) - 'a' > 5))
			break;
		if (*out >> 60)
			return false;
		*out = *out << 4 | digit;
	}
	return *p > begin;
}

static bool read_bytes(const char **p, const char *e, uint32_t *out)
{
	const char *begin = *p;

	for (*out = 0; *p < e && **p >= '0' && **p <= '9'; ++*p) {
		*out = *out * 10 + (uint32_t)(**p - '0');
		if (*out > ACCESS_MAX_BYTES)
			return false;
	}
	return *p > begin;
}

static void skip_blanks(const char **p, const char *e)
{
	while (*p < e && **p == ' ')
		++*p;
}

/* ---- lackey ---- */

static int lackey_line(const char *p, const char *e, struct access *out)
{
	static const char letters[] = "ILSM";
	const char *letter;

	if (e - p >= 2 && (!memcmp(p, "==", 2) || !memcmp(p, "--", 2) || !memcmp(p, "**", 2)))
		return 0; /* valgrind's own words */
	skip_blanks(&p, e);
	letter = p < e && *p ? strchr(letters, *p) : NULL;
	if (!letter || ++p == e || *p != ' ')
		return -1;
	out->kind = (enum access_kind)(letter - letters);
	skip_blanks(&p, e);
	return read_hex(&p, e, &out->vaddr) && p < e && *p++ == ',' &&
			       read_bytes(&p, e, &out->bytes) && p == e ?
		       1 :
		       -1;
}

/* ---- memtrace_simple ---- */

static const char memtrace_head[] = "Format: <data address>: <data size>,";

static bool starts(const char *p, const char *e, const char *with)
{
	return (size_t)(e - p) >= strlen(with) && !memcmp(p, with, strlen(with));
}

static int memtrace_line(const char *p, const char *e, struct access *out)
{
	if (starts(p, e, memtrace_head))
		return 0;
	if (!starts(p, e, "0x"))
		return -1;
	p += 2;
	if (!read_hex(&p, e, &out->vaddr) || p == e || *p++ != ':')
		return -1;
	skip_blanks(&p, e);
	if (!read_bytes(&p, e, &out->bytes) || p == e || *p++ != ',')
		return -1;
	skip_blanks(&p, e);
	if (p == e)
		return -1;
	out->kind = ACCESS_FETCH;
	if (e - p == 1 && *p == 'r')
		out->kind = ACCESS_LOAD;
	if (e - p == 1 && *p == 'w')
		out->kind = ACCESS_STORE;
	return 1;
}

/* ---- found by content ---- */

static const char *end_of(const char *p, const char *e)
{
	const char *nl = p < e ? memchr(p, '\n', (size_t)(e - p)) : NULL;

	return nl ? nl : e;
}

/* The first line that is one of the format's must be an access; one cut by @e says nothing. */
static bool lackey_sniff(const char *p, const char *e)
{
	struct access a;
	bool banner = false;

	while (p < e) {
		const char *stop = end_of(p, e), *last = stop;

		while (last > p && (last[-1] == '\r' || last[-1] == ' '))
			last--;
		int what = last > p ? lackey_line(p, last, &a) : 0;

		if (what)
			return what > 0 || (banner && stop == e);
		banner = banner || starts(p, stop, "==");
		p = stop + (stop < e);
	}
	return banner;
}

static bool memtrace_sniff(const char *p, const char *e)
{
	struct access a;

	return starts(p, e, memtrace_head) ||
	       (p < e && end_of(p, e) < e && memtrace_line(p, end_of(p, e), &a) > 0);
}

const struct access_format access_lackey = {
	.name = "lackey",
	.describe = "valgrind --tool=lackey --trace-mem=yes",
	.line = lackey_line,
	.sniff = lackey_sniff,
};

const struct access_format access_memtrace = {
	.name = "memtrace",
	.describe = "the text of DynamoRIO's sample client memtrace_simple",
	.line = memtrace_line,
	.sniff = memtrace_sniff,
};
