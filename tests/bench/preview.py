#!/usr/bin/env python3
"""Measures `evenkeel preview` on 10,000 Deployments in one stream: MB/s of input by the processor time it took (user
and kernel), and the most memory it held. It judges nothing; the goal is 20 MB/s in less than 100 MB.

    make && tests/bench/preview.py [BINARY]

Written ones are of the size that real ones have (1.3 KB at the mean), dumped ones of that which kubectl prints. The
smallest that works is measured too, since time goes by the object as much as by the byte. Where there is a corpus
beside the repository, its Deployments are measured over again until there are 10,000."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT.parent / "shared/corpus/manifests"
COUNT = 10000
TRIES = 3  # the least counts: other work on the machine only adds

DEPLOYMENT = """---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-%(i)d
  namespace: team-%(team)d
  labels:
    app.kubernetes.io/name: shop-%(i)d
    app.kubernetes.io/part-of: store
spec:
  replicas: %(replicas)d
  selector:
    matchLabels:
      app.kubernetes.io/name: shop-%(i)d
  template:
    metadata:
      labels:
        app.kubernetes.io/name: shop-%(i)d
        app.kubernetes.io/part-of: store
      annotations:
        prometheus.io/port: "9090"
    spec:
      serviceAccountName: shop-%(i)d
      containers:
        - name: app
          image: "registry.example.com/store/shop:2.14.%(i)d"
          imagePullPolicy: IfNotPresent
          ports:
            - name: http # serves customers
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          env:
            - name: JAVA_OPTS
              value: "-XX:MaxRAMPercentage=75.0 -Dlog4j2.formatMsgNoLookups=true"
            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: shop-%(i)d-database
                  key: password
          resources:
            requests:
              cpu: 250m
              memory: 512Mi
            limits:
              memory: 512Mi
      volumes:
        - name: config
          configMap:
            name: shop-%(i)d
"""
SMALL = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a%(i)d}
spec:
  selector: {matchLabels: {app: a%(i)d}}
  template:
    metadata: {labels: {app: a%(i)d}}
    spec: {containers: [{name: a, image: "a:1", ports: [{containerPort: 80}]}]}
"""


SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: shop-%(i)d, namespace: team-%(team)d}
spec:
  selector: {app.kubernetes.io/name: shop-%(i)d}
  ports: [{port: 80, targetPort: http}]
"""


# The inputs come in pieces: what this process holds would count as a child's memory, too.
def written(text):
    for i in range(COUNT):
        yield (text % {"i": i, "team": i % 100, "replicas": 2 + i % 5}).encode()


def dumped_item(i):
    labels = {"app": "shop-%d" % i}
    return {"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "shop-%d" % i, "namespace": "team-%d" % (i % 100), "uid": "u%d" % i, "generation": 4,
                         "resourceVersion": str(i), "labels": labels,
                         "annotations": {"deployment.kubernetes.io/revision": "4"}},
            "spec": {"progressDeadlineSeconds": 600, "replicas": 3, "revisionHistoryLimit": 10,
                     "selector": {"matchLabels": labels},
                     "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
                                  "type": "RollingUpdate"},
                     "template": {"metadata": {"labels": labels}, "spec": {
                         "containers": [{"name": "app", "image": "shop:2.14.%d" % i, "imagePullPolicy": "Always",
                                         "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
                                         "resources": {}, "terminationMessagePath": "/dev/termination-log",
                                         "terminationMessagePolicy": "File"}],
                         "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "securityContext": {},
                         "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30}}},
            "status": {"availableReplicas": 3, "observedGeneration": 4, "readyReplicas": 3, "replicas": 3}}


def dumped():
    """As `kubectl get deployments -A -o json` prints them."""
    yield b'{\n    "apiVersion": "v1",\n    "kind": "List",\n    "items": ['
    for i in range(COUNT):
        item = json.dumps(dumped_item(i), indent=4).replace("\n", "\n        ")
        yield ("%s\n        %s" % ("," if i else "", item)).encode()
    yield b"\n    ]\n}\n"


def on_one_line():
    """As `kubectl get --raw` or `jq -c` print them."""
    yield b'{"apiVersion":"v1","kind":"List","items":['
    for i in range(COUNT):
        yield b"," * bool(i) + json.dumps(dumped_item(i), separators=(",", ":")).encode()
    yield b"]}\n"


def in_flow_style():
    """One YAML document on one line."""
    yield b"{apiVersion: v1, kind: List, items: ["
    for i in range(COUNT):
        yield b", " * bool(i) + json.dumps(dumped_item(i)).encode()
    yield b"]}\n"


def large():
    """One JSON document of 100 MB, as kubectl prints it."""
    size = 0
    yield b'{"apiVersion":"v1","kind":"List","items":[\n'
    for i in range(10 * COUNT):
        piece = b",\n" * bool(i) + json.dumps(dumped_item(i), indent=4).encode()
        size += len(piece)
        yield piece
        if size > 100e6:
            break
    yield b"]}\n"


def with_services():
    for i in range(COUNT):
        values = {"i": i, "team": i % 100, "replicas": 2 + i % 5}
        yield (DEPLOYMENT % values + SERVICE % values).encode()


def found():
    """The corpus's manifests that are one Deployment, over and over."""
    texts = []
    for path in sorted(CORPUS.glob("*.yaml")):
        text = path.read_bytes()
        if b"\nkind: Deployment" in text and text.count(b"\nkind: ") == 1 and b"\n---" not in text:
            texts.append(text.lstrip(b"-\n") + b"\n")
    for i in range(COUNT if texts else 0):
        yield b"---\n" + texts[i % len(texts)]


def measure(binary, path, form):
    """(seconds of processor time, bytes held at most) of one run: the least of several."""
    best = (1e9, 1e9)
    for _ in range(TRIES):
        output = os.open(os.devnull, os.O_WRONLY)
        process = subprocess.Popen([binary, "preview", "--exit-code", "-o", form, path], stdout=output, stderr=output)
        os.close(output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.WEXITSTATUS(status)
        if process.returncode != 1:
            sys.exit("%s: exit status %d" % (path, process.returncode))
        best = min(best, (usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024))
    return best


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/evenkeel")
    inputs = [("written by hand", written(DEPLOYMENT)), ("dumped by kubectl", dumped()), ("of the corpus", found()),
              ("the smallest", written(SMALL))]
    forms = [("JSON on one line", on_one_line()), ("YAML on one line", in_flow_style()),
              ("one document", large()), ("with its Service", with_services())]
    with tempfile.TemporaryDirectory() as folder:
        for name, pieces in inputs + forms:
            path = os.path.join(folder, "input.yaml")
            count = 0
            with open(path, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                    count += len(re.findall(rb'kind"?: ?"?Deployment', piece))
            size = os.path.getsize(path)
            shown = ("yaml",) if (name, pieces) in forms else ("diff", "yaml", "json", "patch", "summary")
            for form in shown if size else ():
                seconds, memory = measure(binary, path, form)
                print("%-18s %5.2f KB each  -o %-7s %5.1f MB/s  %4.0f µs each  %4.0f MB" % (
                    name, size / count / 1e3, form, size / seconds / 1e6, seconds / count * 1e6, memory / 1e6))


if __name__ == "__main__":
    main()
