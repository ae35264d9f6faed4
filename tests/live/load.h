/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program census-load: what the census and the search for owners are tried with. It goes step
 * by step, says at each what a tracer should show now, and goes on when it gets a byte on stdin.
 */
#ifndef LIVE_LOAD_H
#define LIVE_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The kinds. n: the kind's number, if it has one. is_unwatched: no tracer runs before the first
 * step has been said.
 */
void load_owners(unsigned int n, bool is_unwatched);
void load_settings(unsigned int n, bool is_unwatched);
void load_gone(unsigned int n, bool is_unwatched);
void load_names(unsigned int n, bool is_unwatched);
void load_churn(unsigned int n, bool is_unwatched);
void load_accepted(unsigned int n, bool is_unwatched);
void load_storm_of_resets(unsigned int n, bool is_unwatched);
void load_storm_of_time_waits(unsigned int n, bool is_unwatched);
void load_storm_of_listeners(unsigned int n, bool is_unwatched);
void load_storm_of_rebinds(unsigned int n, bool is_unwatched);
void load_wide_storm(unsigned int n, bool is_unwatched);
void load_left(unsigned int n, bool is_unwatched);
void load_eta(unsigned int n, bool is_unwatched);
void load_who_listeners(unsigned int n, bool is_unwatched);
void load_who_bound(unsigned int n, bool is_unwatched);
void load_who_connections(unsigned int n, bool is_unwatched);
void load_who_ends(unsigned int n, bool is_unwatched);
void load_who_udp(unsigned int n, bool is_unwatched);
void load_who_shared(unsigned int n, bool is_unwatched);
void load_who_two_netns(unsigned int n, bool is_unwatched);
void load_who_free(unsigned int n, bool is_unwatched);
void load_who_unanswered(unsigned int n, bool is_unwatched);
void load_who_mptcp(unsigned int n, bool is_unwatched);
void load_what_if(unsigned int n, bool is_unwatched);

/* ---- What is said ---- */

/* What follows, until load_end_step(), is of the next step: lines of netns and route. */
void load_begin_step(void);

/* After all of these: lines of owners follow. */
void load_begin_owners(void);

/* The namespace has exactly that many rows in this step. */
void load_say_rows(unsigned long netns, unsigned int nr);

/* Nothing is to be shown from this step on of that namespace, which had that range. */
void load_say_gone(unsigned long netns, uint16_t low, uint16_t high);

/* Flushes, and waits to be told to go on. */
void load_end_step(bool is_last);

/* A word alone on its line, flushed. */
void load_say(const char *word);

/* Waits for the byte; ends the program when nobody is there any more. */
void load_await_go_on(void);

/* Whether it is there, without waiting. */
bool load_is_told_to_go_on(void);

/* ---- Processes of it ---- */

/* fork(), and the child ends when its parent does. */
pid_t load_fork(void);

/* Kills and reaps it. */
void load_kill(pid_t pid);

/* ---- Sockets; each of them ends the program when it cannot be done ---- */

/* A listener, or -1: somebody has the port. Of both families if the address is "::". */
int net_try_listen(const char *ip, uint16_t port, int backlog);
int net_listen(const char *ip, uint16_t port, int backlog);

/* A socket bound to that address, and to a port of the kernel's choice. */
int net_bind(const char *ip, int type);

/* An unbound socket that is connected to there, or -1: all ports are taken. */
int net_try_connect(const char *ip, uint16_t port);
int net_connect(const char *ip, uint16_t port);
void net_connect_from(int fd, const char *ip, uint16_t port);

int net_accept(int listener);
uint16_t net_local_port(int fd);

/* Closes it with a reset: there is no TIME_WAIT. */
void net_reset(int fd);

/* Waits until the other end has closed, or reset, the connection. */
void net_await_end(int fd);

bool net_has_ipv6(void);

#endif
