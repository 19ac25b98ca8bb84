/* SPDX-License-Identifier: GPL-2.0-only */
/* What a bundle's meta/ files say about the machine, as the fields of struct trace_info. */
#ifndef TRACES_TRACE_META_H
#define TRACES_TRACE_META_H

#include "traces/bundle.h"
#include "traces/trace.h"

/**
 * trace_meta() - fill what @info does not know yet from the files of @b; @info->cmdline is left
 * alone. An absent or unreadable file leaves its fields as they are.
 */
void trace_meta(struct bundle *b, struct trace_info *info);

/**
 * trace_meta_losses() - what meta/ring_stats says was never recorded: "dropped events" and "commit
 * overrun" per CPU. (What was overwritten later shows in the trace itself.)
 *
 * Return: 0, or what @add returned first.
 */
int trace_meta_losses(struct bundle *b,
		      int (*add)(void *ctx, unsigned int cpu, const char *event_class,
				 uint64_t lost, uint64_t ts_ns),
		      void *ctx);

/**
 * trace_meta_release() - the upstream release in the text of /proc/version or uname -r. "Linux
 * version 6.1.0-56-cloud-amd64 … Debian 6.1.192-2 (…)" gives "6.1.192", "6.1.0-56-cloud-amd64" alone
 * "6.1": the distribution counts by itself. "" where there is none.
 */
void trace_meta_release(const char *text, char *out, size_t size);

#endif
