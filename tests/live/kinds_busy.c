// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in the middle of others. The kernel does not start a BPF program on a CPU where that
 * very program is running: what happens in an interrupt of it, or in a task that preempts it,
 * passes a tracer by which relies on one program an event.
 *
 * Done by processes, which hand over what they entered into their ledgers. All connect to one
 * listener, and accept whatever connection comes first.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "kinds.h"
#include "ledger.h"
#include "plan.h"
#include "sandbox.h"

/* Enough to be in each other's way, on a machine of any size. */
#define MAX_CPUS 4
#define WORKERS_PER_CPU 2
#define MAX_WORKERS (MAX_CPUS * WORKERS_PER_CPU)

/* The lowest that comes before everything ordinary. */
#define URGENT_PRIORITY 1
/* The shortest rest of an urgent worker. */
#define MIN_REST_NS 50000

struct crew {
	const struct job *job;
	int listener;
	int cpus[MAX_CPUS];
	unsigned int nr_cpus;
	void (*take_turn)(const struct crew *crew);
	struct worker {
		pid_t pid;
		int ledger; /* the pipe that it comes through */
	} workers[MAX_WORKERS];
	unsigned int nr_workers;
};

/* What a worker does, and how often. */
struct task {
	void (*run)(const struct crew *crew, unsigned int count);
	unsigned int count;
	int cpu;
};

static void choose_cpus(struct crew *crew)
{
	cpu_set_t allowed;
	int cpu;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		plan_failed("sched_getaffinity: %s", strerror(errno));
	for (cpu = 0; cpu < CPU_SETSIZE && crew->nr_cpus < MAX_CPUS; cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			crew->cpus[crew->nr_cpus++] = cpu;
	}
}

/* ---- The workers ---- */

__attribute__((noreturn)) static void work(const struct crew *crew, const struct task *task,
					   int ledger, pid_t parent)
{
	cpu_set_t cpu;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(PLAN_FAILED);
	CPU_ZERO(&cpu);
	CPU_SET(task->cpu, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu) < 0)
		plan_failed("sched_setaffinity: %s", strerror(errno));
	ledger_clear();
	task->run(crew, task->count);
	ledger_hand_over(ledger);
	_exit(PLAN_DONE);
}

static void start_worker(struct crew *crew, const struct task *task)
{
	struct worker *worker = &crew->workers[crew->nr_workers++];
	pid_t parent = getpid();
	int ends[2];

	if (pipe(ends) < 0)
		plan_failed("pipe: %s", strerror(errno));
	worker->ledger = ends[0];
	worker->pid = fork();
	if (worker->pid < 0)
		plan_failed("fork: %s", strerror(errno));
	if (!worker->pid)
		work(crew, task, ends[1], parent);
	close(ends[1]);
}

/* What a worker that failed has to say is on stderr before what is said here. */
static void finish_workers(struct crew *crew)
{
	unsigned int i;

	for (i = 0; i < crew->nr_workers; i++) {
		int status;

		ledger_take_over(crew->workers[i].ledger);
		close(crew->workers[i].ledger);
		if (waitpid(crew->workers[i].pid, &status, 0) < 0)
			plan_failed("waitpid: %s", strerror(errno));
		if (status)
			plan_failed("a worker ended with wait status %d", status);
	}
}

/* The part of a total that one of several has to do. */
static unsigned int share(unsigned int total, unsigned int index, unsigned int parts)
{
	return total / parts + (index < total % parts);
}

static void connect_once(const struct crew *crew)
{
	union address server = job_server(crew->job);
	int client = job_socket(crew->job, 0);

	job_must(calls_connect(client, &server), "connect()");
	close_client_first(client, job_accept(crew->listener));
}

static void bind_once(const struct crew *crew)
{
	union address any_port = job_loopback(crew->job, 0);
	int fd = job_socket(crew->job, 0);

	job_must(calls_bind(fd, &any_port), "bind()");
	close(fd);
}

/* ---- Interrupted by packets ---- */

static void connect_all(const struct crew *crew, unsigned int count)
{
	while (count--)
		connect_once(crew);
}

/*
 * A packet on lo is otherwise worked off by the task that sends it. Steered to another CPU it
 * interrupts whatever runs there.
 */
static void steer_packets(const struct crew *crew)
{
	cpu_set_t cpus;
	unsigned int i;

	if (crew->nr_cpus < 2)
		plan_skipped("packets cannot be steered: there is one CPU");
	CPU_ZERO(&cpus);
	for (i = 0; i < crew->nr_cpus; i++)
		CPU_SET(crew->cpus[i], &cpus);
	if (!sandbox_steer_packets(&cpus))
		plan_skipped("packets cannot be steered: no rps_cpus here");
}

static void run_interrupted(const struct job *job)
{
	struct crew crew = { .job = job };
	unsigned int i, nr_workers;

	choose_cpus(&crew);
	steer_packets(&crew);
	crew.listener = job_listen(job);
	nr_workers = crew.nr_cpus * WORKERS_PER_CPU;
	for (i = 0; i < nr_workers; i++) {
		const struct task task = {
			.run = connect_all,
			.count = share(job->n, i, nr_workers),
			.cpu = crew.cpus[i % crew.nr_cpus],
		};

		start_worker(&crew, &task);
	}
	finish_workers(&crew);
	sandbox_await_time_waits(job->n);
}

/* ---- Preempted by tasks ---- */

static int set_policy(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	return sched_setscheduler(0, policy, &param) < 0 ? -errno : 0;
}

static void must_allow_urgency(void)
{
	int err = set_policy(SCHED_FIFO, URGENT_PRIORITY);

	if (err)
		plan_skipped("no SCHED_FIFO here: %s", strerror(-err));
	job_must(set_policy(SCHED_OTHER, 0), "SCHED_OTHER");
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void connect_and_bind(const struct crew *crew)
{
	connect_once(crew);
	bind_once(crew);
}

static void take_turns(const struct crew *crew, unsigned int count)
{
	while (count--)
		crew->take_turn(crew);
}

/*
 * Wakes up at any place of what its CPU does. It rests as long as it works, and there is one of
 * it on a CPU: half of each CPU's time is left to everybody else, however slow it is.
 */
static void take_turns_urgently(const struct crew *crew, unsigned int count)
{
	job_must(set_policy(SCHED_FIFO, URGENT_PRIORITY), "SCHED_FIFO");
	while (count--) {
		long long start_ns = now_ns(), rest_ns;
		struct timespec rest;

		crew->take_turn(crew);
		rest_ns = now_ns() - start_ns;
		if (rest_ns < MIN_REST_NS)
			rest_ns = MIN_REST_NS;
		rest.tv_sec = rest_ns / 1000000000;
		rest.tv_nsec = rest_ns % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
	}
}

/* Of each CPU, an ordinary worker and an urgent one. */
static void preempt_each_other(struct crew *crew, unsigned int nr_ordinary, unsigned int nr_urgent)
{
	unsigned int i;

	for (i = 0; i < crew->nr_cpus; i++) {
		const struct task ordinary = {
			.run = take_turns,
			.count = share(nr_ordinary, i, crew->nr_cpus),
			.cpu = crew->cpus[i],
		};
		const struct task urgent = {
			.run = take_turns_urgently,
			.count = share(nr_urgent, i, crew->nr_cpus),
			.cpu = crew->cpus[i],
		};

		start_worker(crew, &ordinary);
		start_worker(crew, &urgent);
	}
	finish_workers(crew);
}

static void run_preempted(const struct job *job)
{
	struct crew crew = { .job = job, .take_turn = connect_and_bind };

	must_allow_urgency();
	choose_cpus(&crew);
	crew.listener = job_listen(job);
	preempt_each_other(&crew, job->n, job->m);
	sandbox_await_time_waits(job->n + job->m);
}

static void find_no_port(const struct crew *crew)
{
	union address server = job_server(crew->job);
	int fd = job_socket(crew->job, 0);

	job_must_fail(calls_connect(fd, &server), EADDRNOTAVAIL, "connect() in a full range");
	close(fd);
}

static void run_preempted_when_full(const struct job *job)
{
	struct crew crew = { .job = job, .take_turn = find_no_port };
	union address server = job_server(job);
	unsigned int i;

	must_allow_urgency();
	choose_cpus(&crew);
	crew.listener = job_listen(job);
	for (i = 0; i < job->n; i++)
		job_must(calls_connect(job_socket(job, 0), &server), "connect()");
	preempt_each_other(&crew, job->m - job->m / 2, job->m / 2);
}

const struct kind kinds_busy[] = {
	{ "interrupted", TCP, V4 | V6, run_interrupted,
	  .n = "connections of several processes, whose packets interrupt other CPUs" },
	{ "preempted", TCP, V4 | V6, run_preempted,
	  .n = "connections, and bind()s to port 0, of ordinary processes",
	  .m = "the same, of SCHED_FIFO processes on the same CPUs" },
	{ "preempted-exhausted", TCP, V4 | V6, run_preempted_when_full,
	  .n = "connect()s that take the whole range",
	  .m = "connect()s that find no port, half of them of SCHED_FIFO processes",
	  .range_of_n = true },
	{},
};
