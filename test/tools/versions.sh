# versions.sh -- PostgreSQL majors that this Debian does not have, in folders of
# Debian's next releases.  Sourced after lib.sh.
#
#   17 is Debian trixie's, 18 is forky's.
#
# A folder is made once by debootstrap under $ETHDATA_CHROOTS (/var/cache/ethdata)
# from the mirror that apt is configured with, and kept.  It is entered in a mount
# namespace of its own, so that no mount outlives the command; where mounting is
# not allowed, the folder does without /proc.
#
# Needs root.  Servers inside never touch a cluster: none is ever created there.

eth_chroots=${ETHDATA_CHROOTS:-/var/cache/ethdata}
eth_chroot_user=tester

# the Debian release that has this major
eth_suite() {
	case $1 in
		17) echo trixie ;;
		18) echo forky ;;
		*) die "PostgreSQL $1 is not one that is tested in a folder (17 and 18 are)" ;;
	esac
}

# the mirror of the running Debian, as apt is configured
eth_mirror() {
	local release
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -v r="$release" '$1 == r {print $2; exit}'
}

# eth_enter folder command... -- as root, in a chroot with /proc and /dev/shm
eth_enter() {
	local folder=$1
	shift
	if unshare --mount true 2>/dev/null; then
		unshare --mount sh -c '
			folder=$1; shift
			mount -t proc proc "$folder/proc" 2>/dev/null || mount --rbind /proc "$folder/proc" 2>/dev/null
			for d in null zero full random urandom tty; do
				[ -c "$folder/dev/$d" ] || { rm -f "$folder/dev/$d"; touch "$folder/dev/$d"; mount --bind "/dev/$d" "$folder/dev/$d"; }
			done
			mkdir -p "$folder/dev/shm"
			mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm" 2>/dev/null || chmod 1777 "$folder/dev/shm"
			exec chroot "$folder" "$@"' sh "$folder" "$@"
	else
		mkdir -p "$folder/dev/shm" && chmod 1777 "$folder/dev/shm"
		chroot "$folder" "$@"
	fi
}

# eth_in_folder_apt folder log package... -- installs them in the folder
eth_in_folder_apt() {
	local folder=$1 log=$2
	shift 2
	eth_enter "$folder" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" \
		>>"$log" 2>&1 </dev/null || {
		tail -n 5 "$log" >&2
		die "installing in $folder failed: $*; log: $log"
	}
	rm -f "$folder"/var/cache/apt/archives/*.deb
}

# eth_folder major -- makes the folder of this major unless it is there; sets eth_folder
eth_folder() {
	local major=$1 suite mirror script keyring new log p
	local packages=("postgresql-$major" "postgresql-server-dev-$major" libsodium-dev libipc-run-perl gcc clang make
		python3-django python3-sqlalchemy python3-psycopg2 pgbouncer openssl) missing=()
	suite=$(eth_suite "$major") || exit 1
	eth_folder=$eth_chroots/$suite
	log=$eth_chroots/$suite.log
	mkdir -p "$eth_chroots" || die "cannot make $eth_chroots"
	exec 8>"$eth_chroots/.$suite.lock"
	flock 8
	if [ ! -x "$eth_folder/usr/lib/postgresql/$major/bin/postgres" ]; then
		if ! command -v debootstrap >/dev/null; then
			eth_apt debootstrap || die "debootstrap could not be installed"
		fi
		mirror=$(eth_mirror)
		[ -n "$mirror" ] || die "no mirror for debootstrap: apt on this machine is not configured for a Debian release"
		# a release younger than this debootstrap is made by the script of sid
		script=/usr/share/debootstrap/scripts/$suite
		[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
		keyring=/usr/share/keyrings/debian-archive-keyring.gpg
		[ -e "$keyring" ] || eth_apt debian-archive-keyring || die "Debian's keyring could not be installed"
		# the keys of the younger release come with the older one's keyring once that is made
		if [ "$suite" = forky ] && [ -e "$eth_chroots/trixie$keyring" ]; then
			keyring=$eth_chroots/trixie$keyring
		fi
		new=$eth_folder.new
		rm -rf "${new:?}" "${eth_folder:?}"
		say "making $eth_folder (Debian $suite, for PostgreSQL $major); log: $log"
		debootstrap --variant=minbase --keyring="$keyring" "$suite" "$new" "$mirror" "$script" >"$log" 2>&1 </dev/null || {
			tail -n 5 "$log" >&2
			die "debootstrap of Debian $suite failed; whole log: $log"
		}
		# in the folder no service starts and no cluster is made
		printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d"
		chmod 755 "$new/usr/sbin/policy-rc.d"
		mkdir -p "$new/etc/postgresql-common"
		echo 'create_main_cluster = false' >"$new/etc/postgresql-common/createcluster.conf"
		# a clock or a mirror that lags is the outer machine's choice
		apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|http::Proxy|https::Proxy|Retries) ' >"$new/etc/apt/apt.conf.d/90ethdata"
		say "installing PostgreSQL $major and the build tools there"
		eth_enter "$new" apt-get update >>"$log" 2>&1 </dev/null || die "apt-get update failed in $new; log: $log"
		eth_enter "$new" apt-cache show "postgresql-$major" >/dev/null 2>&1 </dev/null ||
			die "Debian $suite has no package postgresql-$major: the release moved on to another major"
		eth_in_folder_apt "$new" "$log" "${packages[@]}"
		mv "$new" "$eth_folder" || die "cannot move $new"
	else
		# a folder that was made when the tests needed less
		for p in "${packages[@]}"; do
			chroot "$eth_folder" dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed' || missing+=("$p")
		done
		if [ ${#missing[@]} -gt 0 ]; then
			say "installing ${missing[*]} in $eth_folder"
			eth_enter "$eth_folder" apt-get update >>"$log" 2>&1 </dev/null || die "apt-get update failed in $eth_folder; log: $log"
			eth_in_folder_apt "$eth_folder" "$log" "${missing[@]}"
		fi
	fi
	chroot "$eth_folder" id "$eth_chroot_user" >/dev/null 2>&1 ||
		chroot "$eth_folder" useradd -m "$eth_chroot_user" || die "no user could be made in $eth_folder"
	flock -u 8
	exec 8>&-
}

# eth_apt package... -- installs them on this machine, with sudo if not root
eth_apt() {
	local sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	command -v apt-get >/dev/null || return 1
	say "installing $*"
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 </dev/null ||
		{ $sudo apt-get update >/dev/null 2>&1 </dev/null &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null; }
}
