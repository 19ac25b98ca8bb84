/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#define KMEMLAB_VERSION "0.1.0"

#endif
