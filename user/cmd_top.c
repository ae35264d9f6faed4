// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"
#include "live.h"

int cmd_top(const struct options *options)
{
	live_block_signals();
	return live_run(options, -1);
}
