/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the YAML reader (config.c) and the keys (config_keys.c): values as plain words.
 */
#ifndef CLI_CONFIG_KEYS_H
#define CLI_CONFIG_KEYS_H

#include "cli/config.h"

/* A scalar of the document; @plain: unquoted, so that it may be a number. */
struct config_word {
	const char *text;
	bool plain;
};

bool config_is_section(const char *name);
/* CONFIG_NR_KEYS where there is no such key. */
enum config_id config_find(const char *section, const char *name);

/* The nearest section, or the nearest key of @section; NULL: none is near. */
const char *config_nearest(const char *section, const char *name);

/**
 * config_assign() - take @words for @id.
 * @list: the document has a list there, rather than one scalar
 *
 * Return: 0, or -KM_EUSAGE with @d filled (where = @where). On error @c is unchanged.
 */
int config_assign(struct config *c, enum config_id id, const struct config_word *words, size_t nr,
		  bool list, const char *where, struct km_diag *d) KM_MUST_CHECK;

/* Take a tree for @id, as config_assign() takes words. */
int config_assign_tree(struct config *c, enum config_id id, const struct config_leaf *leaves,
		       size_t nr, struct km_diag *d) KM_MUST_CHECK;

#endif
