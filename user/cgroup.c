// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "printable.h"

/* Paths that are kept: on a host on which more cgroups come and go, the rest has none. */
#define MAX_PATHS 65536

/* include/linux/exportfs.h: a handle of kernfs is the inode number. */
#define FILEID_KERNFS 0xfe

struct known {
	uint64_t inode;
	char *path; /* NULL: it could not be told */
};

static int compare(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

static bool find_mount(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	bool found = false;

	while (mounts && !found && (mount = getmntent(mounts))) {
		found = !strcmp(mount->mnt_type, "cgroup2");
		if (found)
			snprintf(path, size, "%s", mount->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

static int open_by_inode(int mount, uint64_t inode)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(inode)];
	} file = { .handle = { .handle_bytes = sizeof(inode), .handle_type = FILEID_KERNFS } };

	memcpy(file.handle.f_handle, &inode, sizeof(inode));
	return open_by_handle_at(mount, &file.handle, O_PATH | O_CLOEXEC);
}

/* Where the hierarchy is mounted; "": nowhere. */
static const char *mount_path(void)
{
	static char path[PATH_MAX];

	if (!path[0])
		find_mount(path, sizeof(path));
	return path;
}

static char *read_path(uint64_t inode)
{
	static int mount = -1;
	const char *root = mount_path();
	char link[64], path[PATH_MAX + 1];
	size_t skipped;
	ssize_t length;
	int fd;

	if (mount < 0 && root[0])
		mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = mount < 0 ? -1 : open_by_inode(mount, inode);
	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	close(fd);
	skipped = strlen(root);
	if (length < (ssize_t)skipped || memcmp(path, root, skipped))
		return NULL;
	path[length] = '\0';
	printable_copy(path, sizeof(path), path[skipped] ? path + skipped : "/");
	return strdup(path);
}

const char *cgroup_path(uint64_t inode)
{
	static void *tree;
	static size_t nr_known;
	struct known wanted = { .inode = inode }, *known, **found;

	if (!inode)
		return NULL;
	found = tfind(&wanted, &tree, compare);
	if (found)
		return (*found)->path;
	known = nr_known < MAX_PATHS ? calloc(1, sizeof(*known)) : NULL;
	if (!known)
		return NULL;
	known->inode = inode;
	known->path = read_path(inode);
	if (!tsearch(known, &tree, compare)) {
		free(known->path);
		free(known);
		return NULL;
	}
	nr_known++;
	return known->path;
}

/* The path in the hierarchy of one in the file system; NULL: it is not in the hierarchy. */
static const char *below(const char *root, const char *path)
{
	size_t length = strlen(root);

	if (strncmp(path, root, length) || (path[length] && path[length] != '/'))
		return NULL;
	return path[length] ? path + length : "/";
}

int cgroup_find(const char *text, char *ret_path, size_t size, uint64_t *ret_inode,
		struct reason *reason)
{
	const char *root = mount_path(), *inside = below(root, text);
	char path[PATH_MAX], resolved[PATH_MAX];
	struct stat stat_of;

	if (!root[0])
		return because(reason, -ENOENT, "there is no cgroup '%s': no cgroup2 file system "
						"is mounted", text);
	text = inside ? inside : text;
	if (snprintf(path, sizeof(path), "%s%s%s", root, *text == '/' ? "" : "/", text) >=
	    (int)sizeof(path))
		return because(reason, -ENAMETOOLONG, "the path of that cgroup is too long");
	if (!realpath(path, resolved) || stat(resolved, &stat_of))
		return because(reason, -errno, "there is no cgroup '%s': %s: %s", text, path,
			       strerror(errno));
	inside = below(root, resolved);
	if (!inside || !S_ISDIR(stat_of.st_mode))
		return because(reason, -ENOTDIR, "'%s' is no cgroup: %s is no folder below %s",
			       text, resolved, root);
	printable_copy(ret_path, size, inside);
	*ret_inode = stat_of.st_ino;
	return 0;
}
