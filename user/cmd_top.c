// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"
#include "live.h"
#include "waits.h"

int cmd_top(const struct options *options)
{
	waits_block_signals();
	return live_run(options, -1);
}
