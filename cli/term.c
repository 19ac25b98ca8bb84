/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/term.h"

#include <stdarg.h>
#include <string.h>

/* Length of the UTF-8 character at @s and its code point; 0 where it is broken. */
static size_t utf8_at(const unsigned char *s, uint32_t *code)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	*code = len == 1 ? s[0] : s[0] & (0x7fu >> len);
	if (len > 1 && (s[0] < 0xc2 || s[0] > 0xf4))
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return len;
}

static bool terminal_obeys(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void term_text(FILE *to, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		uint32_t code;
		size_t len = utf8_at(s, &code);

		if (len && !terminal_obeys(code)) {
			fwrite(s, 1, len, to);
			s += len;
			continue;
		}
		for (size_t i = 0; i < (len ? len : 1); i++)
			fprintf(to, "\\x%02x", *s++);
	}
}

void term_json(FILE *to, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', to);
	while (*s) {
		uint32_t code;
		size_t len = utf8_at(s, &code);

		if (!len)
			fputs("\\ufffd", to);
		else if (code == '"' || code == '\\')
			fprintf(to, "\\%c", *s);
		else if (terminal_obeys(code))
			fprintf(to, "\\u%04" PRIx32, code);
		else
			fwrite(s, 1, len, to);
		s += len ? len : 1;
	}
	fputc('"', to);
}

const char *term_count(char *buf, uint64_t n)
{
	char plain[24];
	size_t len = (size_t)snprintf(plain, sizeof(plain), "%" PRIu64, n), out = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf[out++] = ',';
		buf[out++] = plain[i];
	}
	buf[out] = '\0';
	return buf;
}

const char *term_percent(char *buf, uint64_t hits, uint64_t total)
{
	if (!total) {
		snprintf(buf, TERM_PERCENT_LEN, "-");
		return buf;
	}
	/* Five places of a percent are 10^7 parts of the whole. */
	unsigned __int128 parts = (unsigned __int128)hits * 10000000 / total;

	snprintf(buf, TERM_PERCENT_LEN, "%" PRIu64 ".%05" PRIu64 " %%", (uint64_t)(parts / 100000),
		 (uint64_t)(parts % 100000));
	return buf;
}

const char *term_seconds(char *buf, uint64_t ns)
{
	snprintf(buf, TERM_COUNT_LEN, "%" PRIu64 ".%06" PRIu64, ns / 1000000000,
		 ns % 1000000000 / 1000);
	return buf;
}

static int exit_of(int code)
{
	switch (-code) {
	case KM_EUSAGE:
	case KM_EINVAL:
		return EXIT_USAGE;
	case KM_EFORMAT:
	case KM_ETRUNC:
	case KM_ENOTSUP:
	case KM_EDOUBLE:
		return EXIT_FOUND;
	default:
		return EXIT_HOST;
	}
}

int term_error(const struct km_diag *d)
{
	fflush(stdout);
	fputs("kmemlab: ", stderr);
	if (*d->where) {
		term_text(stderr, d->where);
		fputs(": ", stderr);
	}
	term_text(stderr, d->what);
	fputc('\n', stderr);
	return exit_of(d->code);
}

static void say(const char *lead, const char *fmt, va_list ap)
{
	char text[1024];

	fflush(stdout);
	vsnprintf(text, sizeof(text), fmt, ap);
	fputs(lead, stderr);
	term_text(stderr, text);
	fputc('\n', stderr);
}

int term_fail(enum cli_exit status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("kmemlab: ", fmt, ap);
	va_end(ap);
	return (int)status;
}

void term_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("kmemlab: warning: ", fmt, ap);
	va_end(ap);
}
