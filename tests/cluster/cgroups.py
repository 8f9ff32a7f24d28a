"""The cgroups of a test's nodes: the only part of the nodes that the kernel does not remove with the last process.

Their names have the id and the start time of the process outside the test's namespaces to which they belong. So nodes
of several tests do not meet, and the next test recognizes and removes what a killed test left.
"""

import os
import re
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OWNER = re.compile(r"evenkeel-(\d+)-(\d+)$")
KUBELET_CONTROLLERS = {"cpu", "cpuset", "hugetlb", "memory", "pids"}
REMOVE_SECONDS = 60  # a busy machine takes ten to end a hundred processes


def start_time(process):
    """When a process began, in ticks since the machine did; None where there is none."""
    try:
        return Path("/proc/%d/stat" % process).read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def own_name():
    """The name for all cgroups of this process. Ask for it outside the test's process namespace."""
    return "evenkeel-%d-%s" % (os.getpid(), start_time(os.getpid()))


def hierarchies():
    """Where cgroups can be made: once for cgroup v2, once for each controller of v1."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return sorted({Path(os.path.realpath(fields[1])) for fields in mounts if fields[2] == "cgroup"})


def pass_on(folder):
    """Lets v2's cgroups below this one have the controllers that the kubelet asks for."""
    if (folder / "cgroup.controllers").exists():
        missing = set((folder / "cgroup.controllers").read_text().split()) & KUBELET_CONTROLLERS
        for controller in missing - set((folder / "cgroup.subtree_control").read_text().split()):
            (folder / "cgroup.subtree_control").write_text("+" + controller)


def make(name):
    """Makes NAME in each hierarchy. NAME may be a path."""
    for hierarchy in hierarchies():
        folder = hierarchy
        for part in name.split("/"):
            parent, folder = folder, folder / part
            pass_on(parent)
            folder.mkdir(exist_ok=True)
            for setting in ("cpuset.cpus", "cpuset.mems"):  # v1 gives a new one neither, and then it can hold no process
                if (parent / setting).exists() and not (folder / setting).read_text().strip():
                    (folder / setting).write_text((parent / setting).read_text())


def weigh(name, times):
    """Gives the group NAME that many times the usual weight for processor time. On a machine of its own it would compete with
    nobody."""
    for hierarchy in hierarchies():
        for setting, usual in (("cpu.shares", 1024), ("cpu.weight", 100)):
            if (hierarchy / name / setting).exists():
                (hierarchy / name / setting).write_text(str(usual * times))


def find(name):
    """The folders of this name, also in hierarchies in which make() has made nothing."""
    return [path for path in [ROOT / name, *ROOT.glob("*/" + name)] if path.is_dir()]


def remove(name):
    """Removes NAME and all below it; waits for processes that are about to end. True if it is gone."""
    deadline = time.monotonic() + REMOVE_SECONDS
    while True:
        for top in find(name):
            for folder, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass
        if not find(name):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def sweep():
    """Removes the cgroups that killed tests left."""
    for path in {found.name for found in [*ROOT.glob("evenkeel-*"), *ROOT.glob("*/evenkeel-*")]}:
        owner = OWNER.match(path)
        if owner and start_time(int(owner.group(1))) != owner.group(2):
            remove(path)
