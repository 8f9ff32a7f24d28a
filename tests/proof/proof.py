#!/usr/bin/env python3
"""The proof: every shape rolled out under load in every mode, without evenkeel and with it, on a real cluster of two nodes.
`make proof` runs it; it takes about an hour. Each run adds its rows to build/proof/COMMIT/results.csv at once, and what is
there is not run again. tests/proof/report.py makes docs/PROOF.md of it.

FIELD=servers rolls real servers out instead (server_shapes.py), in all modes at once, one group of them after the other.

MODES, SHAPES (names with spaces between), RUNS and DELAY (seconds that the balancer is late) choose less or other. The modes
`keep`, `drain`, `weights`, `gates`, `evict` and `first` run on request only; DRAIN is the seconds after which they cut what a removed pod has.
"""

import csv
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/proof")]
from cluster import isolate  # noqa: E402
from field import KEEPING, MODES, OPTING_IN, Field, Front, make_images, must  # noqa: E402
from nodes import Nodes  # noqa: E402
from restart import measure_restart  # noqa: E402
from rollout import COLUMNS, Rollout, measure_alone  # noqa: E402
from shapes import SHAPES  # noqa: E402

if os.environ.get("FIELD") == "servers":
    sys.path.append(str(ROOT / "tests/servers"))
    import at_once  # noqa: E402
    import server_shapes  # noqa: E402

RUNS = 3
FLAGSHIP_MODE, FLAGSHIP_RUNS = "pods", 5
DELAY = 3
DRAIN = 70  # the longest grace period of the shapes
NAMESPACES = {False: "without", True: "with"}


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

    def has(self, injected, mode, run, shapes=()):
        """Whether there are rows of that run, of one of these shapes."""
        key, names = (str(int(injected)), mode, str(run)), {shape.name for shape in shapes}
        return any((row["with"], row["mode"], row["run"]) == key and (not names or row["shape"] in names) for row in self.rows)

    def add(self, injected, mode, run, rows):
        rows = [dict({"with": str(int(injected)), "mode": mode, "run": str(run)}, **row) for row in rows]
        self._append(*([row.get(column, "") for column in COLUMNS] for row in rows))
        self.rows += rows
        for row in rows:
            print("# %-7s %-9s run %d %-10s %5d sent %4d failed %3d resent, rollout %5.1f s" % (
                NAMESPACES[injected], row["mode"], run, row["shape"], row["sent"], row["failed"], row["resent"],
                row["rollout_s"]), flush=True)


class Matrix:
    """Runs of each mode, and then "alone": rollouts one by one, without load."""

    def __init__(self, results, modes, shapes, runs, delay, drain=None):
        self.results, self.shapes, self.delay, self.drain = results, shapes, delay, drain
        self.runs = {mode: runs if mode != FLAGSHIP_MODE or runs < RUNS else max(runs, FLAGSHIP_RUNS) for mode in modes}
        if not shapes or any(shape.alone for shape in shapes):
            self.runs["alone"] = runs
        self.problems = 0

    def missing(self, injected):
        found = {mode: [run for run in range(1, count + 1) if not self.results.has(injected, mode, run, self.shapes)]
                 for mode, count in self.runs.items()}
        return {mode: runs for mode, runs in found.items() if runs}

    def run(self, cluster):
        for injected, namespace in NAMESPACES.items():
            missing = self.missing(injected)
            if not missing:
                continue
            field = Field(cluster, namespace, injected, self.shapes)
            for mode, runs in missing.items():
                if mode not in OPTING_IN:
                    self._guard(self._run_mode, field, injected, mode, runs)
            field.delete()

    def opt_in(self, cluster):
        """The first rollout after opting in, and the second."""
        for mode in set(self.runs) & set(OPTING_IN):
            if all(self.results.has(True, mode, run) for run in (1, 2)):
                continue
            field = Field(cluster, mode, False, self.shapes)
            field.opt_in()
            self._guard(self._run_mode, field, True, mode, [1, 2])
            field.delete()

    def _run_mode(self, field, injected, mode, runs):
        if mode == "alone":
            for run in runs:
                self.results.add(injected, mode, run, measure_alone(field))
            return
        with Front(field, mode, self.delay, self.drain) as front:
            for run in runs:
                self._guard(self._run_once, field, front, injected, mode, run)

    def _run_once(self, field, front, injected, mode, run):
        rows = list(Rollout(field, front, "run-%d" % run).run())
        self.results.add(injected, mode, run, rows)

    def restarts(self, cluster, runs):
        for run in range(1, runs + 1):
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
    shapes = [shape for shape in SHAPES if not names or shape.name in names]
    matrix = Matrix(results, modes, shapes, runs, delay, float(os.environ.get("DRAIN", DRAIN)))
    matrix.restarts(cluster, runs)
    matrix.run(cluster)
    matrix.opt_in(cluster)
    return matrix.problems


def main():
    isolate()
    servers = os.environ.get("FIELD") == "servers"
    modes, names = (os.environ.get(name, "").split() for name in ("MODES", "SHAPES"))
    modes = modes or [*MODES, *(KEEPING if servers else ())]
    runs, delay = int(os.environ.get("RUNS", 1 if servers else RUNS)), float(os.environ.get("DELAY", DELAY))
    folder = ROOT / "build/proof" / commit() / ("servers" if servers else "")
    results = Results(folder / "results.csv")
    print("# results: %s" % results.path, flush=True)
    images = make_images(folder / "images")
    if servers:
        groups = list(server_shapes.groups_of(names))
        images.append(server_shapes.make_images(folder / "images", groups))
    with Nodes("proof", images=images) as cluster:
        (folder / "about.json").write_text(json.dumps(about(cluster, delay), indent=1) + "\n")
        cluster.install_evenkeel(values={"webhook": {"failurePolicy": "Fail"}})
        if servers:
            problems = at_once.measure(cluster, results, groups, modes, runs, delay)
        else:
            problems = measure(cluster, results, modes, names, runs, delay)
        must(cluster.kubectl("get", "nodes"))
    lost = sum(int(row["failed"]) for row in results.rows if row["with"] == "1")
    print("# with evenkeel %d requests failed; %d runs could not be made" % (lost, problems))
    return 1 if lost or problems else 0


if __name__ == "__main__":
    sys.exit(main())
