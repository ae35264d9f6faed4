// SPDX-License-Identifier: GPL-2.0-only
/* Facts of a host from files: sysctl.d(5) and those of procfs, made up in a folder of the test's own. */
#include "unit.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_read.h"

static char dir[64];

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
	static const char *const folders[] = { "etc", "run", "lib" };
	size_t i;

	(void)state;
	strcpy(dir, "/tmp/porttrace-unit-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(path_of(folders[i]), 0755))
			return -1;
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static struct host *read_folders(void)
{
	static char folders[3][128];
	const char *list[4] = { folders[0], folders[1], folders[2], NULL };
	struct host *host = host_new();

	assert_non_null(host);
	strcpy(folders[0], path_of("etc"));
	strcpy(folders[1], path_of("run"));
	strcpy(folders[2], path_of("lib"));
	assert_int_equal(host_read_sysctl_folders(host, list), 0);
	return host;
}

static void assert_line(const struct host *host, const char *key, const char *value,
			const char *file, unsigned int number)
{
	const struct sysctl_line *line = host_find_line(host, key);

	assert_non_null(line);
	assert_string_equal(line->value, value);
	assert_string_equal(line->path, path_of(file));
	assert_int_equal(line->number, number);
}

static void a_line_in_all_its_forms(void **state)
{
	struct host *host;

	(void)state;
	put("etc/a.conf", "# net.ipv4.comment = 1\n; net.ipv4.comment = 1\n\nnonsense\n"
			  "net.ipv4.tcp_tw_reuse=1\n"
			  "  net.ipv4.ip_local_port_range =  1024\t65535  \n"
			  "-net/ipv4/tcp_timestamps = 1\n"
			  "net.ipv4.conf.*.rp_filter = 1\nkernel.pid_max = 9\n"
			  "net.ipv4.last = 2");
	put("etc/a.txt", "net.ipv4.text = 1\n");
	host = read_folders();
	assert_int_equal(host->nr_lines, 4);
	assert_line(host, "net.ipv4.tcp_tw_reuse", "1", "etc/a.conf", 5);
	assert_line(host, "net.ipv4.ip_local_port_range", "1024\t65535", "etc/a.conf", 6);
	assert_line(host, "net.ipv4.tcp_timestamps", "1", "etc/a.conf", 7);
	assert_line(host, "net.ipv4.last", "2", "etc/a.conf", 10);
	host_free(host);
}

/* sysctl.d(5): by name over all folders, the last one counts; one of /etc masks its namesakes. */
static void later_files_override_and_first_folders_mask(void **state)
{
	struct host *host;

	(void)state;
	put("lib/10.conf", "net.ipv4.a = lib\nnet.ipv4.b = lib\n");
	put("run/50.conf", "net.ipv4.a = run\n");
	put("etc/30.conf", "net.ipv4.a = etc\nnet.ipv4.c = etc\n");
	put("run/30.conf", "net.ipv4.d = masked\n");
	put("lib/60.conf", "net.ipv4.e = masked\n");
	assert_int_equal(symlink("/dev/null", path_of("etc/60.conf")), 0);
	host = read_folders();
	assert_int_equal(host->nr_lines, 3);
	assert_line(host, "net.ipv4.a", "run", "run/50.conf", 1);
	assert_line(host, "net.ipv4.b", "lib", "lib/10.conf", 2);
	assert_line(host, "net.ipv4.c", "etc", "etc/30.conf", 2);
	host_free(host);
}

#define HEADING "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
#define LINE(number, port, state, inode)                                                       \
	#number ": 0100007F:" port " 00000000:0000 " state                                     \
		" 00000000:00000000 00:00000000 00000000     0        0 " inode                \
		" 1 0000000000000000 100 0 0 10 0\n"

/* What comes behind the first that does not listen is not even read. */
static void listeners_come_first(void **state)
{
	struct host *host = host_new();
	struct host_netns *netns = host_add_netns(host, 1);

	(void)state;
	put("tcp", HEADING LINE(0, "0CEA", "0A", "17") LINE(1, "0050", "0A", "18")
			   LINE(2, "1F90", "06", "0") LINE(3, "1F91", "0A", "19"));
	assert_int_equal(host_read_listeners(netns, path_of("tcp")), 0);
	assert_int_equal(host_read_listeners(netns, path_of("missing")), 0);
	host_sort(host);
	assert_int_equal(netns->nr_listeners, 2);
	assert_int_equal(netns->listeners[0].port, 80);
	assert_int_equal(netns->listeners[0].inode, 18);
	assert_int_equal(netns->listeners[1].port, 3306);
	host_free(host);
}

static void one_listener_is_left_of_a_port(void **state)
{
	struct host *host = host_new();
	struct host_netns *netns = host_add_netns(host, 1);

	(void)state;
	host_add_listener(netns, IPPROTO_TCP, 80);
	host_add_listener(netns, IPPROTO_TCP, 80)->pid = 7;
	host_add_listener(netns, IPPROTO_TCP, 79);
	host_add_listener(netns, IPPROTO_UDP, 80);
	host_sort(host);
	assert_int_equal(netns->nr_listeners, 3);
	assert_int_equal(netns->listeners[1].pid, 7);
	assert_int_equal(netns->listeners[2].proto, IPPROTO_UDP);
	host_free(host);
}

/* Those with a destination are clients, and wherever they stand the others come. */
static void udp_ports_without_a_destination(void **state)
{
	struct host *host = host_new();
	struct host_netns *netns = host_add_netns(host, 1);

	(void)state;
	put("udp", HEADING LINE(4321, "CA6C", "01", "17") LINE(17, "CA6D", "07", "18")
			   LINE(5, "0035", "01", "19") LINE(6, "0036", "07", "20"));
	assert_int_equal(host_read_udp(netns, path_of("udp")), 0);
	assert_int_equal(host_read_udp(netns, path_of("missing")), 0);
	host_sort(host);
	assert_int_equal(netns->nr_listeners, 2);
	assert_int_equal(netns->listeners[0].port, 54);
	assert_int_equal(netns->listeners[0].inode, 20);
	assert_int_equal(netns->listeners[1].port, 51821);
	assert_int_equal(netns->listeners[1].proto, IPPROTO_UDP);
	host_free(host);
}

static void overflows_are_found_by_name(void **state)
{
	(void)state;
	put("netstat", "TcpExt: SyncookiesSent TW TCPTimeWaitOverflow Last\n"
		       "TcpExt: 1 2 34 5\nIpExt: InNoRoutes\nIpExt: 6\n");
	assert_int_equal(host_read_overflows(path_of("netstat")), 34);
	put("netstat", "TcpExt: TW\nTcpExt: 2\n");
	assert_int_equal(host_read_overflows(path_of("netstat")), NOT_KNOWN);
	assert_int_equal(host_read_overflows(path_of("missing")), NOT_KNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_in_all_its_forms, begin, end),
		cmocka_unit_test_setup_teardown(later_files_override_and_first_folders_mask, begin,
						end),
		cmocka_unit_test_setup_teardown(listeners_come_first, begin, end),
		cmocka_unit_test_setup_teardown(udp_ports_without_a_destination, begin, end),
		cmocka_unit_test(one_listener_is_left_of_a_port),
		cmocka_unit_test_setup_teardown(overflows_are_found_by_name, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
