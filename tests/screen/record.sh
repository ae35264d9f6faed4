# shellcheck shell=bash disable=SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# Recordings: how they are played on the screen, and record at a terminal. Sourced by check.

recordings=$tests/../recordings/v1

# play FILE [WORDS...]: at its own speed.
play() {
	local file=$1
	shift
	look 80 24 porttrace top --from "$recordings/$file" "$@"
	wait_for 'the first snapshot' shows '^porttrace ..:..:..  .*  web-7 '
}

plays_at() { shows "^porttrace ..:..:..  $1  web-7 "; }

recording_is_played() {
	play demo.jsonl.gz || return
	wait_for 'its speed' plays_at 'speed x1' || return
	does + -- 'faster' plays_at 'speed x2' && does + + -- 'ten times' plays_at 'speed x10' &&
		does - - - - -- 'half' plays_at 'speed x0.5' &&
		does + + + + + + + + + + -- 'the fastest' plays_at 'as fast as possible' &&
		wait_for 'the end' is_at_end && shows '^allocated 495 .*  failed 19 ' && leave
}

recording_at_an_interval() {
	play demo.jsonl.gz -i 0.1 && wait_for 'its speed' plays_at 'speed x5' && leave
}

# The times of the snapshots of small.jsonl.gz are from 12:00:01 to 12:00:05.
is_at_second() { shows "^porttrace $(date -d "2026-01-31T12:00:0${1}Z" +%T) "; }

recording_is_stepped_through() {
	local second
	play small.jsonl.gz -i 0.1 || return
	wait_for 'the end' is_at_end && is_at_second 5 || return
	for second in 4 3 2 1; do
		does Left -- "second $second" is_at_second $second || return
		shows '^1 .* PAUSED$' || fail 'it is not paused'
	done
	does Left -- 'that there is no more' shows 'this is the first snapshot of ' || return
	does Right -- 'one forward' is_at_second 2 && does . -- 'and one more' is_at_second 3 &&
		does , -- 'one back' is_at_second 2 || return
	shows ':3306 ' || fail 'the route of that second is not there'
	does Space -- 'the rest' is_at_second 5 && wait_for 'the end' is_at_end && leave
}

recording_is_cut_short() {
	play cut.jsonl.gz -i 0.05 || return
	wait_for 'that it is cut' shows '^1 .* CUT SHORT$' && leave
}

# --- record at a terminal ----------------------------------------------------------------------

# record_here WORDS...: typed at the prompt; what it says of itself is on the screen.
record_here() {
	rm -f "$dir/r.gz"
	open_terminal || return
	type_line "porttrace record -o r.gz $*"
	wait_for 'that it records' shows '^porttrace: recording to r.gz '
}

progress_is() { shows "^recording 00:00:$1, [0-9.]+ k?B, [0-9]+ failures *\$"; }

# has_status NR: what ran last, which has ended.
has_status() {
	wait_for 'the prompt' at_prompt || return
	# shellcheck disable=SC2016 # for the shell there
	type_line 'echo status $?'
	wait_for "status $1" shows "^status $1\$"
}

record_shows_its_progress() {
	record_here -i 0.2 || return
	wait_for 'a second' progress_is '0[1-9]' && wait_for 'two more' progress_is '0[3-9]' || return
	[ "$(grep -c '^recording ' "$dir/screen")" -eq 1 ] || fail 'not one line'
	press C-c
	wait_for 'what was written' shows '^porttrace: r.gz: [0-9]+ snapshots, [0-9]+ failures, ' || return
	shows_not '^recording ' || fail 'the line of before stands there still'
	has_status 0 || return
	gzip -t "$dir/r.gz" || fail 'the file is not whole'
}

record_can_be_stopped() {
	record_here -i 0.2 || return
	wait_for 'a second' progress_is '0[1-9]' || return
	press C-z
	wait_for 'the prompt' at_prompt || return
	type_line fg
	wait_for 'it goes on' progress_is '[0-9][0-9]' || return
	press C-c
	wait_for 'what was written' shows '^porttrace: r.gz: [0-9]+ snapshots' || return
	has_status 0
}

# The terminal sends it to both: it is not to be sent on as well.
record_leaves_keys_to_its_command() {
	cat >"$dir/command" <<-'EOT'
		n=0
		trap 'n=$((n + 1))' INT
		echo ready
		until [ -e go ]; do sleep 0.05; done
		echo "had $n"
		read -r line
		echo "read $line"
		exit 3
	EOT
	rm -f "$dir/go"
	record_here -i 0.2 -- sh ./command || return
	wait_for 'the command' shows '^ready$' || return
	press C-c
	wait_for 'the key' shows '\^C' || return
	press C-z
	wait_for 'the prompt' at_prompt || return
	type_line fg
	: >"$dir/go"
	wait_for 'one' shows '^had 1$' || return
	shows_not '^recording ' || fail 'it writes between the lines of the command'
	type_line 'a line'
	wait_for 'the line' shows '^read a line$' || return
	has_status 3
}
