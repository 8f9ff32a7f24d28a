#!/usr/bin/env python3
"""Faults: files deleted, half swapped and restored, storms of signals and connections, kill -9, a full disk."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import test_reload
from harness import ROOT, Client, Results, Server, review, tls_context
from load import Load, wait_until

RELEASE = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
POLICY, RELOADS = test_reload.POLICY, test_reload.RELOADS


def count(server, what, result):
    return server.metric(RELOADS % (what, result)) or 0


def free_ports():
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def start_at(fixture, ports, *arguments, **options):
    """At once, without waiting for it to listen."""
    server = Server("--policy=%s" % fixture.policy.path("policy.yaml"), "--cert=%s" % fixture.tls.path("tls.crt"),
                    "--key=%s" % fixture.tls.path("tls.key"), "--listen=127.0.0.1:%d" % ports[0],
                    "--admin-listen=127.0.0.1:%d" % ports[1], *arguments, self_signed=False, binary=RELEASE,
                    **dict({"stderr": subprocess.DEVNULL}, **options))
    server.port, server.admin_port = ports
    return server


def test_deleted_and_restored(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        with fixture.start(binary=RELEASE) as server:
            load = Load(server, threads=2, ca=fixture.certificates.ca)
            for name, what, mount in (("policy", "policy", fixture.policy), ("certificate", "certificate", fixture.tls)):
                saved = Path(folder) / ("saved-" + name)
                saved.mkdir()
                for entry in list(mount.folder.iterdir()):
                    entry.rename(saved / entry.name)
                results.check("the %s's whole folder emptied: refused" % name,
                              wait_until(lambda: count(server, what, "refused") >= 1))
                time.sleep(0.3)
                before = count(server, what, "ok")
                for entry in list(saved.iterdir()):
                    entry.rename(mount.folder / entry.name)
                results.check("restored: taken in again", wait_until(lambda: count(server, what, "ok") > before))
            results.equal("requests lost meanwhile", load.end().failures, [])
            results.check("there were many", load.answered > 100, load.answered)


def test_half_swapped(results):
    """A swap that stops halfway, in each way that it can."""
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        old, new = fixture.pair(), fixture.pair()
        data = fixture.tls.folder / "..data"

        def dangling():
            (fixture.tls.folder / "..next").symlink_to("..gone")
            os.replace(fixture.tls.folder / "..next", data)

        halves = [
            ("the new certificate with the old key", lambda: fixture.tls.write(tls_crt=new["tls_crt"], tls_key=old["tls_key"])),
            ("..data that leads nowhere", dangling),
            ("a certificate without a key", lambda: fixture.tls.write(tls_crt=new["tls_crt"])),
            ("half a certificate", lambda: fixture.tls.write(tls_crt=new["tls_crt"][:200], tls_key=new["tls_key"])),
            ("half a key", lambda: fixture.tls.write(tls_crt=new["tls_crt"], tls_key=new["tls_key"][:100])),
            ("empty files", lambda: fixture.tls.write(tls_crt=b"", tls_key=b"")),
            ("a folder in the file's place", lambda: (fixture.tls.write(tls_key=new["tls_key"]), (data / "tls.crt").mkdir())),
            ("a pipe in the file's place", lambda: (fixture.tls.write(tls_key=new["tls_key"]), os.mkfifo(data / "tls.crt"))),
            ("no ..data", data.unlink),
        ]
        with fixture.start(binary=RELEASE) as server:
            load = Load(server, threads=2, ca=fixture.certificates.ca)
            serial = test_reload.served_serial(server, fixture.certificates.ca)
            for name, half in halves:
                before = count(server, "certificate", "refused")
                half()
                results.check("%s: refused" % name, wait_until(lambda: count(server, "certificate", "refused") > before))
                results.equal("%s: the old pair stays" % name, test_reload.served_serial(server, fixture.certificates.ca), serial)
            before = count(server, "certificate", "ok")
            fixture.tls.write(**new)
            results.check("the whole pair is taken in", wait_until(lambda: count(server, "certificate", "ok") > before))
            results.equal("requests lost meanwhile", load.end().failures, [])


def test_hangup_storm(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        with fixture.start("--reload-seconds=3600", binary=RELEASE) as server:
            load = Load(server, threads=2, ca=fixture.certificates.ca)
            for number in range(3000):
                server.send(signal.SIGHUP)
                if number % 300 == 0:
                    fixture.policy.write(policy_yaml=POLICY % (number // 300 + 1) + b"# storm\n")
                time.sleep(0.0005)
            server.send(signal.SIGHUP)
            results.check("3000 SIGHUPs: policies taken in", wait_until(lambda: count(server, "policy", "ok") >= 8),
                          count(server, "policy", "ok"))
            results.equal("none refused", count(server, "policy", "refused"), 0)
            results.equal("no request lost", load.end().failures, [])
            results.equal("it ends as ever", server.stop(), 0)


def test_end_during_reloads(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        pairs = [fixture.pair() for _ in range(4)]
        for round_number in range(5):
            ending = threading.Event()

            def change():
                number = 0
                while not ending.is_set():
                    number += 1
                    fixture.policy.write(policy_yaml=POLICY % (number % 20 + 1) + b"# %d\n" % number)
                    fixture.tls.write(**pairs[number % 4])
                    time.sleep(0.002)

            with fixture.start("--reload-seconds=0.01", "--drain-seconds=0.5", binary=RELEASE) as server:
                load = Load(server, threads=3, ca=fixture.certificates.ca)
                changer = threading.Thread(target=change)
                changer.start()
                time.sleep(0.3 + round_number * 0.0137)
                server.send(signal.SIGTERM)
                server.send(signal.SIGHUP)
                status = server.process.wait(20)
                ending.set()
                changer.join()
                load.join()
                results.check("round %d: SIGTERM during reloads: 0, and no request lost" % round_number, status == 0 and
                              not load.failures and load.answered > 20, status, load.failures, load.answered)
            for mount in (fixture.policy, fixture.tls):
                for path in mount.folder.glob("..v*"):
                    if path != (mount.folder / "..data").resolve():
                        shutil.rmtree(path)


def until_answered(server, context, uid, deadline, between=0.002):
    """The time of the first answer; `between`: seconds between two tries."""
    while time.monotonic() < deadline:
        try:
            with Client(server, context, timeout=10) as client:
                if client.post(review(uid))[0] == 200:
                    return time.monotonic()
        except OSError:
            time.sleep(between)
    return None


def test_storm_at_start(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        ports = free_ports()
        answered = []

        class Place:
            port = ports[0]

        def client(number):  # it may wait long before the start: 300 threads take their time to begin
            answered.append(until_answered(Place, context, "s-%d" % number, time.monotonic() + 120, between=0.05))

        context = tls_context()
        threads = [threading.Thread(target=client, args=(number,)) for number in range(300)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        with start_at(fixture, ports) as server:
            for thread in threads:
                thread.join()
            served = [at for at in answered if at and at < began + 20]
            print("# 300 clients at the door: all answered %.2f s after the start" % (max(served) - began))
            results.equal("each of 300 that wait for the start is answered", len(served), 300)
            results.check("it is ready", server.admin("/readyz")[0] == 200)


def test_killed(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = test_reload.Fixture(folder)
        ports = free_ports()
        context = tls_context()
        times = []
        server = start_at(fixture, ports)
        until_answered(server, context, "first", time.monotonic() + 10)
        for number in range(5):
            with Client(server, context) as client:
                client.post()
                server.process.kill()
                server.process.wait()
                began = time.monotonic()
                server.__exit__()
                server = start_at(fixture, ports)
                at = until_answered(server, context, "again", began + 10)
                times.append(at - began if at else 99)
        print("# kill -9, and in service again after %s ms" % ", ".join("%.0f" % (took * 1e3) for took in times))
        results.check("back in service at once after kill -9, five times", max(times) < 3, times)
        server.kill()
        server.__exit__()


def test_full_disk(results):
    with tempfile.TemporaryDirectory() as folder, open("/dev/full", "wb") as full:
        fixture = test_reload.Fixture(folder)
        ports = free_ports()
        # A file that grew by a byte would end it: SIGXFSZ.
        with start_at(fixture, ports, "--reload-seconds=0.05", stderr=full, env={"TMPDIR": folder},
                      prefix=["prlimit", "--fsize=0:0"]) as server:
            until_answered(server, tls_context(), "first", time.monotonic() + 10)
            for size in (0, 2 << 20, 30 << 20):
                with Client(server) as client:
                    results.equal("no room for files: a review of %d MiB" % (size >> 20),
                                  client.post(review(padding=size))[0], 200)
            fixture.policy.write(policy_yaml=POLICY % 7)
            results.check("a reload", wait_until(lambda: count(server, "policy", "ok") == 1))
            results.check("log lines that find no room are counted", server.metric("evenkeel_log_dropped_total") > 0)
            results.equal("it ends as ever", server.stop(), 0)
        with Server(binary=RELEASE, env={"TMPDIR": "/nonexistent"}) as server:
            hint = os.pread(server.output.fileno(), 4096, 0).decode()
            results.check("--self-signed without room for the CA's file shows another command", "curl -sS -k " in hint, hint)
            results.equal("and ends as ever", server.stop(), 0)


if __name__ == "__main__":
    Results().run(test_deleted_and_restored, test_half_swapped, test_hangup_storm, test_end_during_reloads,
                  test_storm_at_start, test_killed, test_full_disk)
