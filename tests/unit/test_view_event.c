// SPDX-License-Identifier: GPL-2.0-only
/* Events as lines, JSON and text: all that is known of one, and what becomes of what is not. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event_sample.h"
#include "view_event.h"

static const struct event_view *view;

/* What these print; the caller frees it. */
static char *show(const struct event *event)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	view->event(out, view, event);
	fclose(out);
	return text;
}

static void assert_shown(const struct event *event, const char *expected)
{
	char *text = show(event);

	assert_string_equal(text, expected);
	free(text);
}

/* ---- JSON ---- */

#define TIME "{\"time\":\"2026-01-31T12:00:00.123456Z\","
#define NO_OPTIONS                                                                                 \
	"\"options\":{\"reuseaddr\":false,\"reuseport\":false,\"bind_address_no_port\":false,"     \
	"\"freebind\":false,\"local_port_range\":null},"

static void json_of_a_failure(void **state)
{
	struct event_sample sample;

	(void)state;
	view = &event_view_json;
	event_sample_failure(&sample);
	assert_shown(&sample.event, TIME
		     "\"event\":\"failure\",\"call\":\"connect\",\"errno\":\"EADDRNOTAVAIL\","
		     "\"cause\":\"range_exhausted\",\"proto\":\"tcp\",\"netns\":42,"
		     "\"netns_name\":\"blue\",\"src\":\"10.0.0.5\",\"dst\":\"10.0.0.9\","
		     "\"dport\":3306,\"sport\":null,\"pid\":812,\"tid\":813,\"uid\":33,"
		     "\"user\":\"www-data\",\"comm\":\"php-fpm\","
		     "\"cgroup\":\"/system.slice/php-fpm.service\",\"duration_ns\":412000,"
		     "\"headroom\":0,\"headroom_age_s\":0.000,\"blocked\":90,"
		     "\"blocked_by_bind_before_connect\":7,\"blocked_age_s\":0.250,\"options\":{\"reuseaddr\":true,"
		     "\"reuseport\":false,\"bind_address_no_port\":true,\"freebind\":false,"
		     "\"local_port_range\":[40000,40009]},\"pattern\":\"bind_before_connect\","
		     "\"holder\":null}\n");
}

static void json_of_a_holder(void **state)
{
	struct event_sample sample;
	char *text, *holder;

	(void)state;
	view = &event_view_json;
	event_sample_bind(&sample);
	text = show(&sample.event);
	holder = strstr(text, "\"holder\":");
	assert_non_null(strstr(text, "\"call\":\"bind\",\"errno\":\"EADDRINUSE\","
				     "\"cause\":\"port_in_use\","));
	assert_non_null(strstr(text, "\"src\":\"::1\",\"dst\":null,\"dport\":null,\"sport\":8080,"));
	assert_string_equal(holder, "\"holder\":{\"pid\":812,\"comm\":\"nginx\","
				    "\"state\":\"listen\",\"cgroup\":\"/web\",\"uid\":1000,"
				    "\"src\":\"::\",\"sport\":8080,\"dst\":null,\"dport\":null,"
				    "\"expires_s\":null}}\n");
	free(text);
	event_sample_time_wait(&sample);
	text = show(&sample.event);
	holder = strstr(text, "\"holder\":");
	assert_string_equal(holder, "\"holder\":{\"pid\":null,\"comm\":null,"
				    "\"state\":\"time_wait\",\"cgroup\":null,\"uid\":null,"
				    "\"src\":\"::\",\"sport\":8080,\"dst\":\"2001:db8::2\","
				    "\"dport\":443,\"expires_s\":59.5}}\n");
	free(text);
}

static void json_of_what_is_not_known(void **state)
{
	struct event_sample sample;

	(void)state;
	view = &event_view_json;
	event_sample_unknown(&sample, EVENT_ALLOCATION);
	assert_shown(&sample.event, TIME
		     "\"event\":\"allocation\",\"call\":\"connect\",\"errno\":null,\"cause\":null,"
		     "\"proto\":\"tcp\",\"netns\":42,\"netns_name\":null,\"src\":\"10.0.0.5\","
		     "\"dst\":null,\"dport\":null,\"sport\":null,\"pid\":null,\"tid\":null,"
		     "\"uid\":null,\"user\":null,\"comm\":null,\"cgroup\":null,"
		     "\"duration_ns\":null,\"headroom\":null,\"headroom_age_s\":null,"
		     "\"blocked\":null,\"blocked_by_bind_before_connect\":null,"
		     "\"blocked_age_s\":null," NO_OPTIONS
		     "\"pattern\":null,\"holder\":null}\n");
	sample.what.kind = EVENT_TIME_WAIT;
	sample.what.route = make_key(3, "10.0.0.5", "10.0.0.9", 3306);
	sample.what.sport = 40000;
	assert_shown(&sample.event, TIME
		     "\"event\":\"time_wait\",\"call\":null,\"errno\":null,\"cause\":null,"
		     "\"proto\":\"tcp\",\"netns\":42,\"netns_name\":null,\"src\":\"10.0.0.5\","
		     "\"dst\":\"10.0.0.9\",\"dport\":3306,\"sport\":40000,\"pid\":null,"
		     "\"tid\":null,\"uid\":null,\"user\":null,\"comm\":null,\"cgroup\":null,"
		     "\"duration_ns\":null,\"headroom\":null,\"headroom_age_s\":null,"
		     "\"blocked\":null,\"blocked_by_bind_before_connect\":null,"
		     "\"blocked_age_s\":null,\"options\":null,"
		     "\"pattern\":null,\"holder\":null}\n");
}

/* Where stacks were asked for, an event without one says so. */
static void json_of_stacks(void **state)
{
	struct event_view stacks = event_view_json;
	struct stack_names names = {};
	struct event_sample sample;
	char *text;

	(void)state;
	stacks.stacks = true;
	view = &stacks;
	event_sample_failure(&sample);
	text = show(&sample.event);
	assert_non_null(strstr(text, "\"stack\":null,\"stack_certain\":null,"
				     "\"stack_cut\":null,\"kernel_stack\":null}"));
	free(text);
	stack_frames_add(&names.user, "connect");
	stack_frames_add(&names.user, "inner");
	names.user.nr_certain = 1;
	names.user.cut = true;
	sample.event.stack = &names;
	text = show(&sample.event);
	assert_non_null(strstr(text, "\"stack\":[\"connect\",\"inner\"],\"stack_certain\":1,"
				     "\"stack_cut\":true,\"kernel_stack\":null}"));
	free(text);
	stack_frames_done(&names.user);
}

/* 0 is a user, a port of an address, a duration. */
static void json_of_zeros(void **state)
{
	struct event_sample sample;
	char *text;

	(void)state;
	view = &event_view_json;
	event_sample_failure(&sample);
	sample.what.caller.uid = 0;
	sample.what.duration_ns = 0;
	sample.what.route.dport = 0;
	sample.event.blocked = sample.event.blocked_by_bind_before_connect = 0;
	text = show(&sample.event);
	assert_non_null(strstr(text, "\"uid\":0,"));
	assert_non_null(strstr(text, "\"duration_ns\":0,"));
	assert_non_null(strstr(text, "\"dst\":\"10.0.0.9\",\"dport\":0,"));
	assert_non_null(strstr(text, "\"blocked\":0,\"blocked_by_bind_before_connect\":0,"));
	free(text);
}

/* ---- Text ---- */

static void text_of_a_failure(void **state)
{
	struct event_view no_time = event_view_text;
	struct event_sample sample;

	(void)state;
	no_time.no_time = true;
	view = &no_time;
	event_sample_failure(&sample);
	assert_shown(&sample.event,
		     "connect range_exhausted          php-fpm[812] tcp 10.0.0.5 > 10.0.0.9:3306 "
		     "EADDRNOTAVAIL search 0.412ms headroom 0 blocked 90 (7 by bind before "
		     "connect) pattern bind_before_connect reuseaddr bind-address-no-port "
		     "local-port-range 40000-40009 tid 813 user www-data "
		     "cgroup /system.slice/php-fpm.service netns blue\n");
	sample.what.route.dport = 0;
	sample.event.user = sample.event.netns = NULL;
	sample.event.comm[0] = '\0';
	sample.what.binds_before_connect = sample.what.options = 0;
	sample.what.own_range = 0;
	sample.event.blocked = sample.event.blocked_by_bind_before_connect = 0;
	assert_shown(&sample.event,
		     "connect range_exhausted          ?[812] tcp 10.0.0.5 > 10.0.0.9:0 "
		     "EADDRNOTAVAIL search 0.412ms headroom 0 tid 813 user 33 "
		     "cgroup /system.slice/php-fpm.service netns 42\n");
}

static void text_of_a_holder(void **state)
{
	struct event_view no_time = event_view_text;
	struct event_sample sample;

	(void)state;
	no_time.no_time = true;
	view = &no_time;
	event_sample_bind(&sample);
	strcpy(sample.event.comm, "caddy");
	assert_shown(&sample.event,
		     "bind    port_in_use              caddy[900] tcp [::1]:8080 EADDRINUSE "
		     "held-by nginx[812] (listen [::]:8080) user 0 netns 42\n");
	event_sample_time_wait(&sample);
	assert_shown(&sample.event,
		     "bind    port_taken_by_connection caddy[900] tcp [::1]:8080 EADDRINUSE "
		     "held-by - (time_wait [::]:8080 > [2001:db8::2]:443) user 0 netns 42\n");
}

static void text_of_what_is_not_known(void **state)
{
	struct event_view no_time = event_view_text;
	struct event_sample sample;

	(void)state;
	no_time.no_time = true;
	view = &no_time;
	event_sample_unknown(&sample, EVENT_ALLOCATION);
	assert_shown(&sample.event, "connect allocation               - tcp 10.0.0.5 netns 42\n");
	sample.what.kind = EVENT_TIME_WAIT;
	assert_shown(&sample.event, "-       time_wait                - tcp 10.0.0.5 netns 42\n");
}

/* In the time of day of where it runs. */
static void text_has_the_time(void **state)
{
	struct event_sample sample;

	(void)state;
	view = &event_view_text;
	setenv("TZ", "UTC-1:30", 1);
	tzset();
	event_sample_unknown(&sample, EVENT_TIME_WAIT);
	assert_shown(&sample.event, "13:30:00.123456 -       time_wait                - "
				    "tcp 10.0.0.5 netns 42\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_of_a_failure),
		cmocka_unit_test(json_of_a_holder),
		cmocka_unit_test(json_of_what_is_not_known),
		cmocka_unit_test(json_of_stacks),
		cmocka_unit_test(json_of_zeros),
		cmocka_unit_test(text_of_a_failure),
		cmocka_unit_test(text_of_a_holder),
		cmocka_unit_test(text_of_what_is_not_known),
		cmocka_unit_test(text_has_the_time),
	};

	return cmocka_run_group_tests_name("view of events", tests, NULL, NULL);
}
