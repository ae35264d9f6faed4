/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses as struct route_key has them: 16 bytes, network order, IPv4 as IPv4-mapped. */
#ifndef PORTTRACE_ADDRESS_H
#define PORTTRACE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */

bool address_is_ipv4(const uint8_t addr[16]);

/* The wildcard of either family. */
bool address_is_any(const uint8_t addr[16]);

/* 127/8 or ::1: what tcp_tw_reuse=2 goes by. */
bool address_is_loopback(const uint8_t addr[16]);

/* Writes "10.0.0.5" or "2001:db8::1" to text and returns it. */
const char *address_format(const uint8_t addr[16], char text[ADDRESS_TEXT_SIZE]);

/* Reads ADDR or ADDR/LEN; *ret_prefix counts bits of the 128 (96 more than IPv4's). -EINVAL. */
int address_parse(const char *text, uint8_t ret_addr[16], uint8_t *ret_prefix);

#endif
