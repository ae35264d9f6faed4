# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the benchmarks share: samples, and whatever looks on while something is timed. A benchmark is
# a script of this folder whose name has no dot. `tests/bench/run.sh` runs it, and makes a table of
# all samples.
#
# $build: where its programs are, $samples: the file of samples, $dir: its own folder, removed at the end,
# $porttrace: a copy of the program. $failed: what porttrace did wrong; the benchmark's status is then 1.
# SETTLE_S=N: after so many seconds `top` is measured; in its first ten it remembers more, for what began
# before it. $rounds: how often each thing is measured.

export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin
# shellcheck disable=SC2034 # used by those who read this
build=build/bench bench=${0##*/}
samples=${BENCH_SAMPLES:-/dev/stdout}
failed=
export SETTLE_S=${SETTLE_S:-12}

die() {
	echo "tests/bench/$bench: $*" >&2
	exit 1
}

# Elapsed times of a machine that is busy with something else are worth little.
load_average() { cut -d' ' -f1-3 /proc/loadavg; }

now_us() { echo "${EPOCHREALTIME/./}"; }

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# wait_until SECONDS COMMAND...
wait_until() {
	local until=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt $until ] || return 1
		sleep 0.05
	done
}

is_number() { [[ $1 =~ ^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$ ]]; }

# sample CASE WHAT UNIT VALUE [BASE [LIMIT]]: see results.jq. differences=true: VALUE and BASE are such.
# A BASE that is no number is none.
sample() {
	local base=null limit=null
	if ! is_number "$4"; then
		not_measured "$1" "$2" "$3" 'there is no figure' "${6:-}"
		return
	fi
	! is_number "${5:-}" || base=$5
	[ -z "${6:-}" ] || limit="\"$6\""
	printf '{"bench":"%s","case":"%s","what":"%s","unit":"%s","value":%s,"base":%s,"limit":%s,"differences":%s}\n' \
		"$bench" "$1" "$2" "$3" "$4" "$base" "$limit" "${differences:-false}" >>"$samples"
}

# not_measured CASE WHAT UNIT WHY [LIMIT]
not_measured() {
	jq -cn --arg bench "$bench" --arg case "$1" --arg what "$2" --arg unit "$3" --arg why "$4" \
		--arg limit "${5:-}" '{ $bench, $case, $what, $unit, value: null, base: null, $why,
			limit: (if $limit == "" then null else $limit end) }' >>"$samples"
}

# prepare ROUNDS: as many, but for those that the user wants.
prepare() {
	local tool
	# shellcheck disable=SC2034 # used by those who read this
	rounds=${ROUNDS:-$1}
	[ "$(id -u)" -eq 0 ] || die "it makes network namespaces: run it as root"
	for tool in jq ss pgrep; do command -v $tool >/dev/null || die "it needs $tool"; done
	[ -x $build/load ] || die "there is no $build/load: run it by 'make bench'"
	dir=$(mktemp -d)
	trap end_bench EXIT
	exit_on_signals
	mkfifo "$dir/begins"
	# Somebody may build another one meanwhile.
	porttrace=$dir/porttrace
	cp "${PORTTRACE:-./porttrace}" "$porttrace" || exit 1
	backend=${BACKEND:-$("$porttrace" probes --json | jq -r .selected)}
	[ "$backend" != null ] || die "no back-end works here: see ./porttrace probes"
}

# In the way of an end, so that what is to be done then is done.
exit_on_signals() {
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

end_bench() {
	trap '' HUP INT TERM
	stop_onlooker
	rm -rf "$dir"
}

# ---- What looks on ----

# Each says one line once all that it hooks is hooked; all that it says is read, and thrown away.

# An old bpftrace wants to raise a limit that containers may not raise, and that kernels since 5.11
# do not use.
run_bpftrace() {
	local preload=
	[ "$(ulimit -Hl)" = unlimited ] || preload=$PWD/$build/memlock.so
	LD_PRELOAD=$preload exec bpftrace -B line "$1"
}

# TCP's allocations, searches that failed, and entries into TIME_WAIT, by route: as `top` counts
# them, and shown each second.
cat_bpftrace_program() {
	cat <<'EOF'
tracepoint:sock:inet_sock_set_state
/args->protocol == 6 && ((args->oldstate == 7 && args->newstate == 2) ||
 (args->newstate == 7 && (args->oldstate == 2 || args->oldstate == 5 || args->oldstate == 11)))/
{
	if (args->family == 2) {
		@ipv4[args->oldstate, ntop(args->saddr), ntop(args->daddr), args->dport] = count();
	} else {
		@ipv6[args->oldstate, ntop(args->saddr_v6), ntop(args->daddr_v6), args->dport] = count();
	}
}
interval:ms:1 { if (!@begun) { @begun = 1; printf("it counts\n"); } }
interval:s:1 { print(@ipv4); print(@ipv6); }
EOF
}

poll_ss() {
	echo "it polls"
	while :; do
		ss -tan
		sleep 1
	done
}

# In the place of this shell.
be_onlooker() {
	case $1 in
	empty) exec $build/empty --probe "$backend" --wait ;;
	top) exec "$porttrace" top --batch --probe "$backend" ;;
	trace) exec "$porttrace" trace --json --probe "$backend" 2>&1 ;;
	trace_all) exec "$porttrace" trace --all --json --probe "$backend" 2>&1 ;;
	bpftrace)
		cat_bpftrace_program >"$dir/count.bt"
		run_bpftrace "$dir/count.bt" | grep --line-buffered -v '^Attaching'
		;;
	tcpstates) exec stdbuf -oL tcpstates ;;
	ss) poll_ss ;;
	esac
}

onlooker_pid='' reader_pid='' why=''

name_of() {
	case $1 in
	none) echo 'nothing attached' ;;
	empty) echo 'empty programs on the same hooks' ;;
	top) echo 'porttrace top' ;;
	trace) echo 'porttrace trace' ;;
	trace_all) echo 'porttrace trace --all' ;;
	bpftrace) echo 'bpftrace, counting the same' ;;
	tcpstates) echo 'tcpstates (libbpf-tools)' ;;
	ss) echo 'ss -tan, each second' ;;
	esac
}

# Whether it is there at all; if not, $why says so.
has_onlooker() {
	why='it is not installed'
	case $1 in
	bpftrace | tcpstates) command -v "$1" >/dev/null ;;
	esac
}

# start_onlooker NAME [OUTPUT]: returns once it looks. What it says goes to OUTPUT. If it does not look,
# $why says why, and it is gone.
start_onlooker() {
	local output=${2:-/dev/null}
	setsid bash -c "$(declare -f be_onlooker run_bpftrace cat_bpftrace_program poll_ss)
		build=$build backend=$backend porttrace=$porttrace dir=$dir
		be_onlooker $1" >"$dir/begins" 2>"$dir/err.onlooker" </dev/null &
	onlooker_pid=$!
	exec {begun}<"$dir/begins"
	if ! read -r -t 60 -u "$begun" _; then
		exec {begun}<&-
		stop_onlooker
		because 'it has not begun' head
		return 1
	fi
	cat <&"$begun" >"$output" &
	reader_pid=$!
	exec {begun}<&-
}

# settle NAME: until its programs do what they do from then on.
settle() { [ "$1" != top ] || sleep "$SETTLE_S"; }

has_ended() { ! grep -qs '^State:.[^ZX]' "/proc/$1/status"; }

# It is a process group: some are a pipe.
onlooker_has_ended() {
	local pid
	for pid in $(pgrep -g "$onlooker_pid"); do
		has_ended "$pid" || return 1
	done
}

# because WORDS head|tail: with the first or last that it said itself.
because() {
	local said
	said=$("$2" -n 1 "$dir/err.onlooker" 2>/dev/null)
	why=$1${said:+: $said}
}

# If it did not look until now, that is a failure, and $why says why.
stop_onlooker() {
	local looked=true
	[ -n "$onlooker_pid" ] || return 0
	! has_ended "$onlooker_pid" || looked=false
	kill -TERM -- "-$onlooker_pid" 2>/dev/null
	if ! wait_until 20 onlooker_has_ended; then
		kill -KILL -- "-$onlooker_pid"
		wait_until 20 onlooker_has_ended
	fi
	wait "$onlooker_pid" 2>/dev/null
	wait "$reader_pid" 2>/dev/null
	onlooker_pid=
	because 'it has ended too early' tail
	$looked
}

# missed NAME: it could not be measured, for $why.
missed() {
	echo "tests/bench/$bench: $(name_of "$1"): $why" >&2
	# shellcheck disable=SC2034 # read by the benchmarks
	case $1 in
	empty | top | trace*) failed=yes ;;
	esac
}

# ---- Memory ----

# Kernel memory of the maps of a process, in each map's fdinfo; one map may have several descriptors.
maps_kb() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null | awk '
		$1 == "memlock:" { bytes = $2 }
		$1 == "map_id:" { of[$2] = bytes }
		END { for (id in of) sum += of[id]; print int(sum / 1024) }'
}
