#!/usr/bin/env python3
"""`release run --query` against a real Prometheus, on two nodes: asked by kubectl through the API server, and by curl. The
pods' counters are made here, and Prometheus scrapes them. TAP on stdout. Run it by itself, as `make test-cluster` does not:

    go install -tags remove_all_sd github.com/prometheus/prometheus/cmd/prometheus@v0.316.0
    PROMETHEUS=~/go/bin/prometheus tests/cluster/prometheus.py
"""

import http.server
import json
import os
import shutil
import sys
import threading
import time

import check_kubectl
from check_kubectl import RIGHTS, KubectlCase, begin, grant
from cluster import ADDRESS, ROOT, isolate
from images import image, libraries, program_image
from nodes import Nodes
from objects import deployment
from releases import IMAGE, TAGS, Bench

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

BINARY = os.environ.get("PROMETHEUS") or shutil.which("prometheus")
PORT, METRICS_PORT = 9090, 9200
CONFIG = ROOT / "build/cluster/prometheus.yaml"
CONFIGURATION = """global: {scrape_interval: 1s}
scrape_configs:
  - job_name: pods
    honor_labels: true
    static_configs: [{targets: ["%s:%d"]}]
""" % (ADDRESS, METRICS_PORT)
ERRORS = 'sum(rate(http_requests_total{pod=~"$pods",code="500"}[5s])) / sum(rate(http_requests_total{pod=~"$pods"}[5s]))'
POLICY = "workloads:\n  - preStop: {sleepSeconds: 1}\n    batches: [1]\n"


class Counters(http.server.BaseHTTPRequestHandler):
    """Each pod of a case answers ten requests a second; of the new version of some cases one in five is an error."""

    bench, address, started, failing = None, None, time.monotonic(), ("bad-service", "bad-url")

    def do_GET(self):  # noqa: N802
        seconds, lines = time.monotonic() - self.started, ["# TYPE http_requests_total counter"]
        for case in list(self.bench.cases):
            for name, (version, _) in list(case.pods.items()):
                share = 0.2 if version > 1 and case.name in self.failing else 0
                if case.name == "silent":
                    continue
                for code, part in (("200", 1 - share), ("500", share)):
                    lines.append('http_requests_total{namespace="%s",pod="%s",code="%s"} %f' % (case.name, name, code, seconds * 10 * part))
        text = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def prometheus_image():
    """The program with what it is linked with, and its configuration."""
    CONFIG.parent.mkdir(parents=True, exist_ok=True)
    CONFIG.write_text(CONFIGURATION)
    files = {"/prometheus": BINARY, "/prometheus.yaml": CONFIG}
    files.update(libraries(BINARY))
    return image("evenkeel.test/prometheus:1", files, [
        "/prometheus", "--config.file=/prometheus.yaml", "--storage.tsdb.path=/data", "--web.listen-address=:%d" % PORT])


def start(cluster, bench):
    """In a pod: the API server's proxy asks nothing else. Returns its address."""
    Counters.bench = bench
    server = http.server.ThreadingHTTPServer((ADDRESS, METRICS_PORT), Counters)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cluster.namespace("monitoring", inject=False)
    document = deployment("prometheus", image="evenkeel.test/prometheus:1")
    document["spec"]["replicas"] = 1
    document["spec"]["template"]["spec"]["automountServiceAccountToken"] = False
    cluster.api.must("POST", "/apis/apps/v1/namespaces/monitoring/deployments", document)
    cluster.api.must("POST", "/api/v1/namespaces/monitoring/services", {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "prometheus"}, "spec": {
            "selector": {"app": "prometheus"}, "ports": [{"name": "web", "port": PORT}]}})
    path = "/api/v1/namespaces/monitoring/services/prometheus:%d/proxy/api/v1/query?query=up" % PORT
    cluster.wait("Prometheus has asked for the counters", lambda: '"1"' in json.dumps(cluster.api.request("GET", path).document), 120)
    return cluster.api.must("GET", "/api/v1/namespaces/monitoring/pods")["items"][0]["status"]["podIP"]


def query(where, text=ERRORS, *more):
    where = where % (Counters.address, PORT) if where == BY_URL else where
    return ("--query=" + text, "--prometheus=" + where, "--fail-above=0.05", "--bake=8s", *more)


BY_SERVICE, BY_URL = "monitoring/prometheus:%d" % PORT, "http://%s:%d"


def passes(where):
    def course(case):
        begin(case)
        case.ended(case.start_run(*query(where, ERRORS, "--timeout=60s")), 0, "start", "step", "approved", "released")
        case.expect("all are new", {2: 4})
        case.expect_own()
    return course


def fails(where):
    def course(case):
        begin(case)
        lines = case.ended(case.start_run(*query(where, ERRORS, "--timeout=60s")), 1, "start", "step", "failed", "rolled-back")
        case.check("the query's value is the reason", "the query gives 0." in next(
            line["message"] for line in lines if line["event"] == "failed"), lines)
        case.expect("rolled back", {1: 4})
        case.expect_own()
    return course


def never_passes(text, reason):
    """No answer is no success: it asks until the time is over."""
    def course(case):
        begin(case)
        lines = case.ended(case.start_run(*query(BY_SERVICE, text, "--timeout=25s")), 1, "start", "step", "failed", "rolled-back")
        case.check("the reason is said", reason in next(line["message"] for line in lines if line["event"] == "failed"), lines)
        case.expect("rolled back", {1: 4})
        case.expect_own()
    return course


COURSES = {"good-service": passes(BY_SERVICE), "good-url": passes(BY_URL), "bad-service": fails(BY_SERVICE), "bad-url": fails(BY_URL),
           "silent": never_passes(ERRORS, "no data"), "nonsense": never_passes("sum(", "Prometheus")}


def main():
    if not BINARY:
        print("Bail out! PROMETHEUS names no program: see the head of this file")
        return
    isolate()
    results = Results()
    RIGHTS["releaser"].append({"apiGroups": [""], "resources": ["services/proxy"], "verbs": ["get"]})
    cluster = Nodes("prometheus", images=[prometheus_image(), *(program_image(IMAGE % tag, "web.c") for tag in TAGS)])
    cluster.users += [(user, user, "") for user in check_kubectl.RIGHTS]
    with cluster:
        cluster.install_evenkeel(policy=POLICY)
        grant(cluster)
        bench = Bench(cluster)
        Counters.address = start(cluster, bench)
        try:
            bench.run(*(KubectlCase(bench, name, course) for name, course in COURSES.items()))
        finally:
            print("".join("# %s\n" % line for line in bench.tell(results).splitlines()))
    results.run()


if __name__ == "__main__":
    main()
