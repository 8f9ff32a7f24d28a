"""Cases of requests that people's tools send while a version is held: replace, export, older manifests, apply, Helm,
restart, pause. Also cases that end a hold.
"""

import json

from release_course import held_at, hold
from releases import OWN

DECLARED = {"minReadySeconds": 2, "progressDeadlineSeconds": 240,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 0}}}


def start(case):
    """The first version, and the second held at its first step."""
    hold(case)


def replaced(case):
    start(case)
    case.approve(2)
    held_at(case, 2, 3, 2)
    case.do("replace", "-f", "-", stdin=case.manifest(2), label="replace by the same manifest")
    held_at(case, 2, 3, 2)
    # Somebody deletes evenkeel's bookkeeping; then nothing tells that the template is the same but for it.
    case.do("annotate", "deployment/web", "evenkeel.dev/injected-")
    case.do("replace", "-f", "-", stdin=case.manifest(2), label="replace by the same manifest")
    held_at(case, 2, 3, 2)
    case.do("replace", "-f", "-", stdin=case.manifest(1), label="replace by the older manifest")
    case.expect("kubectl replace with the older manifest is a rollback", {1: 4})
    case.expect_own()
    case.equal("there are two revisions", len(case.sets()), 2)
    case.expect_lowest(4)


def exported(case):
    start(case)
    export = case.stored()
    case.equal("the export holds", export["spec"]["minReadySeconds"], 2147483646)
    for key in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
        export["metadata"].pop(key, None)
    del export["status"]
    case.do("delete", "deployment/web")
    case.wait("the end of its pods", lambda: not case.state())
    said = case.do("create", "-f", "-", stdin=export, label="create from the export")
    case.check("kubectl says what was put back", "put back the values that a hold had replaced" in said, said)
    case.expect("created from an export, nothing is held", {2: 4})
    case.expect_own()
    case.note("the user deleted it in between")


def older(case):
    start(case)
    case.apply(1)
    case.expect("apply of the older manifest while held is a rollback", {1: 4})
    case.expect_own("after it")
    case.apply(2)
    held_at(case, 1, 4, 1)
    case.approve("all")
    case.expect("all are new", {2: 4})
    case.apply(1)
    case.expect("and so it is after the end", {1: 4})
    case.expect_own()
    case.equal("there are two revisions", len(case.sets()), 2)
    case.expect_lowest(4)


def server_side(case):
    """The manifest declares what the hold takes the place of."""
    def apply(version):
        case.mark("server-side apply v%d" % version)
        return case.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=cd", "-f", "-",
                            stdin=case.manifest(version))
    apply(1)
    case.expect("the first version", {1: 4})
    apply(2)
    held_at(case, 1, 4, 1)
    for _ in range(2):
        apply(2)
        held_at(case, 1, 4, 1)
    case.approve(2)
    held_at(case, 2, 3, 2)
    apply(2)
    held_at(case, 2, 3, 2)
    partly = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"minReadySeconds": 3}}
    case.mark("another manager applies minReadySeconds 3")
    case.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=other", "-f", "-", stdin=partly)
    held_at(case, 2, 3, 2)
    case.approve("all")
    case.expect("all are new", {2: 4})
    case.expect_own("with what was set meanwhile,", dict(DECLARED, minReadySeconds=3))
    apply(1)
    case.expect("server-side apply of the older manifest", {1: 4})
    case.expect_own()
    case.equal("there are two revisions", len(case.sets()), 2)
    case.expect_lowest(4)


def helm(case):
    def upgrade(version):
        case.mark("helm upgrade v%d" % version)
        status, out, problem = case.clients.helm_server_side(case.manifest(version))
        if status != 0:
            raise RuntimeError(out + problem)

    def rollback(revision):
        case.mark("helm rollback %d" % revision)
        status, out, problem = case.clients.helm("rollback", "web", str(revision))
        if status != 0:
            raise RuntimeError(out + problem)
    upgrade(1)
    case.expect("helm install is not held", {1: 4})
    upgrade(2)
    held_at(case, 1, 4, 1)
    upgrade(2)
    held_at(case, 1, 4, 1)
    rollback(1)
    case.expect("helm rollback while held", {1: 4})
    case.expect_own("after it")
    upgrade(2)
    held_at(case, 1, 4, 1)
    case.approve("all")
    case.expect("all are new", {2: 4})
    rollback(1)
    case.expect("helm rollback after the end is not held", {1: 4})
    case.expect_own()
    case.equal("there are two revisions", len(case.sets()), 2)
    case.expect_lowest(4)


def restarted(case):
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.do("rollout", "restart", "deployment/web")
    case.expect("a restart is not held", {2: 4})
    case.apply(2)
    case.expect("a new version is", {2: 4, 3: 1})
    said = case.do("rollout", "restart", "deployment/web")
    case.expect("a restart while held is one more new version", {2: 4, 4: 1})
    case.equal("at its first step", case.held(), "1")
    case.do("rollout", "undo", "deployment/web", "--to-revision=2")
    case.expect("undo", {2: 4})
    case.expect_own("after it")
    case.apply(2)
    case.expect("the new version once more", {2: 4, 3: 1})
    case.apply(1)
    case.expect("apply of the older manifest goes back to what was restarted", {2: 4})
    case.expect_own()
    case.expect_lowest(4)
    case.check("kubectl told how", "--to-revision=2" in said, said)


def paused(case):
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.do("rollout", "pause", "deployment/web")
    case.apply(2)
    case.expect("nothing rolls out while paused", {1: 4})
    case.equal("but it is held", case.held(), "1")
    said = case.approve(2)
    case.check("an approval is refused: nothing is there to be verified", "not all there and ready" in said, said)
    case.apply(3)
    case.do("rollout", "resume", "deployment/web")
    case.expect("resumed, the last change is held", {1: 4, 2: 1})
    case.approve(2)
    held_at(case, 2, 3, 2)
    case.do("rollout", "pause", "deployment/web")
    case.do("rollout", "resume", "deployment/web")
    held_at(case, 2, 3, 2)
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {1: 4})
    case.expect_own()
    case.expect_lowest(4)


def recreated(case):
    start(case)
    patch = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
    case.do("patch", "deployment/web", "--type=merge", "-p", json.dumps(patch), label="strategy Recreate")
    case.expect("Recreate ends the hold", {2: 4})
    case.expect_own("and", dict(OWN, strategy={"type": "Recreate"}))
    case.note("Recreate itself takes all old pods first")
    case.apply(1)
    case.expect("the older manifest brings its strategy back", {1: 4})
    case.expect_own()


def opted_out(case):
    start(case)
    case.annotate(inject="false")
    case.expect("opting the object out ends the hold, and goes out without what was injected", {3: 4})
    case.expect_own("then")
    case.annotate(inject="true")
    case.apply(3)
    case.expect("opted in again, the next version is held", {3: 4, 4: 1})
    case.annotate(batches="")
    case.expect("no batches for the object ends it too", {4: 4})
    case.expect_own()
    case.expect_lowest(4)


def evict(case, version):
    """As a drain does it; the budget has to allow it."""
    name = next(name for name, (of, _) in case.pods.items() if of == version)
    case.mark("evict a pod of v%d" % version)
    path = "/api/v1/namespaces/%s/pods/%s/eviction" % (case.name, name)
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    case.wait("the budget allows an eviction", lambda: case.api.request("POST", path, body).status == 201)
    case.wait("the end of it", lambda: name not in case.pods)


def evicted(case):
    case.api.must("POST", "/apis/policy/v1/namespaces/%s/poddisruptionbudgets" % case.name, {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
        "spec": {"minAvailable": 4, "selector": {"matchLabels": {"app": "web"}}}})
    start(case)
    evict(case, 1)
    held_at(case, 1, 4, 1)
    evict(case, 2)
    held_at(case, 1, 4, 1)
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {1: 4})
    case.expect_own()
    case.expect_lowest(4)


def own_values(case):
    """The user changes their own values while a version is held: they are for later."""
    start(case)
    patch = {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 1}}, "minReadySeconds": 2}}
    case.do("patch", "deployment/web", "--type=merge", "-p", json.dumps(patch), label="own maxSurge 1, minReadySeconds 2")
    held_at(case, 1, 4, 1)
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {1: 4})
    newer = dict(OWN, minReadySeconds=2, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    case.expect_own("after it", newer)
    case.own = newer
    case.apply(2)
    held_at(case, 1, 4, 1)
    case.apply(3)
    case.expect("fixed forward", {1: 4, 3: 1})
    case.own = dict(newer, minReadySeconds=0)
    case.do("patch", "deployment/web", "--type=merge", "-p", '{"spec": {"minReadySeconds": 0}}', label="own minReadySeconds 0")
    # The ReplicaSet of v2 still has the annotations of when it was held.
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo to the version held before", {1: 4, 2: 1})
    case.approve("all")
    case.expect("approved to the end", {2: 4})
    case.expect_own()
    case.expect_lowest(4)
