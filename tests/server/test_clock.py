#!/usr/bin/env python3
"""The wall clock jumps, by an hour or by years, forth and back: no request is lost, connections stay, deadlines keep
their length, and a leaf that has expired by then is made anew. Only the server's clock jumps: clock_preload.c."""

import os
import socket
import ssl
import struct
import sys
import tempfile
import time
from pathlib import Path

from harness import ROOT, Certificates, Client, Results, Server
from load import Load, wait_until

RELEASE = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
PRELOAD = ROOT / "build/release/tests/server/clock_preload.so"
NOT_AFTER = "evenkeel_certificate_not_after_timestamp_seconds"
HOUR, DAY, YEAR = 3600, 86400, 365 * 86400
JUMPS = (("an hour forth", HOUR), ("an hour back", 0), ("ten days forth", 10 * DAY), ("eleven days back", -DAY),
         ("a year forth", YEAR), ("ten years back", -9 * YEAR), ("home again", 0))


class Clock:
    def __init__(self, folder):
        self.path = Path(folder) / "clock"
        self.path.write_bytes(struct.pack("=q", 0))
        self.environment = {"LD_PRELOAD": str(PRELOAD), "CLOCK_SHIFT": str(self.path)}

    def jump(self, seconds):
        """In place: the server has the file mapped."""
        with open(str(self.path), "r+b") as file:
            file.write(struct.pack("=q", seconds))


def test_jumps(results):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as ca:
        clock, certificates = Clock(folder), Certificates(ca)
        (certificates.folder / "tls.crt").symlink_to("ca.crt")
        (certificates.folder / "tls.key").symlink_to("ca.key")
        with Server("--ca=%s" % ca, "--dns-name=localhost", "--reload-seconds=0.2", self_signed=False, binary=RELEASE,
                    env=clock.environment) as server, Client(server) as idle:
            idle.post()
            load = Load(server, threads=2, per_connection=None, pause=0.01)
            for name, seconds in JUMPS:
                answered = load.answered
                clock.jump(seconds)
                time.sleep(0.5)
                results.check("%s: requests are answered" % name, wait_until(lambda: load.answered > answered + 20),
                              load.answered, answered)
                results.equal("%s: an idle connection is" % name, idle.post()[0], 200)
                left = wait_until(lambda: server.metric(NOT_AFTER) > time.time() + seconds)
                results.check("%s: the leaf is good" % name, left, server.metric(NOT_AFTER) - time.time() - seconds)
            results.equal("no request was lost", load.end().failures, [])
            results.equal("on the connections of the start", load.connections, 2)
            results.equal("nothing was cut", [line for line in server.admin("/metrics")[1].splitlines()
                                              if "connections_cut_total{" in line and not line.endswith(" 0")], [])
            results.equal("it ends as ever", server.stop(), 0)


def test_deadlines(results):
    """One connection for each direction: silent while the clock jumps."""
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds in (("a day forth", DAY), ("a day back", -DAY)):
            clock = Clock(folder)
            with Server(binary=RELEASE, env=clock.environment) as server, \
                    socket.create_connection(("127.0.0.1", server.port)) as silent:
                began = time.monotonic()
                time.sleep(0.5)
                clock.jump(seconds)
                silent.settimeout(30)
                try:
                    silent.recv(1)
                except (OSError, ssl.SSLError):
                    pass
                took = time.monotonic() - began
                results.check("%s: a slow handshake is cut after 10 s as ever" % name, 9 < took < 15, took)


if PRELOAD.exists():
    Results().run(test_jumps, test_deadlines)
else:
    print("1..0 # SKIP not built: make probes")
    sys.exit(0)
