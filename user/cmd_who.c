// SPDX-License-Identifier: GPL-2.0-only
/* Which sockets hold a local port, and whose they are. */
#include <errno.h>

#include "cmd.h"
#include "lister.h"
#include "output.h"
#include "view_who.h"

/* A port that is held, though not all that hold it are known, is held all the same. */
static void say_what_is_missing(const struct who *who)
{
	if (who->disturbed)
		complain("%llu of the kernel's lists were not read: they changed meanwhile, four "
			 "times over, or are tables of UDP beyond the 64 that there is room for: "
			 "a holder of port %u may be missing; ask again, or from within its "
			 "network namespace (nsenter --net)",
			 (unsigned long long)who->disturbed, who->port);
	if (who->dropped)
		complain("%llu sockets or network namespaces are not listed: there is room for %u "
			 "sockets on a port",
			 (unsigned long long)who->dropped, MAX_PORT_HOLDERS);
	if (who->processes_dropped)
		complain("%llu processes are not listed: there is room for %u pairs of a socket "
			 "and a process",
			 (unsigned long long)who->processes_dropped, MAX_PORT_HOLDERS);
}

static int show(const struct who *who, bool json)
{
	int err;

	say_what_is_missing(who);
	if (!who->nr_lines && who_is_incomplete(who)) {
		complain("so it is not known whether port %u is free", who->port);
		return EXIT_FAILED;
	}
	err = (json ? view_who_json : view_who_text)(output_stream(), who);
	if (err) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	err = output_status(output_flush());
	return err == EXIT_DONE && !who->nr_lines ? EXIT_FREE : err;
}

int cmd_who(const struct options *options)
{
	struct who *who = who_new(options->port, &options->filter);
	struct reason reason = { "out of memory" };
	int status = EXIT_FAILED;

	if (who && !lister_fill(who, &options->probe, &reason))
		status = show(who, options->json);
	else
		complain("%s", reason.text);
	who_free(who);
	return status;
}
