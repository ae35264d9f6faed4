#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the benchmarks themselves: that their statistics are right, of samples that are made up,
# and that they still run. No time is judged.
#
#   check.sh statistics
#   check.sh runs PORTTRACE BACKEND     (as root)
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/common.sh

ok() { echo "ok $1"; }

# expect NAME WANTED GOT
expect() {
	if [ "$2" = "$3" ]; then ok "$1"; else echo "not ok $1: '$3' is not '$2'"; fi
}

# of FILTER SAMPLE...: what the filter makes of the rows of such samples, [WHAT, VALUE, BASE, LIMIT, DIFFERENCES].
of() {
	local filter=$1
	shift
	printf '%s\n' "$@" | jq -cr -s -L tests/bench 'include "results";
		map({ bench: "b", case: "c", what: .[0], unit: "ns", value: .[1], base: .[2],
		      limit: .[3], differences: .[4], why: "it is not there" }) | rows | '"$filter"
}

statistics() {
	local some=('["a",1,null,null]' '["a",100,null,null]' '["a",3,null,null]' '["a",2,null,null]')
	expect 'median of an even number' 2.5 "$(of '.[0].median' "${some[@]}")"
	expect 'spread is not moved by an outlier' 1 "$(of '.[0].spread' "${some[@]}")"
	expect 'least and most' '[1,100,4]' "$(of '.[0] | [.least, .most, .samples]' "${some[@]}")"
	expect 'without a base there is no ratio' null "$(of '.[0].ratio' "${some[@]}")"
	expect 'one sample has no spread' '[null,null]' "$(of '.[0] | [.spread, .ratio_spread]' \
		'["a",15,10,null]')"
	# The machine became slower under one pair: most still tell 1.25, and medians would tell 2.
	expect 'the ratio is that of pairs' '[1.25,0]' "$(of '.[0] | [.ratio, .ratio_spread]' \
		'["a",10,8,null]' '["a",40,20,null]' '["a",50,40,null]')"
	expect 'a limit is for the ratio' '[true,false]' "$(of 'map(.within_limit)' \
		'["a",102,100,"<=1.02"]' '["b",103,100,"<=1.02"]')"
	expect 'a limit from below' '[true,false]' "$(of 'map(.within_limit)' \
		'["a",70,10,">=7"]' '["b",69,10,">=7"]')"
	expect 'a limit is not for the median' '[null,"there is no base"]' \
		"$(of '.[0] | [.within_limit, .why]' '["a",1,null,"<=2"]' '["a",1,0,"<=2"]')"
	expect 'the ratio of differences is that of medians' '[0.4,true]' \
		"$(of '.[0] | [.ratio, .within_limit]' '["a",40,1,"<=0.5",true]' \
			'["a",30,100,"<=0.5",true]' '["a",50,110,"<=0.5",true]')"
	expect 'differences from noise have no ratio' \
		'[null,null,"the base is not beyond its spread"]' \
		"$(of '.[0] | [.ratio, .within_limit, .why]' '["a",1193,-50,"<=0.5",true]' \
			'["a",1193,60,"<=0.5",true]' '["a",1193,10,"<=0.5",true]')"
	expect 'nor have those from a negative one' '[null,null]' \
		"$(of '.[0] | [.ratio, .within_limit]' '["a",1193,-50,"<=0.5",true]' \
			'["a",1193,-50,"<=0.5",true]')"
	expect 'what was not measured in some rounds is counted' '[2,1]' \
		"$(of '.[0] | [.samples, .not_measured]' '["a",1,null,null]' '["a",null,null,null]' \
			'["a",1,null,null]')"
	expect 'what was not measured is null' '[null,null,0,null,"it is not there"]' \
		"$(of '.[0] | [.median, .ratio, .samples, .within_limit, .why]' '["a",null,null,"<=2"]')"
	expect 'rows are in the order of their samples' '["b","a"]' "$(of 'map(.what)' \
		'["b",1,null,null]' '["a",1,null,null]' '["b",1,null,null]')"
	expect 'the table says of which limit nothing is known' \
		'a not measured: it is not there (<=2)' \
		"$(of 'as_table' '["a",null,null,"<=2"]' | awk 'END { $1 = $1; print }')"
	expect 'the table says which limit is not kept' 'a 103 ns 1.03 <=1.02 NO' "$(of 'as_table' \
		'["a",103,100,"<=1.02"]' | awk 'END { print $1, $2, $4, $5, $8, $9 }')"
}

# has NAME FILTER: the JSON of the last run.
has() {
	if jq -e "$2" "$json" >/dev/null; then ok "$1"; else echo "not ok $1: see $json"; fi
}

# fake NAME COMMAND...: a porttrace in $dir that says that it looks on, and then does that
fake() {
	local name=$1
	shift
	cat >"$dir/$name" <<-EOF
		#!/bin/sh
		[ "\$1" != probes ] || { echo '{"selected":"$BACKEND"}'; exit; }
		echo \$\$ >$dir/$name.pid
		echo it looks
		$*
	EOF
	chmod +x "$dir/$name"
}

# What a program that is gone does not cost is not to be shown as its cost.
run_of_dying() {
	local name='a program that dies is not measured'
	fake dying exit 1
	if PORTTRACE=$dir/dying ONLOOKERS=top tests/bench/run.sh connect >/dev/null 2>&1; then
		echo "not ok $name: the run has not failed"
	else
		has "$name" '[.rows[] | select(.what == "porttrace top") |
			.samples == 0 and .within_limit == null and .why == "it has ended too early"] |
			length == 8 and all'
	fi
}

has_begun_or_ended() { [ -s "$1" ] || has_ended "$2"; }

# Told to end, a run ends with all that it has started, and with its next benchmarks.
run_that_is_ended() {
	local name='a run that is told to end leaves nothing' runner status left
	fake lasting exec sleep 1000
	PORTTRACE=$dir/lasting ONLOOKERS=top SETTLE_S=1000 \
		tests/bench/run.sh connect start >/dev/null 2>&1 &
	runner=$!
	wait_until 60 has_begun_or_ended "$dir/lasting.pid" $runner
	kill -TERM $runner 2>/dev/null
	wait $runner
	status=$?
	left=$(ps -o stat= -p "$(cat "$dir/lasting.pid")")
	case $status,$left in
	143, | 143,Z*) ok "$name" ;;
	*) echo "not ok $name: status $status, the onlooker is '$left'" ;;
	esac
}

runs() {
	local why
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	json=build/bench/check.json
	export PORTTRACE=$1 BACKEND=$2 BENCH_JSON=$json ROUNDS=2 CONNECTS=60 ONLOOKERS='empty top' SETTLE_S=0
	if ! why=$(tests/bench/run.sh connect probe start 2>&1); then
		echo "not ok they run: ${why##*$'\n'}"
		return
	fi
	ok 'they run'
	has 'the floor was measured' '[.rows[] | select(.what == "empty programs on the same hooks" and
		.bench == "connect" and .samples == 2 and .median > 0 and .ratio > 0)] | length == 8'
	has 'top was measured' '[.rows[] | select(.what == "porttrace top" and .bench == "connect" and
		.samples == 2 and .median > 0 and .ratio > 0)] | length == 8'
	has 'programs were measured' '[.rows[] | select(.bench == "probe" and .unit == "ns" and
		.median > 0 and .ratio > 0)] | length >= 10'
	has 'instructions were counted' '[.rows[] | select(.unit == "insn" and .median > 0)] | length >= 20'
	has 'the start was measured' '[.rows[] | select(.bench == "start" and .what == "porttrace top" and
		.median > 0)] | length == 3'
	run_of_dying
	run_that_is_ended
}

case ${1:-} in
statistics) statistics ;;
runs) runs "$2" "$3" ;;
*) exit 2 ;;
esac
