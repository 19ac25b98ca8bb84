# SPDX-License-Identifier: GPL-2.0-only
# The script for the target machine, and what it says of a boot, are compiled into the binary as these headers' arrays.
CAPTURE_SH := capture/words.sh capture/tracing.sh capture/kernel.sh capture/main.sh

$(O)/capture/capture.sh: $(CAPTURE_SH) capture/rules.mk
	@mkdir -p $(@D)
	$(Q)cat $(CAPTURE_SH) >$@.tmp && mv $@.tmp $@
$(O)/capture/boot.txt: $(O)/capture/capture.sh
	$(Q)sh $< --boot >$@.tmp && mv $@.tmp $@
$(O)/capture/capture_sh.h: $(O)/capture/capture.sh
$(O)/capture/boot_txt.h: $(O)/capture/boot.txt
$(O)/capture/capture_sh.h $(O)/capture/boot_txt.h: reports/embed.sh
	$(Q)sh reports/embed.sh $(basename $(@F)) < $(filter-out reports/embed.sh,$^) > $@.tmp
	$(Q)mv $@.tmp $@

$(O)/cli/capture.o: $(O)/capture/capture_sh.h $(O)/capture/boot_txt.h
$(O)/cli/capture.o: CFLAGS += -I$(O)/capture
