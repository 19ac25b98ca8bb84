# SPDX-License-Identifier: GPL-2.0-only
# kmemlab; `make help` says what there is.

CC := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
DEBUG ?=
SAN ?=
COVERAGE ?=
FUZZ ?=
V ?=
PREFIX ?= /usr/local
DESTDIR ?=

clang := $(findstring clang,$(notdir $(CC)))
# One directory per configuration, so that switching costs nothing.
O ?= build$(if $(clang),-clang)$(if $(SAN),-san)$(if $(DEBUG),-debug)$(if $(COVERAGE),-cov)
Q := $(if $(V),,@)

# A comma that a function's argument may hold.
, := ,

STD := -std=c11 -D_GNU_SOURCE
WARN := -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wvla -Werror
OPT := $(if $(DEBUG),-O0 -g3,$(if $(COVERAGE),-O0 -g,$(if $(SAN),-O1 -g,-O2 -g)))
OPT += $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
OPT += $(if $(FUZZ),-fsanitize=fuzzer-no-link)
OPT += $(if $(COVERAGE),--coverage)
# gcc's link-time optimisation, with ordinary code beside it, which is what the tests are linked from.
LTO := $(if $(clang)$(DEBUG)$(SAN)$(COVERAGE),,-flto=auto -ffat-lto-objects)

PACKAGES := libtraceevent yaml-0.1 sqlite3 libzstd zlib libarchive nettle libdw libelf
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

CPPFLAGS ?=
CFLAGS ?=
LDFLAGS ?=
COMPILE = $(CC) $(STD) $(WARN) $(OPT) $(LTO) -I. -I$(O)/reports $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP
LINK = $(CC) $(OPT) $(CFLAGS) $(LDFLAGS)

# As many jobs as CPUs, where nobody said otherwise.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

sources = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
SRC := $(call sources,engine traces reports cli)
OBJ := $(SRC:%.c=$(O)/%.o)
LIB := $(O)/libkmemlab.a
BIN := $(O)/kmemlab

TEST_SRC := $(sort $(shell find tests -name '*_test.c' 2>/dev/null))
TEST_BIN := $(TEST_SRC:%.c=$(O)/%)
TEST_AID := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/support/*.c)))
TEST_SH := $(sort $(shell find tests -name '*_test.sh' 2>/dev/null))
BENCH_OBJ := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/bench/*.c)))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_O := build-fuzz
FUZZ_SECONDS ?= 60

BUILD_DEPS := gcc make pkg-config libtraceevent-dev libyaml-dev libsqlite3-dev libzstd-dev \
	zlib1g-dev libarchive-dev nettle-dev libdw-dev libelf-dev
DEMO_DEPS := gnuplot-nox
CHECK_DEPS := libcriterion-dev python3 sqlite3 zstd gnuplot-nox dash busybox
LINT_DEPS := python3 mandoc clang-format-14 universal-ctags
SAMPLE := traces/samples/files-6.1-x86-1cpu.kmt

.DEFAULT_GOAL := all
.PHONY: all demo check unit golden bench lint fuzz man install deps help clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BIN)

# Generated sources (the schema as text, the TLBs that are shipped, the capture script) name themselves here.
-include reports/rules.mk cli/rules.mk capture/rules.mk

$(BIN): $(OBJ)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(LTO) -o $@ $(OBJ) $(LIBS)

$(LIB): $(filter-out $(O)/cli/main.o,$(OBJ))
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/%.o: %.c Makefile
	@echo "  CC    $<"
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# Optimised for the whole program only where that is what is shipped.
$(O)/tests/%.o: LTO :=

$(O)/tests/%_test: $(O)/tests/%_test.o $(TEST_AID) $(LIB)
	@echo "  LINK  $@"
	$(Q)$(LINK) -fno-lto -o $@ $< $(TEST_AID) $(LIB) $(LIBS) -lcriterion

$(O)/tests/bench/bench: $(BENCH_OBJ) $(LIB)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(LTO) -o $@ $(BENCH_OBJ) $(LIB) $(LIBS)

deps:
	$(Q).ci/need $(BUILD_DEPS)

demo:
	$(Q).ci/need $(BUILD_DEPS) $(DEMO_DEPS)
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)mkdir -p demo
	$(BIN) replay -m predict $(SAMPLE) -o demo/run.db
	$(BIN) report demo/run.db -o demo
	@echo "The report is demo/report.html; the run behind it is demo/run.db."

check:
	$(Q).ci/need $(BUILD_DEPS) $(CHECK_DEPS)
	$(Q)$(MAKE) --no-print-directory $(JOBS) unit

unit: $(BIN) $(TEST_BIN)
	$(Q)KMEMLAB=$(BIN) O=$(O) SAN=$(SAN) tests/run.sh $(TEST_BIN) $(TEST_SH)

golden: $(BIN)
	$(Q)KMEMLAB=$(BIN) tests/golden/golden_test.sh --regenerate

bench: $(BIN) $(O)/tests/bench/bench
	$(Q).ci/need trace-cmd zstd
	$(Q)KMEMLAB=$(BIN) BENCH=$(O)/tests/bench/bench tests/bench/run.sh

lint: $(BIN)
	$(Q).ci/need $(LINT_DEPS)
	$(Q)KMEMLAB=$(BIN) O=$(O) CC="$(CC)" tests/lint/run.sh

# libFuzzer: every tests/fuzz/fuzz_*.c for FUZZ_SECONDS, from the seeds in tests/fuzz/seeds/.
fuzz:
	$(Q).ci/need $(BUILD_DEPS) clang
	$(Q)$(MAKE) --no-print-directory $(JOBS) CC=clang SAN=1 FUZZ=1 O=$(FUZZ_O) \
		$(FUZZ_SRC:%.c=$(FUZZ_O)/%)
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh $(FUZZ_SRC:%.c=$(FUZZ_O)/%)

$(O)/tests/fuzz/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(LIB)
	@echo "  LINK  $@"
	$(Q)$(CC) $(OPT) -fsanitize=fuzzer -o $@ $< $(LIB) $(LIBS)

man:
	$(Q).ci/need mandoc
	$(Q)for page in man/*.[1-8]; do mandoc -Tlint -Wwarning $$page || exit 1; done
	$(Q)for page in man/*.[1-8]; do mkdir -p $(O)/man; \
		mandoc -Tutf8 $$page >$(O)/$$page.txt || exit 1; done
	@echo "The pages as text are in $(O)/man/."

install: $(BIN)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/kmemlab
	for page in man/*.[1-8]; do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	install -D -m 644 completions/kmemlab.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/kmemlab
	install -D -m 644 completions/_kmemlab $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_kmemlab
	install -D -m 644 completions/kmemlab.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/kmemlab.fish

clean:
	rm -rf $(O)

help:
	@echo "make all      build $(BIN)"
	@echo "make demo     install what is missing, build, replay a real capture, write demo/report.html"
	@echo "make check    install what is missing, build, run every test"
	@echo "make golden   write the expected output of the command-line cases anew"
	@echo "make lint     layers, banned calls, format, sizes, manual against --help"
	@echo "make fuzz     fuzz every reader for FUZZ_SECONDS=$(FUZZ_SECONDS) each (clang)"
	@echo "make bench    speed and memory, each as a ratio measured in one run"
	@echo "make man      check the manual pages and write them as text"
	@echo "make install  program, manual and completions (bash, zsh, fish) into DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)"
	@echo "make deps     install the Debian packages that building needs, if any is missing"
	@echo "make clean    remove $(O)"
	@echo "Variables: DEBUG=1 SAN=1 (ASan, UBSan) COVERAGE=1 CC=clang O=directory V=1 (show commands)"

-include $(OBJ:.o=.d) $(TEST_BIN:=.d) $(TEST_AID:.o=.d) $(BENCH_OBJ:.o=.d) \
	$(FUZZ_SRC:%.c=$(O)/%.d)
