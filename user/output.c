// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BUFFER_SIZE (64 << 10)

static struct {
	FILE *stream; /* NULL: stdout itself */
	int signals;
	int err; /* of the first write that failed */
} output;

/* What a reader has, after a signal, to go on reading: one who reads all the time gets it all. */
#define READER_LIMIT_MS 1000

static int poll_again(struct pollfd *waits, int nr, int limit_ms)
{
	int ready;

	do
		ready = poll(waits, nr, limit_ms);
	while (ready < 0 && errno == EINTR);
	return ready;
}

bool output_wait_a_moment(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	return poll_again(&wait, 1, READER_LIMIT_MS);
}

bool output_wait_for_reader(int fd, int signals)
{
	struct pollfd waits[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = signals, .events = POLLIN },
	};

	if (poll_again(waits, 2, -1) < 0 || waits[0].revents || !waits[1].revents)
		return true;
	return output_wait_a_moment(fd);
}

/* In pieces that a pipe takes whole once it takes any. 0: failed, as fopencookie() wants it. */
static ssize_t write_to_reader(void *cookie, const char *bytes, size_t size)
{
	size_t done = 0;

	(void)cookie;
	/* What comes after a piece that is missing is not to be taken for the rest of it. */
	if (output.err)
		return 0;
	while (done < size) {
		size_t piece = size - done < PIPE_BUF ? size - done : PIPE_BUF;
		ssize_t written;

		if (!output_wait_for_reader(STDOUT_FILENO, output.signals)) {
			output.err = -ECANCELED;
			return 0;
		}
		written = write(STDOUT_FILENO, bytes + done, piece);
		if (written < 0 && errno != EINTR) {
			output.err = -errno;
			return 0;
		}
		done += written < 0 ? 0 : written;
	}
	return size;
}

int output_until_signal(int signals)
{
	const cookie_io_functions_t functions = { .write = write_to_reader };

	output.stream = fopencookie(NULL, "w", functions);
	if (!output.stream)
		return -ENOMEM;
	output.signals = signals;
	setvbuf(output.stream, NULL, _IOFBF, BUFFER_SIZE);
	return 0;
}

FILE *output_stream(void)
{
	return output.stream ? output.stream : stdout;
}

int output_width(int otherwise)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (columns && atoi(columns) > 0)
		return atoi(columns);
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return otherwise;
}

bool output_is_utf8(void)
{
	setlocale(LC_CTYPE, "");
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

int output_flush(void)
{
	FILE *stream = output_stream();
	int err;

	errno = 0;
	if (!fflush(stream) && !ferror(stream))
		return 0;
	/* An error before this call has left its flag, but not its number. */
	err = output.err ? output.err : errno ? -errno : -EIO;
	if (err != -EPIPE && err != -ECANCELED)
		complain("cannot write to standard output: %s", strerror(-err));
	return err;
}

enum exit_status output_status(int err)
{
	return err && err != -EPIPE && err != -ECANCELED ? EXIT_FAILED : EXIT_DONE;
}
