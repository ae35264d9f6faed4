// SPDX-License-Identifier: GPL-2.0-only
#include "backend.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tracefs.h"

/* Linux has no name for it in user space: "operation is not supported" inside the kernel. */
#define ENOTSUPP 524

/* A function that every back-end of its kind needs, and that is in BTF on all kernels. */
#define TEST_FUNCTION "inet_hash_connect"

/* Of those whose programs share one mark of being busy: a twin would be skipped, too. */
#define PREEMPTION_LIMIT                                                           \
	"where a task is preempted inside a BPF program or system call, the calls of others on " \
	"that processor are missed: they are counted as lost where the kernel tells (Linux 6.7)"

/* To look at each send for that would cost more than it is worth. */
#define UDP_LIMIT \
	"a sendto() of UDP over IPv6 that finds no address of this host to come from is not seen"

/* The hooks are where the kernel looks at the port, which comes after all who may refuse. */
#define BIND_LIMIT                                                                          \
	"a bind() that a security module, or a BPF program of a cgroup (SocketBindDeny= of " \
	"systemd), refuses is not seen"

static const char *const fentry_limits[] = {
	UDP_LIMIT,
	BIND_LIMIT,
	NULL,
};

static const char *const kprobe_limits[] = {
	PREEMPTION_LIMIT,
	UDP_LIMIT,
	BIND_LIMIT,
	"a connect() over IPv6 that finds no address of this host to come from is seen of 64-bit "
	"programs alone, and not by io_uring",
	"when more threads are inside one kernel function than it has return probes, "
	"calls are missed: they are counted as lost",
	NULL,
};

static const char *const tracepoint_limits[] = {
	PREEMPTION_LIMIT,
	UDP_LIMIT,
	"how long a search took is known of those that failed alone; of bind(), listen() and UDP "
	"it is the time of the whole call",
	"a stack of the kernel goes with a TCP connection that finds no port alone, and no stack "
	"at all with one that stands before connect() returns (trace --all)",
	"a connect() counts as an allocation while the kernel is still searching for its port",
	"bind(), listen() and UDP of the kernel itself, of io_uring and of 32-bit programs "
	"are not seen, nor is their connect() over IPv6 that finds no address of this host to come "
	"from",
	"a bound socket's connect() that finds its tuple in use is told from success only when "
	"the program called connect() or sendto() itself",
	"a write(), or a send without an address, takes a port for an unbound UDP socket unseen",
	"two threads that send first on one unbound UDP socket at the same moment count twice",
	"no memory for a port counts as range_exhausted",
	NULL,
};

/* Loads and opens the smallest program on a kernel function: a version number proves nothing. */
static int test_fentry(const struct kernel_facts *facts, struct reason *reason)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	int prog, link;

	if (facts->test_function < 0)
		return because(reason, -ENOENT, "the kernel's BTF has no function %s",
			       TEST_FUNCTION);
	opts.attach_btf_id = facts->test_function;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "test", "GPL", insns, 2, &opts);
	if (prog == -EPERM)
		return because(reason, prog, "the kernel refuses BPF trampolines (EPERM)");
	if (prog < 0)
		return because(reason, prog, "the kernel cannot load a BPF trampoline: %s",
			       strerror(-prog));
	link = bpf_raw_tracepoint_open(NULL, prog);
	close(prog);
	if (link == -ENOTSUPP)
		return because(reason, link,
			       "this kernel has no BPF trampolines on this architecture");
	if (link < 0)
		return because(reason, link, "the kernel cannot attach a BPF trampoline: %s",
			       strerror(-link));
	close(link);
	return 0;
}

static int test_kprobe(const struct kernel_facts *facts, struct reason *reason)
{
	(void)facts;
	if (!access("/sys/bus/event_source/devices/kprobe/type", R_OK))
		return 0;
	if (access("/sys/bus/event_source/devices", R_OK))
		return because(reason, -errno, "cannot read /sys/bus/event_source: %s",
			       strerror(errno));
	return because(reason, -EOPNOTSUPP, "CONFIG_KPROBES is off: this kernel has no kprobes");
}

static int test_tracepoint(const struct kernel_facts *facts, struct reason *reason)
{
	int id = tracefs_event_id("syscalls", "sys_exit_connect", reason);

	(void)facts;
	if (id == -ENOENT)
		return because(reason, id,
			       "CONFIG_FTRACE_SYSCALLS is off: no tracepoints of system calls");
	return id < 0 ? id : 0;
}

const struct backend backends[NR_BACKENDS] = {
	[BACKEND_FENTRY] = { "fentry", "fentry_", fentry_limits, true, test_fentry },
	[BACKEND_KPROBE] = { "kprobe", "kprobe_", kprobe_limits, true, test_kprobe },
	[BACKEND_TRACEPOINT] = { "tracepoint", "tp_", tracepoint_limits, false, test_tracepoint },
};

enum backend_id backend_by_name(const char *name)
{
	enum backend_id id;

	for (id = 0; id < NR_BACKENDS; id++)
		if (!strcmp(backends[id].name, name))
			break;
	return id;
}

static bool has_member(const struct btf *btf, const char *structure, const char *member)
{
	int id = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	int i, nr = type ? btf_vlen(type) : 0;

	for (i = 0; i < nr; i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), member))
			return true;
	return false;
}

/* For what BTF does not tell. In doubt it is. */
static bool is_since(int major, int minor)
{
	struct utsname names;
	int its_major, its_minor;

	if (uname(&names) || sscanf(names.release, "%d.%d", &its_major, &its_minor) != 2)
		return true;
	return its_major > major || (its_major == major && its_minor >= minor);
}

/*
 * The kernel's version names the models that can preempt it (init/Makefile); which one of them a
 * PREEMPT_DYNAMIC kernel is in (5.12), debugfs knows. In doubt it does.
 */
static bool kernel_preempts(void)
{
	struct utsname names;
	char modes[64] = "";
	FILE *file;

	if (!uname(&names) && !strstr(names.version, "PREEMPT"))
		return false;
	file = fopen("/sys/kernel/debug/sched/preempt", "re");
	if (!file)
		return true;
	if (!fgets(modes, sizeof(modes), file))
		modes[0] = '\0';
	fclose(file);
	return !strstr(modes, "(none)") && !strstr(modes, "(voluntary)");
}

int backend_read_facts(const char *path, struct kernel_facts *ret_facts, struct reason *reason)
{
	struct btf *btf = path ? btf__parse(path, NULL) : btf__load_vmlinux_btf();
	int err = -errno;
	char why[80];

	/* libbpf has errors of its own, above all of the system's. */
	libbpf_strerror(err, why, sizeof(why));
	if (!btf && path)
		return because(reason, err, "cannot read kernel BTF from %s: %s", path, why);
	if (!btf)
		return because(reason, err,
			       "this kernel has no BTF of its own: /sys/kernel/btf/vmlinux: %s; "
			       "give a file with --btf",
			       why);
	ret_facts->test_function = btf__find_by_name_kind(btf, TEST_FUNCTION, BTF_KIND_FUNC);
	ret_facts->schedules_early = btf__find_by_name_kind(btf, "inet_twsk_hashdance_schedule",
							    BTF_KIND_FUNC) > 0;
	/* bpf_mem_alloc came to per-CPU hash maps with that member. */
	ret_facts->allocates = has_member(btf, "bpf_htab", "pcpu_ma");
	btf__free(btf);
	ret_facts->preempts = kernel_preempts();
	/* Tracepoints disabled preemption until a46023d5616e. */
	ret_facts->tracepoints_preempt = ret_facts->preempts && is_since(7, 0);
	/* dd8657894c11 ("bpf: Count missed stats in trace_call_bpf") */
	ret_facts->counts_missed_calls = is_since(6, 7);
	return 0;
}

int backend_test(enum backend_id id, const struct kernel_facts *facts, struct reason *reason)
{
	return backends[id].test(facts, reason);
}

bool backend_is_twin(const char *program)
{
	size_t length = strlen(program), suffix = strlen(TWIN_SUFFIX);

	return length > suffix && !strcmp(program + length - suffix, TWIN_SUFFIX);
}

bool backend_tells_misses(const char *section, const struct kernel_facts *facts)
{
	static const char *const perf_events[] = { "kprobe/", "kretprobe/", "tracepoint/" };
	size_t i;

	for (i = 0; i < sizeof(perf_events) / sizeof(perf_events[0]); i++)
		if (!strncmp(section, perf_events[i], strlen(perf_events[i])))
			return facts->counts_missed_calls;
	return true;
}

/* A packet can interrupt it; everything else is interrupted by other tasks only. */
static bool softirqs_call(const char *function)
{
	return !strncmp(function, "inet_twsk_", strlen("inet_twsk_")) ||
	       !strcmp(function, "inet_sock_set_state");
}

bool backend_wants(enum backend_id id, const char *program, const char *function,
		   const struct kernel_facts *facts)
{
	const char *prefix = backends[id].prefix;

	if (strncmp(program, prefix, strlen(prefix)))
		return false;
	if (backend_is_twin(program) && !softirqs_call(function) && !facts->preempts)
		return false;
	if (!strcmp(function, "inet_twsk_hashdance"))
		return !facts->schedules_early;
	if (!strcmp(function, "inet_twsk_hashdance_schedule"))
		return facts->schedules_early;
	return true;
}
