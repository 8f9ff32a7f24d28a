#!/usr/bin/env python3
"""A batched release against a live server, as the apiserver would send it: what a person sees, and what is logged,
counted and audited. The walk-through in docs/BATCHED-RELEASE.md shows these very warnings."""

import base64
import copy
import json
import re

from harness import ROOT, Client, Results, Server

EXAMPLE = ROOT / "docs/examples/batched-release"
PAGE = ROOT / "docs/BATCHED-RELEASE.md"
MANAGER = {"username": "alice", "groups": ["release-managers"]}
EVENTS = ("started", "approved", "finished", "rolled-back", "refused")


def apply_patch(document, patch):
    document = copy.deepcopy(document)
    for operation in patch:
        *parents, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        at = document
        for step in parents:
            at = at[int(step)] if isinstance(at, list) else at[step]
        if isinstance(at, list):
            at[int(last)] = operation["value"]
        else:
            at[last] = operation["value"]
    return document


def deployment():
    """The example's Deployment as the API fills it in."""
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "generation": 1,
                     "annotations": {"deployment.kubernetes.io/revision": "1"}},
        "spec": {
            "replicas": 6, "selector": {"matchLabels": {"app": "web"}}, "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
                "containers": [{"name": "app", "image": "registry.example.com/shop/web:1.4.0",
                                "ports": [{"containerPort": 8080, "protocol": "TCP"}]}],
                "terminationGracePeriodSeconds": 30}}},
        "status": {"observedGeneration": 1, "replicas": 6, "readyReplicas": 6, "updatedReplicas": 6},
    }


class Cluster:
    """What the API stores, as evenkeel lets it be stored."""

    def __init__(self, client):
        self.client = client
        self.stored = None
        self.count = 0
        self.response = None
        self.request(deployment())

    def request(self, target, user=None, dry_run=False):
        self.count += 1
        request = {"uid": "r-%d" % self.count, "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
                   "namespace": "shop", "name": "web", "operation": "UPDATE" if self.stored else "CREATE",
                   "userInfo": user or {"username": "bob"}, "object": target, "oldObject": self.stored, "dryRun": dry_run}
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
        self.response = json.loads(self.client.post(json.dumps(review).encode())[2])["response"]
        if not dry_run:
            self.stored = apply_patch(target, json.loads(base64.b64decode(self.response.get("patch", "W10="))))
            self.stored["metadata"]["generation"] += 1
        return self.response.get("warnings", [])

    def push(self, tag, **options):
        target = copy.deepcopy(self.stored)
        target["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/shop/web:" + tag
        return self.request(target, **options)

    def approve(self, batch, user=None):
        target = copy.deepcopy(self.stored)
        target["metadata"]["annotations"]["evenkeel.dev/batch"] = batch
        return self.request(target, user)

    def settle(self, updated, total):
        self.stored["status"] = {"observedGeneration": self.stored["metadata"]["generation"], "replicas": total,
                                 "readyReplicas": total, "updatedReplicas": updated}

    def surge(self):
        pair = self.stored["spec"]["strategy"]["rollingUpdate"]
        return pair["maxSurge"], pair["maxUnavailable"]

    def version(self):
        return self.stored["spec"]["template"]["metadata"]["labels"]["version"]


def counted(server):
    return {event: server.metric('evenkeel_releases_total{event="%s"}' % event) for event in EVENTS}


def test_walk_through(results):
    shown = re.findall(r"^Warning: (.*)$", PAGE.read_text(), re.M)
    seen = []
    with Server("--policy", EXAMPLE / "policy.yaml") as server, Client(server) as client:
        cluster = Cluster(client)
        cluster.settle(6, 6)
        before = copy.deepcopy(cluster.stored["spec"])
        results.equal("all events start at 0", counted(server), dict.fromkeys(EVENTS, 0))
        cluster.push("1.5.0", dry_run=True)
        results.equal("a dry run is not counted", counted(server), dict.fromkeys(EVENTS, 0))
        seen += cluster.push("1.5.0")
        results.equal("held at the first step", cluster.surge(), ("16%", "0%"))
        results.equal("the new version's pods carry its label", cluster.version(), "1.5.0")
        seen += cluster.approve("2")
        results.equal("somebody else may not approve", cluster.surge(), ("16%", "0%"))
        seen += cluster.approve("2", MANAGER)
        results.equal("nor may anybody before the pods are ready", cluster.surge(), ("16%", "0%"))
        cluster.settle(1, 7)
        seen += cluster.approve("2", MANAGER)
        results.equal("approved to the second step", cluster.surge(), ("33%", "17%"))
        results.equal("the approver is audited", cluster.response["auditAnnotations"].get("approver"), "alice")
        cluster.settle(3, 8)
        seen += cluster.approve("3", MANAGER)
        results.equal("finished with the object's own values", cluster.surge(), ("25%", 0))
        finished = copy.deepcopy(cluster.stored["spec"])
        finished["template"] = before["template"]
        finished["minReadySeconds"] = before.get("minReadySeconds", 0)
        results.equal("and nothing else changed", finished, dict(before, minReadySeconds=before.get("minReadySeconds", 0)))
        seen += cluster.push("1.6.0")
        seen += cluster.push("1.5.0")
        results.equal("a rollback is not held", cluster.surge(), ("25%", 0))
        results.equal("and carries the old label", cluster.version(), "1.5.0")
        results.equal("each event is counted where it happened", counted(server), {
            "started": 2, "approved": 1, "finished": 1, "rolled-back": 1, "refused": 2})
        server.wait_for("review", cluster.count)
        events = [(event.get("release"), event.get("approver")) for event in server.events("review")]
        results.equal("and logged with its approver", [event for event in events if event[0]], [
            ("started", None), ("started", None), ("refused", None), ("refused", None), ("approved", "alice"),
            ("finished", "alice"), ("started", None), ("rolled-back", None)])
    results.check("no warning is longer than 120 bytes", all(len(line.encode()) <= 120 for line in seen), seen)
    results.check("the walk-through shows warnings", len(shown) >= 8, shown)
    results.check("and only such as were sent", not set(shown) - set(seen), *sorted(set(shown) - set(seen)))


def test_istio_example(results):
    text = (EXAMPLE / "istio.yaml").read_text()
    manifest = (EXAMPLE / "deployment.yaml").read_text()
    with Server("--policy", EXAMPLE / "policy.yaml") as server, Client(server) as client:
        cluster = Cluster(client)
        labels = [cluster.version()]
        cluster.push("1.5.0")
        labels.append(cluster.version())
        selector = cluster.stored["spec"]["selector"]
    results.check("the manifest is the one that is walked through", ":1.4.0" in manifest and "replicas: 6" in manifest)
    results.equal("the subsets select what versionLabel writes", re.findall(r'^        version: "(.*)"$', text, re.M), labels)
    results.equal("the label is in no selector", selector, {"matchLabels": {"app": "web"}})
    weights = [int(weight) for weight in re.findall(r"weight: (\d+)", text)]
    results.equal("the weights are all requests", sum(weights), 100)
    subsets = set(re.findall(r"- name: (\w+)\n      labels", text))
    results.equal("only subsets that there are are routed to", set(re.findall(r"subset: (\w+)", text)), subsets)


Results().run(test_walk_through, test_istio_example)
