# shellcheck shell=bash disable=SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# The screen of top --from: no kernel, no root. What these tests have in common; sourced by check.

# make_lines FILE FILTER: lines that are made of snapshots.jq.
make_lines() { jq -nc -L "$tests" "include \"snapshots\"; $2" >"$dir/$1"; }

# look COLUMNS ROWS [NAME=VALUE...] porttrace WORDS...: in a new terminal of that size, without a shell.
look() {
	local columns=$1 rows=$2
	shift 2
	t new-session -d -s here -x "$columns" -y "$rows" -c "$dir" env PATH="$dir/bin:$PATH" "$@"
	: >"$dir/raw"
	t pipe-pane -t here -O "exec cat >>'$dir/raw'" || fail 'it has ended at once'
}

# look_at FILE [WORDS...]: at 80x24, until its last line is on the screen.
look_at() {
	local file=$1
	shift
	look 80 24 porttrace top --from "$file" -i 0.1 "$@"
	wait_for 'the end of the file' is_at_end
}

is_at_end() { shows '^1 .* END$'; }

# leave: q ends it, without a word.
leave() {
	press q
	wait_until is_closed || fail 'q does not end it'
}
is_closed() { ! is_open; }

# Ctrl-S, or a terminal that hangs: the program waits for it with what it writes.
is_stuck() { grep -qE '^(1|64) 0x1 ' "/proc/$1/syscall"; }
of_the_line() { sed '/^alternate /,$d'; }
is_gone() { ! is_alive "$1"; }

# ends_though_stuck SIGNAL: nothing more is seen of it, but the modes of the line are those of before.
ends_though_stuck() {
	local pid
	open_terminal || return
	rm -f "$dir/pipe"
	mkfifo "$dir/pipe"
	exec 9<>"$dir/pipe"
	type_line 'porttrace top --from pipe -i 0.1 9>&-'
	write_line 'snapshot | at(1)'
	wait_for 'the first line' shows '^1 Routes ' || return
	pid=$(pgrep -P "$(flag pane_pid)" -x porttrace)
	press C-s
	write_line 'snapshot | at(2, 3)'
	wait_for 'that it waits for the terminal' is_stuck "$pid" || return
	kill -s "$1" "$pid"
	wait_for "its end by SIG$1" is_gone "$pid" || { kill -KILL "$pid"; return; }
	close_pipe
	press C-q
	# shellcheck disable=SC2016 # sh's
	type_line 'clear; echo status:$?'
	wait_for 'the status' shows '^status:0$' || return
	wait_for 'a prompt' at_prompt || return
	[ "$(terminal_state | of_the_line)" = "$(echo "$state_before" | of_the_line)" ] ||
		fail "not the modes of before: $(terminal_difference)"
}

ends_though_terminal_is_stuck() {
	local signal
	for signal in TERM HUP INT; do
		ends_though_stuck $signal || return
		close_terminal
	done
}

# Characters of bars and sparks as what stands for them without UTF-8. No other one is to be there.
plain_screen() {
	capture
	sed 'y/█▒▁▂▃▄▅▆▇/#=_.:-=+*/' "$dir/screen" >"$dir/plain"
	! LC_ALL=C grep -q '[^ -~]' "$dir/plain"
}
