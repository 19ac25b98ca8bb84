/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command says of events that its trace lost, and what --strict makes of it.
 */
#ifndef CLI_LOSSES_H
#define CLI_LOSSES_H

#include "cli/command.h"
#include "traces/trace.h"

enum { LOSSES_TEXT_LEN = 64 };

/* "1,234", "1,234 and more", "an unknown number of": what stands before "events". */
const char *losses_number(char out[LOSSES_TEXT_LEN], const struct trace_lost *lost);

/* "CPU 3", "all CPUs": of which a row is. */
const char *losses_cpu(char out[LOSSES_TEXT_LEN], const struct trace_loss *loss);

/* The same as a number: -1 for all of them, as the kernel's RING_BUFFER_ALL_CPUS. */
int losses_cpu_number(const struct trace_loss *loss);

/*
 * After the last event: a warning that ends with @consequence where any was lost. Returns the exit
 * status: EXIT_FOUND with --strict and a loss, otherwise EXIT_DONE.
 */
int losses_judge(const struct cli_args *args, const struct trace *t, const char *consequence);

#endif
