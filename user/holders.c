// SPDX-License-Identifier: GPL-2.0-only
#include "holders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "iterate.h"
#include "printable.h"

struct holders {
	struct holders_parts parts;
	struct bpf_link *link;
	uint64_t unasked; /* sockets that the map had no room for */
};

/* The sockets that are looked for, by the address of their struct socket. */
struct search {
	const struct port_holder **sockets;
	size_t nr;
	holders_visit visit;
	void *arg;
};

int holders_new(const struct holders_parts *parts, struct holders **ret_holders,
		struct reason *reason)
{
	struct holders *holders = calloc(1, sizeof(*holders));
	int err;

	if (!holders)
		return because(reason, -ENOMEM, "out of memory");
	holders->parts = *parts;
	holders->link = bpf_program__attach_iter(parts->of_sockets, NULL);
	if (!holders->link) {
		err = because(reason, -errno, "cannot attach to processes, by a BPF iterator: %s",
			      strerror(errno));
		free(holders);
		return err;
	}
	*ret_holders = holders;
	return 0;
}

void holders_free(struct holders *holders)
{
	if (!holders)
		return;
	bpf_link__destroy(holders->link);
	free(holders);
}

uint64_t holders_dropped(const struct holders *holders)
{
	return *holders->parts.dropped + holders->unasked;
}

static int compare_sockets(const void *a, const void *b)
{
	const struct port_holder *const *x = a, *const *y = b;

	return ((*x)->socket > (*y)->socket) - ((*x)->socket < (*y)->socket);
}

static int sort_sockets(struct search *search, const struct port_holder *sockets, size_t nr)
{
	size_t i;

	search->sockets = calloc(nr + 1, sizeof(*search->sockets));
	if (!search->sockets)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		if (sockets[i].socket && sockets[i].inode)
			search->sockets[search->nr++] = &sockets[i];
	qsort(search->sockets, search->nr, sizeof(*search->sockets), compare_sockets);
	return 0;
}

/* What the map has no room for is not looked for, and counted. */
static int ask(struct holders *holders, const struct search *search, struct reason *reason)
{
	const struct holders_parts *parts = &holders->parts;
	size_t i;
	int err;

	for (i = 0; i < search->nr; i++) {
		err = map_update(&parts->reader, parts->wanted, &search->sockets[i]->socket,
				 &search->sockets[i]->inode);
		if (err == -E2BIG || err == -ENOMEM)
			holders->unasked++;
		else if (err)
			return because(reason, err, "cannot write to the BPF map '%s': %s",
				       bpf_map__name(parts->wanted), strerror(-err));
	}
	return 0;
}

static void forget(const struct holders *holders, const struct search *search)
{
	size_t i;

	for (i = 0; i < search->nr; i++)
		map_delete(&holders->parts.reader, holders->parts.wanted,
			   &search->sockets[i]->socket);
}

/* The first one of that address or a higher one. */
static size_t find_socket(const struct search *search, uint64_t socket)
{
	size_t low = 0, high = search->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (search->sockets[middle]->socket < socket)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Subflows of an MPTCP connection have one struct socket together: whoever has it has them all. */
static int visit_pair(void *arg, const void *key, const void *values)
{
	const struct search *search = arg;
	const struct holder_key *pair = key;
	const struct process *found = values;
	struct owner_process process = { .key = pair->process };
	size_t i;
	int err = 0;

	printable_copy(process.comm, sizeof(process.comm), found->comm);
	process.cgroup = cgroup_path(found->cgroup);
	for (i = find_socket(search, pair->socket); i < search->nr && !err; i++) {
		if (search->sockets[i]->socket != pair->socket)
			break;
		err = search->visit(search->arg, search->sockets[i], &process);
	}
	return err ? err : MAP_DELETE;
}

static int look(struct holders *holders, struct search *search, struct reason *reason)
{
	int err = ask(holders, search, reason);

	if (err)
		return err;
	*holders->parts.asked_for = true;
	err = iterate(holders->link);
	*holders->parts.asked_for = false;
	if (err)
		return because(reason, err, "cannot walk the processes' sockets: %s",
			       strerror(-err));
	return map_read(&holders->parts.reader, holders->parts.processes, visit_pair, search,
			reason);
}

int holders_find_processes(struct holders *holders, const struct port_holder *sockets, size_t nr,
			   holders_visit visit, void *arg, struct reason *reason)
{
	struct search search = { .visit = visit, .arg = arg };
	int err;

	if (sort_sockets(&search, sockets, nr))
		return because(reason, -ENOMEM, "out of memory");
	err = search.nr ? look(holders, &search, reason) : 0;
	forget(holders, &search);
	free(search.sockets);
	return err;
}
