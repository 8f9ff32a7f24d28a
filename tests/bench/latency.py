#!/usr/bin/env python3
"""What requests in a real kube-apiserver wait for, with evenkeel as users install it: `tests/bench/latency.py [OUTPUT.json]`.

Server dry runs of one Deployment of several sizes: a create, and updates that change the image, a label, the number of
replicas, or nothing. Each is sent in turn to namespaces that nothing mutates, that evenkeel does by a plain configuration,
by the chart's own with its match conditions, by the chart's with three entries (batches and Services too), the Go webhook,
and a MutatingAdmissionPolicy. So what else the machine does hits all alike. No request may fail: under failurePolicy Fail,
a condition whose cost is over the API server's budget would refuse it.

SIZES="3 12 100 500 1200" in KB; ROUNDS=n for the smallest, fewer for larger ones."""

import copy
import json
import os
import statistics
import sys
import time
from pathlib import Path

import create
import reviews
from create import CONFIGURATIONS, ROOT, Cluster, Webhook, build_go, isolate, make_policy, selector, start_go

SIZES = [int(size) * 1024 for size in os.environ.get("SIZES", "3 12 100 500 1200").split()]
ROUNDS = int(os.environ.get("ROUNDS", "300"))
WARM = 10
OBJECT = "/apis/apps/v1/namespaces/%s/deployments/stored?dryRun=All"
VARIANTS = {
    "outside": "no webhook",
    "probe": "evenkeel, no conditions",
    "installed": "evenkeel, as the chart installs it",
    "batched": "evenkeel, the chart with batches and Services",
    "go": "Go, controller-runtime",
    "apply": "MutatingAdmissionPolicy, apply configuration",
    "patch": "MutatingAdmissionPolicy, JSON patch",
}
VALUES = {"installed": {}, "batched": {"policy": {
    "workloads": [{"match": {"kinds": ["Deployment"]}, "readinessProbe": {}, "preStop": {"sleepSeconds": 15},
                   "terminationGracePeriodSeconds": {"bufferSeconds": 30}, "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
                  {"match": {"names": ["held-*"]}, "batches": {"steps": ["25%"]}}],
    "services": [{"externalTrafficPolicy": "Local"}]}}}


class ControlPlane(Cluster):
    controllers = ("namespace-controller",)  # what would change objects between two measurements is left out


def deployment(size):
    return json.loads(reviews.sized(size, lambda review: {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "measured", "labels": {"app": "checkout"}},
        "spec": review["request"]["object"]["spec"]}))


def chart_webhooks(cluster, values):
    """The entries of the chart's MutatingWebhookConfiguration."""
    path = cluster.folder / "values.json"
    path.write_text(json.dumps(values))
    status, text, errors = cluster.command("helm", "template", "evenkeel", ROOT / "charts/evenkeel", "--namespace", "evenkeel", "--kube-version",
                                           "1.37.0", "--skip-tests", "--show-only", "templates/mutatingwebhookconfiguration.yaml", "--values", path)
    if status:
        sys.exit("helm: " + errors)
    (cluster.folder / "configuration.yaml").write_text(text)
    status, text, errors = cluster.command("kubectl", "create", "--dry-run=client", "-o", "json", "-f", cluster.folder / "configuration.yaml")
    if status:
        sys.exit("kubectl: " + errors)
    return json.loads(text)["webhooks"]


def register_chart(cluster, webhook, namespace):
    """As the chart does it, for one namespace, and so that a failed call shows."""
    plain = webhook.api.must("GET", CONFIGURATIONS + "/evenkeel")
    hooks = chart_webhooks(cluster, VALUES[namespace])
    for hook in hooks:
        hook.update(clientConfig=plain["webhooks"][0]["clientConfig"], namespaceSelector=selector(namespace), failurePolicy="Fail", timeoutSeconds=10)
    webhook.api.must("POST", CONFIGURATIONS, dict(plain, metadata={"name": namespace}, webhooks=hooks))
    return len(hooks)


def changed(stored, what):
    """The object as a client sends it back."""
    document = copy.deepcopy(stored)
    document["metadata"].pop("resourceVersion")
    if what == "a label":
        document["metadata"]["labels"]["team"] = "measured"
    elif what == "the image":
        document["spec"]["template"]["spec"]["containers"][0]["image"] += "-new"
    elif what == "replicas":
        document["spec"]["replicas"] = 7
    return document


def timed(api, method, path, body):
    start = time.perf_counter()
    api.must(method, path, body)
    return (time.perf_counter() - start) * 1000


def requests(cluster, size):
    """What is measured -> namespace -> (method, path, body)."""
    body = deployment(size)
    sent = {"a create": {name: ("POST", create.PATH % name, json.dumps(body)) for name in VARIANTS}}
    for name in VARIANTS:
        cluster.api.request("DELETE", OBJECT.split("?")[0] % name)
        stored = cluster.api.must("POST", create.PATH.split("?")[0] % name, dict(body, metadata=dict(body["metadata"], name="stored")))
        for what in ("the image", "a label", "replicas", "nothing"):
            sent.setdefault(what, {})[name] = ("PUT", OBJECT % name, json.dumps(changed(stored, what)))
    return sent


def measure(cluster, size):
    """What -> namespace -> milliseconds, of rounds in each of which all take their turn in another order."""
    rounds = max(15, min(ROUNDS, ROUNDS * 12 * 1024 // size))
    names, result = list(VARIANTS), {}
    for what, sent in requests(cluster, size).items():
        times = {name: [] for name in names}
        for turn in range(WARM + rounds):
            for name in names[turn % len(names):] + names[:turn % len(names)]:
                times[name].append(timed(cluster.api, *sent[name]))
        result[what] = {name: values[WARM:] for name, values in times.items()}
    return result


def summary(times):
    """Medians, and what is added by the median of the differences within a round."""
    rows = {}
    for name, values in times.items():
        added = [value - bare for value, bare in zip(values, times["outside"])]
        rows[VARIANTS[name]] = {"median": statistics.median(values), "added": statistics.median(added)}
    return rows


def main():
    build_go()
    isolate()
    results = {"load_before": os.getloadavg()[0], "sizes": {}}
    with ControlPlane("bench") as cluster, Webhook(cluster) as webhook:
        for name in VARIANTS:
            if name not in ("probe", "outside"):
                cluster.namespace(name, inject=False)
        webhook.start()
        webhook.register()
        results["entries"] = {name: register_chart(cluster, webhook, name) for name in VALUES}
        start_go(cluster, webhook)
        for kind, mutation in (("apply", {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": create.APPLY}}),
                               ("patch", {"patchType": "JSONPatch", "jsonPatch": {"expression": create.PATCH}})):
            make_policy(cluster.api, kind, mutation, ["CREATE", "UPDATE"])
        for name in VARIANTS:
            create.wait_mutated(cluster, name, json.dumps(deployment(SIZES[0])))
        for size in SIZES:
            results["sizes"][size // 1024] = {what: summary(times) for what, times in measure(cluster, size).items()}
            show(size, results["sizes"][size // 1024])
            results["load_after"] = os.getloadavg()[0]
            if len(sys.argv) > 1:  # after each size: a large one takes minutes
                Path(sys.argv[1]).write_text(json.dumps(results, indent=1) + "\n")


def show(size, figures):
    print("## %d KB: milliseconds (added)" % (size // 1024))
    print("%-46s" % "" + "".join("%20s" % what for what in figures))
    for name in VARIANTS.values():
        print("%-46s" % name + "".join("%11.2f (%+6.2f)" % (row[name]["median"], row[name]["added"]) for row in figures.values()))
    for what, row in figures.items():
        policy = min(value["added"] for name, value in row.items() if name.startswith("Mutating"))
        print("# %s: as installed %.2f times what the faster policy adds" % (what, row[VARIANTS["installed"]]["added"] / policy) if policy > 0 else "")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
