#!/usr/bin/env python3
"""The time that `evenkeel preview` takes grows linearly with its input in every form: eight times the objects may take
at most twenty times the processor time. A walk back to the start of the line for each edit once made it 64 times."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from preview import BINARY, finish, result

FEW, MANY, LIMIT = 100, 800, 20


def deployment(i, namespace="one"):
    labels = {"part-of": "store", "app": "shop-%d" % i}
    env = [{"name": "V%d" % k, "value": "x" * 40} for k in range(12)]
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop-%d" % i, "namespace": namespace},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                "containers": [{"name": "app", "image": "shop:1", "ports": [{"containerPort": 8080}], "env": env}]}}}}


def service(i):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop-%d" % i, "namespace": "one"},
            "spec": {"selector": {"part-of": "store", "app": "shop-%d" % i}, "ports": [{"port": 80, "targetPort": 8080}]}}


def namespace(i):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n%d" % i, "labels": {"evenkeel.dev/inject": "enabled"}}}


def stream(objects):
    return "\n---\n".join(json.dumps(item) for item in objects)


def listed(count, **form):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [deployment(i) for i in range(count)]}, **form)


FORMS = {
    "JSON on one line": listed,
    "JSON in lines": lambda count: listed(count, indent=2),
    "JSON values one after the other": lambda count: "\n".join(json.dumps(deployment(i)) for i in range(count)),
    "YAML in flow style on one line": lambda count: "{kind: 'List', " + listed(count)[1:],
    "flow style behind a key": lambda count: "kind: List\nitems: " + json.dumps([deployment(i) for i in range(count)]) + "\n",
    "one YAML document": lambda count: "kind: List\nitems:\n" + "".join(
        "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a%d}\n  spec:\n    selector: {}\n    template:\n      spec:\n        containers:\n"
        "        - name: app\n          env: %s\n          ports:\n          - containerPort: 80\n" % (i, json.dumps([{"name": "A", "value": "x" * 400}]))
        for i in range(count)),
    "a stream": lambda count: stream(deployment(i) for i in range(count)),
    "an alias in each object": lambda count: "kind: List\nx: &c {name: app, ports: [{containerPort: 80}]}\nitems:\n" + "".join(
        "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a%d}\n  spec: {selector: {}, template: {spec: {containers: [*c]}}}\n" % i
        for i in range(count)),
    "a Service beside each": lambda count: stream(make(i) for i in range(count) for make in (deployment, service)),
    "a namespace for each": lambda count: stream(item for i in range(count) for item in (namespace(i), deployment(i, "n%d" % i))),
}


def seconds(folder, text, *arguments):
    """Processor time of a run: the smaller of two."""
    path = Path(folder) / "input.yaml"
    path.write_text(text)
    times = []
    for _ in range(2):
        with open(os.devnull, "wb") as nothing:
            process = subprocess.Popen([str(BINARY), "preview", *arguments, str(path)], stdout=nothing, stderr=nothing)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.WEXITSTATUS(status)
        times.append(usage.ru_utime if process.returncode == 0 else 1e9)
    return min(times)


with tempfile.TemporaryDirectory() as made:
    for name, form in FORMS.items():
        for arguments in (["-o", "yaml"], ["-o", "yaml", "--remove"]):
            texts = [form(FEW), form(MANY)]
            if "--remove" in arguments:
                texts = [subprocess.run([str(BINARY), "preview", "-o", "yaml", "-"], input=text.encode(), stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL).stdout.decode() for text in texts]
            few, many = (seconds(made, text, *arguments) for text in texts)
            print("# %s, %s: %.2f s for %d objects, %.2f s for %d" % (name, " ".join(arguments), few, FEW, many, MANY))
            result("%s: %s" % (name, " ".join(arguments)), "" if many < LIMIT * max(few, 0.02) else "%.1f times as long" % (many / few))
finish()
