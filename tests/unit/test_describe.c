// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which processes are looked for, and for how long, when events are described. What looks for them
 * in the kernel, and the clock, are the test's own.
 */
#include "unit.h"

#include "clock.h"
#include "describe.h"
#include "holders.h"

#define SECOND_NS 1000000000LL
#define HOLDER_PID 4711

static int64_t now_ns;
static unsigned int nr_walks;
static struct describer *describer;

/* The names that the linker gives to what test_describe wraps; see Makefile. */
int64_t __wrap_clock_ns(clockid_t clock);
struct holders *__wrap_probe_holders(struct probe *probe);
int __wrap_holders_find_processes(struct holders *holders, const struct port_holder *sockets,
				  size_t nr, holders_visit visit, void *arg,
				  struct reason *reason);

int64_t __wrap_clock_ns(clockid_t clock)
{
	(void)clock;
	return now_ns;
}

struct holders *__wrap_probe_holders(struct probe *probe)
{
	(void)probe;
	return NULL;
}

int __wrap_holders_find_processes(struct holders *holders, const struct port_holder *sockets,
				  size_t nr, holders_visit visit, void *arg, struct reason *reason)
{
	const struct owner_process process = { .key.pid = HOLDER_PID, .comm = "holder" };

	(void)holders;
	(void)reason;
	assert_int_equal(nr, 1);
	nr_walks++;
	return visit(arg, sockets, &process);
}

static int set_up(void **state)
{
	(void)state;
	now_ns = 1000 * SECOND_NS;
	nr_walks = 0;
	describer = describer_new(false);
	return !describer;
}

static int tear_down(void **state)
{
	(void)state;
	describer_free(describer);
	return 0;
}

/* The pid that is told of a failure in whose way that socket is; the rest is as the kernel said. */
static uint32_t pid_of_holder(uint64_t socket)
{
	const struct port_holder holder = {
		.socket = socket,
		.inode = socket,
	};
	const struct porttrace_event failure = { .caller.uid = UID_UNKNOWN };
	const struct event_record record = { .event = &failure, .holder = &holder };
	struct reason reason = {};
	struct event event;

	assert_int_equal(describe_event(describer, NULL, &record, &event, &reason), 0);
	assert_true(event.has_holder);
	assert_ptr_equal(event.holder.socket, &holder);
	assert_string_equal(event.holder.comm, event.holder.pid ? "holder" : "");
	return event.holder.pid;
}

static void what_was_found_is_good_for_a_second(void **state)
{
	(void)state;
	assert_int_equal(pid_of_holder(1), HOLDER_PID);
	assert_int_equal(pid_of_holder(2), HOLDER_PID);
	assert_int_equal(nr_walks, 2);
	now_ns += SECOND_NS;
	assert_int_equal(pid_of_holder(1), HOLDER_PID);
	assert_int_equal(nr_walks, 2);
	now_ns++;
	assert_int_equal(pid_of_holder(1), HOLDER_PID);
	assert_int_equal(nr_walks, 3);
	assert_int_equal(describer_unlooked(describer), 0);
}

static void in_the_end_processes_are_looked_for_no_longer_than_that(void **state)
{
	(void)state;
	describer_hurry(describer);
	now_ns += DESCRIBER_HURRY_S * SECOND_NS;
	assert_int_equal(pid_of_holder(1), HOLDER_PID);
	assert_int_equal(nr_walks, 1);
	now_ns++;
	/* Others have none; that one is known. */
	assert_int_equal(pid_of_holder(2), 0);
	assert_int_equal(pid_of_holder(3), 0);
	assert_int_equal(pid_of_holder(1), HOLDER_PID);
	now_ns += SECOND_NS;
	assert_int_equal(pid_of_holder(1), 0);
	assert_int_equal(nr_walks, 1);
	assert_int_equal(describer_unlooked(describer), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_found_is_good_for_a_second),
		TEST(in_the_end_processes_are_looked_for_no_longer_than_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
