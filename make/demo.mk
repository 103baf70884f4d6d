# Demo: the programs that rules/demo/demo.sh needs besides the command and the SQLite extension.

DEMO_DATA := $(OUT)/demo-data
$(DEMO_DATA): $(call obj,rules/demo/demo_data.c)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $$($(PKG_CONFIG) --libs sqlite3)
