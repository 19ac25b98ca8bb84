/* SPDX-License-Identifier: GPL-2.0-only */
/* A sink for replays of which no rows are wanted. */
#ifndef CLI_NO_ROWS_H
#define CLI_NO_ROWS_H

#include "engine/result.h"

extern const struct km_sink_ops no_rows_ops;

#endif
