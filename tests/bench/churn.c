// SPDX-License-Identifier: GPL-2.0-only
/*
 * So many routes, on each of which a connection is opened and closed by its client every second, for
 * so many seconds, in a network namespace of its own:
 *
 *   churn ROUTES SECONDS
 *
 * Prints how many connections it has opened, when all is done.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 7001
#define LOOPBACK 0x7f000000U
#define ROUND_NS 1000000000LL

__attribute__((noreturn)) static void give_up(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		give_up("socket");
	return fd;
}

static struct sockaddr_in at(unsigned int address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(address) };
}

static int listen_to_all(void)
{
	const struct sockaddr_in any = at(INADDR_ANY);
	int fd = new_socket();

	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) || listen(fd, 128))
		give_up("listen");
	return fd;
}

/* Each route has an address of its own in 127/8. The client closes first: its TIME_WAIT stays. */
static void churn(int listener, unsigned int route)
{
	const struct sockaddr_in server = at(LOOPBACK + 256 + route);
	int fd = new_socket(), accepted;

	if (connect(fd, (const struct sockaddr *)&server, sizeof(server)))
		give_up("connect");
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		give_up("accept");
	close(fd);
	close(accepted);
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void wait_until_ns(long long then)
{
	const struct timespec until = { then / 1000000000, then % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	unsigned int nr_routes = argc == 3 ? atoi(argv[1]) : 0, route;
	int rounds = argc == 3 ? atoi(argv[2]) : 0, i, listener;
	long long began;

	if (!nr_routes || nr_routes > 60000 || rounds < 1) {
		fputs("usage: churn ROUTES SECONDS\n", stderr);
		return 2;
	}
	listener = listen_to_all();
	began = now_ns();
	for (i = 0; i < rounds; i++) {
		for (route = 0; route < nr_routes; route++)
			churn(listener, route);
		wait_until_ns(began + (i + 1) * ROUND_NS);
	}
	printf("%ld\n", (long)rounds * nr_routes);
	return 0;
}
