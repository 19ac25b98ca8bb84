# SPDX-License-Identifier: GPL-2.0-only
# The database's schema and the page's style are compiled into the binary as the arrays these headers hold.
$(O)/reports/schema_sql.h: reports/schema.sql
$(O)/reports/page_css.h: reports/page.css
$(O)/reports/schema_sql.h $(O)/reports/page_css.h: reports/embed.sh
	@mkdir -p $(@D)
	$(Q)sh reports/embed.sh $(basename $(@F)) < $(filter-out reports/embed.sh,$^) > $@.tmp
	$(Q)mv $@.tmp $@

$(O)/reports/store_sql.o: $(O)/reports/schema_sql.h
$(O)/reports/write_html.o: $(O)/reports/page_css.h
$(O)/reports/store_sql.o $(O)/reports/write_html.o: CFLAGS += -I$(O)/reports
