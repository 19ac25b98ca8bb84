# SPDX-License-Identifier: GPL-2.0-only
# The TLBs that are shipped are compiled into the binary: a table of their documents, by name.
TLBS := $(sort $(wildcard cli/tlbs/*.yaml))

$(O)/cli/tlbs_yaml.h: $(TLBS) reports/embed.sh cli/rules.mk
	@mkdir -p $(@D)
	$(Q)for tlb in $(basename $(notdir $(TLBS))); do \
		sh reports/embed.sh "tlb_$$(echo $$tlb | tr - _)" < cli/tlbs/$$tlb.yaml || exit 1; \
	done > $@.tmp
	$(Q){ echo 'static const struct { const char *name; const unsigned char *text; size_t len; } tlbs_yaml[] = {'; \
		for tlb in $(basename $(notdir $(TLBS))); do \
			v=tlb_$$(echo $$tlb | tr - _); echo "{ \"$$tlb\", $$v, sizeof($$v) - 1 },"; \
		done; echo '};'; } >> $@.tmp
	$(Q)mv $@.tmp $@

$(O)/cli/tlb_shipped.o: $(O)/cli/tlbs_yaml.h
$(O)/cli/tlb_shipped.o: CFLAGS += -I$(O)/cli
