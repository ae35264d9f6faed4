// SPDX-License-Identifier: GPL-2.0-only
/* The fields of a process and of a cgroup, with the routes that they are on. */
#include "field_get.h"
#include "views.h"

GETTER(owner_sum, pid)
{
	value_set_count(value, owner_sum->pid ? (int64_t)owner_sum->pid : NOT_KNOWN);
}

GETTER(owner_sum, comm)
{
	value_set_text(value, owner_sum->process ? owner_sum->process->comm : "");
	if (!owner_sum->process)
		value->kind = VALUE_UNKNOWN;
}

GETTER(owner_sum, cgroup)
{
	value_set_text(value, owner_sum->process ? owner_sum->process->cgroup : NULL);
	if (!value->text)
		value->kind = VALUE_UNKNOWN;
}

/* Its destination: where the source matters, too, the view of routes has it. */
GETTER(owner_sum, closest)
{
	const struct route *closest = owner_sum->closest;

	value->kind = VALUE_UNKNOWN;
	if (!closest)
		return;
	if (route_has_destination(&closest->key))
		value_set_destination(value, snapshot, &closest->key);
	else
		value_set_address(value, closest->key.src);
}

GETTER(owner_sum, headroom)
{
	value_set_count(value, owner_sum->closest ? owner_sum->closest->occupancy.headroom :
						    NOT_KNOWN);
	if (owner_sum->closest)
		value_mark(value, owner_sum->closest->occupancy.source);
}

GETTER(owner_sum, eta_s)
{
	value_set_rate(value, owner_sum->closest ? owner_sum->closest->occupancy.eta_s : NAN);
	if (owner_sum->closest)
		value_mark(value, owner_sum->closest->occupancy.source);
}

MEMBER_GETTER(owner_sum, count, processes)
MEMBER_GETTER(owner_sum, count, sockets)
MEMBER_GETTER(owner_sum, count, time_waits)
MEMBER_GETTER(owner_sum, count, routes)

#define GET(name) get_owner_sum_##name

#define SUMS                                                                                 \
	{ "sockets", "SOCKETS", 1, 0, GET(sockets), "its sockets that are on a route" },           \
	{ "time_waits", "TIME-WAIT", 2, 0, GET(time_waits), "TIME_WAITs that it left behind" },    \
	{ "routes", "ROUTES", 2, 0, GET(routes), "routes that these are on" },                     \
	{ "closest", "CLOSEST-ROUTE", 3, FIELD_LEFT, GET(closest), "of them, closest to its end" },\
	{ "headroom", "HEADROOM", 3, FIELD_RISING, GET(headroom), "what that one has left" },      \
	{ "eta_s", "ETA-S", 3, FIELD_RISING, GET(eta_s), "seconds until it has none" }

const struct field process_fields[] = {
	{ "pid", "PID", 1, FIELD_RISING, GET(pid), "process" },
	{ "comm", "COMM", 1, FIELD_LEFT, GET(comm), "its name" },
	SUMS,
	{ "cgroup", "CGROUP", 4, FIELD_LEFT | FIELD_LONG, GET(cgroup), "its cgroup" },
	{},
};

const struct field cgroup_fields[] = {
	{ "processes", "PROCS", 2, 0, GET(processes), "processes with sockets" },
	SUMS,
	{ "cgroup", "CGROUP", 1, FIELD_LEFT | FIELD_LONG, GET(cgroup), "a container, most often" },
	{},
};
