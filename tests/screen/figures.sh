# shellcheck shell=bash disable=SC2154 # variables of check
# SPDX-License-Identifier: GPL-2.0-only
# Every figure on the screen is that of the line it shows: of the header, in all views, and on the
# page of a route. What is expected comes from the line (figures.jq), and none of it from porttrace.
# Sourced by check.

views_of_screen='routes processes cgroups netns failures'

# expect WHAT [VIEW [ROW]]: of $dir/line.
expect() {
	jq -r -L "$tests" --arg clock "$(date -d "$(jq -r .time "$dir/line")" +%T)" \
		--arg view "${2:-}" --arg row "${3:-0}" "include \"figures\"; $1" "$dir/line"
}

# expect_figures LINE ROW: of all views, and of the page of the route in that row.
expect_figures() {
	local view
	cp "$1" "$dir/line"
	expect header >"$dir/header"
	for view in $views_of_screen; do expect table "$view" >"$dir/table.$view"; done
	expect page '' "$2" >"$dir/page"
}

# header_is_right COLUMNS ROWS
header_is_right() {
	local lines='1,5p' last=5
	[ "$2" -ge 16 ] || lines='1,2p;4p' last=3
	cmp -s <(head -n $last "$dir/plain") <(sed -n "$lines" "$dir/header" | cut -c "-$1" | sed 's/ *$//')
}

# table_is_right VIEW COLUMNS ROWS [ORDER]: each cell where the heading has its column, and nothing
# else. ORDER any: rows with the same figure may have changed places.
table_is_right() {
	local heading=7
	[ "$3" -ge 16 ] || heading=5
	awk -v columns="$2" -v rows="$3" -v heading=$heading -v order="${4:-}" '
		function cut_out(line, at, length_of) {
			return substr(line, 1, at - 1) sprintf("%" length_of "s", "") substr(line, at + length_of)
		}
		function find_columns(line, i, at, from) {
			for (i = 1; i <= nr; i++) {
				at = index(substr(" " line " ", from + 1), " " title[i] " ")
				if (!at) continue
				first[i] = from + at
				last[i] = first[i] + length(title[i]) - 1
				from = last[i]
			}
			for (i in first) line = cut_out(line, first[i], length(title[i]))
			return line ~ /^ *$/ && length(first) > 0
		}
		function row_is(line, row, i, text, at) {
			for (i in first) {
				text = cell[row, i]
				if (aligned[i] == "<<<" && length(text) > share)
					text = "<" substr(text, length(text) - share + 2)
				at = aligned[i] == ">" ? last[i] - length(text) + 1 : first[i]
				if (aligned[i] == "<<" && length(text) > columns - at + 1)
					text = substr(text, length(text) - columns + at)
				if (substr(" " line " ", at, length(text) + 2) != " " text " ") return 0
				line = cut_out(line, at, length(text))
			}
			return line ~ /^ *$/
		}
		function take_row(line, row) {
			if (order != "any") return row_is(line, FNR - heading)
			for (row = 1; row <= wanted; row++)
				if (!taken[row] && row_is(line, row)) return taken[row] = 1
			return 0
		}
		NR == 1 {
			share = columns / 4 > 21 ? int(columns / 4) : 21
			nr = split($0, title, "\t")
			for (i = 1; i <= nr; i++) {
				match(title[i], /[<>]+$/)
				aligned[i] = substr(title[i], RSTART)
				title[i] = substr(title[i], 1, RSTART - 1)
			}
		}
		NR == FNR {
			wanted = FNR - 1
			split($0, cells, "\t")
			for (i = 1; i <= nr; i++) cell[wanted, i] = cells[i]
			next
		}
		FNR == heading && !find_columns($0) { bad = 1 }
		FNR > heading && FNR < rows && FNR - heading <= wanted && !take_row($0) { bad = 1 }
		FNR > heading + wanted && FNR < rows && !/^$/ { bad = 1 }
		END {
			if (columns >= 300) for (i = 1; i <= nr; i++) if (!(i in first)) bad = 1
			exit bad || FNR != rows
		}' "$dir/table.$1" "$dir/plain"
}

# view_is_right VIEW COLUMNS ROWS [ORDER]
view_is_right() {
	plain_screen && header_is_right "$2" "$3" && table_is_right "$@"
}

# page_is_right COLUMNS ROWS: from its first line on; the second one, advice, is wrapped.
page_is_right() {
	local above=6
	[ "$2" -ge 16 ] || above=4
	plain_screen && header_is_right "$1" "$2" &&
		awk -v columns="$1" -v rows="$2" -v above=$above '
			function seen(text) {
				text = substr(text, 1, columns)
				sub(/ *$/, "", text)
				return text
			}
			NR == FNR { line[FNR] = $0; nr = FNR; next }
			FNR <= above || FNR == rows { next }
			FNR == above + 1 { if ($0 != seen(line[1])) bad = 1; next }
			!at && $0 != seen(line[3]) { advice = advice (advice ? " " : "") $0; next }
			!at { at = 3; if (advice != line[2]) bad = 1; next }
			{ if ($0 != seen(line[++at])) bad = 1 }
			END { exit bad || FNR != rows || !advice || index(line[2], advice) != 1 }
		' "$dir/page" "$dir/plain"
}

# page_end_is_right COLUMNS ROWS: what is below the advice, up to the last line.
page_end_is_right() {
	local height=$(($2 - ($2 < 16 ? 5 : 7)))
	plain_screen &&
		cmp -s <(tail -n +3 "$dir/page" | cut -c "-$1" | sed 's/ *$//' | tail -n $((height < 15 ? height : 15))) \
			<(sed '$d' "$dir/plain" | tail -n $height | grep . | tail -n 15)
}

# has_right_figures COLUMNS ROWS ROW [ORDER]: ROW: of the route whose page is looked at.
has_right_figures() {
	local columns=$1 rows=$2 row=$3 order=${4:-} view key=0
	for view in $views_of_screen; do
		key=$((key + 1))
		press $key g
		wait_for "the figures of view $view at ${columns}x$rows" \
			view_is_right "$view" "$columns" "$rows" "$order" || return
	done
	press 1 g
	while [ "$row" -gt 0 ]; do press Down; row=$((row - 1)); done
	press Enter
	wait_for "the figures of a route at ${columns}x$rows" page_is_right "$columns" "$rows" || return
	press G
	wait_for "the end of the page of a route at ${columns}x$rows" \
		page_end_is_right "$columns" "$rows" || return
	press Escape
}

# figures LINE ROW [NAME=VALUE...]: at all sizes, in one terminal.
figures() {
	local line=$1 row=$2 size columns rows
	shift 2
	expect_figures "$dir/$line" "$row"
	look 300 60 "$@" porttrace top --from "$line"
	# Where there is room for all columns, none may be missing; once is enough.
	[ $# -gt 0 ] || has_right_figures 300 60 "$row" || return
	for size in 80x24 132x43 40x10; do
		columns=${size%x*} rows=${size#*x}
		resize "$columns" "$rows"
		has_right_figures "$columns" "$rows" "$row" || return
	done
	leave
}

figures_of_a_snapshot() {
	make_lines line.json snapshot
	figures line.json "$@"
}

# Where there is no figure, that is what is said.
figures_not_known() {
	make_lines line.json 'snapshot | without_rest'
	figures line.json 5 || return
	make_lines line.json 'snapshot | .cost.owners_ms = null | .cost.owners_age_s = null | .cost.sockets = null'
	figures line.json 0
}

# The page of each route, whole: the first is the one of the overflow row, the last one rests.
pages_of_all_routes() {
	local row
	make_lines line.json snapshot
	look 132 60 porttrace top --from line.json -i 1
	wait_for 'the end of the file' is_at_end || return
	for row in 0 1 2 3 4 5 6; do
		expect_figures "$dir/line.json" $row
		does Enter -- "the page of the route in row $row" page_is_right 132 60 &&
			does Escape Down -- 'the table' shows '^NETNS' || return
	done
	leave
}

# The bars are blocks, and ASCII without UTF-8.
figures_in_blocks() {
	figures_of_a_snapshot 3 || return
	grep -q '█.*▒' "$dir/raw" || fail 'no blocks'
}
figures_in_ascii() {
	figures_of_a_snapshot 3 LC_ALL=C || return
	! LC_ALL=C grep -q '[^ -~[:cntrl:]]' "$dir/raw" || fail 'not only ASCII'
}

colour_regex=$'\e''\[([0-9]+;)*[34][0-8](;[0-9]+)*m'
figures_without_colour() {
	figures_of_a_snapshot 3 NO_COLOR=1 || return
	! grep -qE "$colour_regex" "$dir/raw" || fail 'there is colour'
}
figures_in_8_colours() {
	figures_of_a_snapshot 3 TERM=screen || return
	grep -qE $'\e''\[([0-9]+;)*31[;m]' "$dir/raw" || fail 'no red'
	! grep -qE $'\e''\[([0-9]+;)*[34]8(;[0-9]+)*m' "$dir/raw" || fail 'more than 8 colours'
}
