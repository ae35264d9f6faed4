# shellcheck shell=bash disable=SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# Names that others chose: the columns stay where they are, and nothing of a name is obeyed by the
# terminal. Each byte that is no printable ASCII is a question mark; so every character has one column.
# Sourced by check.

strange_names() {
	make_lines line.json 'snapshot | strange_names'
	figures line.json 3 "$@" || return
	! grep -qE $'\e''(\[2J|\]|\[5m)' <(sed 's/.*\f//' "$dir/raw") || fail 'a name is obeyed'
	! grep -qF -e שלום -e 漢 -e $'\u0301' "$dir/raw" || fail 'a name comes as it is'
}

# What is no UTF-8 is no JSON: it is refused, and told without a byte of it.
bytes_that_are_no_text() {
	make_lines line.json 'snapshot'
	sed $'s/php-fpm/\xff\xc3(\x9b2J\e[31m/g' "$dir/line.json" >"$dir/wrong.json"
	cat "$dir/line.json" "$dir/wrong.json" >"$dir/mixed.json"
	say 'porttrace top --from mixed.json -i 0.1' || return
	shows '^status:1$' || fail "not status 1: $(seen)"
	shows '^porttrace: cannot read mixed.json, line 2: ' || fail "no message: $(seen)"
	! grep -qE $'\xff|\x9b2J' "$dir/raw" || fail 'its bytes came through'
}

# The name of the file itself is told while it is waited for, and on the page of back-ends.
strange_name_of_a_file() {
	local name=$'a\e[31mb\n漢'
	mkfifo "$dir/$name"
	look 80 24 porttrace top --from "$name"
	wait_for 'what is waited for' shows '^porttrace  waiting for the first line of a\?\[31mb\?\?\?\?$' || return
	make_lines line.json snapshot
	cat "$dir/line.json" >"$dir/$name"
	wait_for 'the end' is_at_end || return
	press b
	wait_for 'the page' shows '^  none: a\?\[31mb\?\?\?\? has what another porttrace counted' || return
	leave
	rm "$dir/$name"
}
