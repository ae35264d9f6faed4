# SPDX-License-Identifier: GPL-2.0-only
# From the sections and symbols of porttrace's BPF object (readelf -SWs): a program that does nothing
# for each of its programs that is attached to something, of the same name, in a section of the same
# name.
BEGIN {
	print "/* Generated. */"
	print "#include <linux/bpf.h>"
	print "#include <bpf/bpf_helpers.h>"
	print "char LICENSE[] SEC(\"license\") = \"GPL\";"
}

$1 == "[" { number = $2; name = $3; sub(/\]/, "", number) }
$1 ~ /^\[[0-9]+\]$/ { number = $1; name = $2; gsub(/[][]/, "", number) }
name ~ /^\?/ && name !~ /^\?iter/ { section[number] = name }
{ name = "" }

$4 == "FUNC" && $5 == "GLOBAL" && $7 in section {
	printf "\nSEC(\"%s\")\nint %s(void *ctx)\n{\n\treturn 0;\n}\n", section[$7], $8
}
