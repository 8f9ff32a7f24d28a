"""All modes in the same rollout: each shape has a Service for each mode, and gets requests through all of them. So a rollout is
waited for once. A mode loses what it would lose alone, but the pods have the requests of all. Beside these, the rollout of each
shape alone, for the time that it takes.
"""

import datetime
import traceback
from contextlib import ExitStack

from field import NAMESPACES, Field, Front
from rollout import Rollout, measure_alone
from ways import rolled

ALONE = "alone"


class Side(Front):
    """One mode's, beside others."""

    def name_of(self, shape):
        return "%s-%s" % (shape.name, self.mode)


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


def measure(cluster, results, groups, modes, runs, delay):
    """A rollout of each group after the other, without evenkeel and with it, and of each server alone if `modes` has "alone":
    how many groups could not be measured."""
    problems, beside = 0, [mode for mode in modes if mode != ALONE]
    for shapes in groups:
        for injected, namespace in NAMESPACES.items():
            missing = {mode: [run for run in range(1, runs + 1) if not results.has(injected, mode, run, rolled(mode, shapes))]
                       for mode in ([ALONE] if ALONE in modes else []) + beside[:1]}
            if not any(missing.values()):
                continue
            try:
                measure_group(Field(cluster, namespace, injected, shapes), results, beside, missing, delay)
            except Exception:  # one group's failure must not cost the others; it is run again next time
                problems += 1
                traceback.print_exc()
    return problems


def measure_group(field, results, modes, missing, delay):
    """missing: the runs of the first of `modes`, which stands for all of them, and of ALONE."""
    try:
        for run in missing.get(ALONE, ()):
            results.add(field.inject, ALONE, run, measure_alone(field))
        with ExitStack() as stack:
            runs = missing[modes[0]] if modes else []
            sides = [stack.enter_context(Side(field, mode, delay)) for mode in modes if runs]
            for run in runs:
                rollout = Rollout(field, sides[0], "run-%d" % run, *sides[1:])
                rollout.run()
                seconds = took(field.cluster.audit_events(), field.namespace)
                results.add(field.inject, None, run, [
                    dict(row, mode=side.mode, rollout_s=seconds.get(row["shape"], row["rollout_s"]))
                    for side in sides for row in rollout.rows(side)])
    finally:
        field.delete()
