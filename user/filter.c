// SPDX-License-Identifier: GPL-2.0-only
#include "filter.h"

#include <string.h>

#include "address.h"
#include "printable.h"

/* So short that IPv4's mapped addresses may be among its own, "::/0": they are not meant. */
static bool is_short_ipv6(const struct address_filter *filter)
{
	return filter->set && filter->prefix < 96;
}

static bool prefix_matches(const struct address_filter *filter, const uint8_t addr[16])
{
	uint8_t bytes = filter->prefix / 8, bits = filter->prefix % 8;

	if (!filter->set)
		return true;
	if (is_short_ipv6(filter) && address_is_ipv4(addr))
		return false;
	if (memcmp(filter->addr, addr, bytes))
		return false;
	return !bits || (filter->addr[bytes] ^ addr[bytes]) >> (8 - bits) == 0;
}

bool filter_keeps(const struct filter *filter, const struct route_key *key)
{
	uint8_t proto = key->proto == PORTTRACE_IPPROTO_UDP ? FILTER_UDP : FILTER_TCP;
	uint8_t family = address_is_ipv4(key->src) ? FILTER_IPV4 : FILTER_IPV6;

	if (filter->protos && key->proto && !(filter->protos & proto))
		return false;
	if (key->overflow)
		return true;
	if (filter->families && !(filter->families & family))
		return false;
	if (filter->dport_low &&
	    (key->dport < filter->dport_low || key->dport > filter->dport_high))
		return false;
	if (filter->dst.set && !route_has_destination(key))
		return false;
	return prefix_matches(&filter->src, key->src) && prefix_matches(&filter->dst, key->dst);
}

bool filter_has_process(const struct filter *filter)
{
	return filter->pid || filter->comm[0] || filter->cgroup[0];
}

bool filter_asks(const struct filter *filter)
{
	return filter->src.set || filter->dst.set || filter->dport_low || filter->sport_low ||
	       filter->families || filter->protos || filter_has_process(filter);
}

static bool is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	/* The root of the hierarchy is "/", which ends where the next part begins. */
	if (length && top[length - 1] == '/')
		length--;
	return !strncmp(path, top, length) && (path[length] == '/' || !path[length]);
}

bool filter_keeps_process(const struct filter *filter, uint32_t pid, const char *comm,
			  const char *cgroup)
{
	char printable[sizeof(filter->comm)];

	printable_copy(printable, sizeof(printable), filter->comm);
	if (filter->pid && filter->pid != pid)
		return false;
	if (filter->comm[0] && (!comm || strcmp(printable, comm)))
		return false;
	return !filter->cgroup[0] || (cgroup && is_below(cgroup, filter->cgroup));
}

static bool has_owner(const struct snapshot *snapshot, const struct filter *filter,
		      const struct route_key *key)
{
	const struct owner_process *process;
	const struct owner *owners;
	size_t i, nr;

	owners = snapshot_owners(snapshot, key, &nr);
	for (i = 0; i < nr; i++) {
		process = snapshot_find_process(snapshot, &owners[i].key.process);
		if (filter_keeps_process(filter, owners[i].key.process.pid,
					 process ? process->comm : NULL,
					 process ? process->cgroup : NULL))
			return true;
	}
	return false;
}

bool filter_keeps_route(const struct filter *filter, const struct snapshot *snapshot,
			const struct route_key *key)
{
	return filter_keeps(filter, key) &&
	       (!filter_has_process(filter) || has_owner(snapshot, filter, key));
}

int filter_snapshot(const struct filter *filter, struct snapshot *snapshot)
{
	size_t i, kept = 0;

	for (i = 0; i < snapshot->nr_routes; i++)
		if (filter_keeps_route(filter, snapshot, &snapshot->routes[i].key) && kept++ != i)
			snapshot->routes[kept - 1] = snapshot->routes[i];
	snapshot->nr_routes = kept;
	for (i = 0, kept = 0; i < snapshot->nr_failures; i++)
		if (filter_keeps_route(filter, snapshot, &snapshot->failures[i].key.route))
			snapshot->failures[kept++] = snapshot->failures[i];
	snapshot->nr_failures = kept;
	return snapshot_sum_netns(snapshot);
}

static void set_address(const struct address_filter *filter, __u32 addr[4], __u32 mask[4])
{
	uint8_t masks[16] = {}, masked[16];
	int i;

	for (i = 0; i < filter->prefix; i++)
		masks[i / 8] |= 0x80 >> i % 8;
	for (i = 0; i < 16; i++)
		masked[i] = filter->addr[i] & masks[i];
	memcpy(addr, masked, sizeof(masked));
	memcpy(mask, masks, sizeof(masks));
}

/* None or both: any. */
static uint8_t only_one(uint8_t set, uint8_t first, uint8_t if_first, uint8_t if_second)
{
	if (!set || set == (FILTER_TCP | FILTER_UDP))
		return 0;
	return set == first ? if_first : if_second;
}

/* A mask cannot leave IPv4 out of a short prefix, the family can. */
static void set_addresses(const struct filter *filter, struct event_filter *ret_filter)
{
	if (filter->src.set)
		set_address(&filter->src, ret_filter->src, ret_filter->src_mask);
	if (filter->dst.set)
		set_address(&filter->dst, ret_filter->dst, ret_filter->dst_mask);
	if (!is_short_ipv6(&filter->src) && !is_short_ipv6(&filter->dst))
		return;
	/* Both cannot be: a bit that its mask has not is no address's. */
	if (ret_filter->family == 4) {
		ret_filter->src[0] = 1;
		ret_filter->src_mask[0] = 0;
	}
	ret_filter->family = 6;
}

void filter_for_events(const struct filter *filter, struct event_filter *ret_filter)
{
	*ret_filter = (struct event_filter){
		.cgroup = filter->cgroup_inode,
		.pid = filter->pid,
		.sport_low = filter->sport_low,
		.sport_high = filter->sport_high,
		.dport_low = filter->dport_low,
		.dport_high = filter->dport_high,
		.proto = only_one(filter->protos, FILTER_TCP, PORTTRACE_IPPROTO_TCP,
				  PORTTRACE_IPPROTO_UDP),
		.family = only_one(filter->families, FILTER_IPV4, 4, 6),
		.has_dst = filter->dst.set,
		.has_comm = filter->comm[0] != '\0',
	};
	memcpy(ret_filter->comm, filter->comm, sizeof(ret_filter->comm));
	set_addresses(filter, ret_filter);
}
