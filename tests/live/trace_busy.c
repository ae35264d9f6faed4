// SPDX-License-Identifier: GPL-2.0-only
/* Beside programs that do not stop, a trace tells of others, and ends when and where it is to. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "json.h"
#include "loop.h"
#include "outcome.h"
#include "report.h"
#include "trace.h"
#include "trace_cases.h"
#include "trace_compare.h"
#include "wait.h"

/* An emulated processor takes its time for what it has to print. */
#define LINE_LIMIT_MS 60000

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* The socket, or -1. */
static int bind_to(int type, uint16_t port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || !bind(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	close(fd);
	return -1;
}

/* Host order; 0: none. */
static uint16_t port_of(int fd)
{
	struct sockaddr_in local = {};
	socklen_t len = sizeof(local);

	return fd < 0 || getsockname(fd, (struct sockaddr *)&local, &len) ? 0
									  : ntohs(local.sin_port);
}

/* ---- A storm on one port, and one failure on another of the same address ---- */

struct taken {
	int fds[2];
	uint16_t ports[2];
};

static bool take_ports(struct taken *taken)
{
	int i;

	for (i = 0; i < 2; i++) {
		taken->fds[i] = bind_to(SOCK_STREAM, 0);
		taken->ports[i] = port_of(taken->fds[i]);
	}
	return taken->ports[0] && taken->ports[1];
}

static void give_back(const struct taken *taken)
{
	int i;

	for (i = 0; i < 2; i++)
		if (taken->fds[i] >= 0)
			close(taken->fds[i]);
}

static void fail_on_first(void *arg)
{
	const struct taken *taken = arg;

	bind_to(SOCK_STREAM, taken->ports[0]);
}

static bool is_storm_limited(const void *arg)
{
	const struct trace *trace = arg;

	return trace->held_back;
}

/* Of this process, about the second port. */
static unsigned int nr_single(const struct trace *trace, const struct taken *taken)
{
	unsigned int nr = 0;
	char words[128];
	size_t i;

	snprintf(words, sizeof(words), "failure cause=port_in_use pid=%d sport=%u", getpid(),
		 taken->ports[1]);
	for (i = 0; i < trace->nr_lines; i++)
		nr += trace_matches(trace->lines[i], words);
	return nr;
}

struct single {
	const struct trace *trace;
	const struct taken *taken;
};

static bool is_single_told(const void *arg)
{
	const struct single *single = arg;

	return nr_single(single->trace, single->taken);
}

static bool fail_once_in_storm(struct trace *trace, const struct taken *taken, char *ret_why,
			       int size)
{
	const struct single single = { trace, taken };

	if (!tracer_await(trace->tracer, is_storm_limited, trace, LINE_LIMIT_MS)) {
		snprintf(ret_why, size, "a storm, and nothing was held back");
		return false;
	}
	if (bind_to(SOCK_STREAM, taken->ports[1]) >= 0 || errno != EADDRINUSE) {
		snprintf(ret_why, size, "port %u is not taken", taken->ports[1]);
		return false;
	}
	if (tracer_await(trace->tracer, is_single_told, &single, LINE_LIMIT_MS))
		return true;
	snprintf(ret_why, size, "a single failure on port %u was not told of in a storm on port %u",
		 taken->ports[1], taken->ports[0]);
	return false;
}

static bool tells_of_others(const struct live_setup *setup, char *ret_why, int size)
{
	const char *const no_options[] = { NULL };
	struct taken taken;
	bool good = take_ports(&taken);
	struct trace *trace = good ? trace_start(setup, no_options, ret_why, size) : NULL;
	pid_t storm;

	if (!good)
		snprintf(ret_why, size, "no ports to take: %s", strerror(errno));
	good = trace;
	if (trace) {
		storm = loop_start(fail_on_first, &taken);
		good = fail_once_in_storm(trace, &taken, ret_why, size);
		loop_end(storm);
		good = good && trace_stop(trace, SIGINT, ret_why, size);
	}
	trace_free(trace);
	give_back(&taken);
	return good;
}

/* ---- The end, beside a program that allocates all the time ---- */

/* More than are read before the time and signals are looked at. */
#define NR_BEFORE_SIGNAL 5000

#define DURATION_MS 1000

/*
 * In MiB. What is in it may be printed in the end: that takes a machine that has other things to do
 * some seconds, and an emulated one minutes, which gets a smaller one. The loaders go on for ever.
 */
#define BUFFER "16"
#define BUFFER_EMULATED "1"
#define END_LIMIT_MS 20000
#define END_LIMIT_EMULATED_MS 60000

/* Lest the trace comes to the end of its buffer while a single one waits for a processor. */
#define NR_LOADERS 3

static void allocate(void *arg)
{
	int fd = bind_to(SOCK_DGRAM, 0);

	(void)arg;
	if (fd >= 0)
		close(fd);
}

static bool has_printed_many(const void *arg)
{
	const struct trace *trace = arg;

	return trace->nr[TRACE_ALLOCATION] >= NR_BEFORE_SIGNAL;
}

/* signal 0: by itself, after DURATION_MS. */
static bool end_in_time(const struct live_setup *setup, struct trace *trace, int signal,
			char *ret_why, int size)
{
	long long limit_ms = setup->own_machine ? END_LIMIT_EMULATED_MS : END_LIMIT_MS;
	long long told_ms = now_ms() + DURATION_MS, took_ms;
	bool good;

	if (signal) {
		if (!tracer_await(trace->tracer, has_printed_many, trace, LINE_LIMIT_MS)) {
			snprintf(ret_why, size, "%lu allocations were printed",
				 trace->nr[TRACE_ALLOCATION]);
			return false;
		}
		told_ms = now_ms();
	}
	good = trace_stop(trace, signal, ret_why, size);
	took_ms = now_ms() - told_ms;
	outcome_detail("%lld ms after it should have ended; %lu allocations; %s", took_ms,
		       trace->nr[TRACE_ALLOCATION], tracer_state(trace->tracer));
	if (!good)
		return false;
	if (took_ms <= limit_ms && trace->nr[TRACE_ALLOCATION])
		return true;
	snprintf(ret_why, size, "it ended %lld ms after it should, with %lu allocations", took_ms,
		 trace->nr[TRACE_ALLOCATION]);
	return false;
}

static bool ends_beside_loaders(const struct live_setup *setup, struct trace *trace, int signal,
				char *ret_why, int size)
{
	pid_t loaders[NR_LOADERS];
	bool good;
	int i;

	for (i = 0; i < NR_LOADERS; i++) {
		loaders[i] = loop_start(allocate, NULL);
		/*
		 * After a signal, a reader that does not read for a second has no more printed: on
		 * an emulated processor this one must not wait for the loaders.
		 */
		if (setup->own_machine && loaders[i] > 0)
			setpriority(PRIO_PROCESS, loaders[i], 19);
	}
	good = end_in_time(setup, trace, signal, ret_why, size);
	for (i = 0; i < NR_LOADERS; i++)
		loop_end(loaders[i]);
	return good;
}

/* duration: of -d, or NULL: then by that signal. */
static bool ends_busy(const struct live_setup *setup, const char *duration, int signal,
		      char *ret_why, int size)
{
	const char *const options[] = { "--all",
					"--buffer",
					setup->own_machine ? BUFFER_EMULATED : BUFFER,
					duration ? "-d" : NULL,
					duration,
					NULL };
	struct trace *trace = trace_start(setup, options, ret_why, size);
	bool good;

	if (!trace)
		return false;
	trace->keeps_none = true;
	good = ends_beside_loaders(setup, trace, signal, ret_why, size);
	trace_free(trace);
	return good;
}

static bool duration_ends_it(const struct live_setup *setup, char *ret_why, int size)
{
	return ends_busy(setup, "1", 0, ret_why, size);
}

static bool signal_ends_it(const struct live_setup *setup, char *ret_why, int size)
{
	return ends_busy(setup, NULL, SIGINT, ret_why, size);
}

/* ---- One event, where several are there to be printed ---- */

#define NR_IN_BUFFER 7
#define NR_UNTOLD 3

#define STATE_SYN_SENT 2

/* Connections to that port that are not answered. */
static unsigned int nr_under_way(uint16_t port)
{
	FILE *file = fopen("/proc/self/net/tcp", "re");
	unsigned int nr = 0, dport, state;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		nr += sscanf(line, " %*u: %*x:%*x %*x:%x %x", &dport, &state) == 2 &&
		      dport == port && state == STATE_SYN_SENT;
	if (file)
		fclose(file);
	return nr;
}

static bool are_all_under_way(const void *arg)
{
	const uint16_t *port = arg;

	return nr_under_way(*port) == NR_UNTOLD;
}

static bool is_stopped(const void *arg)
{
	const struct child *child = arg;
	siginfo_t info = {};

	return !waitid(P_PID, child->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) &&
	       info.si_pid == child->pid;
}

static void connect_and_wait(void *arg)
{
	const uint16_t *port = arg;
	struct sockaddr_in to = loopback(*port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	connect(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/* A listener whose queue is full, and the connection that fills it. */
struct full {
	int listener, client;
	uint16_t port;
};

static bool open_full(struct full *full)
{
	struct sockaddr_in to;

	full->listener = bind_to(SOCK_STREAM, 0);
	full->port = port_of(full->listener);
	full->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	to = loopback(full->port);
	return full->listener >= 0 && full->client >= 0 && !listen(full->listener, 0) &&
	       !connect(full->client, (struct sockaddr *)&to, sizeof(to));
}

static void close_full(const struct full *full)
{
	if (full->client >= 0)
		close(full->client);
	if (full->listener >= 0)
		close(full->listener);
}

/* It cannot read any of that before it goes on: some is in the buffer, some is not told of yet. */
static bool fill(struct child *tracer, const struct full *full, pid_t connecting[NR_UNTOLD])
{
	int i;

	kill(tracer->pid, SIGSTOP);
	if (!wait_until(is_stopped, tracer, LINE_LIMIT_MS))
		return false;
	for (i = 0; i < NR_IN_BUFFER; i++)
		allocate(NULL);
	for (i = 0; i < NR_UNTOLD; i++)
		connecting[i] = loop_start(connect_and_wait, (void *)(uintptr_t)&full->port);
	return wait_until(are_all_under_way, &full->port, LINE_LIMIT_MS);
}

static bool print_one(struct trace *trace, const struct full *full, int signal, char *ret_why,
		      int size)
{
	struct child *tracer = tracer_child(trace->tracer);
	pid_t connecting[NR_UNTOLD] = {};
	bool good = fill(tracer, full, connecting);
	unsigned long nr;
	int i;

	if (!good)
		snprintf(ret_why, size, "it is not stopped, or %d connections are not under way",
			 NR_UNTOLD);
	if (signal)
		kill(tracer->pid, signal);
	kill(tracer->pid, SIGCONT);
	good = good && trace_stop(trace, 0, ret_why, size);
	for (i = 0; i < NR_UNTOLD; i++)
		loop_end(connecting[i]);
	nr = trace->nr[TRACE_FAILURE] + trace->nr[TRACE_ALLOCATION] + trace->nr[TRACE_TIME_WAIT];
	if (!good || nr == 1)
		return good;
	snprintf(ret_why, size, "%lu events instead of 1", nr);
	return false;
}

static bool prints_one(int signal, const struct live_setup *setup, char *ret_why, int size)
{
	/* Of other programs there may be an event before it is stopped. */
	const char *const options[] = { "--all", "-n", "1", "--comm", program_invocation_short_name,
					NULL };
	struct trace *trace = NULL;
	struct full full;
	bool good = false;

	if (open_full(&full))
		trace = trace_start(setup, options, ret_why, size);
	else
		snprintf(ret_why, size, "no listener that is full: %s", strerror(errno));
	if (trace)
		good = print_one(trace, &full, signal, ret_why, size);
	trace_free(trace);
	close_full(&full);
	return good;
}

static bool prints_one_of_many(const struct live_setup *setup, char *ret_why, int size)
{
	return prints_one(0, setup, ret_why, size);
}

static bool prints_one_at_the_end(const struct live_setup *setup, char *ret_why, int size)
{
	return prints_one(SIGINT, setup, ret_why, size);
}

/* ---- A port with more sockets than are looked at ---- */

/* `top` says that its walk was cut short, and so would be of no use to the cases after it. */
static bool finds_listener(const void *arg, const struct live_setup *setup, char *ret_why, int size)
{
	const char *const options[] = { "--rate-limit", "0", NULL };
	const struct report_wanted wanted = {
		.workload = setup->workload,
		.kind = arg,
		.n = 200,
		.m = 11,
		.events = true,
	};
	struct trace *trace = trace_start(setup, options, ret_why, size);
	struct report report = {};
	bool good;

	if (!trace)
		return false;
	good = report_obtain(&wanted, trace->tracer, &report) == REPORT_COMPLETE;
	if (!good)
		snprintf(ret_why, size, "%s", report.why);
	good = good && trace_stop(trace, SIGINT, ret_why, size);
	good = good && trace_compare_failures(trace, &report);
	report_free(&report);
	trace_free(trace);
	return good;
}

#define FINDS(words, kind) .name = words, .run_with = finds_listener, .arg = kind

const struct trace_case trace_busy_cases[] = {
	{ .name = "trace-storm-on-another-port", .run = tells_of_others },
	{ .name = "trace-busy-ends-after-duration", .run = duration_ends_it },
	{ .name = "trace-busy-ends-on-sigint", .run = signal_ends_it },
	{ .name = "trace-one-of-many", .run = prints_one_of_many },
	{ .name = "trace-one-at-the-end", .run = prints_one_at_the_end },
	{ FINDS("trace-busy-listener-4", "tcp4-wildcard-held-by-busy-listener") },
	{ FINDS("trace-busy-listener-6", "tcp6-wildcard-held-by-busy-listener") },
	{ FINDS("trace-closing-listener-4", "tcp4-wildcard-held-by-closing-listener") },
	{ FINDS("trace-closing-listener-6", "tcp6-wildcard-held-by-closing-listener") },
	{},
};
