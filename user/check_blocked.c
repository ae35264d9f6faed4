// SPDX-License-Identifier: GPL-2.0-only
/* Rules about ports of the range that no connect() gets. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "check_rule.h"

/* A port of this and that, an FTP client or a test, is nobody's trouble. */
#define FEW_PERCENT 1
#define MANY_PERCENT 10

/* Programs named in one sentence. */
#define MAX_NAMES 3

struct binder {
	const struct owner_process *process;
	int64_t sockets;
};

static int compare_binders(const void *a, const void *b)
{
	const struct binder *x = a, *y = b;

	return (x->sockets < y->sockets) - (x->sockets > y->sockets);
}

static int compare_processes(const void *a, const void *b)
{
	const struct binder *x = a, *y = b;

	return (x->process > y->process) - (x->process < y->process);
}

/* Those of one process together. */
static size_t sum_binders(struct binder *binders, size_t nr)
{
	size_t i, kept = 0;

	qsort(binders, nr, sizeof(*binders), compare_processes);
	for (i = 0; i < nr; i++)
		if (kept && binders[kept - 1].process == binders[i].process)
			binders[kept - 1].sockets += binders[i].sockets;
		else
			binders[kept++] = binders[i];
	qsort(binders, kept, sizeof(*binders), compare_binders);
	return kept;
}

/* Whoever has sockets in this namespace that were bound before they connected. */
static size_t list_binders(const struct check *check, struct binder *binders)
{
	const struct snapshot *now = check->facts.now;
	const struct route *routes;
	const struct owner *owners;
	size_t i, j, nr = 0, nr_routes, nr_owners;

	routes = check_netns_routes(check, &nr_routes);
	for (i = 0; i < nr_routes; i++) {
		owners = snapshot_owners(now, &routes[i].key, &nr_owners);
		for (j = 0; j < nr_owners; j++) {
			if (owners[j].bound <= 0)
				continue;
			binders[nr].process =
				snapshot_find_process(now, &owners[j].key.process);
			binders[nr].sockets = owners[j].bound;
			nr += !!binders[nr].process;
		}
	}
	return nr;
}

/* "php-fpm[812], cron[9]", or "" where nobody is known. */
static const char *name_binders(struct check *check)
{
	struct binder *binders = calloc(check->facts.now->nr_owners + 1, sizeof(*binders));
	const char *names = "";
	size_t i, nr;

	if (!binders) {
		check->err = -ENOMEM;
		return names;
	}
	nr = sum_binders(binders, list_binders(check, binders));
	for (i = 0; i < nr && i < MAX_NAMES; i++)
		names = check_text(check, "%s%s%s[%u]", names, i ? ", " : "",
				   binders[i].process->comm, binders[i].process->key.pid);
	if (nr > MAX_NAMES)
		names = check_text(check, "%s and %zu more", names, nr - MAX_NAMES);
	free(binders);
	return names;
}

void check_bind_before_connect(struct check *check)
{
	int64_t blocked = check->netns->blocked_by_bind_before_connect;
	int64_t size = check_range_size(check), share = percent(blocked, size);
	const char *names;

	if (blocked <= 0 || share < FEW_PERCENT)
		return;
	names = name_binders(check);
	check_add(check, share < MANY_PERCENT ? SEVERITY_INFO : SEVERITY_WARNING,
		  "%" PRId64 " of %" PRId64 " ports are lost to every route: %s bind() to port 0 "
		  "before they connect()",
		  blocked, size, *names ? names : "programs");
	check_fix(check, "%s: do not bind() before connect(); where the source address matters, "
			 "set IP_BIND_ADDRESS_NO_PORT on the socket before bind()",
		  *names ? names : "The programs");
}

static const struct ports *find_ports(const struct check *check, enum port_set_kind kind)
{
	const struct port_set_key key = { .netns = check->netns->inum, .kind = kind };

	return snapshot_find_ports(check->facts.now, &key);
}

static bool has(const struct ports *ports, int32_t port)
{
	return ports && ports_has(ports, port);
}

/*
 * Those that are lost, but for what was bound to port 0 before a connect(), which has a rule of its own;
 * what is reserved besides costs nothing more. *ret_first: the lowest of them.
 */
static int64_t count_blocked(const struct check *check, int32_t *ret_first)
{
	const struct ports *blocked = find_ports(check, PORTS_TCP_BLOCKED);
	const struct ports *reserved = find_ports(check, PORTS_RESERVED);
	const struct ports *bound = find_ports(check, PORTS_BOUND_BEFORE_CONNECT);
	int64_t count = 0;
	int32_t port;

	for (port = check->netns->range_low; port <= check->netns->range_high; port++) {
		if (!has(blocked, port) || has(reserved, port) || has(bound, port))
			continue;
		if (!count++)
			*ret_first = port;
	}
	return count;
}

static bool has_usable_port(const struct check *check)
{
	const struct ports *blocked = find_ports(check, PORTS_TCP_BLOCKED);
	const struct ports *reserved = find_ports(check, PORTS_RESERVED);
	int32_t port;

	for (port = check->netns->range_low; port <= check->netns->range_high; port++)
		if (!has(blocked, port) && !has(reserved, port))
			return true;
	return false;
}

/*
 * Whose a TIME_WAIT was is known only where it was seen to begin: of others it is not known that
 * their program had bound them. Without BPF they are not among the blocked.
 */
static bool may_be_time_waits(const struct check *check)
{
	return check->netns->time_wait && !check->facts.nr_limits;
}

void check_ports_blocked(struct check *check)
{
	int64_t size = check_range_size(check), blocked;
	bool is_last, time_waits = may_be_time_waits(check);
	int32_t first = 0;

	if (!size)
		return;
	blocked = count_blocked(check, &first);
	if (percent(blocked, size) < MANY_PERCENT)
		return;
	is_last = !has_usable_port(check);
	check_add(check, is_last ? SEVERITY_CRITICAL : SEVERITY_WARNING,
		  "%" PRId64 " of %" PRId64 " ports of the range %d-%d are lost to every route%s: "
		  "sockets listen on them%s",
		  blocked, size, check->netns->range_low, check->netns->range_high,
		  is_last ? ", and no other port is left" : "",
		  time_waits ? ", are bound to them, or are in TIME_WAIT of programs that bound "
			       "them" :
			       " or are bound to them");
	check_fix(check, "'porttrace who %d' shows who has one of them", first);
	check_fix(check, "Have services listen outside the range, or on fewer ports; have programs "
			 "that bind() to a number before they connect() take ports outside, or leave "
			 "the choice to the kernel (IP_BIND_ADDRESS_NO_PORT)");
	if (time_waits)
		check_fix(check, "Programs that bind() to port 0 before they connect() leave such "
				 "TIME_WAITs, too: have them set IP_BIND_ADDRESS_NO_PORT before "
				 "bind()%s",
			  check->facts.before ? "" : "; 'porttrace check -d 10' names them");
	check_widen(check);
}

void check_reserved_eats_range(struct check *check)
{
	int64_t size = check_range_size(check), reserved = check->netns->reserved;

	if (!size || percent(reserved, size) < MANY_PERCENT)
		return;
	check_add(check, SEVERITY_WARNING,
		  "%" PRId64 " of %" PRId64 " ports of the range %d-%d are reserved: %" PRId64
		  " are left for connections",
		  reserved, size, check->netns->range_low, check->netns->range_high,
		  size - reserved);
	check_fix(check, "Reserve only ports that services use, and move the range away from them");
	check_widen(check);
}
