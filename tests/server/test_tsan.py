#!/usr/bin/env python3
"""ThreadSanitizer over the server: load with reloads of policy and certificate, handshake failures, scrapes, a
drain. EVENKEEL_TSAN names the binary (default build/tsan/evenkeel)."""

import os
import signal
import tempfile
import time
from pathlib import Path

import test_reload
from harness import ROOT, Results, exchange
from load import Load

BINARY = os.environ.get("EVENKEEL_TSAN", str(ROOT / "build/tsan/evenkeel"))
SECONDS = 8
SECONDS_AT_MOST = 60  # on a busy machine, until enough has happened


def enough(server):
    return len(server.events("policy loaded")) > 20 and len(server.events("certificate loaded")) > 2 and \
        bool(server.events("reload refused"))


def test_races(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        reports = Path(folder) / "tsan"
        options = "log_path=%s exitcode=66 second_deadlock_stack=1" % reports
        with fixture.start("--threads=4", "--drain-seconds=1", binary=BINARY, env={"TSAN_OPTIONS": options}) as server:
            load = Load(server, threads=6, per_connection=30)
            began = time.monotonic()
            number = 0
            while time.monotonic() < began + SECONDS or \
                    not enough(server) and time.monotonic() < began + SECONDS_AT_MOST:
                number += 1
                fixture.policy.write(policy_yaml=test_reload.POLICY % (number % 20 + 1) + b"# %d\n" % number)
                if number % 8 == 0:
                    fixture.tls.write(**fixture.pair())
                if number % 16 == 0:
                    fixture.policy.write(policy_yaml=test_reload.BROKEN)
                server.admin("/metrics")
                exchange(server, b"nonsense\r\n\r\n")
                time.sleep(0.05)
            server.send(signal.SIGTERM)
            load.join()
            status = server.stop(signal.SIGTERM)
            print("# %d requests, %d policies" % (load.answered, number))
            found = "".join(path.read_text() for path in Path(folder).glob("tsan*"))
            results.equal("requests lost", load.failures, [])
            results.check("reloads happened", enough(server))
            results.check("no data race, no lock out of order", not found, found)
            results.equal("exit status", status, 0)


if os.path.exists(BINARY):
    Results().run(test_races)
else:
    print("1..0 # SKIP no %s: make FLAVOUR=tsan" % BINARY)
