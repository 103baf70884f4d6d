# Variants: the same sources with other flags, each in a folder of its own, build/<variant>/.

FUZZ_SECONDS ?= 30
FUZZ_CC ?= clang
GCOV ?= gcov

# abort_on_error: the replay then names the input that died.
export ASAN_OPTIONS ?= abort_on_error=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS ?= print_stacktrace=1:abort_on_error=1
export TSAN_OPTIONS ?= abort_on_error=1:second_deadlock_stack=1

.PHONY: asan ubsan tsan cov fuzz fuzz-run tidy format
## asan: build with the address sanitizer and run the test programs and replays
## ubsan: build with the undefined behaviour sanitizer and run the test programs and replays
## tsan: build with the thread sanitizer and run the test programs and replays
asan ubsan tsan:
	@sh tools/setup.sh check
	$(Q)$(MAKE) $(PARALLEL) VARIANT=$@ test

## cov: build for coverage, run programs, replays and scripts, print a table by file
cov:
	@sh tools/setup.sh check
	$(Q)find $(BUILD)/cov -name '*.gcda' -exec rm -f {} + 2>/dev/null || true
	$(Q)status=0; \
	$(MAKE) $(PARALLEL) VARIANT=cov CC=gcc WITH_SCRIPTS='$(filter-out $(HOUSE_SCRIPTS),$(SCRIPTS))' test || status=$$?; \
	$(PYTHON) tools/coverage.py --gcov $(GCOV) $(BUILD)/cov; exit $$status

## fuzz: run each fuzz harness for FUZZ_SECONDS (30) under libFuzzer (T=door picks some)
fuzz:
	@sh tools/setup.sh fuzz
	$(Q)$(MAKE) $(PARALLEL) VARIANT=fuzz CC=$(FUZZ_CC) fuzz-programs
	$(Q)$(MAKE) VARIANT=fuzz CC=$(FUZZ_CC) fuzz-run

FUZZ_PROGRAMS := $(patsubst %.c,$(O)/%er,$(call picked,$(FUZZ_C)))
$(patsubst %.c,$(O)/%er,$(FUZZ_C)): $(O)/%er: $(O)/%.o $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS_ALL)

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)

# New inputs stay in build/fuzz/corpus/<door>; one that fails is written to build/fuzz/found/.
fuzz-run:
	$(Q)test -n "$(FUZZ_PROGRAMS)" || { echo "make: no fuzz harness" >&2; exit 2; }
	$(Q)mkdir -p $(O)/found
	$(Q)failed=; for program in $(FUZZ_PROGRAMS); do \
	  door=$$(basename $$program _fuzzer); echo "== fuzz $$door"; mkdir -p $(O)/corpus/$$door; \
	  $$program -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
	    -verbosity=1 -artifact_prefix=$(O)/found/$$door- $(O)/corpus/$$door tests/hostile/$$door \
	    > $(O)/$$door.log 2>&1 && tail -n 7 $(O)/$$door.log \
	    || { tail -n 60 $(O)/$$door.log; failed="$$failed $$door"; }; \
	done; test -z "$$failed" || { echo "fuzz: failed:$$failed (inputs in $(O)/found/)" >&2; exit 1; }

# Hostile bundles: a program of its own, since it fills memory and counts costs. A seed is 10,000 of them.
BUNDLES ?= 100000
SEED_OF_BUNDLES = $(or $(SEED),1)
MUTANTS := $(O)/fuzz/bundles/bundle_mutants
$(MUTANTS): $(call obj,$(MUTANTS_C)) $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

# Small stacks of allocations and a short quarantine: several times as many mutants.
MUTANTS_ASAN = malloc_context_size=0:quarantine_size_mb=2:thread_local_quarantine_size_kb=64:max_malloc_fill_size=0:abort_on_error=1

.PHONY: fuzz-bundles fuzz-bundles-run
## fuzz-bundles: BUNDLES (100000) hostile bundles with their checksums put right, loaded and asked, from SEED (1)
fuzz-bundles:
	@sh tools/setup.sh fuzz
	$(Q)$(MAKE) $(PARALLEL) VARIANT=mutants CC=$(FUZZ_CC) fuzz-bundles-run

fuzz-bundles-run: $(MUTANTS)
	$(Q)ASAN_OPTIONS="$(MUTANTS_ASAN)" $(MUTANTS) --seed $(SEED_OF_BUNDLES) --seeds $$(( ($(BUNDLES) + 9999) / 10000 ))

-include $(patsubst %.o,%.d,$(call obj,$(MUTANTS_C)))

.PHONY: model-check
## model-check: prove the arithmetic of loader, verifier and VM within bounds, with CBMC (ONLY=word picks proofs)
model-check:
	@sh tools/setup.sh model
	$(Q)cbmc=$$(sh tools/get_cbmc.sh $(BUILD)/cbmc) && $(PYTHON) tests/model/run_models.py --cbmc "$$cbmc" $(foreach w,$(ONLY),--only $(w))

## format: lay out all C files with clang-format
format:
	@sh tools/setup.sh format
	$(Q)clang-format -i $(ALL_C) $(wildcard include/edict/*.h runtime/*/*.h policy/*.h policy/*/*.h \
	  workbench/*.h cli/*.h adapters/*/*.h tests/*.h tests/*/*.h)

## tidy: run clang-tidy over all sources
tidy:
	@sh tools/setup.sh tidy
	$(Q)clang-tidy --quiet $(ALL_C) -- -std=gnu11 $(INCLUDES) -Itests $(PKG_CFLAGS)
