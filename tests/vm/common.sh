# shellcheck shell=bash disable=SC2034 # what is set here is used there
# SPDX-License-Identifier: GPL-2.0-only
# Read by fetch and boot: where things are, and the table of kernels.

vm_dir=$(cd "${BASH_SOURCE[0]%/*}" && pwd) || exit 125

# shellcheck source-path=SCRIPTDIR source=../../scripts/common.sh
source "$vm_dir/../../scripts/common.sh"

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
