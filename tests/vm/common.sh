# shellcheck shell=bash disable=SC2034 # what is set here is used there
# SPDX-License-Identifier: GPL-2.0-only
# Read by fetch and boot: where things are, and the table of kernels.

vm_dir=$(cd "${BASH_SOURCE[0]%/*}" && pwd) || exit 125
cache=${PORTTRACE_CACHE:-/var/cache/porttrace}

# Status of fetch and boot when they, and not the command in the machine, failed.
# timeout(1) and docker(1) use the same number for that.
readonly E_FAILED=125

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$@"
	exit "$E_FAILED"
}

need() {
	local tool=$1 package=$2

	command -v "$tool" >/dev/null ||
		die "$tool is missing: install the package $package"
}

kernel_names() {
	awk '!/^[[:space:]]*(#|$)/ { printf "%s ", $1 }' "$vm_dir/kernels"
}

# kernel_row NAME: sets arch, suite and package from the line of NAME.
# Without a fork: it is all that fetch does for a kernel that is there already.
kernel_row() {
	local name

	while read -r name arch suite package _; do
		[[ $name == "$1" ]] && return
	done <"$vm_dir/kernels"
	die "there is no kernel $1; $vm_dir/kernels has: $(kernel_names)"
}
