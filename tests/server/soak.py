#!/usr/bin/env python3
"""A long run: the corpus at a steady rate, with policies reloaded, certificates rotated, connections opened and
closed. Resident memory, descriptors and threads must stay flat; their slope is reported.

MINUTES (default 10) and RATE (requests a second, default 2000) come from the environment, wrk from Debian."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import test_faults
import test_reload
from harness import ROOT, Results, exchange, tls_context
from load import Load

MINUTES = float(os.environ.get("MINUTES", "10"))
RATE = int(os.environ.get("RATE", "2000"))
CORPUS = Path(os.environ.get("SHARED", ROOT.parent / "shared")) / "corpus" / "reviews"
CONNECTIONS = 24
POLICY_SECONDS, CERTIFICATE_SECONDS, SAMPLE_SECONDS = 5, 30, 1
WARM_UP = 0.3  # of the run: caches and arenas fill


def reviews():
    found = sorted(CORPUS.glob("*.json"))
    return found or sorted((ROOT / "tests/golden").rglob("review.json")) + [ROOT / "docs/examples/review.json"]


def sample(pid):
    """(bytes of resident memory, descriptors, threads)"""
    text = Path("/proc/%d/status" % pid).read_text()
    number = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if ":" in line and len(line.split()) > 1}
    try:
        descriptors = len(os.listdir("/proc/%d/fd" % pid))
    except PermissionError:
        descriptors = None  # nobody but root may look
    return int(number["VmRSS"]) * 1024, descriptors, int(number["Threads"])


def slope(points):
    """Of the straight line through (time, value) by least squares, for each second."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def run_load(server, listing, seconds):
    pause = CONNECTIONS * 1000 / RATE
    return subprocess.Popen(["wrk", "-t2", "-c%d" % CONNECTIONS, "-d%ds" % seconds, "--timeout", "10s", "-s",
                             str(ROOT / "tests/server/soak.lua"), "https://127.0.0.1:%d" % server.port],
                            env=dict(os.environ, REVIEWS=str(listing), PAUSE=str(pause)), stdout=subprocess.PIPE,
                            universal_newlines=True)


def disturb(fixture, server, pairs, number):
    """What happens once a second."""
    if number % POLICY_SECONDS == 0:
        fixture.policy.write(policy_yaml=test_reload.POLICY % (number % 20 + 1) + b"# %d\n" % number)
    if number % CERTIFICATE_SECONDS == 0:
        fixture.tls.write(**pairs[number // CERTIFICATE_SECONDS % len(pairs)])
    if number % 7 == 0:
        fixture.policy.write(policy_yaml=test_reload.BROKEN)
    if number % 11 == 0:
        try:
            exchange(server, b"nonsense\r\n\r\n")
        except OSError as error:
            failed = [line for line in server.admin("/metrics")[1].splitlines()
                      if ("handshake_failures" in line or "_cut_" in line) and not line.endswith(" 0")]
            print("# %d s: a connection with nonsense got %r; %s" % (number, error, ", ".join(failed)), flush=True)
    server.admin("/metrics")
    for mount in (fixture.policy, fixture.tls):
        for path in mount.folder.glob("..v*"):
            if path != (mount.folder / "..data").resolve():
                shutil.rmtree(path)


def judge(results, samples):
    warm = samples[int(len(samples) * WARM_UP):]
    memory = [(at, values[0]) for at, values in warm]
    rise = slope(memory)
    hours = 3600.0
    grown = rise * (warm[-1][0] - warm[0][0])
    print("# resident memory %.1f MiB at the end, %.1f at most; slope %+.2f MiB an hour" % (
        memory[-1][1] / 2 ** 20, max(value for _, value in memory) / 2 ** 20, rise * hours / 2 ** 20))
    print("# at each tenth of the run: %s KiB" % ", ".join(
        "%d" % (samples[(len(samples) - 1) * tenth // 10][1][0] / 1024) for tenth in range(11)))
    results.check("memory is flat", grown < max(2 * 2 ** 20, 0.05 * memory[0][1]), grown)
    if warm[0][1][1] is not None:
        print("# descriptors %d to %d, slope %+.2f an hour" % (
            min(values[1] for _, values in warm), max(values[1] for _, values in warm),
            slope([(at, values[1]) for at, values in warm]) * hours))
        results.check("descriptors are flat", slope([(at, values[1]) for at, values in warm]) *
                      (warm[-1][0] - warm[0][0]) < 10)
    results.equal("threads", {values[2] for _, values in warm}, {warm[0][1][2]})


def test_soak(results):
    seconds = max(20, int(MINUTES * 60))
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        pairs = [fixture.pair() for _ in range(4)]
        listing = Path(folder) / "reviews"
        found = reviews()
        listing.write_text("".join("%s\n" % path for path in found))
        ports = test_faults.free_ports()
        with test_faults.start_at(fixture, ports, "--threads=2", "--reload-seconds=0.5", "--drain-seconds=1") as server:
            test_faults.until_answered(server, tls_context(), "first", time.monotonic() + 10)
            wrk = run_load(server, listing, seconds)
            anew = Load(server, threads=1, ca=fixture.certificates.ca, per_connection=5, pause=0.05)
            samples, began, number = [], time.monotonic(), 0
            while wrk.poll() is None:
                number += 1
                disturb(fixture, server, pairs, number)
                samples.append((time.monotonic() - began, sample(server.process.pid)))
                time.sleep(max(0.0, began + number * SAMPLE_SECONDS - time.monotonic()))
            fared = json.loads(wrk.stdout.read().rpartition("JSON ")[2])
            anew.end()
            print("# %d requests of %d kinds in %d s, %d on %d new connections; p50 %.2f ms, p99 %.2f ms" % (
                fared["requests"], len(found), seconds, anew.answered, anew.connections, fared["p50"] / 1e3, fared["p99"] / 1e3))
            print("# %d policies, %d certificates" % (test_faults.count(server, "policy", "ok"),
                                                     test_faults.count(server, "certificate", "ok")))
            results.check("every request is answered with 200", fared["failed"] == fared["refused"] == 0 and
                          fared["requests"] > seconds * 100, fared)
            results.equal("those on new connections too", anew.failures, [])
            results.check("reloads", test_faults.count(server, "policy", "ok") >= seconds // 8)
            results.equal("no log line was dropped", server.metric("evenkeel_log_dropped_total"), 0)
            judge(results, samples)
            results.equal("it ends as ever", server.stop(), 0)


if __name__ == "__main__":
    if shutil.which("wrk"):
        Results().run(test_soak)
    else:
        print("1..0 # SKIP no wrk: apt-get install wrk")
