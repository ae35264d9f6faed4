# SPDX-License-Identifier: GPL-2.0-only
# From samples to rows, and from rows to the table.
#
# A sample is one measurement:
#   {"bench":"connect","case":"1 destination","what":"porttrace top","unit":"ns","value":6300,
#    "base":6100,"limit":"<=1.02"}
# base: what the same measurement gave for that to which the ratio is, right before or after; or
# null. value null: it could not be measured; `why` says why not. A row is all samples of one
# bench, case, what and unit. Its ratio is the median of the ratios of its samples, for a machine that
# is slow for a while is so for both of a pair; its spread is the median of the distances from the
# median (MAD), in which single outliers have no part; one sample has none.
#
# "differences":true: value and base are differences of what was measured, and may be of either sign.
# Ratios of such pairs would be of any size, and a negative one would keep a limit: the ratio is that
# of the medians, and there is none where that of the bases is not beyond its spread.

def median:
	sort | length as $nr |
	if $nr == 0 then null
	elif $nr % 2 == 1 then .[($nr - 1) / 2]
	else (.[$nr / 2 - 1] + .[$nr / 2]) / 2
	end;

def spread:
	if length < 2 then null else median as $median | map(. - $median | fabs) | median end;

# A limit is "<=NUMBER" or ">=NUMBER", of the ratio. Without a ratio nothing is judged.
def keeps($limit):
	if . == null or $limit == null then null
	else ($limit[2:] | tonumber) as $number |
		if $limit[:2] == "<=" then . <= $number else . >= $number end
	end;

def ratios_of_pairs: map(select(.base > 0) | .value / .base);

def ratio_of_differences:
	map(select(.base != null)) | map(.base) as $bases |
	if length > 1 and ($bases | median) > ($bases | spread)
	then [(map(.value) | median) / ($bases | median)]
	else []
	end;

def row:
	map(select(.value != null)) as $measured |
	($measured | map(.value)) as $values |
	any(.[]; .differences == true) as $are_differences |
	($measured | if $are_differences then ratio_of_differences else ratios_of_pairs end) as $ratios |
	.[0] as $first |
	{ bench: $first.bench, case: $first.case, what: $first.what, unit: $first.unit,
	  median: ($values | median), spread: ($values | spread),
	  least: ($values | min), most: ($values | max), samples: ($values | length),
	  ratio: ($ratios | median), ratio_spread: ($ratios | spread),
	  limit: $first.limit, not_measured: (length - ($values | length)) } |
	.within_limit = (.ratio | keeps($first.limit)) |
	if .samples == 0 then .why = $first.why
	elif .ratio != null or .limit == null then .
	elif $are_differences then .why = "the base is not beyond its spread"
	else .why = "there is no base"
	end;

# In the order in which they were first measured.
def rows:
	reduce .[] as $sample ({}; .["\($sample | [.bench, .case, .what, .unit])"] += [$sample]) |
	to_entries | map(.value | row);

# ---- The table ----

def pad($width): . + " " * ([$width - length, 0] | max);
def pad_left($width): " " * ([$width - length, 0] | max) + .;

# Three digits are more than a busy machine is good for.
def short:
	if . == null then "-"
	elif fabs >= 100 then round | tostring
	elif fabs >= 10 then . * 10 | round | . / 10 | tostring
	elif fabs >= 1 then . * 100 | round | . / 100 | tostring
	else . * 1000 | round | . / 1000 | tostring
	end;

def verdict:
	[ if .limit == null then empty
	  elif .within_limit == null then "\(.limit) not judged: \(.why)"
	  elif .within_limit then "\(.limit) yes"
	  else "\(.limit) NO"
	  end,
	  if .not_measured == 0 then empty else "\(.not_measured) not measured" end
	] | join(", ");

def line($what; $unit; $median; $spread; $ratio; $ratio_spread; $samples; $limit):
	"  " + ($what | pad(52)) + ($median | pad_left(10)) + ($spread | pad_left(9)) + " " +
	($unit | pad(5)) + ($ratio | pad_left(8)) + ($ratio_spread | pad_left(8)) +
	($samples | pad_left(5)) + "  " + $limit | sub(" +$"; "");

def heading: line("median, +- MAD"; "unit"; "median"; "+-"; "ratio"; "+-"; "nr"; "limit of the ratio");

def as_line:
	if .samples == 0 then "  " + (.what | pad(52)) + "  not measured: \(.why)" +
		if .limit == null then "" else "  (\(.limit))" end
	else line(.what; .unit; .median | short; .spread | short; .ratio | short;
		.ratio_spread | short; .samples | tostring; verdict)
	end;

def as_table:
	heading,
	(reduce .[] as $row ({}; .["\($row.bench): \($row.case)"] += [$row]) | to_entries[] |
		"", .key, (.value[] | as_line));
