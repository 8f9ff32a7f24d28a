#!/usr/bin/env python3
"""A short run of the proof (tests/proof): three applications rolled out under load behind a balancer that is 3 s late,
without evenkeel and with it. `make proof` is the whole. TAP on stdout.
"""

import sys

from cluster import ROOT, isolate
from figures import write_figures

sys.path[:0] = [str(ROOT / "tests/server"), str(ROOT / "tests/proof")]
from harness import Results  # noqa: E402

NAMES = ("ready-5s", "nginx", "batched")
CONTROL = "control"
DELAY = 3


def measure(cluster, injected):
    from field import Field, Front
    from rollout import Rollout
    from shapes import SHAPES
    field = Field(cluster, "with" if injected else "without", injected, [shape for shape in SHAPES if shape.name in (*NAMES, CONTROL)])
    with Front(field, "pods", DELAY) as front:
        return {row["shape"]: row for row in Rollout(field, front, "run").run()}


def check_rows(results, rows, injected):
    results.check("an application that is not rolled out loses none", rows[CONTROL]["failed"] == 0, rows[CONTROL])
    for name in NAMES:
        row = rows[name]
        facts = ["%s: %s" % item for item in row.items()]
        results.check("%s: the new version serves" % name, row["new_version"] > 0, *facts)
        if injected:
            results.check("%s: with evenkeel no request fails" % name, row["failed"] == 0, *facts)
    if not injected:
        results.check("without evenkeel requests fail", rows["ready-5s"]["failed"] > 0, rows)


def main():
    isolate()
    from field import make_images
    from nodes import Nodes
    found = {}
    with Nodes("check_proof", images=make_images(ROOT / "build/cluster-images")) as cluster:
        def without(results):
            found[False] = measure(cluster, False)
            check_rows(results, found[False], False)

        def injected(results):
            cluster.install_evenkeel()
            found[True] = measure(cluster, True)
            check_rows(results, found[True], True)

        try:
            Results().run(without, injected)
        finally:
            if len(found) == 2:
                write_figures("proof", "one rollout at 20 requests a second, failed of sent", [
                    {"application": name, "without": "%(failed)d of %(sent)d in %(rollout_s).0f s" % found[False][name],
                     "with evenkeel": "%(failed)d of %(sent)d in %(rollout_s).0f s" % found[True][name]} for name in NAMES])


main()
