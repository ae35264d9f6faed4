// SPDX-License-Identifier: GPL-2.0-only
#include "recorder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "wait.h"

/* On an emulated processor. */
#define START_LIMIT_MS 60000
#define END_LIMIT_MS 120000

static bool is_recording(const struct recorder *recorder)
{
	return strstr(child_words(recorder->child), "porttrace: recording to ");
}

static bool has_begun(const void *arg)
{
	const struct recorder *recorder = arg;

	return is_recording(recorder) || child_has_ended(recorder->child);
}

static bool has_ended(const void *arg)
{
	return child_has_ended(((const struct recorder *)arg)->child);
}

static bool make_path(struct recorder *recorder, char *ret_why, int size)
{
	char folder[] = "/tmp/porttrace-live-XXXXXX";

	if (!mkdtemp(folder)) {
		snprintf(ret_why, size, "cannot make %s: %s", folder, strerror(errno));
		return false;
	}
	snprintf(recorder->path, sizeof(recorder->path), "%s/recording.gz", folder);
	return true;
}

bool recorder_start(struct recorder *recorder, const struct live_setup *setup,
		    const char *interval, char *ret_why, int size)
{
	const char *const argv[] = { setup->porttrace, "record", "--probe", setup->probe,
				     "--cpu-limit",    "100",	 "-i",	    interval,
				     "-o",	       recorder->path,	    NULL };

	*recorder = (struct recorder){};
	if (!make_path(recorder, ret_why, size))
		return false;
	recorder->child = child_start(argv);
	if (!recorder->child) {
		snprintf(ret_why, size, "cannot start %s: %s", setup->porttrace, strerror(errno));
		return false;
	}
	wait_until(has_begun, recorder, START_LIMIT_MS);
	if (is_recording(recorder) && !child_has_ended(recorder->child))
		return true;
	snprintf(ret_why, size, "it does not record: %s", child_first_words(recorder->child));
	return false;
}

bool recorder_stop(struct recorder *recorder, int signal, char *ret_why, int size)
{
	struct child *child = recorder->child;

	kill(child->pid, signal);
	if (!wait_until(has_ended, recorder, END_LIMIT_MS))
		snprintf(ret_why, size, "it does not end");
	else if (WIFEXITED(child->status) && !WEXITSTATUS(child->status))
		return true;
	else
		snprintf(ret_why, size, "%s: %s", child_end_text(child), child_first_words(child));
	return false;
}

void recorder_done(struct recorder *recorder)
{
	char *name = strrchr(recorder->path, '/');

	child_free(recorder->child);
	recorder->child = NULL;
	if (!name)
		return;
	unlink(recorder->path);
	*name = '\0';
	rmdir(recorder->path);
	*recorder->path = '\0';
}
