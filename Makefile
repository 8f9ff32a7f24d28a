# evenkeel: `make help` lists the targets. `V=1` shows the commands, `CI=true` makes warnings errors.
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# One build folder for each flavour: release, asan (ASan + UBSan + LSan), tsan, fuzz (libFuzzer, by clang), and those
# of `make analyze`: scan (by scan-build's compiler) and valgrind.
FLAVOUR ?= release
# ARCHITECTURE=arm64 (or amd64, s390x: Debian's names) builds for another machine than this one, with Debian's cross compiler,
# against libraries that packaging/sysroot unpacks.
HOST := $(patsubst x86_64,amd64,$(patsubst aarch64,arm64,$(shell uname -m)))
ARCHITECTURE ?= $(HOST)
FOREIGN := $(filter-out $(HOST),$(ARCHITECTURE))
OTHER := $(if $(filter amd64,$(HOST)),arm64,amd64)
gnu = $(patsubst amd64,x86-64,$(patsubst arm64,aarch64,$(1)))-linux-gnu
cross = $(subst x86-64,x86_64,$(call gnu,$(1)))-gcc
SYSROOT := $(FOREIGN:%=build/sysroot-%)
BUILD := build/$(FOREIGN:%=%-)$(FLAVOUR)
VERSION ?= 0.2.0
PREFIX ?= /usr/local
V ?= 0
quiet = $(if $(filter 0,$(V)),@printf '  %-5s %s\n' '$(1)' '$(2)';)
silent = $(if $(filter 0,$(V)),@)
# Debian's tools carry their version in their name.
versioned = $(or $(shell command -v $(1)-14),$(1))
CC := $(if $(FOREIGN),$(call cross,$(FOREIGN)),$(if $(filter fuzz,$(FLAVOUR)),$(call versioned,clang),gcc))

# libh2o: what apt installs on Debian 12, or with H2O=FOLDER the static one there (docs/BUILDING.md). Only the newer ones
# come with quicly, and webhook/server/http_h2o_2_3.c says what --wrap is for.
H2O ?=
H2O_WRAP := $(if $(wildcard $(H2O)/include/quicly.h),-Xlinker --wrap=phr_parse_request)
LIBH2O := $(if $(H2O),$(H2O)/lib/libh2o-evloop.a $(H2O_WRAP) -lz -lm,-lh2o-evloop)

# What apt installs, for what. Only what is missing, by .ci/packages.
PACKAGES_LIBRARIES := libc6-dev $(if $(H2O),zlib1g-dev,libh2o-evloop-dev) libssl-dev libjansson-dev libyaml-dev libseccomp-dev libxxhash-dev
PACKAGES_BUILD := gcc make $(PACKAGES_LIBRARIES) $(if $(FOREIGN),gcc-$(call gnu,$(FOREIGN)))
# The tests of the other architecture need Debian's packages for it, libh2o among them.
EMULATED := $(and $(filter amd64 arm64,$(HOST)),$(shell command -v apt-get),$(if $(H2O),,yes))
PACKAGES_TEST := $(if $(EMULATED),gcc-$(call gnu,$(OTHER)) qemu-user) python3 openssl libcmocka-dev clang-14 libclang-rt-14-dev chromium
PACKAGES_LINT := python3 clang-format-14 clang-tidy-14 cppcheck
PACKAGES_ANALYZE := python3 clang-tools-14 valgrind libcmocka-dev
PACKAGES_IMAGE := binutils dpkg-dev python3 umoci xz-utils
PACKAGES_CLUSTER := python3 openssl iproute2 util-linux diffutils procps kmod containerd runc \
	containernetworking-plugins nftables haproxy nginx-light tmux
PACKAGES_BENCH := python3 nginx-light wrk valgrind
PACKAGES_LONG := python3 wrk testssl.sh slowhttptest buildah debootstrap
PACKAGES_DEBIAN13 := python3 debootstrap
PACKAGES_FUZZ := clang-14 libclang-rt-14-dev
LIBRARIES := $(LIBH2O) -lssl -lcrypto -ljansson -lyaml -lseccomp -lpthread

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef $(if $(CI),-Werror)
# "1" for 64 bits, nothing without a compiler.
BITS := $(shell printf __LP64__ | $(CC) $(CPPFLAGS) $(CFLAGS) -E -P -x c - 2>/dev/null)
$(if $(filter __LP64__,$(BITS)),$(error evenkeel needs a target with 64 bits, and $(CC) $(CFLAGS) compiles for one with fewer))
# Prints the option if the compiler knows it for its target: by trying, because compilers have many names.
supported = $(shell $(CC) -Werror $(1) -S -x c -o /dev/null /dev/null 2>/dev/null && echo '$(1)')
# clang before 16 wants the second option too. valgrind looks for what was not initialized.
INITIALIZE := $(if $(filter-out valgrind,$(FLAVOUR)),$(or $(call supported,-ftrivial-auto-var-init=zero),$(call \
	supported,-ftrivial-auto-var-init=zero -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)))
$(if $(INITIALIZE)$(filter valgrind,$(FLAVOUR)),,$(if $(BITS),$(warning $(CC) cannot set variables to zero at their \
	start: gcc can from 12 on, and clang from 14 on)))
HARDENING := -fPIE -fstack-protector-strong -Wformat-security $(INITIALIZE) $(foreach option,-fstack-clash-protection \
	-fcf-protection=full -mbranch-protection=standard,$(call supported,$(option)))
# CPPFLAGS, CFLAGS and LDFLAGS are the caller's: they come after evenkeel's own.
OWN_CPPFLAGS := $(SYSROOT:%=--sysroot=%) -Iwebhook -I. $(if $(H2O),-isystem $(H2O)/include) -DH2O_USE_LIBUV=0 -D_GNU_SOURCE -DEVENKEEL_VERSION='"$(VERSION)"'
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
# Clang's analyzer sees one file at a time: analyzer.h tells what error_set() returns.
CFLAGS_scan = -O1 -g $(TOLD)
TOLD := -include tests/lint/analyzer.h
build/scan/webhook/base/error.o: TOLD :=
# valgrind reads debug information up to DWARF 4 well.
CFLAGS_valgrind := -O1 -gdwarf-4 -fno-omit-frame-pointer
CFLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
# gcc's manual: with sanitizers, -Wmaybe-uninitialized warns of what is none. The release flavour has it.
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -Wno-maybe-uninitialized $(SANITIZE)
CFLAGS_tsan := -O1 -g -fno-omit-frame-pointer -Wno-maybe-uninitialized -fsanitize=thread
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link $(SANITIZE)
OWN_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS_$(FLAVOUR)) '-ffile-prefix-map=$(CURDIR)=.'
COMPILE = $(CC) $(OWN_CPPFLAGS) $(CPPFLAGS) $(OWN_CFLAGS) $(CFLAGS)
LDFLAGS_release := -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_fuzz := -fsanitize=fuzzer,address,undefined
OWN_LDFLAGS := $(SYSROOT:%=--sysroot=%) -pie $(LDFLAGS_$(FLAVOUR))
LINK = $(CC) $(OWN_LDFLAGS) $(CFLAGS) $(LDFLAGS)

# main.c stays out of the library, so that tests can link everything else.
LIBRARY_SOURCES := $(sort $(wildcard webhook/*/*.c certs/*.c))
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*/test_*.c)))
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# A make that was given no -j uses every processor for what it builds through this.
parallel = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

all: $(BUILD)/evenkeel ## build the release binary, build/release/evenkeel

$(BUILD)/evenkeel: $(BUILD)/webhook/main.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(LINK) -o $@ $^ $(LIBRARIES)

# The list's time is that of its last change: a source that was taken away leaves the archive too.
$(BUILD)/libevenkeel.a: $(LIBRARY_OBJECTS) $(BUILD)/objects
	$(silent)rm -f $@
	$(call quiet,AR,$@)ar rcs $@ $(LIBRARY_OBJECTS)

# A program that needs no library of the machine. The C library warns of functions that load others at run time: evenkeel calls
# only getaddrinfo() of them, for addresses in numbers, which loads none.
define link_static
	$(silent)mkdir -p $(@D)
	$(call quiet,LD,$@)$(CC) $(filter-out -pie,$(OWN_LDFLAGS)) $(CFLAGS) $(LDFLAGS) -static-pie -o $@ $^ $(1) 2>$@.log || { cat $@.log; exit 1; }
	$(silent)! grep -v -e 'in function `' -e 'warning: Using .* in statically linked applications' $@.log
endef
# OpenSSL's own libraries: newer ones have some.
static_openssl = $(shell pkg-config --static --libs $(1) 2>/dev/null || echo -lssl -lcrypto)

# kubectl's plugin alone: every command but the server.
PLUGIN_OBJECTS := $(filter-out $(BUILD)/webhook/server/%,$(LIBRARY_OBJECTS))
$(BUILD)/plugin/main.o: webhook/main.c Makefile $(SYSROOT:%=%/complete)
	$(silent)mkdir -p $(@D)
	$(call quiet,CC,$<)$(COMPILE) -DEVENKEEL_PLUGIN -MMD -MP -c -o $@ $<

$(BUILD)/plugin/kubectl-evenkeel: $(BUILD)/plugin/main.o $(PLUGIN_OBJECTS)
	$(call link_static,-ljansson -lyaml $(call static_openssl,libcrypto))

# Everything, for other distributions. Debian has no static libh2o: give H2O.
$(BUILD)/static/evenkeel: $(BUILD)/webhook/main.o $(BUILD)/libevenkeel.a
	$(silent)test -n '$(H2O)' || { echo 'a static evenkeel needs H2O=FOLDER: docs/BUILDING.md'; exit 2; }
	$(call link_static,$(LIBRARIES) $(call static_openssl,libssl))

$(BUILD)/objects: FORCE
	$(silent)mkdir -p $(@D)
	$(silent)echo '$(LIBRARY_OBJECTS)' | cmp -s - $@ || echo '$(LIBRARY_OBJECTS)' >$@

$(BUILD)/%.o: %.c Makefile $(SYSROOT:%=%/complete)
	$(silent)mkdir -p $(@D)
	$(call quiet,CC,$<)$(COMPILE) -MMD -MP -c -o $@ $<

# What is built anew for another libh2o.
$(filter $(BUILD)/webhook/server/http%,$(LIBRARY_OBJECTS)) $(BUILD)/tests/fuzz/fuzz_http.o: $(BUILD)/h2o
$(BUILD)/h2o: FORCE
	$(silent)mkdir -p $(@D)
	$(silent)echo '$(LIBH2O)' | cmp -s - $@ || echo '$(LIBH2O)' >$@

# Embedded files are prerequisites of the file that embeds them (.incbin).
$(BUILD)/webhook/loader/default.o: webhook/loader/default.yaml
$(BUILD)/webhook/report/assets.o: webhook/report/page.css webhook/report/page.js

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(LINK) -o $@ $< $(BUILD)/libevenkeel.a $(LIBRARIES) -lcmocka

# These fail the project's own allocations one by one.
$(addprefix $(BUILD)/tests/unit/,admit/test_oom loader/test_policy_oom preview/test_preview_oom): OWN_LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
$(BUILD)/tests/unit/preview/test_preview_oom: OWN_LDFLAGS += -Wl,--wrap=admit

# A fuzz target with libFuzzer (flavour fuzz), and one that only runs given files through it (any other flavour).
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(LINK) -o $@ $< $(BUILD)/libevenkeel.a $(LIBRARIES)

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(LINK) -o $@ $^ $(LIBRARIES)

# Programs that tests in Python run.
$(BUILD)/tests/server/%: $(BUILD)/tests/server/%.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(LINK) -o $@ $^ $(LIBRARIES)

$(BUILD)/tests/server/%.so: tests/server/%.c Makefile
	$(silent)mkdir -p $(@D)
	$(call quiet,LD,$@)$(COMPILE) -fPIC -shared -o $@ $<

probes: $(patsubst %.c,$(BUILD)/%,$(wildcard tests/server/*_probe.c)) \
	$(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/server/*_preload.c)) ; @:

# What the benchmark runs beside the servers: tests/bench.
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(LINK) -o $@ $< $(BUILD)/libevenkeel.a $(LIBRARIES)

# The engine with the tape in plain C (0) and in SSE2 (1), as on processors that lack more.
LEVELS := 0 1
$(LEVELS:%=$(BUILD)/tests/bench/tape_simd%.o): $(BUILD)/tests/bench/tape_simd%.o: webhook/json/tape.c Makefile
	$(silent)mkdir -p $(@D)
	$(call quiet,CC,$<)$(COMPILE) -DTAPE_SIMD=$* -MMD -MP -c -o $@ $<
$(LEVELS:%=$(BUILD)/tests/bench/admit_simd%): $(BUILD)/tests/bench/admit_simd%: \
		$(BUILD)/tests/bench/admit.o $(BUILD)/tests/bench/tape_simd%.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(LINK) -o $@ $^ $(LIBRARIES)

# Made again when packaging/sysroot changes.
build/sysroot-%/complete: packaging/sysroot
	$(silent)mkdir -p build
	$(call quiet,ROOT,build/sysroot-$*)packaging/sysroot $* build/sysroot-$* $(PACKAGES_LIBRARIES) libcmocka-dev
	$(silent)touch $@

# Those that tests/test_other_architecture.sh runs.
FOREIGN_TESTS := admit/test_golden base/test_text json/test_simd json/test_tape json/test_tape_lazy json/test_value \
	loader/test_policy_load loader/test_policy_advice manifest/test_manifest_edit
unit-tests: $(UNIT_TESTS) ; @:
fuzzers: $(FUZZERS:%=$(BUILD)/tests/fuzz/fuzz_%) ; @:
replays: $(FUZZERS:%=$(BUILD)/tests/fuzz/replay_%) ; @:
foreign-tests: $(FOREIGN_TESTS:%=$(BUILD)/tests/unit/%)
	$(silent)echo $^ >$(BUILD)/foreign-tests

deps-build: ## install the Debian packages that building needs, where they are missing
	$(silent).ci/packages "building evenkeel" $(PACKAGES_BUILD)

deps-test: deps-build ## the same for `make test`
	$(silent).ci/packages "testing evenkeel" $(PACKAGES_TEST)

deps-lint: deps-build ## the same for `make lint`
	$(silent).ci/packages "checking evenkeel's source" $(PACKAGES_LINT)

deps-analyze: deps-build ## the same for `make analyze`
	$(silent).ci/packages "analyzing evenkeel" $(PACKAGES_ANALYZE)

deps-image: deps-build ## the same for `make image` and `make dist`
	$(silent).ci/packages "packaging evenkeel" $(PACKAGES_IMAGE)

deps-cluster: deps-build ## the same for `make test-cluster`, which also needs Go 1.26
	$(silent).ci/packages "testing evenkeel in a cluster" $(PACKAGES_CLUSTER)

deps-bench: deps-build ## the same for `make bench`, which also builds a webhook in Go to compare with where Go is there
	$(silent).ci/packages "measuring evenkeel" $(PACKAGES_BENCH)

deps-long: deps-build ## the same for `make soak` and `make test-long`
	$(silent).ci/packages "the long tests" $(PACKAGES_LONG)

deps-debian13: ## the same for `make test-debian13`
	$(silent).ci/packages "testing evenkeel on Debian 13" $(PACKAGES_DEBIAN13)

deps-fuzz: deps-build ## the same for `make fuzz`
	$(silent).ci/packages "fuzzing evenkeel" $(PACKAGES_FUZZ)

# On a terminal the server takes the foreground for itself. Ctrl-C would end make too otherwise, and make's status would
# not be the server's. Ctrl-Z is off: make could not be continued from it.
FOREGROUND := perl -MPOSIX -e 'if (open my $$tty, "+<", "/dev/tty") { $$SIG{TSTP} = $$SIG{TTOU} = "IGNORE"; \
	setpgid(0, 0); tcsetpgrp(fileno($$tty), getpgrp()); $$SIG{TTOU} = "DEFAULT" } exec @ARGV; die "$$ARGV[0]: $$!\n"'
run: deps-build ## install what building needs, build, and serve the default policy on https://127.0.0.1:8443
	+$(silent)$(parallel) FLAVOUR=release all
	$(silent)exec $(FOREGROUND) build/release/evenkeel serve --self-signed --listen 127.0.0.1:8443 \
		--admin-listen 127.0.0.1:8080

test: deps-test deps-image ## install what the tests need, build with sanitizers, run every test; ONLY=text: those with it in their path
	+$(silent)$(parallel) FLAVOUR=release all probes
	+$(silent)$(parallel) FLAVOUR=asan all unit-tests replays
	+$(silent)$(parallel) FLAVOUR=tsan all
	+$(silent)$(parallel) FLAVOUR=fuzz fuzzers
	+$(silent)$(if $(EMULATED),$(parallel) ARCHITECTURE=$(OTHER) CC=$(call cross,$(OTHER)) CI=true all foreign-tests)
	$(silent)tests/run

test-cluster: deps-cluster deps-image ## run evenkeel behind a real kube-apiserver, built from its Go modules the first time: tests/cluster
	+$(silent)$(parallel) FLAVOUR=release all
	+$(silent)$(parallel) FLAVOUR=asan all
	$(silent)tests/cluster/run

test-versions: deps-cluster ## the same on other versions of Kubernetes, built the first time, minutes each; VERSIONS="1.28 =1.34": docs/VERSIONS.md
	+$(silent)$(parallel) FLAVOUR=release all
	+$(silent)$(parallel) FLAVOUR=asan all
	$(silent)tests/versions/run $(VERSIONS)

proof: deps-cluster deps-image ## roll applications out under load on a real cluster of two nodes, without and with evenkeel: about an hour; FIELD=servers: real servers; docs/PROOF.md
	+$(silent)$(parallel) FLAVOUR=release all
	$(silent)tests/proof/proof.py

servers: deps-build ## see what real servers do on SIGTERM, alone and after a sleep: ten to twenty minutes; SERVERS="nginx tomcat"; docs/SERVERS.md
	$(silent)tests/servers/servers.py $(SERVERS)

clients: deps-build ## see what HTTP and gRPC clients lose while real servers are replaced: an hour and a half; SERVERS="nginx tomcat"; docs/CLIENTS.md
	$(silent)tests/clients/resend.py
	$(silent)tests/clients/long_lived.py $(SERVERS)
	$(silent)tests/clients/clients.py $(SERVERS)

CCM_REVISION = eeb0ddc687ee5ee9d3726559d6a8ec056f694947
test-ccm: deps-cluster deps-image ## judge Services by Alibaba's own controllers, and roll out behind them: make test-ccm CCM=FOLDER, a checkout
	$(silent)test -d "$(CCM)/vendor" || { echo "Give the folder of a checkout, as by"; \
	    echo "  git clone https://github.com/kubernetes/cloud-provider-alibaba-cloud FOLDER"; \
	    echo "  git -C FOLDER checkout $(CCM_REVISION)    # the revision that docs/PROOF-DETAILS.md speaks of"; \
	    echo "  make test-ccm CCM=FOLDER"; exit 2; }
	+$(silent)$(parallel) FLAVOUR=release all
	$(silent)tests/ccm/check_ccm.py "$(CCM)"
	$(silent)tests/ccm/check_ccm_cluster.py "$(CCM)"

unit-%: ## run one unit test under the sanitizers: make unit-tape runs tests/unit/json/test_tape.c
	+$(silent)$(MAKE) --no-print-directory FLAVOUR=asan $(filter %/test_$*,$(UNIT_TESTS:$(BUILD)/%=build/asan/%))
	$(silent)CMOCKA_MESSAGE_OUTPUT=TAP $(filter %/test_$*,$(UNIT_TESTS:$(BUILD)/%=build/asan/%))

lint: export CLANG_FORMAT = $(call versioned,clang-format)
lint: export CLANG_TIDY = $(call versioned,clang-tidy)
lint: export TIDY_FLAGS = -std=gnu11 $(OWN_CPPFLAGS)
# clang-tidy looks at every unit by itself.
lint: export TEST_TIMEOUT = 1800
lint: deps-lint ## check layers, sizes and form: tests/lint, with clang-format and clang-tidy
	+$(silent)$(parallel) FLAVOUR=release all
	$(silent)tests/run tests/lint/check_*

analyze: export SCAN_BUILD = $(call versioned,scan-build)
analyze: export TEST_TIMEOUT = 3600
analyze: export MEMCHECKED := admit/test_golden preview/test_preview_reviews json/test_tape yaml/test_yaml loader/test_policy_load \
	manifest/test_manifest_edit certs/test_certs_pem
analyze: deps-analyze ## what is too slow for lint: scan-build over the build, valgrind over the golden cases
	+$(silent)$(parallel) FLAVOUR=valgrind $(MEMCHECKED:%=build/valgrind/tests/unit/%)
	$(silent)tests/run tests/lint/analyze_scan_build tests/lint/analyze_valgrind

format: ## bring the C source into form
	$(silent)$(call versioned,clang-format) -i $(wildcard webhook/*.[ch] webhook/*/*.[ch] certs/*.[ch] tests/*/*.[ch] tests/unit/*/*.c)

bench: deps-bench ## measure evenkeel beside nginx, bare libh2o and a Go webhook; QUICK=1: 4 minutes; build/bench.json
	+$(silent)$(parallel) FLAVOUR=release all $(addprefix build/release/tests/bench/,admit admit_simd0 admit_simd1 h2o_fixed)
	$(silent)tests/bench/bench.py

MINUTES ?= 10
soak: export MINUTES := $(MINUTES)
soak: export TEST_TIMEOUT = 864000
soak: deps-long ## run the server for MINUTES=10 at RATE=2000 a second with reloads; memory, descriptors and threads flat
	+$(silent)$(parallel) FLAVOUR=release all
	$(silent)tests/run tests/server/soak.py

test-long: export TEST_TIMEOUT = 864000
test-long: soak ## soak, testssl.sh and slowhttptest against the server, and the Dockerfile built without Docker
	$(silent)tests/run tests/server/audit.py tests/chart/dockerfile.py

test-debian13: export TEST_TIMEOUT = 14400
test-debian13: deps-debian13 ## build with upstream's H2O in a Debian 13 and run the server's tests there; H2O_SOURCE=checkout: docs/BUILDING.md
	$(silent)tests/server/debian13.py $(H2O_SOURCE)

SECONDS ?= 60
fuzz: deps-fuzz ## run each fuzz target for SECONDS=60 from its seeds on, and add up all runs; findings in build/fuzz/findings
	+$(silent)$(parallel) FLAVOUR=fuzz fuzzers
	$(silent)tests/fuzz/run --seconds=$(SECONDS)

golden-update: deps-test ## write the golden cases' expected files anew; read the diff before you commit it
	+$(silent)$(parallel) FLAVOUR=asan build/asan/tests/unit/admit/test_golden
	$(silent)GOLDEN_UPDATE=1 build/asan/tests/unit/admit/test_golden

chart: all ## write the chart's values.schema.json and README.md anew, and with HELM packaging/evenkeel.yaml
	$(silent)$(BUILD)/evenkeel check --schema | charts/tools/schema - >build/values.schema.json
	$(silent)charts/tools/readme >build/chart-README.md
	$(silent)mv build/values.schema.json charts/evenkeel/values.schema.json
	$(silent)mv build/chart-README.md charts/evenkeel/README.md
	$(silent)! command -v $(or $(HELM),helm) >/dev/null || { \
		packaging/plain >build/plain.yaml && mv build/plain.yaml packaging/evenkeel.yaml; }

# What is packaged bears the time of the commit, so that the same source gives the same bytes.
image images dist krew: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
REVISION ?= $(shell git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || echo unknown)
DIST ?= build/dist
image: deps-image all ## make an OCI image archive with an SBOM in build/dist, from scratch and without a daemon; ARCHITECTURE=arm64
	$(silent)packaging/image $(BUILD)/evenkeel $(VERSION) $(REVISION) $(DIST) $(SYSROOT)

images: deps-image ## make an image for amd64 and one for arm64, and one archive for both
	+$(silent)$(parallel) ARCHITECTURE=$(HOST) image
	+$(silent)$(parallel) ARCHITECTURE=$(OTHER) image
	$(silent)packaging/index $(VERSION) $(DIST)

dist: deps-image all $(if $(H2O),$(BUILD)/static/evenkeel) ## make a source tarball and a Debian package in build/dist; with H2O=FOLDER also a static program
	$(if $(H2O),$(silent)packaging/static $(BUILD)/static/evenkeel $(VERSION) $(H2O) $(DIST))
	$(silent)packaging/deb $(BUILD)/evenkeel $(VERSION) $(DIST)
	$(silent)git archive --format=tar --prefix=evenkeel-$(VERSION)/ HEAD | gzip -9n >$(DIST)/evenkeel-$(VERSION).tar.gz
	$(silent)echo $(DIST)/evenkeel-$(VERSION).tar.gz

krew: deps-image $(BUILD)/plugin/kubectl-evenkeel ## make an archive of kubectl's plugin and krew's manifest in build/dist; URL=where the archives will be
	$(silent)packaging/krew $(BUILD)/plugin/kubectl-evenkeel $(VERSION) $(DIST) $(URL)

manifests: all ## plain manifests in build/manifests; KUBE_VERSION=1.NN, IMAGE, NAMESPACE; with HELM VALUES=file
	$(silent)packaging/manifests $(BUILD)/evenkeel build/manifests

install: all ## install below DESTDIR and PREFIX=/usr/local, also as kubectl's plugin
	install -D -m 0755 $(BUILD)/evenkeel $(DESTDIR)$(PREFIX)/bin/evenkeel
	ln -sf evenkeel $(DESTDIR)$(PREFIX)/bin/kubectl-evenkeel
	ln -sf evenkeel $(DESTDIR)$(PREFIX)/bin/kubectl_complete-evenkeel

clean: ## remove everything that was built
	$(silent)rm -rf build

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9%-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

FORCE:
.PHONY: FORCE all probes unit-tests foreign-tests fuzzers replays deps-build deps-test deps-lint deps-image deps-cluster deps-bench deps-long \
	deps-fuzz deps-debian13 deps-analyze run test test-cluster test-versions proof servers clients test-ccm soak test-long test-debian13 lint analyze format bench fuzz golden-update chart image images dist krew \
	manifests install clean help
.PRECIOUS: $(BUILD)/%.o
-include $(shell find build '(' -path 'build/sysroot-*' -o -path build/servers ')' -prune -o -type f -name '*.d' -print 2>/dev/null)
