// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "options.h"

/* Parses these words as options of top; the reason goes to *reason. */
static int parse(struct options *options, int *ret_used, struct reason *reason,
		 const char *const *words)
{
	char *copy[16];
	size_t i;
	int err;

	for (i = 0; words[i]; i++)
		copy[i] = (char *)words[i];
	copy[i] = NULL;
	options_init(options);
	err = options_parse(options, FOR_TOP, copy, ret_used, reason);
	return err ? err : options_finish(options, reason);
}

#define PARSE(...) parse(&options, &used, &reason, (const char *const[]){ __VA_ARGS__, NULL })

static void options_reach_their_members(void **state)
{
	struct options options;
	struct reason reason;
	int used;

	(void)state;
	assert_int_equal(PARSE("-P", "kprobe", "-j", "--dport", "1000-2000", "-4", "--udp", "-i",
			       "0.5", "-n", "3", "-b", "--sort", "failures"),
			 0);
	assert_int_equal(used, 14);
	assert_int_equal(options.probe.backend, BACKEND_KPROBE);
	assert_true(options.json && options.batch);
	assert_int_equal(options.filter.dport_low, 1000);
	assert_int_equal(options.filter.dport_high, 2000);
	assert_int_equal(options.filter.families, FILTER_IPV4);
	assert_int_equal(options.filter.protos, FILTER_UDP);
	assert_float_equal(options.interval_s, 0.5, 1e-9);
	assert_int_equal(options.count, 3);
	assert_string_equal(options.sort->name, "failures");
}

/* Whichever of the two comes first. */
static void columns_are_those_of_the_view(void **state)
{
	struct options options;
	struct reason reason;
	int used;

	(void)state;
	assert_int_equal(PARSE("-s", "time_waits", "-w", "cgroups"), 0);
	assert_string_equal(options.view->name, "cgroups");
	assert_ptr_equal(options.sort, field_by_name(cgroup_fields, "time_waits"));
	assert_int_equal(PARSE("--view", "netns", "--sort", "least_headroom"), 0);
	assert_ptr_equal(options.sort, field_by_name(netns_fields, "least_headroom"));
	assert_int_equal(PARSE("-w", "failures"), 0);
	assert_null(options.sort);
}

static void the_first_other_word_ends_the_options(void **state)
{
	struct options options;
	struct reason reason;
	int used;

	(void)state;
	assert_int_equal(PARSE("-j", "top", "-b"), 0);
	assert_int_equal(used, 1);
	assert_true(options.json);
	assert_false(options.batch);
}

static void wrong_options_are_named(void **state)
{
	static const struct {
		const char *words[5];
		const char *named;
	} wrong[] = {
		{ { "--nix" }, "'--nix'" },
		{ { "-x" }, "'-x'" },
		{ { "-i" }, "SECONDS" },
		{ { "--batch=1" }, "--batch" },
		{ { "-i", "0" }, "'0'" },
		{ { "-i", "nan" }, "'nan'" },
		{ { "-i", "1s" }, "'1s'" },
		{ { "-n", "-1" }, "'-1'" },
		{ { "-n", "0" }, "'0'" },
		{ { "-P", "ptrace" }, "'ptrace'" },
		{ { "-s", "size" }, "'size'" },
		{ { "--src", "10.0.0" }, "'10.0.0'" },
		{ { "--dport", "0" }, "'0'" },
		{ { "--dport", "65536" }, "'65536'" },
		{ { "--dport", "20-10" }, "'20-10'" },
		{ { "--dport", "10-" }, "'10-'" },
		{ { "-w", "nix" }, "processes" },
		{ { "-s", "pid" }, "columns of routes" },
		{ { "-s", "dport", "-w", "netns" }, "least_headroom" },
	};
	struct options options;
	struct reason reason;
	size_t i;
	int used;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(&options, &used, &reason, wrong[i].words), -EINVAL);
		if (!strstr(reason.text, wrong[i].named))
			fail_msg("\"%s\" does not name %s", reason.text, wrong[i].named);
	}
}

static void a_namespace_that_is_not_there_is_no_wrong_usage(void **state)
{
	struct options options;
	struct reason reason;
	int used;

	(void)state;
	assert_int_equal(PARSE("-N", "/nix/ns"), -ENOENT);
	assert_non_null(strstr(reason.text, "/nix/ns"));
	assert_int_equal(PARSE("-N", "self"), 0);
	assert_int_not_equal(options.probe.only_netns, 0);
	assert_int_equal(PARSE("-N", "all"), 0);
	assert_int_equal(options.probe.only_netns, 0);
	assert_int_equal(PARSE("-N", "self", "-N", "all"), 0);
	assert_int_equal(options.probe.only_netns, 0);
	assert_int_equal(PARSE("-N", "/dev/null"), -ENOENT);
	assert_int_equal(PARSE("-N", "/proc/self/ns/mnt"), -ENOENT);
}

/* What only a kernel can do is wrong usage, before or after --from. */
static void a_file_is_no_kernel(void **state)
{
	struct options options;
	struct reason reason;
	int used;

	(void)state;
	assert_int_equal(PARSE("--from", "f", "-P", "kprobe"), -EINVAL);
	assert_non_null(strstr(reason.text, "--probe"));
	assert_int_equal(PARSE("--cpu-limit", "2", "--from", "f"), -EINVAL);
	assert_non_null(strstr(reason.text, "--cpu-limit"));
	assert_int_equal(PARSE("--btf", "x", "--from", "f"), -EINVAL);
	assert_int_equal(PARSE("--from", ""), -EINVAL);
	assert_int_equal(PARSE("--from"), -EINVAL);
}

/* Nothing is looked for on this host. */
static void names_of_a_file_are_another_hosts(void **state)
{
	struct options options;
	struct reason reason;
	int used;

	(void)state;
	assert_int_equal(PARSE("--from", "f", "-N", "no-such-namespace", "-g", "/no/such//"), 0);
	assert_string_equal(options.netns, "no-such-namespace");
	assert_string_equal(options.filter.cgroup, "/no/such");
	assert_int_equal(options.probe.only_netns, 0);
	assert_int_equal(PARSE("--from", "f", "-g", "/"), 0);
	assert_string_equal(options.filter.cgroup, "/");
	assert_int_equal(PARSE("-N", "/proc/self/ns/net", "--from", "f"), -EINVAL);
	assert_int_equal(PARSE("-N", "self", "--from", "f"), -EINVAL);
	assert_int_equal(PARSE("-g", "no/such", "--from", "f"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_reach_their_members),
		cmocka_unit_test(columns_are_those_of_the_view),
		cmocka_unit_test(the_first_other_word_ends_the_options),
		cmocka_unit_test(wrong_options_are_named),
		cmocka_unit_test(a_namespace_that_is_not_there_is_no_wrong_usage),
		cmocka_unit_test(a_file_is_no_kernel),
		cmocka_unit_test(names_of_a_file_are_another_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
