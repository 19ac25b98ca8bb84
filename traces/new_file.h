/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that is either there whole or not at all: written without a name (where the file system
 * has no such files, under another name beside its place), and put into its place at the end.
 */
#ifndef TRACES_NEW_FILE_H
#define TRACES_NEW_FILE_H

#include <stdio.h>

#include "engine/core/diag.h"

struct new_file {
	const char *path; /* set by the owner before new_file_open(), and his */
	char *tmp;	  /* its other name; NULL: it has none */
	FILE *out;	  /* to write to; NULL until opened */
};

/* 0; -KM_EIO or -KM_ENOMEM with @d filled. new_file_close() is due either way. */
int new_file_open(struct new_file *f, struct km_diag *d) KM_MUST_CHECK;

/**
 * new_file_close() - give the file its name, or remove what there is of it.
 * @err: what went wrong before; 0: nothing, the file is wanted
 *
 * Return: @err, or -KM_EIO with @d filled.
 */
int new_file_close(struct new_file *f, int err, struct km_diag *d) KM_MUST_CHECK;

#endif
