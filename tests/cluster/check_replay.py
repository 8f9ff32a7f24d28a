#!/usr/bin/env python3
"""Replays real manifests with failurePolicy Fail, under the default policy, every example and one with every rule (or
the policies named): the apiserver's verdict is the same with evenkeel as without, only the values in evenkeel's
bookkeeping have changed, a second request changes nothing, and `evenkeel preview` shows the stored object. TAP on
stdout.
"""

import json
import sys
from pathlib import Path

from cluster import ROOT, Cluster, isolate
from figures import write_figures
from manifests import MANIFESTS, as_sent, load_manifests, manifest_files, named_differences, preview, unexplained
from webhook import DEFAULT_POLICY, RECORD, Webhook, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

EVERYTHING = ROOT / "tests/cluster/everything.yaml"
POLICIES = [DEFAULT_POLICY, *sorted((ROOT / "docs/examples/policies").glob("*.yaml")), EVERYTHING]
NAMESPACE = "replay"
BARE = "bare"  # a namespace that is not opted in
DRY_RUN = "?dryRun=All"
SHOWN = 10


def verdict(answer):
    """The part that must be the same: the status, and the complaint of a refusal."""
    if answer.status < 300:
        return answer.status, None, []
    causes = (answer.document.get("details") or {}).get("causes") or ()
    return (answer.status, answer.document.get("reason"),
            sorted((cause.get("field") or "", cause.get("reason") or "") for cause in causes))


def replay(api, manifest):
    """The apiserver's answers to dry runs of it: to a create, and to a server-side apply if it has a name."""
    created = manifest.create(api, DRY_RUN)
    return (created, manifest.apply(api, DRY_RUN)) if manifest.name else (created,)


def live(api, manifest):
    """A life of one object, each step's answer: applied, applied again, a new image, put back by PUT, twice; then deleted."""
    first = manifest.apply(api)
    if first.status >= 300:
        return [first]
    again = manifest.apply(api)
    changed = json.loads(json.dumps(manifest.document))
    changed["metadata"].setdefault("labels", {})["step"] = "changed"
    for container in changed["spec"].get("template", {}).get("spec", {}).get("containers", ()):
        container["image"] = "registry.example/changed:2"
    update = manifest.apply(api, document=changed)
    puts = [api.request("PUT", manifest.path, manifest.document) for _ in range(2)]
    api.must("DELETE", manifest.path)
    return [first, again, update, *puts]


def restless(manifest, answers):
    """Changes without a request for them: by a second apply, or by the same PUT again."""
    if len(answers) == 1:
        return []
    first, again, _, put, repeated = [answer.document.get("metadata", {}) for answer in answers]
    problems = []
    if first.get("resourceVersion") != again.get("resourceVersion"):
        problems.append("%s: a second apply changed it" % manifest.source)
    if put.get("generation") != repeated.get("generation"):
        problems.append("%s: the same PUT again changed its spec" % manifest.source)
    return problems


def misshown(api, manifest, answer, shown, document):
    """The places where the stored object differs from preview's, `document`, which is sent without evenkeel."""
    if answer.status >= 300:
        return []
    other = shown.create(api, DRY_RUN, document)
    if shown.name != manifest.name or other.status >= 300:
        return ["%s: shown as %s: %r" % (manifest.source, shown.source, other)]
    return ["%s: %s" % (manifest.source, path) for path in named_differences(answer.document, other.document)]


class Tally:
    """The results of replaying under one policy, and the problems, as lines for each kind of problem."""

    def __init__(self):
        self.requests = self.accepted = self.refused = self.injected = self.stored = 0
        self.wrong = {"the apiserver's verdict is that without evenkeel": [],
                      "only what the bookkeeping names has changed": [], "its own output stands": [],
                      "preview shows what is stored": [], "the verdicts on updates are those without evenkeel": [],
                      "a second apply, or PUT, changes nothing": []}

    def found(self, name, lines):
        self.wrong[name] += lines

    def add_verdict(self, manifest, before, after):
        self.requests += 1
        self.accepted += after.status < 300
        self.refused += after.status >= 300
        if verdict(before) != verdict(after):
            self.found("the apiserver's verdict is that without evenkeel",
                       ["%s: %r, with evenkeel %r" % (manifest.source, before, after)])
        elif after.status < 300:
            self.injected += RECORD in annotations(after.document)
            self.found("only what the bookkeeping names has changed",
                       ["%s: %s" % (manifest.source, path) for path in unexplained(before.document, after.document)])

    def add_repeat(self, api, manifest, after):
        answer = api.request("POST", manifest.folder + DRY_RUN, as_sent(after.document))
        lines = named_differences(after.document, answer.document) if answer.status == 201 else ["%r" % answer]
        self.found("its own output stands", ["%s: %s" % (manifest.source, line) for line in lines])

    def add_preview(self, api, manifest, created, by_create, by_apply):
        """Of an object that was created, as preview shows it; and of one that `kubectl apply` creates."""
        applied = manifest.last_applied()
        answer = manifest.create(api, DRY_RUN, manifest.with_last_applied(applied))
        self.found("preview shows what is stored",
                   misshown(api, manifest, created, by_create, by_create.document) +
                   misshown(api, manifest, answer, by_apply, by_apply.with_last_applied(applied)))

    def add_life(self, manifest, before, after):
        self.stored += len(after)
        if list(map(verdict, before)) != list(map(verdict, after)):
            self.found("the verdicts on updates are those without evenkeel",
                       ["%s: %r, with evenkeel %r" % (manifest.source, before, after)])
        self.found("a second apply, or PUT, changes nothing", restless(manifest, after))

    def row(self, policy):
        return {"policy": policy, "dry runs": self.requests, "accepted": self.accepted, "refused": self.refused,
                "injected": self.injected, "stored and updated": self.stored,
                "differences": sum(map(len, self.wrong.values()))}


def check_policy(results, webhook, policy, manifests, without, lives):
    """`without`, `lives`: each manifest's answers without evenkeel. A row of figures."""
    name, api, tally = policy.stem, webhook.api, Tally()
    webhook.write_policy(policy)
    webhook.start()
    by_create, by_apply = (preview(policy, client, BARE) for client in ("create", "apply"))
    if len(by_create) != len(manifests) or len(by_apply) != len(manifests):
        raise RuntimeError("preview shows %d and %d of %d objects" % (len(by_create), len(by_apply), len(manifests)))
    for index, manifest in enumerate(manifests):
        after = replay(api, manifest)
        for one, other in zip(without[index], after):
            tally.add_verdict(manifest, one, other)
        if after[0].status == 201:
            tally.add_repeat(api, manifest, after[0])
        tally.add_preview(api, manifest, after[0], by_create[index], by_apply[index])
        if manifest.name:
            tally.add_life(manifest, lives[index], live(api, manifest))
    for what, lines in tally.wrong.items():
        results.check("%s: %s" % (name, what), not lines, "%d" % len(lines), *lines[:SHOWN])
    return tally.row(name)


def main():
    results = Results()
    policies = list(map(Path, sys.argv[1:])) or POLICIES
    if not MANIFESTS.is_dir():
        print("ok 1 - replay of real manifests # SKIP no manifests in %s\n1..1" % MANIFESTS)
        return
    isolate()
    with Cluster("replay") as cluster, Webhook(cluster) as webhook:
        manifests = load_manifests(cluster, NAMESPACE)
        cluster.namespace(NAMESPACE)
        cluster.namespace(BARE, inject=False)
        without = [replay(cluster.api, manifest) for manifest in manifests]
        lives = [live(cluster.api, manifest) if manifest.name else [] for manifest in manifests]
        webhook.start()
        webhook.register("Fail")
        webhook.wait_called()
        rows = [check_policy(results, webhook, policy, manifests, without, lives) for policy in policies]
        write_figures("replay", "manifests replayed: %d, objects in them: %d" % (len(manifest_files()), len(manifests)), rows)
    results.run()


if __name__ == "__main__":
    main()
