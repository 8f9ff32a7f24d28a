# evenkeel: `make help` lists the targets.
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# One build folder for each flavour: release, asan (ASan + UBSan + LSan), tsan.
FLAVOUR ?= release
BUILD := build/$(FLAVOUR)
VERSION ?= 0.1.0
CC := gcc
V ?= 0
quiet = $(if $(filter 0,$(V)),@printf '  %-5s %s\n' '$(1)' '$(2)';)
silent = $(if $(filter 0,$(V)),@)

PACKAGES := libssl libcrypto jansson yaml-0.1 libseccomp
LIBRARIES := -lh2o-evloop -lssl -lcrypto -ljansson -lyaml -lseccomp -lz -lpthread

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef $(if $(CI),-Werror)
HARDENING := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -Wformat-security
CPPFLAGS += -Iwebhook -I. -DH2O_USE_LIBUV=0 -D_GNU_SOURCE -DEVENKEEL_VERSION='"$(VERSION)"'
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=3
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
CFLAGS += -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS_$(FLAVOUR)) -ffile-prefix-map=$(CURDIR)=.
LDFLAGS_release := -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS += -pie $(LDFLAGS_$(FLAVOUR))

# main.c stays out of the library, so that tests can link everything else.
LIBRARY_SOURCES := $(sort $(wildcard webhook/*/*.c certs/*.c))
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/%.o)
UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))

all: $(BUILD)/evenkeel ## build the release binary

$(BUILD)/evenkeel: $(BUILD)/webhook/main.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/libevenkeel.a: $(LIBRARY_OBJECTS)
	$(silent)rm -f $@
	$(call quiet,AR,$@)ar rcs $@ $^

$(BUILD)/%.o: %.c
	$(silent)mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Embedded files are prerequisites of the file that embeds them (.incbin).
$(BUILD)/webhook/policy/default.o: webhook/policy/default.yaml

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libevenkeel.a
	$(call quiet,LD,$@)$(CC) $(LDFLAGS) -o $@ $< $(BUILD)/libevenkeel.a $(LIBRARIES) -lcmocka

unit-%: ## run one unit test under the sanitizers: make unit-tape runs tests/unit/test_tape.c
	$(silent)$(MAKE) --no-print-directory FLAVOUR=asan build/asan/tests/unit/test_$*
	$(silent)CMOCKA_MESSAGE_OUTPUT=TAP build/asan/tests/unit/test_$*

clean: ## remove everything that was built
	$(silent)rm -rf build

help: ## list the targets
	@awk -F':.*## ' '/^[a-z%-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: all clean help
.PRECIOUS: $(BUILD)/%.o
-include $(shell find build -name '*.d' 2>/dev/null)
