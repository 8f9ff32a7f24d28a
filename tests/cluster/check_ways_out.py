#!/usr/bin/env python3
"""The ways out of an injection that hurts, on two nodes with the real API server, deployment controller and kubelets.
Each application runs before its namespace opts in. Its first version under evenkeel gets a readiness probe that never
passes, as its port is declared and nobody listens there. The test follows docs/WAYS-OUT.md literally. It also rolls
out applications that lock a volume. TAP on stdout.
"""

import json
import sys

from cluster import ROOT, isolate
from images import program_image
from nodes import Nodes
from objects import Clients, deployment, pod_spec
from webhook import RECORD, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

WEB = "evenkeel.test/web:1"
DEAD_PORT = 9999
NAMESPACE = "shop"
# A short sleep and grace period: what is tested is how rollouts end.
POLICY = """apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
workloads:
  - match: {kinds: [Deployment]}
    readinessProbe: {periodSeconds: 1, failureThreshold: 10}
    preStop: {sleepSeconds: 1}
    terminationGracePeriodSeconds: {bufferSeconds: 30}
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
"""


def application(name, version, **annotated):
    """One pod that declares a port on which nobody listens."""
    document = deployment(name, image=WEB, deadline=20)
    document["spec"]["replicas"] = 1
    pod = document["spec"]["template"]["spec"]
    pod["automountServiceAccountToken"] = False
    # Nothing in the object shows on which port it really listens.
    pod["containers"][0]["args"] = ["--listen=$(OPEN)"]
    pod["containers"][0]["ports"] = [{"containerPort": DEAD_PORT}]
    pod["containers"][0]["env"] = [{"name": "VERSION", "value": version}, {"name": "OPEN", "value": "8080"}]
    if annotated:
        document["metadata"]["annotations"] = {"evenkeel.dev/" + key: value for key, value in annotated.items()}
    return document


class Applications:
    def __init__(self, results, cluster):
        self.results, self.cluster = results, cluster
        self.clients = Clients(cluster, NAMESPACE)
        self.ways = {
            "kubectl": self.clients.apply,
            "server-side": self.clients.apply_server_side,
            "helm-client-side": self.clients.helm_client_side,
            "helm-server-side": self.clients.helm_server_side,
            "helm-3": self.clients.helm_3,
        }

    def must(self, done):
        status, said, problem = done
        if status != 0:
            raise RuntimeError(said + problem)
        return problem

    def deploy(self, client, name, version, **annotated):
        """What the client printed as warnings. Server-side apply takes back what an undo or an edit by hand changed."""
        forced = ("--force-conflicts",) if client.endswith("server-side") else ()
        return self.must(self.ways[client](application(name, version, **annotated), *forced))

    def kubectl(self, *arguments):
        return self.must(self.clients.kubectl(*arguments))

    def sets(self, name):
        path = "/apis/apps/v1/namespaces/%s/replicasets?labelSelector=app%%3D%s" % (NAMESPACE, name)
        return self.cluster.api.must("GET", path)["items"]

    def probed(self, name):
        return "readinessProbe" in pod_spec(self.clients.stored(name))["containers"][0]

    def reason(self, name):
        conditions = self.clients.stored(name).get("status", {}).get("conditions", ())
        return next((one.get("reason") for one in conditions if one["type"] == "Progressing"), None)

    def hangs(self, name):
        """A new pod runs and is not ready."""
        path = "/api/v1/namespaces/%s/pods?labelSelector=app%%3D%s" % (NAMESPACE, name)
        for pod in self.cluster.api.must("GET", path)["items"]:
            ready = [one["status"] for one in pod["status"].get("conditions", ()) if one["type"] == "Ready"]
            if pod["status"].get("phase") == "Running" and ready == ["False"] and "deletionTimestamp" not in pod["metadata"]:
                return True
        return False

    def wait_for_all(self, what, holds, names, seconds=240):
        self.cluster.wait(what, lambda: all(map(holds, names)), seconds)

    def is_done(self, name):
        stored = self.clients.stored(name)
        status = stored.get("status", {})
        return (status.get("observedGeneration") == stored["metadata"]["generation"] and
                status.get("updatedReplicas") == 1 and status.get("replicas") == 1 and status.get("availableReplicas") == 1)

    def expect_ended(self, name, what, sets, probed=False):
        """The rollout is complete, with this number of ReplicaSets."""
        self.cluster.wait(name, lambda: self.is_done(name), 60)
        self.results.equal("%s: %s" % (name, what), (len(self.sets(name)), self.probed(name)), (sets, probed))


def names_of(applications, way):
    return ["%s-%s" % (way, client) for client in applications.ways]


def start(applications, names):
    """Each runs without evenkeel, then its next version hangs on evenkeel's probe."""
    cluster, results = applications.cluster, applications.results
    for name in names:
        applications.deploy(client_of(applications, name), name, "1")
    applications.wait_for_all("the applications", applications.is_done, names)
    cluster.api.must("PATCH", "/api/v1/namespaces/" + NAMESPACE, {"metadata": {"labels": {"evenkeel.dev/inject": "enabled"}}},
                     content_type="application/merge-patch+json")
    for name in names:
        applications.deploy(client_of(applications, name), name, "2")
    applications.wait_for_all("their new pods", applications.hangs, names)
    results.equal("each hangs on evenkeel's probe", [applications.probed(name) for name in names], [True] * len(names))


def client_of(applications, name):
    return max((client for client in applications.ways if name.endswith("-" + client)), key=len)


def roll_back(applications, client, name):
    if client == "helm-3":
        applications.must(applications.cluster.helm3("--namespace=" + NAMESPACE, "rollback", name, "1"))
    elif client.startswith("helm"):
        applications.must(applications.clients.helm("rollback", name, "1", "--server-side=%s" % str(
            client == "helm-server-side").lower()))
    else:
        applications.deploy(client, name, "1")


def check_undo(applications, names):
    for name in names:
        applications.kubectl("rollout", "undo", "deployment/" + name)
    for name in names:
        applications.expect_ended(name, "rollout undo brings the ReplicaSet from before back", 2)
    for name in names:
        problem = applications.deploy(client_of(applications, name), name, "3")
        if "-helm-" not in name:  # Helm prints no warnings of the API
            applications.results.check("%s: the next version is told why it has no probe" % name,
                                       "never passed" in problem, problem)
    for name in names:
        applications.expect_ended(name, "the next version goes out without the probe", 3)
        stored = applications.clients.stored(name)
        applications.results.check("%s: and is protected otherwise" % name, "preStop" in annotations(stored).get(RECORD, ""),
                                   annotations(stored))


def check_rollback(applications, names):
    for name in names:
        roll_back(applications, client_of(applications, name), name)
    for name in names:
        applications.expect_ended(name, "the older version comes back as its old ReplicaSet", 2)


def check_opt_out(applications, names):
    for name in names:
        problem = applications.must(applications.clients.kubectl("annotate", "deployment", name, "evenkeel.dev/inject=false"))
        applications.results.check("%s: the opt-out says what it takes out" % name, "evenkeel removes" in problem, problem)
    for name in names:
        applications.expect_ended(name, "the opt-out alone ends it", 3)
        stored = applications.clients.stored(name)
        applications.results.equal("%s: nothing of evenkeel is left" % name,
                                   [key for key in annotations(stored) if key.startswith("evenkeel.dev/")],
                                   ["evenkeel.dev/inject"])


def check_removal(applications, names):
    patch = json.dumps([{"op": "remove", "path": "/spec/template/spec/containers/0/readinessProbe"}])
    for name in names:
        applications.kubectl("patch", "deployment", name, "--type=json", "-p", patch)
    for name in names:
        applications.expect_ended(name, "a probe that is taken out by hand stays out", 3)
        applications.deploy(client_of(applications, name), name, "3")
    for name in names:
        applications.expect_ended(name, "also in the next version", 4)


def check_refusal(applications, names):
    for name in names:
        applications.kubectl("annotate", "deployment", name, "evenkeel.dev/readiness-probe=off")
    for name in names:
        applications.expect_ended(name, "refusing the probe alone ends it", 3)


def check_deadline(applications, names):
    applications.wait_for_all("their deadlines", lambda name: applications.reason(name) == "ProgressDeadlineExceeded", names)
    for name in names:
        applications.deploy(client_of(applications, name), name, "3")
    for name in names:
        applications.expect_ended(name, "after the deadline the next version goes out without the probe", 3)


def lock_volume(kind, folder):
    """A volume with a file that two pods would lock, and what must be there before it."""
    size = {"storage": "1Mi"}
    if kind == "host-path":
        return {"hostPath": {"path": str(folder), "type": "DirectoryOrCreate"}}, []
    host = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "lock"},
            "spec": {"capacity": size, "accessModes": ["ReadWriteOnce"], "storageClassName": "none",
                     "hostPath": {"path": str(folder), "type": "DirectoryOrCreate"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "lock"},
             "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "none", "volumeName": "lock",
                      "resources": {"requests": size}}}
    return {"persistentVolumeClaim": {"claimName": "lock"}}, [host, claim]


def check_locks(applications):
    """An embedded database that RollingUpdate brings beside the old one: a probe would wait for the lock for ever."""
    cluster, results = applications.cluster, applications.results
    for kind in ("host-path", "claim"):
        name = "lock-" + kind
        source, before = lock_volume(kind, cluster.folder / name)
        for document in before:
            applications.must(applications.clients.apply(document))
        document = application(name, "1")
        container = document["spec"]["template"]["spec"]["containers"][0]
        container.update(args=["--listen=8080", "--lock=/data/lock"], ports=[{"containerPort": 8080}],
                         volumeMounts=[{"name": "data", "mountPath": "/data"}])
        document["spec"]["template"]["spec"]["volumes"] = [dict(source, name="data")]
        for version, sets in (("1", 1), ("2", 2)):
            container["env"][0]["value"] = version
            problem = applications.must(applications.clients.apply(document))
            results.check("%s: version %s is told that the volume may be locked" % (name, version),
                          "may be locked" in problem, problem)
            applications.expect_ended(name, "version %s rolls out" % version, sets)


WAYS = {"undone": check_undo, "rolled-back": check_rollback, "opted-out": check_opt_out, "removed": check_removal,
        "refused": check_refusal, "late": check_deadline}


def main():
    isolate("cluster/helm3")
    with Nodes("ways-out", images=[program_image(WEB, "web.c")]) as cluster:
        results = Results()
        cluster.install_evenkeel(policy=POLICY, replicas=1)
        cluster.namespace(NAMESPACE, inject=False)
        applications = Applications(results, cluster)
        names = {way: names_of(applications, way) for way in WAYS}
        start(applications, [name for group in names.values() for name in group])
        for way, check in WAYS.items():
            check(applications, names[way])
        check_locks(applications)
    results.run()


if __name__ == "__main__":
    main()
