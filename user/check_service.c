// SPDX-License-Identifier: GPL-2.0-only
/* Rules about ports of services within the range that connect() gives away. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "check_rule.h"

/* Listeners that one sentence names. */
#define MAX_NAMES 4

#define NODE_PORT_LOW 30000
#define NODE_PORT_HIGH 32767

/* Where nobody listens by chance: below what the kernel gives away unless told otherwise. */
#define DEFAULT_RANGE_LOW 32768

static bool is_in_range(const struct check *check, int32_t port)
{
	return port >= check->netns->range_low && port <= check->netns->range_high;
}

static bool is_given_away(const struct check *check, const struct listener *listener)
{
	return !check->settings->reserved_unknown && is_in_range(check, listener->port) &&
	       !port_list_has(&check->settings->reserved, listener->port);
}

/*
 * The UDP ports of the kernel's own tunnels, unless they are told otherwise: GENEVE, Linux's VXLAN,
 * IANA's VXLAN, and WireGuard by custom. No process has their sockets.
 */
static bool is_tunnel(uint16_t port)
{
	return port == 6081 || port == 8472 || port == 4789 || port == 51820;
}

enum listener_kind {
	LISTENER_OF_NOBODY, /* UDP: as likely a client, which has no destination either */
	LISTENER_BY_CHANCE, /* which bind() to port 0 may have given */
	LISTENER_OF_SERVICE,
};

/* Whether somebody chose the port: no list of the kernel tells; outside the range, nobody else did. */
static enum listener_kind kind_of(const struct check *check, const struct listener *listener)
{
	const struct host *host = check->facts.host;
	bool has_name =
		host->service_name && host->service_name(listener->port, listener->proto);

	if (!is_in_range(check, listener->port))
		return LISTENER_OF_SERVICE;
	if (listener->proto == IPPROTO_UDP)
		return is_tunnel(listener->port) ? LISTENER_OF_SERVICE :
		       has_name			 ? LISTENER_BY_CHANCE :
						   LISTENER_OF_NOBODY;
	return listener->port < DEFAULT_RANGE_LOW || has_name ? LISTENER_OF_SERVICE :
								LISTENER_BY_CHANCE;
}

static const char *name_listener(struct check *check, const struct listener *listener)
{
	const char *proto = listener->proto == IPPROTO_UDP ? "/udp" : "";

	if (!listener->pid)
		return check_text(check, "%u%s", listener->port, proto);
	return check_text(check, "%u%s (%s[%u])", listener->port, proto, listener->comm,
			  listener->pid);
}

struct listed {
	const char *names;
	int64_t nr;
};

static struct listed list(struct check *check, enum listener_kind kind)
{
	struct listed listed = { "", 0 };
	size_t i;

	for (i = 0; i < check->settings->nr_listeners; i++) {
		const struct listener *listener = &check->settings->listeners[i];

		if (!is_given_away(check, listener) || kind_of(check, listener) != kind)
			continue;
		if (++listed.nr <= MAX_NAMES)
			listed.names = check_text(check, "%s%s%s", listed.names,
						  listed.nr > 1 ? ", " : "",
						  name_listener(check, listener));
	}
	if (listed.nr > MAX_NAMES)
		listed.names = check_text(check, "%s and %" PRId64 " more", listed.names,
					  listed.nr - MAX_NAMES);
	return listed;
}

static void propose(struct check *check, int32_t low, int32_t high, enum listener_kind least);

static void add(struct check *check, enum severity severity, const struct listed *listed)
{
	check_add(check, severity,
		  "%" PRId64 " listening port%s within the range %d-%d that connect() gives away: %s",
		  listed->nr, listed->nr == 1 ? " is" : "s are", check->netns->range_low,
		  check->netns->range_high, listed->names);
	if (severity == SEVERITY_INFO)
		check_fix(check, "Nothing, if their ports may be others the next time they start");
	else
		check_fix(check, "Have services listen below the range, or reserve their ports");
	propose(check, check->netns->range_low, check->netns->range_high,
		severity == SEVERITY_INFO ? LISTENER_BY_CHANCE : LISTENER_OF_SERVICE);
}

void check_service_ports(struct check *check)
{
	struct listed services, others;

	if (!check->settings || !check_range_size(check))
		return;
	services = list(check, LISTENER_OF_SERVICE);
	others = list(check, LISTENER_BY_CHANCE);
	if (services.nr)
		add(check, SEVERITY_WARNING, &services);
	if (others.nr)
		add(check, SEVERITY_INFO, &others);
}

/* The host's namespace is not told to everybody; who sees Kubernetes' processes is in it, as a rule. */
static bool has_node_ports(const struct check *check)
{
	const struct host *host = check->facts.host;
	uint32_t inum = host->init_inum ? host->init_inum : host->own_inum;

	return host->has_kubernetes && check->netns->inum == inum;
}

void check_node_ports(struct check *check)
{
	int32_t port;
	int64_t count = 0;

	if (!check->settings || check->settings->reserved_unknown || !check_range_size(check) ||
	    !has_node_ports(check))
		return;
	for (port = NODE_PORT_LOW; port <= NODE_PORT_HIGH; port++)
		count += port >= check->netns->range_low && port <= check->netns->range_high &&
			 !port_list_has(&check->settings->reserved, port);
	if (!count)
		return;
	check_add(check, SEVERITY_WARNING,
		  "%" PRId64 " node ports of Kubernetes (%d-%d) are within the range %d-%d that "
		  "connect() gives away",
		  count, NODE_PORT_LOW, NODE_PORT_HIGH, check->netns->range_low,
		  check->netns->range_high);
	check_fix(check, "Reserve them, or begin the range above %d", NODE_PORT_HIGH);
	check_reserve(check, check->netns->range_low, check->netns->range_high);
}

/* ---- What is proposed ---- */

static void reserve_listeners(const struct check *check, int32_t low, int32_t high,
			      enum listener_kind least, struct port_list *reserved)
{
	size_t i;

	for (i = 0; i < check->settings->nr_listeners; i++) {
		const struct listener *listener = &check->settings->listeners[i];

		if (listener->port >= low && listener->port <= high &&
		    kind_of(check, listener) >= least)
			port_list_add(reserved, listener->port);
	}
}

/* Of UDP, those outside the present range: no socket has been given one of them. */
static void reserve_udp(const struct check *check, int32_t low, int32_t high,
			struct port_list *reserved)
{
	const struct snapshot *now = check->facts.now;
	int32_t port;
	size_t i;

	for (i = 0; i < now->nr_ports; i++) {
		const struct ports *ports = &now->ports[i];

		if (ports->key.netns != check->netns->inum || ports->key.kind != PORTS_UDP)
			continue;
		for (port = low; port <= high; port++)
			if (!is_in_range(check, port) && ports_has(ports, port))
				port_list_add(reserved, port);
	}
}

static void propose(struct check *check, int32_t low, int32_t high, enum listener_kind least)
{
	struct port_list reserved;

	if (!check->settings)
		return;
	reserved = check->settings->reserved;
	reserve_listeners(check, low, high, least, &reserved);
	reserve_udp(check, low, high, &reserved);
	if (has_node_ports(check) && low <= NODE_PORT_HIGH && high >= NODE_PORT_LOW)
		port_list_add_range(&reserved, NODE_PORT_LOW, NODE_PORT_HIGH);
	if (!memcmp(&reserved, &check->settings->reserved, sizeof(reserved)))
		return;
	check_set_reserved(check, &reserved);
}

void check_set_reserved(struct check *check, const struct port_list *reserved)
{
	char *text;

	/* What is reserved already, and cannot be seen, would be reserved no longer. */
	if (check->settings->reserved_unknown)
		return;
	text = port_list_format_within(reserved, PORT_LIST_WRITE_BYTES);
	if (text)
		check_set(check, "net.ipv4.ip_local_reserved_ports", "%s", text);
	else
		check->err = -ENOMEM;
	free(text);
}

void check_reserve(struct check *check, int32_t low, int32_t high)
{
	propose(check, low, high, LISTENER_OF_SERVICE);
}
