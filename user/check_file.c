// SPDX-License-Identifier: GPL-2.0-only
/* Rules about files of sysctl.d(5). They are compared with the namespace that boot sets them in. */
#include <stdio.h>
#include <stdlib.h>

#include "check_rule.h"

/* Settings of ports that are not in every kernel, or in none; the end of a key may be "*". */
static const struct {
	const char *key, *why;
} gone[] = {
	{ "net.ipv4.tcp_tw_recycle",
	  "it was removed in Linux 4.12, after it had dropped clients behind translators of "
	  "addresses" },
	{ "net.ipv4.tcp_tw_len", "TIME_WAIT lasts 60 s in every kernel" },
	{ "net.ipv4.tcp_timewait_len", "TIME_WAIT lasts 60 s in every kernel" },
	{ "net.ipv4.tcp_tw_reuse_delay", "it comes with Linux 6.14" },
	{ "net.ipv4.ip_local_port_step_width", "it comes with Linux 7.1" },
	{ "net.ipv6.ip_local_port_range", "the one of ipv4 is for both" },
	{ "net.ipv6.ip_local_reserved_ports", "the one of ipv4 is for both" },
	{ "net.ipv6.ip_unprivileged_port_start", "the one of ipv4 is for both" },
	{ "net.ipv6.tcp_*", "settings of TCP are those of ipv4, for both" },
};

/* Settings that matter for ports. */
static const char *const watched[] = {
	"net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_autobind_reuse",
	"net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_tw_reuse_delay", "net.ipv4.tcp_timestamps",
	"net.ipv4.tcp_max_tw_buckets", "net.ipv4.tcp_fin_timeout", "net.core.somaxconn",
};

static bool is_key(const char *pattern, const char *key)
{
	size_t length = strlen(pattern);

	return pattern[length - 1] == '*' ? !strncmp(pattern, key, length - 1) :
					    !strcmp(pattern, key);
}

static void check_gone_line(struct check *check, const struct sysctl_line *line)
{
	size_t i;

	for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (is_key(gone[i].key, line->key))
			break;
	if (line->running || i == sizeof(gone) / sizeof(gone[0]))
		return;
	check_add(check, SEVERITY_WARNING, "%s:%u sets %s, which does not exist: %s", line->path,
		  line->number, line->key, gone[i].why);
	check_fix(check, "Delete that line");
}

void check_file_gone(struct check *check)
{
	size_t i;

	for (i = 0; i < check->facts.host->nr_lines; i++)
		check_gone_line(check, &check->facts.host->lines[i]);
}

static int64_t unprivileged_start(const struct host *host)
{
	const struct host_netns *netns = host_find_netns(host, host->files_inum);

	return netns ? netns->settings[SETTING_UNPRIVILEGED_PORT_START] : NOT_KNOWN;
}

/*
 * One number alone is taken for the low end (proc_dointvec_minmax()): the high end stays what it is. At
 * boot that may be another one than now, of which nothing is known.
 */
static bool is_low_end(const struct sysctl_line *line, int *ret_low, int *ret_high)
{
	int end = 0;

	if (strcmp(line->key, "net.ipv4.ip_local_port_range") ||
	    sscanf(line->value, "%d %n", ret_low, &end) != 1 || line->value[end])
		return false;
	if (!line->running || sscanf(line->running, "%*d %d", ret_high) != 1)
		*ret_high = 65535;
	return true;
}

/* Why the kernel refuses that range; NULL: it does not, or the line is of something else. */
static const char *why_refused(struct check *check, const struct sysctl_line *line)
{
	int64_t start = unprivileged_start(check->facts.host);
	int low, high, end = 0;
	bool is_alone;

	if (strcmp(line->key, "net.ipv4.ip_local_port_range"))
		return NULL;
	is_alone = is_low_end(line, &low, &high);
	if (!is_alone && (sscanf(line->value, "%d%*[ \t]%d %n", &low, &high, &end) != 2 ||
			  line->value[end]))
		return "it takes two numbers with a blank between them";
	if (low < 1 || high < 1 || low > 65535 || high > 65535)
		return "ports are 1 to 65535";
	if (low > high && is_alone)
		return check_text(check, "one number is the low end, and the high one is %d", high);
	if (low > high)
		return "the low end is above the high one";
	if (low < start)
		return check_text(check, "ip_unprivileged_port_start is %d", (int)start);
	return NULL;
}

void check_file_refused(struct check *check)
{
	const struct host *host = check->facts.host;
	size_t i;

	for (i = 0; i < host->nr_lines; i++) {
		const struct sysctl_line *line = &host->lines[i];
		const char *why = why_refused(check, line);

		if (!why)
			continue;
		check_add(check, SEVERITY_WARNING,
			  "%s:%u sets the range to %s, which the kernel refuses: %s", line->path,
			  line->number, line->value, why);
		check_fix(check, "Write two ports, LOW HIGH, of which the low one is not below "
				 "ip_unprivileged_port_start");
	}
}

static bool same_ports(const char *a, const char *b)
{
	struct port_list x = {}, y = {};

	return !port_list_parse(&x, a) && !port_list_parse(&y, b) && !memcmp(&x, &y, sizeof(x));
}

/* Numbers are the same however they are separated. */
static bool same_words(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, " \t");
		b += strspn(b, " \t");
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		/* A word ends in both or in neither. */
		if (!!strchr(" \t", a[1]) != !!strchr(" \t", b[1]))
			return false;
	}
}

static bool differs(const struct sysctl_line *line)
{
	int low, high;

	if (!line->running)
		return false;
	if (is_low_end(line, &low, &high))
		return low != atoi(line->running);
	if (!strcmp(line->key, "net.ipv4.ip_local_reserved_ports"))
		return !same_ports(line->value, line->running);
	return !same_words(line->value, line->running);
}

/* What is set by them has nothing to do with ports, but people think so: see check_fin_timeout(). */
static bool is_unrelated(const char *key)
{
	return !strcmp(key, "net.ipv4.tcp_fin_timeout") || !strcmp(key, "net.core.somaxconn");
}

static bool is_watched(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		if (!strcmp(watched[i], key))
			return true;
	return false;
}

void check_file_differs(struct check *check)
{
	const struct host *host = check->facts.host;
	size_t i;

	for (i = 0; i < host->nr_lines; i++) {
		const struct sysctl_line *line = &host->lines[i];

		if (!is_watched(line->key) || why_refused(check, line) || !differs(line))
			continue;
		check_add(check, is_unrelated(line->key) ? SEVERITY_INFO : SEVERITY_WARNING,
			  "%s:%u sets %s to '%s', but '%s' is what runs", line->path,
			  line->number, line->key, line->value, line->running);
		check_fix(check, "Decide which is right: '%ssysctl -p %s' applies the file, and the "
				 "next boot will",
			  check_enter(check, host->files_inum), line->path);
	}
}
