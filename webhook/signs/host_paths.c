// The table of paths. A missing path costs a workload its probe. A wrong one can stop a rollout.
#include "signs/host_paths.h"

static const char *const host_paths[] = {
    "/boot",
    "/dev",
    "/etc/cni",
    "/etc/hosts",
    "/etc/localtime",
    "/etc/machine-id",
    "/etc/os-release",
    "/etc/pki",
    "/etc/resolv.conf",
    "/etc/ssl",
    "/etc/timezone",
    "/lib/modules",
    "/proc",
    "/run",
    "/sys",
    "/usr/share/zoneinfo",
    "/usr/src",
    "/var/run",
};

bool host_path_is_the_nodes(struct slice path)
{
    while (path.size > 1 && path.data[path.size - 1] == '/')
        path.size--;
    for (size_t i = 0; i < sizeof(host_paths) / sizeof(host_paths[0]); i++) {
        size_t size = strlen(host_paths[i]);
        if (slice_starts_with(path, host_paths[i]) && (path.size == size || path.data[size] == '/'))
            return true;
    }
    return false;
}

bool host_path_is_special(struct slice type)
{
    return slice_is(type, "Socket") || slice_is(type, "CharDevice") ||
           slice_is(type, "BlockDevice");
}
