# shellcheck shell=bash disable=SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# top --from, before its first line, at its end, and between: what the screen says, and each key.
# Sourced by check.

# write_line FILTER: to the pipe that is read; the next one follows in the same pipe.
open_pipe() {
	rm -f "$dir/pipe"
	mkfifo "$dir/pipe"
	exec 9<>"$dir/pipe"
	look 80 24 porttrace top --from pipe -i 0.1 9>&-
}
write_line() { jq -nc -L "$tests" "include \"snapshots\"; $1" >&9; }
close_pipe() { exec 9>&-; }

waits() {
	shows '^porttrace  waiting for the first line of pipe$' '^q quit$' &&
		[ "$(grep -c . "$dir/screen")" -eq 2 ]
}

# No key does anything yet, but none of them does harm.
before_the_first_line() {
	local key
	open_pipe
	wait_for 'what is waited for' waits || return
	for key in w n Enter s / c F1 F5 1 2 3 4 5 Tab BTab h '?' b R '<' '>' Space + - r j k Up Down PgUp \
		PgDn Home End Escape x; do
		press "$key"
	done
	resize 40 10
	wait_for 'the same at 40x10' shows '^porttrace  waiting for the first line of$' '^q quit$' || return
	resize 1 1
	wait_for 'the size 1x1' has_line_size 1 1 || return
	resize 80 24
	wait_for 'the same at 80x24' waits || return
	! ls "$dir"/porttrace-*.json 2>/dev/null || fail 'w has written something'
	write_line snapshot
	wait_for 'the first view, as if no key had been pressed' shows '^porttrace .* every 0.1 s$' '^NETNS +PROTO SOURCE' \
		'^q quit .* sorted by allocations_per_s$' || return
	! shows ' (END|PAUSED) ' || fail 'it is no end while the pipe is open'
	close_pipe
	wait_for 'the end' is_at_end || return
	leave
}

q_ends_the_wait() {
	open_pipe
	wait_for 'what is waited for' waits || return
	leave
	close_pipe
}

# The last line stays, in all views and pages, and all keys work on it.
after_the_last_line() {
	local key
	make_lines lines.json 'snapshot | at(1, 2, 3)'
	look_at lines.json || return
	shows "^porttrace $(date -d 2026-11-21T23:57:03Z +%T) " || fail "not the last line: $(seen)"
	for key in 2 3 4 5 h b 1; do
		press $key
		wait_for "the end, after $key" is_at_end || return
	done
	press r r Space
	wait_for 'a pause beside it' shows '^1 .* PAUSED  END$' || return
	press Space
	wait_for 'the end again' is_at_end || return
	resize 40 10
	wait_for 'the end at 40x10' shows '^1 .* END$' || return
	leave
}

# Keys would be taken for lines.
standard_input_has_the_keys() {
	refused 'standard input has the keys: give the lines another name' 'porttrace top --from -'
}

line_is() { plain_screen && [ "$(sed -n "$1p" "$dir/plain")" = "$2" ]; }
first_row_is() { plain_screen && [[ "$(sed -n 8p "$dir/plain")" == *"$1"* ]]; }
selected_has() { t capture-pane -t here -pe | reversed_lines | sed '/^NETNS/d; /^q quit/d' | grep -qF -- "$1"; }

# Each key is followed by what it does; a letter beside a key does the same.
# does KEY... -- WHAT COMMAND...
does() {
	local keys=()
	while [ "$1" != -- ]; do keys+=("$1"); shift; done
	press "${keys[@]}"
	wait_for "$2, after ${keys[*]}" "${@:3}"
}

keys_move() {
	make_lines line.json 'snapshot | crowd(100)'
	look_at line.json || return
	wait_for 'the first one' selected_has '10.0.0.9:1 ' || return
	does Down -- 'the second' selected_has '10.0.0.9:2 ' &&
		does j j -- 'the fourth' selected_has '10.0.0.9:4 ' &&
		does Up -- 'the third' selected_has '10.0.0.9:3 ' &&
		does k -- 'the second' selected_has '10.0.0.9:2 ' &&
		does PgDn -- 'one screen on' selected_has '10.0.0.9:18 ' &&
		does J -- 'two screens on' selected_has '10.0.0.9:34 ' &&
		does PgUp -- 'one screen back' selected_has '10.0.0.9:18 ' &&
		does K -- 'two screens back' selected_has '10.0.0.9:2 ' &&
		does End -- 'the last' selected_has '10.0.0.9:100 ' &&
		does Down PgDn -- 'the last still' selected_has '10.0.0.9:100 ' &&
		does Home -- 'the first' selected_has '10.0.0.9:1 ' &&
		does Up PgUp -- 'the first still' selected_has '10.0.0.9:1 ' &&
		does G -- 'the last' selected_has '10.0.0.9:100 ' &&
		does g -- 'the first' selected_has '10.0.0.9:1 ' && leave
}

# A page ends with its last line: no key leads beyond it, and the next one is not lost.
keys_scroll() {
	make_lines line.json snapshot
	look_at line.json || return
	does h -- 'the help' shows '^Keys$' &&
		does PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn End -- 'its last line, and no more' last_line_of_help &&
		does Up -- 'one line less' line_is 23 '  RECLAIM       TIME_WAITs whose port can be taken over' &&
		does Home -- 'its first line' line_is 7 Keys &&
		does Down -- 'the second' line_is 7 '  q            quit' &&
		does '?' -- 'the table' shows '^NETNS' &&
		does F1 -- 'the help' shows '^Keys$' &&
		does Escape -- 'the table' shows '^NETNS' && leave
}
last_line_of_help() { line_is 23 '  ALLOCATED     ports given since the start'; }

keys_sort() {
	make_lines line.json snapshot
	look_at line.json || return
	does '>' -- 'by failures' sorted_by failures_per_s &&
		does '<' '<' -- 'by time left' sorted_by eta_s &&
		wait_for 'the one that has none first' first_row_is '127.0.0.1:80' &&
		does s s -- 'by failures' sorted_by failures_per_s &&
		wait_for 'the one that fails most first' first_row_is '(more routes)' &&
		does R -- 'reversed' shows 'sorted by failures_per_s reversed$' &&
		wait_for 'the one that fails least first' first_row_is '10.2.0.2:7007' &&
		does 2 s -- 'another order of another view' sorted_by time_waits &&
		does 1 -- 'the order of before' shows 'sorted by failures_per_s reversed$' && leave
}

keys_filter() {
	make_lines line.json snapshot
	look_at line.json || return
	does / 1 2 7 -- 'one route, as it is typed' only_row '127.0.0.1:80' &&
		shows '^/127_ ' &&
		does BSpace BSpace BSpace B L U -- 'the namespace, whatever the case' only_blue &&
		does Enter -- 'the filter in the last line' shows '^q quit .*  only BLU  sorted by' &&
		does 4 -- 'another view of it' only_row 23000-33000 &&
		does Escape -- 'all namespaces' shows 23000-33000 22000-32000 21000-31000 &&
		does / z z -- 'nothing' line_is 8 '' &&
		does Down Enter w n Escape -- 'all again' shows 23000-33000 22000-32000 21000-31000 &&
		does / 2 0 0 0 - 3 -- 'a range' only_row '22000-32000' &&
		does Escape 2 / 9 0 0 -- 'a PID' only_row '900 a name of 15 by' &&
		does Escape / 3 0 3 -- 'no figure' line_is 8 '' &&
		does Escape -- 'all again' shows '^900 ' && leave
}
only_row() { plain_screen && [ "$(sed -n '8,23p' "$dir/plain" | grep -c .)" -eq 1 ] && first_row_is "$1"; }
only_blue() { plain_screen && [ "$(sed -n '8,23p' "$dir/plain" | cut -d ' ' -f 1 | grep . | sort | uniq -c | tr -s ' ')" = ' 3 blue' ]; }

# What the header has no room for at 80 columns is on the page of the back-ends, wrapped.
keys_losses() {
	make_lines line.json snapshot
	expect_figures "$dir/line.json" 0
	look_at line.json || return
	! shows 'events missed at most' || fail 'there is room for it in the header'
	does b End -- 'all losses, and the ages' losses_are_whole &&
		does b -- 'the table' shows '^NETNS' && leave
}
losses_are_whole() {
	plain_screen && [ "$(sed '1,/^What was lost/d; $d' "$dir/plain" | words)" = \
		"$({ sed -n 4p "$dir/header"; sed -n 3p "$dir/header"; } | words)" ]
}
words() { tr -s ' \n' '  '; }

# While it is paused lines wait; r takes one.
keys_pause() {
	open_pipe
	write_line 'snapshot | at(1)'
	wait_for 'the first line' shows_time 23:57:01 || return
	does Space -- 'the pause' shows '^1 .* PAUSED$' || return
	write_line 'snapshot | at(2, 3, 4)'
	does h -- 'the help' shows '^Keys$' && does h -- 'the table' shows '^NETNS' || return
	shows_time 23:57:01 || fail 'the pause has let a line through'
	does r -- 'the second line' shows_time 23:57:02 || return
	does h -- 'the help' shows '^Keys$' && does h -- 'the table' shows '^NETNS' || return
	shows_time 23:57:02 || fail 'r has ended the pause'
	close_pipe
	does Space -- 'the last line' shows_time 23:57:04 && wait_for 'the end' is_at_end && leave
}
shows_time() { shows "^porttrace $(date -d "2026-11-21T${1}Z" +%T) "; }

keys_interval() {
	make_lines line.json snapshot
	look_at line.json || return
	does + -- 'a longer interval' shows '^porttrace .* every 0.2 s$' &&
		does + + + + + + + + + -- 'the longest' shows '^porttrace .* every 60 s$' &&
		does - -- 'a shorter one' shows '^porttrace .* every 30 s$' && leave
}

keys_count_since() {
	open_pipe
	write_line 'snapshot | at(1)'
	wait_for 'all of them' shows '^allocated 28070 \(210.6/s\)  failed 21012 ' || return
	does c -- 'none yet' shows '^allocated 0 \(210.6/s\)  failed 0 \(22.2/s\) since c ' || return
	write_line 'snapshot | at(2) | .routes[0].allocations += 17 | .routes[2].failures += 5 | .failures_by_route[0].count += 5'
	wait_for 'those since then' shows '^allocated 17 .*  failed 5 .* since c ' || return
	does 4 -- 'of each namespace' shows '^4026532177 .* 14.4 ' || return
	resize 132 24
	wait_for 'its failures' shows '^4026532177 .* 0 +5 +14.4 ' '^init .* 17 +0 +7.4 ' || return
	does 5 -- 'those of each kind' shows ' range_exhausted +EADDRNOTAVAIL +5 ' ' port_taken_by_connection +EADDRINUSE +0 ' &&
		does c -- 'all again' shows '^allocated 28087 .*  failed 21017 \([^)]*\)  ' && leave
	close_pipe
}

# Read again, the file that w writes is the same screen.
keys_write() {
	local file
	rm -f "$dir"/porttrace-*.json
	make_lines line.json 'snapshot | at(7)'
	look_at line.json || return
	does w -- 'its name' shows '^written to porttrace-20261121T235707Z.json *$' || return
	picture >"$dir/written"
	leave
	close_terminal
	file=porttrace-20261121T235707Z.json
	expect_figures "$dir/line.json" 3
	look 80 24 porttrace top --from "$file" -i 1 || return
	wait_for 'the end of what was written' is_at_end || return
	has_right_figures 80 24 3 || return
	does w -- 'the name of another file' shows '^written to porttrace-20261121T235707Z-2.json *$' &&
		does w -- 'and of another one' shows '^written to porttrace-20261121T235707Z-3.json *$' || return
	cmp -s "$dir/$file" "$dir/${file%.json}-2.json" || fail 'not the same again'
	touch "$dir/${file%.json}-"{4..99}.json
	does w -- 'that there are too many' shows "^cannot write ${file%.json}-99.json: File exists *\$" || return
	cmp -s <("$porttrace" top --from "$dir/line.json" --json) "$dir/$file" || fail 'not the line that was read'
	leave
}

keys_names() {
	local name
	name=$(awk '$2 == "80/tcp" { print $1; exit }' /etc/services 2>/dev/null)
	make_lines line.json snapshot
	look_at line.json || return
	wait_for 'the number' shows ' 127.0.0.1:80 ' || return
	press n
	wait_for 'the name' shows " 127.0.0.1:${name:-80} " || return
	does n -- 'the number again' shows ' 127.0.0.1:80 ' && leave
}

keys_views_and_routes() {
	local number
	local -a headings=('^NETNS +PROTO SOURCE' '^PID COMM ' '^SOCKETS CGROUP' '^NETNS +RANGE' '^NETNS +PROTO CALL')
	make_lines line.json snapshot
	look_at line.json || return
	for number in 2 3 4 5 1; do
		does "$number" -- "view $number" shows "${headings[number - 1]}" || return
	done
	for number in 2 3 4 5 1; do does Tab -- "view $number" shows "${headings[number - 1]}" || return; done
	for number in 5 4 3 2; do does BTab -- "view $number" shows "${headings[number - 1]}" || return; done
	does Enter -- 'the route closest to its end of a process' shows '^Route tcp 127.0.0.1 > 127.0.0.1:80  netns ' &&
		does Escape -- 'processes' shows "${headings[1]}" &&
		does 3 j Enter -- 'that of a cgroup' shows '^Route tcp 2001:db8::1 > \[2001:db8::2\]:443  netns ' &&
		does Enter Escape 5 -- 'failures' shows "${headings[4]}" &&
		does Enter -- 'the route of a failure' shows '^Route udp \(more routes\) > -  netns ' &&
		does h -- 'help above it' shows '^Keys' && does Escape -- 'and back to it' shows '^Route udp ' &&
		does 4 Enter -- 'namespaces, which have no page' shows "${headings[3]}" && leave
}

# The order changes, and what is selected stays so; what is gone leaves its place to another.
selection_stays() {
	open_pipe
	write_line 'snapshot | at(1)'
	wait_for 'the first line' shows_time 23:57:01 || return
	does j j j -- 'the fourth' selected_has '127.0.0.1:80 ' || return
	write_line 'snapshot | at(2) | .routes[2].allocations_per_s = 1000'
	wait_for 'it is the first now' first_row_is '127.0.0.1:80 ' || return
	selected_has '127.0.0.1:80 ' || fail 'another one is selected when it goes up'
	write_line 'snapshot | at(3) | .routes[2].allocations_per_s = 0.1'
	wait_for 'it is not any more' first_row_is '(more routes)' || return
	selected_has '127.0.0.1:80 ' || fail 'another one is selected when it goes down'
	write_line 'snapshot | at(4) | del(.routes[2])'
	wait_for 'it is gone' shows_not '127.0.0.1:80 ' || return
	selected_has '10.2.0.2:7007 ' || fail 'not the one in its place'
	close_pipe
	leave
}

# Routes are remembered every five seconds, and not more than 16,384 of them, by namespace.
sparks_of_a_new_route() {
	open_pipe
	write_line 'snapshot | del(.routes[6])'
	wait_for 'all but one' shows '^porttrace ' || return
	write_line 'snapshot | .cost.sockets = 717171'
	wait_for 'that one' shows 717171 || return
	does End Enter -- 'its page' shows '^Route tcp 10.2.0.1 > 10.2.0.2:7007 ' || return
	shows '^established +7005$' '^headroom +7001$' || fail "it is too new for a line: $(seen)"
	write_line 'snapshot | .uptime_s += 6'
	wait_for 'its lines' shows '^established +7005  █$' '^headroom +7001  █$' || return
	close_pipe
	leave
}
sparks_of_too_many_routes() {
	make_lines line.json 'snapshot | .routes[6] as $last | crowd(16384) | .routes += [$last]'
	look_at line.json || return
	does End Enter -- 'the one too many' shows '^Route tcp 10.2.0.1 > 10.2.0.2:7007 ' '^headroom +7001  not remembered$' &&
		does Escape Up Enter -- 'another one' shows '^Route tcp 10.0.0.5 > 10.0.0.9:16384 ' '^headroom +16383  █$' && leave
}
