// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls connect() or bind() from inner(), called by middle(), called by outer(), called by main():
 * what its stack must be told to be. The Makefile builds it several times over, with and without
 * frame pointers, with and without symbols.
 *
 *	caller connect|bind ADDRESS PORT [stay]
 *
 * One TCP socket, one call. Prints 0, or the errno. stay: until its standard input ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int inner(const char *call, const struct sockaddr_in *address);
int middle(const char *call, const struct sockaddr_in *address);
int outer(const char *call, const struct sockaddr_in *address);

/* A compiler that knew what they return could do without the calls, or jump instead. */
static volatile int calls;

__attribute__((noinline)) int inner(const char *call, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), err = 0;

	if (call[0] == 'c')
		err = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	else
		err = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	err = err ? errno : 0;
	calls++;
	return err;
}

__attribute__((noinline)) int middle(const char *call, const struct sockaddr_in *address)
{
	int err = inner(call, address);

	calls++;
	return err;
}

__attribute__((noinline)) int outer(const char *call, const struct sockaddr_in *address)
{
	int err = middle(call, address);

	calls++;
	return err;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char byte;

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: caller connect|bind ADDRESS PORT [stay]\n");
		return 2;
	}
	address.sin_port = htons((unsigned short)atoi(argv[3]));
	printf("%d\n", outer(argv[1], &address));
	fflush(stdout);
	while (argc > 4 && read(STDIN_FILENO, &byte, 1) > 0)
		;
	return calls == 3 ? 0 : 1;
}
