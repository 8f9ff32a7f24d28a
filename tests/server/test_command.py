#!/usr/bin/env python3
"""`evenkeel serve` as a command: each wrong way to call it gets one clear line and exit 2; what it prints when right."""

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from harness import ROOT, Certificates, Results, Server, run

LOCAL = ("--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0")


def test_wrong(results):
    with tempfile.TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        certificates = Certificates(folder)
        (certificate, key), (_, other_key) = certificates.leaf(), certificates.leaf()
        broken, empty, large = (Path(folder) / name for name in ("broken.yaml", "empty.yaml", "large.yaml"))
        broken.write_text("apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmood: good\nmode: loud\n")
        empty.write_text("")
        large.write_text("# x\n" * 300000)
        own = "--self-signed"
        cases = [
            ("no certificate", [], "exactly one of"),
            ("two certificates", [own, "--ca=/x", "--dns-name=x"], "exactly one of"),
            ("--cert alone", ["--cert=%s" % certificate], "go together"),
            ("--key alone", ["--key=%s" % key], "go together"),
            ("--ca without a name", ["--ca=%s" % folder], "--dns-name"),
            ("a name for a given certificate", ["--cert=%s" % certificate, "--key=%s" % key, "--dns-name=x"], "--dns-name"),
            ("an unknown option", [own, "--polcy=x"], '"--polcy=x"'),
            ("an option without its value", [own, "--policy"], "--policy needs a value"),
            ("an argument", [own, "x"], '"x"'),
            ("no threads", [own, "--threads=0"], "--threads: expected a whole number from 1 to 64"),
            ("threads that are no number", [own, "--threads=many"], '"many"'),
            ("half a thread", [own, "--threads=1.5"], "whole number"),
            ("a negative time", [own, "--drain-seconds=-1"], '"-1"'),
            ("no time", [own, "--reload-seconds=0"], "from 0.01"),
            ("an infinite time", [own, "--drain-seconds=inf"], '"inf"'),
            ("a body too large", [own, "--max-body-size=99999999999"], "--max-body-size"),
            ("bodies smaller than one", [own, "--max-bodies-size=1048576"], "less than --max-body-size"),
            ("more connections than descriptors", [own, "--max-connections=1000000"], "limit on open files"),
            ("an unknown format", [own, "--log-format=xml"], "json|text"),
            ("an unknown level", [own, "--log-level=debug"], "info|warning|error"),
            ("a port that is taken", [own, "--listen=127.0.0.1:%d" % port], "127.0.0.1:%d: Address already in use" % port),
            ("no port", [own, "--listen=127.0.0.1"], "ADDRESS:PORT"),
            ("a port too large", [own, "--listen=127.0.0.1:65536"], "127.0.0.1:65536"),
            ("a name to listen on", [own, "--listen=localhost:0"], "not an IP address"),
            ("IPv6 without brackets", [own, "--listen=::1:0"], "ADDRESS:PORT"),
            ("an address that is not ours", [own, "--listen=192.0.2.1:0"], "192.0.2.1:0"),
            ("no such policy", [own, "--policy=/no/such"], "/no/such: No such file or directory"),
            ("a folder as policy", [own, "--policy=/tmp"], "/tmp: Is a directory"),
            ("a large policy", [own, "--policy=%s" % large], "more than 1048576 bytes"),
            ("an empty policy", [own, "--policy=%s" % empty], str(empty)),
            ("no such certificate", ["--cert=/no/such", "--key=%s" % key], "/no/such: No such file"),
            ("another certificate's key", ["--cert=%s" % certificate, "--key=%s" % other_key], str(other_key)),
            ("a key as certificate", ["--cert=%s" % key, "--key=%s" % key], str(key)),
            ("no certificate in the client CA", [own, "--client-ca=%s" % empty], "evenkeel: "),
            ("no CA in its folder", ["--ca=/tmp/no", "--dns-name=x"], "/tmp/no/tls.crt: No such file"),
        ]
        for name, arguments, wanted in cases:
            done = run("serve", *LOCAL, *arguments)
            lines = done.stderr.splitlines()
            human = [line for line in lines if not line.startswith("{")]
            results.check(name, done.returncode == 2 and not done.stdout and len(lines) == len(human) == 1 and
                          human[0].startswith("evenkeel: ") and wanted in human[0], done.returncode, done.stderr)
        done = run("serve", *LOCAL, own, "--policy=%s" % broken)
        problems = [line for line in done.stderr.splitlines() if re.match(r"evenkeel: %s:\d+:\d+: " % broken, line)]
        results.check("every problem of a policy, with its place", done.returncode == 2 and len(problems) == 2 and
                      ":3:1: " in problems[0] and ":4:" in problems[1], done.stderr)


def test_help(results):
    done = run("serve", "--help")
    results.check("--help: exit 0, on stdout", done.returncode == 0 and not done.stderr, done)
    options = set(re.findall(r"^  --([a-z-]+)", done.stdout, re.M))
    source = (ROOT / "webhook/server/options.c").read_text()
    results.equal("it lists every option", options, set(re.findall(r'\{"([a-z-]+)", ', source)) | set(
        re.findall(r'^    \{"([a-z-]+)",', source, re.M)))
    results.check("lines fit a terminal", max(map(len, done.stdout.splitlines())) <= 120)


def test_docs(results):
    text = (ROOT / "docs/SERVING.md").read_text()
    options = re.findall(r"^  --([a-z-]+)", run("serve", "--help").stdout, re.M)
    missing = [option for option in options if "`--%s" % option not in text]
    results.equal("docs/SERVING.md has every option", missing, [])
    with tempfile.TemporaryDirectory() as ca:
        run("certs", "ca", "--name=localhost", "--cert-out=%s/tls.crt" % ca, "--key-out=%s/tls.key" % ca)
        with Server("--ca=%s" % ca, "--dns-name=localhost", self_signed=False) as server:
            metrics = re.findall(r"^# TYPE (\S+)", server.admin("/metrics")[1], re.M)
    results.equal("and every metric, and no other", set(metrics), set(re.findall(r"`(evenkeel_[a-z_]+)", text)))


def test_hint(results):
    with Server() as server:
        server.output.seek(0)
        text = server.output.read().decode()
        command = re.search(r"^  (curl .*?) \| ", text, re.M | re.S)
        results.check("a command to try it with", command, text)
        ca = re.search(r"--cacert (\S+)", text).group(1)
        results.check("with a CA of its own", Path(ca).read_text().startswith("-----BEGIN CERTIFICATE-----"))
        if shutil.which("curl"):
            done = subprocess.run(text[command.start():text.index("\n\n", command.start())], shell=True, cwd=ROOT,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            results.check("it shows the patch", done.returncode == 0 and not done.stderr and
                          any(edit["path"].endswith("/lifecycle") for edit in json.loads(done.stdout)), done)
            answer = subprocess.run(command.group(1), shell=True, cwd=ROOT, stdout=subprocess.PIPE).stdout
            results.equal("the answer holds the same", json.loads(base64.b64decode(json.loads(answer)["response"]["patch"])),
                          json.loads(done.stdout))
        else:
            results.count += 1
            print("ok %d - the command works # SKIP no curl" % results.count)
        server.stop()
        results.check("the CA's file is taken away again", not Path(ca).exists())


def test_addresses(results):
    with Server("--listen=:0", "--admin-listen=[::1]:0") as server:
        event = server.events("listening")[0]
        results.check("every address, and IPv6", event["address"].startswith(("[::]:", "0.0.0.0:")) and
                      event["admin_address"].startswith("[::1]:"), event)
        socket.create_connection(("127.0.0.1", server.port)).close()


def test_threads(results):
    """Without --threads: of the processors, those that it may run on."""
    one = str(min(os.sched_getaffinity(0)))
    with Server(prefix=["taskset", "--cpu-list", one]) as server:
        results.equal("one processor, one thread", server.events("listening")[0]["threads"], 1)


Results().run(test_wrong, test_help, test_docs, test_hint, test_addresses, test_threads)
