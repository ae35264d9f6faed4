/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket addresses, and the IP addresses in them. An IP address is always kept as 16 bytes,
 * IPv4 as IPv4-mapped IPv6: the two are one route, whatever socket was used.
 */
#ifndef LIVE_ADDRESS_H
#define LIVE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* domain: AF_INET or AF_INET6; text must be an address of that domain. port: host order. */
union address address_of(int domain, const char *text, uint16_t port);

/* Of that domain; for AF_INET, ip must be a mapped address. */
union address address_with(int domain, const struct in6_addr *ip, uint16_t port);

socklen_t address_len(const union address *address);

/* Host order. */
uint16_t address_port(const union address *address);

struct in6_addr address_ip(const union address *address);

/* What a socket of that domain is bound to before anything has bound it. */
struct in6_addr ip_any(int domain);

bool ip_is_any(const struct in6_addr *ip);

/* Where connections to an address of this host come from when their socket is not bound. */
struct in6_addr ip_loopback_for(const struct in6_addr *destination);

/* As inet_ntop() prints it; a mapped address as the IPv4 address that it is. */
void ip_text(const struct in6_addr *ip, char text[INET6_ADDRSTRLEN]);

#endif
