# Tests: each *_test.c is a program of its own, linked with the archives and tests/support/.
#
#   tests/unit/ tests/property/   C programs; tests/scripts/ sh and Python, run as they are
#   fuzz/<door>_fuzz.c            with fuzz/replay_inputs.c: the inputs of tests/hostile/<door>/ and mutations
#   tools/check/                  the structure of the tree itself
#
# tests/run runs them all and ends with `N passed, N failed, N skipped`.

SUPPORT_C := $(call c_in,tests/support)
TEST_C := $(sort $(wildcard tests/unit/*_test.c tests/property/*_test.c))
BENCH_C := $(sort $(wildcard bench/*_bench.c))
FUZZ_C := $(sort $(wildcard fuzz/*_fuzz.c))
REPLAY_C := fuzz/replay_inputs.c
MUTANTS_C := $(call c_in,fuzz/bundles)
SCRIPTS := $(sort $(wildcard tests/scripts/*.sh tests/scripts/*.py))
# Scripts about the house rather than the product: coverage has nothing to learn from them.
HOUSE_SCRIPTS := $(patsubst %,tests/scripts/%_test.sh,build checks install replay runner setup)
CHECKS := $(sort $(wildcard tools/check/*_check.py tools/check/*_check.sh))

# T="arena bytes" selects programs and scripts by the noun in their names.
picked = $(if $(T),$(filter $(foreach t,$(T),$(addprefix %/$(t)_,test.c fuzz.c bench.c test.sh test.py \
  check.py check.sh)),$(1)),$(1))

TEST_PROGRAMS := $(patsubst %.c,$(O)/%,$(call picked,$(TEST_C)))
REPLAY_PROGRAMS := $(patsubst %.c,$(O)/%,$(call picked,$(FUZZ_C)))
BENCH_PROGRAMS := $(patsubst %.c,$(O)/%,$(call picked,$(BENCH_C)))

ARCHIVES = $(TOOLS_A) $(ADAPTERS_A) $(POLICY_A) $(LIBEDICT_A)
SUPPORT_A := $(if $(SUPPORT_C),$(O)/libsupport.a)
$(O)/libsupport.a: $(call obj,$(SUPPORT_C))
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

# private: `flags`, a prerequisite, must not see it.
$(O)/tests/%.o $(O)/bench/%.o $(O)/fuzz/%.o: private EXTRA_INCLUDES = -Itests
$(patsubst %.c,$(O)/%,$(TEST_C) $(BENCH_C)): $(O)/%: $(O)/%.o $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)
$(patsubst %.c,$(O)/%,$(FUZZ_C)): $(O)/%: $(O)/%.o $(call obj,$(REPLAY_C)) $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

# The decide bench again, of an evaluator that notes no reason of a permit: what reasons cost is measured beside it. The
# objects of three changed copies take the place of the archive's; nothing else is linked with them.
REASONLESS := $(O)/bench/reasonless
.PRECIOUS: $(REASONLESS)/%.c
$(REASONLESS)/%.c: runtime/eval/%.c bench/reasonless.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) bench/reasonless.py $< $@
$(REASONLESS)/%.o: $(REASONLESS)/%.c $(O)/flags $(LIBEDICT_A)
	$(Q)$(COMPILE) -c -o $@ $<
$(REASONLESS)/decide_bench: $(O)/bench/decide_bench.o $(REASONLESS)/plan.o $(REASONLESS)/residue.o $(REASONLESS)/swift.o $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)
$(O)/bench/decide_bench: | $(REASONLESS)/decide_bench

# Mints tokens for the demonstration and for scripts; never installed.
PEER_C := bench/peers/edict_peer.c
MINT_C := $(wildcard tests/mint/mint_token.c)
DEMO_C := $(wildcard rules/demo/*.c)
MINT := $(if $(MINT_C),$(OUT)/mint-token)
$(OUT)/mint-token: $(call obj,$(MINT_C)) $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

# Joins the decisions of two companies, for docs/across.md; never installed.
ACROSS_C := $(wildcard rules/across/*.c)
ACROSS := $(if $(ACROSS_C),$(OUT)/across-join)
$(OUT)/across-join: $(call obj,$(ACROSS_C)) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

# Writes a script for PostgreSQL; run by check-postgres alone.
# Harnesses of the model checker, which reads them with the files that they include.
MODEL_C := $(call c_in,tests/model)
POSTGRES_C := $(wildcard tests/postgres/*.c)
POSTGRES_SCRIPT := $(O)/tests/postgres/where_script
$(POSTGRES_SCRIPT): $(call obj,$(POSTGRES_C)) $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

# A decision for pyarrow, which calls it by ctypes; run by check-arrow alone.
ARROW_C := $(wildcard tests/arrow/*.c)
ARROW_HOST := $(O)/tests/arrow/arrow_host.so
$(ARROW_HOST): $(call obj,$(ARROW_C)) $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -shared -o $@ $^ $(PKG_LIBS_ALL)

# What tests may rely on: where the products and the objects are, and which tools made them.
# tests/run adds a TMPDIR of their own, which it removes.
TEST_ENV = EDICT_BUILD="$(abspath $(OUT))" EDICT_OBJECTS="$(abspath $(O))" CC="$(CC)" NM="$(NM)" \
  MAKE="$(MAKE)" PKG_CONFIG="$(PKG_CONFIG)" PYTHONDONTWRITEBYTECODE=1
# Seconds for one program; the sanitizers make them several times slower.
LIMIT ?= $(if $(filter release,$(VARIANT)),240,600)
RUN = $(TEST_ENV) $(PYTHON) tests/run --jobs $(JOBS) --limit $(LIMIT)

.PHONY: test check check-postgres check-built structure syntax bench sources exports
## test: build and run the test programs and replays (T="arena bytes" picks some, scripts too)
test: $(if $(call picked,$(SCRIPTS) $(CHECKS)),all $(MINT) $(ACROSS)) $(TEST_PROGRAMS) $(REPLAY_PROGRAMS)
	$(Q)$(RUN) $(if $(T),$(call picked,$(SCRIPTS) $(CHECKS)),$(WITH_SCRIPTS)) $(TEST_PROGRAMS) $(REPLAY_PROGRAMS)

check:
	@sh tools/setup.sh check
	$(Q)$(MAKE) $(PARALLEL) WERROR=1 T= all $(MINT) $(ACROSS) $(TEST_PROGRAMS) $(REPLAY_PROGRAMS) $(BENCH_PROGRAMS)
	$(Q)$(RUN) $(CHECKS) $(SCRIPTS) $(TEST_PROGRAMS) $(REPLAY_PROGRAMS)

# Programs of random worlds with the seeds of one turn: those that EDICT_SEED and EDICT_ROUNDS lead.
SOAKED = oracle:100 index:100 stages:150 splits:60 residue:200 many:250 batches:1 diff:20 one_answer:100 replays:200 damaged_index:20
SOAK_PROGRAMS := $(foreach s,$(SOAKED),$(O)/tests/property/$(firstword $(subst :, ,$(s)))_test)
SECONDS ?= 60
## soak: compare decisions on ever new seeds for SECONDS (60), from SEED or the clock
.PHONY: soak
soak: $(SOAK_PROGRAMS)
	$(Q)$(TEST_ENV) $(PYTHON) tests/soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) \
	  $(foreach s,$(SOAKED),$(O)/tests/property/$(subst :,_test:,$(s)))

## mutations: put each defect of tests/mutations/table.txt into a copy and see a test fail (ONLY=word picks some)
.PHONY: mutations
mutations:
	$(Q)$(TEST_ENV) $(PYTHON) tests/mutations/run_mutations.py --jobs $(JOBS) $(foreach w,$(ONLY),--only $(w))

## check-postgres: run conditions of decisions in a PostgreSQL server of its own
check-postgres: $(POSTGRES_SCRIPT)
	$(Q)$(TEST_ENV) $(PYTHON) tests/postgres/postgres_check.py $(POSTGRES_SCRIPT)

## check-browser: look at the pages that the command writes, in Chromium (installs it if it is missing)
.PHONY: check-browser
check-browser: all
	@sh tools/setup.sh browser
	$(Q)$(TEST_ENV) $(PYTHON) tests/browser/card_check.py

## check-arrow: Arrow streams and batches beside pyarrow's view of them (installs it into the build folder)
.PHONY: check-arrow
check-arrow: all $(ARROW_HOST)
	$(Q)test -x $(BUILD)/pyarrow/bin/python || { $(PYTHON) -m venv $(BUILD)/pyarrow && $(BUILD)/pyarrow/bin/pip install -q pyarrow; }
	$(Q)$(TEST_ENV) $(BUILD)/pyarrow/bin/python tests/arrow/stream_check.py
	$(Q)$(TEST_ENV) $(BUILD)/pyarrow/bin/python tests/arrow/arrow_check.py $(ARROW_HOST)

## structure: run the checks of the tree's structure only
structure: all
	$(Q)$(RUN) $(CHECKS)

## exports: rewrite tools/check/exports.txt from the libraries, to be read before it is committed
exports: all
	$(Q)$(TEST_ENV) $(PYTHON) tools/check/exports_check.py --update

ALL_C := $(RUNTIME_C) $(POLICY_C) $(WORKBENCH_C) $(CLI_C) $(SQLITE_C) $(SWEEP_C) $(SUPPORT_C) $(TEST_C) $(BENCH_C) \
  $(FUZZ_C) $(wildcard $(REPLAY_C)) $(MINT_C) $(DEMO_C) $(ACROSS_C) $(PEER_C) $(POSTGRES_C) $(ARROW_C) $(MUTANTS_C)

# Every C source that some target compiles; sources_check.py compares it with the tree.
sources:
	@printf '%s\n' $(ALL_C) $(MODEL_C)

# Every source once more with the other compiler, for its warnings.
SECOND_CC ?= $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),gcc,clang)
## syntax: look for the warnings of the second compiler (clang beside gcc)
syntax: $(patsubst %.c,$(O)/syntax/%.ok,$(ALL_C))
# What a program of its own build is compiled with besides, so that it is looked at as it will be.
$(patsubst %.c,$(O)/syntax/%.ok,$(MUTANTS_C)): CPPFLAGS += -DEDICT_COUNT_COST
$(O)/syntax/%.ok: %.c $(O)/flags
	@mkdir -p $(@D)
	$(Q)$(SECOND_CC) $(COMPILE_FLAGS) -Itests -Werror -fsyntax-only -MMD -MP -MF $(@:.ok=.d) -MT $@ $<
	@touch $@

## bench: build and run the benchmarks (T=noun picks some)
bench: all $(BENCH_PROGRAMS)
	$(Q)set -e; for program in $(BENCH_PROGRAMS); do echo "== $$program"; $(TEST_ENV) $$program; done

-include $(patsubst %.o,%.d,$(call obj,$(SUPPORT_C) $(TEST_C) $(BENCH_C) $(FUZZ_C) $(REPLAY_C) $(MINT_C) $(DEMO_C) $(ACROSS_C) $(POSTGRES_C)))
-include $(patsubst %.c,$(O)/syntax/%.d,$(ALL_C))
