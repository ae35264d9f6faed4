# shellcheck shell=bash disable=SC2034 # what is set here is used there
# SPDX-License-Identifier: GPL-2.0-only
# Read by what fetches Debian packages of any architecture and suite, and keeps
# what it needs of them in the cache; common.sh has to be read before.
#
# The mirror is the one that the machine's apt uses, and signatures are checked
# with the machine's Debian keyring; lists and downloads are kept in a state of
# their own, so that the machine's apt is read and never changed.  No foreign
# architecture is added to it for that reason: its apt-get update would fail where
# a mirror has none, and installing one upgrades the machine's own libraries to
# the versions of those that come.

# The sandbox user of apt must be able to reach the download folder.
umask 022

log=
stage=

# What apt wrote is only worth reading if it failed.
run_logged() {
	"$@" >>"$log" 2>&1 && return
	tail -n 15 "$log" >&2
	return 1
}

#
# The private apt
#

keyring() {
	local file

	for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[[ -r $file ]] && echo "$file" && return
	done
	die "no Debian archive keys: install the package debian-archive-keyring"
}

# The first FIELD of the machine's own apt sources that carry LABEL, which the
# archive itself writes and signs; the host and the path of a mirror can be any.
machine_source() {
	local field=$1 label=$2 value

	value=$(apt-get indextargets --format "\$($field)" "Label: $label" |
		sed -n 1p)
	[[ $value ]] ||
		die "this machine's apt has no source labelled $label:" \
			"add one to its sources, or run apt-get update if there is one"
	echo "$value"
}

mirror_of() {
	case $1 in
	*-security) machine_source REPO_URI Debian-Security ;;
	*) machine_source REPO_URI Debian ;;
	esac
}

# How to reach the mirror (proxy, certificates, time limits) is the machine's;
# hooks, pins and relaxed signature checks are not taken over.
apt_conf() {
	local state=$1 arch=$2

	apt-config dump |
		sed -n '/^Acquire::/{/^Acquire::IndexTargets/d; /^Acquire::Allow/d; p}'
	cat <<-END
		Acquire::Languages "none";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		Dir::State "$state";
		Dir::State::status "$state/status";
		Dir::Cache "$state";
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "/dev/null";
		Dir::Etc::sourcelist "$state/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
	END
}

# private TOOL [ARG...]: a tool of apt on the state of what is being fetched
private() {
	APT_CONFIG=$stage/apt/apt.conf "$@"
}

# open_archive ARCH SUITE: what private will look at from now on
open_archive() {
	local arch=$1 suite=$2 state=$stage/apt uri keys

	uri=$(mirror_of "$suite")
	keys=$(keyring)
	mkdir -p "$state"/{lists,archives}/partial "$state/debs"
	: >"$state/status"
	echo "deb [signed-by=$keys] $uri $suite main" >"$state/sources.list"
	apt_conf "$state" "$arch" >"$state/apt.conf"
	if ((EUID == 0)) && id -u _apt >/dev/null 2>&1; then
		chown _apt "$state/debs"
	fi

	# Without Error-Mode, an index that could not be had is only a warning.
	run_logged private apt-get -o APT::Update::Error-Mode=any update ||
		die "cannot read $suite for $arch of the mirror (see above): is it reachable," \
			"does it have that architecture," \
			"and is the package debian-archive-keyring up to date?"
	[[ $(private apt-get indextargets "Created-By: Packages") ]] ||
		die "the mirror of this machine's apt has no packages for $arch in $suite"
}

# unpack ROOT PACKAGE...
unpack() {
	local root=$1 debs=$stage/apt/debs deb

	shift
	(cd "$debs" && run_logged private apt-get download "$@") ||
		die "cannot download $* (see above): is the mirror reachable," \
			"and is there room in $cache?"
	for deb in "$debs"/*.deb; do
		run_logged dpkg-deb -x "$deb" "$root" ||
			die "cannot unpack ${deb##*/} (see above): is there room in $cache?"
	done
}

# first_file FILE...: suites differ in where they put things.
first_file() {
	local file

	for file; do
		[[ -e $file ]] && echo "$file" && return
	done
	return 1
}

#
# The cache
#

remove_stage() {
	[[ -z $stage ]] || rm -rf "$stage"
}

# cached NAME FILE FILL [ARG...]: unless FILE of NAME is there, have FILL make
# NAME's folder.  It is made elsewhere and renamed at the end, so what has the
# name is complete.  The lock is left behind: who removes a lock file can take
# it away from somebody who waits for it.
cached() {
	local name=$1 file=$2 fill=$3 lock

	shift 3
	[[ ! -e $cache/$name/$file ]] || return 0
	mkdir -p "$cache" 2>/dev/null ||
		die "cannot make $cache: be root, or set PORTTRACE_CACHE"
	{ exec {lock}>"$cache/.$name.lock"; } 2>/dev/null ||
		die "cannot write to $cache: be root, or set PORTTRACE_CACHE"
	flock "$lock"
	# Whoever had the lock may have fetched it.
	if [[ ! -e $cache/$name/$file ]]; then
		stage=$cache/.$name.new
		remove_stage
		mkdir -p "$stage/out" "$stage/root"
		log=$stage/log
		say "fetching $name"
		"$fill" "$stage/out" "$@"
		rm -rf "${cache:?}/$name"
		mv -T "$stage/out" "$cache/$name"
		remove_stage
		stage=
	fi
	exec {lock}>&-
}

archive_tools() {
	need apt-get apt
	need dpkg-deb dpkg
	need flock util-linux
}

# A signal ends the script through exit, so that the stage is removed.
remove_stage_at_end() {
	trap remove_stage EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}
