#!/usr/bin/env python3
"""The proof: every shape rolled out under load in every mode, without evenkeel and with it, on a real cluster of two nodes.
`make proof` runs it; it takes about an hour. Each run adds its rows to build/proof/COMMIT/results.csv at once, and what is
there is not run again. tests/proof/report.py makes docs/PROOF.md of it.

FIELD=servers rolls real servers out instead (server_shapes.py), in all modes at once, one group of them after the other; and
each alone first, for the time that it takes.

MODES, SHAPES (names with spaces between), RUNS and DELAY (seconds that the balancer is late) choose less or other. On request
only run `keep`, `drain`, `weights`, `gates` and `first`; DRAIN is the seconds after which two cut what a removed pod has. So do
the ways of ways.py (`scale`, `evict` ..), and `kinds` and `named`: other workloads than Deployments, with the default policy and
with one that names them. `mesh` and `known` are pods with Istio's sidecar, with the default policy and with one that knows of the
mesh. Of these, each run has clients straight to pods and in the cluster.
"""

import csv
import json
import os
import subprocess
import sys
import time
import traceback
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/proof")]
import sidecar  # noqa: E402
from cluster import isolate  # noqa: E402
from field import KEEPING, MODES, NAMESPACES, OPTING_IN, Field, Front, make_images, must  # noqa: E402
from images import BINARY  # noqa: E402
from nodes import Nodes  # noqa: E402
from restart import measure_restart  # noqa: E402
from rollout import COLUMNS, Rollout, measure_alone  # noqa: E402
from shapes import KIND_SHAPES, MESH_SHAPES, SHAPES, WAY_SHAPES  # noqa: E402
from ways import GRACEFUL, INSIDE, WAYS, rolled  # noqa: E402

if os.environ.get("FIELD") == "servers":
    sys.path.append(str(ROOT / "tests/servers"))
    import at_once  # noqa: E402
    import server_shapes  # noqa: E402

RUNS = 3
FLAGSHIP_MODE, FLAGSHIP_RUNS = "pods", 5
DELAY = 3
DRAIN = 70  # the longest grace period of the shapes
WHOLE = [*MODES, "alone", "webhook"]
VALUES = {"webhook": {"failurePolicy": "Fail"}}
KINDS, NAMED = "kinds", "named"
MESH, KNOWN = "mesh", "known"
# What another policy than the default says, and in which place of it.
POLICIES = {NAMED: ("kinds: [Deployment]", "kinds: [Deployment, StatefulSet, DaemonSet]"), KNOWN: ("mesh: none", "mesh: istio")}


def policy_of(mode):
    text = subprocess.run([str(BINARY), "check", "--print-default"], stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
    old, new = POLICIES[mode]
    if old not in text:
        raise RuntimeError("the default policy does not say %r" % old)
    return text.replace(old, new)


class Results:
    """The rows so far, in a file that survives an interruption."""

    def __init__(self, path):
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            self._append(COLUMNS)
        with open(path, newline="") as file:
            self.rows = list(csv.DictReader(file))

    def _append(self, *rows):
        with open(self.path, "a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def names(self, injected, mode, run):
        """Of what has rows of that run."""
        return {row["shape"] for row in self.rows
                if (row["with"], row["mode"], row["run"]) == (str(int(injected)), mode, str(run))}

    def has(self, injected, mode, run, shapes=()):
        """Whether there are rows of that run, of each of these shapes."""
        found = self.names(injected, mode, run)
        return bool(found) and {shape.name for shape in shapes} <= found

    def add(self, injected, mode, run, rows):
        rows = [dict({"with": str(int(injected)), "mode": mode, "run": str(run)}, **row) for row in rows]
        rows = [row for row in rows if row["shape"] not in self.names(injected, row["mode"], run)]
        self._append(*([row.get(column, "") for column in COLUMNS] for row in rows))
        self.rows += rows
        for row in rows:
            print("# %-7s %-27s run %d %-10s %5d sent %4d failed %3d resent, rollout %5.1f s" % (
                NAMESPACES[injected], row["mode"], run, row["shape"], row["sent"], row["failed"], row["resent"],
                row["rollout_s"]), flush=True)


def group_of(mode, names=()):
    """What the names of a mode's namespaces begin with, and its shapes, or those of these names."""
    prefix, shapes = "", SHAPES
    if mode in WAYS:
        prefix, shapes = "ways-", WAY_SHAPES
    elif mode in (KINDS, NAMED):
        prefix, shapes = mode + "-", KIND_SHAPES
    elif mode in (MESH, KNOWN):
        prefix, shapes = "%s%s-" % (sidecar.PREFIX, mode), MESH_SHAPES
    return prefix, [shape for shape in shapes if not names or shape.name in names]


class Matrix:
    """Runs of each mode; "alone" are rollouts one by one, without load. groups: as group_of(mode)."""

    def __init__(self, results, modes, groups, runs, delay, drain=None):
        self.results, self.group_of, self.delay, self.drain = results, groups, delay, drain
        self.runs = {mode: runs if mode != FLAGSHIP_MODE or runs < RUNS else max(runs, FLAGSHIP_RUNS) for mode in modes}
        self.problems = 0

    def missing(self, injected):
        """The runs of each mode that are not there yet."""
        wanted = {mode: rolled(mode, self.group_of(mode)[1]) for mode in self.runs}
        found = {mode: [run for run in range(1, count + 1) if not self.results.has(injected, mode, run, wanted[mode])]
                 for mode, count in self.runs.items() if wanted[mode]}
        return {mode: runs for mode, runs in found.items() if runs}

    def run(self, cluster):
        for injected in NAMESPACES:
            missing = {mode: runs for mode, runs in self.missing(injected).items() if mode not in (*OPTING_IN, *POLICIES, "webhook")}
            for prefix in sorted({self.group_of(mode)[0] for mode in missing}):
                self._run_group(cluster, injected, {mode: runs for mode, runs in missing.items()
                                                    if self.group_of(mode)[0] == prefix})

    def run_policies(self, cluster):
        """The last ones: evenkeel has another policy then."""
        for mode, runs in self.missing(True).items():
            if mode in POLICIES:
                cluster.install_evenkeel(policy_of(mode), values=VALUES)
                self._run_group(cluster, True, {mode: runs})

    def _run_group(self, cluster, injected, missing):
        prefix, shapes = self.group_of(next(iter(missing)))
        field = Field(cluster, prefix + NAMESPACES[injected], injected, shapes)
        for mode, runs in missing.items():
            self._guard(self._run_mode, field, injected, mode, runs)
        field.delete(wait=not prefix)

    def opt_in(self, cluster):
        """The first rollout after opting in, and the second."""
        for mode in set(self.runs) & set(OPTING_IN):
            shapes = self.group_of(mode)[1]
            if not rolled(mode, shapes) or all(self.results.has(True, mode, run, rolled(mode, shapes)) for run in (1, 2)):
                continue
            field = Field(cluster, mode, False, shapes)
            field.opt_in()
            self._guard(self._run_mode, field, True, mode, [1, 2])
            field.delete()

    def _run_mode(self, field, injected, mode, runs):
        if mode == "alone":
            for run in runs:
                self.results.add(injected, mode, run, measure_alone(field))
            return
        with ExitStack() as stack:
            modes = [mode, mode + INSIDE] if self.group_of(mode)[0] else [mode]
            fronts = [stack.enter_context(Front(field, each, self.delay, self.drain)) for each in modes]
            for run in runs:
                self._guard(self._run_once, field, fronts, injected, run)

    def _run_once(self, field, fronts, injected, run):
        way = fronts[0].way
        if way:
            way.before(field)
        try:
            rollout = Rollout(field, fronts[0], "run-%d" % run, *fronts[1:])
            rollout.run()
        finally:
            if way:
                way.undo(field)
        for front in fronts[::-1]:  # whoever resumes looks for the first one's
            self.results.add(injected, front.mode, run, list(rollout.rows(front)))

    def restarts(self, cluster):
        for run in range(1, self.runs.get("webhook", 0) + 1):
            if not self.results.has(True, "webhook", run):
                self._guard(lambda: self.results.add(True, "webhook", run, [measure_restart(cluster)]))

    def _guard(self, run, *arguments):
        """One run's failure must not cost the others; it is run again next time."""
        try:
            run(*arguments)
        except Exception:
            self.problems += 1
            traceback.print_exc()


def about(cluster, delay):
    """The machine, the versions and the commit that the results come from."""
    def said(*command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False)
        return done.stdout.strip()
    processors = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")]
    nodes = cluster.api.must("GET", "/api/v1/nodes")["items"]
    info = nodes[0]["status"]["nodeInfo"]
    return {"commit": commit(), "date": time.strftime("%Y-%m-%d", time.gmtime()), "delay": delay,
            "processors": "%d × %s" % (len(processors), processors[0] if processors else "unknown"),
            "memory_mib": int(Path("/proc/meminfo").read_text().split()[1]) // 1024, "kernel": os.uname().release,
            "system": info["osImage"], "kubernetes": info["kubeletVersion"], "containerd": info["containerRuntimeVersion"],
            "runc": said("runc", "--version").splitlines()[0], "haproxy": said("haproxy", "-v").splitlines()[0].split(" - ")[0],
            "nginx": said("/usr/sbin/nginx", "-v")}


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], cwd=ROOT,
                          stdout=subprocess.PIPE, universal_newlines=True, check=False)
    return done.stdout.strip() or "unknown"


def measure(cluster, results, modes, names, runs, delay):
    """The proof of small programs: how many runs could not be made."""
    matrix = Matrix(results, modes, lambda mode: group_of(mode, names), runs, delay, float(os.environ.get("DRAIN", DRAIN)))
    matrix.restarts(cluster)
    matrix.run(cluster)
    matrix.opt_in(cluster)
    matrix.run_policies(cluster)
    return matrix.problems


def fetch(groups, meshed):
    if groups:
        server_shapes.fetch(groups)
    if meshed:
        sidecar.fetch()


def main():
    servers = os.environ.get("FIELD") == "servers"
    modes, names = (os.environ.get(name, "").split() for name in ("MODES", "SHAPES"))
    modes = modes or (["alone", *MODES, *KEEPING] if servers else WHOLE)
    groups = list(server_shapes.groups_of(names)) if servers else []
    meshed = bool({MESH, KNOWN} & set(modes))
    isolate(before=lambda: fetch(groups, meshed))
    runs, delay = int(os.environ.get("RUNS", 1 if servers else RUNS)), float(os.environ.get("DELAY", DELAY))
    folder = ROOT / "build/proof" / commit() / ("servers" if servers else "")
    results = Results(folder / "results.csv")
    print("# results: %s" % results.path, flush=True)
    images = make_images(folder / "images")
    if servers:
        images.append(server_shapes.make_images(folder / "images", groups))
    if meshed:
        images.append(sidecar.make_image())
    with Nodes("proof", images=images, graceful=GRACEFUL if "shutdown" in modes else None) as cluster:
        (folder / "about.json").write_text(json.dumps(about(cluster, delay), indent=1) + "\n")
        cluster.install_evenkeel(values=VALUES)
        if meshed:
            sidecar.install(cluster.api)
        if servers:
            problems = at_once.measure(cluster, results, groups, modes, runs, delay)
        else:
            problems = measure(cluster, results, modes, names, runs, delay)
        must(cluster.kubectl("get", "nodes"))
    lost = sum(int(row["failed"]) for row in results.rows if row["with"] == "1")
    print("# with evenkeel %d requests failed; %d runs could not be made" % (lost, problems))
    return 1 if problems else 0  # some are known to lose requests: docs/PROOF.md


if __name__ == "__main__":
    sys.exit(main())
