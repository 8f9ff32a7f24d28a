#!/usr/bin/env python3
"""The cluster of two nodes itself: pods run and are reached in every way, the chart's evenkeel serves from its own image,
`helm test` succeeds, a rolling restart of evenkeel fails no admission, and nothing of all this is left afterwards, also when
it is interrupted or killed. TAP on stdout.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

import cgroups
from cluster import ROOT, isolate
from figures import write_figures
from images import program_image
from node import TUNABLES
from nodes import Nodes
from objects import deployment, sleep_seconds
from webhook import NAMESPACE

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

WEB = "evenkeel.test/web:1"
DEPLOYMENTS = "/apis/apps/v1/namespaces/%s/deployments"
PODS = "/api/v1/namespaces/%s/pods"
NODE_PORTS = {"Cluster": 30080, "Local": 30081}
CREATES_PER_SECOND = 10
CREATE_THREADS = 4
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


def is_ready(pod):
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in pod["status"]["conditions"])


def service(name, app, policy):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "type": "NodePort", "externalTrafficPolicy": policy, "selector": {"app": app},
        "ports": [{"port": 80, "targetPort": 8080, "nodePort": NODE_PORTS[policy]}]}}


def fetch(address):
    """What a server says, in its words; None where it does not answer."""
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


def check_spread(results, cluster):
    pods = cluster.api.must("GET", PODS % NAMESPACE)["items"]
    results.equal("two pods of evenkeel are ready, one on each node",
                  sorted((pod["spec"]["nodeName"], is_ready(pod)) for pod in pods), [(node.name, True) for node in cluster.nodes])


def check_evenkeel(results, cluster):
    cluster.install_evenkeel(values={"webhook": {"failurePolicy": "Fail"}})
    pods = cluster.api.must("GET", PODS % NAMESPACE)["items"]
    check_spread(results, cluster)
    _, log, _ = cluster.kubectl("logs", "--namespace=" + NAMESPACE, pods[0]["metadata"]["name"])
    sandbox = [line for line in log.splitlines() if '"sandbox"' in line]
    results.check("its sandbox is in force in a container", sandbox and '"seccomp":true' in sandbox[0] and
                  '"no_new_privileges":true' in sandbox[0], log)
    status, said, problem = cluster.helm("test", "evenkeel", "--namespace=" + NAMESPACE, "--logs")
    results.check("helm test succeeds on a node", status == 0 and "chains to" in said and "every Deployment" in said,
                  said, problem)
    cluster.namespace("shop")
    stored = cluster.api.must("POST", DEPLOYMENTS % "shop", web("checkout", 2))
    results.equal("a new Deployment is injected", sleep_seconds(stored), 15)
    cluster.wait_rollout("shop", "checkout")
    cluster.api.must("DELETE", DEPLOYMENTS % "shop" + "/checkout")


class Creates(threading.Thread):
    """Creates Deployments (of no pods) at a steady rate, every CREATE_THREADS-th of all."""

    started = None

    def __init__(self, cluster, number):
        super().__init__(daemon=True)
        self.api, self.number = cluster.connect(), number
        self.ended = threading.Event()
        self.done, self.failed, self.slowest = 0, [], 0.0

    def run(self):
        for number in range(self.number, 10 ** 6, CREATE_THREADS):
            if self.ended.wait(max(0.0, self.started + number / CREATES_PER_SECOND - time.monotonic())):
                return
            document = web("c-%d" % number, 0)
            begun = time.monotonic()
            try:
                answer = self.api.request("POST", DEPLOYMENTS % "creates", document)
                good = answer.status == 201 and sleep_seconds(answer.document) == 15
            except OSError as error:
                answer, good = error, False
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.done += 1
            if not good:
                self.failed.append("%.1f s: %r" % (begun - self.started, answer))


def check_restart(results, cluster):
    """failurePolicy is Fail: an admission that does not reach evenkeel is an error, one that it spoils lacks the hook."""
    cluster.namespace("creates")
    before = {pod["metadata"]["name"] for pod in cluster.api.must("GET", PODS % NAMESPACE)["items"]}
    threads = [Creates(cluster, number) for number in range(CREATE_THREADS)]
    Creates.started = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(2)
    status, _, problem = cluster.kubectl("rollout", "restart", "deployment/evenkeel", "--namespace=" + NAMESPACE)
    results.equal("kubectl rollout restart of evenkeel", (status, problem), (0, ""))
    cluster.wait_rollout(NAMESPACE, "evenkeel")
    cluster.wait("the end of the old pods", lambda: not before & {
        pod["metadata"]["name"] for pod in cluster.api.must("GET", PODS % NAMESPACE)["items"]})
    check_spread(results, cluster)
    time.sleep(2)
    seconds = time.monotonic() - Creates.started
    for thread in threads:
        thread.ended.set()
    for thread in threads:
        thread.join()
    done, failed = sum(thread.done for thread in threads), [line for thread in threads for line in thread.failed]
    results.equal("every one of %d creates during it is admitted and injected" % done, failed, [])
    results.check("they went on at a steady rate", done > 0.9 * CREATES_PER_SECOND * seconds, done, seconds)
    write_figures("nodes", "rolling restart of evenkeel on two nodes, failurePolicy Fail: %d failed admissions of %d in %.0f s, "
                  "the slowest %.0f ms" % (len(failed), done, seconds, 1e3 * max(thread.slowest for thread in threads)))


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
        for check in (check_traffic, check_evenkeel, check_restart):
            check(results, cluster)
    results.run()


def machine():
    """What nodes could have changed outside their namespaces."""
    links = subprocess.run(["ip", "-brief", "link"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return {"mounts": Path("/proc/self/mountinfo").read_text(), "links": [line.split()[0] for line in links.splitlines()],
            "tunables": [(Path("/proc/sys") / name).read_text() for name in TUNABLES],
            "files": [path for path in OUTSIDE if os.path.exists(path)]}


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


def check_nothing_left(results, after, name, before):
    deadline = time.monotonic() + 10
    while processes_of(name) and time.monotonic() < deadline:
        time.sleep(0.1)
    results.equal("no process is left after " + after, processes_of(name), [])
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
            said = ""
            for line in run.stdout:
                said += line
                if number and line.startswith("# running"):
                    results.check("pods are there to be " + what, len(processes_of(name)) > 10 and cgroups.find(name))
                    run.send_signal(number)
                elif not number:
                    print(line, end="", flush=True)
        if said.startswith("1..0"):
            return 0
        if number:
            results.equal("it was " + what, ("# running" in said, run.returncode != 0), (True, True))
        check_nothing_left(results, "the end" if not number else "being " + what, name, before)
        if what == "killed":
            cgroups.sweep()
        results.equal("no cgroup either" + (", once another test began" if what == "killed" else ""), cgroups.find(name), [])
        if not number and run.returncode:
            results.failed += 1
    results.run()


if __name__ == "__main__":
    sys.exit(main())
