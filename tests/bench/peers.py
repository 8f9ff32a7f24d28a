#!/usr/bin/env python3
"""Measures `evenkeel preview` beside other tools that change manifests: the processor time (user and kernel, of all
threads) that each takes for the same Deployments, in one interleaved run. It judges nothing.

    make && tests/bench/peers.py [--count=10000] [--tries=3] [NAME=PROGRAM…]

NAME is kubectl, linkerd, istioctl or kyverno; a tool without PROGRAM is looked for in PATH, and left out where it is
not there. None of them asks a cluster:

- `kubectl patch --local` merges one value into each Deployment.
- `linkerd inject --ignore-cluster` writes the annotation that asks for a proxy.
- `istioctl kube-inject` writes the sidecar, with the configuration that `istioctl manifest generate` prints.
- `kyverno apply` makes evenkeel's four changes, as a ClusterPolicy.

Each tool's output is read: it must have changed every Deployment."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from preview import DEPLOYMENT, ROOT, written

POLICY = """apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: graceful}
spec:
  rules:
  - name: graceful
    match: {any: [{resources: {kinds: [Deployment]}}]}
    mutate:
      patchStrategicMerge:
        spec:
          strategy: {rollingUpdate: {"+(maxSurge)": 1, "+(maxUnavailable)": 0}}
          template:
            spec:
              "+(terminationGracePeriodSeconds)": 45
              containers:
              - (name): "*"
                lifecycle: {"+(preStop)": {exec: {command: [sleep, "15"]}}}
                "+(readinessProbe)": {tcpSocket: {port: 8080}, periodSeconds: 2}
"""
PATCH = '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":45}}}}'


def istio_files(program, folder):
    """Writes what an installed Istio has in its ConfigMaps."""
    maps = {}
    generated = subprocess.run([program, "manifest", "generate"], stdout=subprocess.PIPE, check=True, timeout=120)
    for item in yaml.load_all(generated.stdout, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if item and item["kind"] == "ConfigMap":
            maps[item["metadata"]["name"]] = item["data"]
    for name, text in (("inject", maps["istio-sidecar-injector"]["config"]), ("values", maps["istio-sidecar-injector"]["values"]),
                       ("mesh", maps["istio"]["mesh"])):
        (folder / name).write_text(text)


def commands(programs, folder):
    """(name, arguments, what each changed Deployment has in the output) of each tool."""
    source = str(folder / "input.yaml")
    yield "evenkeel preview -o yaml", [programs["evenkeel"], "preview", "-o", "yaml", source], b"preStop:"
    if programs["kubectl"]:
        yield "kubectl patch --local", [programs["kubectl"], "patch", "--local", "-f", source, "-o", "yaml", "--type=merge", "-p", PATCH], \
            b"terminationGracePeriodSeconds: 45"
    if programs["linkerd"]:
        yield "linkerd inject", [programs["linkerd"], "inject", "--ignore-cluster", source], b"linkerd.io/inject:"
    if programs["istioctl"]:
        istio_files(programs["istioctl"], folder)
        yield "istioctl kube-inject", [programs["istioctl"], "kube-inject", "-r", "default", "-f", source, "--injectConfigFile", str(folder / "inject"),
                                       "--meshConfigFile", str(folder / "mesh"), "--valuesFile", str(folder / "values")], b"name: istio-proxy"
    if programs["kyverno"]:
        (folder / "policy.yaml").write_text(POLICY)
        yield "kyverno apply", [programs["kyverno"], "apply", str(folder / "policy.yaml"), "--resource", source], b"preStop:"


def run(arguments, output):
    """(processor seconds, bytes held at most) of one run."""
    with open(output, "wb") as stdout:
        process = subprocess.Popen(arguments, stdout=stdout, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit("%s: exit status %d" % (" ".join(arguments), process.returncode))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def lines_with(mark, path):
    """By grep: what this process held would count as the memory of the tools that it starts."""
    return int(subprocess.run(["grep", "-c", "-F", "-e", mark, path], stdout=subprocess.PIPE, check=False).stdout)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("programs", nargs="*")
    arguments = parser.parse_args()
    programs = {name: shutil.which(name) for name in ("kubectl", "linkerd", "istioctl", "kyverno")}
    programs["evenkeel"] = str(ROOT / "build/release/evenkeel")
    programs.update(part.split("=", 1) for part in arguments.programs)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with open(folder / "input.yaml", "wb") as file:
            for i, piece in enumerate(written(DEPLOYMENT)):
                if i < arguments.count:
                    file.write(piece)
        tools, figures = list(commands(programs, folder)), {}
        for _ in range(arguments.tries):
            for name, command, mark in tools:
                figures.setdefault(name, []).append(run(command, folder / "output"))
                changed = lines_with(mark, folder / "output")
                if changed < arguments.count:
                    sys.exit("%s changed only %d Deployments" % (name, changed))
        ours = statistics.median([seconds for seconds, _ in figures[tools[0][0]]])
        for name, values in figures.items():
            seconds = [value[0] for value in values]
            print("%-26s %8.1f µs each (%.1f–%.1f)  %5.0f times  %5.0f MB" % (
                name, *(x / arguments.count * 1e6 for x in (statistics.median(seconds), min(seconds), max(seconds))),
                statistics.median(seconds) / ours, max(value[1] for value in values) / 1e6))


if __name__ == "__main__":
    main()
