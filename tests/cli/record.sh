# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of check
# Tests of record, for tests/cli/check, which has the helpers and calls them.

recording=$dir/recording.gz
readonly recording

# The name is written out: what is removed is in our own folder, whatever a variable has.
no_recording_yet() { rm -f "$dir/recording.gz"; }

record() { run timeout 60 "$porttrace" record -o "$recording" "$@"; }

# The lines of the file, or what of them there is: of one that was cut, gzip says so.
lines() { zcat "$recording" 2>"$dir/zcat.err"; }

# expect_whole: a header, snapshots, the last line; and gzip has nothing to say.
expect_whole() {
	gzip -t "$recording" 2>"$dir/gzip.err" || fail "gzip: $(head -n 1 "$dir/gzip.err")"
	lines | head -n 1 | grep -q '^{"recording":1,"porttrace":"' || fail 'no header'
	lines | tail -n 1 | grep -q '^{"event":"summary","failures":[0-9]*,' || fail 'no last line'
	lines | jq -es 'map(select(.version)) | length >= 2' >"$dir/jq" 2>&1 ||
		fail "not two snapshots: $(head -n 1 "$dir/jq")"
	rest=$(find "$dir" -name 'recording.gz.*')
	[ -z "$rest" ] || fail "it leaves $rest"
}

# Two sentences: that it records, and what it has recorded. Of the whole host, where others may fail.
expect_told() { expect_told_of "$recording"; }

# expect_told_of FILE
expect_told_of() {
	[ "$(wc -l <"$dir/err")" -eq 2 ] || fail "$(wc -l <"$dir/err") lines on stderr"
	expect_err "^porttrace: recording to $1 with back-end (fentry|kprobe|tracepoint)\$"
	expect_err "^porttrace: $1: [0-9]+ snapshots, [0-9]+ failures, [0-9.]+ k?B in [0-9.]+ s\$"
}

expect_no_file() { [ ! -e "$recording" ] || fail 'it leaves a file behind'; }

record_help() {
	run "$porttrace" record --help
	expect_status 0
	expect_quiet err
	expect_out '^Usage: porttrace record \[OPTIONS\] \[-- COMMAND \[ARGUMENT\]\.\.\.\]$'
	for option in '-o, --output FILE' '    --force' '-i, --interval SECONDS' \
		'-d, --duration SECONDS' '    --cpu-limit PERCENT' '    --rate-limit N' \
		'    --buffer MIB' '-p, --pid PID' '-N, --netns NETNS'; do
		expect_out "^  $option"
	done
	! grep -qE -- '--(batch|sort|count|stack)' "$dir/out" || fail 'it has options of others'
}

# wrong_record MESSAGE WORDS...
wrong_record() {
	message=$1
	shift
	run "$porttrace" record "$@"
	expect_status 2
	expect_one_message
	expect_err "^porttrace: .*$message.*; 'porttrace record --help' lists what there is\$"
	expect_quiet out
}

record_wrong_usage() {
	wrong_record "'0' is not a duration" -d 0
	wrong_record "'x' is not an interval" -i x
	wrong_record "a file has no empty name" -o ''
	wrong_record "there is no command after '--'" -d 1 --
	wrong_record 'a command has no empty name' -- ''
	wrong_record "both want standard output" --json -o -
	wrong_record "unknown option '-n'" -n 3
	[ ! -e porttrace.jsonl.gz ] || fail 'it has made a file'
}

record_for_a_while() {
	no_recording_yet
	record -d 0.5 -i 0.1
	expect_status 0
	expect_quiet out
	expect_told
	expect_whole
	[ "$(stat -c %a "$recording")" = 600 ] || fail 'others can read it'
	lines | head -n 1 | jq -e '.command == null and .interval_s == 0.1 and
		(.host | length > 0) and (.netns | map(select(.name == "init")) | length == 1)' \
		>"$dir/jq" || fail 'the header is not that of this host'
	# The limits of time are those of a machine that is busy: at least two, at most all.
	nr=$(lines | grep -c '"version"')
	[ "$nr" -ge 2 ] && [ "$nr" -le 7 ] || fail "$nr snapshots"
	# Counters have no local port, so nothing but this line says what the events are.
	no_recording_yet
	record -d 0.1 --sport 7009 --dport 80-90
	lines | head -n 1 | jq -e '.filter.sport == "7009-7009" and .filter.dport == "80-90" and
		.filter.pid == null' >"$dir/jq" || fail 'the header has not the filter'
	for words in '-d 0.2' '-d 0.2 --json'; do
		# shellcheck disable=SC2086 # words
		(cd "$dir" && rm -f porttrace.jsonl.gz && "$porttrace" record $words >out 2>err) ||
			fail "$words: status $?"
		[ -s "$dir/porttrace.jsonl.gz" ] || fail 'the file has no name of its own'
	done
	jq -e '.file == "porttrace.jsonl.gz" and .snapshots >= 2 and .failures >= 0 and .whole' \
		"$dir/out" >"$dir/jq" || fail "it says $(cat "$dir/out")"
	rm -f "$dir/porttrace.jsonl.gz"
}

record_to_standard_output() {
	"$porttrace" record -o - -d 0.3 2>"$dir/err" >"$recording" || fail "status $?"
	expect_whole
	# What the command writes must not be among it.
	"$porttrace" record -o - -- echo something 2>"$dir/err" >"$recording" || fail "status $?"
	expect_whole
	expect_err '^something$'
}

record_to_a_fifo() {
	for reads in yes no; do
		no_recording_yet
		new_fifo
		: >"$dir/err"
		"$porttrace" record -d 0.2 -o "$dir/fifo" >"$dir/out" 2>"$dir/err" </dev/null &
		pid=$!
		wait_until grep -qx "porttrace: waiting until somebody reads $dir/fifo" "$dir/err" ||
			fail "it does not wait for a reader: $(cat "$dir/err")"
		if [ "$reads" = yes ]; then
			cat "$dir/fifo" >"$recording"
		else
			kill -INT "$pid"
		fi
		wait_for_end
		sed -i 1d "$dir/err"
		if [ "$reads" = yes ]; then
			expect_status 0
			expect_whole
			expect_told_of "$dir/fifo"
		else
			expect_status 1
			expect_one_message
			expect_err "^porttrace: nobody has read $dir/fifo: start what reads it as well, or "
		fi
		[ -p "$dir/fifo" ] || fail 'the FIFO is gone'
		rm -f "$dir/fifo"
	done
}

# Whoever wanted all of it must not take that for success.
record_for_a_reader_that_goes_away() {
	{
		status=0
		timeout 20 "$porttrace" record -o - -i 0.01 2>"$dir/err" || status=$?
		echo "$status" >"$dir/status"
	} | head -c 1 >"$dir/out"
	[ "$(cat "$dir/status")" -eq 1 ] || fail "status $(cat "$dir/status")"
	expect_err '^porttrace: nobody reads standard output any more: .* give a file with -o$'
	expect_err '^porttrace: standard output: [0-9]+ snapshots, .*; it is cut short$'
}

# A pipe that holds a page: it is full at once. Signals of the command, and its end, are no reason to end.
record_for_a_reader_that_takes_its_time() {
	no_recording_yet
	new_fifo
	: >"$dir/err"
	# Opened to read and to write, so that nobody has to wait for the other end.
	exec 9<>"$dir/fifo"
	"$porttrace" record -i 0.002 -o "$dir/fifo" -- bash -c "trap ': >$dir/usr1' USR1
		: >'$dir/begun'; for i in {1..400}; do [ ! -e '$dir/usr1' ] || break; sleep 0.05; done
		sleep 0.1 & wait; : >'$dir/over'; exit 7" >"$dir/out" 2>"$dir/err" </dev/null 9>&- &
	pid=$!
	wait_until test -e "$dir/begun" || fail 'the command does not begin'
	wait_until is_waiting_to_write "$pid" || fail 'the pipe does not get full'
	kill -USR1 "$pid"
	wait_until test -e "$dir/over" || fail 'the command has not got its signal'
	wait_until is_waiting_to_write "$pid" || fail 'it does not wait for its reader'
	cat "$dir/fifo" 9>&- >"$recording" &
	reader=$!
	wait_until test -s "$recording" || fail 'nobody reads it'
	exec 9>&-
	wait_for_end
	expect_status 7
	wait "$reader"
	expect_whole
	expect_told_of "$dir/fifo"
	rm -f "$dir/fifo" "$dir/begun" "$dir/over" "$dir/usr1"
}

# It is in a poll() of two files, the pipe and its signals; it has three when it waits for what happens.
is_waiting_to_write() { [ "$(cut -d ' ' -f 3 "/proc/$1/syscall" 2>"$dir/syscall.err")" = 0x2 ]; }

# is_recording ERR: the probe is attached, and the first snapshot is in the file.
is_recording() { grep -q '^porttrace: recording to ' "$1"; }

# start_recording WORDS...: in the background, $pid, until it records.
start_recording() {
	no_recording_yet
	: >"$dir/err"
	"$porttrace" record -o "$recording" "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	pid=$!
	wait_until is_recording "$dir/err" || fail "it does not record: $(cat "$dir/err")"
}

# wait_for_end: $status.
wait_for_end() {
	wait_until is_gone "$pid" || { fail 'it does not end'; kill -KILL "$pid"; }
	status=0
	wait "$pid" || status=$?
}

record_ends_by_a_signal() {
	for signal in INT TERM HUP; do
		start_recording
		kill -s "$signal" "$pid"
		wait_for_end
		expect_status 0
		expect_told
		expect_whole
	done
}

# As with nohup(1): the terminal is gone, and that is all.
record_goes_on_without_a_terminal() {
	no_recording_yet
	: >"$dir/err"
	sh -c 'trap "" HUP; exec "$@"' sh "$porttrace" record -o "$recording" >"$dir/out" 2>"$dir/err" &
	pid=$!
	wait_until is_recording "$dir/err" || fail 'it does not record'
	kill -s HUP "$pid"
	# Were it to end by this, it would end before it hears the next.
	kill -s TERM "$pid"
	wait_for_end
	expect_status 0
	expect_whole
}

record_has_the_status_of_its_command() {
	for status_of in 'exit 0 0' 'exit 7 7' 'kill -9 $$ 137' 'kill -TERM $$ 143' 'exit 255 255'; do
		no_recording_yet
		record -- sh -c "${status_of% *}"
		expect_status "${status_of##* }"
		expect_told
		expect_whole
	done
	no_recording_yet
	# Without the dashes, and with options that are its own.
	record -i 0.2 printf '%s\n' -d --json
	expect_status 0
	printf '%s\n' -d --json | cmp -s - "$dir/out" || fail 'it has not got its words'
	lines | head -n 1 | jq -e '.command == ["printf", "%s\\n", "-d", "--json"]' >"$dir/jq" ||
		fail 'its words are not in the header'
}

record_of_what_cannot_run() {
	no_recording_yet
	record -- "$dir/missing"
	expect_status 127
	expect_one_message
	expect_err "^porttrace: cannot run '$dir/missing': No such file or directory\$"
	expect_no_file
	record -- "$dir"
	expect_status 126
	expect_err "^porttrace: cannot run '$dir': Permission denied\$"
	expect_no_file
	echo 'exit 5' >"$dir/script"
	record -- "$dir/script"
	expect_status 126
	chmod +x "$dir/script"
	# Without a first line that says so, it is the shell's.
	record -- "$dir/script"
	expect_status 5
}

record_leaves_standard_input_to_the_command() {
	no_recording_yet
	status=0
	echo 'a line' | "$porttrace" record -o "$recording" -- cat >"$dir/out" 2>"$dir/err" || status=$?
	expect_status 0
	grep -qx 'a line' "$dir/out" || fail 'the command has not got it'
}

# Its signals are as they were, and no file of ours is open.
record_hides_itself_from_the_command() {
	no_recording_yet
	cat >"$dir/look" <<-'EOT'
		grep -E '^Sig(Blk|Ign):' /proc/self/status
		ls /proc/self/fd | wc -l
		ulimit -a
	EOT
	for ignored in HUP PIPE XFSZ; do
		no_recording_yet
		run env --ignore-signal=$ignored sh "$dir/look"
		mv "$dir/out" "$dir/bare"
		run timeout 60 env --ignore-signal=$ignored "$porttrace" record -o "$recording" -- \
			sh "$dir/look"
		expect_status 0
		cmp -s "$dir/bare" "$dir/out" || fail "the command sees a difference, with SIG$ignored \
ignored: $(diff "$dir/bare" "$dir/out" | tr '\n' ' ')"
	done
}

record_passes_signals_on() {
	for signal in INT TERM HUP QUIT USR1 USR2; do
		# What this shell ignores for what it runs in the background, nobody could trap.
		start_recording -- env --default-signal=INT,QUIT bash -c "trap 'echo got; exit 9' $signal
			echo ready; while :; do sleep 0.05; done"
		wait_until grep -q ready "$dir/out" || fail 'the command does not begin'
		kill -s "$signal" "$pid"
		wait_for_end
		expect_status 9
		[ "$(grep -c got "$dir/out")" -eq 1 ] || fail "SIG$signal came not once"
		expect_whole
	done
}

record_for_less_time_than_its_command() {
	no_recording_yet
	record -d 0.3 -- sh -c "until gzip -t '$recording' 2>/dev/null; do sleep 0.05; done; exit 6"
	expect_status 6
	expect_told
	expect_whole
}

record_does_not_overwrite() {
	echo precious >"$recording"
	record -d 0.1
	expect_status 1
	expect_one_message
	expect_err "^porttrace: $recording is there already: give another name with -o, or overwrite it with --force\$"
	grep -qx precious "$recording" || fail 'it has overwritten the file'
	record --force -- "$dir/missing"
	expect_status 127
	grep -qx precious "$recording" || fail 'the file is gone, and nothing was recorded'
	record -d 0.2 --force
	expect_status 0
	expect_whole
	no_recording_yet
	ln -s "$dir/elsewhere" "$recording"
	record -d 0.1
	expect_status 1
	[ ! -e "$dir/elsewhere" ] || fail 'it has followed a link'
	no_recording_yet
	run "$porttrace" record -d 0.1 -o "$dir"
	expect_status 1
	expect_err "^porttrace: cannot write $dir: Is a directory\$"
	run "$porttrace" record -d 0.1 -o "$dir/none/x.gz"
	expect_status 1
	expect_err 'No such file or directory$'
}

# COMMAND...: with the file on a file system that has room for 24 kB, which nobody else sees.
on_a_small_disk() {
	run timeout 100 unshare --mount sh -c 'mkdir -p "$1" && mount -t tmpfs -o size=24k,mode=700 none "$1" &&
		shift && "$@"; status=$?; cp "$0"/disk/* "$0"/; exit $status' "$dir" "$dir/disk" "$@"
}

expect_told_of_a_full_disk() {
	expect_err "^porttrace: cannot write $dir/disk/recording.gz: No space left on device; what has been written can be read\$"
	expect_err "^porttrace: $dir/disk/recording.gz: [0-9]+ snapshots, [0-9]+ failures, .*; it is cut short\$"
	told=$(sed -nE 's/.*recording.gz: ([0-9]+) snapshots, .*/\1/p' "$dir/err")
	run "$porttrace" top --from "$recording" --json
	expect_status 0
	expect_err 'is cut short: it has no last line'
	nr=$(wc -l <"$dir/out")
	# The last write may have taken some more of them along.
	[ "$told" -ge 3 ] && [ "$nr" -ge "$told" ] || fail "$nr snapshots can be read of $told"
	no_recording_yet
}

# With other names each time, so that the file grows.
record_on_a_full_disk() {
	no_recording_yet
	on_a_small_disk "$porttrace" record -i 0.005 -o "$dir/disk/recording.gz"
	expect_status 1
	expect_told_of_a_full_disk
}

record_a_command_on_a_full_disk() {
	for status_of in 5 0; do
		no_recording_yet
		on_a_small_disk "$porttrace" record -i 0.005 -o "$dir/disk/recording.gz" -- \
			sh -c "until grep -q 'the command goes on' '$dir/err'; do sleep 0.05; done
				exit $status_of"
		# What was not recorded to its end is no success.
		expect_status $((status_of ? status_of : 1))
		expect_err '^porttrace: nothing is recorded any more; the command goes on$'
		expect_told_of_a_full_disk
	done
}

# Files of old versions, and what is in them.
record_of_old_versions_can_be_read() {
	for old in "$tests"/../recordings/v*/*.jsonl "$tests"/../recordings/v*/*.gz; do
		run "$porttrace" top --from "$old" --json
		expect_status 0
		jq -c '[.time[11:23], .uptime_s, (.netns | length),
			(.routes | map([.dport, .used, .headroom, .allocations, .failures]) | sort),
			([.failures_by_route[].count] | add)]' "$dir/out" >"$dir/summed" ||
			fail "$old: no JSON"
		cmp -s "$dir/summed" "$old.expected" || fail "$old: not what is in it"
	done
	echo '{"recording":2,"time":7}' | gzip >"$recording"
	run "$porttrace" top --from "$recording" --json
	expect_status 1
	expect_one_message
	expect_err 'reads recordings of version 1, and not 2: use a newer one$'
}
