#!/usr/bin/env python3
"""Reloads: 200 policies and 50 certificates in 20 s of load lose no request; bad ones are refused and the old kept."""

import signal
import tempfile
import time
from pathlib import Path

from harness import Certificates, Client, Results, Server, connect, tls_context
from load import Load, Mount, wait_until

POLICY = b"""apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
cluster:
  kubernetesVersion: "1.30"
workloads:
- match: {}
  preStop: {sleepSeconds: %d}
"""
BROKEN = b"apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nworkload: []\n"
RELOADS = 'evenkeel_reloads_total{what="%s",result="%s"}'
SECONDS, POLICIES, ROTATIONS = 20, 200, 50


class Fixture:
    def __init__(self, folder):
        folder = Path(folder)
        for name in ("ca", "policy", "tls"):
            (folder / name).mkdir()
        self.certificates = Certificates(folder / "ca")
        self.policy = Mount(folder / "policy", policy_yaml=POLICY % 5)
        self.tls = Mount(folder / "tls", **self.pair())

    def pair(self):
        certificate, key = self.certificates.leaf()
        return {"tls_crt": certificate.read_bytes(), "tls_key": key.read_bytes()}

    def start(self, *arguments, **options):
        return Server("--policy=%s" % self.policy.path("policy.yaml"), "--cert=%s" % self.tls.path("tls.crt"),
                      "--key=%s" % self.tls.path("tls.key"), "--reload-seconds=0.02", *arguments,
                      self_signed=False, **options)


def served_serial(server, ca):
    with connect(server, tls_context(ca)) as sock:
        return sock.getpeercert()["serialNumber"]


def test_reload_under_load(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(folder)
        pairs = [fixture.pair() for _ in range(ROTATIONS)]
        with fixture.start() as server:
            load = Load(server, ca=fixture.certificates.ca)
            began = time.monotonic()
            for number in range(POLICIES):
                fixture.policy.write(policy_yaml=POLICY % (number % 20 + 1) + b"# %d\n" % number)
                if number % (POLICIES // ROTATIONS) == 0:
                    fixture.tls.write(**pairs[number // (POLICIES // ROTATIONS)])
                wait_until(lambda: (server.metric(RELOADS % ("policy", "ok")) or 0) > number)
                time.sleep(max(0.0, began + (number + 1) * SECONDS / POLICIES - time.monotonic()))
            wait_until(lambda: server.metric(RELOADS % ("certificate", "ok")) >= ROTATIONS)
            load.end()
            print("# %d requests on %d connections" % (load.answered, load.connections))
            results.equal("policies taken in", server.metric(RELOADS % ("policy", "ok")), POLICIES)
            results.equal("certificates taken in", server.metric(RELOADS % ("certificate", "ok")), ROTATIONS)
            results.equal("none refused", server.metric(RELOADS % ("certificate", "refused")), 0)
            results.check("no request failed", not load.failures and load.answered > 500, load.failures[:10])
            results.equal("stops with 0", server.stop(), 0)


def test_refused(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(folder)
        with fixture.start() as server, Client(server) as client:
            hash_before = server.events("policy loaded")[0]["hash"]
            serial = served_serial(server, fixture.certificates.ca)
            fixture.policy.write(policy_yaml=BROKEN)
            event = server.wait_for("reload refused")
            results.check("a broken policy is refused with its place", event and event.get("line") == 3 and
                          event.get("column") == 1 and event["file"].endswith("policy.yaml"), event)
            results.equal("and counted", server.metric(RELOADS % ("policy", "refused")), 1)
            results.equal("the old one stays", server.metric('evenkeel_policy_info{hash="%s"}' % hash_before), 1)
            mixed = dict(fixture.pair(), tls_key=fixture.pair()["tls_key"])
            fixture.tls.write(**mixed)
            results.check("a key of another certificate is refused",
                          wait_until(lambda: server.metric(RELOADS % ("certificate", "refused")) == 1))
            event = server.wait_for("reload refused", 2)
            results.check("and logged", event and event.get("what") == "certificate" and "tls.key" in event["error"], event)
            results.equal("the old certificate stays", served_serial(server, fixture.certificates.ca), serial)
            (fixture.policy.folder / "..data").unlink()
            results.check("a policy that is gone is refused",
                          wait_until(lambda: server.metric(RELOADS % ("policy", "refused")) == 2))
            results.equal("requests are answered all the while", client.post()[0], 200)
            time.sleep(0.2)
            results.equal("each is refused once only", len(server.events("reload refused")), 3)
            fixture.policy.write(policy_yaml=POLICY % 9)
            fixture.tls.write(**fixture.pair())
            results.check("good ones are taken in again", wait_until(
                lambda: server.metric(RELOADS % ("policy", "ok")) and server.metric(RELOADS % ("certificate", "ok"))))
            results.check("both are logged", server.wait_for("policy loaded", 2) and server.wait_for("certificate loaded", 2))
            results.check("the new certificate is served", wait_until(
                lambda: served_serial(server, fixture.certificates.ca) != serial))
            results.check("the hash is the new one's", server.metric(
                'evenkeel_policy_info{hash="%s"}' % server.events("policy loaded")[-1]["hash"]) == 1 and
                server.events("policy loaded")[-1]["hash"] != hash_before)


def test_sighup(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(folder)
        with fixture.start("--reload-seconds=3600") as server, Client(server) as client:
            fixture.policy.write(policy_yaml=POLICY % 7)
            time.sleep(0.2)
            results.equal("no look before it is time", server.metric(RELOADS % ("policy", "ok")), 0)
            server.send(signal.SIGHUP)
            results.check("SIGHUP looks at once", wait_until(lambda: server.metric(RELOADS % ("policy", "ok")) == 1))
            for _ in range(200):
                server.send(signal.SIGHUP)
            results.equal("a storm of SIGHUPs does no harm", client.post()[0], 200)
            results.equal("and reloads nothing", server.metric(RELOADS % ("policy", "ok")), 1)


if __name__ == "__main__":
    Results().run(test_reload_under_load, test_refused, test_sighup)
