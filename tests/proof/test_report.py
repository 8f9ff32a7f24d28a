#!/usr/bin/env python3
"""What docs/PROOF.md says is what docs/proof.csv holds, and the proof goes on where it stopped. TAP on stdout."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/proof"), str(ROOT / "tests/server")]
import report  # noqa: E402
from harness import Results  # noqa: E402
from proof import Matrix  # noqa: E402
from proof import Results as Rows  # noqa: E402
from rollout import read_report  # noqa: E402

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
    results.equal("the plot adds them up as the mean of runs",
                  report.bins([{"failed_at": failed_at["web"]}, {"failed_at": ""}]), {(0, "refused"): 0.5, (3, "reset"): 1.0})


def check_resume(results):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        row = {"shape": "web", "sent": 10, "failed": 0, "resent": 0, "rollout_s": 1.5}
        first = Rows(path)
        matrix = Matrix(first, ["pods", "local"], [], 3, 3)
        results.equal("at first all runs are missing", matrix.missing(True),
                      {"pods": [1, 2, 3, 4, 5], "local": [1, 2, 3], "alone": [1, 2, 3]})
        first.add(True, "local", 2, [row])
        again = Matrix(Rows(path), ["pods", "local"], [], 3, 3)
        results.equal("what is there is not run again", again.missing(True), {"pods": [1, 2, 3, 4, 5], "local": [1, 3], "alone": [1, 2, 3]})
        results.equal("and counts for its own namespace only", again.missing(False)["local"], [1, 2, 3])
        results.equal("a row is read as it was written", [(each["shape"], each["sent"]) for each in again.results.rows],
                      [("web", "10")])


Results().run(check_page, check_read_report, check_resume)
