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

# Characters of bars and sparks as what stands for them without UTF-8. No other one is to be there.
plain_screen() {
	capture
	sed 'y/█▒▁▂▃▄▅▆▇/#=_.:-=+*/' "$dir/screen" >"$dir/plain"
	! LC_ALL=C grep -q '[^ -~]' "$dir/plain"
}
