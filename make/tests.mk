# Tests: each *_test.c is a program of its own, linked with the archives and tests/support/.

SUPPORT_C := $(call c_in,tests/support)
TEST_C := $(wildcard tests/unit/*_test.c tests/property/*_test.c)
BENCH_C := $(wildcard bench/*_bench.c)
SCRIPTS := $(wildcard tests/scripts/*.sh tests/scripts/*.py)

ARCHIVES = $(TOOLS_A) $(POLICY_A) $(LIBEDICT_A)

# T="arena bytes" selects programs by the noun in their names.
TEST_PROGRAMS := $(patsubst %.c,$(O)/%,$(if $(T),$(foreach t,$(T),$(filter %/$(t)_test.c,$(TEST_C))),$(TEST_C)))
BENCH_PROGRAMS := $(patsubst %.c,$(O)/%,$(BENCH_C))

SUPPORT_A := $(if $(SUPPORT_C),$(O)/libsupport.a)
$(O)/libsupport.a: $(call obj,$(SUPPORT_C))
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(O)/tests/%.o $(O)/bench/%.o: private EXTRA_INCLUDES = -Itests
$(patsubst %.c,$(O)/%,$(TEST_C) $(BENCH_C)): $(O)/%: $(O)/%.o $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

.PHONY: programs test
programs: $(TEST_PROGRAMS)

## test: build and run the test programs only (T="arena bytes" picks some)
test: $(TEST_PROGRAMS)
	$(Q)EDICT_BUILD=$(abspath $(OUT)) $(PYTHON) tests/run --jobs $(JOBS) $(TEST_PROGRAMS)

-include $(patsubst %.o,%.d,$(call obj,$(SUPPORT_C) $(TEST_C) $(BENCH_C)))
