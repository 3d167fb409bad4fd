# lib.sh -- what the test scripts share.  Sourced by bash, not run.
#
# It knows how to find a PostgreSQL installation, to build a private copy of the
# tree, to stage the result where no system folder is touched, and to run a
# throw-away server on it.  Nothing here reads or writes a cluster of the system.
#
# Places: $ETHDATA_WORK (default a folder under $TMPDIR, one for each user and
# each tree) holds
#   build-<major>/   a copy of the tree, built; kept, so that the next run is quick
#   run.XXXXXX/      one run: staged files, data folder, socket; removed at the end
#   log/             server and build logs, kept for the last runs
#
# As root, servers and TAP tests run as the user postgres (initdb refuses root).

set -u -o pipefail
# the makes that are started here are no children of the one that may have started us
unset MAKEFLAGS MFLAGS MAKELEVEL

eth_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
eth_run=
eth_server_up=

say()  { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
die()  { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# eth_find_pg [major] -- sets PG_CONFIG, pg_bin, pg_lib (pkglibdir), pg_share, pg_major, pg_testlib
eth_find_pg() {
	local want=${1:-}
	if [ -z "${PG_CONFIG:-}" ]; then
		if [ -n "$want" ]; then
			PG_CONFIG=/usr/lib/postgresql/$want/bin/pg_config
		elif [ -x /usr/lib/postgresql/15/bin/pg_config ]; then
			PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config
		else
			PG_CONFIG=$(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -V | tail -n 1)
			[ -n "$PG_CONFIG" ] || PG_CONFIG=$(command -v pg_config) || PG_CONFIG=
		fi
	fi
	[ -n "$PG_CONFIG" ] && "$PG_CONFIG" --version >/dev/null 2>&1 ||
		die "no pg_config${want:+ of PostgreSQL $want} found; 'make deps' installs PostgreSQL 15, or set PG_CONFIG"
	pg_bin=$("$PG_CONFIG" --bindir)
	pg_lib=$("$PG_CONFIG" --pkglibdir)
	pg_share=$("$PG_CONFIG" --sharedir)
	pg_major=$("$PG_CONFIG" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
	pg_testlib=$(dirname "$(dirname "$("$PG_CONFIG" --pgxs)")")/test
	[ -z "$want" ] || [ "$want" = "$pg_major" ] || die "$PG_CONFIG is of PostgreSQL $pg_major, not $want"
	[ -x "$pg_bin/initdb" ] || die "no server beside $PG_CONFIG ($pg_bin/initdb is missing)"
	export PG_CONFIG
}

# as_server command... -- runs it as the user that may run a server
as_server() {
	if [ "$(id -u)" -eq 0 ]; then
		HOME=${eth_run:-/tmp} USER=$eth_server_user LOGNAME=$eth_server_user \
			setpriv --reuid="$eth_server_user" --regid="$(id -g "$eth_server_user")" --init-groups -- "$@"
	else
		"$@"
	fi
}

# eth_workdir -- sets ETHDATA_WORK and makes it; refuses a folder somebody else made
eth_workdir() {
	if [ "$(id -u)" -eq 0 ]; then
		eth_server_user=${ETHDATA_SERVER_USER:-postgres}
		id "$eth_server_user" >/dev/null 2>&1 || die "no user $eth_server_user to run the server (root cannot); set ETHDATA_SERVER_USER"
	else
		eth_server_user=$(id -un)
	fi
	if [ -z "${ETHDATA_WORK:-}" ]; then
		ETHDATA_WORK=${TMPDIR:-/tmp}/ethdata-$(id -u)-$(printf '%s' "$eth_top" | cksum | cut -d' ' -f1)
	fi
	umask 022
	mkdir -p "$ETHDATA_WORK" "$ETHDATA_WORK/log" || die "cannot make $ETHDATA_WORK"
	[ -O "$ETHDATA_WORK" ] || die "$ETHDATA_WORK belongs to somebody else; set ETHDATA_WORK"
	eth_log=$ETHDATA_WORK/log
	# the logs of the last runs are enough
	ls -1t "$eth_log" 2>/dev/null | tail -n +41 | while read -r f; do rm -rf "${eth_log:?}/$f"; done
	export ETHDATA_WORK
}

# eth_sync from to -- makes "to" a copy of the tree "from", with its times, less
# what git would ignore; files that are gone from "from" go from "to", objects stay
eth_sync() {
	local from=$1 to=$2
	mkdir -p "$to"
	(cd "$from" && find . \( -name .git -o -name results -o -name tmp_check -o -name output_iso \) -prune -o \
		-type f ! -name '*.o' ! -name '*.so' ! -name '*.bc' ! -path './sql/ethdata*--*' -print | LC_ALL=C sort) >"$to/.files.new"
	if [ -f "$to/.files" ]; then
		LC_ALL=C comm -23 "$to/.files" "$to/.files.new" | while IFS= read -r f; do
			rm -f "$to/$f" "$to/${f%.c}.o"
		done
	fi
	# a file may vanish while it is copied: the tree can be in use by an editor
	tar -C "$from" --ignore-failed-read --no-recursion -cf - -T "$to/.files.new" 2>/dev/null | tar -C "$to" -xf - --no-same-owner || true
	chmod -R a+rX "$to"
	mv "$to/.files.new" "$to/.files"
}

# eth_build -- builds this tree in build-<major> and stages it under $eth_run/inst
# (or $1); needs eth_find_pg and eth_run.  The log is kept.
eth_build() {
	local dir=$ETHDATA_WORK/build-$pg_major dest=${1:-$eth_run/inst} log
	log=$eth_log/build-$pg_major-$(date +%H%M%S)-$$.log
	mkdir -p "$dir"
	(
		flock 9
		eth_sync "$eth_top" "$dir"
		cd "$dir" &&
			make -s -j2 PG_CONFIG="$PG_CONFIG" all &&
			make -s PG_CONFIG="$PG_CONFIG" install DESTDIR="$dest"
	) 9>"$dir/.lock" >"$log" 2>&1 </dev/null && return 0
	note "building failed, the end of the log:"
	grep -n -E 'error|Error|warning' "$log" | head -n 40 >&2
	tail -n 15 "$log" >&2
	note "whole log: $log"
	return 1
}

# eth_reference -- IAB's own decoders of consent strings, for tests and benchmarks only:
# installed by npm under $ETHDATA_WORK.  Sets ETHDATA_REFERENCE; false where node, npm or
# the packages are not to be had.
eth_reference() {
	local dir=$ETHDATA_WORK/reference
	export ETHDATA_REFERENCE=
	command -v node >/dev/null && command -v npm >/dev/null || return 1
	if [ ! -d "$dir/node_modules/@iabgpp/cmpapi" ] || [ ! -d "$dir/node_modules/@iabtechlabtcf/core" ]; then
		mkdir -p "$dir" && echo '{"private": true}' >"$dir/package.json" &&
			(cd "$dir" && timeout 120 npm install --no-audit --no-fund --ignore-scripts @iabtechlabtcf/core@1.5.21 @iabgpp/cmpapi@3.2.0) \
				>"$eth_log/reference.log" 2>&1 </dev/null || return 1
		chmod -R a+rX "$dir"
	fi
	ETHDATA_REFERENCE=$dir/node_modules
}

# eth_staged_settings instdir -- prints the settings that make a server use it.
# Debian's servers have extension_destdir, 18 and later extension_control_path.
eth_staged_settings() {
	local inst=$1
	if grep -q -a extension_destdir "$pg_bin/postgres"; then
		printf "extension_destdir = '%s'\n" "$inst"
	elif [ "$pg_major" -ge 18 ]; then
		printf "extension_control_path = '%s:\$system'\n" "$inst$pg_share"
	else
		note "this server can use no staged extension (neither extension_destdir nor extension_control_path): run 'make install' first"
		return 1
	fi
	printf "dynamic_library_path = '%s:%s'\n" "$inst$pg_lib" "$pg_lib"
}

# eth_begin -- makes the folder of this run and takes care of its end
eth_begin() {
	eth_workdir
	eth_run=$(mktemp -d "$ETHDATA_WORK/run.XXXXXX") || die "cannot make a folder in $ETHDATA_WORK"
	chmod 755 "$eth_run"
	eth_sock=$eth_run/s
	# a socket's path has at most 107 characters
	if [ ${#eth_sock} -gt 85 ]; then
		eth_sock=$(mktemp -d /tmp/ethdata-s.XXXXXX)
	fi
	trap 'eth_end' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

eth_end() {
	local rc=$?
	trap - EXIT HUP INT TERM
	eth_stop_server
	if [ -n "$eth_run" ]; then
		if [ -s "$eth_run/server.log" ]; then
			cp "$eth_run/server.log" "$eth_log/server-$pg_major-$$.log"
			[ $rc -eq 0 ] || note "server log: $eth_log/server-$pg_major-$$.log"
		fi
		rm -rf "${eth_run:?}"
		case $eth_sock in /tmp/ethdata-s.*) rm -rf "$eth_sock" ;; esac
	fi
	exit $rc
}

# eth_start_server [setting=value]... -- initdb and start on what eth_build staged
eth_start_server() {
	local data=$eth_run/data s
	mkdir -p "$eth_sock" "$eth_run/data" "$eth_run/home"
	head -c 32 /dev/urandom >"$eth_run/key"
	chmod 600 "$eth_run/key"
	: >"$eth_run/server.log"
	if [ "$(id -u)" -eq 0 ]; then
		chown "$eth_server_user" "$eth_sock" "$data" "$eth_run/home" "$eth_run/key" "$eth_run/server.log"
	fi
	chmod 700 "$data"
	chmod 755 "$eth_sock"
	as_server "$pg_bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
		>"$eth_run/initdb.log" 2>&1 || { cat "$eth_run/initdb.log" >&2; return 1; }
	{
		eth_staged_settings "$eth_run/inst" || return 1
		cat <<-EOF
			shared_preload_libraries = 'ethdata'
			ethdata.key_file = '$eth_run/key'
			listen_addresses = ''
			unix_socket_directories = '$eth_sock'
			port = 54329
			fsync = off
			log_checkpoints = off
			full_page_writes = off
			max_connections = 40
			max_prepared_transactions = 10
			log_line_prefix = '%m [%p] %q%u@%d %a: '
			log_timezone = 'UTC'
			timezone = 'UTC'
		EOF
		for s in "$@"; do
			printf "%s = '%s'\n" "${s%%=*}" "$(printf '%s' "${s#*=}" | sed "s/'/''/g")"
		done
	} >"$eth_run/settings.conf" || return 1
	as_server sh -c 'cat >>"$1"' sh "$data/postgresql.conf" <"$eth_run/settings.conf" || return 1
	as_server "$pg_bin/pg_ctl" -D "$data" -l "$eth_run/server.log" -w -t 60 start >"$eth_run/start.log" 2>&1 || {
		note "the server did not start:"
		tail -n 20 "$eth_run/server.log" >&2
		return 1
	}
	eth_server_up=1
	export PGHOST=$eth_sock PGPORT=54329 PGUSER=postgres PGDATABASE=postgres
	export ETHDATA_STAGED=$eth_run/inst ETHDATA_KEY_FILE=$eth_run/key
	export PATH=$pg_bin:$PATH
	unset PGSERVICE PGSERVICEFILE PGPASSFILE PGOPTIONS PGHOSTADDR PGSSLMODE PGCLIENTENCODING
}

eth_stop_server() {
	[ -n "$eth_server_up" ] || return 0
	eth_server_up=
	as_server "$pg_bin/pg_ctl" -D "$eth_run/data" -m immediate -w -t 60 stop >/dev/null 2>&1 ||
		note "the server in $eth_run/data could not be stopped"
}
