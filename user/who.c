// SPDX-License-Identifier: GPL-2.0-only
#include "who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* include/net/tcp_states.h */
enum {
	STATE_ESTABLISHED = 1,
	STATE_CLOSE = 7,
	STATE_LISTEN = 10,
	NR_STATES = 13,
};

const char *holder_state_name(const struct port_holder *holder)
{
	static const char *const names[NR_STATES] = {
		[STATE_ESTABLISHED] = "established",
		[2] = "syn_sent",
		[3] = "syn_recv",
		[4] = "fin_wait1",
		[5] = "fin_wait2",
		[6] = "time_wait",
		[STATE_CLOSE] = "bound", /* it would not have a port if it was not */
		[8] = "close_wait",
		[9] = "last_ack",
		[STATE_LISTEN] = "listen",
		[11] = "closing",
		[12] = "syn_recv", /* TCP_NEW_SYN_RECV */
	};
	const char *name = holder->state < NR_STATES ? names[holder->state] : NULL;

	return name ? name : "?";
}

bool holder_has_peer(const struct port_holder *holder)
{
	static const uint8_t none[sizeof(holder->dst)];

	return memcmp(holder->dst, none, sizeof(none));
}

double holder_expires_s(const struct port_holder *holder, long hz)
{
	if (!holder->is_time_wait)
		return NAN;
	return holder->expires > 0 ? (double)holder->expires / hz : 0;
}

/* ---- Lines ---- */

struct who *who_new(uint16_t port, const struct filter *filter)
{
	struct who *who = calloc(1, sizeof(*who));

	if (!who)
		return NULL;
	who->port = port;
	who->filter = *filter;
	who->netns = snapshot_new();
	if (who->netns)
		return who;
	free(who);
	return NULL;
}

void who_free(struct who *who)
{
	if (!who)
		return;
	snapshot_free(who->netns);
	free(who->holders);
	free(who->lines);
	free(who);
}

/* Room for one more; the new array, or NULL. */
static void *grow(void *array, size_t nr, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 16;
	void *bigger;

	if (nr < *room)
		return array;
	bigger = reallocarray(array, more, size);
	if (bigger)
		*room = more;
	return bigger;
}

static bool is_kept(const struct who *who, const struct port_holder *holder)
{
	struct route_key key = {
		.netns = holder->inum,
		.dport = holder->dport,
		.proto = holder->proto,
	};

	memcpy(key.src, holder->src, sizeof(key.src));
	memcpy(key.dst, holder->dst, sizeof(key.dst));
	return filter_keeps(&who->filter, &key);
}

int who_add_holder(struct who *who, const struct port_holder *holder)
{
	struct port_holder *holders;

	if (!is_kept(who, holder)) {
		who->nr_filtered++;
		return 0;
	}
	holders = grow(who->holders, who->nr_holders, &who->holders_room, sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	who->holders = holders;
	holders[who->nr_holders++] = *holder;
	return 0;
}

static int add_line(struct who *who, const struct port_holder *holder,
		    const struct owner_process *process)
{
	struct who_line *lines = grow(who->lines, who->nr_lines, &who->lines_room, sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	who->lines = lines;
	lines[who->nr_lines++] = (struct who_line){ holder, *process };
	return 0;
}

int who_add_process(struct who *who, const struct port_holder *holder,
		    const struct owner_process *process)
{
	if (!filter_keeps_process(&who->filter, process->key.pid, process->comm, process->cgroup))
		return 0;
	return add_line(who, holder, process);
}

/* A socket that no process has, or none that is asked for. */
static int add_without_process(struct who *who, const struct port_holder *holder)
{
	static const struct owner_process nobody;

	if (!filter_has_process(&who->filter))
		return add_line(who, holder, &nobody);
	who->nr_filtered++;
	return 0;
}

/* Which holders have a line: one mark for each. */
static int add_holders_without_line(struct who *who)
{
	bool *has_line = calloc(who->nr_holders + 1, sizeof(*has_line));
	int err = has_line ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < who->nr_lines && !err; i++)
		has_line[who->lines[i].holder - who->holders] = true;
	for (i = 0; i < who->nr_holders && !err; i++)
		if (!has_line[i])
			err = add_without_process(who, &who->holders[i]);
	free(has_line);
	return err;
}

static int rank(const struct port_holder *holder)
{
	return holder->state == STATE_LISTEN ? 0 : holder->state == STATE_CLOSE ? 1 : 2;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By what is shown, and then by what is not: the same sockets come in the same order. */
static int compare_lines(const void *a, const void *b)
{
	const struct who_line *line_a = a, *line_b = b;
	const struct port_holder *x = line_a->holder, *y = line_b->holder;
	int order = compare(rank(x), rank(y));

	order = order ? order : compare(x->proto, y->proto);
	order = order ? order : compare(x->inum, y->inum);
	order = order ? order : memcmp(x->src, y->src, sizeof(x->src));
	order = order ? order : compare(x->state, y->state);
	order = order ? order : memcmp(x->dst, y->dst, sizeof(x->dst));
	order = order ? order : compare(x->dport, y->dport);
	order = order ? order : compare(x->inode, y->inode);
	order = order ? order : compare(line_a->process.key.pid, line_b->process.key.pid);
	return order ? order : compare(x->sk, y->sk);
}

int who_finish(struct who *who)
{
	int err = add_holders_without_line(who);

	if (!err && who->nr_lines)
		qsort(who->lines, who->nr_lines, sizeof(*who->lines), compare_lines);
	return err;
}

bool who_is_incomplete(const struct who *who)
{
	return who->dropped || who->disturbed || who->processes_dropped;
}
