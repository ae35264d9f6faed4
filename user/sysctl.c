// SPDX-License-Identifier: GPL-2.0-only
#include "sysctl.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshot.h"

/*
 * One read() from the beginning: of a list of ports the kernel tells nothing more in a second one
 * (proc_do_large_bitmap()). -1, or the length.
 */
static ssize_t read_once(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

#define USUAL_BYTES 4096
/* More than 32,768 ports of five digits with commas between them. */
#define MOST_BYTES (256 << 10)

/* The caller's to free; NULL: it cannot be read. */
static char *read_text(const char *path)
{
	size_t size = USUAL_BYTES;
	ssize_t length;
	char *text;

	for (;;) {
		text = malloc(size);
		length = text ? read_once(path, text, size) : -1;
		if (length >= 0 && ((size_t)length < size - 1 || size == MOST_BYTES))
			return text;
		free(text);
		if (length < 0)
			return NULL;
		size = MOST_BYTES;
	}
}

/* "net.ipv4.tcp_fin_timeout" is net/ipv4/tcp_fin_timeout below /proc/sys. */
char *sysctl_read(const char *key)
{
	char path[300], *text, *at;

	snprintf(path, sizeof(path), "/proc/sys/%s", key);
	for (at = path + strlen("/proc/sys/"); *at; at++)
		*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
	if (strstr(path, "/../"))
		return NULL;
	text = read_text(path);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

int64_t sysctl_read_number(const char *key)
{
	char *text = sysctl_read(key), *end;
	int64_t value = NOT_KNOWN;

	if (text) {
		value = strtoll(text, &end, 10);
		if (end == text || value < 0)
			value = NOT_KNOWN;
	}
	free(text);
	return value;
}

bool sysctl_read_range(int32_t *ret_low, int32_t *ret_high)
{
	char *text = sysctl_read("net.ipv4.ip_local_port_range");
	bool good = text && sscanf(text, "%" SCNd32 " %" SCNd32, ret_low, ret_high) == 2;

	free(text);
	return good;
}

bool sysctl_read_ports(const char *key, struct port_list *ports)
{
	char *text = sysctl_read(key);
	bool good = text && !port_list_parse(ports, text);

	free(text);
	return good;
}
