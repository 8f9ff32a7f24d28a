#!/usr/bin/env python3
"""evenkeel on Debian 13 with upstream's H2O: the steps of docs/BUILDING.md in a Debian that debootstrap makes, then the
server's tests in there. `make test-debian13` runs it, and needs root, Debian's mirror and a checkout of H2O.

usage: tests/server/debian13.py H2O_SOURCE    (ROOT_FOLDER=folder: keep that Debian there for another run)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import ROOT, Results

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
PAGE = ROOT / "docs/BUILDING.md"
# Programs of the tests that are not in a minimal Debian. The first line of apt in the page has what building needs.
TOOLS = "python3 openssl libcap2-bin procps util-linux curl binutils git"
TESTS = "tests/server/test_*.py tests/test_hardening.py"
STATIC_TESTS = " ".join("tests/server/test_%s.py" % name for name in ("http", "tls", "sandbox", "command", "reload"))
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)


class Debian:
    """A Debian 13 in a folder. Each script has a mount namespace of its own for /proc, /dev and /sys, so that nothing
    but the Debian is in the folder when it is removed."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.log = ROOT / "build/debian13.log"
        self.log.parent.mkdir(exist_ok=True)
        self.log.write_text("")
        if not (self.folder / "etc/debian_version").exists():
            self.call("debootstrap", "--variant=minbase", "trixie", self.folder, MIRROR)

    def call(self, *command):
        with self.log.open("ab") as log:
            status = subprocess.run(list(map(str, command)), stdout=log, stderr=subprocess.STDOUT).returncode
        if status != 0:
            raise RuntimeError("%s ended with %d: the end of %s is\n%s" % (
                command[0], status, self.log, "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])))

    def inside(self, script):
        mounts = " && ".join("mount --rbind /%s '%s/%s'" % (name, self.folder, name) for name in ("proc", "dev", "sys"))
        return ["unshare", "--mount", "--propagation=slave", "env", "DEBIAN_FRONTEND=noninteractive", "CI=true",
                "sh", "-ec", mounts + " && exec chroot \"$0\" sh -ec \"$1\"", str(self.folder), script]

    def run(self, script):
        self.call(*self.inside("cd /root/evenkeel; " + script))

    def output(self, script):
        return subprocess.run(self.inside(script), stdout=subprocess.PIPE, check=True,
                              universal_newlines=True).stdout.strip()

    def copy(self, source, name, files=None):
        """Copies `files` of the folder `source`, or all of it."""
        target = self.folder / "root" / name
        shutil.rmtree(target, ignore_errors=True)
        for path in files if files is not None else ():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, target / path, follow_symlinks=False)
        if files is None:
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))


def steps():
    """The commands of the page's section on Debian 13, but for the clone of H2O, which was made already."""
    section = PAGE.read_text().split("\n## Debian 13", 1)[1].split("\n## ", 1)[0]
    lines = re.search(r"```sh\n(.*?)```", section, re.S).group(1).replace("\\\n", "").splitlines()
    return [line.replace("sudo ", "") for line in lines if line and not line.startswith("git clone")]


def tracked():
    files = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], stdout=subprocess.PIPE, check=True).stdout
    return [Path(os.fsdecode(name)) for name in files.split(b"\0") if name and (ROOT / os.fsdecode(name)).exists()]


def test_debian(results, debian, source):
    debian.copy(ROOT, "evenkeel", tracked())
    debian.copy(source, "h2o")
    debian.run("apt-get -q update; apt-get -q -y install --no-install-recommends %s" % TOOLS)
    for step in steps():
        debian.run(step)
        results.check(step, True)
    debian.run("export H2O=/opt/h2o; make -j2 all probes; make -j2 FLAVOUR=asan all build/asan/tests/fuzz/replay_http; "
               "make -j2 FLAVOUR=tsan all")
    results.check("no warning, also with sanitizers", True)
    debian.run("build/asan/tests/fuzz/replay_http $(find tests/fuzz/seeds/http -type f)")
    results.check("the seeds of the HTTP fuzzer, under the sanitizers", True)
    said = debian.output("cd /root/evenkeel; export EVENKEEL=$PWD/build/release/evenkeel "
                         "EVENKEEL_ASAN=$PWD/build/asan/evenkeel EVENKEEL_TSAN=$PWD/build/tsan/evenkeel; tests/run %s 2>&1 || true" % TESTS)
    debian.log.open("a").write(said)
    found = SUMMARY.findall(said)
    good = found and found[-1][1] == "0" and int(found[-1][0]) > 500
    results.check("the server's tests", good, *said.splitlines()[-60:])
    debian.run("apt-get -q -y install --no-install-recommends libzstd-dev; "
               "make H2O=/opt/h2o build/release/static/evenkeel; EVENKEEL=$PWD/build/release/static/evenkeel tests/run %s" % STATIC_TESTS)
    results.check("and some of them with the static program", True)
    print("# %s" % (" passed, ".join(found[-1][:2]) + " failed, %s skipped" % found[-1][2] if found else "no summary"))


def versions(debian, source):
    commit = subprocess.run(["git", "-C", str(source), "rev-parse", "HEAD"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, universal_newlines=True).stdout.strip()
    inside = [debian.output(command) for command in ("cat /etc/debian_version", "openssl version | cut -d' ' -f1,2",
                                                     "gcc --version | head -1")]
    print("# H2O %s, Debian %s" % (commit or "of an unknown commit", ", ".join(inside)))


def main():
    source = Path(sys.argv[1] if len(sys.argv) == 2 else "")
    missing = [name for name in ("debootstrap",) if not shutil.which(name)] + (["root"] if os.geteuid() else [])
    if len(sys.argv) != 2 or not (source / "include/h2o/version.h").exists():
        sys.exit("%s\n%s is no checkout of H2O: git clone https://github.com/h2o/h2o" % (
            __doc__.split("\n\n")[1].strip(), source))
    if missing:
        print("1..0 # SKIP needs " + " and ".join(missing))
        return
    with tempfile.TemporaryDirectory(prefix="evenkeel-debian13-") as folder:
        def test_debian13(results):
            debian = Debian(os.environ.get("ROOT_FOLDER", folder + "/debian"))
            test_debian(results, debian, source)
            versions(debian, source)
        Results().run(test_debian13)


main()
