#!/usr/bin/env python3
"""What others' tools say of the server: testssl.sh on its TLS, slowhttptest on its patience. Takes some minutes, so
it is no part of `make test`: `make test-long` runs it."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from harness import Certificates, Client, Results, Server

# Findings that say nothing of this server: why.
ASIDE = {
    "cert_revocation": "no apiserver asks for revocation: a leaf is replaced",
    "security_headers": "they are for browsers, and no browser comes here",
    "engine_problem": "of the openssl that the tool uses",
}
SLOW_TESTS = {"slow headers": "-H", "slow bodies": "-B", "slow reading": "-X"}


def test_testssl(results):
    if not shutil.which("testssl"):
        results.skip("testssl.sh", "not installed: apt-get install testssl.sh")
        return
    with tempfile.TemporaryDirectory() as folder:
        certificates = Certificates(folder)
        certificate, key = certificates.leaf()
        findings = Path(folder) / "findings.json"
        with Server("--cert=%s" % certificate, "--key=%s" % key, self_signed=False) as server:
            subprocess.run(["testssl", "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--add-ca",
                            str(certificates.ca), "--jsonfile", str(findings), "https://localhost:%d/" % server.port],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=3000)
            found = json.loads(findings.read_text())
            with Client(server) as client:
                results.equal("it serves on after testssl.sh", client.post()[0], 200)
        bad = ["%(severity)s %(id)s: %(finding)s" % one for one in found
               if one["severity"] not in ("OK", "INFO", "LOW") and one["id"] not in ASIDE]
        print("# testssl.sh: %d findings, of which aside: %s" % (len(found), ", ".join(
            one["id"] for one in found if one["id"] in ASIDE)))
        results.check("testssl.sh finds nothing above LOW", len(found) > 80 and not bad, len(found), *bad)
        by_id = {one["id"]: one["severity"] for one in found}
        for name in ("secure_renego", "secure_client_renego", "cert_trust", "heartbleed", "SSLv3", "TLS1", "TLS1_1"):
            results.check("%s is judged, and well" % name, by_id.get(name) in ("OK", "INFO"), by_id.get(name))


def test_slowhttptest(results):
    if not shutil.which("slowhttptest"):
        results.skip("slowhttptest", "not installed: apt-get install slowhttptest")
        return
    for name, mode in SLOW_TESTS.items():
        with Server("--threads=2") as server:
            began = time.monotonic()
            done = subprocess.run(["slowhttptest", mode, "-c", "300", "-r", "150", "-i", "2", "-l", "25", "-p", "2", "-u",
                                   "https://127.0.0.1:%d/mutate" % server.port], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, timeout=90, universal_newlines=True)
            text = re.sub(r"\x1b\[[0-9;]*[mHJ]", "", done.stdout)
            results.check("%s: the service stays available" % name, "service available:   YES" in text and
                          "service available:   NO" not in text, text[-1500:])
            if mode == "-X":
                continue  # an answer of one line fits into any window: they are idle, which is allowed
            results.check("%s: no connection is left" % name, "No open connections left" in text and
                          time.monotonic() - began < 24, text[-300:])


if __name__ == "__main__":
    Results().run(test_testssl, test_slowhttptest)
