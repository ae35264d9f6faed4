# shellcheck shell=bash disable=SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# A new size during every view and every page: the screen is what it is after a start at that size.
# Sourced by check.

# Keys that lead there. The last one is seen, and so it is known that those before it were heard. None
# that leaves something behind: columns do not become narrower while one looks, but with a new size.
states='1,Space 2,Space 3,Space 4,Space 5,Space 1,j,Space 1,/,p h,Space j,j,j,Enter,Space'

is_in_state() { shows '( PAUSED  END|^/p_)'; }

# press_all KEYS: with commas between them.
press_all() {
	local IFS=,
	# shellcheck disable=SC2086 # words
	press $1
}

# What is seen: each piece of a line with its attributes. Whether a cell was cleared, or a space was
# written there, nobody sees: there is none at the end of a line, but in reverse video.
picture() {
	t capture-pane -t here -peN | awk '
		function set(codes, nr, i, code) {
			nr = split(codes, code, ";")
			if (!nr) attributes = fore = ""
			for (i = 1; i <= nr; i++) {
				if (code[i] == 0) attributes = fore = ""
				else if (code[i] >= 30 && code[i] <= 39) fore = code[i] == 39 ? "" : code[i]
				else if (code[i] < 10 && index(attributes, code[i]) == 0) attributes = attributes code[i]
			}
		}
		{
			line = ""
			while (length($0)) {
				if (match($0, /^\033\[[0-9;]*m/)) {
					set(substr($0, 3, RLENGTH - 3))
					$0 = substr($0, RLENGTH + 1)
					continue
				}
				length_of = index($0, "\033") ? index($0, "\033") - 1 : length($0)
				text = substr($0, 1, length_of)
				$0 = substr($0, length_of + 1)
				if (!length($0) && attributes !~ /[47]/) sub(/ +$/, "", text)
				if (text != "") line = line "<" attributes " " fore ">" text
			}
			print line
		}'
}
picture_is() { cmp -s <(picture) "$1"; }

# in_state KEYS COLUMNS ROWS: in a new terminal.
in_state() {
	close_terminal
	# In this order the widest rows are not among the first, which are all there is room for at 40x10.
	look "$2" "$3" porttrace top --from line.json -i 0.1 -s eta_s
	wait_for "the end at ${2}x$3" shows '^1 .* END *$' || return
	press_all "$1"
	wait_for "what $1 does at ${2}x$3" is_in_state
}

is_still() {
	picture >"$dir/one"
	picture_is "$dir/one"
}

# resized_to COLUMNS ROWS STATE FILE
resized_to() {
	resize "$1" "$2"
	wait_for "$3 at ${1}x$2 as after a start" picture_is "$4"
}

resized_in_all_states() {
	local state size
	make_lines line.json snapshot
	for state in $states; do
		for size in 40x10 132x43 80x24; do
			in_state "$state" "${size%x*}" "${size#*x}" || return
			wait_for 'a whole picture' is_still || return
			cp "$dir/one" "$dir/fresh.$size"
		done
		# From here, where it was started at that size, to the others and back.
		for size in 40x10 132x43 80x24; do
			resized_to "${size%x*}" "${size#*x}" "$state" "$dir/fresh.$size" || return
		done
	done
	leave
}
