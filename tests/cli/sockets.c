// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes sockets in its network namespace, for the tests of `check`:
 *
 *   sockets [WORD ARGUMENT...]...
 *
 *   from ADDRESS           where the next ones listen, and connect from and to (127.0.0.1)
 *   listen LOW[-HIGH]      listens on these ports
 *   connect PORT N         N connections that stay open
 *   bound PORT N           the same, of sockets that are bound to port 0 before
 *   own LOW-HIGH PORT N    the same, of sockets with that IP_LOCAL_PORT_RANGE
 *   close PORT N           N connections that their client closes first
 *   close-bound PORT N     the same, of sockets that are bound to port 0 before
 *   udp N                  N UDP sockets, bound to port 0 of the wildcard
 *   udp-at PORT            one, bound to that port
 *   churn PORT EVERY_MS    from then on `close PORT 1` so often, whether it works or not
 *   leak PORT EVERY_MS     the same with `connect PORT 1`
 *   rebind PORT EVERY_MS   the same with bind() to that port
 *
 * Prints "ready N" when all is there: what the last word made, which is fewer where the kernel
 * refused. Ends when its standard input does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

static const char *address = "127.0.0.1";
static int listeners[65536]; /* by port; 0: none */

__attribute__((noreturn)) static void give_up(const char *what)
{
	fprintf(stderr, "sockets: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in at(const char *text, unsigned int port)
{
	struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, text, &where.sin_addr) != 1)
		give_up(text);
	return where;
}

static int new_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		give_up("socket");
	return fd;
}

/* False: the kernel refuses the port. */
static bool bind_to(int fd, const char *text, unsigned int port)
{
	struct sockaddr_in where = at(text, port);

	return !bind(fd, (struct sockaddr *)&where, sizeof(where));
}

static void listen_on(unsigned int port)
{
	int fd = new_socket(SOCK_STREAM), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind_to(fd, address, port) || listen(fd, 4096))
		give_up("listen");
	listeners[port] = fd;
}

struct way {
	bool bind_first;
	unsigned int low, high; /* of its own range; 0: none */
};

/* The client's end, or -1: there is no port. *ret_other: the server's. */
static int connect_to(unsigned int port, const struct way *way, int *ret_other)
{
	struct sockaddr_in where = at(address, port);
	unsigned int range = way->high << 16 | way->low;
	int fd = new_socket(SOCK_STREAM);

	if (range && setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, sizeof(range)))
		give_up("IP_LOCAL_PORT_RANGE");
	if ((way->bind_first && !bind_to(fd, address, 0)) ||
	    connect(fd, (struct sockaddr *)&where, sizeof(where))) {
		close(fd);
		return -1;
	}
	/* Another one's listener accepts when it likes. */
	*ret_other = listeners[port] ? accept(listeners[port], NULL, NULL) : -1;
	if (listeners[port] && *ret_other < 0)
		give_up("accept");
	return fd;
}

static unsigned int connect_many(unsigned int port, unsigned int nr, const struct way *way)
{
	unsigned int made = 0;
	int other;

	while (made < nr && connect_to(port, way, &other) >= 0)
		made++;
	return made;
}

/* The client's FIN has to be there before the server sends its own. */
static unsigned int close_many(unsigned int port, unsigned int nr, const struct way *way)
{
	unsigned int made;
	int fd, other;
	char none;

	for (made = 0; made < nr; made++) {
		fd = connect_to(port, way, &other);
		if (fd < 0)
			break;
		close(fd);
		if (read(other, &none, 1))
			give_up("read");
		close(other);
	}
	return made;
}

static unsigned int udp_many(unsigned int nr)
{
	unsigned int made = 0;

	while (made < nr && bind_to(new_socket(SOCK_DGRAM), "0.0.0.0", 0))
		made++;
	return made;
}

/* ---- Words ---- */

static char **words;

static const char *next_word(void)
{
	if (!*words) {
		fputs("sockets: a word is missing\n", stderr);
		exit(1);
	}
	return *words++;
}

static unsigned int next_number(void)
{
	return strtoul(next_word(), NULL, 10);
}

static void next_range(unsigned int *ret_low, unsigned int *ret_high)
{
	if (sscanf(next_word(), "%u-%u", ret_low, ret_high) == 1)
		*ret_high = *ret_low;
}

/* What goes on for as long as the program does. */
static struct {
	char what; /* first letter of the word; 0: nothing */
	unsigned int port, every_ms;
} later;

static unsigned int do_listen(void)
{
	unsigned int low, high, port;

	next_range(&low, &high);
	for (port = low; port <= high; port++)
		listen_on(port);
	return high - low + 1;
}

static unsigned int do_connect(bool bind_first, bool own_range)
{
	struct way way = { .bind_first = bind_first };
	unsigned int port;

	if (own_range)
		next_range(&way.low, &way.high);
	port = next_number();
	return connect_many(port, next_number(), &way);
}

static unsigned int do_close(bool bind_first)
{
	const struct way way = { .bind_first = bind_first };
	unsigned int port = next_number();

	return close_many(port, next_number(), &way);
}

static unsigned int do_later(char what)
{
	later.what = what;
	later.port = next_number();
	later.every_ms = next_number();
	return 0;
}

static unsigned int do_word(const char *word)
{
	if (!strcmp(word, "listen"))
		return do_listen();
	if (!strcmp(word, "connect") || !strcmp(word, "bound") || !strcmp(word, "own"))
		return do_connect(*word == 'b', *word == 'o');
	if (!strcmp(word, "close") || !strcmp(word, "close-bound"))
		return do_close(!!strchr(word, '-'));
	if (!strcmp(word, "udp"))
		return udp_many(next_number());
	if (!strcmp(word, "udp-at"))
		return bind_to(new_socket(SOCK_DGRAM), "0.0.0.0", next_number());
	if (!strcmp(word, "churn") || !strcmp(word, "rebind") || !strcmp(word, "leak"))
		return do_later(*word);
	if (strcmp(word, "from"))
		give_up(word);
	address = next_word();
	return 0;
}

static void do_later_once(void)
{
	static const struct way plain;
	int fd;

	if (later.what == 'c')
		close_many(later.port, 1, &plain);
	if (later.what == 'l')
		connect_many(later.port, 1, &plain);
	if (later.what != 'r')
		return;
	fd = new_socket(SOCK_STREAM);
	bind_to(fd, address, later.port);
	close(fd);
}

int main(int argc, char **argv)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct rlimit descriptors;
	unsigned int made = 0;

	(void)argc;
	if (!getrlimit(RLIMIT_NOFILE, &descriptors)) {
		descriptors.rlim_cur = descriptors.rlim_max;
		setrlimit(RLIMIT_NOFILE, &descriptors);
	}
	for (words = argv + 1; *words;)
		made = do_word(next_word());
	printf("ready %u\n", made);
	fflush(stdout);
	while (!poll(&in, 1, later.every_ms ? (int)later.every_ms : -1))
		do_later_once();
	return 0;
}
