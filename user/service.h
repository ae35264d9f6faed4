/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of ports, from the host's own list of services. No name of a host is ever looked up. */
#ifndef PORTTRACE_SERVICE_H
#define PORTTRACE_SERVICE_H

#include <stdint.h>

/* Printable, for good; NULL: there is none. proto: IPPROTO_*. */
const char *service_name(uint16_t port, uint8_t proto);

#endif
