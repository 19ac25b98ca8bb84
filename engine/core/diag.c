/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/core/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Bytes of the printable character that @text begins with; 0: none, or one a terminal would obey.
 */
static size_t printable(const unsigned char *text)
{
	size_t len = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if (text[0] < 0xc2 || text[0] > 0xf4 || (text[0] == 0xc2 && text[1] < 0xa0))
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* Copy @text, whole characters of UTF-8 as they are and anything else as \xNN. */
static void copy_escaped(char *out, size_t size, const char *text)
{
	size_t n = 0;

	while (*text && n + 5 < size) {
		size_t len = printable((const unsigned char *)text);

		if (!len)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", (unsigned char)*text);
		for (size_t i = 0; i < len; i++)
			out[n++] = text[i];
		text += len ? len : 1;
	}
	out[n] = '\0';
}

int km_fail(struct km_diag *d, enum km_errno code, const char *where, const char *fmt, ...)
{
	char text[sizeof(d->what)];
	va_list ap;

	if (!d)
		return -(int)code;
	d->code = -(int)code;
	copy_escaped(d->where, sizeof(d->where), where ? where : "");
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	copy_escaped(d->what, sizeof(d->what), text);
	return -(int)code;
}

void km_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "kmemlab: bug at %s:%d: %s\n", file, line, what);
	abort();
}
