# Install: the libraries, the headers, the pkg-config files, the command, the SQLite extension and
# the rule sets. Every path can be set; DESTDIR goes in front of all and is remembered by none.

PC = $(O)/edict.pc $(O)/edict-policy.pc
HEADERS := $(wildcard include/edict/*.h include/edict/*.def)
# Rules to start from.
RULE_FOLDERS := $(patsubst %/,%,$(filter %/,$(wildcard rules/standard/ rules/standard/*/)))
MANUALS := $(sort $(wildcard docs/man/*.1))
MANDIR ?= $(DATADIR)/man

$(O)/%.pc: tools/%.pc.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	  -e 's|@VERSION@|$(VERSION)|' -e 's|@RUNTIME@|$(PACKAGES_RUNTIME)|' -e 's|@POLICY@|$(PACKAGES_POLICY)|' $< > $@

.PHONY: install uninstall
## install: install below PREFIX (/usr/local), with DESTDIR in front when it is set
install: all $(PC)
	$(INSTALL) -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR) $(PKGCONFIGDIR) $(INCLUDEDIR)/edict)
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/edict
	$(INSTALL) -m 644 $(LIBEDICT_A) $(POLICY_A) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 755 $(LIBEDICT_SO) $(POLICY_SO) $(DESTDIR)$(LIBDIR)
	$(foreach so,$(LIBEDICT_SO) $(POLICY_SO),ln -sf $(notdir $(so)) \
	  $(DESTDIR)$(LIBDIR)/$(basename $(notdir $(so)))$(newline))
	$(INSTALL) -m 644 $(PC) $(DESTDIR)$(PKGCONFIGDIR)
	$(if $(EDICT),$(INSTALL) -m 755 $(EDICT) $(DESTDIR)$(BINDIR))
	$(if $(ADAPTERS),$(INSTALL) -d $(DESTDIR)$(SQLITEDIR))
	$(if $(ADAPTERS),$(INSTALL) -m 755 $(ADAPTERS) $(DESTDIR)$(SQLITEDIR))
	$(foreach folder,$(RULE_FOLDERS),$(INSTALL) -d $(DESTDIR)$(DATADIR)/edict/$(folder)$(newline)	$(INSTALL) -m 644 $(wildcard $(folder)/*.*) $(DESTDIR)$(DATADIR)/edict/$(folder)$(newline))
	$(if $(MANUALS),$(INSTALL) -d $(DESTDIR)$(MANDIR)/man1)
	$(if $(MANUALS),$(INSTALL) -m 644 $(MANUALS) $(DESTDIR)$(MANDIR)/man1)

## uninstall: remove what install put there (same variables)
uninstall:
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,$(foreach l,libedict libedict-policy,$(l).a $(l).so $(l).so.$(SOVERSION)))
	rm -f $(addprefix $(DESTDIR)$(PKGCONFIGDIR)/,$(notdir $(PC)))
	rm -f $(addprefix $(DESTDIR)$(INCLUDEDIR)/edict/,$(notdir $(HEADERS)))
	rm -f $(addprefix $(DESTDIR)$(MANDIR)/man1/,$(notdir $(MANUALS)))
	rm -rf $(DESTDIR)$(DATADIR)/edict/rules/standard
	-rmdir $(DESTDIR)$(DATADIR)/edict/rules $(DESTDIR)$(DATADIR)/edict
	rm -f $(DESTDIR)$(BINDIR)/edict $(DESTDIR)$(SQLITEDIR)/edict_sqlite.so
	-rmdir $(DESTDIR)$(INCLUDEDIR)/edict $(DESTDIR)$(SQLITEDIR)

define newline


endef
