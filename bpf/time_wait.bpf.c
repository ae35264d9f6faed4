// SPDX-License-Identifier: GPL-2.0-only
/* A connection that this host opened leaves a TIME_WAIT behind: counted, told of, remembered. */
#include "count.bpf.h"
#include "events.bpf.h"
#include "holder.bpf.h"
#include "owners.bpf.h"
#include "time_wait.bpf.h"

/* Of whose close() nothing is known, nobody's: with a filter by process, that is none of its. */
static void tell_time_wait(const struct sock *sk, const struct route_key *key)
{
	const struct caller nobody = { .uid = UID_UNKNOWN };
	const struct closer *closer = closer_of(sk);
	struct happening happening = {
		.sk = sk,
		.route = key,
		.caller = closer ? &closer->caller : &nobody,
		.duration_ns = NOT_MEASURED,
		.sport = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport)),
		.kind = EVENT_TIME_WAIT,
	};

	if (closer ? closer->is_wanted : wants_all_tasks())
		send_event(&happening);
}

__hidden int on_time_wait(struct sock *sk, const struct inet_timewait_sock *tw)
{
	struct route_key key = {};

	if (!is_watched(sk) || !route_of(sk, &key) || key.proto != PORTTRACE_IPPROTO_TCP)
		return 0;
	/* An accepted connection is on nobody's route, and would make one row for each client. */
	if (was_accepted(sk))
		return 0;
	count(&key, TALLY_TIME_WAIT, NOT_MEASURED);
	remember_owner(sk, tw);
	if (events_all)
		tell_time_wait(sk, &key);
	return 0;
}

__hidden int on_state_time_wait(struct sock *sk, int oldstate, int newstate)
{
	const struct inet_timewait_sock *tw;

	if (!may_leave_time_wait(oldstate, newstate))
		return 0;
	if (!is_watched(sk) || protocol_of(sk) != PORTTRACE_IPPROTO_TCP)
		return 0;
	tw = find_time_wait(sk);
	if (tw)
		on_time_wait(sk, tw);
	return 0;
}
