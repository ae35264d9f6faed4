// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int output_flush(void)
{
	int err;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	/* An error before this call has left its flag, but not its number. */
	err = errno ? -errno : -EIO;
	if (err != -EPIPE)
		complain("cannot write to standard output: %s", strerror(-err));
	return err;
}

enum exit_status output_status(int err)
{
	return err && err != -EPIPE ? EXIT_FAILED : EXIT_DONE;
}
