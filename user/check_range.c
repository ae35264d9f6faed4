// SPDX-License-Identifier: GPL-2.0-only
/* Rules about ip_local_port_range, and the larger one that is proposed. */
#include <inttypes.h>

#include "check_rule.h"

#define DEFAULT_SIZE 28232 /* 32768 to 60999 */

/* Below are most ports that services have by custom, of databases for one. */
#define PROPOSED_LOW 10240
#define HIGHEST 65535

#define DEFAULT_START 1024 /* ip_unprivileged_port_start */

/* Of an even number of ports: one more at the low end if that may be, or else one less. */
static int32_t even_low(const struct check *check, int32_t low, int32_t high)
{
	int64_t start = check_value(check, SETTING_UNPRIVILEGED_PORT_START);

	if ((high - low) % 2)
		return low;
	return low - 1 >= (start == NOT_KNOWN ? DEFAULT_START : start) && low > 1 ? low - 1 :
										     low + 1;
}

/* The proposed range; of an even number of ports. */
static void wider(const struct check *check, int32_t *ret_low, int32_t *ret_high)
{
	int64_t start = check_value(check, SETTING_UNPRIVILEGED_PORT_START);
	int32_t low = check->netns->range_low;

	if (low > PROPOSED_LOW)
		low = start > PROPOSED_LOW ? start : PROPOSED_LOW;
	*ret_low = even_low(check, low, HIGHEST);
	*ret_high = HIGHEST;
}

bool check_can_widen(const struct check *check)
{
	int32_t low, high;

	if (!check_range_size(check))
		return false;
	wider(check, &low, &high);
	return high - low + 1 > check_range_size(check);
}

void check_widen(struct check *check)
{
	int32_t low, high;

	if (!check_can_widen(check))
		return;
	wider(check, &low, &high);
	if (!check->settings || check->settings->reserved_unknown) {
		check_fix(check, "A wider range, %d-%d, helps once the ports of services in it are "
				 "reserved: which these are could not be read here",
			  low, high);
		return;
	}
	/* In between, connect() would give away what is not reserved yet. */
	check_reserve(check, low, high);
	check_set(check, "net.ipv4.ip_local_port_range", "%d %d", low, high);
}

void check_range_narrow(struct check *check)
{
	int64_t size = check_range_size(check);

	if (!size || size >= DEFAULT_SIZE)
		return;
	check_add(check, size < DEFAULT_SIZE / 2 ? SEVERITY_WARNING : SEVERITY_INFO,
		  "the range %d-%d has %" PRId64 " ports; the kernel's own has %d",
		  check->netns->range_low, check->netns->range_high, size, DEFAULT_SIZE);
	check_widen(check);
}

void check_range_parity(struct check *check)
{
	int64_t size = check_range_size(check);
	int32_t low = check->netns->range_low, high = check->netns->range_high;

	/* Nothing is gained by one port less. */
	if (size < 3 || !(size % 2) || (high == HIGHEST && even_low(check, low, high) > low))
		return;
	check_add(check, SEVERITY_INFO,
		  "the range %d-%d begins and ends with an %s port: one of its %" PRId64
		  " ports is seldom found",
		  low, high, low % 2 ? "odd" : "even", size);
	if (high < HIGHEST)
		check_set(check, "net.ipv4.ip_local_port_range", "%d %d", low, high + 1);
	else
		check_set(check, "net.ipv4.ip_local_port_range", "%d %d", low - 1, high);
}
