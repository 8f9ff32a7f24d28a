#!/usr/bin/env python3
"""Replays real manifests with failurePolicy Fail, under the default policy, every example and one with every rule (or
the policies named): the apiserver's verdict is the same with evenkeel as without, nothing but what evenkeel's bookkeeping
names has changed, and what it made stands when it is sent again. TAP on stdout.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from cluster import ROOT, Cluster, isolate
from figures import write_figures
from webhook import DEFAULT_POLICY, RECORD, Webhook, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

MANIFESTS = ROOT.parent / "shared/corpus/manifests"
EVERYTHING = ROOT / "tests/cluster/everything.yaml"
POLICIES = [DEFAULT_POLICY, *sorted((ROOT / "docs/examples/policies").glob("*.yaml")), EVERYTHING]
NAMESPACE = "replay"
RESOURCES = {"Deployment": "deployments", "Service": "services", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
VOLATILE = ("managedFields", "uid", "creationTimestamp", "resourceVersion", "generation")
ALLOCATED = ("clusterIP", "clusterIPs", "healthCheckNodePort")  # by the API, and not for good in a dry run
SHOWN = 10


class Manifest:
    """One object of a manifest, and where the apiserver takes it."""

    def __init__(self, source, document):
        metadata = document.get("metadata") or {}
        self.name = metadata.get("name") or ""
        self.document = dict(document, metadata=dict(metadata, namespace=NAMESPACE))
        self.source = "%s (%s %s)" % (source, document["kind"], self.name)
        version = document["apiVersion"]
        self.folder = "%s/%s/namespaces/%s/%s" % ("/apis" if "/" in version else "/api", version, NAMESPACE,
                                                  RESOURCES[document["kind"]])
        self.path = self.folder + "/" + self.name


def flatten(source, document):
    if document.get("kind", "").endswith("List"):
        return [found for item in document.get("items") or () for found in flatten(source, item)]
    return [Manifest(source, document)] if document.get("kind") in RESOURCES and "apiVersion" in document else []


def load_manifests(cluster):
    """(the number of files, their objects)"""
    files = sorted(path for path in MANIFESTS.iterdir() if path.name != "index.tsv")
    lines = subprocess.run([str(cluster.parts / "yaml2json"), *map(str, files)], stdout=subprocess.PIPE, check=True)
    found = []
    for line in lines.stdout.splitlines():
        name, document, problem = json.loads(line)
        if problem or not isinstance(document, dict):
            raise RuntimeError("%s: %s" % (name, problem or "no object"))
        found += flatten(Path(name).name, document)
    return len(files), found


def verdict(answer):
    """What is to be the same: the status, and what a refusal complains of."""
    details = answer.document.get("details") or {} if answer.status >= 300 else {}
    return (answer.status, answer.document.get("reason") if answer.status >= 300 else None,
            sorted((cause.get("field") or "", cause.get("reason") or "") for cause in details.get("causes") or ()))


def replay(api, manifest):
    """What the apiserver says to it as a dry run, by create and by server-side apply."""
    answers = [api.request("POST", manifest.folder + "?dryRun=All", manifest.document)]
    if manifest.name:
        answers.append(api.request("PATCH", manifest.path + "?dryRun=All&fieldManager=replay&force=true",
                                   manifest.document, content_type="application/apply-patch+yaml"))
    return answers


def tokens(path):
    """A path as the bookkeeping writes it, in parts: spec.containers[app].ports -> spec, containers, app, ports."""
    return tuple(part[1:-1] if part[0] == "[" else part for part in re.findall(r"\[[^]]*\]|[^.\[]+", path))


def differences(before, after, path=()):
    """The places, as tokens, at which two documents differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(set(before) | set(after)):
            if path != ("metadata",) or key not in VOLATILE:
                yield from differences(before.get(key), after.get(key), path + (key,))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after)):
            name = one.get("name", str(index)) if isinstance(one, dict) else str(index)
            yield from differences(one, other, path + (name,))
    elif before != after:
        yield path


def unexplained(before, after):
    """Differences that evenkeel's bookkeeping does not name."""
    record = [tokens(path) for path in json.loads(annotations(after).get(RECORD, "{}"))]
    record.append(("metadata", "annotations", RECORD))
    if ("spec", "externalTrafficPolicy") in record:
        record.append(("spec", "healthCheckNodePort"))  # which the API gives to Local
    # A parent that we had to make stands for what is in it.
    return [".".join(path) for path in differences(before, after)
            if not any(path[:len(place)] == place or place[:len(path)] == path for place in record)]


def without_keys(document, keys):
    return {key: value for key, value in document.items() if key not in keys}


def resend(api, manifest, document):
    """Differences that appear when evenkeel sees its own output, defaulted, once more."""
    document = dict(document, metadata=without_keys(document["metadata"], VOLATILE))
    if document["kind"] == "Service":
        document["spec"] = without_keys(document["spec"], ALLOCATED)
    answer = api.request("POST", manifest.folder + "?dryRun=All", document)
    if answer.status != 201:
        return ["%r" % answer]
    return [".".join(path) for path in differences(document, answer.document) if path[-1] not in ALLOCATED]


class Tally:
    def __init__(self):
        self.requests = self.accepted = self.refused = self.injected = 0
        self.verdicts, self.changes, self.repeats = [], [], []

    def add(self, manifest, before, after):
        self.requests += 1
        if verdict(before) != verdict(after):
            self.verdicts.append("%s: %r, with evenkeel %r" % (manifest.source, before, after))
        self.accepted += after.status < 300
        self.refused += after.status >= 300
        if before.status < 300 and after.status < 300:
            self.injected += RECORD in annotations(after.document)
            self.changes += ["%s: %s" % (manifest.source, path) for path in unexplained(before.document, after.document)]


def replay_all(api, manifests, without):
    tally = Tally()
    for manifest, before in zip(manifests, without):
        after = replay(api, manifest)
        for one, other in zip(before, after):
            tally.add(manifest, one, other)
        if after[0].status == 201:
            tally.repeats += ["%s: %s" % (manifest.source, path) for path in resend(api, manifest, after[0].document)]
    return tally


def step(api, manifest):
    """A life of one object, each step's answer: applied, applied again, a new image, put back by PUT; then deleted."""
    apply = dict(content_type="application/apply-patch+yaml")
    path = manifest.path + "?fieldManager=replay&force=true"
    first = api.request("PATCH", path, manifest.document, **apply)
    if first.status >= 300:
        return [first]
    again = api.request("PATCH", path, manifest.document, **apply)
    changed = json.loads(json.dumps(manifest.document))
    changed["metadata"].setdefault("labels", {})["step"] = "changed"
    for container in changed["spec"].get("template", {}).get("spec", {}).get("containers", ()):
        container["image"] = "registry.example/changed:2"
    update = api.request("PATCH", path, changed, **apply)
    put = api.request("PUT", manifest.path, manifest.document)
    repeated = api.request("PUT", manifest.path, manifest.document)
    api.must("DELETE", manifest.path)
    return [first, again, update, put, repeated]


def restless(manifest, answers):
    """What changed where nothing was asked to: by a second apply, or by the same PUT again."""
    if len(answers) == 1:
        return []
    first, again, _, put, repeated = [answer.document.get("metadata", {}) for answer in answers]
    problems = []
    if first.get("resourceVersion") != again.get("resourceVersion"):
        problems.append("%s: a second apply changed it" % manifest.source)
    if put.get("generation") != repeated.get("generation"):
        problems.append("%s: the same PUT again changed its spec" % manifest.source)
    return problems


def check_policy(results, webhook, policy, manifests, without, lives):
    name = "default" if policy == DEFAULT_POLICY else policy.stem
    webhook.write_policy(policy)
    webhook.start()
    tally = replay_all(webhook.api, manifests, without)
    answers = [step(webhook.api, manifest) for manifest in manifests if manifest.name]
    with_names = [manifest for manifest in manifests if manifest.name]
    lives_differ = ["%s: %r, with evenkeel %r" % (manifest.source, before, after)
                    for manifest, before, after in zip(with_names, lives, answers)
                    if [verdict(answer) for answer in before] != [verdict(answer) for answer in after]]
    moved = [line for manifest, after in zip(with_names, answers) for line in restless(manifest, after)]
    results.check("%s: the apiserver's verdict is that without evenkeel" % name, not tally.verdicts,
                  "%d differ" % len(tally.verdicts), *tally.verdicts[:SHOWN])
    results.check("%s: only what the bookkeeping names has changed" % name, not tally.changes,
                  "%d places" % len(tally.changes), *tally.changes[:SHOWN])
    results.check("%s: its own output stands" % name, not tally.repeats, "%d places" % len(tally.repeats),
                  *tally.repeats[:SHOWN])
    results.check("%s: so are the verdicts on updates" % name, not lives_differ, "%d differ" % len(lives_differ),
                  *lives_differ[:SHOWN])
    results.check("%s: a second apply, or PUT, changes nothing" % name, not moved, "%d" % len(moved), *moved[:SHOWN])
    updates = sum(map(len, answers))
    return {"policy": name, "dry runs": tally.requests, "accepted": tally.accepted, "refused": tally.refused,
            "injected": tally.injected, "stored and updated": updates,
            "differences": len(tally.verdicts) + len(tally.changes) + len(tally.repeats) + len(lives_differ) + len(moved)}


def main():
    results = Results()
    if len(sys.argv) > 1:
        POLICIES[:] = map(Path, sys.argv[1:])
    if not MANIFESTS.is_dir():
        print("ok 1 - replay of real manifests # SKIP no manifests in %s\n1..1" % MANIFESTS)
        return
    isolate()
    with Cluster("replay") as cluster, Webhook(cluster) as webhook:
        files, manifests = load_manifests(cluster)
        cluster.namespace(NAMESPACE)
        without = [replay(cluster.api, manifest) for manifest in manifests]
        lives = [step(cluster.api, manifest) for manifest in manifests if manifest.name]
        webhook.start()
        webhook.register("Fail")
        webhook.wait_called()
        rows = []
        for policy in POLICIES:
            rows.append(check_policy(results, webhook, policy, manifests, without, lives))
        write_figures("replay", "manifests replayed: %d, objects in them: %d" % (files, len(manifests)), rows)
    results.run()


if __name__ == "__main__":
    main()
