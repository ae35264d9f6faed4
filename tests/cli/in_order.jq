# SPDX-License-Identifier: GPL-2.0-only
# Snapshots whose rows are in the order of their keys.
def route_key: [.netns, .proto, .src, .dst, .dport];

.netns |= sort_by(.inum | tojson) |
.routes |= sort_by(route_key | tojson) |
.failures_by_route |= sort_by(route_key + [.call, .cause, .errno] | tojson)
