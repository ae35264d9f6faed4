// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong with this host's ports, what will be, and what to change. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cmd.h"
#include "host_read.h"
#include "output.h"
#include "json.h"
#include "netns.h"
#include "source.h"
#include "source_diag.h"
#include "view_check.h"
#include "view_what_if.h"
#include "waits.h"

#define WHAT_IF_WIDTH 132

/* One look at the host, or the later one of two. */
struct look {
	struct snapshot *snapshot;
	struct host *host;
	struct diag_limits limits; /* what could not be told without BPF */
};

static void free_look(struct look *look)
{
	snapshot_free(look->snapshot);
	host_free(look->host);
}

/* As the kernel says; 0: it was not asked about that namespace, or about our own. */
static uint32_t init_inum(const struct snapshot *snapshot)
{
	struct reason reason;
	uint32_t own = 0;
	size_t i;

	for (i = 0; i < snapshot->nr_netns; i++)
		if (!strcmp(snapshot->netns[i].name, "init"))
			return snapshot->netns[i].inum;
	if (snapshot->without_bpf || netns_resolve("self", &own, &reason))
		return 0;
	return snapshot_find_netns(snapshot, own) ? INIT_ELSEWHERE : 0;
}

/* With monitoring systems, what is not printed is not known. */
static void give_up(const struct options *options, const char *why)
{
	complain("%s", why);
	if (options->nagios)
		view_check_nagios_unknown(output_stream(), why);
	output_flush();
}

/* Without the range there is nothing to judge. */
static int take_without_bpf(const struct options *options, struct look *look,
			    struct reason *reason)
{
	int err = source_diag_take(look->snapshot, options->probe.what_if, &look->limits, reason);

	if (!err && look->snapshot->netns[0].range_low == NOT_KNOWN)
		return because(reason, -EACCES,
			       "cannot read the range of ports, /proc/sys/net/ipv4/ip_local_port_range");
	return err ? err : filter_snapshot(&options->filter, look->snapshot);
}

/* source: NULL without BPF. */
static int take_snapshot_of(struct source *source, const struct options *options,
			    const struct look *before, struct look *look, struct reason *reason)
{
	if (source)
		return source->take(source, before->snapshot, look->snapshot, reason);
	return take_without_bpf(options, look, reason);
}

static int take(struct source *source, const struct options *options, const struct look *before,
		struct look *look, struct reason *reason)
{
	int err;

	look->snapshot = snapshot_new();
	if (!look->snapshot)
		return because(reason, -ENOMEM, "out of memory");
	err = take_snapshot_of(source, options, before, look, reason);
	if (err)
		return err;
	return host_read(options->probe.only_netns, init_inum(look->snapshot), &look->host, reason);
}

/* Until the time is over, or somebody ends it: what has been seen by then is judged all the same. */
static int wait_for_rates(int signals, double seconds)
{
	struct pollfd waits[2] = { { .fd = signals, .events = POLLIN },
				   { .fd = -1, .events = POLLIN } };
	int err = waits_open_timer(&waits[1].fd);

	if (!err) {
		waits_start_timer(waits[1].fd, seconds);
		while (poll(waits, 2, -1) < 0 && errno == EINTR)
			;
	}
	if (waits[1].fd >= 0)
		close(waits[1].fd);
	return err;
}

static int show(const struct options *options, const struct check_facts *facts,
		const struct findings *findings)
{
	FILE *out = output_stream();
	uint32_t netns = options->probe.only_netns ? options->probe.only_netns :
						     facts->host->own_inum;

	if (options->sysctl)
		return view_check_sysctl(out, facts, findings, netns);
	if (options->json)
		return view_check_json(out, facts, findings);
	if (options->nagios)
		view_check_nagios(out, facts, findings);
	else
		view_check_text(out, facts, findings, options->verbose);
	return 0;
}

/* The exit status: see the enum. */
static int judge(const struct options *options, const struct look *before, const struct look *now)
{
	const struct check_facts facts = {
		.now = now->snapshot,
		.before = before->snapshot,
		.host = now->host,
		.host_before = before->host,
		.limits = now->limits.text,
		.nr_limits = now->limits.nr,
	};
	struct findings *findings = NULL;
	int err = check_run(&facts, &findings), status = EXIT_UNKNOWN;

	if (!err)
		err = show(options, &facts, findings);
	if (err)
		give_up(options, "out of memory");
	else if (output_status(output_flush()) == EXIT_DONE)
		status = findings_severity(findings);
	findings_free(findings);
	return status;
}

/* ---- With other settings ---- */

/* Null: all is known. */
static struct json_object *limits_array(const struct diag_limits *limits)
{
	struct json_object *array = limits->nr ? json_object_new_array_ext(limits->nr) : NULL;
	size_t i;

	for (i = 0; i < limits->nr; i++)
		json_object_array_add(array, json_text(limits->text[i]));
	return array;
}

static int show_what_if(const struct options *options, const struct look *now,
			const struct snapshot *then)
{
	struct json_object *json;

	if (!options->json)
		return view_what_if_text(output_stream(), &options->what_if, now->snapshot, then,
					 WHAT_IF_WIDTH);
	json = json_object_new_object();
	json_object_object_add(json, "version", json_number(1));
	json_object_object_add(json, "time", json_time(&now->snapshot->wall));
	json_object_object_add(json, "what_if",
			       view_what_if_json(&options->what_if, now->snapshot, then));
	json_object_object_add(json, "not_checked", limits_array(&now->limits));
	json_put(output_stream(), json);
	fputc('\n', output_stream());
	return 0;
}

/* It is a question about what is not: whatever the answer is, the status is 0, if there is one. */
static int suppose(const struct options *options, const struct look *before, const struct look *now)
{
	struct reason reason = { "out of memory" };
	struct snapshot *then = NULL;
	int err = what_if_check(&options->what_if, now->snapshot, now->host, &reason);

	if (!err)
		err = what_if_apply(now->snapshot, before->snapshot, &options->what_if, &then,
				    &reason);
	if (!err)
		err = show_what_if(options, now, then);
	snapshot_free(then);
	if (!err && output_status(output_flush()) == EXIT_DONE)
		return EXIT_DONE;
	if (err)
		complain("%s", reason.text);
	return EXIT_UNKNOWN;
}

/* ---- The snapshots ---- */

/* Without -d, -P means nothing. */
static bool asks_for_backend(const struct options *options)
{
	return options->duration_s && options->probe.backend != NR_BACKENDS;
}

/*
 * Of this process' own network namespace, which needs neither root nor BTF. By process no route would
 * be chosen: whose sockets they are is not known then.
 */
static bool can_do_without_bpf(const struct options *options)
{
	struct reason reason;
	uint32_t own = 0;

	if (options->probe.btf_path || filter_has_process(&options->filter) ||
	    asks_for_backend(options))
		return false;
	return !options->probe.only_netns ||
	       (!netns_resolve("self", &own, &reason) && own == options->probe.only_netns);
}

static void say_needs_bpf(const struct options *options, const struct reason *reason)
{
	struct reason why = *reason;

	if (filter_has_process(&options->filter))
		because(&why, 0, "%s; without BPF it is not known whose sockets they are, which "
			"-p, -c and -g choose by", reason->text);
	give_up(options, why.text);
}

/* What is there can be counted where no event can, unless somebody wants that very back-end. */
static int open_without_events(struct options *options, const char *why_not,
			       struct source **ret_source)
{
	struct options own = *options;
	struct reason reason;
	int err;

	if (!options->duration_s || asks_for_backend(options))
		return -EOPNOTSUPP;
	options->duration_s = 0;
	options->probe.no_events = true;
	err = source_open_kernel(options, ret_source, &reason);
	if (err)
		*options = own;
	else
		complain("%s; so there are no rates: -d means nothing", why_not);
	return err;
}

/* No source, and no error: without BPF. */
static int open_source(struct options *options, struct source **ret_source)
{
	struct reason reason;
	int err = source_open_kernel(options, ret_source, &reason);

	if (!err || !open_without_events(options, reason.text, ret_source))
		return 0;
	*ret_source = NULL;
	if (!can_do_without_bpf(options)) {
		say_needs_bpf(options, &reason);
		return err;
	}
	complain("%s; without BPF, figures are estimates, and of this network namespace alone%s",
		 reason.text, options->duration_s ? ", and there are no rates: -d means nothing" : "");
	return 0;
}

/* Without BPF, a second look would tell nothing more. */
static int look_twice(struct source *source, const struct options *options, int signals,
		      struct look *before, struct look *now)
{
	struct reason reason = { "" };
	int err = 0;

	if (options->duration_s && source) {
		err = take(source, options, now, before, &reason);
		if (!err)
			err = wait_for_rates(signals, options->duration_s);
	}
	if (!err)
		err = take(source, options, before, now, &reason);
	if (err && *reason.text)
		give_up(options, reason.text);
	return err;
}

int cmd_check(const struct options *options)
{
	struct options own = *options;
	struct look before = {}, now = {};
	struct source *source = NULL;
	int status = EXIT_UNKNOWN, signals = -1;

	/* What is there needs no events, and takes a tenth of the time without. */
	own.probe.no_events = !options->duration_s;
	own.probe.census_share = 1;
	own.probe.tell_bound = true;
	/* One that comes is heard to the end: it ends the wait, and what nobody reads. */
	waits_block_signals();
	if (!waits_open_signals(&signals, WAITS_PLAIN) && !open_source(&own, &source) &&
	    !look_twice(source, &own, signals, &before, &now))
		status = own.probe.what_if ? suppose(&own, &before, &now) :
					     judge(&own, &before, &now);
	if (source)
		source->close(source);
	if (signals >= 0)
		close(signals);
	free_look(&before);
	free_look(&now);
	return status;
}
