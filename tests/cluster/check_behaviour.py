#!/usr/bin/env python3
"""What users see: opting in and out, overrides, observe mode, warnings, dry runs, the audit log, another webhook
beside evenkeel. All through kubectl and a real apiserver. TAP on stdout.
"""

import json
import sys

from cluster import ROOT, Cluster, isolate
from check_intent import reports
from hook import Hook, add_sidecar
from objects import Clients, annotated, deployment, pod_spec, sleep_seconds
from webhook import CONFIGURATION, DEFAULT_POLICY, NAMESPACE, RECORD, WEBHOOK, Webhook, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

INJECTED = ["evenkeel.dev/injected"]


def ours(stored):
    return [key for key in annotations(stored) if key.startswith("evenkeel.dev/injected")]


def check_opting(results, cluster, clients):
    outside = Clients(cluster, "outside")
    outside.apply(deployment("plain"))
    results.equal("a namespace without the label gets nothing", ours(outside.stored("plain")), [])
    clients.apply(deployment("plain"))
    results.equal("one with the label gets all", ours(clients.stored("plain")), INJECTED)
    cluster.kubectl("label", "namespace", "outside", "evenkeel.dev/inject=enabled")
    outside.apply(deployment("labelled", grace=20))
    results.equal("a label given later counts from then on", ours(outside.stored("labelled")), INJECTED)
    results.equal("what was there before stays as it is", ours(outside.stored("plain")), [])
    own = Clients(cluster, NAMESPACE)
    cluster.kubectl("label", "namespace", NAMESPACE, "evenkeel.dev/inject=enabled")
    own.apply(deployment("own"))
    results.equal("evenkeel's own namespace stays out of it", ours(own.stored("own")), [])
    clients.apply(annotated(deployment("opted-out"), inject="false"))
    results.equal("the annotation opts an object out", ours(clients.stored("opted-out")), [])
    results.equal("and leaves its fields alone", sleep_seconds(clients.stored("opted-out")), None)


def besides_the_note(problem):
    """What kubectl printed, without the one line that tells at a CREATE what was added."""
    return [line for line in problem.splitlines() if "leaves out what evenkeel added" not in line]


def check_overrides(results, clients):
    status, _, problem = clients.apply(annotated(deployment("override"), pre_stop_seconds="5", max_surge="3"))
    stored = clients.stored("override")
    results.equal("overrides are followed", (status, sleep_seconds(stored), stored["spec"]["strategy"]["rollingUpdate"]),
                  (0, 5, {"maxSurge": 3, "maxUnavailable": 0}))
    results.equal("without a warning", besides_the_note(problem), [])
    status, _, problem = clients.apply(annotated(deployment("nonsense"), pre_stop_seconds="soon", colour="red"))
    results.equal("overrides that cannot be used do no harm", (status, sleep_seconds(clients.stored("nonsense"))), (0, 15))
    for name in ("pre-stop-seconds", "colour"):
        results.check("kubectl shows a warning of evenkeel.dev/" + name,
                      any(line.startswith("Warning: ") and name in line for line in problem.splitlines()), problem)


def check_warning(results, clients):
    _, _, problem = clients.apply(deployment("short", grace=20))
    results.equal("kubectl shows why a sleep was cut", [line[:60] for line in besides_the_note(problem)],
                  ["Warning: preStop: sleeps 6 of 15 s, 14 of 20 s left after SI"])
    _, _, problem = clients.apply(deployment("quiet"))
    results.equal("and where all is well only what was added", (len(problem.splitlines()), besides_the_note(problem)), (1, []))
    _, _, problem = clients.apply(deployment("quiet", deadline=700))
    results.equal("which is told once", problem, "")


def check_dry_run(results, cluster, clients):
    _, shown, _ = clients.kubectl("apply", "--dry-run=server", "-o", "json", "-f", "-", stdin=deployment("dry"))
    results.equal("a dry run shows the injection", (ours(json.loads(shown)), sleep_seconds(json.loads(shown))), (INJECTED, 15))
    answer = cluster.api.request("GET", "/apis/apps/v1/namespaces/people/deployments/dry")
    results.equal("and stores nothing", answer.status, 404)
    status, shown, _ = clients.kubectl("diff", "-f", "-", stdin=deployment("dry"))
    results.check("kubectl diff shows it too", status == 1 and "+          preStop:" in shown, status, shown)
    for label, apply, options in (("apply", clients.apply, ()),
                                  ("apply --server-side", clients.apply_server_side, ("--server-side",))):
        name = "diff-" + label[-4:]
        apply(deployment(name))
        status, shown, problem = clients.kubectl("diff", *options, "-f", "-", stdin=deployment(name))
        results.equal("kubectl diff after %s is empty" % label, (status, shown, problem), (0, "", ""))
        before = clients.stored(name)["metadata"]
        _, said, _ = apply(deployment(name))
        after = clients.stored(name)["metadata"]
        results.equal("a second %s changes nothing" % label, (before["resourceVersion"], before["generation"]),
                      (after["resourceVersion"], after["generation"]))
        results.check("and kubectl says so", label != "apply" or said.endswith("unchanged\n"), said)


def check_audit(results, cluster, clients):
    clients.apply(deployment("audited", deadline=700))
    found = reports(cluster, 1)
    while "audited" not in found:
        found = reports(cluster, len(found) + 1)
    results.equal("the audit log says what was done and why", found["audited"][0], {
        "readinessProbe[app]": "injected:unset", "terminationGracePeriodSeconds": "injected:unset",
        "preStop[app]": "injected:unset", "rollingUpdate": "injected:unset"})
    events = [event for event in cluster.audit_events() if event["objectRef"].get("name") == "audited"]
    mutation = json.loads(events[0]["annotations"]["mutation.webhook.admission.k8s.io/round_0_index_0"])
    results.equal("the apiserver's own line too", mutation,
                  {"configuration": CONFIGURATION, "webhook": WEBHOOK, "mutated": True})


def check_observe(results, webhook, clients):
    webhook.write_policy(DEFAULT_POLICY.read_text().replace("mode: enforce", "mode: observe"))
    webhook.start()
    status, _, problem = clients.apply(deployment("observed"))
    stored = clients.stored("observed")
    results.equal("observe mode changes nothing", (status, ours(stored), sleep_seconds(stored)), (0, [], None))
    results.check("and kubectl shows what it would do", problem.startswith("Warning: observe mode: evenkeel would inject ") and
                  "preStop" in problem, problem)
    webhook.write_policy(DEFAULT_POLICY)
    webhook.start()


def container_count(answer):
    """0 where the request was refused, as while the apiserver does not know a webhook's endpoints yet."""
    return len(pod_spec(answer.document)["containers"]) if answer.status == 201 else 0


def check_reinvocation(results, cluster, webhook, clients, name):
    """Another webhook that is called before evenkeel (by its name), or after it."""
    sidecar = Hook(cluster, name, "beside", add_sidecar)
    webhook.wait_until(lambda answer: container_count(answer) == 2, "the sidecar's webhook is called")
    sidecar.calls()
    before = webhook.replicas[next(iter(webhook.replicas))].metric("evenkeel_reviews_total")
    status, _, problem = clients.apply(deployment("with-" + name))
    calls = webhook.replicas[next(iter(webhook.replicas))].metric("evenkeel_reviews_total") - before
    stored = clients.stored("with-" + name)
    results.equal("%s: both containers get a sleep" % name, (status, besides_the_note(problem), sleep_seconds(stored), sleep_seconds(stored, 1)),
                  (0, [], 15, 15))
    probed = [container.get("readinessProbe", {}).get("tcpSocket") for container in pod_spec(stored)["containers"]]
    results.equal("%s: both get a probe" % name, probed, [{"port": 8080}, {"port": 15000}])
    # The first webhook is called again because of the other's change. That call must change nothing.
    results.equal("%s: evenkeel's calls" % name, calls, 2 if name > CONFIGURATION else 1)
    results.check("%s: the other's calls" % name, sidecar.calls() <= 2)
    record = json.loads(annotations(stored)[RECORD])
    results.check("%s: the bookkeeping has both" % name,
                  all("spec.template.spec.containers[%s].lifecycle.preStop" % container in record
                      for container in ("app", "sidecar")), record)
    clients.apply(deployment("with-" + name))
    after = clients.stored("with-" + name)
    results.equal("%s: a second apply changes nothing" % name, after["metadata"]["resourceVersion"],
                  stored["metadata"]["resourceVersion"])
    status, shown, _ = clients.kubectl("diff", "-f", "-", stdin=deployment("with-" + name))
    results.equal("%s: kubectl diff is empty" % name, (status, shown), (0, ""))
    sidecar.close()
    webhook.wait_until(lambda answer: container_count(answer) == 1, "the sidecar's webhook is gone")


def main():
    results = Results()
    isolate()
    with Cluster("behaviour") as cluster, Webhook(cluster, DEFAULT_POLICY) as webhook:
        webhook.start()
        webhook.register()
        webhook.wait_called()
        clients = Clients(cluster, cluster.namespace("people"))
        cluster.namespace("beside", inject=False)
        check_opting(results, cluster, clients)
        check_overrides(results, clients)
        check_warning(results, clients)
        check_dry_run(results, cluster, clients)
        check_audit(results, cluster, clients)
        check_observe(results, webhook, clients)
        check_reinvocation(results, cluster, webhook, clients, "z-sidecar")
        check_reinvocation(results, cluster, webhook, clients, "a-sidecar")
    results.run()


if __name__ == "__main__":
    main()
