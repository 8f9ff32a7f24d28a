#!/usr/bin/env python3
"""Batched release with the real deployment controller: held, approved, refused, rolled back, fixed forward, and with
evenkeel gone. There are no nodes. A thread reports every pod as ready, as a kubelet would. TAP on stdout.
"""

import sys
import threading
import time
from collections import Counter

from check_rollout import must
from cluster import ROOT, Cluster, isolate
from objects import Clients, deployment, sleep_seconds
from webhook import Webhook

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

POLICY = """apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
workloads:
  - preStop: {}
    terminationGracePeriodSeconds: {}
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
    batches: {steps: [1, 50%]}
"""
PODS = 6
OLD, NEW, NEWER = ("registry.example/app:%d" % number for number in (1, 2, 3))
HELD = 2147483646
SETTLED_SECONDS = 2  # that pods must stay as they are to count as held there


class Kubelet(threading.Thread):
    """Makes each pod of a namespace ready, except those of one image while `broken` names it; and watches how many are."""

    def __init__(self, cluster, namespace):
        super().__init__(daemon=True)
        self.api, self.path = cluster.connect(), "/api/v1/namespaces/%s/pods" % namespace
        self.broken, self.ended = None, threading.Event()
        self.lowest = {}  # by app: the fewest ready pods since there were PODS of them

    def run(self):
        while not self.ended.wait(0.1):
            ready = Counter()
            for pod in self.api.must("GET", self.path)["items"]:
                if is_ready(pod) or self.make_ready(pod):
                    ready[pod["metadata"]["labels"]["app"]] += 1
            for app in set(ready) | set(self.lowest):
                if ready[app] >= PODS or app in self.lowest:
                    self.lowest[app] = min(self.lowest.get(app, PODS), ready[app])

    def make_ready(self, pod):
        if pod["spec"]["containers"][0]["image"] == self.broken:
            return False
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": now}]}
        path = "%s/%s/status" % (self.path, pod["metadata"]["name"])
        return self.api.request("PATCH", path, {"status": status}, "application/merge-patch+json").status == 200


def is_ready(pod):
    return any(condition["type"] == "Ready" and condition["status"] == "True"
               for condition in pod.get("status", {}).get("conditions", ()))


class Releases:
    """The Deployments of one namespace and their pods."""

    def __init__(self, cluster, namespace, results):
        self.cluster, self.results, self.namespace = cluster, results, namespace
        self.clients = Clients(cluster, namespace)

    def release(self, name, image):
        document = deployment(name, image=image)
        document["spec"]["replicas"] = PODS
        return document

    def pods(self, name):
        """How many there are of each image."""
        path = "/api/v1/namespaces/%s/pods?labelSelector=app%%3D%s" % (self.namespace, name)
        return dict(Counter(pod["spec"]["containers"][0]["image"] for pod in self.cluster.api.must("GET", path)["items"]
                            if "deletionTimestamp" not in pod["metadata"]))

    def expect(self, what, name, wanted):
        """Waits until the pods are as wanted, and checks that they stay so."""
        deadline = time.monotonic() + 30
        while self.pods(name) != wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(SETTLED_SECONDS)
        self.results.equal(what, self.pods(name), wanted)

    def step(self, name):
        """The held step, and whether the Deployment's own fields are replaced for it."""
        stored = self.clients.stored(name)
        return stored["metadata"].get("labels", {}).get("evenkeel.dev/held"), stored["spec"].get("minReadySeconds", 0) == HELD

    def own_values(self, name):
        spec = self.clients.stored(name)["spec"]
        return spec.get("minReadySeconds", 0), spec["progressDeadlineSeconds"], spec["strategy"]["rollingUpdate"]

    def approve(self, name, step):
        """kubectl's output about it."""
        status, _, problem = self.clients.kubectl("annotate", "deployment/" + name, "evenkeel.dev/batch=" + step, "--overwrite")
        return status, problem

    def start(self, name):
        must(self.clients.apply(self.release(name, OLD)))
        self.expect("%s: the first version is not held" % name, name, {OLD: PODS})


OWN = (0, 600, {"maxSurge": "25%", "maxUnavailable": 0})


def check_release(results, releases, kubelet):
    releases.start("web")
    kubelet.broken = NEW
    status, _, problem = releases.clients.apply(releases.release("web", NEW))
    results.check("kubectl shows that and how it is held", status == 0 and "step 1 of 3, 1 of 6 pods" in problem and
                  "evenkeel.dev/batch=2" in problem and "--to-revision=1" in problem, problem)
    releases.expect("web: one new pod beside all old ones", "web", {OLD: PODS, NEW: 1})
    status, problem = releases.approve("web", "2")
    results.check("an approval is refused while the held pod is not ready", status == 0 and "refused" in problem, problem)
    results.equal("and the step stays", releases.step("web"), ("1", True))
    kubelet.broken = None
    releases.expect("web: ready or not, it stays held", "web", {OLD: PODS, NEW: 1})
    must(releases.clients.apply(releases.release("web", NEW)))
    releases.expect("web: a second apply keeps the hold", "web", {OLD: PODS, NEW: 1})
    results.check("step 2 is approved", "step 2 of 3, 3 of 6 pods" in releases.approve("web", "2")[1])
    releases.expect("web: half of the pods are new", "web", {OLD: 5, NEW: 3})
    releases.approve("web", "all")
    releases.expect("web: then all are", "web", {NEW: PODS})
    results.equal("web: and its own values are back", (releases.step("web"), releases.own_values("web")), ((None, False), OWN))


def check_undo(results, releases):
    releases.start("undone")
    must(releases.clients.apply(releases.release("undone", NEW)))
    releases.expect("undone: held", "undone", {OLD: PODS, NEW: 1})
    releases.approve("undone", "2")
    releases.expect("undone: held at step 2", "undone", {OLD: 5, NEW: 3})
    must(releases.clients.apply(releases.release("undone", NEWER)))
    releases.expect("undone: a newer version takes the place of the held one, not of the stable one", "undone",
                    {OLD: 5, NEW: 1, NEWER: 1})
    must(releases.clients.kubectl("rollout", "undo", "deployment/undone", "--to-revision=1"))
    releases.expect("undone: rolled back", "undone", {OLD: PODS})
    results.equal("undone: and its own values are back", (releases.step("undone"), releases.own_values("undone")),
                  ((None, False), OWN))


def check_gone(results, releases, webhook):
    """The hold is Kubernetes' own, so it stays while evenkeel is down."""
    releases.start("alone")
    must(releases.clients.apply(releases.release("alone", NEW)))
    releases.expect("alone: held", "alone", {OLD: PODS, NEW: 1})
    address, server = next(iter(webhook.replicas.items()))
    server.kill()
    webhook.register("Ignore", timeout=1)
    webhook.wait_not_called()
    must(releases.clients.kubectl("label", "deployment/alone", "seen=yes"))
    releases.expect("alone: held while evenkeel is down", "alone", {OLD: PODS, NEW: 1})
    webhook.start_one(address)
    webhook.register()
    webhook.wait_called()
    results.check("and approved when it is back", "step 2" in releases.approve("alone", "2")[1])
    releases.expect("alone: half of the pods are new", "alone", {OLD: 5, NEW: 3})


def check_helm(releases):
    clients = releases.clients
    must(clients.helm_server_side(releases.release("helmed", OLD)))
    releases.expect("helm install is not held", "helmed", {OLD: PODS})
    must(clients.helm_server_side(releases.release("helmed", NEW)))
    releases.expect("helm upgrade is", "helmed", {OLD: PODS, NEW: 1})
    must(clients.helm_server_side(releases.release("helmed", NEW)))
    releases.expect("a second one keeps the hold", "helmed", {OLD: PODS, NEW: 1})
    must(clients.helm("rollback", "helmed", "1"))
    releases.expect("helm rollback is not held", "helmed", {OLD: PODS})


def check_ways_out(results, releases):
    """A refusal, a removal by hand and an opt-out, each in the middle of a held release."""
    clients = releases.clients

    def hold(name):
        releases.start(name)
        must(clients.apply(releases.release(name, NEW)))
        releases.expect("%s: held" % name, name, {OLD: PODS, NEW: 1})

    for name in ("refused", "removed", "opted-out", "redeployed"):
        hold(name)
    _, _, problem = clients.kubectl("annotate", "deployment/refused", "evenkeel.dev/pre-stop=off")
    results.check("refused: the sleep goes at once, with a word about it", sleep_seconds(clients.stored("refused")) is None and
                  "evenkeel removes" in problem, problem, sleep_seconds(clients.stored("refused")))
    releases.expect("refused: the release stays held", "refused", {OLD: PODS, NEW: 1})
    must(clients.kubectl("patch", "deployment/removed", "--type=json", "-p",
                         '[{"op": "remove", "path": "/spec/template/spec/containers/0/lifecycle"}]'))
    results.equal("removed: what is taken out by hand stays out", sleep_seconds(clients.stored("removed")), None)
    releases.expect("removed: the release stays held", "removed", {OLD: PODS, NEW: 1})
    _, _, problem = clients.kubectl("annotate", "deployment/opted-out", "evenkeel.dev/inject=false")
    results.check("opted-out: the hold ends, with a word about it", "evenkeel removes" in problem, problem)
    releases.expect("opted-out: the new version goes out", "opted-out", {NEW: PODS})
    results.equal("opted-out: its own values are back", (releases.step("opted-out"), releases.own_values("opted-out")),
                  ((None, False), (0, 600, {"maxSurge": "25%", "maxUnavailable": "25%"})))
    must(clients.apply(releases.release("redeployed", OLD)))
    releases.expect("redeployed: the older manifest is a rollback, and not held", "redeployed", {OLD: PODS})
    for name in ("refused", "removed"):
        releases.approve(name, "all")
        releases.expect("%s: an approval lets it go on" % name, name, {NEW: PODS})
        results.equal("%s: its own values are back" % name, releases.own_values(name), OWN)


def check_four(results, releases):
    """Of four pods, a quarter is the one of step 1, and the API's own default."""
    document = releases.release("four", OLD)
    document["spec"]["replicas"] = 4
    must(releases.clients.apply(document))
    releases.expect("four: the first version", "four", {OLD: 4})
    document = releases.release("four", NEW)
    document["spec"]["replicas"] = 4
    must(releases.clients.apply(document))
    releases.expect("four: held", "four", {OLD: 4, NEW: 1})
    before = releases.clients.stored("four")
    must(releases.clients.apply(document))
    after = releases.clients.stored("four")
    results.equal("four: a second apply changes nothing", (after["metadata"]["annotations"], after["spec"]),
                  (before["metadata"]["annotations"], before["spec"]))


def main():
    results = Results()
    isolate()
    with Cluster("batches") as cluster, Webhook(cluster, POLICY) as webhook:
        cluster.start_controllers()
        webhook.start()
        webhook.register()
        webhook.wait_called()
        releases = Releases(cluster, cluster.namespace("shop"), results)
        kubelet = Kubelet(cluster, "shop")
        kubelet.start()
        check_release(results, releases, kubelet)
        check_undo(results, releases)
        check_gone(results, releases, webhook)
        check_helm(releases)
        check_ways_out(results, releases)
        check_four(results, releases)
        kubelet.ended.set()
        kubelet.join()
        results.equal("ready pods never fell below the wanted number", kubelet.lowest,
                      {name: PODS for name in ("web", "undone", "alone", "helmed", "refused", "removed", "opted-out", "redeployed")})
    results.run()


if __name__ == "__main__":
    main()
