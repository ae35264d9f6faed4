# shellcheck shell=bash disable=SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# No flicker: only cells that have changed are written to the terminal. Sourced by check.

bytes() { wc -c <"$dir/raw"; }
raw_has() { grep -qF -- "$1" "$dir/raw"; }

# next_line FILTER TEXT: until the text of that line was written; prints how many bytes it took.
next_line() {
	local before
	before=$(bytes)
	write_line "$1"
	wait_for "$2" raw_has "$2" || return
	echo $(($(bytes) - before))
}

# of_a_whole_screen SNAPSHOT: what it takes the first time.
of_a_whole_screen() {
	local whole
	open_pipe
	wait_for 'what is waited for' waits || return
	whole=$(next_line "$1" 'sorted by allocations_per_s')
	[ "$whole" -ge 1000 ] || fail "only $whole bytes for a whole screen"
}

few_bytes() {
	local one none
	of_a_whole_screen snapshot || return
	# Until sparks have all their cells, each line adds one to them.
	write_line 'range(16) as $i | snapshot'
	one=$(next_line 'snapshot | .cost.sockets = 717171' 717171)
	one=$(next_line 'snapshot | .cost.sockets = 626262' 626262)
	[ "$one" -le 120 ] || fail "$one bytes for one figure"
	write_line 'range(20) as $i | snapshot | .cost.sockets = 626262'
	none=$(next_line 'snapshot | .cost.sockets = 535353' 535353)
	[ "$none" -le 120 ] || fail "$none bytes for twenty identical lines and one figure"
	close_pipe
	leave
}

# Nor for rows that are not seen. The one that has changed is among them, as is its figure.
few_bytes_for_10000_routes() {
	local one
	of_a_whole_screen 'snapshot | crowd(10000)' || return
	one=$(next_line 'snapshot | crowd(10000) | .routes[3].headroom = 717171 | .routes[7000].headroom = 5' 717171)
	[ "$one" -le 250 ] || fail "$one bytes for one figure"
	does End -- 'the last one' selected_has ':10000 ' && does Home -- 'the first one' selected_has ':1 ' || return
	close_pipe
	leave
}
