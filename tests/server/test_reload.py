#!/usr/bin/env python3
"""Reloads: 200 policies and 50 certificates in 20 s of load lose no request; bad ones are refused and the old kept."""

import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from harness import Certificates, Client, Results, Server, connect, review, run, tls_context
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
IN_FORCE = 'evenkeel_last_reload_successful{what="%s"}'
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
            results.equal("for as long as it is there", [server.metric(IN_FORCE % what) for what in ("policy", "certificate")],
                          [0, 1])
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
            results.equal("and are what is in force", [server.metric(IN_FORCE % what) for what in ("policy", "certificate")],
                          [1, 1])
            results.check("both are logged", server.wait_for("policy loaded", 2) and server.wait_for("certificate loaded", 2))
            results.check("the new certificate is served", wait_until(
                lambda: served_serial(server, fixture.certificates.ca) != serial))
            results.check("the hash is the new one's", server.metric(
                'evenkeel_policy_info{hash="%s"}' % server.events("policy loaded")[-1]["hash"]) == 1 and
                server.events("policy loaded")[-1]["hash"] != hash_before)


def ending_leaf(folder, certificates, minutes):
    """A pair of the CA that began 23 hours ago and ends in so many minutes: in its last twelfth. By openssl, as no
    command of ours sets a beginning."""
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    key, request, config = (folder / name for name in ("ending.key", "ending.csr", "ending.cnf"))
    (folder / "ending.index").write_text("")
    config.write_text("[ca]\ndefault_ca = d\n[d]\ndatabase = %s/ending.index\nnew_certs_dir = %s\nrand_serial = yes\n"
                      "default_md = sha256\npolicy = p\ncopy_extensions = copy\n[p]\ncommonName = optional\n" % (folder, folder))
    moments = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds)) for seconds in (-23 * 3600, minutes * 60)]
    for command in (
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ending",
             "-addext", names, "-keyout", key, "-out", request],
            ["ca", "-batch", "-notext", "-config", config, "-cert", certificates.ca, "-keyfile", certificates.folder / "ca.key",
             "-startdate", moments[0], "-enddate", moments[1], "-in", request, "-out", folder / "ending.crt"]):
        subprocess.run(["openssl", *map(str, command)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return {"tls_crt": (folder / "ending.crt").read_bytes(), "tls_key": key.read_bytes()}, moments[1]


def warnings_of(client):
    """Those about the certificate: the review has others, of its rules."""
    found = json.loads(client.post()[2])["response"].get("warnings", [])
    return [line for line in found if "certificate" in line]


def test_ending(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(folder)
        with fixture.start() as server, Client(server) as client:
            results.equal("a certificate that is far from its end: no warning", [warnings_of(client) for _ in range(3)], [[]] * 3)
            pair, end = ending_leaf(Path(folder), fixture.certificates, 60)
            fixture.tls.write(**pair)
            event = server.wait_for("certificate ends soon")
            date = "%s-%s-%sT%s:%s:%sZ" % (end[:4], end[4:6], end[6:8], end[8:10], end[10:12], end[12:14])
            results.check("near its end: a line in the log", event and event["level"] == "warning" and
                          (event["what"], event["not_after"]) == ("certificate", date), event)
            said = ["evenkeel's certificate ends at %s; the administrators of evenkeel must renew it" % date]
            results.check("and a warning to users", wait_until(lambda: warnings_of(client) == said))
            results.equal("one a minute, not with every answer", [warnings_of(client) for _ in range(20)], [[]] * 20)
            fixture.tls.write(**fixture.pair())
            server.wait_for("certificate loaded", 3)
            results.equal("said once for each certificate", len(server.events("certificate ends soon")), 1)
        with fixture.start() as server, Client(server) as client:
            results.equal("with the new one, no warning", warnings_of(client), [])
        fixture.tls.write(**pair)
        with fixture.start() as server, Client(server) as client:
            results.check("a start with the old one speaks of it at once", server.wait_for("certificate ends soon"))
            unchanged = json.loads(review())
            unchanged["request"]["operation"] = "DELETE"
            results.equal("an answer without a patch does not carry it", "warnings" in
                          json.loads(client.post(json.dumps(unchanged).encode())[2])["response"], False)
            results.equal("the next with one does", warnings_of(client), said)


def test_expired(results):
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(folder)
        pair, _ = ending_leaf(Path(folder), fixture.certificates, -60)
        fixture.tls.write(**pair)
        with fixture.start() as server, Client(server) as client:
            event = server.wait_for("certificate expired")
            results.check("an expired certificate is called so", event and event["level"] == "warning", event)
            results.check("to users too", "certificate expired at" in warnings_of(client)[0])
            results.equal("and not one that will end", server.events("certificate ends soon"), [])
        pair, _ = ending_leaf(Path(folder), fixture.certificates, 0.1)
        fixture.tls.write(**pair)
        with fixture.start() as server:
            results.check("one that ends while it serves", server.wait_for("certificate ends soon"))
            results.check("is called expired when it has", server.wait_for("certificate expired", 1, 20))


def test_ca_end(results):
    with tempfile.TemporaryDirectory() as folder:
        run("certs", "ca", "--name=localhost", "--cert-out=%s/tls.crt" % folder, "--key-out=%s/tls.key" % folder)
        with Server("--ca=%s" % folder, "--dns-name=localhost", self_signed=False) as server:
            now = time.time()
            ca = server.metric("evenkeel_ca_not_after_timestamp_seconds")
            results.check("a metric says when the CA ends", abs(ca - now - 3650 * 86400) < 120, ca)
            leaf = server.metric("evenkeel_certificate_not_after_timestamp_seconds")
            results.check("another when the certificate does", abs(leaf - now - 86400) < 120, leaf)
        with Server() as server:
            results.equal("without --ca there is none", server.metric("evenkeel_ca_not_after_timestamp_seconds"), None)


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
    Results().run(test_reload_under_load, test_refused, test_ending, test_expired, test_ca_end, test_sighup)
