"""All modes in the same rollout: each shape has a Service for each mode, and gets requests through all of them. So a rollout is
waited for once. A mode loses what it would lose alone, but the pods have the requests of all.
"""

import datetime
import time
import traceback

from field import Field, Front
from rollout import Rollout

NAMESPACES = {False: "without", True: "with"}


class Side(Front):
    """One mode's, beside others."""

    def name_of(self, shape):
        return "%s-%s" % (shape.name, self.mode)

    def _wait_clean(self):
        """Is for all of them together."""


class AtOnce(Front):
    """All sides together, as a Front."""

    def __init__(self, field, modes, delay):
        super().__init__(field, "at-once", delay)
        self.sides = [Side(field, mode, delay) for mode in modes]

    def __enter__(self):
        try:
            for side in self.sides:
                side.__enter__()
            self._wait_clean()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start_load(self, shapes, name):
        return Loads([side.start_load(shapes, name) for side in self.sides])

    def report(self, name):
        return "".join(side.report(name) for side in self.sides)

    def check(self):
        for side in self.sides:
            side.check()

    def __exit__(self, *_):
        for side in self.sides:
            side.__exit__()


class Loads:
    """Several generators, as one process."""

    def __init__(self, processes):
        self.processes = processes

    def poll(self):
        return next((process.poll() for process in self.processes if process.poll() is not None), None)

    def terminate(self):
        for process in self.processes:
            process.terminate()

    def wait(self, seconds):
        deadline = time.monotonic() + seconds
        for process in self.processes:
            process.wait(max(0.1, deadline - time.monotonic()))

    @property
    def returncode(self):
        return next((process.returncode for process in self.processes if process.returncode), 0)


def took(events, namespace):
    """Seconds from each Deployment's last new template until its old ReplicaSet was told to have no pods, which is when the last
    new one was ready: its own rollout, though a group's new versions go out one after the other."""
    began, ended = {}, {}
    for event in events:
        what = event.get("objectRef", {})
        if what.get("namespace") == namespace and "subresource" not in what:
            at = datetime.datetime.fromisoformat(event["stageTimestamp"].replace("Z", "+00:00")).timestamp()
            if (event["verb"], what["resource"]) == ("patch", "deployments"):
                began[what["name"]] = at
            elif (event["verb"], what["resource"]) == ("update", "replicasets"):
                ended[what["name"].rpartition("-")[0]] = at
    return {name: round(ended[name] - at, 1) for name, at in began.items() if ended.get(name, 0) > at}


class RolloutAtOnce(Rollout):
    def rows(self, front):
        seconds = took(self.field.cluster.audit_events(), self.field.namespace)
        for side in front.sides:
            for row in super().rows(side):
                yield dict(row, mode=side.mode, rollout_s=seconds.get(row["shape"], row["rollout_s"]))


def measure(cluster, results, groups, modes, runs, delay):
    """A rollout of each group after the other, without evenkeel and with it: how many could not be made."""
    problems = 0
    for shapes in groups:
        for injected, namespace in NAMESPACES.items():
            missing = [run for run in range(1, runs + 1) if not results.has(injected, modes[0], run, shapes)]
            try:
                if missing:
                    measure_group(Field(cluster, namespace, injected, shapes), results, modes, missing, delay)
            except Exception:  # one group's failure must not cost the others; it is run again next time
                problems += 1
                traceback.print_exc()
    return problems


def measure_group(field, results, modes, runs, delay):
    try:
        with AtOnce(field, modes, delay) as front:
            for run in runs:
                results.add(field.inject, None, run, list(RolloutAtOnce(field, front, "run-%d" % run).run()))
    finally:
        field.delete()
