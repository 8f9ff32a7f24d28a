#!/usr/bin/env python3
"""The sandbox: what it forbids, tried by sandbox_probe, and that the server does all its work inside it."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from harness import ROOT, Certificates, Client, Results, Server, review, tls_context
from load import Mount, wait_until

RELEASE = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
PROBE = ROOT / "build/release/tests/server/sandbox_probe"
POLICY = b"apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n# %d\n"
RELOADS = 'evenkeel_reloads_total{what="%s",result="%s"}'
SIGSYS = -signal.SIGSYS

# attempt -> what comes of it: in the whole sandbox, with Landlock alone, with seccomp alone. None: not asked.
ATTEMPTS = {
    "read-policy": ("0", "0", "0"),
    "read-outside": ("EACCES", "EACCES", "0"),
    "list-folder": ("EACCES", "EACCES", "0"),
    "write-policy": ("EPERM", "EACCES", "EPERM"),
    "append-policy": ("EPERM", "EACCES", "EPERM"),
    "truncate-policy": ("EPERM", "EACCES", "EPERM"),
    "create-file": ("EPERM", "EACCES", "EPERM"),
    "mkdir": ("EPERM", "EACCES", "EPERM"),
    "openat2": ("EPERM", None, "EPERM"),
    "rename": ("EPERM", None, "EPERM"),
    "chmod": ("EPERM", None, "EPERM"),
    "remove-own": ("0", "0", "0"),
    "remove-other": ("EACCES", "EACCES", None),
    "execve": (SIGSYS, "EACCES", SIGSYS),
    "execveat": (SIGSYS, None, SIGSYS),
    "ptrace": (SIGSYS, None, SIGSYS),
    "process_vm_readv": (SIGSYS, None, SIGSYS),
    "process_vm_writev": (SIGSYS, None, SIGSYS),
    "fork": ("EPERM", None, "EPERM"),
    "unshare": ("EPERM", None, "EPERM"),
    "setuid": ("EPERM", None, "EPERM"),
    "in-thread": ("EACCES", "EACCES", None),
    "mmap": ("0", None, "0"),
    "mmap-exec": ("EPERM", None, "EPERM"),
    "mprotect-exec": ("EPERM", None, "EPERM"),
    "socket": ("EPERM", None, "EPERM"),
    "socket-unix": ("EPERM", None, "EPERM"),
    "socketpair": ("EPERM", None, "EPERM"),
    "connect": ("EPERM", "EACCES", "EPERM"),
    "bind": ("EPERM", "EACCES", "EPERM"),
    "sendto": ("EPERM", None, "EPERM"),
    "accept": ("0", "0", "0"),
    "setsockopt": ("EPERM", None, "EPERM"),
    "no-delay": ("0", None, "0"),
    "attach-filter": ("0", None, "0"),
    "kill": ("EPERM", "EPERM", "EPERM"),
    "tgkill": ("EPERM", "EPERM", "EPERM"),
    "ioctl": ("EPERM", None, "EPERM"),
    "setrlimit": ("EPERM", None, "EPERM"),
    "prctl": ("EPERM", None, "EPERM"),
    "io_uring": ("EPERM", None, "EPERM"),
    "bpf": ("EPERM", None, "EPERM"),
    "memfd": ("EPERM", None, "EPERM"),
    "getrandom": ("0", "0", "0"),
    "abort": (-signal.SIGABRT, -signal.SIGABRT, -signal.SIGABRT),
}
# What each ABI of Landlock must have added for the attempt to be refused by it alone.
NEEDED_ABI = {"truncate-policy": 3, "connect": 4, "bind": 4, "kill": 6, "tgkill": 6}
LANDLOCK = "landlock_create_ruleset,landlock_add_rule,landlock_restrict_self"


def probe(folder, attempt, without=None):
    """(what is in force, what came of the attempt)"""
    inside = Path(folder) / "inside"
    inside.mkdir(exist_ok=True)
    for path in (inside / "policy.yaml", inside / "own", Path(folder) / "other"):
        path.write_bytes(POLICY % 1)
    prefix = [PROBE, "--without", without] if without else []
    done = subprocess.run([*prefix, PROBE, inside, attempt], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, timeout=30)
    lines = done.stdout.splitlines() or ["{}"]
    return json.loads(lines[0]), lines[1] if len(lines) > 1 else done.returncode


def test_attempts(results):
    with tempfile.TemporaryDirectory() as folder:
        inside, _ = probe(folder, "read-policy")
        abi = inside["landlock"]
        print("# Landlock ABI %d, seccomp %s" % (abi, bool(inside["seccomp"])))
        if not (abi and inside["seccomp"]):
            results.skip("what is forbidden", "this kernel lacks " + inside["missing"])
            return
        for attempt, wanted in ATTEMPTS.items():
            ways = [("", None), (", by Landlock alone", "seccomp"), (", by seccomp alone", LANDLOCK)]
            for (way, without), outcome in zip(ways, wanted):
                if outcome is None or without == "seccomp" and abi < NEEDED_ABI.get(attempt, 1):
                    continue
                results.equal("%s gives %s%s" % (attempt, outcome, way), probe(folder, attempt, without)[1], outcome)
        for attempt in [name for name, wanted in ATTEMPTS.items() if wanted[0] == SIGSYS]:
            sandbox, outcome = probe(folder, attempt, "kill-process")
            results.equal("%s where a filter cannot end a process, as in gVisor" % attempt,
                          (sandbox["seccomp"], sandbox["missing"], outcome), (1, "", "EPERM"))
        results.equal("every attempt of the probe is made", set(re.findall(r'^    \{"([a-z_0-9-]+)",', (
            ROOT / "tests/server/sandbox_probe.c").read_text(), re.M)), set(ATTEMPTS))


def status(pid, key):
    """What each thread's status says."""
    found = set()
    for path in Path("/proc/%d/task" % pid).glob("*/status"):
        found.add(next(line.split(":")[1].strip() for line in path.read_text().splitlines() if line.startswith(key + ":")))
    return found


def test_in_force(results):
    with Server(binary=RELEASE) as server:
        pid = server.process.pid
        event = server.events("sandbox")[0]
        results.check("the log tells", event["no_new_privileges"] is True and event["no_core_dumps"] is True, event)
        if event["landlock"] and event["seccomp"]:
            results.check("nothing is missing", "missing" not in event and event["level"] == "info", event)
            results.equal("every thread is filtered", status(pid, "Seccomp"), {"2"})
        results.check("there are several", len(list(Path("/proc/%d/task" % pid).iterdir())) >= 4)
        results.equal("no thread gets new privileges", status(pid, "NoNewPrivs"), {"1"})
        limits = Path("/proc/%d/limits" % pid).read_text()
        results.check("no core dumps", re.search(r"^Max core file size +0 +0 ", limits, re.M), limits)
        soft, hard = re.search(r"^Max open files +(\d+) +(\d+)", limits, re.M).groups()
        results.equal("as many descriptors as allowed", soft, hard)
        if os.geteuid() == 0:
            server.stop()
            with tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o777)
                with Server("--drain-seconds=0", binary=RELEASE, env={"TMPDIR": folder},
                            prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]) as other:
                    owner = os.stat("/proc/%d/maps" % other.process.pid).st_uid
                    results.equal("its user cannot read its memory", owner, 0)


def test_degraded(results):
    cases = [("without Landlock", LANDLOCK, "Landlock: Function not implemented"),
             ("without seccomp", "seccomp", "seccomp: "),
             ("without either", LANDLOCK + ",seccomp", "Landlock: Function not implemented; seccomp: ")]
    for name, without, missing in cases:
        with Server(binary=RELEASE, prefix=[PROBE, "--without", without]) as server, Client(server) as client:
            event = server.events("sandbox")[0]
            results.check("%s: one warning says so" % name, event["level"] == "warning" and missing in event["missing"] and
                          bool(event["landlock"]) == ("Landlock" not in missing) and
                          event["seccomp"] == ("seccomp" not in missing), event)
            results.equal("%s: it serves" % name, client.post()[0], 200)
    with Server("--no-sandbox", binary=RELEASE) as server:
        event = server.events("sandbox")[0]
        results.check("--no-sandbox: a warning too", event["level"] == "warning" and event["missing"] == "--no-sandbox", event)
        results.equal("and no filter", status(server.process.pid, "Seccomp"), {"0"})


class Files:
    """Policy and certificates as the kubelet mounts them, and as certbot leaves them."""

    def __init__(self, folder):
        self.folder = Path(folder)
        for name in ("ca", "policy", "tls", "clients", "archive", "live"):
            (self.folder / name).mkdir()
        self.certificates = Certificates(self.folder / "ca")
        self.policy = Mount(self.folder / "policy", policy_yaml=POLICY % 1)
        self.tls = Mount(self.folder / "tls", **self.pair())

    def pair(self):
        certificate, key = self.certificates.leaf()
        return {"tls_crt": certificate.read_bytes(), "tls_key": key.read_bytes()}

    def start(self, certificate, key):
        return Server("--policy=%s" % self.policy.path("policy.yaml"), "--cert=%s" % certificate, "--key=%s" % key,
                      "--reload-seconds=0.02", "--drain-seconds=0.2", self_signed=False, binary=RELEASE)


def reloaded(server, what, count, result="ok"):
    return wait_until(lambda: server.metric(RELOADS % (what, result)) == count)


def test_reloads(results):
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        with files.start(files.tls.path("tls.crt"), files.tls.path("tls.key")) as server:
            for number in range(1, 4):
                old = (files.policy.folder / "..data").resolve()
                files.policy.write(policy_yaml=POLICY % (number + 1))
                shutil.rmtree(old)
                results.check("policy %d by a swapped ..data, its old folder gone" % number, reloaded(server, "policy", number))
                files.tls.write(**files.pair())
                results.check("certificate %d too" % number, reloaded(server, "certificate", number))
            with Client(server, tls_context(files.certificates.ca)) as client:
                results.equal("it serves", client.post()[0], 200)
            outside = files.folder / "outside.yaml"
            outside.write_bytes(POLICY % 9)
            (files.policy.folder / "policy.yaml").unlink()
            (files.policy.folder / "policy.yaml").symlink_to(outside)
            event = server.wait_for("reload refused")
            results.check("a link that leads out later is not followed", event and "Permission denied" in event["error"], event)
            os.replace(outside, files.policy.folder / "policy.yaml")
            results.check("a file put in its place is", reloaded(server, "policy", 4))
            shutil.rmtree(files.policy.folder / "..data", ignore_errors=True)
            server.send(signal.SIGTERM)
            results.equal("it drains and ends", server.process.wait(20), 0)
            results.equal("with nothing left", server.events("stopped")[-1]["connections_left"], 0)


def test_linked(results):
    """certbot: live/cert.pem is a link to ../archive/cert1.pem."""
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)

        def install(number):
            for name, content in files.pair().items():
                (files.folder / "archive" / ("%s%d" % (name, number))).write_bytes(content)
                (files.folder / "live" / "next").symlink_to("../archive/%s%d" % (name, number))
                os.replace(files.folder / "live" / "next", files.folder / "live" / name)

        install(1)
        with files.start(files.folder / "live/tls_crt", files.folder / "live/tls_key") as server:
            install(2)
            results.check("links that led out at the start may lead on there",
                          wait_until(lambda: (server.metric(RELOADS % ("certificate", "ok")) or 0) >= 1))
        with files.start(os.path.relpath(files.tls.path("tls.crt")), os.path.relpath(files.tls.path("tls.key"))) as server:
            files.tls.write(**files.pair())
            results.check("relative paths", reloaded(server, "certificate", 1))


def test_ca_and_clients(results):
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        pair = {"tls_crt": (files.folder / "ca/ca.crt").read_bytes(), "tls_key": (files.folder / "ca/ca.key").read_bytes()}
        mount = Mount(files.folder / "live", **pair)
        clients = Mount(files.folder / "clients", ca_crt=pair["tls_crt"])
        with Server("--ca=%s" % mount.folder, "--dns-name=localhost", "--client-ca=%s" % clients.path("ca.crt"),
                    "--reload-seconds=0.02", self_signed=False, binary=RELEASE) as server:
            for number in (1, 2):
                clients.write(ca_crt=pair["tls_crt"] + b"\n" * number)
                results.check("client CA %d" % number, reloaded(server, "certificate", number))
            mount.write(tls_crt=pair["tls_crt"] + b"\n", tls_key=pair["tls_key"])
            results.check("a CA from which leaves are made", reloaded(server, "certificate", 3))


def test_work(results):
    """What the server does that may need calls of its own: buffers of every size, logs, metrics, new threads' memory."""
    with Server("--threads=4", "--drain-seconds=0", binary=RELEASE) as server:
        for padding in (0, 1 << 16, 1 << 20, 5 << 20, 31 << 20):
            with Client(server) as client:
                status_code, _, text = client.post(review("u-%d" % padding, padding=padding))
                results.check("a body of %d bytes more" % padding, status_code == 200 and
                              json.loads(text)["response"]["uid"] == "u-%d" % padding, text[:300])
        for _ in range(30):
            with Client(server) as client:
                client.post()
        server.send(signal.SIGSTOP)
        time.sleep(0.1)
        server.send(signal.SIGCONT)
        server.send(signal.SIGHUP)
        with Client(server) as client:
            results.equal("after SIGSTOP, SIGCONT and SIGHUP", client.post()[0], 200)
        results.check("metrics", server.metric("evenkeel_log_dropped_total") == 0)
        results.check("log lines", server.wait_for("review", 36), len(server.events("review")))
        ca = re.search(r"--cacert (\S+)", os.pread(server.output.fileno(), 4096, 0).decode()).group(1)
        results.check("the CA's file is there", os.path.exists(ca))
        results.equal("exit status", server.stop(), 0)
        results.check("and is removed from inside", not os.path.exists(ca))


if PROBE.exists():
    Results().run(test_attempts, test_in_force, test_degraded, test_reloads, test_linked, test_ca_and_clients, test_work)
else:
    print("1..0 # SKIP no %s: make probes" % PROBE)
