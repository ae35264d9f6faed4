// SPDX-License-Identifier: GPL-2.0-only
#include "service.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"

#define SERVICES "/etc/services"

static char *names[2][65536];

/* "http 80/tcp www # comment". The first name of a port is its name. */
static void take_line(const char *line)
{
	char name[32], proto[8], shown[32];
	unsigned int port;
	bool udp;

	if (sscanf(line, "%31[^ \t#] %u/%7s", name, &port, proto) != 3 || port > 65535)
		return;
	udp = !strcmp(proto, "udp");
	if ((!udp && strcmp(proto, "tcp")) || names[udp][port])
		return;
	printable_copy(shown, sizeof(shown), name);
	names[udp][port] = strdup(shown);
}

/*
 * Not getservbyport(): that asks whatever the host is set to ask, and a static program cannot load
 * what that takes.
 */
static void read_services(void)
{
	FILE *file = fopen(SERVICES, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		take_line(line);
	if (file)
		fclose(file);
}

const char *service_name(uint16_t port, uint8_t proto)
{
	static bool was_read;

	if (!was_read)
		read_services();
	was_read = true;
	return names[proto == IPPROTO_UDP][port];
}
