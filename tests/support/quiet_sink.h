/* SPDX-License-Identifier: GPL-2.0-only */
/* A sink that takes every row and keeps none: to be copied, with the rows of interest replaced. */
#ifndef KM_TEST_QUIET_SINK_H
#define KM_TEST_QUIET_SINK_H

#include "engine/result.h"

extern const struct km_sink_ops quiet_sink_ops;

#endif
