/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's MPTCP path manager of this network namespace, over generic netlink. */
#ifndef LIVE_MPTCP_PM_H
#define LIVE_MPTCP_PM_H

#include <netinet/in.h>

/*
 * From now on the kernel adds one subflow, from that address of this host, to each MPTCP
 * connection that is made here. 0 or a negative errno; -ENOENT: there is no path manager.
 */
int mptcp_pm_add_subflow(struct in_addr from);

#endif
