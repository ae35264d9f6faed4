// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"
#include "trace.h"
#include "waits.h"

int cmd_trace(const struct options *options)
{
	struct options trace_options = *options;

	waits_block_signals();
	trace_options.probe.events.failures = true;
	trace_options.probe.events.details = true;
	trace_options.probe.events.holders = true;
	filter_for_events(&options->filter, &trace_options.probe.events.filter);
	/* The filter is for events. Their headroom comes from all that there is. */
	trace_options.filter = (struct filter){};
	return trace_run(&trace_options);
}
