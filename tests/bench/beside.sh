#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs a command while another program looks on, which is there as soon as it has said one line: on this
# machine, and in virtual ones, where there is only busybox.
#
#   beside.sh "ONLOOKER ARG..." COMMAND [ARG...]
#
# COMMAND has its process as $ONLOOKER_PID, and is run SETTLE_S seconds after that (0). Status: COMMAND's,
# or 1 if the onlooker has ended before it.
set -u
begins=$(mktemp -u)

mkfifo "$begins" || exit 1
onlooker=$1
# shellcheck disable=SC2086 # words
$onlooker >"$begins" </dev/null &
ONLOOKER_PID=$!
export ONLOOKER_PID
shift
exec 3<"$begins"
rm "$begins"
read -r _ <&3 || exit 1
cat <&3 >/dev/null &
sleep "${SETTLE_S:-0}"
"$@"
status=$?
if ! grep -qs '^State:.[^ZX]' /proc/$ONLOOKER_PID/status; then
	echo "beside.sh: this has ended too early: $onlooker" >&2
	status=1
fi
kill -TERM $ONLOOKER_PID 2>/dev/null
wait $ONLOOKER_PID
exit $status
