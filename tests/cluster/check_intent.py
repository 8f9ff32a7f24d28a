#!/usr/bin/env python3
"""Who set a field? For each way to send an object and each ambiguous field: left out, set to the API's default, set to
the user's own value; on CREATE, and on UPDATE from each of these to each. TAP on stdout.
"""

import sys
import time

from cluster import ROOT, Cluster, isolate
from objects import Clients, annotated, deployment, pod_spec, service, sleep_seconds
from webhook import Webhook

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

POLICY = """apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
whenAmbiguous: %s
workloads:
  - preStop: {sleepSeconds: 15}
    terminationGracePeriodSeconds: {bufferSeconds: 30}
    rollingUpdate: {maxSurge: 50%%, maxUnavailable: 0}
    progressDeadlineSeconds: 900
services:
  - externalTrafficPolicy: Local
"""
# What the user writes, and what is stored where that is theirs.
GIVEN = {"omitted": {}, "default": {"grace": 30, "surge": "25%", "unavailable": "25%", "deadline": 600},
         "own": {"grace": 20, "surge": 1, "unavailable": 2, "deadline": 700}}
OURS, THEIRS, OWN = (45, 15, "50%", 0, 900), (30, 10, "25%", "25%", 600), (20, 6, 1, 2, 700)
RULES = ("terminationGracePeriodSeconds", "rollingUpdate", "progressDeadlineSeconds")
# By whether the request says what its sender declared: what is stored, and the reason that is given.
EXACT = {"omitted": (OURS, "injected:unset"), "default": (THEIRS, "kept:declared-default"), "own": (OWN, "kept:user-set")}
BLIND = {"omitted": (OURS, "injected:ambiguous-default"), "default": (OURS, "injected:ambiguous-default"),
         "own": (OWN, "kept:user-set")}
# A request that sets a value of ours back to the API's default is a removal: it stays so. Helm without evidence does that
# wherever the chart names a default, or named one before.
REMOVED = {("omitted", "default"), ("default", "omitted"), ("default", "default")}
KEEP = {"omitted": (THEIRS, "kept:ambiguous-default"), "default": (THEIRS, "kept:ambiguous-default"),
        "own": (OWN, "kept:user-set")}


def ways(clients):
    """Name, how it creates, how it updates, what it is to come to."""
    return [
        ("kubectl apply", clients.apply, clients.apply, EXACT),
        ("kubectl apply --server-side", clients.apply_server_side, clients.apply_server_side, EXACT),
        ("helm", clients.helm_server_side, clients.helm_server_side, EXACT),
        ("helm --server-side=false", clients.helm_client_side, clients.helm_client_side, BLIND),
        ("kubectl create and replace", clients.create, clients.replace, BLIND),
    ]


def slug(label):
    """The name of a way, as a name for an object."""
    return "-".join(filter(None, "".join(letter if letter.isalnum() else "-" for letter in label).split("-")))


def look(stored):
    rolling = stored["spec"]["strategy"]["rollingUpdate"]
    return (pod_spec(stored)["terminationGracePeriodSeconds"], sleep_seconds(stored), rolling["maxSurge"],
            rolling["maxUnavailable"], stored["spec"]["progressDeadlineSeconds"])


def send(how, document):
    status, _, problem = how(document)
    if status != 0:
        raise RuntimeError(problem)


def reports(cluster, count):
    """By name, what evenkeel's audit annotations say of each request, once `count` names have one."""
    found = {}
    for _ in range(100):
        found = {}
        for event in cluster.audit_events():
            words = event.get("annotations", {}).get("workloads.evenkeel.dev/report")
            if words is not None:
                found.setdefault(event["objectRef"].get("name"), []).append(
                    dict(word.partition("=")[::2] for word in words.split(" ")))
        if len(found) >= count:
            break
        time.sleep(0.1)
    return found


def check_way(results, clients, label, create, update, wanted):
    created = {}
    for first in GIVEN:
        for then in GIVEN:
            name = "%s-%s-%s" % (slug(label), first, then)
            send(create, deployment(name, **GIVEN[first]))
            created[name] = (first, look(clients.stored(name)))
            send(update, deployment(name, image="registry.example/app:2", **GIVEN[then]))
            removed = update == clients.helm_client_side and wanted is BLIND and (first, then) in REMOVED
            results.equal("%s: from %s to %s" % (label, first, then), look(clients.stored(name)),
                          THEIRS if removed else wanted[then][0])
    for name, (first, values) in created.items():
        if name.endswith("-omitted"):
            results.equal("%s: created with %s" % (label, first), values, wanted[first][0])
    return created


def check_reasons(results, cluster, created, wanted_by_name):
    said = reports(cluster, len(created))
    wrong = []
    for name, (first, _) in created.items():
        reason = wanted_by_name[name][first][1]
        report = said.get(name, [{}])[0]
        wrong += ["%s: %s" % (name, report) for rule in RULES if report.get(rule) != reason]
    results.check("the audit log has each decision's reason", not wrong and created, *wrong[:10])


def check_patch(results, clients):
    """A patch works on the stored object, and leaves no evidence of its own."""
    for first, wanted in (("omitted", OURS), ("own", OWN)):
        name = "patch-" + first
        send(clients.create, deployment(name, **GIVEN[first]))
        send(clients.patch, deployment(name, image="registry.example/app:2"))
        results.equal("kubectl patch of the image alone, created with %s" % first, look(clients.stored(name)), wanted)
        for then, wanted_then in (("own", OWN), ("default", OURS)):
            send(clients.patch, deployment(name, **GIVEN[then]))
            results.equal("kubectl patch to %s, created with %s" % (then, first), look(clients.stored(name)), wanted_then)


def check_service(results, clients, label, create, exact):
    for given, wanted in ((None, "Local"), ("Cluster", "Cluster" if exact else "Local"), ("Local", "Local")):
        name = "service-%s-%s" % (slug(label), str(given).lower())
        send(create, service(name, given))
        results.equal("%s: a Service's externalTrafficPolicy given as %s" % (label, given),
                      clients.stored(name, "services")["spec"]["externalTrafficPolicy"], wanted)


def check_live_service(results, clients):
    send(clients.apply, annotated(service("live"), inject="false"))
    changed = service("live")
    changed["spec"]["ports"][0]["targetPort"] = 9090
    send(clients.apply, changed)
    stored = clients.stored("live", "services")
    results.equal("a live Service keeps its externalTrafficPolicy", stored["spec"]["externalTrafficPolicy"], "Cluster")


def check_all(results, cluster, webhook):
    clients = Clients(cluster, cluster.namespace("intent"))
    created, wanted_by_name = {}, {}
    for label, create, update, wanted in ways(clients):
        found = check_way(results, clients, label, create, update, wanted)
        created.update(found)
        wanted_by_name.update({name: wanted for name in found})
        check_service(results, clients, label, create, wanted is EXACT)
    check_patch(results, clients)
    check_live_service(results, clients)
    check_reasons(results, cluster, created, wanted_by_name)
    webhook.write_policy(POLICY % "keep")
    webhook.start()
    kept = check_way(results, clients, "keep", clients.create, clients.replace, KEEP)
    check_reasons(results, cluster, kept, {name: KEEP for name in kept})


def main():
    results = Results()
    isolate()
    with Cluster("intent") as cluster, Webhook(cluster, POLICY % "inject") as webhook:
        webhook.start()
        webhook.register()
        webhook.wait_called()
        check_all(results, cluster, webhook)
    results.run()


if __name__ == "__main__":
    main()
