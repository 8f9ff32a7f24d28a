// How many processors the server may use.
#ifndef EVENKEEL_SERVER_PROCESSORS_H
#define EVENKEEL_SERVER_PROCESSORS_H

// Those that the scheduler may run it on, but at most as many, rounded up, as its cgroup or one
// above it has time for: cpu.max of cgroup v2, cpu.cfs_quota_us of v1. At least 1. `groups` is
// /proc/self/cgroup, and `root` is where cgroups are mounted. What cannot be read sets no limit.
unsigned processors_count(const char *groups, const char *root);

#endif
