#!/usr/bin/env python3
"""What people edit after they got out: after an opt-out, after refusals, in observe mode. A probe of their own, a
short grace period, no surge, another port: each is accepted, by each client. Also what tools rewrite: a release that
Helm 3 made and Helm 4 upgrades, Terraform's update, an undo. Afterwards a second apply and a webhook beside evenkeel
change nothing. With the real deployment controller. TAP on stdout.
"""

import json
import shlex
import sys

from check_rollout import NEW, Watched, must
from cluster import ROOT, Cluster, isolate
from hook import Hook, add_sidecar
from objects import annotated, deployment, pod_spec, sleep_seconds
from webhook import DEFAULT_POLICY, RECORD, Webhook, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

NAMESPACE = "edits"
WAYS_OUT = ROOT / "docs/WAYS-OUT.md"
HISTORY = "evenkeel.dev/history"


def own_probe(document):
    pod_spec(document)["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/ready", "port": 8080}}


def timed_probe(document):
    own_probe(document)
    pod_spec(document)["containers"][0]["readinessProbe"]["timeoutSeconds"] = 3


def short_grace(document):
    pod_spec(document)["terminationGracePeriodSeconds"] = 10


def no_surge(document):
    document["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 0}}


def another_port(document):
    pod_spec(document)["containers"][0]["ports"] = [{"containerPort": 9090}]


def container(stored):
    return pod_spec(stored)["containers"][0]


def handlers(stored):
    return sorted({"httpGet", "tcpSocket", "exec", "grpc"} & set(container(stored).get("readinessProbe", {})))


# Each edit, and a check of the stored object afterwards.
EDITS = {
    "own-probe": (own_probe, lambda stored: handlers(stored) == ["httpGet"]),
    "timed-probe": (timed_probe, lambda stored: handlers(stored) == ["httpGet"] and container(stored)["readinessProbe"]["timeoutSeconds"] == 3),
    "short-grace": (short_grace, lambda stored: pod_spec(stored)["terminationGracePeriodSeconds"] == 10 and
                    (sleep_seconds(stored) or 0) < 10),
    "no-surge": (no_surge, lambda stored: stored["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 0 and
                 stored["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] != 0),
    "another-port": (another_port, lambda stored: container(stored).get("readinessProbe", {}).get("tcpSocket") != {"port": 8080}),
}
# The annotations that take somebody out; without any, a change of the policy does.
STATES = {
    "opted-out": {"inject": "false"},
    "refused": {"readiness_probe": "off", "pre_stop": "off", "termination_grace_period_seconds": "off", "rolling_update": "off"},
    "observed": {},
    "never": {},
}
POLICIES = {"observed": ("mode: enforce", "mode: observe"), "never": ("onUpdate: templateChanged", "onUpdate: never")}


def ways(clients):
    return {"kubectl": clients.apply, "server-side": clients.apply_server_side, "helm-client-side": clients.helm_client_side,
            "helm-server-side": clients.helm_server_side, "helm-3": clients.helm_3}


def follow(webhook, state):
    """Serves the default policy with this state's change, if it has one."""
    webhook.write_policy(DEFAULT_POLICY.read_text().replace(*POLICIES[state]) if state in POLICIES else DEFAULT_POLICY)
    webhook.start()


def each(clients):
    """Every combination: (name, state, edit, how to send)."""
    for state in STATES:
        for edit in EDITS:
            for way, send in ways(clients).items():
                yield "%s-%s-%s" % (state, edit, way), state, edit, send


def check_edits(results, watched, webhook):
    """All are made while evenkeel injects, and settle. Then each gets out, and then each is edited."""
    clients = watched.clients
    for name, _, _, send in each(clients):
        must(send(deployment(name)))
    for name, _, _, _ in each(clients):
        watched.settled(name)
    followed = None
    for name, state, edit, send in each(clients):
        if state != followed and state in POLICIES:
            follow(webhook, state)
        followed = state
        document = annotated(deployment(name), **STATES[state]) if STATES[state] else deployment(name)
        must(send(document))
        change, holds = EDITS[edit]
        change(document)
        status, _, problem = send(document)
        stored = clients.stored(name)
        results.check("%s: accepted, and as it was written" % name, status == 0 and holds(stored), problem,
                      stored["spec"]["strategy"], pod_spec(stored))
    follow(webhook, None)


def check_long_sleep(results, watched):
    """A sleep of their own that needs evenkeel's grace period: every way out is accepted, and the sleep stays."""
    clients = watched.clients
    outs = {"annotated": lambda name, _: clients.kubectl("annotate", "deployment", name, "evenkeel.dev/inject=false"),
            "with-a-version": lambda name, document: clients.apply(annotated(dict(document), inject="false")),
            "refused": lambda name, document: clients.apply(annotated(dict(document), termination_grace_period_seconds="off"))}
    for out, leave in outs.items():
        name = "long-sleep-" + out
        document = deployment(name)
        container(document)["lifecycle"] = {"preStop": {"sleep": {"seconds": 40}}}
        must(clients.apply(document))
        results.check("%s: evenkeel makes room for it" % name, pod_spec(clients.stored(name))["terminationGracePeriodSeconds"] > 40)
        if out != "annotated":  # that one while the rollout is unfinished
            watched.settled(name)
            container(document)["image"] = NEW
        status, _, problem = leave(name, document)
        results.check("%s: the way out is accepted" % name, status == 0 and "terminationGracePeriodSeconds stays" in problem, status, problem)
        stored = clients.stored(name)
        results.check("%s: the sleep stays, and fits" % name, sleep_seconds(stored) == 40 <= pod_spec(stored)["terminationGracePeriodSeconds"],
                      pod_spec(stored))
        results.check("%s: and nothing of it is evenkeel's" % name, "terminationGracePeriodSeconds" not in annotations(stored).get(RECORD, ""),
                      annotations(stored))


# What the API fills in, which charts often spell out: a change of client must not make it theirs.
DEFAULTS = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}}


def check_helm_3(results, watched):
    """Helm 3 declares nothing that can be read; Helm 4 by server-side apply declares the defaults of the manifest."""
    clients = watched.clients

    for name, options, surge in (("moved", ("--server-side=true", "--force-conflicts"), None),
                                 ("moved-spelt", ("--server-side=true", "--force-conflicts"), DEFAULTS),
                                 ("moved-client-side", ("--server-side=false",), None)):
        document = deployment(name, grace=30 if surge else None)
        document["spec"].update(surge or {})
        must(clients.helm_3(document))
        before, _ = watched.settled(name)
        results.check("%s: Helm 3's release is protected" % name, sleep_seconds(before) in (10, 15), pod_spec(before))
        must(clients.helm_release(document, *options))
        after, count = watched.settled(name)
        results.equal("%s: Helm 4's upgrade makes no new ReplicaSet" % name, (count, pod_spec(after)), (1, pod_spec(before)))
        must(clients.helm_release(document, *options))
        again, _ = watched.settled(name)
        results.equal("%s: nor does its next" % name, again["metadata"]["generation"], after["metadata"]["generation"])
        pod_spec(document)["containers"][0]["image"] = NEW
        must(clients.helm_release(document, *options))
        results.equal("%s: a new version is one" % name, watched.settled(name)[1], 2)


def terraform(cluster, name, document, keep):
    """Terraform's provider replaces the whole spec, with every default spelt out, and the annotations that it may see."""
    path = "/apis/apps/v1/namespaces/%s/deployments/%s" % (NAMESPACE, name)
    plain = cluster.api.must("POST", "/apis/apps/v1/namespaces/outside/deployments?dryRun=All", document)["spec"]
    patch = [{"op": "replace", "path": "/spec", "value": plain}]
    if not keep:
        patch += [{"op": "remove", "path": "/metadata/annotations/evenkeel.dev~1injected"}]
    return cluster.api.request("PATCH", path, json.dumps(patch), content_type="application/json-patch+json")


def check_terraform(results, cluster, watched):
    for name, keep in (("planned", True), ("planned-all", False)):
        document = deployment(name)
        cluster.api.must("POST", "/apis/apps/v1/namespaces/%s/deployments" % NAMESPACE, document)
        before, _ = watched.settled(name)
        answer = terraform(cluster, name, document, keep)
        after, count = watched.settled(name)
        results.equal("%s: its update rolls nothing out" % name, (answer.status, count, after["spec"]), (200, 1, before["spec"]))
        results.equal("%s: and keeps the record" % name, annotations(after)[RECORD], annotations(before)[RECORD])
        results.check("%s: with a warning of what was put back" % name, any("put back" in one for one in answer.warnings),
                      answer.warnings)
        pod_spec(document)["containers"][0]["image"] = NEW
        answer = terraform(cluster, name, document, keep)
        after, count = watched.settled(name)
        results.equal("%s: a new version is one rollout, protected" % name,
                      (answer.status, count, sleep_seconds(after), pod_spec(after)["containers"][0]["image"]), (200, 2, 15, NEW))


TAKE_OUT_PROBE = '[{"op": "remove", "path": "/spec/template/spec/containers/0/readinessProbe"}]'


def check_undo(results, watched):
    """An undo keeps the record, and what was decided since; an undo of that undo too."""
    clients = watched.clients
    must(clients.apply(deployment("undone")))
    watched.settled("undone")
    must(clients.kubectl("set", "image", "deployment/undone", "app=" + NEW))
    before, _ = watched.settled("undone")
    must(clients.kubectl("annotate", "deployment", "undone", "evenkeel.dev/pre-stop-seconds=5"))
    must(clients.kubectl("rollout", "undo", "deployment/undone"))
    after, count = watched.settled("undone")
    results.equal("undone: the record stays", (count, annotations(after)[RECORD]), (2, annotations(before)[RECORD]))
    results.equal("undone: so does what was annotated since", annotations(after).get("evenkeel.dev/pre-stop-seconds"), "5")
    must(clients.kubectl("annotate", "deployment", "undone", "evenkeel.dev/max-surge=2"))
    must(clients.kubectl("rollout", "undo", "deployment/undone", "--to-revision=2"))
    again, count = watched.settled("undone")
    results.equal("undone again: the second version's own ReplicaSet, with what was annotated since",
                  (count, pod_spec(again), annotations(again).get("evenkeel.dev/max-surge")), (2, pod_spec(before), "2"))
    must(clients.kubectl("patch", "deployment", "undone", "--type=json", "-p", TAKE_OUT_PROBE))
    watched.settled("undone")
    must(clients.kubectl("rollout", "undo", "deployment/undone", "--to-revision=3"))
    last, _ = watched.settled("undone")
    results.check("undone once more: a probe that was taken out since stays out", "readinessProbe" not in container(last),
                  pod_spec(last), annotations(last))


def check_nulls(results, watched):
    """A null in a manifest means unset: sent again as it is, it takes nothing out."""
    clients = watched.clients
    senders = {"kubectl": clients.apply, "helm-3": clients.helm_3,
               "helm-client-side": clients.helm_client_side}
    for way, send in senders.items():
        document = deployment("nulls-" + way)
        container(document).update(readinessProbe=None, lifecycle=None)
        must(send(document))
        before, _ = watched.settled("nulls-" + way)
        must(send(document))
        after, count = watched.settled("nulls-" + way)
        results.equal("nulls by %s: sent again, nothing changes" % way,
                      (count, pod_spec(after), annotations(after)[RECORD], "declined" in annotations(after).get(HISTORY, "")),
                      (1, pod_spec(before), annotations(before)[RECORD], False))


def check_no_pods(results, watched):
    """No pods prove nothing of a probe."""
    document = deployment("asleep")
    document["spec"]["replicas"] = 0
    must(watched.clients.apply(document))
    watched.settled("asleep")
    must(watched.clients.apply(dict(document, spec=dict(document["spec"], template=deployment("asleep", image=NEW)["spec"]["template"]))))
    stored = watched.clients.stored("asleep")
    results.check("asleep: a rollout of no pods is no proof of the probe", "passed" not in annotations(stored).get(HISTORY, ""),
                  annotations(stored))


def check_recreate(results, watched):
    """The command of docs/WAYS-OUT.md, on a Deployment whose strategy has values of evenkeel's."""
    clients = watched.clients
    command = next(line for line in WAYS_OUT.read_text().splitlines() if "retainKeys" in line)
    must(clients.apply(deployment("name")))
    words = shlex.split(command.replace("NAMESPACE", NAMESPACE).replace("NAME", "name"))[1:]
    results.equal("recreate: the documented command is accepted", clients.kubectl(*words)[0], 0)
    results.equal("recreate: and nothing else is left of the strategy", clients.stored("name")["spec"]["strategy"],
                  {"type": "Recreate"})


def check_paused(results, watched):
    """A Deployment that is paused after its rollout is finished: an opt-out rolls nothing out."""
    clients = watched.clients
    must(clients.apply(deployment("paused")))
    before, _ = watched.settled("paused")
    must(clients.kubectl("rollout", "pause", "deployment/paused"))
    watched.cluster.wait("the pause", lambda: "DeploymentPaused" in str(clients.stored("paused")["status"]), 30)
    must(clients.kubectl("annotate", "deployment", "paused", "evenkeel.dev/inject=false"))
    must(clients.kubectl("rollout", "resume", "deployment/paused"))
    watched.cluster.wait("the end of the pause", lambda: "DeploymentPaused" not in str(clients.stored("paused")["status"]), 30)
    after = clients.stored("paused")
    results.equal("paused: an opt-out leaves the template", pod_spec(after), pod_spec(before))


def make_histories(watched):
    """Objects with something to remember: (name, what is applied again)."""
    clients = watched.clients
    declined = deployment("declined")
    must(clients.apply(declined))
    watched.settled("declined")
    must(clients.kubectl("patch", "deployment", "declined", "--type=json", "-p", TAKE_OUT_PROBE))
    watched.settled("declined")
    refused = annotated(deployment("refused"), readiness_probe="off")
    must(clients.apply(refused))
    out = annotated(deployment("out"), inject="false")
    must(clients.apply(deployment("out")))
    watched.settled("out")
    must(clients.apply(out))
    older = deployment("rolled-back")
    must(clients.apply(older))
    watched.settled("rolled-back")
    must(clients.apply(deployment("rolled-back", image=NEW)))
    must(clients.apply(older))
    for name in ("refused", "rolled-back"):
        watched.settled(name)
    return [(document["metadata"]["name"], document) for document in (declined, refused, out, older)]


def check_again(results, cluster, watched):
    """A second apply, another webhook's sidecar, and evenkeel's own reinvocation do not change what evenkeel
    remembers."""
    clients = watched.clients
    for name, document in make_histories(watched):
        must(clients.apply(document))
        before = clients.stored(name)["metadata"]
        _, said, problem = clients.apply(document)
        after = clients.stored(name)["metadata"]
        results.equal("%s: a second apply changes nothing" % name,
                      (after["resourceVersion"], annotations({"metadata": after})),
                      (before["resourceVersion"], annotations({"metadata": before})))
        results.check("%s: kubectl says so, without a warning" % name, said.endswith("unchanged\n") and not problem, said, problem)
    for beside in ("aside", "zaside"):  # called before evenkeel, and after it
        sidecar = Hook(cluster, beside, "beside", add_sidecar)
        for state, make in (("declined", declined_with), ("refused", refused_with)):
            name = "%s-%s" % (state, beside)
            must(make(clients, watched, name))
            before = clients.stored(name)
            results.check("%s: the probe stays out beside a sidecar" % name,
                          "readinessProbe" not in container(before) and len(pod_spec(before)["containers"]) == 2,
                          pod_spec(before))
            must(clients.apply(refused_document(name) if state == "refused" else deployment(name)))
            after = clients.stored(name)
            results.equal("%s: and a second apply changes nothing" % name, after["metadata"]["resourceVersion"],
                          before["metadata"]["resourceVersion"])
        sidecar.close()


def declined_with(clients, watched, name):
    must(clients.apply(deployment(name)))
    watched.settled(name)
    must(clients.kubectl("patch", "deployment", name, "--type=json", "-p", TAKE_OUT_PROBE))
    watched.settled(name)
    return clients.apply(deployment(name))


def refused_document(name):
    return annotated(deployment(name), readiness_probe="off")


def refused_with(clients, watched, name):
    done = clients.apply(refused_document(name))
    watched.settled(name)
    return clients.apply(refused_document(name)) if done[0] == 0 else done


def main():
    results = Results()
    isolate("cluster/helm3")
    with Cluster("edits") as cluster, Webhook(cluster, DEFAULT_POLICY) as webhook:
        cluster.start_controllers()
        webhook.start()
        webhook.register()
        webhook.wait_called()
        watched = Watched(cluster, cluster.namespace(NAMESPACE))
        cluster.namespace("beside", inject=False)
        check_helm_3(results, watched)
        check_terraform(results, cluster, watched)
        check_undo(results, watched)
        check_nulls(results, watched)
        check_no_pods(results, watched)
        check_paused(results, watched)
        check_recreate(results, watched)
        check_long_sleep(results, watched)
        check_again(results, cluster, watched)
        check_edits(results, watched, webhook)
    results.run()


if __name__ == "__main__":
    main()
