/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which routes events are asked for; the local port is a filter of its own. Inlined, as is_wanted(): the
 * verifier of 7.2 does not follow each pointer into functions (see fill_event()).
 */
#ifndef PORTTRACE_FILTER_BPF_H
#define PORTTRACE_FILTER_BPF_H

#include "kernel.bpf.h"

extern const volatile struct event_filter event_filter;

static __always_inline bool is_wanted_address(const __u8 addr[16],
						 const volatile __u32 wanted[4],
						 const volatile __u32 mask[4])
{
	const __u32 *words = (const __u32 *)addr;
	int i;

	for (i = 0; i < 4; i++)
		if ((words[i] & mask[i]) != wanted[i])
			return false;
	return true;
}

static __always_inline bool is_wanted_family(const __u8 src[16])
{
	return !event_filter.family || (event_filter.family == 4) == is_ipv4(src);
}

static __always_inline bool is_wanted_route(const struct route_key *route)
{
	if (event_filter.proto && event_filter.proto != route->proto)
		return false;
	if (event_filter.dport_low && (route->dport < event_filter.dport_low ||
				       route->dport > event_filter.dport_high))
		return false;
	if (event_filter.has_dst &&
	    (!route->dport ||
	     !is_wanted_address(route->dst, event_filter.dst, event_filter.dst_mask)))
		return false;
	return is_wanted_family(route->src) &&
	       is_wanted_address(route->src, event_filter.src, event_filter.src_mask);
}

#endif
