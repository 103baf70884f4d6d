# Sources: which files make which library or program.
#
#   libedict         runtime/            what a data product embeds
#   libedict-policy  policy/ (+ base and bundle of the runtime)
#   edict            cli/ workbench/     linked with both archives
#   edict_sqlite.so  adapters/sqlite/    linked with libedict.a
#
# policy/ uses internals of base and bundle that libedict.so hides. libedict-policy.so therefore
# carries its own hidden copy of them, pulled from libedict.a and kept out of its exports by
# --exclude-libs; a program that links the archives has one copy. The two share no mutable state,
# so a diagnostics list made by one library may be handed to the other of the same version.

c_in = $(sort $(wildcard $(addsuffix /*.c,$(1))))

RUNTIME_C := $(call c_in,runtime/*)
POLICY_C := $(call c_in,policy policy/*)
WORKBENCH_C := $(call c_in,workbench)
CLI_C := $(call c_in,cli)
SQLITE_C := $(call c_in,adapters/sqlite)
# Part of the command, which links SQLite for it; with what it shares with the extension.
SWEEP_C := $(call c_in,adapters/sweep)
SWEEP_O = $(call obj,$(SWEEP_C) $(foreach n,api cell words,adapters/sqlite/sqlite_$(n).c))

# The pages of the diagnostic codes, as a C file that is part of the command.
PAGES := $(sort $(wildcard docs/codes/[A-Z][0-9][0-9][0-9][0-9].md))
PAGES_O := $(if $(CLI_C),$(O)/page_list.o $(O)/starter_list.o)
# What `edict new` begins with, the same.
STARTER := $(sort $(wildcard rules/starter/*/*.* rules/starter/*/*/*.*))

obj = $(patsubst %.c,$(O)/%.o,$(1))

LIBEDICT_A := $(OUT)/libedict.a
LIBEDICT_SO := $(OUT)/libedict.so.$(SOVERSION)
POLICY_A := $(if $(POLICY_C),$(OUT)/libedict-policy.a)
POLICY_SO := $(if $(POLICY_C),$(OUT)/libedict-policy.so.$(SOVERSION))
# Not installed: the command's own files, for the tests of them.
TOOLS_A := $(if $(WORKBENCH_C)$(CLI_C),$(OUT)/libedict-tools.a)
EDICT := $(if $(CLI_C),$(OUT)/edict)
ADAPTERS := $(if $(SQLITE_C),$(OUT)/edict_sqlite.so)
# Not installed either: the adapters' own files, for programs that link them.
ADAPTERS_A := $(if $(SQLITE_C),$(OUT)/libedict-adapters.a)

$(OUT)/libedict.a: $(call obj,$(RUNTIME_C))
$(OUT)/libedict-policy.a: $(call obj,$(POLICY_C))
$(OUT)/libedict-tools.a: $(call obj,$(WORKBENCH_C) $(CLI_C)) $(PAGES_O)
$(OUT)/libedict-adapters.a: $(call obj,$(SQLITE_C) $(SWEEP_C))

# The list of members is a prerequisite too, so that a removed source leaves the archive.
$(OUT)/libedict.a $(OUT)/libedict-policy.a $(OUT)/libedict-tools.a $(OUT)/libedict-adapters.a: $(OUT)/%.a: $(O)/%.members
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)

$(O)/libedict.members: MEMBERS = $(RUNTIME_C)
$(O)/libedict-policy.members: MEMBERS = $(POLICY_C)
$(O)/libedict-tools.members: MEMBERS = $(WORKBENCH_C) $(CLI_C) page_list.c
$(O)/libedict-adapters.members: MEMBERS = $(SQLITE_C) $(SWEEP_C)
$(O)/%.members: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(MEMBERS) > $@.$$$$; cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@

# Sanitized libraries leave their runtime's symbols to the program.
SHARED_release = -Wl,-z,defs
SHARED = $(LINK) -shared $(SHARED_$(VARIANT)) -Wl,-soname,$(@F)

$(LIBEDICT_SO): $(LIBEDICT_A)
	$(say) LD $@
	$(Q)$(SHARED) -o $@ -Wl,--whole-archive $(LIBEDICT_A) -Wl,--no-whole-archive $(PKG_LIBS_RUNTIME)
	$(Q)ln -sf $(@F) $(OUT)/libedict.so

$(OUT)/libedict-policy.so.$(SOVERSION): $(POLICY_A) $(LIBEDICT_A)
	$(say) LD $@
	$(Q)$(SHARED) -o $@ -Wl,--whole-archive $(POLICY_A) -Wl,--no-whole-archive $(LIBEDICT_A) \
	  -Wl,--exclude-libs,$(notdir $(LIBEDICT_A)) $(PKG_LIBS_POLICY)
	$(Q)ln -sf $(@F) $(OUT)/libedict-policy.so

$(OUT)/edict: $(call obj,$(CLI_C) $(WORKBENCH_C)) $(SWEEP_O) $(PAGES_O) $(POLICY_A) $(LIBEDICT_A)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_CLI)

# SQLite hands its functions to an extension at load, so libsqlite3 is not linked.
$(OUT)/edict_sqlite.so: $(call obj,$(SQLITE_C)) $(LIBEDICT_A)
	$(say) LD $@
	$(Q)$(SHARED) -o $@ $(filter %.o,$^) $(LIBEDICT_A) -Wl,--exclude-libs,ALL $(PKG_LIBS_RUNTIME)

$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# A page that was removed leaves the list, which is compared like that of an archive's members.
$(O)/page_list.members: MEMBERS = $(PAGES)
$(O)/page_list.c: tools/embed_pages.sh $(PAGES) $(O)/page_list.members
	$(say) EMBED $@
	$(Q)sh tools/embed_pages.sh $(PAGES) > $@
$(O)/page_list.o: $(O)/page_list.c cli/pages.h $(O)/flags
	$(Q)$(COMPILE) -c -o $@ $<

$(O)/starter_list.members: MEMBERS = $(STARTER)
$(O)/starter_list.c: tools/embed_files.sh $(STARTER) $(O)/starter_list.members
	$(say) EMBED $@
	$(Q)sh tools/embed_files.sh rules/starter $(STARTER) > $@
$(O)/starter_list.o: $(O)/starter_list.c cli/starter.h $(O)/flags
	$(Q)$(COMPILE) -c -o $@ $<

-include $(patsubst %.o,%.d,$(call obj,$(RUNTIME_C) $(POLICY_C) $(WORKBENCH_C) $(CLI_C) $(SQLITE_C) $(SWEEP_C)))
