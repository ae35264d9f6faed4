// SPDX-License-Identifier: GPL-2.0-only
#include "user_name.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include "printable.h"

struct user {
	uint32_t uid;
	char name[33]; /* LOGIN_NAME_MAX is 256; useradd takes 32 */
};

static struct {
	struct user *users;
	size_t nr;
} known;

static void read_users(void)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;
	struct user *more;

	while (file && (entry = fgetpwent(file))) {
		more = reallocarray(known.users, known.nr + 1, sizeof(*more));
		if (!more)
			break;
		known.users = more;
		more[known.nr].uid = entry->pw_uid;
		printable_copy(more[known.nr++].name, sizeof(more->name), entry->pw_name);
	}
	if (file)
		fclose(file);
}

const char *user_name(uint32_t uid)
{
	static int was_read;
	size_t i;

	if (!was_read++)
		read_users();
	for (i = 0; i < known.nr; i++)
		if (known.users[i].uid == uid)
			return known.users[i].name;
	return NULL;
}
