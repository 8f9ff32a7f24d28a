#!/usr/bin/env python3
"""An upgrade of evenkeel from the release before, on two nodes, by Helm 4 and by Helm 3: installed with its own chart and
image, upgraded to this one while Deployments are made without a pause, and rolled back. No request may fail, though the
webhook's failure policy is Fail, no Deployment may start a rollout, and releases that one version holds go on and back
under the other. TAP on stdout.
"""

import json
import sys
import threading
import time

from cluster import ROOT
from images import CHART, evenkeel_version, program_image
from nodes import PROBES, Nodes
from objects import deployment
from previous_release import Previous, isolate_with_previous
from releases import HELD, IMAGE
from webhook import NAMESPACE, RECORD, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

DEPLOYMENTS = "/apis/apps/v1/namespaces/%s/deployments"
SETS = "/apis/apps/v1/namespaces/%s/replicasets"
MERGE = "application/merge-patch+json"
PAUSE_SECONDS = 0.05
PODS = 3
VALUES = {"replicas": 2, "webhook": {"failurePolicy": "Fail"}, "policy": {"workloads": [{
    "match": {"kinds": ["Deployment"]}, "readinessProbe": {}, "preStop": {"sleepSeconds": 1},
    "terminationGracePeriodSeconds": {"bufferSeconds": 10}, "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
    "batches": [1, "50%"]}]}}


def web(name, version=1, replicas=PODS):
    document = deployment(name, image=IMAGE % version)
    document["spec"]["replicas"] = replicas
    pod = document["spec"]["template"]["spec"]
    pod["automountServiceAccountToken"] = False
    pod["containers"][0]["args"] = ["--listen=8080"]
    return document


def image_tag(pod_spec):
    return pod_spec["containers"][0]["image"].rpartition(":")[2]


class Maker(threading.Thread):
    """Makes Deployments without pods, one after the other, until it is told to end."""

    def __init__(self, cluster, namespace, prefix):
        super().__init__(daemon=True)
        self.prefix, self.api, self.path = prefix, cluster.connect(), DEPLOYMENTS % namespace
        self.ended = threading.Event()
        self.made, self.failed, self.unprotected = 0, [], []

    def run(self):
        while not self.ended.wait(PAUSE_SECONDS):
            name = "%s-%d" % (self.prefix, self.made)
            try:
                answer = self.api.request("POST", self.path, web(name, replicas=0))
            except OSError as error:
                self.failed.append("%s: %s" % (name, error))
                continue
            self.made += 1
            if answer.status != 201:
                self.failed.append("%s: %r" % (name, answer))
            elif RECORD not in annotations(answer.document):
                self.unprotected.append(name)

    def end(self):
        self.ended.set()
        self.join()


class Upgrade:
    """One course with one Helm, in namespaces of its own."""

    def __init__(self, results, cluster, previous, label, helm):
        self.results, self.cluster, self.previous, self.label, self.helm = results, cluster, previous, label, helm
        self.api, self.shop = cluster.api, cluster.namespace("shop-" + label.lower().replace(" ", "-"))
        self.values = cluster.folder / "upgrade.json"
        self.values.write_text(json.dumps(VALUES))

    def equal(self, what, got, wanted):
        self.results.equal("%s: %s" % (self.label, what), got, wanted)

    def must_helm(self, *arguments):
        status, said, problem = self.helm(*arguments, "--namespace=" + NAMESPACE, "--wait", "--timeout=120s", seconds=150)
        if status != 0:
            _, pods, _ = self.cluster.kubectl("describe", "pods", "--namespace=" + NAMESPACE)
            raise RuntimeError("%s %s: %s%s\n%s" % (self.label, arguments[0], said, problem, pods[-6000:]))

    def kubectl(self, *arguments, stdin=None):
        status, said, problem = self.cluster.kubectl("--namespace=" + self.shop, *arguments, stdin=stdin)
        if status != 0:
            raise RuntimeError("kubectl %s: %s%s" % (" ".join(arguments), said, problem))
        return said + problem

    def versions(self):
        """That evenkeel's pods run."""
        pods = self.api.must("GET", "/api/v1/namespaces/%s/pods" % NAMESPACE)["items"]
        return {image_tag(pod["spec"]) for pod in pods if "deletionTimestamp" not in pod["metadata"]}

    def stored(self, name):
        return self.api.must("GET", DEPLOYMENTS % self.shop + "/" + name)

    def look(self):
        """Each Deployment's template, and all ReplicaSets with the pods that they want."""
        def of_each(path, key):
            return {item["metadata"]["name"]: item["spec"][key] for item in self.api.must("GET", path % self.shop)["items"]
                    if not item["metadata"]["name"].startswith("made-")}
        return of_each(DEPLOYMENTS, "template"), of_each(SETS, "replicas")

    def images(self, name):
        """How many ready pods the ReplicaSets have of each image."""
        sets = self.api.must("GET", SETS % self.shop + "?labelSelector=app%3D" + name)["items"]
        return {int(image_tag(item["spec"]["template"]["spec"])): item["status"]["readyReplicas"]
                for item in sets if item["spec"]["replicas"] and item["status"].get("readyReplicas")}

    def expect(self, what, name, wanted):
        def is_so():
            stored = self.stored(name)
            return stored.get("status", {}).get("observedGeneration") == stored["metadata"]["generation"] and \
                self.images(name) == wanted
        try:
            self.cluster.wait(what, is_so, 90)
        except RuntimeError:
            pass
        self.equal(what, self.images(name), wanted)

    def hold(self, name):
        """A first version, and a second that is held at its first step, whose pod is ready."""
        self.kubectl("apply", "-f", "-", stdin=web(name))
        self.expect("%s: the first version" % name, name, {1: PODS})
        self.kubectl("apply", "-f", "-", stdin=web(name, 2))
        self.expect("%s: one pod of the second" % name, name, {1: PODS, 2: 1})
        self.equal("%s: is held" % name, self.stored(name)["spec"]["minReadySeconds"], HELD)

    def change_version(self, what, wanted, change):
        """Helm's change, while Deployments are made. Nothing that exists may roll out."""
        before, maker = self.look(), Maker(self.cluster, self.shop, "made-" + wanted.replace(".", "-"))
        maker.start()
        begun = time.monotonic()
        try:
            change()
            self.cluster.wait("evenkeel's pods", lambda: self.versions() == {wanted}, 120)
            time.sleep(2)
        finally:
            maker.end()
        print("# %s: %s: %d Deployments made in %.0f s" % (self.label, what, maker.made, time.monotonic() - begun), flush=True)
        self.equal(what + ": no request failed", (maker.failed[:5], maker.made > 0), ([], True))
        self.equal(what + ": each new Deployment is protected", maker.unprotected[:5], [])
        self.equal(what + ": no template changed, and no rollout started", self.look(), before)
        for name in before[0]:  # each is sent through evenkeel once more
            for change in ({"metadata": {"annotations": {"seen-by": wanted}}},
                           {"spec": {"revisionHistoryLimit": 5 + (wanted == self.previous.version)}}):
                self.api.must("PATCH", DEPLOYMENTS % self.shop + "/" + name, change, content_type=MERGE)
        self.equal(what + ": nor by an update that changes no template", self.look(), before)

    def run(self):
        old, new = self.previous.version, evenkeel_version()
        values = "--values=%s" % self.values
        self.must_helm("install", "evenkeel", self.previous.chart, "--create-namespace", values)
        if self.api.request("GET", "/api/v1/namespaces/" + PROBES).status != 200:
            self.cluster.namespace(PROBES)
        self.cluster.wait("evenkeel is called", self.cluster._evenkeel_is_called, 60)
        self.equal("the release before is installed", self.versions(), {old})
        self.kubectl("apply", "-f", "-", stdin=web("plain"))
        self.expect("plain: runs", "plain", {1: PODS})
        for name in ("goes-on", "goes-back", "waits"):
            self.hold(name)
        self.change_version("upgrade to %s" % new, new, lambda: self.must_helm("upgrade", "evenkeel", CHART, values))
        said = self.kubectl("annotate", "deployment/goes-on", "evenkeel.dev/batch=2", "--overwrite")
        self.results.check("%s: goes-on: step 2 is approved" % self.label, "step 2 of 3" in said, said)
        self.expect("goes-on: goes on", "goes-on", {1: 2, 2: 2})
        self.kubectl("annotate", "deployment/goes-on", "evenkeel.dev/batch=all", "--overwrite")
        self.expect("goes-on: to its end", "goes-on", {2: PODS})
        self.kubectl("rollout", "undo", "deployment/goes-back")
        self.expect("goes-back: goes back", "goes-back", {1: PODS})
        for name in ("goes-on", "goes-back"):
            spec = self.stored(name)["spec"]
            self.equal(name + ": its own values are back",
                       (spec.get("minReadySeconds", 0), spec["progressDeadlineSeconds"]), (0, 600))
        self.hold("of-the-new")
        self.change_version("rollback to %s" % old, old, lambda: self.must_helm("rollback", "evenkeel", "1"))
        for name in ("waits", "of-the-new"):
            self.expect("%s: is held as before" % name, name, {1: PODS, 2: 1})
            self.kubectl("annotate", "deployment/" + name, "evenkeel.dev/batch=all", "--overwrite")
            self.expect("%s: goes to its end" % name, name, {2: PODS})
        self.kubectl("delete", "deployments", "--all", "--wait=false")
        status, _, problem = self.helm("uninstall", "evenkeel", "--namespace=" + NAMESPACE, "--wait", seconds=150)
        self.equal("uninstall", (status, problem), (0, ""))


def main():
    isolate_with_previous("cluster/helm3")
    results, previous = Results(), Previous()
    programs = [program_image(IMAGE % tag, "web.c") for tag in (1, 2)]
    with Nodes("release-upgrade", images=[previous.image, *programs]) as cluster:
        for label, helm in (("Helm 4", cluster.helm), ("Helm 3", cluster.helm3)):
            if sys.argv[1:] and label not in sys.argv[1:]:
                continue
            Upgrade(results, cluster, previous, label, helm).run()
    results.run()


if __name__ == "__main__":
    main()
