# Peers: other engines beside Edict at the same scenarios. Built from their registries, never by `make` or
# `make check`; needs cargo and go. What is missing is named and left out.

PEER := $(O)/bench/peers/edict_peer
PEERS_OUT = $(OUT)/peers

$(PEER): $(O)/bench/peers/edict_peer.o $(SUPPORT_A) $(ARCHIVES)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS_ALL)

.PHONY: bench-peers
## bench-peers: Edict beside Cedar, regorus, OPA, cel-go and Casbin (builds them; minutes)
bench-peers: $(PEER)
	$(Q)OUT="$(abspath $(PEERS_OUT))" PEER="$(abspath $(PEER))" sh bench/peers/run.sh

-include $(O)/bench/peers/edict_peer.d
