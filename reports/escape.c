/* SPDX-License-Identifier: GPL-2.0-only */
#include "reports/escape.h"

#include <inttypes.h>
#include <string.h>

/* How many bytes the sequence that begins with @lead has, and its bits of the code point; 0: none
 * begins so. */
static unsigned int sequence(unsigned char lead, uint32_t *bits)
{
	if (lead < 0x80)
		return *bits = lead, 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return *bits = lead & 0x1fu, 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return *bits = lead & 0x0fu, 3;
	if (lead >= 0xf0 && lead < 0xf5)
		return *bits = lead & 0x07u, 4;
	return 0;
}

uint32_t escape_next(const char **p)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)*p;
	uint32_t c = 0;
	unsigned int n = sequence(*s, &c);

	if (!*s)
		return 0;
	++*p;
	if (!n)
		return ESCAPE_BAD;
	for (unsigned int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return ESCAPE_BAD;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return ESCAPE_BAD;
	*p += n - 1;
	return c;
}

static void put_utf8(FILE *f, uint32_t c)
{
	if (c < 0x80) {
		putc((int)c, f);
	} else if (c < 0x800) {
		putc((int)(0xc0 | c >> 6), f);
		putc((int)(0x80 | (c & 0x3f)), f);
	} else if (c < 0x10000) {
		putc((int)(0xe0 | c >> 12), f);
		putc((int)(0x80 | (c >> 6 & 0x3f)), f);
		putc((int)(0x80 | (c & 0x3f)), f);
	} else {
		putc((int)(0xf0 | c >> 18), f);
		putc((int)(0x80 | (c >> 12 & 0x3f)), f);
		putc((int)(0x80 | (c >> 6 & 0x3f)), f);
		putc((int)(0x80 | (c & 0x3f)), f);
	}
}

/* C0, DEL and C1 controls; line and paragraph separators; the marks that turn the direction of a
 * line. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfffe ||
	       c == 0xffff;
}

static void put_control(FILE *f, uint32_t c)
{
	if (c < 0x100)
		fprintf(f, "\\x%02" PRIx32, c);
	else
		fprintf(f, "\\u{%" PRIx32 "}", c);
}

static void put_plain(FILE *f, uint32_t c)
{
	if (is_control(c))
		put_control(f, c);
	else
		put_utf8(f, c);
}

void escape_html(FILE *f, const char *text)
{
	uint32_t c;

	while ((c = escape_next(&text))) {
		if (c == '&')
			fputs("&amp;", f);
		else if (c == '<')
			fputs("&lt;", f);
		else if (c == '>')
			fputs("&gt;", f);
		else if (c == '"')
			fputs("&quot;", f);
		else if (c == '\'')
			fputs("&#39;", f);
		else if (c == '\n' || c == '\t')
			putc((int)c, f);
		else
			put_plain(f, c);
	}
}

void escape_csv(FILE *f, const char *text)
{
	bool formula = text[0] && strchr("=+-@\t\r", text[0]);
	bool quoted = formula || strpbrk(text, ",\"\r\n");
	uint32_t c;

	if (quoted)
		putc('"', f);
	if (formula)
		putc('\'', f);
	while ((c = escape_next(&text))) {
		if (c == '"')
			fputs("\"\"", f);
		else if (c == '\n' || c == '\t')
			putc((int)c, f);
		else
			put_plain(f, c);
	}
	if (quoted)
		putc('"', f);
}

void escape_json(FILE *f, const char *text)
{
	uint32_t c;

	putc('"', f);
	while ((c = escape_next(&text))) {
		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (int)c);
		else if (is_control(c))
			fprintf(f, "\\u%04" PRIx32, c);
		else
			put_utf8(f, c);
	}
	putc('"', f);
}

void escape_terminal(FILE *f, const char *text, bool utf8)
{
	uint32_t c;

	while ((c = escape_next(&text))) {
		if (!utf8 && c >= 0xa0)
			putc('?', f);
		else
			put_plain(f, c);
	}
}

static size_t length(const char *text)
{
	size_t n = 0;

	while (escape_next(&text))
		n++;
	return n;
}

void escape_gnuplot(FILE *f, const char *text, size_t max)
{
	size_t left = length(text), room = left > max ? max - 1 : left;
	uint32_t c;

	putc('\'', f);
	while (room-- && (c = escape_next(&text))) {
		if (c == '\'')
			put_utf8(f, 0x2019);
		else if (c == '`')
			put_utf8(f, 0x2018);
		else
			put_plain(f, c);
	}
	if (left > max)
		put_utf8(f, 0x2026);
	putc('\'', f);
}
