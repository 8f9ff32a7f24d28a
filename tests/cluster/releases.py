"""Batched releases on a real cluster: one Deployment of its own in a namespace of its own for each case, watched from its
first pod to its last. All cases share one cluster and run at the same time; what each saw is told in the end.
"""

import http.client
import json
import threading
import time
import traceback

from cluster import ADDRESS, ROOT, TOKEN
from objects import Clients, deployment

IMAGE = "evenkeel.test/web:%d"
TAGS = (1, 2, 3)
POLICY = """workloads:
  - preStop: {sleepSeconds: 1}
    batches: [1, 50%]
"""
HELD = 2147483646
WAIT_SECONDS = 400  # the machine may be busy with something else
SETTLED_SECONDS = 2  # that pods must stay as they are to count as held there
KUBECTLS = threading.Semaphore(3)
OWN = {"minReadySeconds": 1, "progressDeadlineSeconds": 300,
       "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}}
TIMELINES = ROOT / "build/cluster/timelines.json"
WALK_THROUGH = ROOT / "build/cluster/walk-through.txt"


class Watch(threading.Thread):
    """Tells each case of its pods, one change after the other, as the apiserver has them."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cluster, self.cases = cluster, {}
        self.failed = None

    def run(self):
        try:
            self._run()
        except Exception:
            self.failed = traceback.format_exc()

    def _run(self):
        version = self.cluster.connect().must("GET", "/api/v1/pods?limit=1")["metadata"]["resourceVersion"]
        connection = http.client.HTTPSConnection(ADDRESS, 6443, context=self.cluster.context)
        connection.request("GET", "/api/v1/pods?watch=1&timeoutSeconds=7200&resourceVersion=" + version,
                           headers={"Authorization": "Bearer " + TOKEN, "Accept": "application/json"})
        for line in connection.getresponse():
            event = json.loads(line)
            case = self.cases.get(event["object"].get("metadata", {}).get("namespace"))
            if case is not None:
                case.saw(event["type"], event["object"])


def is_ready(pod):
    return any(condition["type"] == "Ready" and condition["status"] == "True"
               for condition in pod.get("status", {}).get("conditions", ()))


class Case:
    """One Deployment `web`. Versions are counted as their pods first appear: 1 is the first."""

    RESOURCE, HASH = "deployments", "pod-template-hash"

    def __init__(self, bench, name, course, replicas=4, batches=None, probe=False, own=None):
        self.bench, self.name, self.course, self.replicas = bench, name, course, replicas
        self.batches, self.probe, self.own = batches, probe, own or OWN
        self.api = bench.cluster.connect()
        self.clients = Clients(bench.cluster, name)
        self.pods, self.hashes = {}, []
        self.timeline, self.marks, self.checks, self.notes, self.transcript = [], [], [], [], []
        self.after = {}  # the user's values, when they were last looked at
        self.path = "/apis/apps/v1/namespaces/%s/%s/web" % (name, self.RESOURCE)

    # What is watched.

    def saw(self, what, pod):
        """A pod that is being deleted serves no more: it counts as gone."""
        key = pod["metadata"]["labels"].get(self.HASH)
        if key not in self.hashes:
            self.hashes.append(key)
        if what == "DELETED" or "deletionTimestamp" in pod["metadata"]:
            self.pods.pop(pod["metadata"]["name"], None)
        else:
            self.pods[pod["metadata"]["name"]] = (self.hashes.index(key) + 1, is_ready(pod))
        state = {}
        for version, ready in list(self.pods.values()):
            total, good = state.get(version, (0, 0))
            state[version] = (total + 1, good + ready)
        if not self.timeline or self.timeline[-1][1] != state:
            self.timeline.append((time.monotonic(), state))

    def state(self):
        return self.timeline[-1][1] if self.timeline else {}

    def lowest(self, since=0):
        """The fewest ready pods, from when so many as are wanted were first ready after mark `since`."""
        begun = self.marks[since][0]
        counts = [sum(good for _, good in state.values()) for when, state in self.timeline if when >= begun]
        full = [index for index, count in enumerate(counts) if count >= self.replicas]
        return min(counts[full[0]:]) if full else None

    # What is done.

    def mark(self, text):
        self.marks.append((time.monotonic(), text))

    def note(self, text):
        self.notes.append(text)

    def manifest(self, version, arguments=(), spec=None):
        document = deployment("web", image=IMAGE % version)
        document["spec"].update(json.loads(json.dumps(self.own)), replicas=self.replicas, **(spec or {}))
        pod = document["spec"]["template"]["spec"]
        pod["automountServiceAccountToken"] = False
        pod["containers"][0]["args"] = ["--listen=8080", *arguments]
        if self.probe:
            pod["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1,
                                                      "timeoutSeconds": 5, "failureThreshold": 2}
        if self.batches is not None:
            document["metadata"]["annotations"] = {"evenkeel.dev/batches": self.batches}
        return document

    def kubectl(self, *arguments, stdin=None, fails=False):
        """What it says; an error ends the case."""
        with KUBECTLS:
            status, out, problem = self.clients.kubectl(*arguments, stdin=stdin)
        if (status != 0) != fails:
            raise RuntimeError("kubectl %s: %s%s" % (" ".join(arguments), out, problem))
        return problem + out

    def apply(self, version, **options):
        self.mark("apply v%d" % version)
        return self.kubectl("apply", "-f", "-", stdin=self.manifest(version, **options))

    def do(self, *arguments, label=None, **options):
        """A kubectl command that is part of the case."""
        self.mark(label or " ".join(arguments).replace(" deployment/web", ""))
        return self.kubectl(*arguments, **options)

    def show(self, label, *arguments, stdin=None):
        """A command of the walk-through: what it says is kept as a person sees it."""
        self.transcript += ["$ kubectl -n %s %s" % (self.name, " ".join(arguments))]
        if label:
            self.mark(label)
        said = self.kubectl(*("-" if word == "web.yaml" else word for word in arguments), stdin=stdin)
        self.transcript += said.splitlines() + [""]
        return said

    def annotate(self, **values):
        """As `kubectl annotate` does; evenkeel's warnings. None takes an annotation out."""
        self.mark(" ".join("%s-" % key if value is None else "%s=%s" % (key, value) for key, value in values.items()))
        annotations = {"evenkeel.dev/" + key if key != "note" else key: value for key, value in values.items()}
        answer = self.api.request("PATCH", self.path, {"metadata": {"annotations": annotations}},
                                  "application/merge-patch+json")
        if answer.status >= 300:
            raise RuntimeError("%r" % answer)
        return "\n".join(answer.warnings)

    def approve(self, step):
        return self.annotate(batch=str(step))

    def stored(self):
        return self.api.must("GET", self.path)

    def sets(self):
        path = "/apis/apps/v1/namespaces/%s/replicasets" % self.name
        return self.api.must("GET", path)["items"]

    # What is expected.

    def check(self, what, good, *facts):
        self.checks.append((what, bool(good), [str(fact) for fact in facts]))

    def equal(self, what, got, wanted):
        self.check(what, got == wanted, "got    %r" % (got,), "wanted %r" % (wanted,), self.timeline_text())

    def wait(self, what, ready):
        deadline = time.monotonic() + WAIT_SECONDS
        while not ready():
            if self.bench.watch.failed:
                raise RuntimeError(self.bench.watch.failed)
            if time.monotonic() > deadline:
                raise RuntimeError("%s: not within %d s\n%s" % (what, WAIT_SECONDS, self.timeline_text()))
            time.sleep(0.1)

    def is_settled(self):
        """The controller has seen all, and its word on the pods is that of the pods."""
        stored, pods = self.stored(), list(self.pods.values())
        status = stored.get("status", {})
        return (status.get("observedGeneration") == stored["metadata"]["generation"] and
                status.get("replicas", 0) == len(pods) and
                status.get("readyReplicas", 0) == sum(ready for _, ready in pods) and
                time.monotonic() - self.timeline[-1][0] > SETTLED_SECONDS)

    def expect(self, what, wanted, ready=None):
        """Waits for so many pods of each version, all ready but for those of `ready`; and they have to stay so."""
        state = {version: (count, (ready or {}).get(version, count)) for version, count in wanted.items()}
        try:
            self.wait(what, lambda: self.state() == state and self.is_settled())
        except RuntimeError as error:
            self.check(what, False, error, "wanted %r" % state)
            raise
        self.equal(what, self.state(), state)

    def held(self):
        """The held step by the label, and whether the spec holds it."""
        stored = self.stored()
        step = stored["metadata"].get("labels", {}).get("evenkeel.dev/held")
        return step if (step is not None) == (stored["spec"].get("minReadySeconds") == HELD) else "%s, and not" % step

    def values(self):
        spec = self.stored()["spec"]
        return {"minReadySeconds": spec.get("minReadySeconds", 0), "progressDeadlineSeconds": spec["progressDeadlineSeconds"],
                "strategy": spec["strategy"]}

    def expect_own(self, what="in the end", own=None):
        self.after = self.values()
        self.equal(what + " the user's own values stand", (self.held(), self.after), (None, own or self.own))

    def expect_lowest(self, wanted, since=0):
        self.equal("ready pods were never below %d" % wanted, self.lowest(since), wanted)

    # What is told.

    def timeline_text(self):
        begun, parts = self.marks[0][0], []
        for index, (when, text) in enumerate(self.marks):
            until = self.marks[index + 1][0] if index + 1 < len(self.marks) else float("inf")
            states = [state_text(state) for at, state in self.timeline if when <= at < until]
            if len(states) > 8:
                states = states[:4] + ["…"] + states[-3:]
            parts.append("%.0f s %s: %s" % (when - begun, text, " ".join(states) or "="))
        return "; ".join(parts)

    def run(self):
        try:
            self.course(self)
        except Exception:
            self.check("runs to its end", False, traceback.format_exc())
        print("# %s ended after %.0f s" % (self.name, time.monotonic() - self.bench.begun), flush=True)

    def headline(self):
        low, values = self.lowest(), dict(self.after)
        values.update(values.pop("strategy", {}).get("rollingUpdate", {"strategy": "Recreate"}))
        return "%s: lowest ready %s of %d; afterwards %s%s\n    %s" % (
            self.name, "-" if low is None else low, self.replicas, ", ".join("%s %s" % item for item in values.items()),
            "".join("; " + note for note in self.notes), self.timeline_text())


class StatefulCase(Case):
    """One StatefulSet `web`, held by its partition: pods of the ordinals from there on are of the new version."""

    RESOURCE, HASH = "statefulsets", "controller-revision-hash"
    UNHELD = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}}}

    def manifest(self, version, **options):
        document = super().manifest(version, **options)
        document["kind"] = "StatefulSet"
        for key in OWN:
            del document["spec"][key]
        document["spec"].update(serviceName="web", podManagementPolicy="Parallel")
        return document

    def values(self):
        return {"strategy": self.stored()["spec"]["updateStrategy"]}

    def partition(self):
        return self.values()["strategy"]["rollingUpdate"]["partition"]

    def held(self):
        return self.stored()["metadata"].get("labels", {}).get("evenkeel.dev/held")

    def versions(self):
        """By ordinal."""
        return [version for _, (version, _) in sorted(self.pods.items())]


def state_text(state):
    """4+1: four pods of the first version and one of the second; 0/1: one that is not ready."""
    if not state:
        return "0"
    return "+".join("%d" % total if total == good else "%d/%d" % (good, total)
                    for total, good in (state.get(version, (0, 0)) for version in range(1, max(state) + 1)))


class Bench:
    """What all cases share."""

    def __init__(self, cluster):
        self.cluster, self.watch = cluster, Watch(cluster)
        self.cases, self.begun = [], time.monotonic()
        self.watch.start()

    def run(self, *cases):
        """Runs these at the same time, to their end."""
        for case in cases:
            self.cluster.namespace(case.name)
            self.watch.cases[case.name] = case
        threads = [threading.Thread(target=case.run, daemon=True) for case in cases]
        self.cases += cases
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def tell(self, results):
        """Each case's checks, and its timeline."""
        for case in self.cases:
            for what, good, facts in case.checks:
                results.check("%s: %s" % (case.name, what), good, *facts)
            if case.transcript:
                WALK_THROUGH.write_text("\n".join(case.transcript))
        TIMELINES.write_text(json.dumps({case.name: {
            "marks": case.marks, "replicas": case.replicas,
            "states": [(when, {str(version): counts for version, counts in state.items()})
                       for when, state in case.timeline]} for case in self.cases if case.marks}))
        return "batched releases on two nodes, pods of each version (v1+v2+…, ready/all where they differ) after each act:\n" + \
            "\n".join("  " + case.headline() for case in self.cases if case.marks)
