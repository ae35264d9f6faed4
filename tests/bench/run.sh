#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs benchmarks one after the other, prints one table of all that they measured, and writes the
# same to build/bench.json, or to $BENCH_JSON.
#
#   tests/bench/run.sh NAME...      (as root, from `make bench`)
#
# ROUNDS=N: how often each thing is measured. PORTTRACE: the program; BACKEND: its back-end. Status 1
# if one of them failed: nothing is judged by its time, but what porttrace counts is by what is there.
set -u
cd "$(dirname "$0")/../.." || exit 1
bench=run.sh
. tests/bench/common.sh
json=${BENCH_JSON:-build/bench.json}

# results FILTER FILE...
results() {
	local filter=$1
	shift
	jq -r -L tests/bench "include \"results\"; $filter" "$@"
}

version_of() {
	command -v "$1" >/dev/null || return
	case $1 in
	tcpstates) dpkg-query -W -f '${Version}' libbpf-tools 2>/dev/null ;;
	ss) ss -V | sed 's/.*iproute2-//; s/,.*//' ;;
	bpftrace) bpftrace --version ;;
	esac
}

machine() {
	jq -cn --arg kernel "$(uname -sr)" --arg processors "$(nproc)" \
		--arg processor "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" \
		--arg memory_mb "$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)" \
		--arg backend "${BACKEND:-$("${PORTTRACE:-./porttrace}" probes --json | jq -r .selected)}" \
		--arg program "${PORTTRACE:-./porttrace}" \
		--arg commit "$([ -n "${PORTTRACE:-}" ] || git describe --always --dirty 2>/dev/null)" \
		--arg bpftrace "$(version_of bpftrace)" --arg tcpstates "$(version_of tcpstates)" \
		--arg ss "$(version_of ss)" \
		'{ $kernel, $processor, processors: ($processors | tonumber),
		   memory_mb: ($memory_mb | tonumber), $backend, $program, $commit,
		   tools: { bpftrace: $bpftrace, "libbpf-tools": $tcpstates, iproute2: $ss } }'
}

# One benchmark: its samples, and how busy the machine was.
run_one() {
	local began=$SECONDS before
	before=$(load_average)
	echo "== $1 (load average $before)" >&2
	# A process group of its own, which can be ended with all that is in it.
	set -m
	BENCH_SAMPLES=$work/samples "tests/bench/$1" </dev/null &
	bench_pid=$!
	set +m
	wait "$bench_pid" || failed="$failed $1"
	bench_pid=
	jq -cn --arg bench "$1" --arg before "$before" --arg after "$(load_average)" \
		--argjson seconds $((SECONDS - began)) \
		'{ $bench, $seconds, load_average: { $before, $after } }' >>"$work/runs"
	echo "== $1 took $((SECONDS - began)) s (load average $(load_average))" >&2
}

# Told more than once: what it starts just then has not heard of it, and it waits for that.
end_of_bench() {
	for _ in {1..12}; do
		kill -TERM -- "-$bench_pid" 2>/dev/null
		! wait_until 5 has_ended "$bench_pid" || return 0
	done
	kill -KILL -- "-$bench_pid"
}

end_run() {
	trap '' HUP INT TERM
	[ -z "$bench_pid" ] || end_of_bench
	rm -rf "$work"
}

[ $# -gt 0 ] || die "which of them? make bench runs all"
work=$(mktemp -d)
bench_pid=
trap end_run EXIT
exit_on_signals
failed=
: >"$work/samples"
: >"$work/runs"
for name; do
	case $name in
	*[./]*) false ;;
	*) [ -x "tests/bench/$name" ] ;;
	esac || die "there is no benchmark '$name' in tests/bench"
done
machine >"$work/machine"
for name; do run_one "$name"; done
# shellcheck disable=SC2016 # jq's own variables
results '{ version: 1, machine: $machine[0], runs: $runs, rows: [inputs] | rows }' -n \
	--slurpfile machine "$work/machine" --slurpfile runs "$work/runs" "$work/samples" >"$json.new" ||
	die "cannot write $json.new"
mv "$json.new" "$json" || exit 1
jq -r '.machine | "\(.kernel), \(.processors) x \(.processor), \(.memory_mb) MB, back-end \(.backend)"' \
	"$json"
results '.rows | as_table' "$json"
echo
jq -r '.runs[] | "\(.bench): \(.seconds) s, load average \(.load_average.before) to \(.load_average.after)"' \
	"$json"
echo "as JSON: $json"
[ -z "$failed" ] || die "these have failed:$failed"
