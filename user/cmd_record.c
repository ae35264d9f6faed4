// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "cmd.h"
#include "record.h"
#include "waits.h"

int cmd_record(const struct options *options)
{
	struct options record_options = *options;
	struct command_signals signals = { .ignores_pipe = options->ignores_sigpipe };

	if (options->command)
		waits_block_signals_of_command(&signals.mask);
	else
		waits_block_signals();
	/* A file that has grown to its limit is an error, and not the end. */
	signals.ignores_xfsz = signal(SIGXFSZ, SIG_IGN) == SIG_IGN;
	record_options.probe.keeps_ended = true;
	record_options.probe.events.failures = true;
	record_options.probe.events.stacks = true;
	record_options.probe.events.details = true;
	record_options.probe.events.holders = true;
	filter_for_events(&options->filter, &record_options.probe.events.filter);
	return record_run(&record_options, &signals);
}
