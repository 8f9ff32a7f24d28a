// How many processors the server may use. See processors.h.
#include "server/processors.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Limits none, and more than any machine has.
static const double NO_LIMIT = 1e9;

static double least(double left, double right)
{
    return left < right ? left : right;
}

static unsigned scheduled(void)
{
    cpu_set_t *set = NULL;
    unsigned count = 0;
    long configured = sysconf(_SC_NPROCESSORS_CONF);
    // The kernel refuses a set that is smaller than its own.
    for (int room = CPU_SETSIZE; !count && room <= CPU_SETSIZE * 64; room *= 2) {
        size_t size = CPU_ALLOC_SIZE(room);
        set = CPU_ALLOC(room);
        if (set && sched_getaffinity(0, size, set) == 0)
            count = (unsigned)CPU_COUNT_S(size, set);
        CPU_FREE(set);
    }
    return count ? count : configured > 0 ? (unsigned)configured : 1;
}

// False if the file cannot be read.
static bool read_first_line(const char *folder, const char *name, char line[PATH_MAX])
{
    char path[PATH_MAX];
    FILE *file = NULL;
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) < sizeof(path))
        file = fopen(path, "re");
    bool found = file && fgets(line, PATH_MAX, file);
    if (file)
        fclose(file);
    return found;
}

// "QUOTA PERIOD" or "max PERIOD" in v2; v1 has two files, and -1 means no limit. In both the unit
// is a microsecond (the kernel's admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst).
static double group_limit(const char *folder, bool v2)
{
    char line[PATH_MAX];
    double quota = 0, period = 0;
    if (v2) {
        if (read_first_line(folder, "cpu.max", line) &&
            sscanf(line, "%lf %lf", &quota, &period) != 2)
            return NO_LIMIT;
    } else if (read_first_line(folder, "cpu.cfs_quota_us", line)) {
        quota = strtod(line, NULL);
        if (read_first_line(folder, "cpu.cfs_period_us", line))
            period = strtod(line, NULL);
    }
    return quota > 0 && period > 0 ? quota / period : NO_LIMIT;
}

// The limits of a group and of all above it. In a container, the group may be named as on the node
// while its folder is mounted at `root`: then only the last of these folders is there.
static double path_limit(const char *root, const char *controller, const char *group, bool v2)
{
    char folder[PATH_MAX];
    double limit = NO_LIMIT;
    int length = snprintf(folder, sizeof(folder), "%s%s%s", root, controller, group);
    if (length < 0 || (size_t)length >= sizeof(folder))
        return NO_LIMIT;
    size_t top = strlen(root) + strlen(controller);
    while (strlen(folder) >= top) {
        limit = least(limit, group_limit(folder, v2));
        char *slash = strrchr(folder, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    return limit;
}

// A line of /proc/self/cgroup: "0::/GROUP" of v2, "NUMBER:CONTROLLER,..:/GROUP" of v1 (cgroups(7)).
static double line_limit(const char *root, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return NO_LIMIT;
    *group++ = '\0';
    controllers++;
    if (!*controllers)
        return path_limit(root, "", group, true);
    bool cpu = false;
    for (char *name = strtok(controllers, ","); name; name = strtok(NULL, ","))
        cpu |= strcmp(name, "cpu") == 0;
    return cpu ? path_limit(root, "/cpu", group, false) : NO_LIMIT;
}

unsigned processors_count(const char *groups, const char *root)
{
    char line[PATH_MAX];
    double limit = scheduled();
    FILE *file = fopen(groups, "re");
    while (file && fgets(line, sizeof(line), file))
        limit = least(limit, line_limit(root, line));
    if (file)
        fclose(file);
    unsigned whole = (unsigned)limit;
    return limit > whole ? whole + 1 : whole;
}
