#!/usr/bin/env python3
"""Which requests start a rollout, with the real deployment controller: only those that change the template. A rollout
is a new ReplicaSet. Helm's install, upgrade and rollback too. TAP on stdout.
"""

import json
import sys

from cluster import ROOT, Cluster, isolate
from objects import Clients, annotated, deployment, pod_spec, sleep_seconds
from webhook import DEFAULT_POLICY, RECORD, Webhook, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

NEW = "registry.example/app:2"
NOW = "2026-01-01T00:00:00Z"


class Watched:
    """One namespace's Deployments as the controller has left them."""

    def __init__(self, cluster, namespace):
        self.cluster, self.namespace = cluster, namespace
        self.clients = Clients(cluster, namespace)

    def sets(self, name):
        path = "/apis/apps/v1/namespaces/%s/replicasets?labelSelector=app%%3D%s" % (self.namespace, name)
        return self.cluster.api.must("GET", path)["items"]

    def make_ready(self, name):
        """There is no kubelet here: the test says for it that each pod is ready."""
        ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": NOW}]}
        path = "/api/v1/namespaces/%s/pods" % self.namespace
        for pod in self.cluster.api.must("GET", path + "?labelSelector=app%3D" + name)["items"]:
            if pod["status"].get("phase") != "Running" and "deletionTimestamp" not in pod["metadata"]:
                self.cluster.api.request("PATCH", "%s/%s/status" % (path, pod["metadata"]["name"]), {"status": ready},
                                         content_type="application/merge-patch+json")

    def settled(self, name):
        """The Deployment once its rollout is complete: (document, number of ReplicaSets)."""
        found = {}

        def has_settled():
            self.make_ready(name)
            stored = found["stored"] = self.clients.stored(name)
            status = stored.get("status", {})
            reasons = [one.get("reason") for one in status.get("conditions", ()) if one["type"] == "Progressing"]
            return (status.get("observedGeneration") == stored["metadata"]["generation"] and
                    "deployment.kubernetes.io/revision" in annotations(stored) and
                    reasons == ["NewReplicaSetAvailable"])

        self.cluster.wait("the controller's word on " + name, has_settled, 30)
        return found["stored"], len(self.sets(name))

    def look(self, name):
        """(ReplicaSets, revision, sleep, grace period)"""
        stored, count = self.settled(name)
        return (count, annotations(stored)["deployment.kubernetes.io/revision"], sleep_seconds(stored),
                pod_spec(stored)["terminationGracePeriodSeconds"])


def must(done):
    status, out, problem = done
    if status != 0:
        raise RuntimeError(problem)
    return out


def check_apply(results, watched):
    clients = watched.clients
    must(clients.apply(deployment("shop")))
    results.equal("one apply is one rollout", watched.look("shop"), (1, "1", 15, 45))
    first, _ = watched.settled("shop")
    must(clients.apply(deployment("shop")))
    second, _ = watched.settled("shop")
    results.equal("a second apply leaves the generation", second["metadata"]["generation"], first["metadata"]["generation"])
    results.equal("the controller's own updates leave the bookkeeping", annotations(second)[RECORD], annotations(first)[RECORD])
    must(clients.kubectl("rollout", "restart", "deployment/shop"))
    results.equal("rollout restart is one rollout", watched.look("shop"), (2, "2", 15, 45))
    must(clients.kubectl("rollout", "undo", "deployment/shop"))
    results.equal("rollout undo goes back to the ReplicaSet before", watched.look("shop"), (2, "3", 15, 45))
    must(clients.kubectl("set", "image", "deployment/shop", "app=" + NEW))
    results.equal("set image is one rollout", watched.look("shop"), (3, "4", 15, 45))
    must(clients.kubectl("scale", "deployment/shop", "--replicas=5"))
    results.equal("scale is none", watched.look("shop"), (3, "4", 15, 45))
    must(clients.kubectl("rollout", "undo", "deployment/shop", "--to-revision=3"))
    results.equal("undo to a revision goes back to its ReplicaSet", watched.look("shop"), (3, "5", 15, 45))


def check_replace(results, watched):
    clients = watched.clients
    must(clients.create(deployment("replaced")))
    before, _ = watched.settled("replaced")
    must(clients.replace(deployment("replaced")))
    after, count = watched.settled("replaced")
    results.equal("kubectl replace starts no rollout", (count, after["spec"]), (1, before["spec"]))
    results.equal("and keeps the bookkeeping", annotations(after)[RECORD], annotations(before)[RECORD])
    must(clients.replace(deployment("replaced", image=NEW)))
    results.equal("one with another image starts one", watched.look("replaced"), (2, "2", 15, 45))


def check_before_evenkeel(results, watched, webhook):
    clients = watched.clients
    webhook.unregister()
    webhook.wait_not_called()
    must(clients.apply(deployment("older")))
    results.equal("without evenkeel nothing is injected", watched.look("older"), (1, "1", None, 30))
    webhook.register()
    webhook.wait_called()
    must(clients.apply(deployment("older")))
    results.equal("installing evenkeel rolls nothing out", watched.look("older"), (1, "1", None, 30))
    must(clients.kubectl("label", "deployment/older", "team=web"))
    results.equal("nor does a label", watched.look("older"), (1, "1", None, 30))
    must(clients.apply(deployment("older", deadline=700)))
    stored, count = watched.settled("older")
    results.equal("a change beside the template takes the strategy along, and no more",
                  (count, sleep_seconds(stored), stored["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"]), (1, None, 0))
    must(clients.apply(deployment("older", deadline=700, image=NEW)))
    results.equal("the next release has it all", watched.look("older"), (2, "2", 15, 45))


def check_policy_change(results, watched, webhook):
    clients = watched.clients
    must(clients.apply(deployment("refit")))
    webhook.write_policy(DEFAULT_POLICY.read_text().replace("sleepSeconds: 15", "sleepSeconds: 20"))
    webhook.start()
    must(clients.apply(deployment("refit")))
    results.equal("a new policy rolls nothing out", watched.look("refit"), (1, "1", 15, 45))
    must(clients.kubectl("rollout", "restart", "deployment/refit"))
    results.equal("it is followed from the next release on", watched.look("refit"), (2, "2", 20, 50))
    webhook.write_policy(DEFAULT_POLICY)
    webhook.start()


def check_users_later_wish(results, watched):
    clients = watched.clients
    for label, apply in (("apply", clients.apply), ("apply --server-side", clients.apply_server_side)):
        name = "lower-" + label[-4:]
        must(apply(deployment(name)))
        status, _, problem = apply(deployment(name, grace=10))
        results.equal("%s: a grace period lowered below our sleep is accepted" % label, (status, watched.look(name)),
                      (0, (2, "2", 3, 10)))
        results.check("%s: with a warning" % label, "sleeps 3 of 15 s, 7 of 10 s left" in problem, problem)
        must(apply(deployment(name)))
        results.equal("%s: and left out again it is ours again" % label, watched.look(name)[2:], (15, 45))
    must(clients.apply(deployment("leaves")))
    watched.settled("leaves")
    must(clients.apply(annotated(deployment("leaves"), inject="false")))
    results.equal("opting out later rolls nothing out", watched.look("leaves"), (1, "1", 15, 45))
    must(clients.apply(deployment("waits")))
    must(clients.apply(annotated(deployment("waits"), inject="false")))
    results.equal("opting out takes ours out at once while no pod is ready", watched.look("waits"), (2, "2", None, 30))


def check_helm(results, watched, label, release, option):
    def deployed(image):
        return deployment(label, image=image)

    must(release(deployed("registry.example/app:1")))
    results.equal("%s: install" % label, watched.look(label), (1, "1", 15, 45))
    must(release(deployed("registry.example/app:1")))
    results.equal("%s: an upgrade that changes nothing rolls nothing out" % label, watched.look(label), (1, "1", 15, 45))
    must(release(deployed(NEW)))
    results.equal("%s: an upgrade is one rollout" % label, watched.look(label), (2, "2", 15, 45))
    must(watched.clients.helm("rollback", label, "1", option))
    stored, _ = watched.settled(label)
    results.equal("%s: a rollback goes back to the first ReplicaSet" % label, watched.look(label), (2, "3", 15, 45))
    results.equal("%s: with its image" % label, pod_spec(stored)["containers"][0]["image"], "registry.example/app:1")
    record = json.loads(annotations(stored)[RECORD])
    results.check("%s: and the bookkeeping" % label, "spec.template.spec.terminationGracePeriodSeconds" in record, record)


def main():
    results = Results()
    isolate()
    with Cluster("rollout") as cluster, Webhook(cluster, DEFAULT_POLICY) as webhook:
        cluster.start_controllers()
        webhook.start()
        webhook.register()
        webhook.wait_called()
        watched = Watched(cluster, cluster.namespace("rollouts"))
        check_apply(results, watched)
        check_replace(results, watched)
        check_before_evenkeel(results, watched, webhook)
        check_policy_change(results, watched, webhook)
        check_users_later_wish(results, watched)
        check_helm(results, watched, "helm", watched.clients.helm_server_side, "--server-side=true")
        check_helm(results, watched, "helm-client-side", watched.clients.helm_client_side, "--server-side=false")
    results.run()


if __name__ == "__main__":
    main()
