#!/usr/bin/env python3
"""The release before and this one as replicas of one webhook, as in the middle of an upgrade: each request is answered by the
other one. What both write must come to rest: no template changes but by a new image, no annotation goes to and fro, and
a release goes on whoever answers. The deployment controller is real. TAP on stdout.
"""

import json
import sys

from check_batches import NEW, OLD, PODS, Kubelet, Releases
from check_rollout import Watched, must
from cluster import REPLICA_ADDRESSES, ROOT, Cluster
from previous_release import POLICY, Previous, isolate_with_previous
from webhook import BINARY, Webhook

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

ROUNDS = 6
BATCHED = POLICY.replace("  - readinessProbe", "  - match: {names: [batched]}\n    batches: [1, 50%]\n  - readinessProbe")
NEXT = "registry.example/app:%d"


class Turns:
    """Lets the two versions answer in turn. The apiserver keeps its connection, so the other one ends."""

    def __init__(self, webhook, previous):
        self.webhook = webhook
        self.binaries = {REPLICA_ADDRESSES[0]: previous.binary, REPLICA_ADDRESSES[1]: BINARY}
        self.names = {REPLICA_ADDRESSES[0]: previous.version, REPLICA_ADDRESSES[1]: "this version"}
        self.current = REPLICA_ADDRESSES[1]

    def next(self):
        before, self.current = self.current, REPLICA_ADDRESSES[self.current == REPLICA_ADDRESSES[0]]
        if self.current not in self.webhook.replicas:
            self.webhook.start_one(self.current, binary=self.binaries[self.current])
        self.webhook.set_endpoints({self.current: True})
        replica = self.webhook.replicas.pop(before, None)
        if replica is not None and replica.stop() != 0:
            raise RuntimeError("evenkeel on %s did not end well" % before)
        answered = self.webhook.replicas[self.current]
        calls = answered.metric("evenkeel_review_duration_seconds_count")
        self.webhook.wait_until(lambda _: answered.metric("evenkeel_review_duration_seconds_count") > calls, "it is called")
        return self.names[self.current]


def look(stored):
    """What evenkeel may write, without what says when."""
    own = {key: value for key, value in stored["metadata"]["annotations"].items() if key.startswith("evenkeel.dev/")}
    spec = {key: value for key, value in stored["spec"].items() if key != "replicas"}
    return json.dumps([own, spec], sort_keys=True)


def check_quiet(results, turns, watched, clients, releases):
    """The same manifests again and again, with other replicas alone: nothing but them may change."""
    names, ways = ("applied", "server-side", "helmed"), (clients.apply, clients.apply_server_side, clients.helm_server_side)
    turns.next()
    for name, way in zip(names, ways):
        must(way(releases.release(name, OLD)))
    first = {name: (look(clients.stored(name)), watched.settled(name)[1]) for name in names}
    for number in range(ROUNDS):
        who = turns.next()
        for name, way in zip(names, ways):
            document = releases.release(name, OLD)
            document["spec"]["replicas"] = PODS + 1 + number % 2
            must(way(document))
            results.equal("%s: round %d, %s: only the replicas change" % (name, number, who),
                          (look(clients.stored(name)), watched.settled(name)[1]), first[name])


def check_images(results, turns, watched, clients, releases):
    """A new image in each round is one rollout, and what follows it by the other version is none."""
    must(clients.apply(releases.release("new-images", OLD)))
    for number in range(2, 2 + ROUNDS):
        who = turns.next()
        document = releases.release("new-images", NEXT % number)
        must(clients.apply(document))
        # The controller scales first, and says then that it has seen the new template too.
        watched.cluster.wait("a new ReplicaSet", lambda: watched.settled("new-images")[1] >= number, 60)
        stored, sets = watched.settled("new-images")
        results.equal("new-images: %s: one rollout for each image" % who, sets, number)
        turns.next()
        document["spec"]["replicas"] = PODS - 1
        must(clients.apply(document))
        after, sets = watched.settled("new-images")
        results.equal("new-images: %s's template and record stay under the other" % who, (look(after), sets),
                      (look(stored), number))
        turns.next()


def check_release(results, turns, clients, releases):
    turns.next()
    releases.start("batched")
    turns.next()
    must(clients.apply(releases.release("batched", NEW)))
    releases.expect("batched: held", "batched", {OLD: PODS, NEW: 1})
    for number in range(4):
        who = turns.next()
        before = clients.stored("batched")
        must(clients.apply(dict(releases.release("batched", NEW), metadata={
            "name": "batched", "labels": {"round": str(number)}})))
        results.equal("batched: round %d, %s: the hold is as it was" % (number, who), look(clients.stored("batched")),
                      look(before))
    for step, wanted in (("2", {OLD: 5, NEW: 3}), ("all", {NEW: PODS})):
        who = turns.next()
        releases.approve("batched", step)
        releases.expect("batched: %s approves %s" % (who, step), "batched", wanted)
    results.equal("batched: its own values are back", releases.step("batched"), (None, False))


def main():
    isolate_with_previous()
    results, previous = Results(), Previous()
    with Cluster("two-versions") as cluster, Webhook(cluster, BATCHED) as webhook:
        cluster.start_controllers()
        webhook.start(addresses=REPLICA_ADDRESSES[1:])
        webhook.register()
        webhook.wait_called()
        namespace = cluster.namespace("shop")
        releases, watched = Releases(cluster, namespace, results), Watched(cluster, namespace)
        kubelet, turns = Kubelet(cluster, namespace), Turns(webhook, previous)
        kubelet.start()
        check_quiet(results, turns, watched, releases.clients, releases)
        check_images(results, turns, watched, releases.clients, releases)
        check_release(results, turns, releases.clients, releases)
        kubelet.ended.set()
        kubelet.join()
    results.run()


if __name__ == "__main__":
    main()
