#!/usr/bin/env python3
"""The cluster of two nodes itself: pods run and can be reached in every way, and nothing is left afterwards, even
after an interrupt or a kill. TAP on stdout.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import cgroups
from cluster import ROOT, isolate
from images import program_image
from node import TUNABLES
from nodes import Nodes
from objects import deployment

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

WEB = "evenkeel.test/web:1"
DEPLOYMENTS = "/apis/apps/v1/namespaces/%s/deployments"
PODS = "/api/v1/namespaces/%s/pods"
NODE_PORTS = {"Cluster": 30080, "Local": 30081}
OUTSIDE = ("/run/containerd", "/run/runc", "/run/netns", "/var/lib/kubelet", "/var/lib/cni", "/var/lib/containerd",
           "/var/log/pods", "/var/log/containers", "/usr/libexec/kubernetes", "/opt/containerd", "/opt/cni", "/etc/cni")
FETCH = "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"


def web(name, replicas, node=None):
    document = deployment(name, image=WEB)
    document["spec"]["replicas"] = replicas
    pod = document["spec"]["template"]["spec"]
    pod["automountServiceAccountToken"] = False
    if node is not None:
        pod["nodeSelector"] = {"kubernetes.io/hostname": node}
    else:
        pod["topologySpreadConstraints"] = [{"topologyKey": "kubernetes.io/hostname", "maxSkew": 1, "labelSelector":
                                             {"matchLabels": {"app": name}}, "whenUnsatisfiable": "DoNotSchedule"}]
    return document


def service(name, app, policy):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "type": "NodePort", "externalTrafficPolicy": policy, "selector": {"app": app},
        "ports": [{"port": 80, "targetPort": 8080, "nodePort": NODE_PORTS[policy]}]}}


def fetch(address):
    """A server's answer, as text. None if it does not answer."""
    try:
        with urllib.request.urlopen("http://%s/" % address, timeout=2) as answer:
            return answer.read().decode().split()
    except OSError:
        return None


def fetch_from(node, address):
    """The same from a node's network."""
    done = node.run([sys.executable, "-c", FETCH, "http://%s/" % address], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    universal_newlines=True)
    return done.stdout.split() or None


def pods_of(cluster, namespace, app):
    return cluster.api.must("GET", PODS % namespace + "?labelSelector=app%3D" + app)["items"]


def check_traffic(results, cluster):
    """A Deployment on both nodes, and one on the first only, which tells the two traffic policies apart."""
    api, names = cluster.api, [node.name for node in cluster.nodes]
    cluster.namespace("plain", inject=False)
    for document in (web("spread", 4), web("first", 2, node=names[0])):
        api.must("POST", DEPLOYMENTS % "plain", document)
    for policy in NODE_PORTS:
        api.must("POST", "/api/v1/namespaces/plain/services", service(policy.lower(), "first", policy))
    for name in ("spread", "first"):
        cluster.wait_rollout("plain", name)
    spread = pods_of(cluster, "plain", "spread")
    results.equal("pods run on both nodes", Counter(pod["spec"]["nodeName"] for pod in spread), {name: 2 for name in names})
    results.equal("each pod answers at its address", [fetch(pod["status"]["podIP"] + ":8080") for pod in spread],
                  [[pod["metadata"]["name"]] for pod in spread])
    first = {pod["metadata"]["name"] for pod in pods_of(cluster, "plain", "first")}
    address = api.must("GET", "/api/v1/namespaces/plain/services/cluster")["spec"]["clusterIP"]

    def reached(ask):
        return [node.name for node in cluster.nodes if set(ask(node) or ()) & first]

    def reached_by_node_port(policy):
        return reached(lambda node: fetch("%s:%d" % (node.address, NODE_PORTS[policy])))
    for what, ask, wanted in (
            ("node ports of policy Cluster answer on every node", lambda: reached_by_node_port("Cluster"), names),
            ("node ports of policy Local answer where pods are", lambda: reached_by_node_port("Local"), names[:1]),
            ("the ClusterIP answers on every node", lambda: reached(lambda node: fetch_from(node, address)), names)):
        cluster.wait(what, lambda ask=ask, wanted=wanted: ask() == wanted, 30)  # kube-proxy takes a moment
        time.sleep(1)
        results.equal(what, ask(), wanted)


def inside(what):
    isolate()
    with Nodes("nodes" if what == "check" else "nodes-" + what, images=[program_image(WEB, "web.c")]) as cluster:
        if what != "check":
            cluster.namespace("plain", inject=False)
            cluster.api.must("POST", DEPLOYMENTS % "plain", web("left", 2))
            cluster.wait_rollout("plain", "left")
            print("# running", flush=True)
            time.sleep(600)
        results = Results()
        check_traffic(results, cluster)
    results.run()


def machine():
    """The things that nodes could have changed outside their namespaces."""
    links = subprocess.run(["ip", "-brief", "link"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return {"mounts": Path("/proc/self/mountinfo").read_text(), "links": [line.split()[0] for line in links.splitlines()],
            "tunables": [(Path("/proc/sys") / name).read_text() for name in TUNABLES],
            "files": [path for path in OUTSIDE if os.path.exists(path)]}


def descendants(process):
    """Of a process, of all generations, each with its start time."""
    found = {}
    for task in Path("/proc/%d/task" % process).glob("*"):
        for child in map(int, (task / "children").read_text().split()):
            found[child] = cgroups.start_time(child)
            found.update(descendants(child))
    return found


def processes_of(name):
    """Those that inherited a test's variable, or are in its cgroups, such as containers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if name.encode() in (process / "environ").read_bytes() or name in (process / "cgroup").read_text():
                found.append("%s %s" % (process.name, (process / "comm").read_text().strip()))
        except OSError:
            pass
    return found


def check_nothing_left(results, after, name, known, before):
    """`known`: its processes when it still ran."""
    def left():
        return processes_of(name) + [process for process, start in known.items() if cgroups.start_time(process) == start]
    deadline = time.monotonic() + 60
    while left() and time.monotonic() < deadline:
        time.sleep(0.1)
    results.equal("no process is left after " + after, left(), [])
    results.equal("nor anything else on the machine", machine(), before)


def check_without_root(results):
    """In a user namespace, whose root is not the machine's."""
    command = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*command, "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        return results.skip("without root it is skipped", "there are no user namespaces")
    done = subprocess.run([*command, sys.executable, __file__, "check"], stdout=subprocess.PIPE, universal_newlines=True,
                          check=False)
    results.equal("without root it is skipped", (done.returncode, done.stdout), (0, "1..0 # SKIP nodes need root\n"))


def main():
    if len(sys.argv) > 1:
        return inside(sys.argv[1])
    before, results = machine(), Results()
    if os.geteuid() == 0:
        check_without_root(results)
    for what, number in (("check", 0), ("interrupted", signal.SIGINT), ("killed", signal.SIGKILL)):
        with subprocess.Popen([sys.executable, __file__, what], stdout=subprocess.PIPE, universal_newlines=True) as run:
            name = "evenkeel-%d-%s" % (run.pid, cgroups.start_time(run.pid))
            said, known = "", {}
            for line in run.stdout:
                said += line
                if number and line.startswith("# running"):
                    known = descendants(run.pid)
                    results.check("pods are there to be " + what, len(known) > 10 and processes_of(name) and
                                  cgroups.find(name), known)
                    run.send_signal(number)
                elif not number:
                    print(line, end="", flush=True)
        if said.startswith("1..0"):
            return 0
        if number:
            results.equal("it was " + what, ("# running" in said, run.returncode != 0), (True, True))
        check_nothing_left(results, "the end" if not number else "being " + what, name, known, before)
        if what == "killed":
            cgroups.sweep()
        results.equal("no cgroup either" + (", once another test began" if what == "killed" else ""), cgroups.find(name), [])
        if not number and run.returncode:
            results.failed += 1
    results.run()


if __name__ == "__main__":
    sys.exit(main())
