/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/dat_fields.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <traceevent/event-parse.h>

/* Room beside the fields for a format's first lines, an empty one and no print format. */
enum { FORMAT_EXTRA = 256 };

struct dat_field dat_find_field(void *ctx, const char *name)
{
	struct tep_format_field *f = ctx ? tep_find_field(ctx, name) : NULL;
	struct dat_field out = { .form = DAT_ABSENT };

	if (!f || f->offset < 0 || f->size < 0 || f->offset > 0xffff || f->size > 0xffff)
		return out;
	out.offset = (uint32_t)f->offset;
	out.size = (uint32_t)f->size;
	if (f->flags & TEP_FIELD_IS_DYNAMIC)
		out.form = f->flags & TEP_FIELD_IS_RELATIVE ? DAT_REL_LOC : DAT_LOC;
	else if (f->flags & TEP_FIELD_IS_ARRAY)
		out.form = DAT_CHARS;
	else
		out.form = f->flags & TEP_FIELD_IS_SIGNED ? DAT_SIGNED : DAT_NUMBER;
	if (out.form == DAT_LOC || out.form == DAT_REL_LOC)
		out.form = out.size == 4 ? out.form : DAT_ABSENT;
	return out;
}

static bool begins(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && !memcmp(p, with, n);
}

/* "TYPE NAME;\toffset:N;\tsize:N;" and perhaps "\tsigned:N;" */
static bool is_plain_field(const char *p, const char *end)
{
	static const char *const keys[] = { ";\toffset:", ";\tsize:", ";\tsigned:" };
	bool has_type = false;
	size_t name = 0;
	int open = 0;

	for (; p < end && (isalnum((unsigned char)*p) || memchr("_ *[]", *p, 5)); p++) {
		has_type = has_type || (name && *p == ' ');
		name = *p == ' ' || *p == '*' ? 0 : name + 1;
		open += *p == '[';
		open -= *p == ']';
		if (open < 0 || open > 1 || (open && *p != '[' && !isalnum((unsigned char)*p)))
			return false;
	}
	for (size_t i = 0; i < 3; i++) {
		size_t digits = 0;

		if (i == 2 && end - p == 1)
			break;
		if (!begins(p, end, keys[i]))
			return false;
		for (p += strlen(keys[i]); p < end && *p >= '0' && *p <= '9'; p++)
			digits++;
		if (!digits || digits > 5)
			return false;
	}
	return has_type && name && !open && end - p == 1 && *p == ';';
}

/*
 * The format again with nothing in it but plain field declarations: libtraceevent trusts what it
 * parses, and how the event is to be printed is not ours to know. NULL for a field that is declared
 * as no kernel does, or without memory.
 */
static char *plain_format(const char *text, size_t len, const char *name, uint32_t id,
			  size_t *out_len)
{
	char *out = malloc(len + FORMAT_EXTRA);
	size_t n = 0;
	bool common = true;

	if (out)
		n = (size_t)snprintf(out, FORMAT_EXTRA, "name: %s\nID: %" PRIu32 "\nformat:\n",
				     name, id);
	for (const char *p = text, *end = text + len; out && p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;

		if (begins(p, stop, "\tfield:")) {
			if (!is_plain_field(p + 7, stop)) {
				free(out);
				return NULL;
			}
			if (common && !memmem(p, (size_t)(stop - p), " common_", 8)) {
				common = false;
				out[n++] = '\n';
			}
			memcpy(out + n, p, (size_t)(stop - p));
			n += (size_t)(stop - p);
			out[n++] = '\n';
		}
		p = stop + 1;
	}
	*out_len = n;
	return out;
}

struct tep_event *dat_parse_fields(struct tep_handle *tep, const struct dat_event_format *fmt)
{
	static const char no_print[] = "\nprint fmt: \"\"\n";
	const char *print = memmem(fmt->text, fmt->len, "print fmt:", 10);
	size_t keep = print ? (size_t)(print - fmt->text) : fmt->len;
	size_t len = 0;
	char *plain = plain_format(fmt->text, keep, fmt->name, fmt->id, &len);
	struct tep_event *event = NULL;

	if (!plain)
		return NULL;
	memcpy(plain + len, no_print, sizeof(no_print));
	if (tep_parse_event(tep, plain, len + sizeof(no_print) - 1, fmt->system) ==
	    TEP_ERRNO__SUCCESS)
		event = tep_find_event(tep, (int)fmt->id);
	free(plain);
	return event;
}
