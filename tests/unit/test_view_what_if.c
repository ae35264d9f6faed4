// SPDX-License-Identifier: GPL-2.0-only
/* Routes as they would be, beside as they are: as text, and as JSON. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view_what_if.h"

#define NETNS 7

/* Two routes of TCP, one of which is nearly used up, a listener, and a socket of UDP. */
static struct snapshot *make_snapshot(void)
{
	struct snapshot *snapshot = new_census(0);
	struct netns *netns = add_netns(snapshot, NETNS, 1000, 1099);

	strcpy(netns->name, "web");
	netns->tw_reuse = 0;
	add_counted_route(snapshot, make_key(NETNS, "10.0.0.1", "10.0.0.2", 80), 10, 0);
	add_counted_route(snapshot, make_key(NETNS, "10.0.0.1", "10.0.0.3", 80), 50, 45);
	add_route(snapshot, make_key(NETNS, "10.0.0.1", NULL, 0), 1, 0);
	add_counted_route(snapshot, make_udp_key(NETNS, "0.0.0.0"), 0, 0);
	compute(snapshot, NULL);
	return snapshot;
}

static struct snapshot *apply(const struct snapshot *now, const char *text,
			      struct what_if *ret_change)
{
	struct snapshot *then = NULL;

	assert_int_equal(what_if_parse(text, ret_change, NULL), 0);
	assert_int_equal(what_if_apply(now, NULL, ret_change, &then, NULL), 0);
	return then;
}

static char *text_of(struct snapshot *now, const char *change_text)
{
	struct what_if change;
	struct snapshot *then;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	now->supposes = true;
	then = apply(now, change_text, &change);
	assert_int_equal(view_what_if_text(out, &change, now, then, 132), 0);
	fclose(out);
	snapshot_free(then);
	snapshot_free(now);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		print_error("# no '%s' in\n%s\n", part, text);
	assert_non_null(strstr(text, part));
}

static void the_closest_comes_first(void **state)
{
	char *text = text_of(make_snapshot(), "sources=2");

	(void)state;
	assert_has(text, "What if: sources=2\n"
			 "NETNS PROTO SOURCE   DESTINATION HEADROOM THEN FAST THEN KEEPS-UP/S "
			 "THEN ETA-S THEN\n"
			 "web   tcp   10.0.0.1 10.0.0.3:80        5  105    0   50        0.1  "
			 "1.8     -    -\n"
			 "web   tcp   10.0.0.1 10.0.0.2:80       90  190   40   90        1.5  "
			 "3.2     -    -\n");
	/* A wildcard is not one address of many. */
	assert_has(text, "web   udp   0.0.0.0  -                100    -    -    -          -");
	free(text);
}

static void what_is_supposed_is_said(void **state)
{
	char *text = text_of(make_snapshot(), "sources=3,reserved=9,8,1-3,tw_reuse=2,range=5-9");

	(void)state;
	assert_has(text, "What if: range=5-9,tw_reuse=2,reserved=1-3,8-9,sources=3\n");
	free(text);
	text = text_of(make_snapshot(), "reserved=");
	assert_has(text, "What if: reserved=\n");
	free(text);
}

static void json_has_both(void **state)
{
	struct snapshot *now = make_snapshot(), *then;
	struct json_object *json;
	struct what_if change;

	(void)state;
	/* Only one route has sockets with those ports. */
	*snapshot_add_supposed(now) = (struct supposed_route){
		.key = make_key(NETNS, "10.0.0.1", "10.0.0.3", 80),
		.used_in_half = { 2, 1 },
	};
	now->supposes = true;
	then = apply(now, "range=1000-1009,reserved=1000,1004-1005,tw_reuse=1", &change);
	json = view_what_if_json(&change, now, then);
	assert_non_null(json);
	assert_string_equal(
		json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN),
		"{\"range\":[1000,1009],\"reserved\":[[1000,1000],[1004,1005]],\"tw_reuse\":1,"
		"\"sources\":null,\"routes\":["
		"{\"netns\":7,\"proto\":\"udp\",\"src\":\"0.0.0.0\",\"dst\":null,\"dport\":null,"
		"\"now\":{\"capacity\":100,\"used\":0,\"reclaimable\":0,\"headroom\":100,"
		"\"fast_headroom\":null,\"sustainable_per_s\":null,\"eta_s\":null},"
		"\"then\":{\"capacity\":7,\"used\":0,\"reclaimable\":0,\"headroom\":7,"
		"\"fast_headroom\":null,\"sustainable_per_s\":null,\"eta_s\":null}},"
		"{\"netns\":7,\"proto\":\"tcp\",\"src\":\"10.0.0.1\",\"dst\":\"10.0.0.2\",\"dport\":80,"
		"\"now\":{\"capacity\":100,\"used\":10,\"reclaimable\":0,\"headroom\":90,"
		"\"fast_headroom\":40,\"sustainable_per_s\":1.5,\"eta_s\":null},"
		"\"then\":{\"capacity\":7,\"used\":0,\"reclaimable\":0,\"headroom\":7,"
		"\"fast_headroom\":3,\"sustainable_per_s\":7.0,\"eta_s\":null}},"
		"{\"netns\":7,\"proto\":\"tcp\",\"src\":\"10.0.0.1\",\"dst\":\"10.0.0.3\",\"dport\":80,"
		"\"now\":{\"capacity\":100,\"used\":95,\"reclaimable\":0,\"headroom\":5,"
		"\"fast_headroom\":0,\"sustainable_per_s\":0.1,\"eta_s\":null},"
		"\"then\":{\"capacity\":7,\"used\":3,\"reclaimable\":0,\"headroom\":4,"
		"\"fast_headroom\":1,\"sustainable_per_s\":4.0,\"eta_s\":null}}]}");
	json_object_put(json);
	snapshot_free(then);
	snapshot_free(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_closest_comes_first),
		cmocka_unit_test(what_is_supposed_is_said),
		cmocka_unit_test(json_has_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
