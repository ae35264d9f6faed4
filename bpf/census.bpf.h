/* SPDX-License-Identifier: GPL-2.0-only */
/* What else than the census has a use for: a way from the reading task into the kernel. */
#ifndef PORTTRACE_CENSUS_BPF_H
#define PORTTRACE_CENSUS_BPF_H

/* A descriptor of the task that reads the iterators: a UDP socket. User space writes it. */
extern int census_socket;

#endif
