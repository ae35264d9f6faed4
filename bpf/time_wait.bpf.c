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

static void enters_time_wait(const struct sock *sk, const struct inet_sock *inet,
			     const struct inet_timewait_sock *tw)
{
	struct route_key key = {};

	/* An accepted connection is on nobody's route, and would make one row for each client. */
	if (was_accepted_typed(inet) || !route_of_typed(&inet->sk, &key))
		return;
	count(&key, TALLY_TIME_WAIT, NOT_MEASURED);
	remember_owner(sk, tw);
	if (events_all)
		tell_time_wait(sk, &key);
}

__hidden int on_time_wait(struct sock *sk, const struct inet_timewait_sock *tw)
{
	const struct inet_sock *inet = typed_inet_of(sk);

	if (inet && is_watched(sk))
		enters_time_wait(sk, inet, tw);
	return 0;
}

__hidden int on_state_time_wait(struct sock *sk, int oldstate, int newstate)
{
	const struct inet_timewait_sock *tw;
	const struct inet_sock *inet;

	if (!may_leave_time_wait(oldstate, newstate) || !is_watched(sk))
		return 0;
	inet = typed_inet_of(sk);
	tw = inet ? find_time_wait(inet) : NULL;
	if (tw)
		enters_time_wait(sk, inet, tw);
	return 0;
}
