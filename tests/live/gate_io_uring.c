// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring, one call at a time and without liburing. Nothing of it is a system call of the
 * sockets: there is only io_uring_enter().
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gate.h"
#include "plan.h"

/* uapi/linux/io_uring.h since 6.11; the C library's headers may be older. */
#define OP_BIND 56
#define OP_LISTEN 57

#define NR_ENTRIES 4

static struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	bool has_bind;
} ring = { .fd = -1 };

static void *map(size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, offset);

	if (memory == MAP_FAILED)
		plan_failed("cannot map a ring: %s", strerror(errno));
	return memory;
}

static void map_rings(const struct io_uring_params *params)
{
	char *sq = map(params->sq_off.array + params->sq_entries * sizeof(unsigned int),
		       IORING_OFF_SQ_RING);
	char *cq = map(params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
		       IORING_OFF_CQ_RING);

	ring.sqes = map(params->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring.sq_tail = (void *)(sq + params->sq_off.tail);
	ring.sq_mask = (void *)(sq + params->sq_off.ring_mask);
	ring.sq_array = (void *)(sq + params->sq_off.array);
	ring.cq_head = (void *)(cq + params->cq_off.head);
	ring.cq_tail = (void *)(cq + params->cq_off.tail);
	ring.cq_mask = (void *)(cq + params->cq_off.ring_mask);
	ring.cqes = (void *)(cq + params->cq_off.cqes);
}

/* Hands over one entry, and waits for what came of it. */
static int submit(const struct io_uring_sqe *sqe)
{
	unsigned int tail = *ring.sq_tail, head = *ring.cq_head, slot = tail & *ring.sq_mask;
	int result;

	ring.sqes[slot] = *sqe;
	ring.sq_array[slot] = slot;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		plan_failed("io_uring_enter: %s", strerror(errno));
	if (__atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) == head)
		plan_failed("io_uring_enter: nothing came of it");
	result = ring.cqes[head & *ring.cq_mask].res;
	__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

/* An operation that the kernel does not know is refused as a wrong argument. */
static bool knows_operation(unsigned int operation)
{
	union {
		struct io_uring_probe head;
		char bytes[sizeof(struct io_uring_probe) + 256 * sizeof(struct io_uring_probe_op)];
	} probe = {};

	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PROBE, &probe, 256) < 0)
		return false;
	return operation <= probe.head.last_op &&
	       probe.head.ops[operation].flags & IO_URING_OP_SUPPORTED;
}

static void open_ring(void)
{
	struct io_uring_params params = {};

	if (ring.fd >= 0)
		return;
	ring.fd = syscall(SYS_io_uring_setup, NR_ENTRIES, &params);
	if (ring.fd < 0)
		plan_skipped("no io_uring here: %s", strerror(errno));
	map_rings(&params);
	if (!knows_operation(IORING_OP_CONNECT))
		plan_skipped("no connect() by io_uring here");
	ring.has_bind = knows_operation(OP_BIND);
}

static void must_have_bind(void)
{
	if (!ring.has_bind)
		plan_skipped("no bind() by io_uring here");
}

static int uring_bind(int fd, const union address *to)
{
	const struct io_uring_sqe sqe = {
		.opcode = OP_BIND,
		.fd = fd,
		.addr = (uintptr_t)to,
		.addr2 = address_len(to),
	};

	must_have_bind();
	return submit(&sqe);
}

static int uring_connect(int fd, const union address *to)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_CONNECT,
		.fd = fd,
		.addr = (uintptr_t)to,
		.off = address_len(to),
	};

	return submit(&sqe);
}

static int uring_listen(int fd, int backlog)
{
	const struct io_uring_sqe sqe = { .opcode = OP_LISTEN, .fd = fd, .len = backlog };

	must_have_bind();
	return submit(&sqe);
}

/* MSG_DONTWAIT: else an EAGAIN is not told, but tried again, when there is room in the buffer. */
static int uring_sendto(int fd, const void *bytes, size_t nr, int flags, const union address *to)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = nr };
	struct msghdr message = {
		.msg_name = (void *)(uintptr_t)to,
		.msg_namelen = address_len(to),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SENDMSG,
		.fd = fd,
		.addr = (uintptr_t)&message,
		.len = 1,
		.msg_flags = flags | MSG_DONTWAIT,
	};

	return submit(&sqe);
}

const struct gate gate_io_uring = {
	.name = "io_uring",
	.open = open_ring,
	.bind = uring_bind,
	.connect = uring_connect,
	.listen = uring_listen,
	.sendto = uring_sendto,
};
