"""Cases of a batched release's own course: held, approved, refused, rolled back, fixed forward, scaled, failing."""

import os
import signal
from pathlib import Path


def held_at(case, step, old, new, total=None):
    case.expect("step %s: %d old pods and %d new" % (step, old, new), {1: old, 2: new})
    case.equal("step %s is held" % step, case.held(), str(step))


def hold(case):
    """Four pods of the first version, and the second one held at its first step."""
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.apply(2)
    held_at(case, 1, 4, 1)


GET = ("get", "deployments,replicasets", "-L", "evenkeel.dev/held")


def step_by_step(case):
    """The walk-through of docs/BATCHED-RELEASE.md; its output is in build/cluster/walk-through.txt."""
    case.apply(1)
    case.expect("the first version is not held", {1: 6})
    said = case.show("apply v2", "apply", "-f", "web.yaml", stdin=case.manifest(2))
    case.check("kubectl says what is held, and both commands", "step 1 of 3, 1 of 6 pods" in said and
               "evenkeel.dev/batch=2" in said and "--to-revision=1" in said, said)
    held_at(case, 1, 6, 1)
    case.show(None, *GET)
    conditions = [condition["type"] for condition in case.stored()["status"]["conditions"]]
    case.check("Progressing is absent while held", "Progressing" not in conditions, conditions)
    said = case.kubectl("rollout", "status", "deployment/web", "--timeout=2s", fails=True)
    case.check("rollout status waits", "Waiting for deployment" in said, said)
    case.apply(2)
    held_at(case, 1, 6, 1)
    said = case.show("batch=2", "annotate", "deployments/web", "evenkeel.dev/batch=2", "--overwrite")
    case.check("the approval is told", "step 2 of 3, 3 of 6 pods" in said, said)
    held_at(case, 2, 5, 3)
    case.show(None, *GET)
    case.show("batch=3", "annotate", "deployments/web", "evenkeel.dev/batch=3", "--overwrite")
    case.expect("then all are new", {2: 6})
    case.show(None, *GET)
    case.expect_own("after the last step")
    case.expect_lowest(6)
    case.apply(3)
    case.expect("the next version is held", {2: 6, 3: 1})
    case.approve(2)
    case.expect("and at its second step", {2: 5, 3: 3})
    case.show("rollout undo", "rollout", "undo", "deployments/web", "--to-revision=2")
    case.expect("undo", {2: 6})
    case.show(None, *GET)
    case.expect_own("after undo")
    case.equal("there are three revisions, none by evenkeel", len(case.sets()), 3)
    case.expect_lowest(6)


def undo(case):
    hold(case)
    before = {name for name, (version, _) in case.pods.items() if version == 1}
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo of step 1", {1: 4})
    case.equal("it restarts no pod", set(case.pods), before)
    case.expect_own("after it")
    case.apply(2)
    held_at(case, 1, 4, 1)
    case.approve(2)
    held_at(case, 2, 3, 2)
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo of step 2", {1: 4})
    case.expect_own("after that")
    case.apply(2)
    case.approve("all")
    case.expect("approved to the end at once", {2: 4})
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo after the end is not held", {1: 4})
    case.expect_own()
    case.equal("there are two revisions", len(case.sets()), 2)
    case.expect_lowest(4)


def forward(case):
    hold(case)
    case.approve(2)
    held_at(case, 2, 3, 2)
    said = case.apply(3)
    case.check("a newer one is held at its first step", "step 1 of 3" in said and "--to-revision=1" in said, said)
    case.expect("the held version's pods go, the stable one's stay", {1: 3, 2: 1, 3: 1})
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo without a revision", {1: 3, 2: 1, 3: 1})
    image = case.stored()["spec"]["template"]["spec"]["containers"][0]["image"]
    case.equal("goes to the version held before, which is held (the limit)", (image[-1], case.held()), ("2", "1"))
    case.do("rollout", "undo", "deployment/web", "--to-revision=1")
    case.expect("undo to the revision that was named", {1: 4})
    case.expect_own()
    case.equal("there are three revisions", len(case.sets()), 3)
    case.expect_lowest(4)


def scaled(case):
    hold(case)
    case.do("scale", "deployment/web", "--replicas=8")
    held_at(case, 1, 8, 2)
    said = case.annotate(note="seen")
    case.check("the next update warns of it", "scaling gave the held version 2 pods, more than the 1 of step 1" in said, said)
    held_at(case, 1, 8, 2)
    case.do("scale", "deployment/web", "--replicas=4")
    case.expect("scaled down, old pods stay", {1: 4, 2: 1})
    case.approve(2)
    held_at(case, 2, 3, 2)
    case.approve("all")
    case.expect("all are new", {2: 4})
    case.expect_own()
    case.expect_lowest(4)


def scaled_to_one(case):
    """The controller shares scaling out by the pods that are there, and gives nothing back."""
    case.apply(1)
    case.expect("the first version", {1: 10})
    case.apply(2)
    held_at(case, 1, 10, 1)
    case.do("scale", "deployment/web", "--replicas=1")
    case.expect("one pod is wanted", {1: 1, 2: 1})
    case.mark("scale --replicas=10")
    case.kubectl("scale", "deployment/web", "--replicas=10")
    case.wait("eleven pods", lambda: sum(good for _, good in case.state().values()) == 11 and case.is_settled())
    new = case.state()[2][0]
    case.check("about half are of the held version, not one (the limit)", 4 <= new <= 6, case.state())
    case.note("of 10 wanted, %d run the held version (limit)" % new)
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {1: 10})
    case.expect_own()
    case.note("1 was wanted for a while")
    case.expect_lowest(1)


def scaled_to_zero(case):
    hold(case)
    case.do("scale", "deployment/web", "--replicas=0")
    case.expect("none", {})
    case.do("scale", "deployment/web", "--replicas=4")
    case.expect("from 0 all come back in the held version (the limit)", {2: 4})
    case.note("after 0 and back all run the held version (limit)")
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {1: 4})
    case.expect_own("after it")
    case.apply(2)
    held_at(case, 1, 4, 1)
    case.do("scale", "deployment/web", "--replicas=0")
    case.expect("none again", {})
    case.do("rollout", "undo", "deployment/web")
    case.expect_own("undone at 0,")
    case.do("scale", "deployment/web", "--replicas=4")
    case.expect("they come back in the former version", {1: 4})


def not_ready(case):
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.apply(2, arguments=["--warm-up=25"])
    case.wait("a held pod", lambda: 2 in case.state())
    said = case.approve(2)
    case.check("refused while it is not ready", "refused the approval: the held pods are not all there and ready" in said, said)
    case.equal("the step stays", case.held(), "1")
    held_at(case, 1, 4, 1)
    said = case.approve(2)
    case.check("accepted once it is", "step 2 of 3" in said, said)
    held_at(case, 2, 3, 2)
    case.approve("all")
    case.expect("all are new", {2: 4})
    case.expect_own()
    # Only a step whose pods were ready replaces an old pod.
    case.expect_lowest(4)


def never_ready(case):
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.apply(2, arguments=["--warm-up=86400"])
    case.expect("one pod, never ready, beside all old ones", {1: 4, 2: 1}, ready={2: 0})
    said = case.approve(2)
    case.check("no step is approved", "not all there and ready" in said and case.held() == "1", said)
    case.approve("all")
    case.expect("who insists gets the user's own rolling update", {1: 4, 2: 2}, ready={2: 0})
    case.expect_own("with it")
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {1: 4})
    case.expect_own()
    case.expect_lowest(4)


def hang(case, version):
    """Stops the processes in the pods of a version: they no longer answer, and nothing restarts them."""
    stopped = 0
    for pod in case.api.must("GET", "/api/v1/namespaces/%s/pods" % case.name)["items"]:
        if case.pods.get(pod["metadata"]["name"], (0,))[0] != version:
            continue
        for process in Path("/proc").glob("[0-9]*"):
            try:
                mine = pod["metadata"]["uid"] in (process / "cgroup").read_text()
                if mine and (process / "comm").read_text().startswith("web"):
                    os.kill(int(process.name), signal.SIGSTOP)
                    stopped += 1
            except OSError:
                pass
    return stopped


def failing(case):
    hold(case)
    case.approve(2)
    held_at(case, 2, 3, 2)
    case.mark("both new pods hang")
    case.equal("both new pods hang", hang(case, 2), 2)
    case.expect("those of the step before go on (the limit: 4 - 1)", {1: 3, 2: 2}, ready={2: 0})
    said = case.approve(3)
    case.check("no further step is approved", "not all there and ready" in said and case.held() == "2", said)
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {1: 4})
    case.expect_own()
    case.note("3 is the limit after step 2 was approved")
    case.expect_lowest(3)


def mixed(expected):
    """A course through all steps: pods (old, new) at each."""
    def course(case):
        case.apply(1)
        case.expect("the first version", {1: case.replicas})
        case.apply(2)
        for step, (old, new) in enumerate(expected, 1):
            if step > 1:
                said = case.approve(step)
                case.check("step %d is approved" % step, "evenkeel holds web: step %d" % step in said, said)
            held_at(case, step, old, new)
        case.approve("all")
        case.expect("all are new", {2: case.replicas})
        case.expect_own()
        case.expect_lowest(case.replicas)
    return course


def stateful_held_at(case, step, old, new):
    held_at(case, step, old, new)
    case.equal("by the partition, from the highest ordinal on", (case.partition(), case.versions()), (old, [1] * old + [2] * new))


def stateful_set(case):
    """Its controller replaces pods in place, so one is missing at a time."""
    case.apply(1)
    case.expect("the first version is not held", {1: 4})
    case.expect_own("with it", case.UNHELD)
    said = case.apply(2)
    case.check("kubectl says what is held, and both commands", "evenkeel holds web: step 1 of 3, 1 of 4 pods" in said and
               "statefulsets/web evenkeel.dev/batch=2" in said and "rollout undo statefulsets/web" in said, said)
    stateful_held_at(case, 1, 3, 1)
    case.apply(2)
    stateful_held_at(case, 1, 3, 1)
    said = case.approve(2)
    case.check("the approval is told", "step 2 of 3, 2 of 4 pods" in said, said)
    stateful_held_at(case, 2, 2, 2)
    case.do("rollout", "undo", "statefulset/web")
    case.expect("undo", {1: 4})
    case.expect_own("after undo", case.UNHELD)
    case.apply(2)
    stateful_held_at(case, 1, 3, 1)
    case.apply(1)
    case.expect("apply of the older manifest while held is a rollback", {1: 4})
    case.expect_own("after it", case.UNHELD)
    case.apply(2)
    stateful_held_at(case, 1, 3, 1)
    case.approve("all")
    case.expect("approved to the end", {2: 4})
    case.expect_own(own=case.UNHELD)
    case.expect_lowest(3)


def stateful_scaled(case):
    """Added pods run the new version, because the partition counts from 0 on. Removed pods are of the new one."""
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.apply(2)
    stateful_held_at(case, 1, 3, 1)
    case.do("scale", "statefulset/web", "--replicas=6")
    case.expect("those that were added run the held version", {1: 3, 2: 3})
    said = case.annotate(note="seen")
    case.check("the next update warns of it", "scaling gave the held version 3 pods, more than the 1 of step 1" in said, said)
    case.do("scale", "statefulset/web", "--replicas=2")
    case.expect("scaled down, only old ones are left", {1: 2})
    said = case.annotate(note="seen again")
    case.check("the next update tells of nothing", said == "", said)
    case.do("rollout", "undo", "statefulset/web")
    case.expect("undo", {1: 2})
    case.expect_own(own=case.UNHELD)
