/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/core/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Copy @text, with bytes a terminal would obey as \xNN; UTF-8 passes. */
static void copy_escaped(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 5 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
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
