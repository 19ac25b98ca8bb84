/* SPDX-License-Identifier: GPL-2.0-only */
#include "engine/core/alloc_frames.h"

#include <stdio.h>
#include <string.h>

/*
 * By name, of whichever release; "*" at the end: any function that begins so. What a compiler adds
 * (".part.0", ".isra.0", …) and the "_noprof" of 6.10 and later are cut off before. Each group says
 * where its functions are.
 */
static const char *const names[] = {
	/* kernel/trace, kernel/events and unwinding: how the chain came about */
	"trace_event_raw_event_*",
	"perf_trace_*",
	"__bpf_trace_*",
	"bpf_trace_run*",
	"__traceiter_*",
	"trace_event_buffer_*",
	"trace_buffer_*",
	"__ftrace_trace_stack",
	"ftrace_trace_stack",
	"__trace_stack",
	"event_triggers_*",
	"perf_tp_event",
	"stack_trace_save",
	"save_stack_trace",
	"arch_stack_walk",
	/* mm/page_alloc.c, mm/mempolicy.c, mm/page_frag_cache.c */
	"__alloc_pages*",
	"alloc_page",
	"alloc_page_interleave",
	"alloc_page_vma",
	"alloc_pages",
	"alloc_pages_*",
	"__alloc_frozen_pages*",
	"alloc_frozen_pages*",
	"__get_free_page*",
	"get_zeroed_page",
	"get_page_from_freelist",
	"rmqueue*",
	"__rmqueue*",
	"make_alloc_exact",
	"__folio_alloc",
	"__folio_alloc_node",
	"folio_alloc",
	"folio_alloc_mpol",
	"vma_alloc_folio",
	"vma_alloc_zeroed_movable_folio",
	"page_frag_alloc*",
	"__page_frag_alloc*",
	"__page_frag_cache_*",
	"page_frag_cache_*",
	/* mm/filemap.c: the page cache's way to a page */
	"filemap_alloc_folio",
	"__page_cache_alloc",
	/* mm/slub.c, mm/slab.c, mm/slab_common.c, mm/slob.c */
	"new_slab",
	"allocate_slab",
	"alloc_slab_page",
	"___slab_alloc",
	"__slab_alloc*",
	"slab_alloc*",
	"__kmem_cache_alloc*",
	"kmem_cache_alloc*",
	"kmem_cache_zalloc",
	"kmem_getpages",
	"cache_grow*",
	"cache_alloc_refill",
	"____cache_alloc*",
	"fallback_alloc",
	"alloc_slabmgmt",
	"slob_alloc*",
	"slob_new_pages",
	"__do_kmalloc*",
	"__kmalloc*",
	"kmalloc",
	"kmalloc_trace",
	"kmalloc_node_trace",
	"kmalloc_large*",
	"kmalloc_order*",
	"kzalloc*",
	"krealloc*",
	"__krealloc*",
	"__do_krealloc",
	"memcg_alloc_slab_cgroups",
	"memcg_alloc_page_obj_cgroups",
	"alloc_slab_obj_exts",
	/* mm/util.c, lib/kasprintf.c: a copy of something, or either kind of memory */
	"kvmalloc*",
	"__kvmalloc*",
	"kvzalloc*",
	"kvrealloc*",
	"kstrdup*",
	"kstrndup",
	"kmemdup*",
	"__kmemdup*",
	"kvmemdup*",
	"memdup_user*",
	"vmemdup_user",
	"strndup_user",
	"kasprintf",
	"kvasprintf*",
	/* mm/mempool.c */
	"mempool_alloc*",
	"mempool_kmalloc",
	/* mm/vmalloc.c */
	"__vmalloc*",
	"vmalloc*",
	"vzalloc*",
	"vm_area_alloc_pages",
	"alloc_vmap_area",
	"__get_vm_area*",
	"get_vm_area*",
	"new_vmap_block",
	"vm_map_ram",
	"vmap",
	/* mm/cma.c, kernel/dma */
	"cma_alloc*",
	"__cma_alloc*",
	"dma_alloc*",
	"__dma_alloc*",
	"dmam_alloc*",
	"dma_common_alloc_pages",
	"dma_direct_alloc*",
	"__dma_direct_alloc*",
	/* mm/percpu.c */
	"__alloc_percpu*",
	"alloc_percpu*",
	"pcpu_alloc*",
	"pcpu_create_chunk",
	"pcpu_populate_chunk",
	"pcpu_mem_zalloc",
};

static bool matches(const char *pattern, const char *name, size_t len)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return len >= n - 1 && !memcmp(pattern, name, n - 1);
	return len == n && !memcmp(pattern, name, n);
}

bool alloc_frame(const char *frame, size_t len)
{
	static const char noprof[] = "_noprof";
	size_t n = 0;

	while (n < len && !strchr("+ .", frame[n]))
		n++;
	if (n >= sizeof(noprof) && !memcmp(frame + n - (sizeof(noprof) - 1), noprof, 7))
		n -= sizeof(noprof) - 1;
	for (size_t i = 0; n && i < sizeof(names) / sizeof(names[0]); i++)
		if (matches(names[i], frame, n))
			return true;
	return false;
}

static bool is_address(const char *frame, size_t len)
{
	return len >= 8 && strspn(frame, "0123456789abcdefABCDEFxX") >= len;
}

/* "function+0xoff/0xsize [module]" without the offset. */
static const char *put_name(char *out, size_t size, const char *frame, size_t len)
{
	size_t name = strcspn(frame, "+\n");
	const char *module = memchr(frame, '[', len);

	snprintf(out, size, "%.*s%s%.*s", (int)(name < len ? name : len), frame,
		 module && name < len ? " " : "",
		 module && name < len ? (int)(len - (size_t)(module - frame)) : 0,
		 module ? module : "");
	return out;
}

const char *alloc_caller(char *out, size_t size, const char *chain)
{
	while (*chain) {
		size_t len = strcspn(chain, "\n");

		if (is_address(chain, len))
			return NULL;
		if (!alloc_frame(chain, len))
			return put_name(out, size, chain, len);
		chain += len + (chain[len] == '\n');
	}
	return NULL;
}

const char *alloc_frame_name(char *out, size_t size, const char *frame)
{
	return put_name(out, size, frame, strlen(frame));
}
