// SPDX-License-Identifier: GPL-2.0-only
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

#include "plan.h"

union address address_of(int domain, const char *text, uint16_t port)
{
	union address address;
	void *ip;

	memset(&address, 0, sizeof(address));
	address.sa.sa_family = domain;
	if (domain == AF_INET) {
		address.v4.sin_port = htons(port);
		ip = &address.v4.sin_addr;
	} else {
		address.v6.sin6_port = htons(port);
		ip = &address.v6.sin6_addr;
	}
	if (inet_pton(domain, text, ip) != 1)
		plan_failed("%s is not an address of this family", text);
	return address;
}

union address address_with(int domain, const struct in6_addr *ip, uint16_t port)
{
	union address address;

	memset(&address, 0, sizeof(address));
	address.sa.sa_family = domain;
	if (domain == AF_INET) {
		address.v4.sin_port = htons(port);
		memcpy(&address.v4.sin_addr, &ip->s6_addr[12], sizeof(address.v4.sin_addr));
	} else {
		address.v6.sin6_port = htons(port);
		address.v6.sin6_addr = *ip;
	}
	return address;
}

socklen_t address_len(const union address *address)
{
	return address->sa.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

uint16_t address_port(const union address *address)
{
	return ntohs(address->sa.sa_family == AF_INET ? address->v4.sin_port :
							address->v6.sin6_port);
}

static struct in6_addr mapped(struct in_addr v4)
{
	struct in6_addr ip = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(&ip.s6_addr[12], &v4, sizeof(v4));
	return ip;
}

struct in6_addr address_ip(const union address *address)
{
	if (address->sa.sa_family == AF_INET)
		return mapped(address->v4.sin_addr);
	return address->v6.sin6_addr;
}

struct in6_addr ip_any(int domain)
{
	return domain == AF_INET ? mapped((struct in_addr){ htonl(INADDR_ANY) }) : in6addr_any;
}

bool ip_is_any(const struct in6_addr *ip)
{
	struct in6_addr any = ip_any(IN6_IS_ADDR_V4MAPPED(ip) ? AF_INET : AF_INET6);

	return !memcmp(ip, &any, sizeof(any));
}

struct in6_addr ip_loopback_for(const struct in6_addr *destination)
{
	if (IN6_IS_ADDR_V4MAPPED(destination))
		return mapped((struct in_addr){ htonl(INADDR_LOOPBACK) });
	return in6addr_loopback;
}

void ip_text(const struct in6_addr *ip, char text[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(ip))
		inet_ntop(AF_INET, &ip->s6_addr[12], text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, ip, text, INET6_ADDRSTRLEN);
}
