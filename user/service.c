// SPDX-License-Identifier: GPL-2.0-only
#include "service.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"

/* What was asked once: the list is a file, that is read from its beginning each time. */
static struct {
	char *name;
	bool asked;
} known[2][65536];

const char *service_name(uint16_t port, uint8_t proto)
{
	bool udp = proto == IPPROTO_UDP;
	const struct servent *service;
	char name[32];

	if (known[udp][port].asked)
		return known[udp][port].name;
	known[udp][port].asked = true;
	service = getservbyport(htons(port), udp ? "udp" : "tcp");
	if (!service)
		return NULL;
	printable_copy(name, sizeof(name), service->s_name);
	known[udp][port].name = strdup(name);
	return known[udp][port].name;
}
