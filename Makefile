# SPDX-License-Identifier: GPL-2.0-only
O ?= build
CC ?= gcc
CFLAGS += -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wvla -Werror -I.
SRC := $(shell find engine traces reports cli -name '*.c')
OBJ := $(SRC:%.c=$(O)/%.o)
LIBS := -ltracecmd -ltraceevent -ltracefs -lsqlite3 -lzstd -lz -larchive -lyaml -lnettle
$(O)/kmemlab: $(OBJ)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)
$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(shell pkg-config --cflags libtracecmd libtraceevent) -MMD -c -o $@ $<
-include $(OBJ:.o=.d)
