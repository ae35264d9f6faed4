// SPDX-License-Identifier: GPL-2.0-only
#include "diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

/* idiag_timer of a TIME_WAIT, whatever its state says (inet_twsk_diag_fill()). */
#define TIMER_TIME_WAIT 3

void diag_free(struct diag_sockets *sockets)
{
	free(sockets->sockets);
	*sockets = (struct diag_sockets){};
}

void diag_ask(struct diag_request *request, uint8_t family, uint8_t proto)
{
	const struct nlmsghdr header = {
		.nlmsg_len = NLMSG_LENGTH(sizeof(struct inet_diag_req_v2)),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	/* All states; one of them, since 6.8, asks for sockets that are bound only: those are closed. */
	const struct inet_diag_req_v2 body = {
		.sdiag_family = family,
		.sdiag_protocol = proto,
		.idiag_states = ~0U,
	};

	memset(request, 0, sizeof(*request));
	memcpy(request->bytes, &header, sizeof(header));
	memcpy(request->bytes + NLMSG_HDRLEN, &body, sizeof(body));
	request->length = header.nlmsg_len;
}

static struct diag_socket *add_socket(struct diag_sockets *sockets)
{
	size_t room = sockets->room ? sockets->room * 2 : 256;
	struct diag_socket *bigger;

	if (sockets->nr == sockets->room) {
		bigger = reallocarray(sockets->sockets, room, sizeof(*bigger));
		if (!bigger)
			return NULL;
		sockets->sockets = bigger;
		sockets->room = room;
	}
	return memset(&sockets->sockets[sockets->nr++], 0, sizeof(struct diag_socket));
}

static void copy_address(uint8_t to[16], uint8_t family, const __be32 from[4])
{
	memset(to, 0, 16);
	if (family == AF_INET6) {
		memcpy(to, from, 16);
		return;
	}
	to[10] = to[11] = 0xff;
	memcpy(to + 12, from, 4);
}

/* Attributes follow the message; the only one that is looked for is one byte. */
static bool has_v6only(const char *attributes, size_t length)
{
	struct nlattr attribute;
	size_t step;

	while (length >= NLA_HDRLEN) {
		memcpy(&attribute, attributes, sizeof(attribute));
		if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > length)
			return false;
		if (attribute.nla_type == INET_DIAG_SKV6ONLY && attribute.nla_len > NLA_HDRLEN)
			return attributes[NLA_HDRLEN];
		step = NLA_ALIGN(attribute.nla_len);
		if (step >= length)
			return false;
		attributes += step;
		length -= step;
	}
	return false;
}

static bool is_connected(uint8_t proto, uint8_t state)
{
	if (proto == PORTTRACE_IPPROTO_UDP)
		return false; /* a port is taken for an address, whatever the destination */
	return state != TCP_LISTEN && state != TCP_CLOSE;
}

static int read_socket(struct diag_sockets *sockets, uint8_t proto, const char *bytes,
		       size_t length)
{
	struct diag_socket *socket;
	struct inet_diag_msg message;

	if (length < sizeof(message))
		return -EBADMSG;
	memcpy(&message, bytes, sizeof(message));
	/* On its way out. */
	if (!message.id.idiag_sport)
		return 0;
	socket = add_socket(sockets);
	if (!socket)
		return -ENOMEM;
	socket->key.proto = proto;
	socket->port = ntohs(message.id.idiag_sport);
	socket->state = message.idiag_state;
	socket->is_time_wait = proto == PORTTRACE_IPPROTO_TCP &&
			       message.idiag_timer == TIMER_TIME_WAIT;
	socket->left_ms = message.idiag_expires;
	socket->is_on_device = message.id.idiag_if;
	copy_address(socket->key.src, message.idiag_family, message.id.idiag_src);
	if (is_connected(proto, socket->state)) {
		copy_address(socket->key.dst, message.idiag_family, message.id.idiag_dst);
		socket->key.dport = ntohs(message.id.idiag_dport);
	}
	bytes += NLMSG_ALIGN(sizeof(message));
	if (length > NLMSG_ALIGN(sizeof(message)))
		socket->v6only = has_v6only(bytes, length - NLMSG_ALIGN(sizeof(message)));
	return 0;
}

/* The number that the kernel puts into the messages that end an answer: 0 or a negative errno. */
static int read_error(const char *bytes, size_t length)
{
	int err = 0;

	if (length >= sizeof(err))
		memcpy(&err, bytes, sizeof(err));
	return err < 0 ? err : 1;
}

int diag_read(struct diag_sockets *sockets, uint8_t proto, const void *bytes, size_t length)
{
	const char *at = bytes;
	struct nlmsghdr header;
	int err = 0;

	while (!err && length >= NLMSG_HDRLEN) {
		memcpy(&header, at, sizeof(header));
		if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > length)
			return -EBADMSG;
		if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR)
			err = read_error(at + NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
		else if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY)
			err = read_socket(sockets, proto, at + NLMSG_HDRLEN,
					  header.nlmsg_len - NLMSG_HDRLEN);
		if (NLMSG_ALIGN(header.nlmsg_len) >= length)
			return err;
		at += NLMSG_ALIGN(header.nlmsg_len);
		length -= NLMSG_ALIGN(header.nlmsg_len);
	}
	return err ? err : -EBADMSG;
}
