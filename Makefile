# Edict. `make demo` sets up, builds and runs the main job; `make check` builds and tests all.
# `make help` lists the targets; every variable assigned with ?= may be set on the command line.
#
# Sources are found by folder, so a new file needs no change here. Objects go to
# $(BUILD)/<variant>/, products to $(BUILD)/ (other variants: beside their objects).

CC ?= cc
AR ?= ar
NM ?= nm
PKG_CONFIG ?= pkg-config
INSTALL ?= install
PYTHON ?= python3

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
# Folder that SQLite hosts load the extension from.
SQLITEDIR ?= $(LIBDIR)/sqlite3
DESTDIR ?=

VERSION = 0.1.0
SOVERSION = 0

BUILD ?= build
VARIANT ?= release
V ?= 0
WERROR ?= 0
JOBS ?= 2
# For the targets people type without -j; a -j of theirs wins.
PARALLEL = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

include make/flags.mk
include make/sources.mk
include make/tests.mk
include make/variants.mk
include make/install.mk
include make/demo.mk
include make/peers.mk

.PHONY: all lib clean setup demo help

all: $(LIBEDICT_A) $(LIBEDICT_SO) $(POLICY_A) $(POLICY_SO) $(EDICT) $(ADAPTERS)

lib: $(LIBEDICT_A) $(POLICY_A)

clean:
	rm -rf $(BUILD)

setup:
	@sh tools/setup.sh

demo: setup
	$(Q)$(MAKE) $(PARALLEL) all $(MINT) $(DEMO_DATA)
	$(Q)BUILD=$(OUT) sh rules/demo/demo.sh

# Each target that people type has a line `## name: what it does` in one of the makefiles.
help:
	@sed -n 's/^## //p' Makefile make/*.mk | awk -F': ' '{ printf "  %-12s %s\n", $$1, $$2 }'

## demo: set up what is missing, build, and run the main job on the example rules
## check: set up, build and pass every test (about five minutes on two cores)
## all: build the libraries, the command and the adapters (the default)
## setup: install missing packages (root), or name the command that does
## clean: remove the build folder
## help: this list
