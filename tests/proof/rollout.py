"""One rollout of all shapes under load: rows of what was counted."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

from field import HELD, PATIENCE, is_complete

LEAD = 5  # seconds of load before the rollout
LOOK = 5  # seconds that somebody looks at a held step before it goes on
LONGEST = 300
QUIET = 5  # seconds without a failure, after which a rollout is over for its clients
KINDS = ("refused", "unreachable", "reset", "closed", "status", "timeout")
COLUMNS = ("with", "mode", "shape", "run", "date", "sent", "ok", "failed", *KINDS, "resent", "p50_ms", "p99_ms", "max_ms",
           "late_ms", "new_version", "rollout_s", "gone_s", "failed_at")


class Rollout:
    """A new version of the field's shapes, or another way in which their pods go away (ways.py), under the load of one front
    or more. The first one says which way."""

    def __init__(self, field, front, name, *others):
        self.field, self.front, self.fronts, self.name, self.way = field, front, (front, *others), name, front.way
        self.shapes = [shape for shape in field.shapes if not self.way or shape.still or self.way.touches(shape)]
        self.acting = None
        self.done = {}  # shape -> seconds until its rollout was complete
        self.gone = {}  # shape -> seconds until its last old pod was gone
        self.approved = []
        self.held_since = {}
        self.timeline = open(front.folder / (name + ".timeline"), "w")

    def run(self):
        """Rows of the first front."""
        self.field.wait_settled()
        loads = [front.start_load(self.shapes, self.name) for front in self.fronts]
        try:
            time.sleep(LEAD)
            self.began = time.time()
            with ThreadPoolExecutor(1) as pool:
                self.acting = pool.submit(self.way.act, self.field) if self.way else pool.submit(self.field.roll)
                self._follow(loads)
            time.sleep(self.front.delay + 5)
            self._wait_quiet()
            self._check()
        finally:
            for load in loads:
                load.terminate()
            for load in loads:
                load.wait(60 + max(shape.timeout for shape in self.shapes))
            self.timeline.close()
        if any(load.returncode for load in loads):
            raise RuntimeError("the load generators ended with status %s" % [load.returncode for load in loads])
        held = not self.way and any(shape.batches for shape in self.shapes)
        if self.field.inject and held and self.approved != ["2", "all"]:
            raise RuntimeError("the batched release was not held at each step: approved were %r" % self.approved)
        return self.rows(self.front)

    def _follow(self, loads):
        names = {shape.name for shape in self.shapes}
        while set(self.gone) != names:
            if self._seconds() > LONGEST or any(load.poll() is not None for load in loads):
                raise RuntimeError("after %d s: complete are %s, of the old pods are gone those of %s" % (
                    self._seconds(), sorted(self.done), sorted(self.gone)))
            self._check()
            self._look_at_workloads()
            time.sleep(0.4)
            self._look_at_workloads()
            self._look_at_pods()
            time.sleep(0.4)

    def _wait_quiet(self):
        """Without a probe, pods count as ready long before their servers answer. A request that is due now may fail when its
        time-out has passed."""
        quiet = {shape.name: QUIET + shape.timeout for shape in self.shapes if not shape.still and shape.timeout <= PATIENCE}
        while any(last > time.time() - quiet.get(name, 0) for front in self.fronts
                  for name, last in last_failures(front.report(self.name)).items()):
            if self._seconds() > LONGEST:
                print("# %s: requests still fail after %d s" % (self.name, self._seconds()), flush=True)
                return
            time.sleep(1)

    def _check(self):
        for front in self.fronts:
            front.check()

    def _seconds(self):
        return time.time() - self.began

    def _look_at_workloads(self):
        if not self.acting.done():
            return
        self.acting.result()
        for name, stored in self.field.workloads().items():
            if name in self.done or name not in {shape.name for shape in self.shapes}:
                continue
            if is_complete(stored):
                self.done[name] = self._seconds()
            elif HELD in stored["metadata"].get("labels", {}):
                self._look_at_held(stored)

    def _look_at_held(self, stored):
        step = stored["metadata"]["labels"][HELD]
        if time.time() - self.held_since.setdefault(step, time.time()) > LOOK:
            told = self.field.approve(stored)
            if told and told not in self.approved:
                self.approved.append(told)

    def _look_at_pods(self):
        pods = self.field.pods()
        leaving = {pod["metadata"]["labels"]["app"] for pod in pods if "deletionTimestamp" in pod["metadata"]}
        for name in set(self.done) - leaving:
            self.gone.setdefault(name, self._seconds())
        self.timeline.write(json.dumps([round(self._seconds(), 2), sorted(map(pod_line, pods))]) + "\n")

    def rows(self, front):
        totals, failed_at = read_report(front.report(self.name), self.began)
        for shape in self.shapes:
            total = totals[shape.name]
            answers = {key.partition(":")[2]: int(value) for key, value in total.items() if key.startswith("answer:")}
            yield {"shape": shape.name, "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began)),
                   "sent": int(total["sent"]), "ok": int(total["ok"]), "failed": sum(int(total[kind]) for kind in KINDS),
                   **{kind: int(total[kind]) for kind in KINDS}, "resent": int(total["resent"]),
                   "p50_ms": int(total["p50"]), "p99_ms": int(total["p99"]), "max_ms": int(total["max"]),
                   "late_ms": int(total["late"]), "new_version": answers.get(str(self.field.version), 0),
                   "rollout_s": round(self.done[shape.name], 1), "gone_s": round(self.gone[shape.name], 1),
                   "failed_at": failed_at.get(shape.name, "")}


def measure_alone(field):
    """Rollouts one by one and without load, for the time that they take."""
    field.wait_settled()
    field.version = 3 - field.version
    for shape in field.shapes:
        if shape.alone:
            date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            yield {"shape": shape.name, "date": date, "sent": 0, "ok": 0, "failed": 0, "resent": 0,
                   "rollout_s": round(field.roll_alone(shape), 1)}


def pod_line(pod):
    """What of a pod tells why a request failed: its name, address, and whether it is ready or leaving."""
    status = pod.get("status", {})
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in status.get("conditions", ()))
    return "%s %s %s%s" % (pod["metadata"]["name"], status.get("podIP", "-"), "ready" if ready else "unready",
                           " leaving" if "deletionTimestamp" in pod["metadata"] else "")


def lines_of(text, first):
    """The words of each whole line of a generator's report that begins with that word."""
    return [line.split() for line in text.splitlines(True) if line.startswith(first + " ") and line.endswith("\n")]


def read_report(text, began):
    """The generator's report: each shape's totals, and its failures as "second*kind*count" from the rollout's start."""
    totals, failures = {}, {}
    for _, name, *words in lines_of(text, "total"):
        totals[name] = dict(word.rsplit("=", 1) for word in words)
    for _, name, date, kind in lines_of(text, "fail"):
        at = (int((float(date) - began) // 1), kind)
        known = failures.setdefault(name, {})
        known[at] = known.get(at, 0) + 1
    return totals, {name: " ".join("%d*%s*%d" % (second, kind, count) for (second, kind), count in sorted(known.items()))
                    for name, known in failures.items()}


def last_failures(text):
    """When the last request of each shape was due that failed, by a report that need not be whole: seconds since 1970."""
    last = {}
    for _, name, date, _ in lines_of(text, "fail"):
        last[name] = max(float(date), last.get(name, 0))
    return last


def read_failures(text):
    """The column failed_at: (second, kind, count) of each."""
    return [(int(second), kind, int(count)) for second, kind, count in re.findall(r"(-?\d+)\*(\w+)\*(\d+)", text)]
