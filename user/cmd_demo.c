// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>

#include "cmd.h"
#include "demo.h"
#include "live.h"
#include "waits.h"

int cmd_demo(const struct options *options)
{
	struct options live_options = *options;
	struct reason reason;
	struct demo demo;
	int status;

	waits_block_signals();
	if (probe_may_trace(&reason) || demo_start(&demo, &reason)) {
		complain("%s", reason.text);
		return EXIT_FAILED;
	}
	live_options.probe.only_netns = demo.netns;
	status = live_run(&live_options, demo.alive);
	if (poll(&(struct pollfd){ .fd = demo.alive, .events = POLLIN }, 1, 0) > 0) {
		complain("the demo's workload ended by itself");
		status = EXIT_FAILED;
	}
	demo_stop(&demo);
	return status;
}
