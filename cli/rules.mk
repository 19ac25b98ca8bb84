# SPDX-License-Identifier: GPL-2.0-only
# The TLBs and the tables of costs that are shipped are compiled into the binary: a table of their documents each, by name.
TLBS := $(sort $(wildcard cli/tlbs/*.yaml))
COSTS := $(sort $(wildcard cli/costs/*.yaml))

# $(1): the name of the table; $(2): the documents
define documents
	@mkdir -p $(@D)
	$(Q)for one in $(basename $(notdir $(2))); do \
		sh reports/embed.sh "$(1)_$$(echo $$one | tr - _)" < cli/$(1)/$$one.yaml || exit 1; \
	done > $@.tmp
	$(Q){ echo 'static const struct { const char *name; const unsigned char *text; size_t len; } $(1)_yaml[] = {'; \
		for one in $(basename $(notdir $(2))); do \
			v=$(1)_$$(echo $$one | tr - _); echo "{ \"$$one\", $$v, sizeof($$v) - 1 },"; \
		done; echo '};'; } >> $@.tmp
	$(Q)mv $@.tmp $@
endef

$(O)/cli/tlbs_yaml.h: $(TLBS) reports/embed.sh cli/rules.mk
	$(call documents,tlbs,$(TLBS))

$(O)/cli/costs_yaml.h: $(COSTS) reports/embed.sh cli/rules.mk
	$(call documents,costs,$(COSTS))

$(O)/cli/tlb_shipped.o: $(O)/cli/tlbs_yaml.h
$(O)/cli/tlb_shipped.o: CFLAGS += -I$(O)/cli
$(O)/cli/costs.o: $(O)/cli/costs_yaml.h
$(O)/cli/costs.o: CFLAGS += -I$(O)/cli
