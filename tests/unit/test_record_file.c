// SPDX-License-Identifier: GPL-2.0-only
/* Where a recording is put: what is in its way, who does not read it, and what is said of that. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record_file.h"

static char folder[] = "/tmp/porttrace-record-file-XXXXXX";
static char path[64], other[64];

static int make_folder(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as output_init() has it */
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static bool may_write = true;

static bool wait_to_write(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return may_write;
}

static int open_file(bool force, struct record_file **ret_file, struct reason *reason)
{
	const struct record_file_options options = {
		.path = path, .force = force, .signals = -1, .wait_to_write = wait_to_write,
	};

	return record_file_open(&options, ret_file, reason);
}

static void assert_says(const struct reason *reason, const char *first, const char *second)
{
	if (!strstr(reason->text, first) || !strstr(reason->text, second))
		fail_msg("no '%s' or '%s' in '%s'", first, second, reason->text);
}

/* Whoever reads the pipe, who may read it. */
static struct record_file *open_fifo(int *ret_reader)
{
	struct record_file *file = NULL;
	struct reason reason = { "" };

	assert_int_equal(mkfifo(path, 0600), 0);
	*ret_reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(*ret_reader >= 0);
	assert_int_equal(open_file(false, &file, &reason), 0);
	fputs("{}\n", record_file_stream(file));
	return file;
}

static void a_file_stays_unless_it_is_forced(void **state)
{
	struct record_file *file;
	struct reason reason;
	struct stat now, then;

	(void)state;
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(stat(path, &then), 0);
	assert_int_equal(open_file(false, &file, &reason), -EEXIST);
	assert_says(&reason, path, "--force");
	assert_int_equal(open_file(true, &file, &reason), 0);
	fputs("{}\n", record_file_stream(file));
	assert_int_equal(record_file_end(file, &reason), 0);
	assert_int_equal(stat(path, &now), 0);
	assert_int_equal(now.st_ino, then.st_ino);
	assert_int_equal(record_file_keep(file, &reason), 0);
	assert_int_equal(stat(path, &now), 0);
	assert_true(now.st_ino != then.st_ino && now.st_size > 0);
	record_file_close(file);
}

/* What it leads to is not made, or written to, in any case. */
static void a_link_is_not_followed(void **state)
{
	struct record_file *file;
	struct reason reason;
	struct stat stat_of;
	int is_there;

	(void)state;
	for (is_there = 0; is_there < 2; is_there++) {
		assert_int_equal(symlink(other, path), 0);
		if (is_there)
			close(open(other, O_WRONLY | O_CREAT, 0600));
		assert_int_equal(open_file(false, &file, &reason), -EEXIST);
		assert_says(&reason, is_there ? "is there already" : "is a link to what is not there",
			    "--force");
		assert_int_equal(open_file(true, &file, &reason), 0);
		fputs("{}\n", record_file_stream(file));
		assert_int_equal(record_file_end(file, &reason), 0);
		assert_int_equal(record_file_keep(file, &reason), 0);
		record_file_close(file);
		assert_int_equal(lstat(path, &stat_of), 0);
		assert_true(S_ISREG(stat_of.st_mode) && stat_of.st_size > 0);
		assert_int_equal(stat(other, &stat_of), is_there ? 0 : -1);
		assert_true(!is_there || !stat_of.st_size);
		unlink(path);
	}
}

static void a_reader_that_goes_away(void **state)
{
	struct record_file *file;
	struct reason reason;
	int reader;

	(void)state;
	file = open_fifo(&reader);
	close(reader);
	assert_int_equal(record_file_flush(file, &reason), -EPIPE);
	assert_says(&reason, "nobody reads ", "; to keep all, give a file with -o");
	record_file_close(file);
}

static void a_reader_that_does_not_read(void **state)
{
	struct record_file *file;
	struct reason reason;
	int reader;

	(void)state;
	file = open_fifo(&reader);
	may_write = false;
	assert_int_equal(record_file_flush(file, &reason), -ECANCELED);
	may_write = true;
	assert_says(&reason, " takes no more of it: ", "; to keep all, give a file with -o");
	record_file_close(file);
	close(reader);
}

/* A signal, which is what the descriptor becomes readable for. */
static void a_reader_that_never_comes(void **state)
{
	struct record_file *file;
	struct reason reason;
	int ends[2];
	struct record_file_options options = { .path = path, .wait_to_write = wait_to_write };

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "", 1), 1);
	options.signals = ends[0];
	assert_int_equal(record_file_open(&options, &file, &reason), -ECANCELED);
	assert_says(&reason, "nobody has read ", "or give a file with -o");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_file_stays_unless_it_is_forced, clean),
		cmocka_unit_test_teardown(a_link_is_not_followed, clean),
		cmocka_unit_test_teardown(a_reader_that_goes_away, clean),
		cmocka_unit_test_teardown(a_reader_that_does_not_read, clean),
		cmocka_unit_test_teardown(a_reader_that_never_comes, clean),
	};

	return cmocka_run_group_tests_name("the file of a recording", tests, make_folder,
					   remove_folder);
}
