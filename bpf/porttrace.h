/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between bpf/ and user/: map keys, map values, limits. The only header that both
 * sides include; whoever includes it has __u8 ... __u64 (vmlinux.h or linux/types.h) already.
 *
 * The BPF side writes, user space reads, except where a member says otherwise. Numbers are in
 * host byte order. Addresses are 16 bytes in network order, IPv4 as IPv4-mapped IPv6
 * (::ffff:a.b.c.d), so that an IPv4 socket and an AF_INET6 socket with a mapped address are
 * on the same route, as they are for the kernel (INET_MATCH compares addresses, not families).
 */
#ifndef PORTTRACE_H
#define PORTTRACE_H

#define PORTTRACE_IPPROTO_TCP 6
#define PORTTRACE_IPPROTO_UDP 17

/* The program's own call. A listen() that has to find a port itself is CALL_LISTEN. */
enum porttrace_call {
	CALL_CONNECT = 0,
	CALL_BIND,
	CALL_LISTEN,
	CALL_SENDTO, /* sendto(), sendmsg(), sendmmsg() */
	NR_CALLS,
};

/* Why no port was to be had. docs/counting.md has the rule for each. */
enum porttrace_cause {
	CAUSE_OTHER = 0,
	CAUSE_RANGE_EXHAUSTED,
	CAUSE_SOCKET_RANGE_EXHAUSTED,
	CAUSE_TUPLE_IN_USE,
	CAUSE_BIND_RANGE_EXHAUSTED,
	CAUSE_PORT_IN_USE,
	CAUSE_PORT_TAKEN_BY_CONNECTION,
	CAUSE_ADDRESS_NOT_LOCAL,
	NR_CAUSES,
};

/*
 * What competes for one set of local ports. A port that bind(), listen() or a UDP socket takes
 * is taken for its local address whatever the destination: dst and dport are then all zero.
 */
struct route_key {
	__u8 src[16];
	__u8 dst[16];
	/*
	 * In the maps: netns_id_of() the network namespace. In snapshots: its inode number, as in
	 * /proc/PID/ns/net. 0 in rows for the rest of all namespaces.
	 */
	__u32 netns;
	__u16 dport;
	__u8 proto;    /* IPPROTO_TCP or IPPROTO_UDP; an MPTCP subflow is TCP */
	__u8 overflow; /* 1: all routes of (netns, proto) that found no room; addresses zero */
};
_Static_assert(sizeof(struct route_key) == 40, "route_key has no padding");

/*
 * Searches by duration: bucket 0 is below 1.024 microseconds, bucket i is
 * [2^(i+9), 2^(i+10)) ns, the last one takes all from 16.8 ms up.
 */
#define SEARCH_BUCKETS 16
#define SEARCH_BUCKET0_LOG2 10

/*
 * One route's counters, one copy per CPU; the sum over the CPUs is the figure. allocations and
 * bound_connects may be taken back on another CPU than the one that counted them (see
 * tracepoint.bpf.c), so that a single copy can be negative modulo 2^64. The sum is right.
 */
struct route_counters {
	__u64 allocations;    /* ports given to a socket */
	__u64 bound_connects; /* connect() of a socket that had its port already */
	__u64 time_waits;     /* connections of this route that left a TIME_WAIT behind */
	__u64 failures;
	__u64 search_ns; /* sum over the searches below, failed ones included */
	__u64 searches[SEARCH_BUCKETS];
};
_Static_assert(sizeof(struct route_counters) == 168, "route_counters has no padding");

struct failure_key {
	struct route_key route;
	__u8 call;  /* enum porttrace_call */
	__u8 cause; /* enum porttrace_cause */
	__u16 err;  /* errno as the program sees it, positive */
};
_Static_assert(sizeof(struct failure_key) == 44, "failure_key has no padding");

/* What could not be kept, since the start. Nothing else is ever dropped. */
struct lost_counters {
	__u64 routes;   /* events counted in an overflow row: the route map was full */
	__u64 failures; /* failures without a row of their own: counted per route all the same */
	__u64 calls;    /* calls not followed to their end: the map of calls was full */
	__u64 returns;  /* returns that the kernel did not report (a kretprobe ran out) */
	__u64 walks;    /* kernel lists longer than the bound of our walk */
};

/*
 * The census: what is there now, counted by one walk over the kernel's own tables of ports
 * (census.bpf.c). Entries of its maps that do not carry the number of the last run tell of
 * something that is gone; user space deletes them.
 */

/* Where a run stands. User space sets it to CENSUS_NETNS, and reads until it is CENSUS_DONE. */
enum census_phase {
	CENSUS_NETNS = 0,
	CENSUS_TCP,
	CENSUS_UDP,
	CENSUS_DONE,
};

/* One number, inclusive ends: low | high << 16. 0: none. */
typedef __u32 port_range_t;

/*
 * The halves of a range: a connect() looks at all ports of its low end's parity first, and then at
 * the others (__inet_hash_connect()).
 */
enum half {
	HALF_FAST = 0,
	HALF_SLOW,
	NR_HALVES,
};

/* Ports of a route within a range that sockets of it have of their own (IP_LOCAL_PORT_RANGE). */
struct census_own_range {
	port_range_t range; /* 0: the entry is free */
	__u32 since;	    /* run that met the first of them: counts are whole in later ones */
	__u32 seen;	    /* the last run that met one */
	__u32 used;
	__u32 reclaimable;
};
#define MAX_OWN_RANGES 4 /* a route; those of further ones are not told */

/*
 * TIME_WAITs by what is left of them, in steps of so many seconds; the last step is open. It lasts
 * 60 s (TCP_TIMEWAIT_LEN); its FIN_WAIT2 form as long as tcp_fin_timeout says, or TCP_LINGER2.
 */
#define LEFT_STEP_S 10
#define NR_LEFT_STEPS 6

/*
 * The sockets of one route. A port counts once, for the newest socket on it: while a connection
 * becomes a TIME_WAIT it is in the table as both.
 */
struct census_route {
	__u32 run;
	__u32 last_port; /* the one counted last, and 1 << 16 */
	__u32 established;
	__u32 time_wait; /* its FIN_WAIT2 form included */
	__u32 other;	 /* UDP: sockets that are not connected */
	__u32 bound;	 /* of all these: the program bound them before it connected */
	/*
	 * TCP. Ports that an automatic connect() of this route would find, but for these sockets:
	 * of the range, not reserved, in a bind bucket with nothing but connections.
	 */
	__u32 used[NR_HALVES];
	__u32 reclaimable[NR_HALVES]; /* of them: TIME_WAIT that a connect() would take over now */
	struct census_own_range own[MAX_OWN_RANGES];
	__u32 on_device; /* of all these: bound to a device, or within a VRF */
	__u32 time_wait_left[NR_LEFT_STEPS];
	__u32 padding;
};
_Static_assert(sizeof(struct census_route) == 152, "census_route has no padding");

/* A network namespace, as the kernel has it. The key is the address of its struct net. */
struct census_netns {
	__u64 reserved_ports; /* address of its bitmap, or 0 */
	__u32 run;
	__u32 id; /* as in the keys of maps */
	__u32 inum;
	__u32 hash_mix;
	port_range_t range;
	__u32 time_wait; /* sockets in TIME_WAIT and its FIN_WAIT2 form, accepted ones included */
	__u32 time_wait_max;
	__u32 tw_reuse_delay_ms; /* 6.14; before, more than a second by the clock's seconds */
	__u32 disturbed; /* lists of it that changed under the walk: its figures may be short */
	__u8 tw_reuse;
	__u8 own_range_misses_none; /* see is_visited() in census.bpf.c */
	__u8 is_init; /* the host's own */
	__u8 timestamps; /* tcp_timestamps */
};
_Static_assert(sizeof(struct census_netns) == 48, "census_netns has no padding");

/* A set of ports, of one namespace. */
enum port_set_kind {
	PORTS_TCP_BLOCKED, /* no automatic connect() gets them: somebody bound them */
	PORTS_RESERVED,	   /* ip_local_reserved_ports */
	PORTS_UDP,	   /* with a UDP socket on this address */
	/* Of the blocked: with a connection whose program bound without a number before it. */
	PORTS_BOUND_BEFORE_CONNECT,
};

struct port_set_key {
	__u8 addr[16]; /* as in struct route_key; zero but for PORTS_UDP */
	__u32 netns;
	__u8 kind;
	__u8 v6only; /* PORTS_UDP on an IPv6 address: sockets that IPv4 does not run into */
	__u8 padding[2];
};
_Static_assert(sizeof(struct port_set_key) == 24, "port_set_key has no padding");

struct port_set {
	__u64 run;
	__u64 bits[65536 / 64]; /* port p: bit p % 64 of bits[p / 64] */
};

/*
 * Settings that sockets are counted by a second time, as if all namespaces had them (`--what-if`).
 * User space writes them before loading.
 */
struct census_supposed {
	port_range_t range; /* 0: as it is */
	__u8 asked_for;	    /* 0: nothing is counted a second time */
	__u8 has_reserved;  /* those in census_supposed_reserved, and no others */
	__u8 has_tw_reuse;
	__u8 tw_reuse;
};
_Static_assert(sizeof(struct census_supposed) == 8, "census_supposed has no padding");

/* What a run did. User space zeroes it before. */
struct census_totals {
	__u64 sockets;	      /* that were looked at */
	__u64 disturbed;      /* lists that changed under the walk */
	__u64 unplaced;	      /* of them, those not of one namespace: see struct census_netns */
	__u64 dropped;	      /* sockets for which a map had no room */
	__u64 new_own_ranges; /* see struct census_own_range: another run is needed */
};

/*
 * Owners: which processes hold a route's sockets, and which closed the connections of its
 * TIME_WAITs. Entries that do not carry the number of the last run are gone, as above.
 */
struct process_key {
	__u32 pid;     /* tgid; 0: not known */
	__u32 started; /* CLOCK_MONOTONIC, in 2^20 ns: another process can get the pid */
};

struct owner_key {
	struct route_key route;
	struct process_key process;
};
_Static_assert(sizeof(struct owner_key) == 48, "owner_key has no padding");

struct owner_sockets {
	__u32 run;
	__u32 sockets;	  /* descriptors */
	__u32 time_waits;
	/* Of all these: bound before they connected, to no port in particular; if that is asked for. */
	__u32 bound;
};
_Static_assert(sizeof(struct owner_sockets) == 16, "owner_sockets has no padding");

struct process {
	char comm[16]; /* of its first thread */
	__u64 cgroup;  /* inode number in the cgroup2 hierarchy */
	__u32 run;
	__u32 padding;
};
_Static_assert(sizeof(struct process) == 32, "process has no padding");

/*
 * One socket that has a local port, described by describe_holder() (holder_describe.bpf.c) as it
 * was at that moment. Its memory may be another one's by now.
 */
struct port_holder {
	__u8 src[16];	/* as in struct route_key */
	__u8 dst[16];	/* the same; zero, and dport too, where it listens or is bound only */
	__u64 sk;	/* address of its struct sock, or inet_timewait_sock */
	__u64 socket;	/* of the struct socket that has it; 0: none. MPTCP: several have one */
	__u64 inode;	/* number of the file of that; 0: no file, so in no table of descriptors */
	__s64 expires;	/* jiffies until a TIME_WAIT's timer is due; negative: it is late */
	__u32 netns;	/* as in the keys of maps */
	__u32 inum;	/* inode number of that namespace */
	__u32 uid;	/* of the socket, in the first user namespace; UID_UNKNOWN */
	__u32 device;	/* index of the interface that it is bound to; 0: none */
	struct process_key closer; /* whose connection a TIME_WAIT was; pid 0: not known */
	char comm[16];	/* name of that process; empty: not known */
	__u16 port;	/* its own */
	__u16 dport;
	__u8 proto;	/* IPPROTO_TCP or IPPROTO_UDP */
	__u8 state;	/* TCP_* of the kernel; TIME_WAIT: TCP_FIN_WAIT2 in that form of it */
	__u8 is_time_wait; /* no full socket any more: nobody's, and its timer ends it */
	__u8 v6only; /* on the wildcard of IPv6, without IPv4's */
};
_Static_assert(sizeof(struct port_holder) == 112, "port_holder has no padding");
#define UID_UNKNOWN 0xffffffffu /* a TIME_WAIT has none */

/* A port_holder of the list that a run makes of one port. */
struct listed_holder {
	struct port_holder holder;
	__u32 run;
	__u32 padding;
};
_Static_assert(sizeof(struct listed_holder) == 120, "listed_holder has no padding");

/* A process that has a descriptor of a socket. */
struct holder_key {
	__u64 socket; /* as in struct port_holder */
	struct process_key process;
};
_Static_assert(sizeof(struct holder_key) == 16, "holder_key has no padding");

/*
 * Where a program called from: what take_stack() (stack.bpf.c) takes, and user/stack.h makes names
 * of. The memory that it is taken into is not zeroed: what lies beyond the numbers means nothing.
 */
#define MAX_KERNEL_FRAMES 48
#define MAX_USER_FRAMES 48
#define MAX_REGISTERS 33
/* Most stacks at a connect() take 2 to 6 KiB; one below getaddrinfo() takes 10. */
#define STACK_COPY_BYTES 16384

/* struct bpf_stack_build_id: one frame of the kernel's own walk, by frame pointers. */
enum user_frame_status {
	FRAME_EMPTY = 0,
	FRAME_BUILD_ID, /* of a file: build_id and offset */
	FRAME_ADDRESS,	/* build_id is zero: what the kernel could not tell of a file */
};

struct user_frame {
	__s32 status; /* enum user_frame_status */
	__u8 build_id[20];
	__u64 offset; /* in the file, in bytes; with FRAME_ADDRESS: the address */
};
_Static_assert(sizeof(struct user_frame) == 32, "user_frame is a struct bpf_stack_build_id");

/* Whose registers, and in which order. */
enum register_set {
	REGISTERS_NONE = 0, /* not known, or a 32-bit program: nothing is copied either */
	REGISTERS_X86_64,
	REGISTERS_ARM64,
};

struct porttrace_stack {
	__u64 kernel[MAX_KERNEL_FRAMES];	 /* addresses, innermost first */
	struct user_frame user[MAX_USER_FRAMES]; /* innermost first */
	/* Of the program when it entered the kernel, by their DWARF numbers; then the pc. */
	__u64 registers[MAX_REGISTERS];
	__u32 nr_kernel;
	__u32 nr_user;
	__u32 nr_copied;    /* bytes */
	__u32 register_set; /* enum register_set */
	__u8 copy[STACK_COPY_BYTES]; /* of the program's stack, from its stack pointer up */
};
_Static_assert(sizeof(struct porttrace_stack) ==
		       MAX_KERNEL_FRAMES * 8 + MAX_USER_FRAMES * 32 + MAX_REGISTERS * 8 + 16 +
			       STACK_COPY_BYTES,
	       "porttrace_stack has no padding");

/*
 * Single events, for `trace`: records of the ring buffer `events`. What was not sent is in struct
 * event_losses, and, held back by the limit of one kind of failure, in the map `event_limits`.
 */
enum porttrace_event_kind {
	EVENT_FAILURE = 0,
	EVENT_ALLOCATION,
	EVENT_TIME_WAIT,
	NR_EVENT_KINDS,
};

/* Options of a socket that decide which port it gets; its range is apart. */
enum {
	OPTION_REUSEADDR = 1 << 0,
	OPTION_REUSEPORT = 1 << 1,
	OPTION_BIND_ADDRESS_NO_PORT = 1 << 2,
	OPTION_FREEBIND = 1 << 3,
};

/* A search whose duration this back-end could not see. */
#define NOT_MEASURED ((__u64)-1)

/* Whose event it is: the thread that made the call; of a TIME_WAIT, the process that closed. */
struct caller {
	struct process_key process; /* pid 0: not known, and nothing else */
	__u32 tid;		    /* 0: not known */
	__u32 uid;		    /* or UID_UNKNOWN */
	__u64 cgroup;		    /* inode number in the cgroup2 hierarchy */
	char comm[16];		    /* of the thread; any bytes */
};
_Static_assert(sizeof(struct caller) == 40, "caller has no padding");

struct porttrace_event {
	__u64 time_ns;	     /* CLOCK_MONOTONIC */
	__u64 duration_ns;   /* of the search for a port, or NOT_MEASURED */
	struct caller caller;
	struct route_key route; /* of bind() and listen(): the address asked for */
	__u32 netns_inum;
	port_range_t own_range; /* of the socket; 0: none */
	__u16 sport; /* the port asked for, or got; 0: any was asked for */
	__u16 err;   /* errno as the program sees it, positive; 0: no failure */
	__u8 kind;    /* enum porttrace_event_kind */
	__u8 call;    /* enum porttrace_call */
	__u8 cause;   /* enum porttrace_cause */
	__u8 options; /* OPTION_* */
	/* The process has connected sockets that it had bound without a port number. */
	__u8 binds_before_connect;
	__u8 has_holder;
	__u8 padding[6];
};
_Static_assert(sizeof(struct porttrace_event) == 120, "porttrace_event has no padding");

/* An allocation that is to be told of as soon as its port is known; see tracepoint.bpf.c. */
struct untold_allocation {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	struct caller caller;
	struct route_key route;
	__u32 netns_inum;
	__u32 own_range; /* these two as in the event */
	__u8 options;
	__u8 call; /* enum porttrace_call */
	__u8 padding[6];
};
_Static_assert(sizeof(struct untold_allocation) == 104, "untold_allocation has no padding");

/* What a record is, by its size. */
struct porttrace_event_holder {
	struct porttrace_event event;
	struct port_holder holder; /* means nothing without event.has_holder */
};

struct porttrace_event_stack {
	struct porttrace_event event;
	struct port_holder holder;
	struct porttrace_stack stack;
};

/* Which events are sent; and which failures are of a kind. Zeroed: all. Set before loading. */
struct event_filter {
	__u32 src[4], src_mask[4]; /* an address as in struct route_key */
	__u32 dst[4], dst_mask[4];
	__u64 cgroup; /* that one, and those below it */
	__u32 pid;
	__u16 sport_low, sport_high, dport_low, dport_high; /* inclusive; low 0: any */
	__u8 proto;  /* IPPROTO_*; 0: any */
	__u8 family; /* 4, 6 or 0: any; a mapped address is IPv4 */
	__u8 has_dst;
	__u8 has_comm;
	char comm[16]; /* of the thread, or of the process; zero after its end */
};
_Static_assert(sizeof(struct event_filter) == 104, "event_filter has no padding");

/* Failures that are limited together. */
struct event_limit_key {
	struct failure_key kind;
	__u16 sport; /* of bind() and listen(), who have nothing else to tell them apart; else 0 */
	__u16 padding;
};
_Static_assert(sizeof(struct event_limit_key) == 48, "event_limit_key has no padding");

struct event_limit {
	__u64 second; /* CLOCK_MONOTONIC: the one that runs */
	__u64 sent;   /* in that second */
	__u64 held;   /* since the start: not sent */
	__u64 netns_inum;
};

/* Of all kinds together, so many times as many events are sent in a second as of one. */
#define EVENT_KINDS_LIMIT 10

struct event_losses {
	__u64 no_room[NR_EVENT_KINDS]; /* in the ring buffer */
	__u64 held;		       /* by event_limits, all kinds together */
};

/* Sizes of the maps. User space may lower MAX_ROUTES before loading, see user/probe.c. */
#define MAX_ROUTES 65536
#define MAX_OVERFLOW_ROUTES 1024 /* two protocols of 512 namespaces, then one row for all */
#define MAX_FAILURES 16384
#define MAX_EVENT_LIMITS 8192
#define MAX_BIND_CONNECTORS 8192
#define MAX_FAILED_SEARCHES 8192 /* of an LRU map, the more CPUs there are, the fewer are safe */
#define MAX_NOTED_TASKS 8192 /* the same; threads between two twins */
#define MAX_CALLS 16384 /* threads inside one of the calls at the same moment */
#define MAX_CLOSERS 8192 /* connections that this host closes and the other end has not yet */
#define MAX_TIME_WAIT_OWNERS 262144
#define MAX_PROCESSES 32768
#define MAX_SHARED_FILES 16384
#define MAX_OWNER_ROWS 65536
#define MAX_NETNS 16384
#define MAX_PORT_SETS 32768
#define MAX_PORT_HOLDERS 262144 /* of one port; and as many pairs of socket and process */

#endif
