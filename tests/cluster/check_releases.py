#!/usr/bin/env python3
"""Batched releases as users see them, on two nodes with evenkeel from the chart: pods really run, become ready or not,
and hang. Each case has its own Deployment, and one a StatefulSet. All run at the same time; those for which evenkeel
is gone run after the others. For each, the test reports the pods of each version over time, the lowest number of ready
pods and the user's own values. With names of cases as arguments, only these. TAP on stdout.
"""

import sys
import threading

import release_away
import release_course as course
import release_tools as tools
from cluster import ROOT, isolate
from figures import write_figures
from images import program_image
from nodes import Nodes
from objects import deployment
from releases import IMAGE, POLICY, TAGS, Bench, Case, StatefulCase
from webhook import NAMESPACE, RECORD, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

# By the name of its namespace.
COURSES = {
    "shop": (course.step_by_step, {"replicas": 6}),
    "undo": (course.undo, {}),
    "forward": (course.forward, {}),
    "scaled": (course.scaled, {}),
    "scaled-one": (course.scaled_to_one, {"replicas": 10}),
    "scaled-zero": (course.scaled_to_zero, {}),
    "not-ready": (course.not_ready, {"probe": True}),
    "never-ready": (course.never_ready, {"probe": True}),
    "failing": (course.failing, {"probe": True}),
    "three": (course.mixed([(3, 1), (2, 2)]), {"replicas": 3, "batches": "1,50%"}),
    "seven": (course.mixed([(7, 1), (6, 3), (4, 5)]), {"replicas": 7, "batches": "1,40%,5,90%"}),
    "ten": (course.mixed([(10, 1), (9, 3), (7, 5), (5, 9)]), {"replicas": 10, "batches": "1,25%,5,90%"}),
    "replaced": (tools.replaced, {}),
    "exported": (tools.exported, {}),
    "older": (tools.older, {}),
    "server-side": (tools.server_side, {"own": tools.DECLARED}),
    "helm": (tools.helm, {}),
    "restarted": (tools.restarted, {}),
    "paused": (tools.paused, {}),
    "recreated": (tools.recreated, {}),
    "opted-out": (tools.opted_out, {}),
    "own-values": (tools.own_values, {}),
    "evicted": (tools.evicted, {}),
}
STATEFUL = {"stateful": course.stateful_set, "stateful-scaled": course.stateful_scaled}


def is_called(cluster):
    answer = cluster.api.request("POST", "/apis/apps/v1/namespaces/evenkeel-probe/deployments?dryRun=All", deployment("probe"))
    return answer.status == 201 and RECORD in annotations(answer.document)


def kill_evenkeel(cluster):
    """All of its pods, at once, with no successor."""
    cluster.kubectl("scale", "deployment/evenkeel", "--namespace=" + NAMESPACE, "--replicas=0")
    cluster.kubectl("delete", "pods", "--all", "--force", "--grace-period=0", "--namespace=" + NAMESPACE)
    cluster.wait("the apiserver misses evenkeel", lambda: not is_called(cluster), 120)


def bring_evenkeel_back(cluster, policy):
    cluster.kubectl("scale", "deployment/evenkeel", "--namespace=" + NAMESPACE, "--replicas=2")
    cluster.wait_rollout(NAMESPACE, "evenkeel")
    cluster.install_evenkeel(policy=policy)


class Meeting:
    """A meeting point: when all cases that still run have come here, something happens, and they go on."""

    def __init__(self, parties, action):
        self.parties, self.action, self.waiting = parties, action, 0
        self.changed, self.ended, self.error = threading.Condition(), False, None

    def come(self):
        with self.changed:
            self.waiting += 1
            self._act_if_all_are_here()
            self.changed.wait_for(lambda: self.ended)
        if self.error:
            raise self.error

    def leave(self):
        """A case that has failed does not come."""
        with self.changed:
            self.parties -= 1
            self._act_if_all_are_here()

    def _act_if_all_are_here(self):
        if self.ended or self.waiting == 0 or self.waiting < self.parties:
            return
        try:
            self.action()
        except Exception as error:
            self.error = error
        self.ended = True
        self.changed.notify_all()


def run_away(bench, names):
    """evenkeel stops when all cases have reached their second part, and is back for the third."""
    cluster = bench.cluster
    gone = Meeting(len(names), lambda: kill_evenkeel(cluster))
    back = Meeting(len(names), lambda: bring_evenkeel_back(cluster, release_away.NEW_POLICY))

    def whole(parts):
        def run(case):
            try:
                parts[0](case)
                gone.come()
                parts[1](case)
                back.come()
            except Exception:
                gone.leave()
                back.leave()
                raise
            parts[2](case)
        return run
    bench.run(*(Case(bench, name, whole(release_away.PARTS[name])) for name in names))


def main():
    chosen = sys.argv[1:]
    isolate()
    courses = [name for name in COURSES if not chosen or name in chosen]
    stateful = [name for name in STATEFUL if not chosen or name in chosen]
    away = [name for name in release_away.PARTS if not chosen or name in chosen]
    results = Results()
    with Nodes("releases", images=[program_image(IMAGE % tag, "web.c") for tag in TAGS]) as cluster:
        cluster.install_evenkeel(policy=POLICY)
        bench = Bench(cluster)
        try:
            bench.run(*(Case(bench, name, COURSES[name][0], **COURSES[name][1]) for name in courses),
                      *(StatefulCase(bench, name, STATEFUL[name]) for name in stateful))
            if away:
                run_away(bench, away)
        finally:
            write_figures("releases", bench.tell(results))
    results.run()


if __name__ == "__main__":
    main()
