#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the benchmark probe_vm runs in a virtual machine.
#
#   probe_vm.sh ROUNDS CONNECTS
#
# Lines of three kinds:
#   program BACKEND ROUND PROGRAM RUNS INSTRUCTIONS OF_EMPTY
#   connect BACKEND none|empty|top and a line of load.c
set -u
rounds=$1 connects=$2
export SETTLE_S=12

# load_beside BACKEND NAME [ONLOOKER]
load_beside() {
	${3:+./beside.sh "$3"} ./load connect --connects $((connects * 4)) >/tmp/times || exit 1
	echo "connect $1 $2 $(cat /tmp/times)"
}

for backend in fentry kprobe tracepoint; do
	top="./porttrace top --batch --probe $backend"
	./beside.sh "$top" ./empty --probe $backend --beside --rounds "$rounds" -- \
		./load calls --connects "$connects" >/tmp/runs || exit 1
	sed "s/^/program $backend /" /tmp/runs
	load_beside $backend none
	load_beside $backend empty "./empty --probe $backend --wait"
	load_beside $backend top "$top"
done
