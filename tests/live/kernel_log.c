// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The kernel's own limit for one record. */
#define RECORD_SIZE 8192

static int log_fd = -1;

static const char *const complaints[] = {
	"WARNING:", "BUG:", "kernel BUG", "Oops", "RCU", "rcu:", "rcu_", "soft lockup",
	"hard LOCKUP", "blocked for more than", "general protection", "Call Trace",
};

void kernel_log_begin(void)
{
	if (log_fd < 0)
		log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd >= 0)
		lseek(log_fd, 0, SEEK_END);
}

static bool is_complaint(const char *record)
{
	size_t i;

	for (i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (strstr(record, complaints[i]))
			return true;
	return false;
}

/* "6,1234,5678,-;text": each read() gives one; EPIPE: some have been overwritten. */
const char *kernel_log_complaint(void)
{
	static char record[RECORD_SIZE + 1];
	ssize_t got;

	while (log_fd >= 0) {
		const char *text;

		got = read(log_fd, record, RECORD_SIZE);
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			return NULL;
		record[got] = '\0';
		text = strchr(record, ';');
		if (text && is_complaint(text))
			return text + 1;
	}
	return NULL;
}
