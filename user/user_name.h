/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of users, from /etc/passwd alone: no name service is asked. */
#ifndef PORTTRACE_USER_NAME_H
#define PORTTRACE_USER_NAME_H

#include <stdint.h>

/* NULL: there is none. Printable. Read once; lives until the program ends. */
const char *user_name(uint32_t uid);

#endif
