// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "address.h"
#include "event_sample.h"

enum { LISTEN = 10, TIME_WAIT = 6 };

void event_sample_unknown(struct event_sample *sample, uint8_t kind)
{
	*sample = (struct event_sample){
		.what = {
			.duration_ns = NOT_MEASURED,
			.caller.uid = UID_UNKNOWN,
			.route = make_key(3, "10.0.0.5", NULL, 0),
			.netns_inum = 42,
			.kind = kind,
		},
		.event = {
			.what = &sample->what,
			.wall = { 1769860800, 123456789 }, /* 2026-01-31 12:00:00 UTC */
			.headroom = NOT_KNOWN,
			.headroom_age_s = NAN,
			.blocked = NOT_KNOWN,
			.blocked_by_bind_before_connect = NOT_KNOWN,
			.blocked_age_s = NAN,
		},
	};
}

void event_sample_failure(struct event_sample *sample)
{
	event_sample_unknown(sample, EVENT_FAILURE);
	sample->what.route = make_key(3, "10.0.0.5", "10.0.0.9", 3306);
	sample->what.duration_ns = 412000;
	sample->what.caller.process.pid = 812;
	sample->what.caller.tid = 813;
	sample->what.caller.uid = 33;
	sample->what.own_range = 40000 | 40009u << 16;
	sample->what.err = EADDRNOTAVAIL;
	sample->what.cause = CAUSE_RANGE_EXHAUSTED;
	sample->what.options = OPTION_REUSEADDR | OPTION_BIND_ADDRESS_NO_PORT;
	sample->what.binds_before_connect = 1;
	strcpy(sample->event.comm, "php-fpm");
	sample->event.user = "www-data";
	sample->event.cgroup = "/system.slice/php-fpm.service";
	sample->event.netns = "blue";
	sample->event.headroom = 0;
	sample->event.headroom_age_s = 0;
	sample->event.blocked = 90;
	sample->event.blocked_by_bind_before_connect = 7;
	sample->event.blocked_age_s = 0.25;
}

void event_sample_bind(struct event_sample *sample)
{
	uint8_t prefix;

	event_sample_unknown(sample, EVENT_FAILURE);
	sample->what.caller.process.pid = sample->what.caller.tid = 900;
	sample->what.caller.uid = 0;
	sample->what.route = make_key(3, "::1", NULL, 0);
	sample->what.sport = 8080;
	sample->what.err = EADDRINUSE;
	sample->what.call = CALL_BIND;
	sample->what.cause = CAUSE_PORT_IN_USE;
	sample->socket = (struct port_holder){ .port = 8080, .state = LISTEN, .uid = 1000 };
	assert_int_equal(address_parse("::", sample->socket.src, &prefix), 0);
	sample->event.has_holder = true;
	sample->event.holder = (struct event_holder){
		.socket = &sample->socket,
		.pid = 812,
		.comm = "nginx",
		.cgroup = "/web",
		.expires_s = NAN,
	};
}

void event_sample_time_wait(struct event_sample *sample)
{
	uint8_t prefix;

	sample->what.cause = CAUSE_PORT_TAKEN_BY_CONNECTION;
	sample->socket.state = TIME_WAIT;
	sample->socket.uid = UID_UNKNOWN;
	sample->socket.dport = 443;
	assert_int_equal(address_parse("2001:db8::2", sample->socket.dst, &prefix), 0);
	sample->event.holder = (struct event_holder){ .socket = &sample->socket, .expires_s = 59.47 };
}
