// SPDX-License-Identifier: GPL-2.0-only
/* Which programs a back-end attaches, by what is known of the kernel. */
#include "unit.h"

#include <string.h>

#include "backend.h"

#define CONNECT "fentry_connect", "inet_hash_connect"
#define CONNECT_TWIN "fentry_connect_twin", "inet_hash_connect"
#define HASHDANCE_TWIN "fentry_time_wait_twin", "inet_twsk_hashdance"
#define SCHEDULE_TWIN "fentry_time_wait_schedule_twin", "inet_twsk_hashdance_schedule"

static void programs_belong_to_a_backend_by_their_names(void **state)
{
	const struct kernel_facts facts = {};

	(void)state;
	assert_true(backend_wants(BACKEND_FENTRY, CONNECT, &facts));
	assert_false(backend_wants(BACKEND_KPROBE, CONNECT, &facts));
	assert_false(backend_wants(BACKEND_TRACEPOINT, CONNECT, &facts));
	assert_true(backend_wants(BACKEND_TRACEPOINT, "tp_bind", "sys_enter_bind", &facts));
}

static void a_function_is_hooked_under_the_name_it_has(void **state)
{
	struct kernel_facts facts = {};

	(void)state;
	assert_true(backend_wants(BACKEND_FENTRY, HASHDANCE_TWIN, &facts));
	assert_false(backend_wants(BACKEND_FENTRY, SCHEDULE_TWIN, &facts));
	facts.schedules_early = true;
	assert_false(backend_wants(BACKEND_FENTRY, HASHDANCE_TWIN, &facts));
	assert_true(backend_wants(BACKEND_FENTRY, SCHEDULE_TWIN, &facts));
}

static void twins_are_attached_where_the_first_can_be_interrupted(void **state)
{
	struct kernel_facts facts = {};

	(void)state;
	assert_false(backend_wants(BACKEND_FENTRY, CONNECT_TWIN, &facts));
	assert_true(backend_wants(BACKEND_FENTRY, HASHDANCE_TWIN, &facts));
	assert_true(backend_wants(BACKEND_KPROBE, "kprobe_time_wait_twin", "inet_sock_set_state",
				  &facts));
	facts.preempts = true;
	assert_true(backend_wants(BACKEND_FENTRY, CONNECT_TWIN, &facts));
}

static void a_twin_is_known_by_the_end_of_its_name(void **state)
{
	(void)state;
	assert_true(backend_is_twin("tp_state_twin"));
	assert_false(backend_is_twin("tp_state"));
	assert_false(backend_is_twin("_twin"));
}

static void old_kernels_do_not_count_all_that_they_skip(void **state)
{
	struct kernel_facts facts = {};

	(void)state;
	assert_false(backend_tells_misses("kprobe/inet_hash_connect", &facts));
	assert_false(backend_tells_misses("kretprobe/inet_hash_connect", &facts));
	assert_false(backend_tells_misses("tracepoint/syscalls/sys_exit_bind", &facts));
	assert_true(backend_tells_misses("tp_btf/inet_sock_set_state", &facts));
	assert_true(backend_tells_misses("fexit/inet_hash_connect", &facts));
	facts.counts_missed_calls = true;
	assert_true(backend_tells_misses("kprobe/inet_hash_connect", &facts));
	assert_true(backend_tells_misses("tracepoint/syscalls/sys_exit_bind", &facts));
}

static bool has_limit(enum backend_id id, const char *words)
{
	const char *const *limit;

	for (limit = backends[id].limits; *limit; limit++)
		if (strstr(*limit, words))
			return true;
	return false;
}

/* Those whose hooks come after what refuses it. */
static void a_bind_that_is_refused_early_is_a_limit(void **state)
{
	(void)state;
	assert_true(has_limit(BACKEND_FENTRY, "a security module"));
	assert_true(has_limit(BACKEND_KPROBE, "a security module"));
	assert_false(has_limit(BACKEND_TRACEPOINT, "a security module"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_belong_to_a_backend_by_their_names),
		cmocka_unit_test(a_function_is_hooked_under_the_name_it_has),
		cmocka_unit_test(twins_are_attached_where_the_first_can_be_interrupted),
		cmocka_unit_test(a_twin_is_known_by_the_end_of_its_name),
		cmocka_unit_test(old_kernels_do_not_count_all_that_they_skip),
		cmocka_unit_test(a_bind_that_is_refused_early_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
