# SPDX-License-Identifier: GPL-2.0-only
# The whole build. `make help` lists the targets.

VERSION := 0.1.0

# Where everything but the programs themselves goes. SANITIZE=1 has a folder of its own.
BUILD := build

CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

HOST_ARCH := $(shell uname -m | sed -e s/aarch64/arm64/ -e s/x86_64/x86/)
ARCH ?= $(HOST_ARCH)

# For another architecture only what is static is built: the program, and those of the live tests.
# Its libraries are where scripts/deps puts them; its compiler brings the C library.
ifneq ($(ARCH),$(HOST_ARCH))
ifneq ($(ARCH),arm64)
$(error ARCH=$(ARCH): this can be built for $(HOST_ARCH), where it runs, and for arm64)
endif
ifneq ($(SANITIZE),)
$(error SANITIZE=$(SANITIZE): the sanitizers cannot be linked statically, as ARCH=$(ARCH) has to be)
endif
BUILD := build/$(ARCH)
STATIC_SUFFIX := -$(ARCH)
DEPS := $(ARCH)
TRIPLET := aarch64-linux-gnu
SYSROOT := $(shell scripts/deps sysroot)
CC := $(TRIPLET)-gcc
STRIP := $(TRIPLET)-strip
PKG_CONFIG := PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
	PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(TRIPLET)/pkgconfig pkg-config
CPPFLAGS += -idirafter $(SYSROOT)/usr/include -idirafter $(SYSROOT)/usr/include/$(TRIPLET)
LDFLAGS += -L$(SYSROOT)/usr/lib/$(TRIPLET)
endif
DEPS ?= build
STRIP ?= strip

ifeq ($(SANITIZE),1)
BUILD := build/sanitize
SANITIZE_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wwrite-strings -Wformat=2 -Wundef -Wvla
CFLAGS ?= -O2 -g
CPPFLAGS_ALL := -D_GNU_SOURCE -DPORTTRACE_VERSION='"$(VERSION)"' -Ibpf -Iuser -I$(BUILD) $(CPPFLAGS)
CFLAGS_ALL := -std=gnu11 $(WARNINGS) $(SANITIZE_FLAGS) $(CFLAGS)

# libbpf always comes from its archive: one program then runs on any host of its architecture.
LIBS := $(shell $(PKG_CONFIG) --libs json-c ncursesw libdw zlib 2>/dev/null) -liberty
LIBS_BPF := -Wl,-Bstatic -lbpf -Wl,-Bdynamic -lelf -lm
LIBS_STATIC := $(shell $(PKG_CONFIG) --static --libs json-c ncursesw libbpf libdw zlib 2>/dev/null) -liberty -lm \
	-Wl,--wrap=dlopen

# BPF programs: what clang finds for the host is not to be found for the BPF target by itself.
BPF_SYSTEM := $(shell $(CLANG) -v -E - </dev/null 2>&1 | \
	sed -n '/<...> search starts here:/,/End of search list/ s| \(/.*\)|-idirafter \1|p')
BPF_CFLAGS := -g -O2 -target bpf -D__TARGET_ARCH_$(ARCH) -Wall -Wextra -Werror \
	-Wno-unused-parameter -Wno-missing-prototypes -Ivmlinux -Ibpf $(BPF_SYSTEM)

BPF_SOURCES := $(wildcard bpf/*.bpf.c)
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.c=$(BUILD)/bpf/%.o)
USER_SOURCES := $(wildcard user/*.c)
USER_OBJECTS := $(USER_SOURCES:user/%.c=$(BUILD)/user/%.o)
SKELETON := $(BUILD)/porttrace.skel.h

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n'
endif
MAKEFLAGS += --no-print-directory

.PHONY: all
all: $(if $(STATIC_SUFFIX),static,$(if $(filter 1,$(SANITIZE)),$(BUILD)/porttrace,porttrace))

porttrace: $(BUILD)/porttrace
	$(Q)cp -f $< $@

$(BUILD)/porttrace: $(USER_OBJECTS)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS_BPF) $(LIBS)

.PHONY: static
static: porttrace-static$(STATIC_SUFFIX)

porttrace-static$(STATIC_SUFFIX): $(USER_OBJECTS)
	$(if $(filter 1,$(SANITIZE)),$(error SANITIZE=1: the sanitizers cannot be linked statically))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^ $(LIBS_STATIC)
	$(Q)$(STRIP) $@

$(BUILD)/user/%.o: user/%.c | $(BUILD)/deps.ok
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Whoever includes the skeleton cannot be compiled before it is there.
$(BUILD)/user/probe.o $(BUILD)/user/object.o: $(SKELETON)

$(BUILD)/bpf/%.o: bpf/%.c | $(BUILD)/deps.ok
	$(say) BPF $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/porttrace.bpf.o: $(BPF_OBJECTS)
	$(say) BPFLINK $@
	$(Q)$(BPFTOOL) gen object $@ $^

# Terminals for hosts without terminfo(5): those that Debian deems essential.
TERMINALS := ansi linux rxvt screen screen-256color tmux tmux-256color vt100 vt220 xterm xterm-256color

$(BUILD)/user/terminal_entry.o: $(BUILD)/terminfo.h

$(BUILD)/terminfo.h: | $(BUILD)/deps.ok
	$(say) TERMINFO $@
	@mkdir -p $(@D)
	$(Q)for term in $(TERMINALS); do \
		entry=$$(infocmp -x -Q 2 $$term) || exit 1; \
		entry=$$(echo "$$entry" | sed '/^#/d' | tr -d '\n'); \
		printf '{ "%s", "%s" },\n' "$$term" "$$entry"; \
	done >$@.new && mv $@.new $@

$(SKELETON): $(BUILD)/porttrace.bpf.o
	$(say) SKELETON $@
	$(Q)$(BPFTOOL) gen skeleton $< name porttrace_bpf >$@

# Programs whose stacks are known: with frame pointers, without, and without symbols as well. The
# ones for virtual machines are static; so the C library's connect() is their own.
STACK := $(BUILD)/stack
STACK_CALLERS := $(addprefix $(STACK)/caller-,fp nofp stripped fp-static nofp-static stripped-static)
STACK_CFLAGS := -std=gnu11 $(WARNINGS) -O2 -g -fno-optimize-sibling-calls -Wl,--build-id
ifeq ($(ARCH),arm64)
STACK_CFLAGS += -mbranch-protection=standard # return addresses are signed where processors can
endif

.PHONY: stack-callers
stack-callers: $(STACK_CALLERS)

$(STACK)/caller-fp $(STACK)/caller-fp-static: STACK_FLAGS = -fno-omit-frame-pointer
$(STACK)/caller-nofp $(STACK)/caller-nofp-static: STACK_FLAGS = -fomit-frame-pointer
$(STACK)/caller-stripped $(STACK)/caller-stripped-static: STACK_FLAGS = -fomit-frame-pointer -s

$(STACK_CALLERS): $(STACK)/%: tests/stack/caller.c | $(BUILD)/deps.ok
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(STACK_CFLAGS) $(STACK_FLAGS) $(if $(findstring static,$*),-static) -o $@ $<

# Unit tests: one program a file, with all of user/ but main().
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS) stack-callers

$(UNIT_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/tests/unit/unit.o \
		$(filter-out %/main.o,$(USER_OBJECTS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(WRAPPED:%=-Wl,--wrap=%) -o $@ $^ -lcmocka $(LIBS_BPF) $(LIBS)

$(BUILD)/tests/test_describe: WRAPPED := clock_ns holders_find_processes probe_holders
$(BUILD)/tests/test_stack_programs: CPPFLAGS_ALL += -DSTACK_CALLERS='"$(STACK)"'
$(BUILD)/tests/test_read_json: $(BUILD)/tests/unit/sample.o
$(BUILD)/tests/test_view_event: $(BUILD)/tests/unit/event_sample.o
$(BUILD)/tests/test_read_event_json: $(BUILD)/tests/unit/event_sample.o
REPORT_TESTS := $(filter %/test_view_report %/test_view_report_html $(BUILD)/tests/test_report%,$(UNIT_TESTS))
$(REPORT_TESTS): $(BUILD)/tests/unit/report_case.o $(BUILD)/tests/unit/event_sample.o
$(BUILD)/tests/test_check_route: $(BUILD)/tests/unit/check_case.o
$(BUILD)/tests/test_check_netns: $(BUILD)/tests/unit/check_case.o
$(BUILD)/tests/test_check_settings: $(BUILD)/tests/unit/check_case.o
$(BUILD)/tests/test_check_views: $(BUILD)/tests/unit/check_case.o
$(BUILD)/tests/test_read_json_fuzz: $(BUILD)/tests/unit/sample.o
$(BUILD)/tests/test_recording $(BUILD)/tests/test_recording_changes: \
	$(BUILD)/tests/unit/recording_case.o $(BUILD)/tests/unit/sample.o
$(BUILD)/tests/test_recording_fuzz: $(BUILD)/tests/fuzz/read_recording.o $(BUILD)/tests/fuzz/read_report.o
$(BUILD)/tests/test_recording_fuzz: CPPFLAGS_ALL += -DRECORDINGS='"tests/recordings"'
$(BUILD)/tests/test_process_maps: $(BUILD)/tests/unit/own_stack.o
$(BUILD)/tests/test_stack_lookup: $(BUILD)/tests/unit/own_stack.o
$(BUILD)/tests/test_stack_namer: $(BUILD)/tests/unit/own_stack.o
$(BUILD)/tests/test_stack_programs: $(BUILD)/tests/unit/own_stack.o

$(BUILD)/tests/%.o: tests/%.c | $(BUILD)/deps.ok
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The same as test_recording_fuzz, for as long as one likes: what libFuzzer finds new goes to
# build/fuzz/corpus, what breaks to build/fuzz. Needs clang with its sanitizers.
FUZZ := build/fuzz
FUZZ_SECONDS ?= 600

.PHONY: fuzz
fuzz:
	@$(MAKE) BUILD=$(FUZZ) CC=$(CLANG) CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' \
		$(FUZZ)/fuzz_recording
	@mkdir -p $(FUZZ)/corpus
	@tar -C $(FUZZ)/corpus -xJf tests/fuzz/corpus.tar.xz
	$(FUZZ)/fuzz_recording -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=2048 \
		-max_len=65536 -artifact_prefix=$(FUZZ)/ $(FUZZ)/corpus tests/recordings/v1

$(FUZZ)/fuzz_recording: $(FUZZ)/tests/fuzz/fuzz_recording.o $(FUZZ)/tests/fuzz/read_recording.o \
		$(FUZZ)/tests/fuzz/read_report.o \
		$(filter-out %/main.o,$(USER_OBJECTS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS_BPF) $(LIBS)

# What the tests of the command line have as workload.
.PHONY: cli-tests
cli-tests: $(BUILD)/cli/sockets

$(BUILD)/cli/sockets: tests/cli/sockets.c | $(BUILD)/deps.ok
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS_ALL) $(LDFLAGS) -o $@ $<

# Live tests: static, since the same three programs run in the virtual machines. They are told
# nothing of user/: what they expect comes from what they did.
LIVE := $(BUILD)/live
LIVE_SHARED := $(patsubst %,$(LIVE)/%.o,text wait)
WORKLOAD_OBJECTS := $(LIVE_SHARED) $(patsubst tests/live/%.c,$(LIVE)/%.o,\
	$(wildcard $(addprefix tests/live/,workload.c address.c calls.c ledger.c sandbox.c plan.c job.c events.c gate.c gate_io_uring.c \
		gate_ia32.c gate_fresh_page.c stranger.c mptcp_pm.c kinds_*.c)))
MIX_OBJECTS := $(patsubst %,$(LIVE)/%.o,text wait address plan sandbox random) \
	$(patsubst tests/live/%.c,$(LIVE)/%.o,$(wildcard tests/live/mix*.c))
LOAD_OBJECTS := $(patsubst %,$(LIVE)/%.o,text wait address plan sandbox random) \
	$(patsubst tests/live/%.c,$(LIVE)/%.o,$(wildcard tests/live/load*.c))
DRIVER_OBJECTS := $(LIVE_SHARED) \
	$(filter-out $(WORKLOAD_OBJECTS) $(MIX_OBJECTS) $(LOAD_OBJECTS),\
	$(patsubst tests/live/%.c,$(LIVE)/%.o,$(wildcard tests/live/*.c)))

.PHONY: live-tests
live-tests: $(LIVE)/live $(LIVE)/workload $(LIVE)/mix $(LIVE)/census-load \
	$(LIVE)/caller-fp-static $(LIVE)/caller-nofp-static $(LIVE)/caller-stripped-static

$(LIVE)/caller-%: $(STACK)/caller-%
	@mkdir -p $(@D)
	$(Q)cp -f $< $@

$(LIVE)/%.o: tests/live/%.c | $(BUILD)/deps.ok
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(LIVE)/workload: $(WORKLOAD_OBJECTS)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^

$(LIVE)/mix: $(MIX_OBJECTS)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^

$(LIVE)/census-load: $(LOAD_OBJECTS)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^

$(LIVE)/live: $(DRIVER_OBJECTS)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^ $(LIBS_STATIC)

# Benchmarks: all scripts of tests/bench, or BENCH="NAME...". They judge no time, only what is wrong.
# Static: some are run in virtual machines. The empty programs are made from the list of porttrace's.
BENCH ?= $(foreach file,$(notdir $(wildcard tests/bench/*)),$(if $(findstring .,$(file)),,$(file)))
BENCHES := $(BUILD)/bench
BENCH_PROGRAMS := $(addprefix $(BENCHES)/,crowd load churn empty instructions memlock.so)

# What is not to be had here is not compared with.
.PHONY: bench
bench:
	@scripts/deps install bench || echo 'bench: goes on without'
	@$(MAKE) porttrace static bench-programs
	@tests/bench/run.sh $(BENCH)

.PHONY: instructions
instructions: bench-programs
	@tests/bench/instructions.sh update

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)

$(BENCHES)/%.o: tests/bench/%.c | $(BUILD)/deps.ok
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BENCHES)/crowd $(BENCHES)/load: $(BENCHES)/%: $(BENCHES)/%.o $(BENCHES)/netns.o
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^

$(BENCHES)/churn: $(BENCHES)/churn.o
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^

$(BENCHES)/empty $(BENCHES)/instructions: $(BENCHES)/%: $(BENCHES)/%.o $(filter-out %/main.o,$(USER_OBJECTS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -static -o $@ $^ $(BENCH_LDFLAGS) $(LIBS_STATIC)

$(BENCHES)/empty: $(BENCHES)/programs.o
$(BENCHES)/empty.o: $(BENCHES)/empty.skel.h
$(BENCHES)/instructions: BENCH_LDFLAGS := -Wl,--wrap=bpf_object__open_skeleton

$(BENCHES)/empty.bpf.c: $(BUILD)/porttrace.bpf.o tests/bench/empty.awk
	@mkdir -p $(@D)
	$(Q)readelf -SWs $< 2>/dev/null | awk -f tests/bench/empty.awk >$@

$(BENCHES)/empty.bpf.o: $(BENCHES)/empty.bpf.c
	$(say) BPF $@
	$(Q)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(BENCHES)/empty.skel.h: $(BENCHES)/empty.bpf.o
	$(say) SKELETON $@
	$(Q)$(BPFTOOL) gen skeleton $< name empty_bpf >$@

$(BENCHES)/memlock.so: tests/bench/memlock.c | $(BUILD)/deps.ok
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS_ALL) -fPIC -shared -o $@ $<

# Says which packages are missing, once; nothing here needs root.
$(BUILD)/deps.ok: scripts/deps
	@mkdir -p $(@D)
	@scripts/deps check $(DEPS)
	@touch $@

.PHONY: demo
demo:
	@scripts/deps install build
	@$(MAKE) porttrace
	@./porttrace demo

.PHONY: check
check:
	@scripts/deps install test
	@scripts/deps install arm64 || true # tests/run says what cannot be tested then
	@tests/run

.PHONY: clean
clean:
	$(say) CLEAN $(BUILD)
	$(Q)rm -rf build porttrace porttrace-static porttrace-static-arm64

.PHONY: help
help:
	@echo 'make            builds ./porttrace (no root needed; says which packages are missing)'
	@echo 'make static     builds ./porttrace-static, one file that runs on any host;'
	@echo '                with ARCH=arm64 ./porttrace-static-arm64, for hosts of that architecture'
	@echo 'make demo       installs what is missing, builds, and runs the demo (as root)'
	@echo 'make check      installs what is missing, and runs all tests (as root)'
	@echo 'make bench      measures what it costs (as root; BENCH=NAME: only that one of tests/bench)'
	@echo 'make fuzz       reads damaged recordings for ten minutes (FUZZ_SECONDS=N; needs clang)'
	@echo 'make instructions  counts anew what the verifier goes through (tests/bench/instructions.txt)'
	@echo 'make clean      removes all that was built'
	@echo 'make V=1 ...    shows the commands'
	@echo 'make SANITIZE=1 builds with the address and undefined-behaviour sanitizers'

.DELETE_ON_ERROR:
-include $(wildcard $(BUILD)/user/*.d $(BUILD)/bpf/*.d $(BUILD)/tests/*/*.d $(LIVE)/*.d $(BENCHES)/*.d)
