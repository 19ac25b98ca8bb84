/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines: spec of the formats, and the captures of each form. */
#include <criterion/criterion.h>
#include <string.h>

#include "traces/text.h"

static char line[512];

static bool head(const char *text, struct text_head *h)
{
	memset(line, 0, sizeof(line));
	memcpy(line, text, strlen(text));
	return text_head(line, line + strlen(text), TEXT_STYLE_ANY, h);
}

static void expect(const char *text, const char *comm, int32_t pid, uint32_t cpu, uint64_t ts_ns,
		   uint8_t ctx, const char *name)
{
	struct text_head h = { 0 };

	cr_assert(head(text, &h), "no head in: %s", text);
	cr_assert_eq(h.comm_len, strlen(comm), "%s", text);
	cr_assert(!strncmp(h.comm, comm, h.comm_len), "%s", text);
	cr_assert_eq(h.pid, pid, "%s", text);
	cr_assert_eq(h.cpu, cpu, "%s", text);
	cr_assert_eq(h.ts_ns, ts_ns, "%s: %llu", text, (unsigned long long)h.ts_ns);
	cr_assert_eq(h.ctx, ctx, "%s: %x", text, h.ctx);
	cr_assert(h.name_len == strlen(name) && !strncmp(h.name, name, h.name_len), "%s", text);
}

Test(text_head, ftrace)
{
	expect("     kworker/3:2-1234    [003] d..2.  5123.456789: kmalloc: x=1", "kworker/3:2",
	       1234, 3, 5123456789000, KM_CTX_IRQS_OFF, "kmalloc");
	expect("   my-task [x] 7-77      (     70) [012] .....  5123.456790: kmem_cache_free: x",
	       "my-task [x] 7", 77, 12, 5123456790000, 0, "kmem_cache_free");
	expect("           <...>-9999999 (-------) [1023] dNh4. 15123.456790: mm_page_alloc: page=1",
	       "<...>", 9999999, 1023, 15123456790000, KM_CTX_IRQS_OFF | KM_CTX_HARDIRQ,
	       "mm_page_alloc");
	expect("          <idle>-0     [001] ..s1  5123.456790: kfree: x", "<idle>", 0, 1,
	       5123456790000, KM_CTX_SOFTIRQ, "kfree");
	expect("            bash-2001  [000]   512.000001: mm_page_free_direct: page=c1", "bash",
	       2001, 0, 512000001000, KM_CTX_UNKNOWN, "mm_page_free_direct");
	expect("            bash-2001    [000] ..... 998877665544: kfree: x", "bash", 2001, 0,
	       998877665544, 0, "kfree");
	expect("            bash-2001    [000] D.H.. 1.5: kfree: x", "bash", 2001, 0, 1500000000,
	       KM_CTX_IRQS_OFF | KM_CTX_HARDIRQ | KM_CTX_SOFTIRQ, "kfree");
	expect("            bash-2001    [000] b.Z.. 1.000000001: kfree: x", "bash", 2001, 0,
	       1000000001, KM_CTX_NMI | KM_CTX_HARDIRQ, "kfree");
}

Test(text_head, other_layouts)
{
	expect("    bash-2001      3d..2.   12us+: kfree: x", "bash", 2001, 3, 12000,
	       KM_CTX_IRQS_OFF, "kfree");
	expect("    init-1         0..... 29987us : kfree: x", "init", 1, 0, 29987000, 0, "kfree");
	expect("         swapper       0 [001]  5123.456790: kmem:kfree: x", "swapper", 0, 1,
	       5123456790000, KM_CTX_UNKNOWN, "kfree");
	expect("         swapper  11/12  [001]  5123.456790: kmem:kfree: x", "swapper", 12, 1,
	       5123456790000, KM_CTX_UNKNOWN, "kfree");
	expect("          <idle>-0     [001]  5123.456790: kfree:                call_site=a",
	       "<idle>", 0, 1, 5123456790000, KM_CTX_UNKNOWN, "kfree");
	expect("bash-2001 [000] .... 1.000000: kfree: x", "bash", 2001, 0, 1000000000, 0, "kfree");
}

Test(text_head, a_name_may_hold_anything)
{
	expect("        <script>-1       [000] ..... 1.000001: kfree: x", "<script>", 1, 0,
	       1000001000, 0, "kfree");
	expect("   \"; drop table-1       [000] ..... 1.000001: kfree: x", "\"; drop table", 1, 0,
	       1000001000, 0, "kfree");
	expect("         \x1b[31mx-1       [000] ..... 1.000001: kfree: x", "\x1b[31mx", 1, 0,
	       1000001000, 0, "kfree");
	expect(" a-7 [000] 1.0: -8       [001] ..... 2.000001: kfree: x", "a-7 [000] 1.0: ", 8, 1,
	       2000001000, 0, "kfree");
	expect("         a\tb:c-d-9       [000] ..... 1.000001: kfree: x", "a\tb:c-d", 9, 0,
	       1000001000, 0, "kfree");
}

Test(text_head, a_stack_trace_has_no_name)
{
	struct text_head h = { 0 };

	cr_assert(head("            dd-2002    [001] .....    17.000004: <stack trace>", &h));
	cr_assert_eq(h.name_len, 0);
}

Test(text_head, refuses)
{
	struct text_head h = { 0 };

	cr_assert_not(head("", &h));
	cr_assert_not(head("            bash-2001    [000] .....", &h));
	cr_assert_not(head("            bash-2001    [1024] ..... 1.000001: kfree: x", &h),
		      "more CPUs than KM_MAX_CPUS");
	cr_assert_not(head("            bash-2001    [000] ..... 1.0000000001: kfree: x", &h));
	cr_assert_not(
		head("            bash-2001    [000] ..... 99999999999.000001: kfree: x", &h));
	cr_assert_not(head("            bash-99999999999 [000] ..... 1.000001: kfree: x", &h));
	cr_assert_not(
		head("            bash-2001    [000] ..... 1.000001: do_fork <-sys_fork", &h));
}
