// SPDX-License-Identifier: GPL-2.0-only
/* Compressed lines: what was flushed can be read, however the file goes on. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gz_write.h"
#include "line_reader.h"

#define MAX_FILE (1 << 20)

/* A file in memory. */
struct written {
	char bytes[MAX_FILE];
	size_t size;
	size_t room; /* -ENOSPC beyond; 0: it does not end */
};

static int put(void *arg, const char *bytes, size_t size)
{
	struct written *written = arg;

	if (written->room && written->size + size > written->room)
		return -ENOSPC;
	assert_true(written->size + size <= MAX_FILE);
	memcpy(written->bytes + written->size, bytes, size);
	written->size += size;
	return 0;
}

static struct written *new_file(void)
{
	return calloc(1, sizeof(struct written));
}

/* What reading so many of its bytes gives: whole lines, and what ends it. */
static size_t read_lines(const char *bytes, size_t size, int *ret_err, struct reason *reason)
{
	char path[] = "/tmp/porttrace-test-XXXXXX", expected[32];
	int fd = mkstemp(path);
	struct line_reader *reader;
	size_t nr = 0, length;
	const char *line;

	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	assert_int_equal(line_reader_open(path, &reader, reason), 0);
	unlink(path);
	while (!(*ret_err = line_reader_next(reader, &line, &length, reason))) {
		snprintf(expected, sizeof(expected), "line %zu", nr);
		/* The last one may be a part. */
		assert_memory_equal(line, expected,
				    length < strlen(expected) ? length : strlen(expected));
		if (line_reader_is_cut(reader))
			break;
		assert_int_equal(length, strlen(expected));
		nr++;
	}
	line_reader_close(reader);
	return nr;
}

static size_t must_read(const struct written *written, size_t size)
{
	struct reason reason;
	size_t nr;
	int err;

	nr = read_lines(written->bytes, size, &err, &reason);
	if (err && err != -ENODATA)
		fail_msg("%s", reason.text);
	return nr;
}

static void what_was_flushed_can_be_read(void **state)
{
	struct written *written = new_file();
	struct gz_writer *writer = gz_writer_new(put, written);
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		fprintf(gz_writer_stream(writer), "line %zu\n", i);
		if (i % 7)
			continue;
		assert_int_equal(i % 98 ? gz_writer_flush(writer) : gz_writer_end_member(writer), 0);
		assert_int_equal(must_read(written, written->size), i + 1);
	}
	assert_int_equal(gz_writer_end_member(writer), 0);
	assert_int_equal(gz_writer_end_member(writer), 0);
	assert_int_equal(gz_writer_flush(writer), 0);
	assert_int_equal(must_read(written, written->size), 1000);
	gz_writer_free(writer);
	free(written);
}

/* Lines up to `nr`, flushed after each, in members of ten. */
static struct written *write_lines(size_t nr)
{
	struct written *written = new_file();
	struct gz_writer *writer = gz_writer_new(put, written);
	size_t i;

	for (i = 0; i < nr; i++) {
		fprintf(gz_writer_stream(writer), "line %zu\n", i);
		assert_int_equal(i % 10 == 9 ? gz_writer_end_member(writer) :
					       gz_writer_flush(writer), 0);
	}
	gz_writer_free(writer);
	return written;
}

static void a_file_can_end_anywhere(void **state)
{
	struct written *written = write_lines(50);
	size_t size, nr, most = 0;

	(void)state;
	for (size = 0; size <= written->size; size++) {
		/* What is no gzip yet is one line of something else. */
		nr = size < 2 ? 0 : must_read(written, size);
		assert_true(nr >= most);
		most = nr;
	}
	assert_int_equal(most, 50);
	free(written);
}

static void zeros_may_follow_and_nothing_else(void **state)
{
	struct written *written = write_lines(20);
	struct reason reason;
	int err;

	(void)state;
	memset(written->bytes + written->size, 0, 5000);
	assert_int_equal(must_read(written, written->size + 5000), 20);
	strcpy(written->bytes + written->size, "and so on");
	assert_int_equal(read_lines(written->bytes, written->size + 9, &err, &reason), 20);
	assert_int_equal(err, -EBADMSG);
	assert_non_null(strstr(reason.text, "after line 20: its gzip compression is damaged"));
	free(written);
}

static void damage_is_found(void **state)
{
	struct written *written = write_lines(20);
	struct reason reason;
	size_t i, nr;
	int err;

	(void)state;
	/* Of the sum of the first member, which is 8 bytes before its end. */
	for (i = written->size; i > 0 && memcmp(written->bytes + i, "\x1f\x8b", 2); i--)
		;
	written->bytes[i - 8] ^= 1;
	nr = read_lines(written->bytes, written->size, &err, &reason);
	assert_int_equal(err, -EBADMSG);
	assert_int_equal(nr, 10);
	assert_non_null(strstr(reason.text, "after line 10: its gzip compression is damaged: incorrect"));
	free(written);
}

static void a_full_disk_is_told_once_and_for_all(void **state)
{
	struct written *written = new_file();
	struct gz_writer *writer;
	size_t i, nr_flushed = 0;
	int err = 0;

	(void)state;
	written->room = 500;
	writer = gz_writer_new(put, written);
	for (i = 0; !err; i++) {
		fprintf(gz_writer_stream(writer), "line %zu\n", i);
		err = gz_writer_flush(writer);
		nr_flushed += !err;
	}
	assert_int_equal(err, -ENOSPC);
	written->room = 0;
	fprintf(gz_writer_stream(writer), "line %zu\n", i);
	assert_int_equal(gz_writer_flush(writer), -ENOSPC);
	assert_int_equal(gz_writer_end_member(writer), -ENOSPC);
	assert_int_equal(must_read(written, written->size), nr_flushed);
	gz_writer_free(writer);
	free(written);
}

/* A thousand times as much as the file has: no more than a line of it is ever in memory. */
static void a_bomb_does_no_harm(void **state)
{
	char *zeros = calloc(1, 1 << 20);
	struct written *written = new_file();
	struct gz_writer *writer = gz_writer_new(put, written);
	struct reason reason;
	int i, err;

	(void)state;
	for (i = 0; i < 100; i++)
		fwrite(zeros, 1, 1 << 20, gz_writer_stream(writer));
	assert_int_equal(gz_writer_end_member(writer), 0);
	assert_int_equal(read_lines(written->bytes, written->size, &err, &reason), 0);
	assert_int_equal(err, -EFBIG);
	assert_non_null(strstr(reason.text, "line 1: it is longer than 64 MiB"));
	gz_writer_free(writer);
	free(written);
	free(zeros);
}

static void members_can_be_read_alone(void **state)
{
	struct written *written = write_lines(100);
	char path[] = "/tmp/porttrace-test-XXXXXX", expected[32];
	struct line_mark mark, marks[100];
	struct line_reader *reader;
	struct reason reason;
	size_t length, i, nr = 0;
	const char *line;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, written->bytes, written->size), written->size);
	close(fd);
	assert_int_equal(line_reader_open(path, &reader, &reason), 0);
	unlink(path);
	while (!line_reader_next(reader, &line, &length, &reason))
		if (line_reader_mark(reader, &mark))
			marks[nr++] = mark;
	assert_int_equal(nr, 10);
	for (i = nr; i--;) {
		assert_int_equal(line_reader_go_to(reader, &marks[i], &reason), 0);
		assert_int_equal(line_reader_next(reader, &line, &length, &reason), 0);
		snprintf(expected, sizeof(expected), "line %zu", i * 10);
		assert_int_equal(length, strlen(expected));
		assert_memory_equal(line, expected, length);
		assert_int_equal(line_reader_number(reader), i * 10 + 1);
	}
	line_reader_close(reader);
	free(written);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_flushed_can_be_read),
		cmocka_unit_test(a_file_can_end_anywhere),
		cmocka_unit_test(zeros_may_follow_and_nothing_else),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(a_full_disk_is_told_once_and_for_all),
		cmocka_unit_test(a_bomb_does_no_harm),
		cmocka_unit_test(members_can_be_read_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
