"""A real cluster of two nodes on this machine: all of class Cluster, and kube-scheduler, all controllers, and for each node
a network with containerd, kubelet, kube-proxy (nftables) and CNI's bridge; pods really run.

    from nodes import Nodes
    from cluster import isolate
    isolate()  # first, as for Cluster
    with Nodes("name", images=[program_image("evenkeel.test/web:1", "web.c")]) as cluster:

Where the machine cannot run nodes, Nodes(...) prints why as a TAP skip and ends the program with status 0.

Who reaches what: the test itself, and so a balancer or load generator that it starts, stands in the control plane's network
(ADDRESS of cluster.py). From there it reaches pod addresses and, on cluster.nodes[i].address, node ports; ClusterIPs it does
not: those are for clients in a node's network, node.popen([...]) and node.run([...]), or in pods. There is no DNS.

Images are what images.py makes; there is no registry, and a pod's imagePullPolicy must not be Always (a tag :latest makes it
so by itself). Test pods best have automountServiceAccountToken: false.

Nodes end with the process that made them, however it ends. Logs stay in build/cluster/NAME: of the parts beside those of
Cluster, of containers in NODE/log/pods.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cgroups
from cluster import INSIDE, Cluster
from images import CHART, evenkeel_image, pause_image
from node import ALL_PODS, BRIDGE, CNI_PLUGINS, NETWORK, Node, hides
from objects import deployment
from webhook import NAMESPACE, RECORD, annotations, get_plain

PROGRAMS = ("containerd", "ctr", "runc", "nft", "ip", "nsenter", "sysctl", "gcc")
PODS_WEIGH = 8  # times the usual weight: with less, control plane and load starve the pods, which share one group
PROBES = "evenkeel-probe"  # a namespace in which install_evenkeel() asks whether evenkeel is called


def why_not():
    """Why nodes cannot run here. None if they can. Ask in the test's namespaces."""
    if Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]:
        return "nodes need root"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    missing += [CNI_PLUGINS + "/" + name for name in ("bridge", "host-local", "loopback")
                if not os.path.exists(CNI_PLUGINS + "/" + name)]
    if missing:
        return "nodes need %s: make deps-cluster" % ", ".join(missing)
    for module, path in (("overlay", "/sys/module/overlay"), ("br_netfilter", "/proc/sys/net/bridge")):
        if not os.path.exists(path) and subprocess.run(["modprobe", module], check=False, stderr=subprocess.DEVNULL).returncode:
            return "nodes need the kernel's " + module
    if subprocess.run(["nft", "add", "table", "ip", "evenkeel-try"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        return "nodes need the kernel's nf_tables"
    subprocess.run(["nft", "delete", "table", "ip", "evenkeel-try"], check=True)
    try:
        cgroups.make(os.environ[INSIDE])
    except OSError as error:
        return "nodes need cgroups: %s" % error
    return None if cgroups.hierarchies() else "nodes need cgroups: none is mounted"


class Nodes(Cluster):
    apiserver_options = ("--kubelet-preferred-address-types=InternalIP",)

    def __init__(self, name, images=(), count=2, graceful=None):
        """A cluster whose nodes have these images (archives that images.py made) and evenkeel's own. graceful: how long the
        kubelet holds up a shutdown, and how much of that is for critical pods; such as ("30s", "10s")."""
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        reason = why_not()
        if reason:
            print("1..0 # SKIP %s" % reason)
            sys.exit(0)
        super().__init__(name)
        for path in (self.folder, self.parts):
            if hides(path):
                raise RuntimeError("%s: nodes have their own /run, /var/lib and /var/log and must see it" % path)
        self.graceful = graceful or ("0s", "0s")
        self.images = [pause_image(), evenkeel_image(), *images]
        self.users.append(("kube-proxy", "system:kube-proxy", "system:node-proxier"))
        self.nodes = [Node(self, number, os.environ[INSIDE]) for number in range(1, count + 1)]

    def __enter__(self):
        started = time.monotonic()
        try:
            self._make_nodes()
            super().__enter__()
            self.start_controllers()
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda node: node.import_images(self.images), self.nodes))
            for node in self.nodes:
                if self.graceful[0] != "0s":
                    node.start_logind()
                node.start_kubelet()
            self.wait("the nodes' addresses", self._nodes_have_addresses)
            for node in self.nodes:
                node.start_proxy()
            self.wait("the nodes", self._nodes_are_ready)
            self._wait_for_service_account("default")
        except BaseException:
            self.stop()
            raise
        print("# %d nodes were up after %.1f s" % (len(self.nodes), time.monotonic() - started), flush=True)
        return self

    def _make_nodes(self):
        cgroups.weigh(os.environ[INSIDE], PODS_WEIGH)
        for command in ("link add %s type bridge" % BRIDGE, "address add %s.1/24 dev %s" % (NETWORK, BRIDGE),
                        "link set %s up" % BRIDGE):
            subprocess.run(["ip", *command.split()], check=True)
        for node in self.nodes:
            cgroups.make(node.cgroup)
            node.make_namespaces()
            node.start_containerd()
        for node in self.nodes:
            for other in self.nodes:
                if other is not node:
                    node.add_route(other)

    def start_controllers(self):
        """All controllers, and the scheduler. Without a higher limit than 20 calls a second, the deployment controller would
        fall behind a test that creates a dozen Deployments a second, and with it every rollout.
        """
        self.run("kube-controller-manager", "--kubeconfig=kubeconfig", "--leader-elect=false",
                 "--service-account-private-key-file=service-accounts.key", "--root-ca-file=certificates/apiserver.crt",
                 "--flex-volume-plugin-dir=%s" % (self.folder / "volume-plugins"),
                 "--cluster-cidr=" + ALL_PODS, "--node-monitor-grace-period=120s", "--kube-api-qps=200",
                 "--kube-api-burst=400", "--bind-address=127.0.0.1")
        self.run("kube-scheduler", "--kubeconfig=kubeconfig", "--leader-elect=false", "--bind-address=127.0.0.1")

    def _nodes_have_addresses(self):
        known = self.api.must("GET", "/api/v1/nodes")["items"]
        return len([node for node in known if node["status"].get("addresses")]) == len(self.nodes)

    def _nodes_are_ready(self):
        ready = [node for node in self.api.must("GET", "/api/v1/nodes")["items"] if not node["spec"].get("taints") and
                 any(condition["type"] == "Ready" and condition["status"] == "True"
                     for condition in node["status"].get("conditions", ()))]
        return len(ready) == len(self.nodes) and all(map(_proxy_is_ready, self.nodes))

    def _wait_for_service_account(self, namespace):
        path = "/api/v1/namespaces/%s/serviceaccounts/default" % namespace
        self.wait("the service account of " + namespace, lambda: self.api.request("GET", path).status == 200)

    def namespace(self, name, inject=True):
        """As Cluster.namespace(), and ready for pods."""
        super().namespace(name, inject)
        self._wait_for_service_account(name)
        return name

    def wait_rollout(self, namespace, name, seconds=300):
        """Waits until a Deployment's rollout is complete."""
        status, said, problem = self.kubectl("rollout", "status", "deployment/" + name, "--namespace=" + namespace,
                                             "--timeout=%ds" % seconds, seconds=seconds + 30)
        if status != 0:
            _, pods, _ = self.kubectl("describe", "pods", "--namespace=" + namespace)
            raise RuntimeError("rollout of %s: %s%s\n%s" % (name, said, problem, pods[-6000:]))

    def install_evenkeel(self, policy=None, values=None, replicas=2):
        """The chart by real Helm, or an upgrade to other values; returns once its pods are ready, have taken the policy in,
        and the apiserver calls them. `policy`: as `evenkeel check` reads it, as text; without one, the chart's. `values`:
        further ones, nested.
        """
        before, old = self._policy(), set(self._policies_in_force().values())
        files = [self._write("values.json", json.dumps(dict(values or {}, replicas=replicas)))]
        if policy is not None:
            files.append(self._write("policy-values.yaml", "policy:\n" + "".join(
                "  %s\n" % line for line in policy.splitlines())))
        status, said, problem = self.helm(
            "upgrade", "--install", "evenkeel", CHART, "--namespace=" + NAMESPACE, "--create-namespace", "--wait",
            "--timeout=300s", *("--values=%s" % path for path in files), seconds=330)
        if status != 0:
            _, pods, _ = self.kubectl("describe", "pods", "--namespace=" + NAMESPACE)
            raise RuntimeError("helm: %s%s\n%s" % (said, problem, pods[-6000:]))
        if self.api.request("GET", "/api/v1/namespaces/" + PROBES).status != 200:
            self.namespace(PROBES)
        if before not in (None, self._policy()):
            self.wait("the new policy", lambda: not old.intersection(self._policies_in_force().values()), 180)
        self.wait("evenkeel is called", self._evenkeel_is_called, 60)

    def _policy(self):
        answer = self.api.request("GET", "/api/v1/namespaces/%s/configmaps/evenkeel-policy" % NAMESPACE)
        return answer.document["data"] if answer.status == 200 else None

    def _policies_in_force(self):
        """The hash that each pod of evenkeel says its policy has."""
        return {name: re.search(r'evenkeel_policy_info\{hash="([^"]*)"', text).group(1)
                for name, text in self.evenkeel_metrics().items()}

    def evenkeel_metrics(self):
        """What each pod of evenkeel that is not about to end says at /metrics."""
        pods = self.api.must("GET", "/api/v1/namespaces/%s/pods?labelSelector=app.kubernetes.io/component%%3Dwebhook" % NAMESPACE)
        return {pod["metadata"]["name"]: get_plain(pod["status"]["podIP"], 8080, "/metrics")[1] for pod in pods["items"]
                if "deletionTimestamp" not in pod["metadata"]}

    def _evenkeel_is_called(self):
        answer = self.api.request("POST", "/apis/apps/v1/namespaces/%s/deployments?dryRun=All" % PROBES, deployment("probe"))
        return answer.status == 201 and RECORD in annotations(answer.document)

    def stop(self):
        for node in self.nodes:
            node.stop()
        super().stop()
        subprocess.run(["ip", "link", "delete", BRIDGE], check=False, stderr=subprocess.DEVNULL)
        cgroups.remove(os.environ[INSIDE])


def _proxy_is_ready(node):
    return get_plain(node.address, 10256, "/healthz")[0] == 200
