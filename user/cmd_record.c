// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "cmd.h"
#include "record.h"
#include "waits.h"

int cmd_record(const struct options *options)
{
	struct options record_options = *options;
	sigset_t mask;

	waits_block_signals_of_command(&mask);
	/* A file that has grown to its limit is an error, and not the end. */
	signal(SIGXFSZ, SIG_IGN);
	record_options.probe.keeps_ended = true;
	record_options.probe.events.failures = true;
	record_options.probe.events.stacks = true;
	record_options.probe.events.details = true;
	filter_for_events(&options->filter, &record_options.probe.events.filter);
	return record_run(&record_options, &mask);
}
