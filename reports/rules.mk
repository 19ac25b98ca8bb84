# SPDX-License-Identifier: GPL-2.0-only
# schema.sql is compiled into the binary: store_sql.c includes the array this makes of it.
$(O)/reports/schema_sql.h: reports/schema.sql reports/embed.sh
	@mkdir -p $(@D)
	sh reports/embed.sh schema_sql < reports/schema.sql > $@.tmp
	mv $@.tmp $@

$(O)/reports/store_sql.o: $(O)/reports/schema_sql.h
$(O)/reports/store_sql.o: CFLAGS += -I$(O)/reports
