/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of call chains, of each program that prints them.
 *
 * Kernel: kernel/trace/trace_output.c:trace_stack_print(), seq_print_ip_sym()  [6.1 6.12]
 */
#include "traces/text.h"

struct span {
	const char *p, *e;
};

static struct span trimmed(const char *p, const char *e)
{
	while (p < e && (*p == ' ' || *p == '\t'))
		p++;
	while (e > p && (e[-1] == ' ' || e[-1] == '\t'))
		e--;
	return (struct span){ p, e };
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* @s without " <address>" or " (address)" at its end. */
static struct span without_address(struct span s)
{
	const char *q = s.e - 1;

	if (s.e - s.p < 4 || (*q != '>' && *q != ')'))
		return s;
	while (q > s.p && is_hex(q[-1]))
		q--;
	if (q - 2 > s.p && q[-1] == 'x' && q[-2] == '0')
		q -= 2;
	return q - 2 > s.p && (q[-1] == '<' || q[-1] == '(') && q[-2] == ' ' ? trimmed(s.p, q - 2) :
									       s;
}

static bool ends_with(struct span s, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(s.e - s.p) >= n && !memcmp(s.e - n, what, n);
}

/* "[ext4]" or "/lib/modules/…/ext4.ko.xz": the module's name; empty for the kernel itself. */
static struct span module_of(struct span object)
{
	const char *dot = memmem(object.p, (size_t)(object.e - object.p), ".ko", 3);
	const char *name = object.p;

	if (dot) {
		for (const char *q = object.p; q < dot; q++)
			if (*q == '/')
				name = q + 1;
		return (struct span){ name, dot };
	}
	if (object.e - object.p < 3 || *object.p != '[' ||
	    memmem(object.p, (size_t)(object.e - object.p), "kernel", 6))
		return (struct span){ object.e, object.e };
	return (struct span){ object.p + 1, object.e - 1 };
}

/* Is it the kernel's? By its address; one of 32 bits says little, there its object does. */
static bool in_kernel(struct span address, struct span object)
{
	if (address.e - address.p > 8)
		return address.e - address.p == 16 && *address.p >= '8';
	return (object.p < object.e && *object.p == '[') || ends_with(object, "vmlinux");
}

/* "address function+0xoff (object)"; 1: a frame, 0: of a user program, -1: neither. */
static int perf_frame(struct span line, char *out, size_t *len)
{
	const char *q = line.p, *open = NULL;
	struct span object = { line.e, line.e };

	while (q < line.e && is_hex(*q))
		q++;
	if (q == line.p || q == line.e || *q != ' ')
		return -1;
	struct span address = { line.p, q }, name = trimmed(q, line.e);

	for (q = name.p; q < name.e; q++)
		if (*q == '(' && q > name.p && q[-1] == ' ')
			open = q;
	if (open && name.e[-1] == ')') {
		object = (struct span){ open + 1, name.e - 1 };
		name = trimmed(name.p, open);
	}
	if (!in_kernel(address, object))
		return 0;
	if (name.p == name.e || *name.p == '[')
		name = address;
	struct span module = module_of(object);
	size_t n = (size_t)(name.e - name.p), m = (size_t)(module.e - module.p);

	if (n + m + 3 > TEXT_FRAME)
		return 0;
	memcpy(out, name.p, n);
	if (m) {
		out[n++] = ' ';
		out[n++] = '[';
		memcpy(out + n, module.p, m);
		n += m;
		out[n++] = ']';
	}
	*len = n;
	return 1;
}

bool text_frame(const char *p, const char *e, enum text_style style, char out[TEXT_FRAME],
		size_t *len)
{
	struct span line = trimmed(p, e);

	*len = 0;
	if (style == TEXT_STYLE_PERF)
		return line.p > p && perf_frame(line, out, len) >= 0;
	if (p + 1 < line.p || !text_starts(line.p, line.e, "=> "))
		return false;
	struct span name = without_address(trimmed(line.p + 3, line.e));

	if (name.e - name.p <= TEXT_FRAME) {
		*len = (size_t)(name.e - name.p);
		memcpy(out, name.p, *len);
	}
	return true;
}
