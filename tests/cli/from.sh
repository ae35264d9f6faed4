# shellcheck shell=sh disable=SC2034,SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# top --from: snapshots from a file. Sourced by check, whose functions these are written with.

# As nobody, who may not ask the kernel for anything; the program and its files are in $dir.
from() {
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/porttrace" top --from "$@"
}

from_has_lines() {
	[ -s "$dir/lines" ] && return
	cp "$porttrace" "$dir/porttrace"
	chmod 755 "$dir" "$dir/porttrace"
	# Not before all that the demo does has begun.
	"$porttrace" demo --json -n 8 -i 1 -s allocations --cpu-limit 100 | tail -n 3 >"$dir/lines"
	chmod 644 "$dir/lines"
}

from_a_file_is_what_was_written() {
	from_has_lines
	from "$dir/lines" --json -s allocations
	expect_status 0
	expect_quiet err
	cmp -s "$dir/out" "$dir/lines" || fail 'the lines are not what was written'
	from "$dir/lines" -j -n 2 -s allocations
	expect_status 0
	head -n 2 "$dir/lines" | cmp -s - "$dir/out" || fail 'not the first two lines'
}

from_a_file_as_text() {
	from_has_lines
	from "$dir/lines" --batch
	expect_status 0
	expect_quiet err
	[ "$(grep -c ' probe ' "$dir/out")" -eq 3 ] || fail 'not three screens'
	expect_out '127\.0\.0\.1:7001 '
	expect_out 'connect +range_exhausted +EADDRNOTAVAIL +[1-9]'
}

from_a_file_in_all_views() {
	from_has_lines
	for view in 'processes pooled' 'cgroups PROCS' 'netns [0-9]+-[0-9]+ ' \
		'failures range_exhausted'; do
		from "$dir/lines" --batch -w "${view%% *}"
		expect_status 0
		expect_out "${view#* }"
	done
}

from_a_file_at_a_pace() {
	from_has_lines
	started=$(date +%s%N)
	from "$dir/lines" -b -i 0.3
	expect_status 0
	[ $((($(date +%s%N) - started) / 1000000)) -ge 600 ] || fail 'three lines took no 0.6 s'
	started=$(date +%s%N)
	from "$dir/lines" -b
	[ $((($(date +%s%N) - started) / 1000000)) -lt 900 ] || fail 'it waits between lines'
}

from_a_file_what_is_asked_for() {
	from_has_lines
	from "$dir/lines" -b --dport 7004
	expect_out ':7004 '
	! grep -q ':7001 ' "$dir/out" || fail 'another port'
	expect_out 'range_exhausted'
	from "$dir/lines" -b -c pooled
	expect_out ':7001 '
	! grep -qE ':700[234] ' "$dir/out" || fail 'the port of another process'
	number=$(sed -n '1s/.*"inum":\([0-9]*\).*/\1/p' "$dir/lines")
	from "$dir/lines" -b -N "$number"
	expect_out ':7001 '
	for words in '--dst 10.0.0.1' '--udp' '-6' '-N other' '-g /nix'; do
		# shellcheck disable=SC2086 # words
		from "$dir/lines" -b $words
		expect_status 0
		! grep -q ':7001 ' "$dir/out" || fail "$words: routes"
	done
}

# The second line comes when the first has been shown.
from_a_pipe() {
	from_has_lines
	new_fifo
	"$porttrace" top --from - -j -s allocations <"$dir/fifo" >"$dir/out" 2>"$dir/err" &
	pid=$!
	exec 3>"$dir/fifo"
	head -n 1 "$dir/lines" >&3
	wait_until has_written 1 || fail 'the first line is not shown'
	sed -n 2p "$dir/lines" >&3
	exec 3>&-
	status=0
	wait "$pid" || status=$?
	expect_status 0
	expect_quiet err
	head -n 2 "$dir/lines" | cmp -s - "$dir/out" || fail 'not the two lines'
	rm "$dir/fifo"
}

has_written() { [ "$(wc -l <"$dir/out")" -eq "$1" ]; }

# Nobody writes to the pipe: a signal ends it all the same.
from_a_pipe_without_a_writer() {
	new_fifo
	for signal in INT TERM HUP; do
		"$porttrace" top --from "$dir/fifo" -b >"$dir/out" 2>"$dir/err" &
		pid=$!
		wait_until has_opened "$pid" "$dir/fifo" || fail 'it does not open the pipe'
		kill -s "$signal" "$pid"
		status=0
		wait_until is_gone "$pid" || { fail "SIG$signal does not end it"; kill -KILL "$pid"; }
		wait "$pid" || status=$?
		expect_status 0
		expect_quiet err
	done
	rm "$dir/fifo"
}

has_opened() { find "/proc/$1/fd" -lname "$2" 2>/dev/null | grep -q .; }

# from_wrong MESSAGE: of what is in $dir/wrong, after a line that is right.
from_wrong() {
	{ head -n 1 "$dir/lines"; cat "$dir/wrong"; } >"$dir/mixed"
	from "$dir/mixed" --json
	expect_status 1
	expect_one_message
	expect_err "^porttrace: cannot read $dir/mixed, line 2: $1"
	[ "$(wc -l <"$dir/out")" -eq 1 ] || fail 'the first line was not shown'
}

from_what_is_no_recording() {
	from_has_lines
	for words in "$dir/missing" "$dir" /dev/null; do
		from "$words" -b
		expect_status 1
		expect_one_message
		expect_err "$words"
		expect_quiet out
	done
	echo 'not JSON' >"$dir/wrong"
	from "$dir/wrong" -b
	expect_status 1
	expect_one_message
	expect_err "line 1: 'n' instead of an object; it takes what 'porttrace record' or 'porttrace top --json' has"
	from_wrong "'n' instead"
	echo >"$dir/wrong"
	from_wrong 'it is empty'
	head -c 500 "$dir/lines" >"$dir/wrong"
	from_wrong '.*the line ends in the middle'
	sed -n '2s/"version":1/"version":7/p' "$dir/lines" >"$dir/wrong"
	from_wrong 'version: .*use a newer one'
	run "$porttrace" top --from - -b
	expect_status 1
	expect_err 'nothing in standard input'
}

from_with_options_of_a_kernel() {
	for words in '-P kprobe' '--cpu-limit 2' '--btf x' '-N /proc/self/ns/net' '-N self' '-g x'; do
		# shellcheck disable=SC2086 # words
		run "$porttrace" top --from "$dir/lines" $words
		expect_status 2
		expect_one_message
		expect_quiet out
	done
	run "$porttrace" demo --from "$dir/lines"
	expect_status 2
}
