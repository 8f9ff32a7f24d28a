#!/usr/bin/env python3
"""What a create in a real kube-apiserver waits for: `tests/bench/create.py [OUTPUT.json]`.

Server dry runs of one Deployment of 12 KB, in a namespace each that nothing mutates, that evenkeel does, the Go webhook
does, and a MutatingAdmissionPolicy does, in two ways of writing it. They are sent in turn, so that what else the machine
does hits all alike. It builds Kubernetes where that is not built yet; COUNT=n instead of 400 of each.
"""

import base64
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import reviews
from reviews import ROOT

CLUSTER = ROOT / "tests/cluster"
os.environ["EVENKEEL_ASAN"] = str(ROOT / "build/release/evenkeel")  # what tests/cluster/webhook.py runs
sys.path.insert(0, str(CLUSTER))
from cluster import ADDRESS, Cluster, isolate  # noqa: E402
from webhook import BINARY, CONFIGURATIONS, RULES, Webhook  # noqa: E402

COUNT = int(os.environ.get("COUNT", "400"))
WARM = 60
SIZE = 12 * 1024
GO_PORT = 9443
PATH = "/apis/apps/v1/namespaces/%s/deployments?dryRun=All"
POLICIES = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
# Namespace -> what is measured in it. evenkeel's has the label that its own configuration asks for.
VARIANTS = {
    "outside": "no webhook",
    "probe": "evenkeel",
    "go": "Go, controller-runtime",
    "apply": "MutatingAdmissionPolicy, apply configuration",
    "patch": "MutatingAdmissionPolicy, JSON patch",
}
GRACE = "!has({0}.terminationGracePeriodSeconds) || {0}.terminationGracePeriodSeconds < 45".format("object.spec.template.spec")
PROBED = "!has(c.readinessProbe) && has(c.ports) && size(c.ports) == 1"
SLEEPS = "!has(c.lifecycle) || !has(c.lifecycle.preStop)"
# What CEL cannot say, or not simply: whose a default value is, what else the object says, what was written before.
APPLY = """Object{spec: Object.spec{
  ?strategy: object.spec.strategy.type == "RollingUpdate" ?
    optional.of(Object.spec.strategy{rollingUpdate: Object.spec.strategy.rollingUpdate{maxSurge: "25%%", maxUnavailable: 0}}) :
    optional.none(),
  template: Object.spec.template{spec: Object.spec.template.spec{
    ?terminationGracePeriodSeconds: %s ? optional.of(45) : optional.none(),
    containers: object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{
      name: c.name,
      ?readinessProbe: %s ?
        optional.of(Object.spec.template.spec.containers.readinessProbe{
          tcpSocket: Object.spec.template.spec.containers.readinessProbe.tcpSocket{port: c.ports[0].containerPort},
          timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3}) : optional.none(),
      ?lifecycle: %s ?
        optional.of(Object.spec.template.spec.containers.lifecycle{
          preStop: Object.spec.template.spec.containers.lifecycle.preStop{
            sleep: Object.spec.template.spec.containers.lifecycle.preStop.sleep{seconds: 15}}}) : optional.none()})
  }}}}""" % (GRACE, PROBED, SLEEPS)
# The containers' places are counted for the first one only, as the Deployment has one.
PATCH = """(object.spec.strategy.type == "RollingUpdate" ? [JSONPatch{op: "add", path: "/spec/strategy/rollingUpdate",
    value: Object.spec.strategy.rollingUpdate{maxSurge: "25%%", maxUnavailable: 0}}] : []) +
  (%s ? [JSONPatch{op: "add", path: "/spec/template/spec/terminationGracePeriodSeconds", value: 45}] : []) +
  object.spec.template.spec.containers.filter(c, %s).map(c, JSONPatch{op: "add",
    path: "/spec/template/spec/containers/0/readinessProbe", value: Object.spec.template.spec.containers.readinessProbe{
      tcpSocket: Object.spec.template.spec.containers.readinessProbe.tcpSocket{port: c.ports[0].containerPort},
      timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3}}) +
  object.spec.template.spec.containers.filter(c, %s).map(c, JSONPatch{op: "add",
    path: "/spec/template/spec/containers/0/lifecycle", value: Object.spec.template.spec.containers.lifecycle{
      preStop: Object.spec.template.spec.containers.lifecycle.preStop{
        sleep: Object.spec.template.spec.containers.lifecycle.preStop.sleep{seconds: 15}}}})""" % (GRACE, PROBED, SLEEPS)


def is_built():
    """Whether tests/cluster/build would only print its folder, which it names by what goes into it."""
    digest = hashlib.sha256()
    for path in (CLUSTER / "build", CLUSTER / "go.mod", CLUSTER / "go.sum", *sorted(CLUSTER.glob("*.go"))):
        digest.update(path.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "evenkeel"
    return (cache / ("cluster-" + digest.hexdigest()[:16])).is_dir()


def deployment():
    """Of SIZE bytes as the client sends it; all four mutations concern it."""
    return reviews.sized(SIZE, lambda review: {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "measured", "labels": {"app": "checkout"}},
        "spec": review["request"]["object"]["spec"]})


def selector(namespace):
    return {"matchLabels": {"kubernetes.io/metadata.name": namespace}}


def build_go():
    """The Go webhook. Its modules may have to be fetched, so it is built before the network is left."""
    return subprocess.run([ROOT / "tests/bench/build-webhook"], stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout.strip()


def start_go(cluster, webhook):
    """The Go webhook, registered as evenkeel is, but by its address."""
    folder = cluster.folder / "go"
    folder.mkdir()
    for what in ("ca", "leaf"):
        subprocess.run([BINARY, "certs", what, "--name=" + ADDRESS], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with open(cluster.folder / "go.log", "ab") as log:
        cluster.processes["go"] = subprocess.Popen([build_go(), "--host=" + ADDRESS, "--port=%d" % GO_PORT,
                                                    "--cert-dir=%s" % folder], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    configuration = webhook.api.must("GET", CONFIGURATIONS + "/evenkeel")
    hook = configuration["webhooks"][0]
    hook.update(name="go.evenkeel.dev", namespaceSelector=selector("go"),
                clientConfig={"url": "https://%s:%d/mutate" % (ADDRESS, GO_PORT), "caBundle": base64.b64encode((folder / "ca.crt").read_bytes()).decode()})
    webhook.api.must("POST", CONFIGURATIONS, dict(configuration, metadata={"name": "go"}, webhooks=[hook]))


def make_policy(api, namespace, mutation, operations=("CREATE",)):
    api.must("POST", POLICIES, {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": namespace},
        "spec": {"matchConstraints": {"resourceRules": [dict(RULES[0], operations=list(operations))],
                                      "namespaceSelector": selector(namespace)},
                 "reinvocationPolicy": "IfNeeded", "failurePolicy": "Fail", "mutations": [mutation]}})
    api.must("POST", POLICIES.replace("policies", "policybindings"), {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": namespace}, "spec": {"policyName": namespace}})


def create(api, namespace, body):
    """Milliseconds of one."""
    start = time.perf_counter()
    api.must("POST", PATH % namespace, body)
    return (time.perf_counter() - start) * 1000


def mutations(document):
    """How many of the four were made."""
    spec = document["spec"]["template"]["spec"]
    container = spec["containers"][0]
    return sum((container.get("readinessProbe", {}).get("tcpSocket", {}).get("port") in (8080, "http"),
                container.get("lifecycle", {}).get("preStop", {}).get("sleep") == {"seconds": 15},
                spec["terminationGracePeriodSeconds"] == 45,
                document["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 0}))


def wait_mutated(cluster, namespace, body):
    """Until configurations have reached the apiserver, and servers listen."""
    wanted = 0 if namespace == "outside" else 4

    def is_mutated():
        answer = cluster.api.request("POST", PATH % namespace, body)
        return answer.status == 201 and mutations(answer.document) == wanted
    cluster.wait("%d mutations in %s" % (wanted, namespace), is_mutated, 30)


def measure(cluster, body):
    """Namespace -> milliseconds, of COUNT rounds in each of which all take their turn in another order."""
    names = list(VARIANTS)
    times = {name: [] for name in names}
    for turn in range(WARM + COUNT):
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            times[name].append(create(cluster.api, name, body))
    return {name: values[WARM:] for name, values in times.items()}


def summary(times):
    """Medians; what is added to a create by the median of the differences within a round."""
    result = {}
    for name, values in times.items():
        quarters = statistics.quantiles(values, n=4)
        added = statistics.median(value - bare for value, bare in zip(values, times["outside"]))
        result[VARIANTS[name]] = {"median": quarters[1], "lower": quarters[0], "upper": quarters[2], "added": added}
    return result


def main():
    build_go()
    isolate()
    body = deployment()
    with Cluster("bench") as cluster, Webhook(cluster) as webhook:
        for name in ("go", "apply", "patch"):
            cluster.namespace(name, inject=False)
        webhook.start()
        webhook.register()
        start_go(cluster, webhook)
        make_policy(cluster.api, "apply", {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": APPLY}})
        make_policy(cluster.api, "patch", {"patchType": "JSONPatch", "jsonPatch": {"expression": PATCH}})
        for name in VARIANTS:
            wait_mutated(cluster, name, body)
        result = summary(measure(cluster, body))
    policy = min(row["added"] for name, row in result.items() if name.startswith("Mutating"))
    print("## A create in a kube-apiserver, server dry run of %d bytes (ms: median, quartiles, added), %d of each" % (len(body), COUNT))
    for name, row in result.items():
        print("%-46s %.2f (%.2f-%.2f) +%.2f" % (name, row["median"], row["lower"], row["upper"], row["added"]))
    ratio = result["evenkeel"]["added"] / policy
    print("evenkeel adds %.2f of what the faster policy does" % ratio)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps({"body": len(body), "count": COUNT, "ratio": ratio, "variants": result}, indent=1) + "\n")


if __name__ == "__main__":
    main()
