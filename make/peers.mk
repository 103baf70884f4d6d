# Peers: other engines beside Edict at the same scenarios. Built from their registries, never by `make` or
# `make check`; needs cargo, go, mvn and a JDK. What is missing is named and left out.

PEER := $(O)/bench/peers/edict_peer
PEERS_OUT = $(OUT)/peers

$(PEER): $(O)/bench/peers/edict_peer.o $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

.PHONY: bench-peers
## bench-peers: Edict beside Cedar, regorus, OPA, cel-go, Casbin and SAPL (builds them; minutes); ENGINES="edict sapl"
bench-peers: $(PEER)
	$(Q)OUT="$(abspath $(PEERS_OUT))" PEER="$(abspath $(PEER))" sh bench/peers/run.sh

MASKS_BENCH := $(O)/bench/columns_bench
PEERS_PYTHON = $(PEERS_OUT)/python
MASKS_OUT = $(PEERS_OUT)/masks.txt
.PHONY: bench-masks
## bench-masks: masks of 20 columns beside DuckDB and pandas doing it by hand (installs them into the build folder)
bench-masks: $(MASKS_BENCH)
	$(Q)test -x $(PEERS_PYTHON)/bin/python || { $(PYTHON) -m venv $(PEERS_PYTHON) && $(PEERS_PYTHON)/bin/pip install -q duckdb pandas; }
	$(Q)$(MASKS_BENCH) > $(MASKS_OUT)
	$(Q)$(PEERS_PYTHON)/bin/python bench/peers/masks_peer.py $(ROWS) >> $(MASKS_OUT)
	$(Q)cat $(MASKS_OUT) && echo "kept in $(MASKS_OUT)"

-include $(O)/bench/peers/edict_peer.d
