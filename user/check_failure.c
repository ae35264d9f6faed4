// SPDX-License-Identifier: GPL-2.0-only
/* Rules about calls that failed while porttrace looked. */
#include <inttypes.h>
#include <stdlib.h>

#include "check_rule.h"

/* Failures of these causes in this namespace, since the snapshot before. */
static uint64_t count(const struct check *check, const uint8_t *causes, size_t nr_causes,
		      const struct failure **ret_worst)
{
	const struct snapshot *now = check->facts.now;
	const struct failure *old;
	uint64_t sum = 0, more, most = 0;
	size_t i;

	for (i = 0; i < now->nr_failures; i++) {
		const struct failure *failure = &now->failures[i];

		if (failure->key.route.netns != check->netns->inum ||
		    !memchr(causes, failure->key.cause, nr_causes))
			continue;
		old = snapshot_failure_before(now, check->facts.before, &failure->key);
		more = failure->count - (old ? old->count : 0);
		sum += more;
		if (more > most) {
			most = more;
			*ret_worst = failure;
		}
	}
	return sum;
}

/* ", the last of php-fpm[812]", or "". */
static const char *who(struct check *check, const struct failure *failure)
{
	const struct last_failure *last = &failure->last;

	if (!last->pid)
		return "";
	return check_text(check, ", the last of %s[%u]", last->comm, last->pid);
}

static const char *route_of(struct check *check, const struct failure *failure)
{
	struct route route = { .key = failure->key.route };

	return check_route_text(check, &route);
}

void check_failures(struct check *check)
{
	/* The last one is of a range that no setting of the namespace makes larger. */
	static const uint8_t causes[] = { CAUSE_RANGE_EXHAUSTED, CAUSE_BIND_RANGE_EXHAUSTED,
					  CAUSE_SOCKET_RANGE_EXHAUSTED };
	const struct failure *worst = NULL, *other = NULL;
	uint64_t failures, of_range;

	if (!check->facts.before)
		return;
	failures = count(check, causes, sizeof(causes), &worst);
	if (!failures)
		return;
	of_range = count(check, causes, sizeof(causes) - 1, &other);
	check_add(check, SEVERITY_CRITICAL,
		  "%" PRIu64 " call%s found no port within %.1f s; most of them: %s() on %s, %s%s",
		  failures, failures == 1 ? "" : "s", check->facts.now->period_s,
		  call_name(worst->key.call), route_of(check, worst),
		  cause_name(worst->key.cause), who(check, worst));
	check_fix(check, "'porttrace trace --stack' shows each of them, and where in the program");
	if (failures > of_range)
		check_fix(check, "The program that sets IP_LOCAL_PORT_RANGE has to set a larger one, "
				 "within %d-%d",
			  check->netns->range_low, check->netns->range_high);
	if (of_range)
		check_widen(check);
}

void check_ports_taken(struct check *check)
{
	static const uint8_t causes[] = { CAUSE_PORT_TAKEN_BY_CONNECTION };
	const struct failure *worst = NULL;
	uint64_t failures;
	uint16_t port;

	if (!check->facts.before)
		return;
	failures = count(check, causes, sizeof(causes), &worst);
	if (!failures)
		return;
	port = worst->last.sport;
	check_add(check, SEVERITY_CRITICAL,
		  "%" PRIu64 " call%s to bind() failed within %.1f s: an outgoing connection had the "
		  "port%s%s",
		  failures, failures == 1 ? "" : "s", check->facts.now->period_s,
		  port ? check_text(check, " %u", port) : "", who(check, worst));
	check_fix(check, "'porttrace who %s' shows who has it: end that connection, then start the "
			 "service",
		  port ? check_text(check, "%u", port) : "PORT");
	if (check->settings && port) {
		struct port_list reserved = check->settings->reserved;

		port_list_add(&reserved, port);
		check_set_reserved(check, &reserved);
	}
}
