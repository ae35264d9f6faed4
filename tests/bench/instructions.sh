#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The instructions that the verifier goes through, and those that a program then has, by kernel, back-end
# and program, are kept in instructions.txt, so that what makes a program grow is seen where it is changed.
#
#   instructions.sh update             writes that file anew (make instructions)
#   instructions.sh check KERNEL...    one line for each kernel: whether the file is right
#
# They depend on the kernel and on clang, and a little on their versions: by 5 % it may differ. Sizes
# are not compared, only shown.
set -u
cd "$(dirname "$0")/../.." || exit 1
file=tests/bench/instructions.txt
tolerance_percent=5

payload=$(mktemp -d)
trap 'rm -rf "$payload"' EXIT
cp build/bench/instructions "$payload/" || exit 1

# KERNEL BACKEND PROGRAM FOR_TOP FOR_TRACE SIZE_FOR_TOP SIZE_FOR_TRACE, in order
instructions_on() {
	local text
	text=$(VM_TIMEOUT=300 tests/vm/boot "$1" "$payload" ./instructions) || return
	awk -v kernel="$1" '{ print kernel, $0 }' <<<"$text" | sort
}

update() {
	local kernel
	for kernel in $(kernels); do tests/vm/fetch "$kernel" >/dev/null || exit 1; done
	{
		echo '# Instructions that the verifier goes through: make instructions writes this anew.'
		echo '# SIZE: those that the program has after verification.'
		echo '# KERNEL BACKEND PROGRAM FOR_TOP FOR_TRACE (trace --all --stack) SIZE_FOR_TOP SIZE_FOR_TRACE'
		for kernel in $(kernels); do instructions_on "$kernel" || exit 1; done
	} >"$payload/new" && cp "$payload/new" $file
}

kernels() { awk '!/^#/ && $2 == "amd64" { print $1 }' tests/vm/kernels; }

# What differs by more than that, what is new, and what is gone.
differences() {
	awk -v tolerance=$tolerance_percent '
		function differs(a, b) { return a > b * (1 + tolerance / 100) || a < b * (1 - tolerance / 100) }
		NR == FNR { then[$1 " " $2 " " $3] = $4 " " $5; next }
		{ key = $1 " " $2 " " $3 }
		!(key in then) { print $3 " is new"; next }
		{
			split(then[key], figure)
			if (differs($4, figure[1])) print $3 " " figure[1] " -> " $4
			else if (differs($5, figure[2])) print $3 " " figure[2] " -> " $5 " (trace)"
			delete then[key]
		}
		END { for (key in then) { sub(/.* /, "", key); print key " is gone" } }' \
		<(grep "^$1 " $file) "$2"
}

check() {
	local kernel=$1 name="instructions for the verifier" found
	if ! instructions_on "$kernel" >"$payload/now"; then
		echo "not ok $name: they cannot be counted on $kernel"
		return
	fi
	found=$(differences "$kernel" "$payload/now" | paste -sd, | sed 's/,/, /g')
	if [ -z "$found" ]; then
		echo "ok $name"
	else
		echo "not ok $name: $found: if that is meant, run make instructions"
	fi
}

case ${1:-} in
update) update ;;
check)
	shift
	for kernel; do check "$kernel"; done
	;;
*)
	echo "usage: tests/bench/instructions.sh update | check KERNEL..." >&2
	exit 2
	;;
esac
