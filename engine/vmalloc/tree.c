/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Red-black trees of areas. Which free block an aligned request gets depends on the tree's shape,
 * so every rotation is where the kernel's is: a new area is red; a red uncle recolours, else one or
 * two rotations end it; of an erased area with two children the next one takes the place.
 *
 * Kernel: lib/rbtree.c:__rb_insert(), ____rb_erase_color(), include/linux/rbtree_augmented.h
 */
#include "engine/vmalloc/vmalloc_ops.h"

static uint64_t max_of(const struct vmap_area *a, uint32_t n)
{
	return n ? a[n].subtree_max : 0;
}

static uint64_t own_max(const struct vmap_area *a, uint32_t n)
{
	uint64_t most = vmap_size(&a[n]);

	if (max_of(a, a[n].left) > most)
		most = max_of(a, a[n].left);
	return max_of(a, a[n].right) > most ? max_of(a, a[n].right) : most;
}

void vmap_tree_resized(struct vmap_area *a, const struct vmap_tree *t, uint32_t n)
{
	for (; t->sized && n; n = a[n].parent) {
		uint64_t most = own_max(a, n);

		if (a[n].subtree_max == most)
			break;
		a[n].subtree_max = most;
	}
}

/* What hung at @parent as @old is @new now. */
static void replace(struct vmap_area *a, struct vmap_tree *t, uint32_t parent, uint32_t old,
		    uint32_t new)
{
	if (!parent)
		t->root = new;
	else if (a[parent].left == old)
		a[parent].left = new;
	else
		a[parent].right = new;
	if (new)
		a[new].parent = parent;
}

/* @n's child on the other side rises above it; @left: @n sinks to the left. */
static void rotate(struct vmap_area *a, struct vmap_tree *t, uint32_t n, bool left)
{
	uint32_t up = left ? a[n].right : a[n].left;
	uint32_t inner = left ? a[up].left : a[up].right;

	replace(a, t, a[n].parent, n, up);
	if (left) {
		a[up].left = n;
		a[n].right = inner;
	} else {
		a[up].right = n;
		a[n].left = inner;
	}
	a[n].parent = up;
	if (inner)
		a[inner].parent = n;
	if (!t->sized)
		return;
	a[up].subtree_max = a[n].subtree_max;
	a[n].subtree_max = own_max(a, n);
}

static void repair_insert(struct vmap_area *a, struct vmap_tree *t, uint32_t n)
{
	uint32_t parent, above;

	while ((parent = a[n].parent) && a[parent].red) {
		above = a[parent].parent;
		bool left = a[above].left == parent;
		uint32_t uncle = left ? a[above].right : a[above].left;

		if (uncle && a[uncle].red) {
			a[uncle].red = a[parent].red = false;
			a[above].red = true;
			n = above;
			continue;
		}
		if (n == (left ? a[parent].right : a[parent].left)) {
			rotate(a, t, parent, left);
			parent = n;
		}
		a[parent].red = false;
		a[above].red = true;
		rotate(a, t, above, !left);
		break;
	}
	a[t->root].red = false;
}

static void link_list(struct vmap_area *a, struct vmap_tree *t, uint32_t n, uint32_t prev,
		      uint32_t next)
{
	a[n].prev = prev;
	a[n].next = next;
	*(prev ? &a[prev].next : &t->first) = n;
	*(next ? &a[next].prev : &t->last) = n;
}

static void link_at(struct vmap_area *a, struct vmap_tree *t, uint32_t n, uint32_t parent,
		    bool left)
{
	a[n].left = a[n].right = 0;
	a[n].parent = parent;
	a[n].red = true;
	a[n].subtree_max = t->sized ? vmap_size(&a[n]) : 0;
	if (!parent) {
		t->root = n;
		link_list(a, t, n, 0, 0);
	} else if (left) {
		a[parent].left = n;
		link_list(a, t, n, a[parent].prev, parent);
	} else {
		a[parent].right = n;
		link_list(a, t, n, parent, a[parent].next);
	}
	t->nr++;
	vmap_tree_resized(a, t, parent);
	repair_insert(a, t, n);
}

void vmap_tree_insert(struct vmap_area *a, struct vmap_tree *t, uint32_t n)
{
	uint32_t at = t->root, parent = 0;
	bool left = false;

	while (at) {
		parent = at;
		left = a[n].end <= a[at].start;
		KM_BUG_ON(!left && a[n].start < a[at].end);
		at = left ? a[at].left : a[at].right;
	}
	link_at(a, t, n, parent, left);
}

/* Of two neighbours one has no child between them, and there is the leaf. */
void vmap_tree_insert_between(struct vmap_area *a, struct vmap_tree *t, uint32_t n, uint32_t prev,
			      uint32_t next)
{
	bool left = next && !a[next].left;

	link_at(a, t, n, left ? next : prev, left);
}

/* The side of @parent where @n hangs (0: nothing does) lacks a black one. */
static void repair_erase(struct vmap_area *a, struct vmap_tree *t, uint32_t n, uint32_t parent)
{
	while (parent && !(n && a[n].red)) {
		bool left = a[parent].left == n;
		uint32_t sibling = left ? a[parent].right : a[parent].left, near, far;

		if (a[sibling].red) {
			a[sibling].red = false;
			a[parent].red = true;
			rotate(a, t, parent, left);
			sibling = left ? a[parent].right : a[parent].left;
		}
		near = left ? a[sibling].left : a[sibling].right;
		far = left ? a[sibling].right : a[sibling].left;
		if (!(near && a[near].red) && !(far && a[far].red)) {
			a[sibling].red = true;
			n = parent;
			parent = a[n].parent;
			continue;
		}
		if (!(far && a[far].red)) {
			a[near].red = false;
			a[sibling].red = true;
			rotate(a, t, sibling, !left);
			far = sibling;
			sibling = near;
		}
		a[sibling].red = a[parent].red;
		a[parent].red = a[far].red = false;
		rotate(a, t, parent, left);
		return;
	}
	if (n)
		a[n].red = false;
}

void vmap_tree_erase(struct vmap_area *a, struct vmap_tree *t, uint32_t n)
{
	uint32_t child, from, heir = n; /* heir: whose place is lost */
	bool black;

	if (a[n].left && a[n].right)
		for (heir = a[n].right; a[heir].left;)
			heir = a[heir].left;
	child = a[heir].left ? a[heir].left : a[heir].right;
	from = a[heir].parent;
	black = !a[heir].red;
	replace(a, t, from, heir, child);
	if (heir != n) {
		if (from == n)
			from = heir;
		a[heir].left = a[n].left;
		a[heir].right = a[n].right;
		a[heir].red = a[n].red;
		replace(a, t, a[n].parent, n, heir);
		a[a[heir].left].parent = heir;
		if (a[heir].right)
			a[a[heir].right].parent = heir;
	}
	/* up to the heir, whose place's own size is another, and as far as something changes */
	bool past = heir == n;

	for (uint32_t at = from; t->sized && at; at = a[at].parent) {
		uint64_t most = own_max(a, at);

		past |= at == heir;
		if (past && at != heir && a[at].subtree_max == most)
			break;
		a[at].subtree_max = most;
	}
	*(a[n].prev ? &a[a[n].prev].next : &t->first) = a[n].next;
	*(a[n].next ? &a[a[n].next].prev : &t->last) = a[n].prev;
	a[n].prev = a[n].next = 0;
	t->nr--;
	if (black)
		repair_erase(a, t, child, from);
}

uint32_t vmap_tree_holder(const struct vmap_area *a, const struct vmap_tree *t, uint64_t addr)
{
	uint32_t n = vmap_tree_from(a, t, addr);

	return n && a[n].start <= addr ? n : 0;
}

uint32_t vmap_tree_from(const struct vmap_area *a, const struct vmap_tree *t, uint64_t addr)
{
	uint32_t best = 0;

	for (uint32_t n = t->root; n;) {
		if (a[n].end > addr) {
			best = n;
			if (a[n].start <= addr)
				break;
			n = a[n].left;
		} else {
			n = a[n].right;
		}
	}
	return best;
}

/* Black ones on every way down from @n, 0 for none; -1: not the same, or something else is wrong */
static int black_depth(const struct vmap_area *a, uint32_t n, bool sized, unsigned int deep)
{
	if (!n)
		return 0;
	if (deep > 128 || (sized && a[n].subtree_max != own_max(a, n)))
		return -1;
	for (unsigned int side = 0; side < 2; side++) {
		uint32_t child = side ? a[n].right : a[n].left;

		if (child && (a[child].parent != n || (a[n].red && a[child].red)))
			return -1;
	}
	int l = black_depth(a, a[n].left, sized, deep + 1);
	int r = black_depth(a, a[n].right, sized, deep + 1);

	return l < 0 || l != r ? -1 : l + !a[n].red;
}

static uint32_t leftmost(const struct vmap_area *a, uint32_t n)
{
	while (n && a[n].left)
		n = a[n].left;
	return n;
}

static uint32_t successor(const struct vmap_area *a, uint32_t n)
{
	uint32_t from;

	if (a[n].right)
		return leftmost(a, a[n].right);
	do {
		from = n;
		n = a[n].parent;
	} while (n && a[n].right == from);
	return n;
}

bool vmap_tree_check(const struct vmap_area *a, const struct vmap_tree *t)
{
	uint32_t n = leftmost(a, t->root), prev = 0;
	size_t nr = 0;

	if (black_depth(a, t->root, t->sized, 0) < 0 ||
	    (t->root && (a[t->root].red || a[t->root].parent)))
		return false;
	if (t->first != n)
		return false;
	for (; n; prev = n, n = successor(a, n), nr++)
		if (a[n].prev != prev ||
		    (prev && (a[prev].next != n || a[prev].end > a[n].start)) ||
		    a[n].start >= a[n].end)
			return false;
	return nr == t->nr && t->last == prev && (!prev || !a[prev].next);
}
