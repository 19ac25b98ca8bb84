/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A core's TLB as numbers: which arrays there are, what each holds, how a table is walked, what a
 * flush of the kernel's addresses does. Where the numbers come from is the affair of whoever gives
 * them (cli/config_tlb.c).
 */
#ifndef ENGINE_TLB_PROFILE_H
#define ENGINE_TLB_PROFILE_H

#include "engine/core/types.h"

enum {
	TLB_MAX_ARRAYS = 12,
	TLB_MAX_DEPTH = 4,	   /* levels of translation arrays */
	TLB_MAX_TABLES = 6,	   /* levels of page tables; 1 is the last one */
	TLB_MAX_LINES = 3,	   /* caches that hold lines of page tables */
	TLB_MAX_SIZES = 8,	   /* page sizes one core knows */
	TLB_MAX_ENTRIES = 1 << 20, /* of one array */
	TLB_MAX_SLOTS = 64,	   /* address spaces a CPU of x86 may keep */
	TLB_MAX_CYCLES = 1000000,
	TLB_NAME_LEN = 24,
};

/* What an access is made for. */
enum tlb_use { TLB_FETCH, TLB_LOAD, TLB_STORE, TLB_NR_USES };

/* Which entry makes room (replace.c has an ops table of each). */
enum tlb_policy {
	TLB_LRU,
	TLB_TREE_PLRU, /* a bit per node of a binary tree over the ways */
	TLB_BIT_PLRU,  /* a bit per way, NRU */
	TLB_FIFO,
	TLB_RANDOM,
	TLB_LFU, /* DynamoRIO's: uses are counted from the filling on, the first least goes */
	TLB_NR_POLICIES,
};

/* Which set a page belongs to: its low bits, or these xor the bits above them. */
enum tlb_index { TLB_LINEAR, TLB_XOR, TLB_NR_INDEXES };

/* How address spaces are told apart. */
enum tlb_spaces {
	TLB_SPACES_NONE,  /* a switch flushes what is not global */
	TLB_SPACES_SLOTS, /* x86 PCIDs: each CPU has a few slots for address spaces */
	TLB_SPACES_TAGS,  /* arm64 ASIDs: one number each, everything flushed when they run out */
	TLB_NR_SPACES,
};

/* A set-associative array of entries. */
struct tlb_geometry {
	uint32_t entries, ways; /* 0 entries: there is none */
	enum tlb_policy policy;
	enum tlb_index index;
};

struct tlb_array_profile {
	char name[TLB_NAME_LEN];
	struct tlb_geometry geometry;
	unsigned int level;  /* 1: asked first */
	unsigned int uses;   /* bit per enum tlb_use */
	uint64_t sizes;	     /* bit per log2 of a page size: 1 << 12 | 1 << 21 */
	bool fragments;	     /* larger pages are held in parts of the largest size it holds */
	uint32_t hit_cycles; /* what a hit adds where the levels above missed */
};

/* Lines of page tables that a cache of the core holds: a hit answers after so many cycles. */
struct tlb_lines_profile {
	struct tlb_geometry geometry;
	uint32_t cycles;
};

struct tlb_profile {
	char name[TLB_NAME_LEN];
	unsigned int nr_arrays;
	struct tlb_array_profile array[TLB_MAX_ARRAYS];

	/* The walk. A table has 1 << table_bits entries of 8 bytes, and there are nr_tables. */
	unsigned int page_shift, table_bits, nr_tables;
	/* [n]: entries of tables of level n, 2 … nr_tables (x86: PDE 2, PDPTE 3, PML4E 4) */
	struct tlb_geometry walk_cache[TLB_MAX_TABLES];
	unsigned int nr_lines;
	struct tlb_lines_profile lines[TLB_MAX_LINES]; /* asked in order */
	uint32_t memory_cycles;			       /* where no line is held */

	/* Address spaces. */
	enum tlb_spaces spaces;
	uint32_t nr_spaces; /* slots a CPU has, or numbers there are */
	bool pti;	    /* kernel pages are not global, and belong to an address space */

	/* Flushing a range of the kernel's addresses: up to so many pages one by one. */
	uint32_t flush_ceiling_pages;
	bool broadcast; /* other CPUs are reached without an interrupt */
};

#endif
