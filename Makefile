# ethdata: build, install, test, demo
#
#   make            build the library and the install script
#   make install    install them for the server that PG_CONFIG belongs to
#   make test       all tests, on a private server (TESTS="name name" selects)
#   make long       20 000 random statements, and two minutes of writers and readers at once, on 15, 17
#                   and 18 each (VERSIONS="15" selects), and
#                   the parsers of consent strings under two fuzzers, 20 minutes each (MINUTES=3)
#   make demo       a private server with a CRM database, and the tour
#   make deps       install what building and testing need, through apt
#   make clean      remove everything that was made
#
# The first two need PostgreSQL's server headers and libsodium; the others
# install what is missing.  PG_CONFIG=/path/to/pg_config chooses the server.

EXTENSION   = ethdata
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" ethdata.control)

PG_CONFIG  ?= $(firstword $(wildcard /usr/lib/postgresql/15/bin/pg_config) pg_config)
# the makefiles alone are no PGXS: Debian's client package has them without the headers
PGXS       := $(if $(wildcard $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)/postgres.h),$(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null)))

.DEFAULT_GOAL := all

# ---- tests and demo: scripts, which build in a folder of their own

.PHONY: test long demo deps static bench bench-schemas

test:
	@PG_CONFIG='$(if $(filter environment command,$(firstword $(origin PG_CONFIG))),$(PG_CONFIG))' test/tools/run-tests $(TESTS)

VERSIONS = 15 17 18
MINUTES  = 20
long:
	@rc=0; for v in $(VERSIONS); do test/tools/in-version $$v test/tools/noninterference -n 2000 -k 10 || rc=1; \
		test/tools/in-version $$v env ETHDATA_STRESS_SECONDS=120 test/tools/run-tests 055_subject_cache || rc=1; done; \
	test/fuzz/run -t $(MINUTES) || rc=1; exit $$rc

demo:
	@PG_CONFIG='$(if $(filter environment command,$(firstword $(origin PG_CONFIG))),$(PG_CONFIG))' test/demo/run

deps:
	@test/tools/deps

static:
	@test/tools/static

bench:
	@test/bench/run
	@test/bench/iab

bench-schemas:
	@test/bench/schemas

ifeq ($(PGXS),)

# ---- no server headers here: say so

.PHONY: all install clean
all install:
	@echo "PostgreSQL's server headers were not found (asked $(PG_CONFIG) --pgxs)."
	@echo "'make deps' installs them through apt; PG_CONFIG=/path/to/pg_config names another server."
	@false

clean:
	rm -f src/*/*.o src/*/*.bc $(EXTENSION).so src/iab/*.so sql/$(EXTENSION)*--*.sql

else

# ---- the extension, by PGXS

MODULE_big   = $(EXTENSION)
# src/iab is the library of an extension of its own
OBJS         = $(patsubst %.c,%.o,$(filter-out src/iab/%,$(sort $(wildcard src/*/*.c))))
PG_CPPFLAGS  = -I$(srcdir)/src -DETHDATA_VERSION='"$(EXTVERSION)"'
PG_CFLAGS    = -Werror=implicit-function-declaration
SHLIB_LINK   = -lsodium

INSTALL_SQL := $(sort $(wildcard sql/install/*.sql))
BUILT_SQL   := sql/$(EXTENSION)--$(EXTVERSION).sql
DATA_built   = $(BUILT_SQL)
DATA         = $(wildcard sql/upgrade/$(EXTENSION)--*--*.sql)

# `make installcheck` against a running server that preloads ethdata; `make
# test` brings its own.  16 takes golden outputs from --expecteddir, which is
# "." by default, and 15 does not know that option.
REGRESS        = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS   = --inputdir=test --outputdir=.
ISOLATION      = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=.
TAP_TESTS      = $(if $(wildcard test/t/*.pl),1)
PROVE_TESTS    = test/t/*.pl

# no bitcode: it doubles the build for functions that are not inlined
override with_llvm = no

EXTRA_CLEAN = $(wildcard sql/$(EXTENSION)--*.sql) $(wildcard src/*/*.bc) results regression.diffs regression.out tmp_check

include $(PGXS)

# PGXS knows no header dependencies without --enable-depend
$(OBJS): $(sort $(wildcard src/*/*.h)) $(EXTENSION).control

# ---- ethdata_iab, by PGXS of its own

IAB = $(MAKE) -C src/iab PG_CONFIG='$(PG_CONFIG)'

.PHONY: all-iab install-iab uninstall-iab clean-iab
all-iab:
	$(IAB) all
install-iab:
	$(IAB) install
uninstall-iab:
	$(IAB) uninstall
clean-iab:
	$(IAB) clean
all: all-iab
install: install-iab
uninstall: uninstall-iab
clean: clean-iab

$(BUILT_SQL): $(INSTALL_SQL) $(EXTENSION).control Makefile
	@printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit' > $@.tmp
	cat $(INSTALL_SQL) >> $@.tmp
	@mv $@.tmp $@

endif
