#!/usr/bin/env python3
"""Measures evenkeel beside nginx, bare libh2o and a webhook in Go on the same work: `make bench`, with QUICK=1 for less.
Also ROUNDS=n, PARTS="bodies engine …", REVIEWS="create-12k …".

Rounds are interleaved: each round runs every server for a moment, so that what else the machine does hits all alike.
Figures are medians of the rounds with their spread (least and most). Prints tables; writes all of it as JSON.
"""

import json
import os
import platform
import re
import resource
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import create
import instructions
import reviews
import servers
from reviews import ROOT
from servers import Server

QUICK = os.environ.get("QUICK", "") not in ("", "0")
OUTPUT = Path(os.environ.get("OUTPUT", ROOT / "build/bench.json"))
ROUNDS = int(os.environ.get("ROUNDS", 3 if QUICK else 5))
SECONDS = 1  # of one server in one round
NAMES = ("nginx", "h2o", "evenkeel", "go")
LOAD = Path(__file__).resolve().parent / "load.lua"
DRIVER = ROOT / "build/release/tests/bench/admit"
WITHOUT_AVX2 = ROOT / "build/release/tests/bench/admit_simd1"
WITHOUT_SSE2 = ROOT / "build/release/tests/bench/admit_simd0"


def output_of(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
                          universal_newlines=True)
    return done.stdout.strip()


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "commit": output_of("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": model.group(1) if model else platform.machine(),
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
        "compiler": output_of("gcc", "--version").splitlines()[0],
        "openssl": output_of("openssl", "version"),
        "nginx": output_of("nginx", "-v"),
        "wrk": output_of("wrk", "-v").splitlines()[0],
        "h2o": output_of("dpkg-query", "-W", "-f", "${Version}", "libh2o-evloop-dev"),
        "go": output_of("go", "version") if shutil.which("go") else None,
        "quick": QUICK,
        "rounds": ROUNDS,
    }


def summary(values):
    values = [value for value in values if value is not None]
    if not values:
        return None
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def load(server, review, connections, threads=1, seconds=SECONDS, close=False, delay=0):
    """One run of wrk: its own figures, and the server's CPU per request in microseconds."""
    environment = dict(os.environ, REVIEW=str(review), DELAY=str(delay))
    if close:
        environment["CLOSE"] = "1"
    before = server.cpu()
    done = subprocess.run(["wrk", "-t%d" % min(threads, connections), "-c%d" % connections, "-d%ds" % seconds, "--latency",
                           "--timeout", "20s", "-s", LOAD, "https://127.0.0.1:%d" % server.port],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, env=environment)
    spent = server.cpu() - before
    line = re.search(r"^JSON (.*)$", done.stdout, re.M)
    if not line:
        raise RuntimeError("wrk said: " + done.stdout)
    figures = json.loads(line.group(1))
    if figures["requests"] == 0:
        return None
    figures["cpu"] = spent / figures["requests"] / 1000
    figures["rate"] = figures["requests"] / figures["microseconds"] * 1e6
    return figures


class Bench:
    def __init__(self, folder, webhook):
        self.folder, self.webhook = Path(folder), webhook
        self.certificate = servers.make_certificate(folder)
        self.names = [name for name in NAMES if name != "go" or webhook]
        self.results = {"machine": machine()}
        self.highest_load = 0

    def save(self):
        """After each part, so that a run that is cut short was not for nothing."""
        self.results["machine"]["highest_load"] = self.highest_load
        OUTPUT.parent.mkdir(parents=True, exist_ok=True)
        OUTPUT.write_text(json.dumps(self.results, indent=1) + "\n")

    def start(self, name, threads=1, answer=0, policy=None):
        return Server(name, self.folder, self.certificate, threads, answer, policy, self.webhook)

    def answer_size(self, review):
        server = self.start("evenkeel")
        try:
            status, size = server.post(review.read_bytes())
        finally:
            server.stop()
        if status != 200:
            raise RuntimeError("%s: evenkeel answered %d" % (review, status))
        return size

    def compare(self, review, connections=25, threads=1, names=None, rounds=ROUNDS, **options):
        """Interleaved rounds over the servers; figure -> summary, for each server."""
        answer = self.answer_size(review)
        running = [self.start(name, threads, answer) for name in names or self.names]
        figures = {server.name: [] for server in running}
        try:
            for server in running:
                load(server, review, connections, threads, **options)  # warm
            for turn in range(rounds):
                # Another order each time: nobody is always the one behind the Go webhook.
                for server in running[turn % len(running):] + running[:turn % len(running)]:
                    figures[server.name].append(load(server, review, connections, threads, **options))
                self.highest_load = max(self.highest_load, os.getloadavg()[0])
        finally:
            for server in running:
                server.stop()
        result = {"body": review.stat().st_size, "answer": answer, "connections": connections, "threads": threads}
        for name, rows in figures.items():
            rows = [row for row in rows if row]
            result[name] = {key: summary([row[key] for row in rows])
                            for key in ("cpu", "rate", "p50", "p99", "p999")} if rows else None
            if rows:
                result[name]["failed"] = sum(row["failed"] for row in rows)
                result[name]["refused"] = sum(row["refused"] for row in rows)
        result["ratios"] = self.ratios(figures)
        return result

    @staticmethod
    def ratios(figures):
        """evenkeel's CPU over each other's, round by round, so that noise that lasts longer than a round cancels out."""
        ratios = {}
        for name, rows in figures.items():
            pairs = [(own, other) for own, other in zip(figures.get("evenkeel", []), rows)
                     if own and other and not other["refused"]]
            if name != "evenkeel" and pairs:
                ratios[name] = summary([own["cpu"] / other["cpu"] for own, other in pairs])
        return ratios

    def bodies(self, paths):
        print("\n## CPU per request by review, 1 thread (us: median, least-most of %d rounds)" % ROUNDS)
        self.results["bodies"] = {}
        for name, path in paths.items():
            size = path.stat().st_size
            connections = 25 if size < 500000 else 4 if size < 4000000 else 2
            result = self.compare(path, connections, seconds=SECONDS if size < 4000000 else 3,
                                  rounds=ROUNDS if size < 4000000 else min(ROUNDS, 3))
            self.results["bodies"][name] = result
            self.show(name, result)

    def show(self, name, result):
        cells = []
        for server in self.names:
            figures = result.get(server)
            if not figures:
                continue
            cpu = figures["cpu"]
            refused = " refused!" if figures["refused"] else ""
            cells.append("%s %.1f (%.1f-%.1f) %d/s%s" % (server, cpu["median"], cpu["least"], cpu["most"],
                                                         figures["rate"]["median"], refused))
        ratios = " ".join("/%s %.2f (%.2f-%.2f)" % (other, ratio["median"], ratio["least"], ratio["most"])
                          for other, ratio in result["ratios"].items())
        print("%-18s %8d B  %s | %s" % (name, result["body"], "; ".join(cells), ratios), flush=True)

    def shapes(self, review):
        print("\n## The same by connections and threads: %s" % review.stem)
        self.results["shapes"] = {}
        for connections, threads in ((1, 1), (1000, 1), (25, 2)):
            # A thousand handshakes take part of a second: they are in the figure, and must not be much of it.
            crowd = connections == 1000
            result = self.compare(review, connections, threads, seconds=5 if crowd else SECONDS, rounds=3 if crowd else ROUNDS)
            name = "%d connections, %d threads" % (connections, threads)
            self.results["shapes"][name] = result
            self.show(name, result)

    def handshakes(self, review):
        print("\n## A new TLS connection for each request")
        result = self.compare(review, 25, close=True)
        self.results["handshakes"] = result
        self.show("new connections", result)

    def processor(self, paths):
        """evenkeel with all that the processor can do, and its libraries with what every x86-64 can; the tape too."""
        print("\n## Without AVX (us)")
        self.results["processor"] = {}
        for name, path in paths.items():
            result = self.compare(path, names=("evenkeel", "baseline"))
            for engine, driver in (("engine", DRIVER), ("engine_sse2", WITHOUT_AVX2), ("engine_scalar", WITHOUT_SSE2)):
                result[engine] = summary([self.drive("core", 2000, "default", path, driver) for _ in range(ROUNDS)])
            self.results["processor"][name] = result
            print("%-18s evenkeel %.1f, without AVX in its libraries %.1f; admit() %.1f, tape without AVX2 %.1f, without SSE2 %.1f" % (
                name, *(row["median"] for row in (result["evenkeel"]["cpu"], result["baseline"]["cpu"], result["engine"],
                                                  result["engine_sse2"], result["engine_scalar"]))), flush=True)

    def creates(self):
        """In a real apiserver, by a program of its own as it runs in a network namespace."""
        output = self.folder / "creates.json"
        if subprocess.run([ROOT / "tests/bench/create.py", output], check=False).returncode == 0:
            self.results["creates"] = json.loads(output.read_text())

    def latency(self, review):
        """At half of each server's own highest rate, by connections that wait between requests."""
        print("\n## Latency at about half load, 25 connections (us)")
        self.results["latency"] = {}
        answer = self.answer_size(review)
        for name in self.names:
            server = self.start(name, 1, answer)
            try:
                full = load(server, review, 25)
                pause = max(1, round(25 / (full["rate"] / 2) * 1000))
                rows = [load(server, review, 25, delay=pause) for _ in range(1 if QUICK else 5)]
            finally:
                server.stop()
            result = {key: summary([row[key] for row in rows]) for key in ("p50", "p99", "p999", "rate")}
            result["full_rate"] = full["rate"]
            self.results["latency"][name] = result
            print("%-10s p50 %d p99 %d p99.9 %d at %d/s of %d/s" %
                  (name, *(result[key]["median"] for key in ("p50", "p99", "p999", "rate")), full["rate"]), flush=True)

    def memory(self, small, large):
        many = int(os.environ.get("IDLE", 500 if QUICK else 10000))
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        print("\n## Memory (KB), start-up (ms), size of the binary (KB)")
        self.results["memory"] = {}
        for name in self.names:
            server = self.start(name, 1, 1000)
            count = many if name == "evenkeel" else min(many, 1000)
            try:
                rest = server.memory()
                idle = self.idle_connections(server, small, count)
                server.forget_peak()
                row = load(server, large, 2, seconds=2)
                peak = server.memory("VmHWM") if row and not row["refused"] else None
            finally:
                server.stop()
            starts = summary([self.startup(name, small) for _ in range(5 if QUICK else 15)])
            size = {"evenkeel": servers.BINARY, "go": self.webhook, "h2o": servers.H2O,
                    "nginx": shutil.which("nginx")}[name]
            result = {"rest": rest, "idle_connection": idle, "idle_connections": count, "peak": peak, "startup_ms": starts,
                      "binary": Path(size).stat().st_size}
            self.results["memory"][name] = result
            print("%-10s at rest %d; for each idle connection %.1f; peak with two bodies of 15.9 MB %s; "
                  "first answer after %.1f (%.1f-%.1f); binary %d" %
                  (name, rest / 1024, idle / 1024, "refused" if peak is None else "%d" % (peak / 1024), starts["median"],
                   starts["least"], starts["most"], result["binary"] / 1024), flush=True)

    @staticmethod
    def idle_connections(server, review, count):
        """Bytes for each connection that has carried one small review and waits."""
        body = review.read_bytes()
        request = (b"POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                   % len(body)) + body
        context = servers.client_context()
        server.post(body)
        before = server.memory()
        connections = []
        try:
            for _ in range(count):
                plain = socket.create_connection(("127.0.0.1", server.port), timeout=20)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms each, and the first are cut as idle
                connection = context.wrap_socket(plain)
                connection.sendall(request)
                connection.recv(65536)
                connections.append(connection)
            return (server.memory() - before) / count
        finally:
            for connection in connections:
                connection.close()

    def startup(self, name, review):
        """Milliseconds from starting the process to the end of its first answer, the client's handshake included."""
        server = self.start(name, 1, 1000)
        try:
            server.post(review.read_bytes())
            return (time.monotonic() - server.started) * 1000
        finally:
            server.stop()

    def large(self, review):
        """Milliseconds for one 15.9 MB review on a fresh connection, the handshake included."""
        body = review.read_bytes()
        server = self.start("evenkeel")
        try:
            times = []
            for _ in range(3 if QUICK else 9):
                start = time.monotonic()
                status, _ = server.post(body)
                times.append((time.monotonic() - start) * 1000)
                if status != 200:
                    raise RuntimeError("15.9 MB: evenkeel answered %d" % status)
        finally:
            server.stop()
        self.results["large_ms"] = result = summary(times)
        print("\n## One review of 15.9 MB: %.0f ms (%.0f-%.0f), with Python's client" %
              (result["median"], result["least"], result["most"]), flush=True)

    def engine(self, paths, policies):
        """The engine alone, without transport: by review, and by the number of policy entries."""
        print("\n## admit() alone, and the server's handler with metrics and log line (us of CPU)")
        self.results["engine"] = {}
        for name, path in paths.items():
            times = max(1, min(5000, 20000000 // path.stat().st_size))
            row = {what: summary([self.drive(what, times, "default", path) for _ in range(ROUNDS)])
                   for what in ("core", "handler")}
            self.results["engine"][name] = dict(row, body=path.stat().st_size)
            print("%-18s %.1f %.1f" % (name, row["core"]["median"], row["handler"]["median"]), flush=True)
        print("\n## admit() by the number of policy entries (us of CPU)")
        self.results["entries"] = {}
        for kind in ("that match all", "of which one matches"):
            for count in (1, 10, 100, 1000):
                policy = self.folder / ("entries-%d.yaml" % count)
                policy.write_text(policies(count, kind))
                row = summary([self.drive("core", 2000 if count < 1000 else 500, policy, paths["create-12k-all"])
                               for _ in range(ROUNDS)])
                self.results["entries"]["%d entries %s" % (count, kind)] = row
                print("%5d entries %s: %.1f (%.1f-%.1f)" % (count, kind, row["median"], row["least"], row["most"]), flush=True)

    @staticmethod
    def drive(what, times, policy, path, driver=DRIVER):
        return float(output_of(driver, what, times, policy, path).split()[-1])


def policy_of(count, kind):
    """`count` workload entries; the last of them does as the default policy does."""
    lines = ["apiVersion: evenkeel.dev/v1alpha1", "kind: RolloutPolicy", "cluster: {kubernetesVersion: \"1.30\"}", "workloads:"]
    for i in range(count):
        match = "" if i == count - 1 or kind == "that match all" else ", namespaces: [team-%d-*]" % i
        lines += ["- match: {kinds: [Deployment]%s}" % match, "  readinessProbe: {}", "  preStop: {sleepSeconds: 15}",
                  "  terminationGracePeriodSeconds: {bufferSeconds: 30}", "  rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}"]
    return "\n".join(lines) + "\n"


def find_webhook():
    if os.environ.get("GO_WEBHOOK") == "none" or not shutil.which("go"):
        print("# SKIP the Go webhook: no go on the PATH" if not shutil.which("go") else "# SKIP the Go webhook")
        return None
    done = subprocess.run([ROOT / "tests/bench/build-webhook"], stdout=subprocess.PIPE, universal_newlines=True, check=True)
    return done.stdout.strip()


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("evenkeel: ended"))  # and with it the servers
    for tool in ("nginx", "wrk"):
        if not shutil.which(tool):
            sys.exit("evenkeel: the benchmark needs %s: make deps-bench installs it" % tool)
    small = ["create-12k", "create-12k-all", "update-13k"]
    names = small if QUICK else [*reviews.REAL, *reviews.GROWN, *reviews.CHANGED]
    names = os.environ.get("REVIEWS", " ".join(names)).split()
    with tempfile.TemporaryDirectory(prefix="evenkeel-bench-") as folder:
        os.chmod(folder, 0o755)  # nginx's workers are nobody
        paths = reviews.write(folder, [*names, "create-2.9k-all", "create-15.9m-all"])
        bench = Bench(folder, find_webhook())
        print("# %(commit)s on %(processors)d x %(processor)s, kernel %(kernel)s, load %(load_before).1f" %
              bench.results["machine"], flush=True)
        small, large, usual = paths["create-2.9k-all"], paths["create-15.9m-all"], paths["create-12k-all"]
        parts = {
            "instructions": instructions.compare,
            "bodies": lambda: bench.bodies({name: path for name, path in paths.items() if name in names}),
            "shapes": lambda: bench.shapes(usual),
            "handshakes": lambda: bench.handshakes(small),
            "processor": lambda: bench.processor({name: paths[name] for name in ("create-12k", "create-12k-all") if name in paths}),
            "creates": bench.creates,
            "latency": lambda: bench.latency(usual),
            "large": lambda: bench.large(large),
            "engine": lambda: bench.engine(paths, policy_of),
            "memory": lambda: bench.memory(small, large),
        }
        left_out = ("shapes", "processor") if QUICK else ()
        if not bench.webhook or not create.is_built():
            print("# SKIP a real apiserver: it needs Go, and Kubernetes built by tests/cluster/build", flush=True)
            left_out += ("creates",)
        wanted = os.environ.get("PARTS", " ".join(part for part in parts if part not in left_out))
        for part in wanted.split():
            parts[part]()
            bench.save()
    print("\n# all of it: %s; highest load %.1f" % (OUTPUT, bench.highest_load))


if __name__ == "__main__":
    main()
