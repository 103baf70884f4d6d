# Flags: what each file is compiled and linked with. CFLAGS, CPPFLAGS and LDFLAGS are the caller's;
# what the sources need stands in the variables below and is always added.

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-5s %s\n'
endif

PACKAGES_RUNTIME = libcrypto libpcre2-8 libsodium
PACKAGES_POLICY = yaml-0.1
PACKAGES_CLI = jansson sqlite3
# libjwt is the second opinion of tests about tokens.
PACKAGES = $(PACKAGES_RUNTIME) $(PACKAGES_POLICY) $(PACKAGES_CLI) libjwt

# Asked once, at the first use, so that `make setup` and `make clean` work without pkg-config.
once = $(eval $(1) := $(2))$($(1))
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(PACKAGES)))
PKG_LIBS_RUNTIME = $(call once,PKG_LIBS_RUNTIME,$(shell $(PKG_CONFIG) --libs $(PACKAGES_RUNTIME)))
PKG_LIBS_POLICY = $(call once,PKG_LIBS_POLICY,$(shell $(PKG_CONFIG) --libs $(PACKAGES_POLICY) $(PACKAGES_RUNTIME)))
PKG_LIBS_CLI = $(call once,PKG_LIBS_CLI,$(shell $(PKG_CONFIG) --libs $(PACKAGES_CLI) $(PACKAGES_POLICY) $(PACKAGES_RUNTIME)))
PKG_LIBS_ALL = $(call once,PKG_LIBS_ALL,$(shell $(PKG_CONFIG) --libs $(PACKAGES)))

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wvla -Wcast-align -Wswitch-enum -Wundef -Wformat=2 -Wpointer-arith \
  -Wwrite-strings -Wimplicit-fallthrough
WERROR_1 = -Werror

VARIANT_CFLAGS_release = -O2 -g
VARIANT_CFLAGS_asan = -O1 -g -fsanitize=address -fno-omit-frame-pointer -DEDICT_SANITIZED
VARIANT_CFLAGS_ubsan = -O1 -g -fsanitize=undefined -fno-sanitize-recover=all -DEDICT_SANITIZED
VARIANT_CFLAGS_tsan = -O1 -g -fsanitize=thread -DEDICT_SANITIZED
VARIANT_CFLAGS_cov = -O0 -g --coverage
VARIANT_CFLAGS_fuzz = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
  -fno-omit-frame-pointer -DEDICT_SANITIZED
VARIANT_CFLAGS_mutants = -O2 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
  -DEDICT_SANITIZED -DEDICT_COUNT_COST
VARIANT_LDFLAGS_asan = -fsanitize=address
VARIANT_LDFLAGS_ubsan = -fsanitize=undefined
VARIANT_LDFLAGS_tsan = -fsanitize=thread
VARIANT_LDFLAGS_cov = --coverage
VARIANT_LDFLAGS_fuzz = -fsanitize=address,undefined
VARIANT_LDFLAGS_mutants = -fsanitize=address,undefined

# Fortified calls hide accesses from the sanitizers and need optimisation.
HARDENING = -fstack-protector-strong $(if $(filter release,$(VARIANT)),$(if $(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDENING_LINK = -Wl,-z,relro,-z,now

CFLAGS ?= $(VARIANT_CFLAGS_$(VARIANT))
ifneq ($(VARIANT),release)
override CFLAGS += $(VARIANT_CFLAGS_$(VARIANT))
endif

INCLUDES = -Iinclude -Iruntime -I.
# -ffp-contract=off: a fused multiply-add would make decimals differ between processors.
# -fdebug-prefix-map: the same bytes wherever the tree stands.
COMPILE_FLAGS = -std=gnu11 $(INCLUDES) $(EXTRA_INCLUDES) -fPIC -fvisibility=hidden -ffp-contract=off \
  -fdebug-prefix-map=$(CURDIR)=. -pthread $(HARDENING) $(WARNINGS) $(WERROR_$(WERROR)) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
COMPILE = $(CC) $(COMPILE_FLAGS)
LINK = $(CC) -pthread $(CFLAGS) $(VARIANT_LDFLAGS_$(VARIANT)) $(HARDENING_LINK) -Wl,--as-needed $(LDFLAGS)

O := $(BUILD)/$(VARIANT)
OUT := $(if $(filter release,$(VARIANT)),$(BUILD),$(O))

# Holds the flags that the objects were compiled with: other flags, other objects. WERROR stands
# outside, as it changes no object; a fresh `make check` sees every warning.
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists $(PACKAGES) || { \
	  echo "make: packages are missing; 'make setup' installs or names them" >&2; exit 2; }
	@printf '%s\n' '$(subst ','\'',$(filter-out -Werror,$(COMPILE)) | $(LINK))' > $@.$$$$; cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@

.PHONY: FORCE
FORCE:
