# shellcheck shell=bash disable=SC2034 # what is set here is used there
# SPDX-License-Identifier: GPL-2.0-only
# Read by the scripts that fetch, and by those that use what was fetched.

cache=${PORTTRACE_CACHE:-/var/cache/porttrace}

# Status of these scripts when they, and not a command that they run, failed.
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
