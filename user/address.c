// SPDX-License-Identifier: GPL-2.0-only
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

bool address_is_ipv4(const uint8_t addr[16])
{
	return !memcmp(addr, mapped, sizeof(mapped));
}

bool address_is_any(const uint8_t addr[16])
{
	static const uint8_t zeros[16];

	return address_is_ipv4(addr) ? !memcmp(addr + 12, zeros, 4) : !memcmp(addr, zeros, 16);
}

bool address_is_loopback(const uint8_t addr[16])
{
	static const uint8_t ipv6[16] = { [15] = 1 };

	return address_is_ipv4(addr) ? addr[12] == 127 : !memcmp(addr, ipv6, sizeof(ipv6));
}

const char *address_format(const uint8_t addr[16], char text[ADDRESS_TEXT_SIZE])
{
	if (address_is_ipv4(addr))
		inet_ntop(AF_INET, addr + sizeof(mapped), text, ADDRESS_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, addr, text, ADDRESS_TEXT_SIZE);
	return text;
}

static int parse_prefix(const char *text, uint8_t longest, uint8_t *ret_prefix)
{
	char *end;
	unsigned long prefix = strtoul(text, &end, 10);

	if (end == text || *end || prefix > longest || *text == '-' || *text == '+')
		return -EINVAL;
	*ret_prefix = prefix;
	return 0;
}

int address_parse(const char *text, uint8_t ret_addr[16], uint8_t *ret_prefix)
{
	char copy[ADDRESS_TEXT_SIZE];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	uint8_t prefix;
	bool ipv4;

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	ipv4 = inet_pton(AF_INET, copy, ret_addr + sizeof(mapped)) == 1;
	if (ipv4)
		memcpy(ret_addr, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, copy, ret_addr) != 1)
		return -EINVAL;
	prefix = ipv4 ? 32 : 128;
	if (slash && parse_prefix(slash + 1, prefix, &prefix))
		return -EINVAL;
	*ret_prefix = ipv4 ? prefix + 96 : prefix;
	return 0;
}
