#!/usr/bin/env python3
"""Writes the figures of docs/PROOF.md and PROOF-DETAILS.md, their sum in both READMEs, and the plot docs/proof.svg from the proof's results.

report.py FOLDER..: takes over results.csv and about.json of build/proof/COMMIT as docs/proof.csv and docs/proof.json first.
Of several folders, what a former one lacks of a mode and application is taken from the later, and both commits are named. The folder
docs stands for what docs/proof.csv has.
report.py: writes anew from those. report.py --check: only says whether what is written is what they give.
"""

import csv
import json
import re
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests", "tests/cluster", "tests/proof")]
from measured import fill  # noqa: E402
from shapes import FLAGSHIP, KIND_SHAPES, MESH_SHAPES, SHAPES  # noqa: E402
from ways import INSIDE, THREE, WAYS  # noqa: E402

DOCS = ROOT / "docs"
CSV, ABOUT, PAGE, DETAILS, PLOT = (DOCS / name for name in ("proof.csv", "proof.json", "PROOF.md", "PROOF-DETAILS.md",
                                                             "proof.svg"))
README = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"
MODES = {"cluster": "node ports, Cluster", "local": "node ports, Local", "pods": "straight to pods",
         "clusterip": "ClusterIP, in the cluster"}
LATER = {"drain": "connections cut after the longest grace period", "weights": "a stopping pod keeps the weight 0",
         "gates": "readiness gates"}  # straight to pods too
KINDS = {"refused": "refused", "unreachable": "unreachable", "reset": "reset", "closed": "closed before the answer was whole",
         "status": "5xx", "timeout": "timed out"}
COLOURS = {"refused": "#c0392b", "unreachable": "#7f5a3a", "reset": "#d98032", "closed": "#e3b341", "status": "#8e6bbf",
           "timeout": "#4a7fb5"}
FLAGSHIP_MODE, SHORT_GRACE = "pods", "grace-10"
NUMBERS = ("sent", "ok", "failed", "resent", "max_ms", "late_ms", *KINDS)
WIDTH, PANEL, LEFT, TOP, GAP, BOTTOM = 760, 150, 60, 34, 46, 60


def load(results=CSV, described=ABOUT):
    with open(results, newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({key: int(row[key] or 0) for key in NUMBERS}, rollout_s=float(row["rollout_s"]))
    return rows, json.loads(described.read_text())


def take_over(folders):
    rows, abouts, commits = [], [], {}
    for folder in folders:
        results, about = (CSV, ABOUT) if folder.resolve() == DOCS else (folder / "results.csv", folder / "about.json")
        abouts.append(json.loads(about.read_text()))
        with open(results, newline="") as file:
            known = {(row["mode"], row["shape"]) for row in rows}
            added = [row for row in csv.DictReader(file) if (row["mode"], row["shape"]) not in known]
        rows += added
        its_own = abouts[-1].get("commits", {})
        for mode in dict.fromkeys(row["mode"] for row in added):
            commits.setdefault(mode, {}).update(dict.fromkeys(its_own.get(mode, abouts[-1]["commit"]).split(" and ")))
    with open(CSV, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    every = dict.fromkeys(commit for each in commits.values() for commit in each)
    commits = {mode: " and ".join(each) for mode, each in commits.items()}
    about = dict(abouts[0], commit=" and ".join(every), commits=commits)  # a "note" in it is printed too
    ABOUT.write_text(json.dumps(about, indent=1) + "\n")


def cell(rows, injected, shape, mode=None):
    return [row for row in rows if row["with"] == str(int(injected)) and row["shape"] == shape and
            (row["mode"] == mode if mode else row["mode"] in MODES)]


def rolled(rows, modes):
    """Those that say what rollouts lose: not the control's."""
    still = {shape.name for shape in SHAPES if shape.still}
    return [row for row in rows if row["mode"] in modes and row["shape"] not in still]


def median(values, form="%.0f"):
    text = form % statistics.median(values)
    least, most = form % min(values), form % max(values)
    return text if least == most else "%s (%s–%s)" % (text, least, most)


def table(header, rows):
    lines = ["| " + " | ".join(line) + " |" for line in [header, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(header), *lines[1:]])


def lost(rows, shape, mode):
    without, injected = cell(rows, False, shape, mode), cell(rows, True, shape, mode)
    if not without or not injected:
        return "–"
    total = sum(row["failed"] for row in injected)
    return "%s → **%d**" % (median([row["failed"] for row in without]), total)


def failures(rows, about):
    body = [[shape.title, *(lost(rows, shape.name, mode) for mode in MODES)] for shape in SHAPES
            if cell(rows, False, shape.name)]
    sums = [" → ".join("%d of %s" % (sum(row["failed"] for row in chosen), "{:,}".format(sum(row["sent"] for row in chosen)))
                       for chosen in ([row for row in rolled(rows, [mode]) if row["with"] == injected]
                                      for injected in "01") if chosen) or "–" for mode in MODES]
    return table(["application", *MODES.values()], [*body, ["**all rollouts together, of requests sent**", *sums]])


def later(rows, about):
    """Modes that a whole proof does not have."""
    modes = {mode: title for mode, title in LATER.items() if any(row["mode"] == mode for row in rows)}
    shapes = [shape for shape in SHAPES if any(row["shape"] == shape.name and row["mode"] in modes for row in rows)]
    return table(["application", *modes.values()],
                 [[shape.title, *(failed_of_sent(rows, [shape.name], mode) for mode in modes)] for shape in shapes])


def failed_of_sent(rows, names, *modes):
    """Without -> with evenkeel, all runs of these shapes together."""
    chosen = [[row for row in rows if row["with"] == injected and row["mode"] in modes and row["shape"] in names] for injected in "01"]
    return " → ".join(form % (sum(row["failed"] for row in each), "{:,}".format(sum(row["sent"] for row in each)))
                      if each else "–" for form, each in zip(("%d of %s", "**%d** of %s"), chosen))


def ways(rows, about):
    """What is lost when pods go away without a new version."""
    body = []
    for name, way in WAYS.items():
        for title, names in (("six replicas", THREE), ("one replica", ("one",)), ("two replicas on one node", ("packed",))):
            if any(row["mode"] == name and row["shape"] in names for row in rows):
                body.append(["%s: %s" % (way.title, title), *(failed_of_sent(rows, names, name + place) for place in ("", INSIDE))])
    body.append(["not touched, for comparison, in all of these",
                 *(failed_of_sent(rows, ["control"], *(name + place for name in WAYS)) for place in ("", INSIDE))])
    return table(["pods go away by", "straight to pods", "ClusterIP, in the cluster"], body)


def ways_summary(rows, about):
    """Of six replicas, both kinds of clients together; without the way that PROOF.md says is not helped."""
    modes = [name + place for name in WAYS if name != "shutdown" for place in ("", INSIDE)]
    lost = ["%s of %s" % tuple("{:,}".format(sum(row[key] for row in rows if row["with"] == injected and row["mode"] in modes and
                                                 row["shape"] in THREE)) for key in ("failed", "sent")) for injected in "01"]
    return "Without evenkeel **%s** requests failed; with it, **%s**." % tuple(lost)


def two_policies(rows, title, shapes, first, second, other):
    """The rollouts of a mode with the default policy, and of one with another policy, which `other` describes."""
    def cells(shape, place):
        default, changed = (failed_of_sent(rows, [shape.name], mode + place) for mode in (first, second))
        return [default, changed.rpartition(" → ")[2]]
    return table([title, "straight to pods: default policy", other, "ClusterIP: default policy", other],
                 [[shape.title, *cells(shape, ""), *cells(shape, INSIDE)] for shape in shapes])


def workloads(rows, about):
    return two_policies(rows, "workload", KIND_SHAPES, "kinds", "named", "a policy that names it")


def mesh(rows, about):
    return two_policies(rows, "sidecar", MESH_SHAPES, "mesh", "known", "`mesh: istio`")


def opting_in(rows, about):
    """The first two rollouts of a namespace that opts in."""
    found = {run: [row for row in rolled(rows, ["first"]) if row["run"] == run] for run in "12"}
    if not all(found.values()):
        return "–"
    return "The first rollout lost **%s**, and the second **%s**." % tuple(
        "%s of %s" % tuple("{:,}".format(sum(row[key] for row in found[run])) for key in ("failed", "sent")) for run in "12")


def kinds(rows, about):
    body = []
    for kind, title in KINDS.items():
        counts = [[sum(row[kind] for row in rows if row["mode"] == mode and row["with"] == injected) for injected in "01"]
                  for mode in MODES]
        if any(map(any, counts)):
            body.append([title, *("%d → %d" % tuple(count) for count in counts)])
    return table(["how they failed, all shapes and runs", *MODES.values()], body)


def times(rows, shape, modes):
    """Of rollouts in these modes: without, with evenkeel, and how much longer that is."""
    found = [[row["rollout_s"] for row in rows if row["shape"] == shape.name and row["mode"] in modes and row["with"] == injected]
             for injected in "01"]
    if not all(found):
        return ["–"] * 3
    return [*(median(each) for each in found), "%+.0f" % (statistics.median(found[1]) - statistics.median(found[0]))]


def costs(rows, about):
    return table(["application", "alone: without, s", "with, s", "longer, s", "all at once: without, s", "with, s", "longer, s"],
                 [[shape.title, *times(rows, shape, ["alone"]), *times(rows, shape, MODES)] for shape in SHAPES
                  if not shape.still and cell(rows, False, shape.name)])


def resent(rows, about):
    body = [[shape.title, *(str(sum(row["resent"] for row in cell(rows, injected, shape.name))) for injected in (False, True)),
             "{:,}".format(sum(row["sent"] for row in cell(rows, True, shape.name)))] for shape in SHAPES if shape.connections]
    return table(["application", "sent again, without", "with evenkeel", "of requests, with evenkeel"], body)


def webhook(rows, about):
    chosen = [row for row in rows if row["shape"] == "webhook"]
    return "Restarts: %d, with two replicas and `failurePolicy: Fail`. **%d** of %s admissions failed; the slowest took %d ms." % (
        len(chosen), sum(row["failed"] for row in chosen), "{:,}".format(sum(row["sent"] for row in chosen)),
        max((row["max_ms"] for row in chosen), default=0))


def machine(rows, about):
    counted = [row for row in rows if not row["mode"].endswith(INSIDE)]
    runs = len({(row["with"], row["mode"], row["run"]) for row in counted})
    return ("Commit %(commit)s, %(date)s; %(processors)s, %(memory_mib)d MiB; %(system)s, Linux %(kernel)s; Kubernetes "
            "%(kubernetes)s, %(containerd)s, %(runc)s; %(haproxy)s; %(nginx)s. " % about +
            "%d runs, %s requests; the generator was at most %d ms late.%s" % (
                runs, "{:,}".format(sum(row["sent"] for row in counted)),
                max(row["late_ms"] for row in rows), " " + about["note"] if "note" in about else ""))


def counted_runs(rows, about):
    """How often each column was measured, when and of what."""
    lines = []
    for mode, title in MODES.items():
        chosen = [row for row in rows if row["mode"] == mode]
        counts = [len({row["run"] for row in chosen if row["with"] == injected}) for injected in "01"]
        lines.append("- %s: %d without evenkeel and %d with it, %s, commit %s" % (
            title, *counts, " and ".join(sorted({row["date"][:10] for row in chosen})), about["commits"][mode]))
    return "Runs:\n\n" + "\n".join(lines)


def sums(rows):
    """Failed and sent requests of all rollouts, without evenkeel and with it."""
    return tuple("{:,}".format(sum(row[key] for row in rolled(rows, MODES) if row["with"] == injected))
                 for injected in "01" for key in ("failed", "sent"))


def short_of_grace(rows):
    """How many of those failed with evenkeel where the user has set a short grace period."""
    return sum(row["failed"] for row in rolled(rows, MODES) if row["with"] == "1" and row["shape"] == SHORT_GRACE)


def summary(rows, about):
    """One sentence for those who read no table."""
    return ("Without evenkeel **%s of %s** requests failed; with it, **%s of %s**. " % sums(rows) +
            "%d of these were of an application whose user allows 10 seconds to stop." % short_of_grace(rows))


def summary_chinese(rows, about):
    return ("没有 evenkeel 时，失败请求 **%s / %s**；有 evenkeel 时 **%s / %s**，" % sums(rows) +
            "其中 %d 个属于一个用户只给了 10 秒停止时间的应用。" % short_of_grace(rows))


SECTIONS = {"summary": summary, "ways": ways_summary}
MORE = {"failures": failures, "runs": counted_runs, "kinds": kinds, "ways": ways, "workloads": workloads, "mesh": mesh,
        "opting-in": opting_in, "later": later, "costs": costs, "resent": resent,
        "webhook": webhook, "machine": machine}


def bins(rows):
    """Failures by (second, kind), as the mean of the runs."""
    found = {}
    for row in rows:
        for second, kind, count in re.findall(r"(-?\d+)\*(\w+)\*(\d+)", row["failed_at"]):
            found[int(second), kind] = found.get((int(second), kind), 0) + int(count) / len(rows)
    return found


def panel(title, rows, top, seconds, highest):
    """Bars of one second each, stacked by kind, and where the rollout was complete."""
    def x_of(second):
        return LEFT + (second + 5) * (WIDTH - LEFT - 20) / (seconds + 5)
    lines = ['<text x="%d" y="%d" font-weight="bold">%s</text>' % (LEFT, top - 8, title)]
    for value in range(0, highest + 1, max(1, highest // 4)):
        y = top + PANEL - value * PANEL / highest
        lines += ['<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/>' % (LEFT, y, WIDTH - 20, y),
                  '<text x="%d" y="%.1f" text-anchor="end">%d</text>' % (LEFT - 6, y + 4, value)]
    heights = {}
    for (second, kind), count in sorted(bins(rows).items()):
        height, base = count * PANEL / highest, heights.get(second, 0)
        heights[second] = base + height
        lines.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>' % (
            x_of(second), top + PANEL - base - height, x_of(1) - x_of(0) - 1, height, COLOURS[kind]))
    for label, second in (("new version", 0), ("rollout complete", statistics.median([row["rollout_s"] for row in rows]))):
        lines += ['<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#555" stroke-dasharray="3 3"/>' % (
            x_of(second), top, x_of(second), top + PANEL),
            '<text x="%.1f" y="%d" fill="#555">%s</text>' % (x_of(second) + 4, top + 12, label)]
    return lines, x_of


def plot(rows):
    chosen = [cell(rows, injected, FLAGSHIP, FLAGSHIP_MODE) for injected in (False, True)]
    if not all(chosen):
        raise SystemExit("the results lack the flagship: %s, %s" % (FLAGSHIP, FLAGSHIP_MODE))
    seconds = int(max(row["rollout_s"] for each in chosen for row in each)) + 15
    sums = {}
    for (second, _), count in bins(chosen[0]).items():
        sums[second] = sums.get(second, 0) + count
    highest = max(4, 4 * (int(max(sums.values(), default=1)) // 4 + 1))
    title = next(shape.title for shape in SHAPES if shape.name == FLAGSHIP)
    height = TOP + 2 * PANEL + GAP + BOTTOM
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">' % (
        WIDTH, height), '<rect width="%d" height="%d" fill="white"/>' % (WIDTH, height)]
    for index, each in enumerate(chosen):
        top = TOP + index * (PANEL + GAP)
        said = "%s evenkeel: %d of %s requests failed in %d run%s" % (
            "with" if index else "without", sum(row["failed"] for row in each),
            "{:,}".format(sum(row["sent"] for row in each)), len(each), "s"[:len(each) - 1])
        made, x_of = panel("%s — %s" % (said, title), each, top, seconds, highest)
        lines += made
    for second in range(0, seconds + 1, 10):
        lines.append('<text x="%.1f" y="%d" text-anchor="middle">%d s</text>' % (x_of(second), height - BOTTOM + 18, second))
    lines.append('<text x="16" y="%d" transform="rotate(-90 16 %d)" text-anchor="middle">failed requests in each second, of 20, '
                 'mean of the runs</text>' % (TOP + PANEL, TOP + PANEL))
    at = LEFT
    for kind in sorted({kind for each in chosen for _, kind in bins(each)}):
        lines += ['<rect x="%d" y="%d" width="10" height="10" fill="%s"/>' % (at, height - 24, COLOURS[kind]),
                  '<text x="%d" y="%d">%s</text>' % (at + 14, height - 15, KINDS[kind])]
        at += 40 + 7 * len(KINDS[kind])
    return "\n".join(lines + ["</svg>"]) + "\n"


def main():
    arguments = sys.argv[1:]
    if arguments and arguments[0] != "--check":
        take_over([Path(argument) for argument in arguments])
    rows, about = load()
    made = {PAGE: fill(PAGE, SECTIONS, rows, about), DETAILS: fill(DETAILS, MORE, rows, about),
            README: fill(README, {"summary": summary}, rows, about),
            CHINESE: fill(CHINESE, {"summary": summary_chinese}, rows, about), PLOT: plot(rows)}
    if arguments == ["--check"]:
        stale = [str(path.relative_to(ROOT)) for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        print("\n".join("%s is not what docs/proof.csv gives: run tests/proof/report.py" % path for path in stale), end="")
        return 1 if stale else 0
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
