#!/usr/bin/env python3
"""What docs/PROOF.md says is what docs/proof.csv holds, and the proof goes on where it stopped. TAP on stdout."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/proof"), str(ROOT / "tests/server")]
import report  # noqa: E402
from harness import Results  # noqa: E402
from proof import Matrix, group_of  # noqa: E402
from proof import Results as Rows  # noqa: E402
from rollout import last_failures, read_report  # noqa: E402
from shapes import BY_NAME, WAY_SHAPES  # noqa: E402
from ways import WAYS  # noqa: E402

SAID = """fail web 1000.250 refused
fail web 1003.900 reset
fail web 1003.950 reset
fail other 999.900 timeout
total web sent=100 ok=97 refused=1 unreachable=0 reset=2 closed=0 status=0 timeout=0 resent=4 p50=1 p99=7 max=9 late=3 answer:2=60
total other sent=100 ok=99 refused=0 unreachable=0 reset=0 closed=0 status=0 timeout=1 resent=0 p50=1 p99=7 max=9 late=3
"""


def check_page(results):
    if not report.CSV.exists():
        results.skip("docs/PROOF.md is what docs/proof.csv gives", "there are no results yet")
        return
    done = subprocess.run([str(ROOT / "tests/proof/report.py"), "--check"], stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, universal_newlines=True)
    results.equal("docs/PROOF.md is what docs/proof.csv gives", (done.returncode, done.stdout), (0, ""))


def check_read_report(results):
    totals, failed_at = read_report(SAID, began=1000.0)
    results.equal("totals are read", (totals["web"]["sent"], totals["web"]["resent"], totals["web"]["answer:2"]), ("100", "4", "60"))
    results.equal("failures are counted by second and kind", failed_at, {"web": "0*refused*1 3*reset*2", "other": "-1*timeout*1"})
    results.equal("the last failure of each is that of a whole line", (last_failures(SAID + "fail web 1010"), last_failures("")),
                  ({"web": 1003.95, "other": 999.9}, {}))
    results.equal("the plot adds them up as the mean of runs",
                  report.bins([{"failed_at": failed_at["web"]}, {"failed_at": ""}]), {(0, "refused"): 0.5, (3, "reset"): 1.0})


def check_take_over(results):
    """Of several folders, one of which has what several commits gave."""
    kept = report.CSV, report.ABOUT, report.DOCS
    with tempfile.TemporaryDirectory() as folder:
        folders = [Path(folder) / name for name in ("new", "docs")]
        for path, about, rows in ((folders[0], {"commit": "c"}, [("kinds", "recreate"), ("pods", "web")]),
                                  (folders[1], {"commit": "a and b", "commits": {"kinds": "a and b", "pods": "a"}},
                                   [("kinds", "recreate"), ("kinds", "daemon"), ("pods", "web")])):
            path.mkdir()
            (path / "about.json").write_text(json.dumps(about))
            (path / "results.csv").write_text("mode,shape,from\n" + "".join("%s,%s,%s\n" % (*row, path.name) for row in rows))
        report.CSV, report.ABOUT, report.DOCS = Path(folder) / "proof.csv", Path(folder) / "proof.json", Path(folder)
        try:
            report.take_over(folders)
            results.equal("what the first has of an application is not taken from the second", report.CSV.read_text().split(),
                          ["mode,shape,from", "kinds,recreate,new", "pods,web,new", "kinds,daemon,docs"])
            about = json.loads(report.ABOUT.read_text())
            results.equal("each commit is named once", (about["commit"], about["commits"]),
                          ("c and a and b", {"kinds": "c and a and b", "pods": "c"}))
        finally:
            report.CSV, report.ABOUT, report.DOCS = kept


def check_resume(results):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        row = {"shape": "web", "sent": 10, "failed": 0, "resent": 0, "rollout_s": 1.5}
        first = Rows(path)
        def group(_):
            return "", [BY_NAME["exits"]._replace(name="web"), BY_NAME["control"]]
        matrix = Matrix(first, ["pods", "local", "alone"], group, 3, 3)
        results.equal("at first all runs are missing", matrix.missing(True),
                      {"pods": [1, 2, 3, 4, 5], "local": [1, 2, 3], "alone": [1, 2, 3]})
        first.add(True, "local", 2, [row])
        again = Matrix(Rows(path), ["pods", "local", "alone"], group, 3, 3)
        results.equal("what is there is not run again", again.missing(True), {"pods": [1, 2, 3, 4, 5], "local": [1, 3], "alone": [1, 2, 3]})
        results.equal("and counts for its own namespace only", again.missing(False)["local"], [1, 2, 3])
        results.equal("a row is read as it was written", [(each["shape"], each["sent"]) for each in again.results.rows],
                      [("web", "10")])
        both = Matrix(again.results, ["local"], lambda _: ("", [*group(_)[1], BY_NAME["nginx"]]), 3, 3)
        results.equal("a run that lacks one of its applications is run again", both.missing(True)["local"], [1, 2, 3])
        both.results.add(True, "local", 2, [row, dict(row, shape="nginx")])
        results.equal("and what was there is not counted twice", [each["shape"] for each in both.results.rows], ["web", "nginx"])


def row(injected, mode, shape, failed, sent):
    return {"with": injected, "mode": mode, "shape": shape, "failed": failed, "sent": sent}


def check_ways(results):
    results.check("every way's modes have shapes of their own", all(group_of(name)[1] == WAY_SHAPES for name in WAYS))
    touched = {name: [shape.name for shape in WAY_SHAPES if way.touches(shape)] for name, way in WAYS.items()}
    results.equal("what is scaled", touched["scale"], ["ready-5s", "exits", "nginx"])
    results.equal("what is drained", touched["drain-node"], ["ready-5s", "exits", "nginx", "one", "packed"])
    rows = [row("0", "scale", "exits", 7, 1000), row("0", "scale", "nginx", 5, 1000), row("1", "scale", "exits", 0, 1000),
            row("0", "evict", "one", 60, 900), row("1", "evict", "one", 30, 900)]
    results.equal("the table of the ways", report.ways(rows, {}).splitlines()[2:], [
        "| `kubectl scale` from six replicas to two: six replicas | 12 of 2,000 → **0** of 1,000 | – → – |",
        "| one pod of each is evicted: one replica | 60 of 900 → **30** of 900 | – → – |",
        "| not touched, for comparison, in all of these | – → – | – → – |"])
    results.equal("and in one sentence", report.ways_summary(rows, {}),
                  "Without evenkeel **12 of 2,000** requests failed; with it, **0 of 1,000**.")
    rows = [row("0", "kinds", "daemon", 9, 100), row("1", "kinds", "daemon", 8, 100), row("1", "named", "daemon", 0, 100)]
    results.equal("the table of workloads", report.workloads(rows, {}).splitlines()[5],
                  "| DaemonSet, on two nodes | 9 of 100 → **8** of 100 | **0** of 100 | – → – | – |")


Results().run(check_page, check_read_report, check_take_over, check_resume, check_ways)
