// How many processors the server may use: its affinity, and limits of cgroup v1 and v2, in folders
// that stand for /sys/fs/cgroup.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/processors.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/evenkeel-cgroup-XXXXXX";
static char groups[PATH_MAX];

static void make(const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", root, name);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int start(void **state)
{
    (void)state;
    strcpy(root, "/tmp/evenkeel-cgroup-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(groups, sizeof(groups), "%s/self", root);
    return 0;
}

static int end(void **state)
{
    char command[PATH_MAX];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

static unsigned all(void)
{
    return processors_count("/nonexistent", "/nonexistent");
}

static unsigned limited(const char *self)
{
    make("self", self);
    return processors_count(groups, root);
}

static void test_affinity(void **state)
{
    cpu_set_t before, one;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    assert_int_equal(all(), CPU_COUNT(&before));
    CPU_ZERO(&one);
    for (int i = 0; CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(all(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void test_v2(void **state)
{
    (void)state;
    assert_int_equal(limited("0::/pods/one\n"), all());
    make("pods/one/cpu.max", "max 100000\n");
    assert_int_equal(limited("0::/pods/one\n"), all());
    make("pods/one/cpu.max", "50000 100000\n");
    assert_int_equal(limited("0::/pods/one\n"), 1);
    make("pods/one/cpu.max", "100000 100000\n");
    assert_int_equal(limited("0::/pods/one\n"), 1);
    make("pods/one/cpu.max", "100001 100000\n");
    assert_int_equal(limited("0::/pods/one\n"), all() > 1 ? 2 : 1);
    make("pods/one/cpu.max", "99900000 100000\n");
    assert_int_equal(limited("0::/pods/one\n"), all());
    make("pods/one/cpu.max", "nonsense\n");
    assert_int_equal(limited("0::/pods/one\n"), all());
}

static void test_above(void **state)
{
    (void)state;
    make("pods/cpu.max", "20000 100000\n");
    make("pods/one/cpu.max", "max 100000\n");
    assert_int_equal(limited("0::/pods/one\n"), 1);
    // In a container its own folder is the root, with or without a namespace of its own.
    make("cpu.max", "100000 100000\n");
    make("pods/cpu.max", "max 100000\n");
    assert_int_equal(limited("0::/\n"), 1);
    assert_int_equal(limited("0::/../elsewhere\n"), 1);
}

static void test_v1(void **state)
{
    const char *self = "9:name=systemd:/\n4:memory:/x\n3:cpu,cpuacct:/pods/one\n0::/\n";
    (void)state;
    make("cpu/pods/one/cpu.cfs_quota_us", "-1\n");
    make("cpu/pods/one/cpu.cfs_period_us", "100000\n");
    assert_int_equal(limited(self), all());
    make("cpu/pods/one/cpu.cfs_quota_us", "70000\n");
    assert_int_equal(limited(self), 1);
    // Other controllers do not count.
    assert_int_equal(limited("4:cpuset:/pods/one\n5:cpuacct:/pods/one\n"), all());
    assert_int_equal(limited("no colon\n3:cpu\n\n"), all());
    // Named as on the node, and mounted as the root.
    make("cpu/cpu.cfs_quota_us", "100000\n");
    make("cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(limited("3:cpu,cpuacct:/kubepods/pod1/container\n"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_affinity, start, end),
        cmocka_unit_test_setup_teardown(test_v2, start, end),
        cmocka_unit_test_setup_teardown(test_above, start, end),
        cmocka_unit_test_setup_teardown(test_v1, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
