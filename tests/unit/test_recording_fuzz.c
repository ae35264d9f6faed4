// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings that were damaged at random, from a fixed seed, compressed and not: each is read or
 * refused with a reason. `make fuzz` does the same for as long as one likes, and learns from it.
 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/read_recording.h"
#include "../fuzz/read_report.h"

#define ROUNDS 1500
#define ROOM (1 << 20)

struct bytes {
	uint8_t *bytes;
	size_t size;
};

static struct bytes files[64];
static size_t nr_files;

static uint64_t state_of_random = 88172645463325252;

static size_t random_below(size_t limit)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return limit ? state_of_random % limit : 0;
}

static void load_file(const char *folder, const char *name)
{
	struct bytes *file = &files[nr_files++];
	char path[512];
	FILE *from;

	assert_true(nr_files <= sizeof(files) / sizeof(files[0]));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	from = fopen(path, "r");
	assert_non_null(from);
	file->bytes = malloc(ROOM);
	file->size = fread(file->bytes, 1, ROOM, from);
	fclose(from);
}

static void load_folder(const char *folder)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);

	assert_non_null(dir);
	while ((entry = readdir(dir)) && nr_files < sizeof(files) / sizeof(files[0]))
		if (entry->d_name[0] != '.' && !strstr(entry->d_name, ".expected"))
			load_file(folder, entry->d_name);
	closedir(dir);
}

static int load(void **state)
{
	(void)state;
	load_folder(RECORDINGS "/v1");
	return 0;
}

static int unload(void **state)
{
	(void)state;
	while (nr_files)
		free(files[--nr_files].bytes);
	return 0;
}

static const char *const pieces[] = {
	"null", "-1", "1e308", "18446744073709551616", "65536", "\"\"", "\"\\ud800\"", "[]", "{}",
	"[[[[", ",", "}", "\"", "\\", "\xff", "\n", "\n{", "\"since\":", "\"number\":1", "\"gone\":{",
	"\"recording\":", "\x1f\x8b\x08", "\0\0\xff\xff",
};

static void damage(struct bytes *file)
{
	const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];
	size_t at = random_below(file->size), other = random_below(file->size);
	size_t nr = random_below(512), length = strlen(piece);

	if (!file->size)
		return;
	if (nr > file->size - at)
		nr = file->size - at;
	if (nr > file->size - other)
		nr = file->size - other;
	switch (random_below(5)) {
	case 0:
		file->bytes[at] ^= 1 << random_below(8);
		break;
	case 1:
		file->size = at;
		break;
	case 2:
		memmove(file->bytes + at, file->bytes + at + nr, file->size - at - nr);
		file->size -= nr;
		break;
	case 3:
		memmove(file->bytes + at, file->bytes + other, nr);
		break;
	case 4:
		if (file->size + length > ROOM)
			break;
		memmove(file->bytes + at + length, file->bytes + at, file->size - at);
		memcpy(file->bytes + at, piece, length);
		file->size += length;
		break;
	}
}

static void what_was_recorded_is_read(void **state)
{
	size_t i;

	(void)state;
	assert_true(nr_files >= 3);
	for (i = 0; i < nr_files; i++)
		assert_true(fuzz_recording(files[i].bytes, files[i].size) > 0);
	for (i = 0; i < nr_files; i++)
		fuzz_report(files[i].bytes, files[i].size);
}

static void damaged_recordings_do_no_harm(void **state)
{
	struct bytes copy = { malloc(ROOM), 0 };
	size_t i, j, nr_read = 0;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const struct bytes *file = &files[i % nr_files];

		memcpy(copy.bytes, file->bytes, file->size);
		copy.size = file->size;
		for (j = random_below(3) + 1; j; j--)
			damage(&copy);
		nr_read += fuzz_recording(copy.bytes, copy.size) > 0;
		if (i % 8 == 0)
			fuzz_report(copy.bytes, copy.size);
	}
	free(copy.bytes);
	print_message("# %zu of %d were read to an end\n", nr_read, ROUNDS);
	assert_in_range(nr_read, 1, ROUNDS - 1);
}

static void a_file_that_ends_anywhere_is_cut_or_refused(void **state)
{
	const struct bytes *file;
	size_t i, size;

	(void)state;
	for (i = 0; i < nr_files; i++) {
		file = &files[i];
		for (size = 0; size < file->size; size += 1 + size / 100)
			fuzz_recording(file->bytes, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_recorded_is_read),
		cmocka_unit_test(damaged_recordings_do_no_harm),
		cmocka_unit_test(a_file_that_ends_anywhere_is_cut_or_refused),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
