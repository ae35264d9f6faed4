// SPDX-License-Identifier: GPL-2.0-only
#include "mptcp_pm.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than any message here needs. */
#define MESSAGE_SIZE 256

/* The answer to CTRL_CMD_GETFAMILY lists all operations of the family. */
#define ANSWER_SIZE 8192

struct message {
	struct nlmsghdr header;
	struct genlmsghdr generic;
	unsigned char attributes[MESSAGE_SIZE];
};

static void begin_message(struct message *message, uint16_t family, uint8_t command,
			  uint8_t version)
{
	memset(message, 0, sizeof(*message));
	message->header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message->header.nlmsg_type = family;
	message->header.nlmsg_flags = NLM_F_REQUEST;
	message->generic.cmd = command;
	message->generic.version = version;
}

static struct nlattr *put(struct message *message, uint16_t type, const void *value, size_t size)
{
	struct nlattr *attribute = (void *)((char *)message + message->header.nlmsg_len);

	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + size;
	if (size)
		memcpy((char *)attribute + NLA_HDRLEN, value, size);
	message->header.nlmsg_len += NLA_ALIGN(attribute->nla_len);
	return attribute;
}

/* nest: what put() returned for it; all that was put since is inside. */
static void end_nest(struct message *message, struct nlattr *nest)
{
	nest->nla_len = (char *)message + message->header.nlmsg_len - (char *)nest;
}

union answer {
	struct nlmsghdr header;
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} ack;
	unsigned char bytes[ANSWER_SIZE];
};

/* Sends the request; ret_answer is what the kernel says to it, an acknowledgement at least. */
static int ask(int fd, struct message *message, union answer *ret_answer)
{
	ssize_t got;

	if (send(fd, message, message->header.nlmsg_len, 0) < 0)
		return -errno;
	got = recv(fd, ret_answer, sizeof(*ret_answer), 0);
	if (got < 0)
		return -errno;
	if (!NLMSG_OK(&ret_answer->header, (size_t)got))
		return -EBADMSG;
	return ret_answer->header.nlmsg_type == NLMSG_ERROR ? ret_answer->ack.error.error : 0;
}

static int find_family(int fd, const char *name, uint16_t *ret_family)
{
	struct message message;
	union answer answer;
	const unsigned char *at, *end;
	int err;

	begin_message(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	put(&message, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	err = ask(fd, &message, &answer);
	if (err)
		return err;
	at = answer.bytes + NLMSG_LENGTH(GENL_HDRLEN);
	end = answer.bytes + answer.header.nlmsg_len;
	while (at + NLA_HDRLEN <= end) {
		struct nlattr attribute;

		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_type == CTRL_ATTR_FAMILY_ID) {
			memcpy(ret_family, at + NLA_HDRLEN, sizeof(*ret_family));
			return 0;
		}
		if (attribute.nla_len < NLA_HDRLEN)
			break;
		at += NLA_ALIGN(attribute.nla_len);
	}
	return -EBADMSG;
}

static int command(int fd, struct message *message)
{
	union answer answer;

	message->header.nlmsg_flags |= NLM_F_ACK;
	return ask(fd, message, &answer);
}

static int allow_subflows(int fd, uint16_t family)
{
	const uint32_t announced = 0, subflows = 1;
	struct message message;

	begin_message(&message, family, MPTCP_PM_CMD_SET_LIMITS, MPTCP_PM_VER);
	put(&message, MPTCP_PM_ATTR_RCV_ADD_ADDRS, &announced, sizeof(announced));
	put(&message, MPTCP_PM_ATTR_SUBFLOWS, &subflows, sizeof(subflows));
	return command(fd, &message);
}

static int add_address(int fd, uint16_t family, struct in_addr from)
{
	const uint32_t flags = MPTCP_PM_ADDR_FLAG_SUBFLOW;
	const uint16_t address_family = AF_INET;
	struct message message;
	struct nlattr *nest;

	begin_message(&message, family, MPTCP_PM_CMD_ADD_ADDR, MPTCP_PM_VER);
	nest = put(&message, NLA_F_NESTED | MPTCP_PM_ATTR_ADDR, NULL, 0);
	put(&message, MPTCP_PM_ADDR_ATTR_FAMILY, &address_family, sizeof(address_family));
	put(&message, MPTCP_PM_ADDR_ATTR_ADDR4, &from, sizeof(from));
	put(&message, MPTCP_PM_ADDR_ATTR_FLAGS, &flags, sizeof(flags));
	end_nest(&message, nest);
	return command(fd, &message);
}

int mptcp_pm_add_subflow(struct in_addr from)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	uint16_t family;
	int err;

	if (fd < 0)
		return -errno;
	err = find_family(fd, MPTCP_PM_NAME, &family);
	if (!err)
		err = allow_subflows(fd, family);
	if (!err)
		err = add_address(fd, family, from);
	close(fd);
	return err;
}
