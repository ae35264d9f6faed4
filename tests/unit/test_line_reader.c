// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line_reader.h"

/* A pipe, of which the reader has a path of its own. */
struct piped {
	int ends[2];
	char path[32];
	struct line_reader *reader;
	struct reason reason;
};

static void open_pipe(struct piped *piped)
{
	assert_int_equal(pipe2(piped->ends, O_CLOEXEC), 0);
	snprintf(piped->path, sizeof(piped->path), "/proc/self/fd/%d", piped->ends[0]);
	assert_int_equal(line_reader_open(piped->path, &piped->reader, &piped->reason), 0);
}

static void close_pipe(struct piped *piped)
{
	line_reader_close(piped->reader);
	close(piped->ends[0]);
	if (piped->ends[1] >= 0)
		close(piped->ends[1]);
}

static void put(struct piped *piped, const char *text)
{
	assert_int_equal(write(piped->ends[1], text, strlen(text)), strlen(text));
}

static int next(struct piped *piped, const char **ret_line, size_t *ret_length)
{
	return line_reader_next(piped->reader, ret_line, ret_length, &piped->reason);
}

static void expect_line(struct piped *piped, const char *text)
{
	const char *line;
	size_t length;

	assert_int_equal(next(piped, &line, &length), 0);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(line, text, length);
}

static void expect(struct piped *piped, int err)
{
	const char *line;
	size_t length;

	assert_int_equal(next(piped, &line, &length), err);
}

static void lines_come_as_they_are_written(void **state)
{
	struct piped piped;

	(void)state;
	open_pipe(&piped);
	expect(&piped, -EAGAIN);
	put(&piped, "one\ntwo\n\nth");
	expect_line(&piped, "one");
	expect_line(&piped, "two");
	expect_line(&piped, "");
	assert_int_equal(line_reader_number(piped.reader), 3);
	expect(&piped, -EAGAIN);
	put(&piped, "ree");
	expect(&piped, -EAGAIN);
	put(&piped, "\n");
	expect_line(&piped, "three");
	put(&piped, "the last");
	close(piped.ends[1]);
	piped.ends[1] = -1;
	expect_line(&piped, "the last");
	expect(&piped, -ENODATA);
	expect(&piped, -ENODATA);
	close_pipe(&piped);
}

static FILE *make_file(char path[32])
{
	strcpy(path, "/tmp/porttrace-test-XXXXXX");
	return fdopen(mkstemp(path), "w");
}

/* Longer than any piece that is read, and all of different lengths. */
static void long_lines_are_whole(void **state)
{
	struct line_reader *reader;
	struct reason reason;
	size_t length, i;
	const char *line;
	char path[32];
	FILE *file = make_file(path);

	(void)state;
	for (i = 0; i < 300; i++)
		fprintf(file, "%0*d\n", (int)(i * 1001 + 1), 7);
	fclose(file);
	assert_int_equal(line_reader_open(path, &reader, &reason), 0);
	for (i = 0; i < 300; i++) {
		assert_int_equal(line_reader_next(reader, &line, &length, &reason), 0);
		assert_int_equal(length, i * 1001 + 1);
		assert_int_equal(line[length - 1], '7');
		assert_null(memchr(line, '\n', length));
	}
	assert_int_equal(line_reader_next(reader, &line, &length, &reason), -ENODATA);
	line_reader_close(reader);
	unlink(path);
}

static void a_line_without_end_is_refused(void **state)
{
	struct line_reader *reader;
	struct reason reason;
	const char *line;
	size_t length;

	(void)state;
	assert_int_equal(line_reader_open("/dev/zero", &reader, &reason), 0);
	assert_int_equal(line_reader_next(reader, &line, &length, &reason), -EFBIG);
	assert_non_null(strstr(reason.text, "/dev/zero, line 1: it is longer than 64 MiB"));
	line_reader_close(reader);
}

static void what_cannot_be_read_is_named(void **state)
{
	struct line_reader *reader;
	struct reason reason;

	(void)state;
	assert_int_equal(line_reader_open("/no/such/file", &reader, &reason), -ENOENT);
	assert_non_null(strstr(reason.text, "/no/such/file: No such file"));
	assert_int_equal(line_reader_open("/tmp", &reader, &reason), -EISDIR);
	assert_non_null(strstr(reason.text, "/tmp: Is a directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_as_they_are_written),
		cmocka_unit_test(long_lines_are_whole),
		cmocka_unit_test(a_line_without_end_is_refused),
		cmocka_unit_test(what_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
