#!/usr/bin/env python3
"""The chart in a real apiserver, by real Helm: installed, upgraded, rolled back and uninstalled; the apiserver accepts
every set value; and through the configuration that the chart wrote, evenkeel gets exactly the requests that it should
get. TAP on stdout.
"""

import base64
import os
import subprocess
import sys
import time

from cluster import REPLICA_ADDRESSES, ROOT, Cluster, isolate
from objects import annotated, deployment, service
from webhook import BINARY, CONFIGURATIONS, DNS_NAME, NAMESPACE, Replica, annotations, make_ca, send_endpoints

sys.path[:0] = [str(ROOT / "tests/server"), str(ROOT / "tests/chart")]
from harness import Results  # noqa: E402

CHART = ROOT / "charts/evenkeel"
ADDRESS = REPLICA_ADDRESSES[0]
SECRET = "/api/v1/namespaces/%s/secrets/evenkeel-ca" % NAMESPACE
POLICY = "/api/v1/namespaces/%s/configmaps/evenkeel-policy" % NAMESPACE
DEPLOYMENTS = "/apis/apps/v1/namespaces/%s/deployments"
MERGE = "application/merge-patch+json"
HELD = 2147483646
NOT_HERE = ("cert-manager.io/v1", "monitoring.coreos.com/v1")  # CRDs that this cluster lacks

BATCHES = """policy:
  workloads:
    - match:
        kinds: [Deployment]
        namespaces: [sh*]
        labelSelector:
          matchLabels: {tier: web}
          matchExpressions:
            - {key: team, operator: NotIn, values: [lab]}
        exclude:
          - names: ["canary-?"]
      batches: [1]
    - preStop: {}
webhook:
  batchesFailurePolicy: Fail
"""


class Release:
    """The chart's release in the cluster."""

    def __init__(self, cluster):
        self.cluster, self.api = cluster, cluster.api

    def helm(self, *arguments):
        return self.cluster.helm(*arguments, "--namespace=" + NAMESPACE)

    def upgrade(self, *options):
        return self.helm("upgrade", "evenkeel", CHART, *options)

    def secret(self):
        return self.api.must("GET", SECRET)["data"]

    def hooks(self):
        return self.api.must("GET", CONFIGURATIONS + "/evenkeel")["webhooks"]

    def bundle(self):
        return self.hooks()[0]["clientConfig"]["caBundle"]

    def policy(self):
        return self.api.must("GET", POLICY)["data"]["policy.yaml"]


class Serving:
    """One replica with the files that the release's pods would have mounted."""

    def __init__(self, release):
        self.release, folder = release, release.cluster.folder
        (folder / "tls").mkdir()
        for name, value in release.secret().items():
            (folder / "tls" / name).write_bytes(base64.b64decode(value))
        self.policy = folder / "policy.yaml"
        self.take_policy()
        self.replica = Replica(release.cluster, ADDRESS, "--policy=%s" % self.policy, "--ca=%s" % (folder / "tls"),
                               "--dns-name=" + DNS_NAME, "--reload-seconds=0.2", "--drain-seconds=0")
        send_endpoints(release.api, {ADDRESS: True})

    def take_policy(self):
        new = self.policy.with_suffix(".new")
        new.write_text(self.release.policy())
        new.rename(self.policy)

    def calls(self):
        return self.replica.metric("evenkeel_review_duration_seconds_count")

    def wait_called(self):
        """Until a Deployment in "shop" reaches evenkeel."""
        before = self.calls()

        def called():
            answer = self.release.api.request("POST", DEPLOYMENTS % "shop" + "?dryRun=All", deployment("probe"))
            return answer.status == 201 and self.calls() > before
        self.release.cluster.wait("evenkeel is called", called, 30)


def certificates(release):
    return release.secret()["ca.crt"], release.bundle()


class TwoFamilies(Cluster):
    apiserver_options = ("--service-cluster-ip-range=10.96.0.0/16,fd00:96::/112",)


def accounts(verb, release):
    """Of the sets' pods: a dry run makes none, and a pod is refused without one."""
    release.cluster.kubectl(verb, "-f", "-", stdin={"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
        for name, namespace in (("evenkeel", NAMESPACE), ("keel", NAMESPACE), ("mine", "other"))]})


def check_value_sets(results, release):
    """Strictly validated, so that a field that the API does not know is an error."""
    accounts("apply", release)
    os.environ["HELM"] = str(release.cluster.parts / "helm")
    from helm import Manifests, template  # reads HELM when it is imported
    for path in sorted((ROOT / "tests/chart/values").glob("*.yaml")):
        items = [item for item in Manifests(template(path).stdout).all if item["apiVersion"] not in NOT_HERE]
        status, _, problem = release.cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-",
                                                     stdin={"apiVersion": "v1", "kind": "List", "items": items})
        results.equal("the apiserver takes %s, without a warning" % path.name, (status, problem), (0, ""))
    accounts("delete", release)


def check_install(results, release):
    status, _, problem = release.helm("install", "evenkeel", CHART, "--dry-run=server")
    results.equal("helm install --dry-run=server", (status, problem), (0, ""))
    status, said, problem = release.helm("install", "evenkeel", CHART)
    results.equal("helm install", (status, problem), (0, ""))
    results.check("its notes say how to go on", "kubectl label namespace" in said, said)
    ca, bundle = certificates(release)
    results.equal("the apiserver trusts the CA that was made", bundle, ca)


def check_upgrades(results, release):
    before = certificates(release)
    status, _, problem = release.upgrade("--set", "replicas=3")
    results.equal("helm upgrade", (status, problem), (0, ""))
    results.equal("the CA is kept", certificates(release), before)
    policy = release.policy()
    for name, value in (("policy.mode=bogus", "'/policy/mode'"),
                        ("policy.workloads[0].rollingUpdate.maxSurge=0", "cannot both be 0")):
        status, _, problem = release.upgrade("--set", name)
        results.check("an upgrade to %s fails clearly" % name, status != 0 and value in problem, problem)
    results.equal("and changes nothing", release.policy(), policy)
    status, _, problem = release.helm("rollback", "evenkeel", "1")
    results.equal("helm rollback", (status, problem), (0, ""))
    results.equal("the CA is kept then too", certificates(release), before)


def check_rotated_ca(results, release):
    """Follows docs/CERTIFICATES.md, and then upgrades by Helm, which must neither undo it nor find a conflict."""
    new = make_ca(release.cluster.folder / "new-ca")
    bundle = new / "bundle.crt"
    bundle.write_bytes((new / "tls.crt").read_bytes() + base64.b64decode(release.secret()["ca.crt"]))
    made = subprocess.run([BINARY, "certs", "manifests", "--cert=%s" % (new / "tls.crt"), "--key=%s" % (new / "tls.key"),
                           "--bundle=%s" % bundle, "--namespace=" + NAMESPACE, "--secret=evenkeel-ca",
                           "--webhook=workloads.evenkeel.dev"], check=True, stdout=subprocess.PIPE)
    status, _, problem = release.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-",
                                                 stdin=made.stdout.decode())
    results.equal("a new CA is applied", (status, problem), (0, ""))
    rotated = release.secret(), release.bundle()
    results.equal("both CAs are trusted", base64.b64decode(rotated[1]), bundle.read_bytes())
    status, _, problem = release.upgrade()
    results.equal("an upgrade after it", (status, problem), (0, ""))
    results.equal("keeps both", (release.secret(), release.bundle()), rotated)


def check_calls(results, release, serving):
    """Which objects are sent to evenkeel: match conditions avoid calls whose answer would be empty."""
    api, shop = release.api, DEPLOYMENTS % "shop"

    def expect(name, calls, method, path, body):
        before = serving.calls()
        answer = api.request(method, path, body, **({"content_type": MERGE} if method == "PATCH" else {}))
        results.equal(name, (answer.status < 300, serving.calls() - before), (True, calls))
        return answer

    stored = expect("a new Deployment is sent", 1, "POST", shop, deployment("a")).document
    results.check("and injected", "evenkeel.dev/injected" in annotations(stored), stored)
    expect("not in a namespace without the label", 0, "POST", DEPLOYMENTS % "plain", deployment("a"))
    expect("not in evenkeel's own namespace", 0, "POST", DEPLOYMENTS % NAMESPACE, deployment("a"))
    expect("not in kube-system", 0, "POST", DEPLOYMENTS % "kube-system", deployment("a"))
    expect("not when opted out", 0, "POST", shop, annotated(deployment("b"), inject="false"))
    held = annotated(deployment("c", deadline=HELD + 1), inject="false")
    held["spec"]["minReadySeconds"] = HELD
    expect("but when opted out and held", 1, "POST", shop, held)
    expect("not a StatefulSet, which the policy does not name", 0, "POST", "/apis/apps/v1/namespaces/shop/statefulsets", {
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"},
        "spec": dict(deployment("s")["spec"], serviceName="s")})
    expect("not a change of labels alone", 0, "PATCH", shop + "/a", {"metadata": {"labels": {"q": "w"}}})
    expect("but of the label that opts out", 1, "PATCH", shop + "/a", {"metadata": {"labels": {"evenkeel.dev/inject": "no"}}})
    expect("and back in", 1, "PATCH", shop + "/a", {"metadata": {"labels": {"evenkeel.dev/inject": None}}})
    expect("and an opt-out of what carries a record", 1, "PATCH", shop + "/a",
           {"metadata": {"annotations": {"evenkeel.dev/inject": "false"}}})
    expect("and its end", 1, "PATCH", shop + "/a", {"metadata": {"annotations": {"evenkeel.dev/inject": None}}})
    expect("a change of annotations is", 1, "PATCH", shop + "/a", {"metadata": {"annotations": {"q": "w"}}})
    expect("and one of the spec", 1, "PATCH", shop + "/a", {"spec": {"replicas": 2}})
    expect("not a finalizer", 0, "PATCH", shop + "/a", {"metadata": {"finalizers": ["example.com/wait"]}})
    api.must("DELETE", shop + "/a")
    time.sleep(2)  # the controller may still be writing about the change before
    expect("nothing while it is being deleted", 0, "PATCH", shop + "/a", {"spec": {"replicas": 3}})
    expect("nor its end", 0, "PATCH", shop + "/a", {"metadata": {"finalizers": None}})
    expect("not a Service, for which the policy has no entry", 0, "POST", "/api/v1/namespaces/shop/services", service("a"))


def check_controllers(results, release, serving):
    api, path = release.api, DEPLOYMENTS % "shop" + "/d"
    api.must("POST", DEPLOYMENTS % "shop", deployment("d"))
    release.cluster.start_controllers()

    def revision():
        return annotations(api.must("GET", path)).get("deployment.kubernetes.io/revision")
    release.cluster.wait("the controller's first revision", lambda: revision() == "1")
    api.must("PATCH", path, {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}, content_type=MERGE)
    before = serving.calls()
    release.cluster.wait("the controller's second revision", lambda: revision() == "2")
    results.equal("what the deployment controller writes is not sent", serving.calls() - before, 0)
    # Its writes would make the apiserver try later ones of ours twice, and each try is a call.
    controllers = release.cluster.processes.pop("kube-controller-manager")
    controllers.terminate()
    controllers.wait()


def check_batches(results, release, serving):
    values = release.cluster.folder / "batches.yaml"
    values.write_text(BATCHES)
    status, _, problem = release.upgrade("--values", values)
    results.equal("an entry of their own for batches", (status, problem), (0, ""))
    results.equal("with its own failure policy", [(hook["name"], hook["failurePolicy"]) for hook in release.hooks()],
                  [("batches.evenkeel.dev", "Fail"), ("workloads.evenkeel.dev", "Ignore")])
    reloads = serving.replica.metric("evenkeel_reloads_total")
    serving.take_policy()
    release.cluster.wait("the new policy", lambda: serving.replica.metric("evenkeel_reloads_total") > reloads, 30)
    time.sleep(1)  # the apiserver's own view of the configuration
    shop = DEPLOYMENTS % "shop"

    def labelled(name, labels, **more):
        document = annotated(deployment(name), **more) if more else deployment(name)
        return dict(document, metadata=dict(document["metadata"], labels=labels))
    before = serving.calls()
    release.api.must("POST", shop, labelled("web", {"tier": "web"}))
    release.api.must("POST", shop, labelled("db", {"tier": "db"}))
    started = release.api.must("PATCH", shop + "/web", {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}},
                               content_type=MERGE)
    results.equal("each object is sent once", serving.calls() - before, 3)
    results.equal("a release is held", started["spec"].get("minReadySeconds"), HELD)
    before = serving.calls()
    approved = release.api.must("PATCH", shop + "/web", {"metadata": {"annotations": {"evenkeel.dev/batch": "all"}}},
                                content_type=MERGE)
    results.equal("an approval is sent, and ends it", (serving.calls() - before, approved["spec"].get("minReadySeconds")),
                  (1, None))
    results.equal("evenkeel ends well", serving.replica.stop(), 0)
    for name, labels, more, wanted in (
            ("e", {"tier": "web"}, {}, 500), ("f", {"tier": "db"}, {}, 201), ("canary-1", {"tier": "web"}, {}, 201),
            ("g", {"tier": "web", "team": "lab"}, {}, 201), ("h", {}, {"batches": "1"}, 500),
            ("i", {"tier": "web"}, {"inject": "false"}, 201)):
        answer = release.api.request("POST", shop, labelled(name, labels, **more))
        results.equal("without evenkeel, %s %s %s is %s" % (name, labels, more, "refused" if wanted == 500 else "taken"),
                      answer.status, wanted)


def check_uninstall(results, release):
    status, _, problem = release.helm("uninstall", "evenkeel")
    results.equal("helm uninstall", (status, problem), (0, ""))
    _, left, _ = release.cluster.kubectl(
        "get", "all,configmaps,secrets,poddisruptionbudgets,networkpolicies,mutatingwebhookconfigurations", "-A", "-l",
        "app.kubernetes.io/instance=evenkeel", "-o", "name")
    results.equal("leaves nothing", [line for line in left.splitlines() if "/evenkeel-1" not in line and
                                     not line.startswith(("pod/", "replicaset.apps/"))], [])


def main():
    results = Results()
    isolate()
    with TwoFamilies("chart") as cluster:
        release = Release(cluster)
        cluster.api.must("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": NAMESPACE, "labels": {"evenkeel.dev/inject": "enabled", "pod-security.kubernetes.io/warn": "restricted"}}})
        # No controller is there yet to make it, and the test's pod is refused without one.
        cluster.api.must("POST", "/api/v1/namespaces/%s/serviceaccounts" % NAMESPACE, {
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})
        cluster.kubectl("label", "namespace", "kube-system", "evenkeel.dev/inject=enabled")
        cluster.namespace("shop")
        cluster.namespace("plain", inject=False)
        cluster.namespace("other", inject=False)
        check_value_sets(results, release)
        check_install(results, release)
        check_upgrades(results, release)
        check_rotated_ca(results, release)
        serving = Serving(release)
        try:
            serving.wait_called()
            check_calls(results, release, serving)
            check_controllers(results, release, serving)
            check_batches(results, release, serving)
        finally:
            serving.replica.kill()
        check_uninstall(results, release)
    results.run()


if __name__ == "__main__":
    main()
