#!/usr/bin/env python3
"""Writes what docs/SERVERS.md says of rollouts in a cluster, and PROOF.md in short, from docs/servers-cluster.csv and .json, so
that no figure is typed.

cluster_page.py FOLDER..: takes results.csv and about.json of build/proof/COMMIT/servers over as those first. Of several
folders, a later one has the runs that the former ones lack; a "note" is to be written into the .json anew, by hand.
cluster_page.py --check: only says whether the pages are what they give.
"""

import csv
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests", "tests/servers", "tests/proof", "tests/cluster")]
import page  # noqa: E402
from measured import fill  # noqa: E402
from report import KINDS, MODES, load, median, table  # noqa: E402
from server_shapes import groups_of, row_of  # noqa: E402

CSV, ABOUT = ROOT / "docs/servers-cluster.csv", ROOT / "docs/servers-cluster.json"
PROOF = ROOT / "docs/PROOF.md"
KEEP = "keep"
ALONE = "alone"


def take_over(folders):
    rows, abouts = {}, [json.loads((folder / "about.json").read_text()) for folder in folders]
    for folder in folders:
        with open(folder / "results.csv", newline="") as file:
            for row in csv.DictReader(file):
                rows.setdefault((row["with"], row["mode"], row["shape"], row["run"]), row)
    with open(CSV, "w", newline="") as file:
        writer = csv.DictWriter(file, list(next(iter(rows.values()))), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())
    commits = list(dict.fromkeys(about["commit"] for about in abouts))
    ABOUT.write_text(json.dumps(dict(abouts[-1], commit=", ".join(commits)), indent=1, ensure_ascii=False) + "\n")


def shapes(rows, still=False):
    """Those that were rolled out both without evenkeel and with it."""
    return [shape for group in groups_of() for shape in group if shape.still == still and
            {"0", "1"} == {row["with"] for row in rows if row["shape"] == shape.name}]


def chosen(rows, injected, names, modes):
    return [row for row in rows if row["with"] == str(int(injected)) and row["shape"] in names and row["mode"] in modes]


def lost(rows, names, mode):
    """Failed requests without evenkeel, as the median of the runs, and in all with it."""
    without, injected = (chosen(rows, each, names, [mode]) for each in (False, True))
    if not without or not injected:
        return "–"
    return "%s → **%d**" % (median([row["failed"] for row in without]), sum(row["failed"] for row in injected))


def share(rows):
    return "{:,} of {:,}".format(*(sum(row[key] for row in rows) for key in ("failed", "sent")))


def added(rows, names, mode):
    """Failed requests of those sent, without evenkeel and with it."""
    sides = [chosen(rows, injected, names, [mode]) for injected in (False, True)]
    return " → ".join(map(share, sides)) if all(sides) else "–"


def seconds(rows, name, modes):
    """How long a rollout took, without evenkeel and with it."""
    sides = [[row["rollout_s"] for row in chosen(rows, injected, [name], modes)] for injected in (False, True)]
    return " → ".join(map(median, sides)) if all(sides) else "–"


def why(rows, name, local):
    """How requests failed with evenkeel, and what the table of single servers says of it."""
    counts = {kind: sum(row[kind] for row in chosen(rows, True, [name], [*MODES, KEEP])) for kind in KINDS}
    if not any(counts.values()):
        return ""
    row = row_of(name)
    entry = next(each for each in local["rows"] if (each["server"], each["how"]) == (row.server, row.how))
    if not sum(counts.values()) - counts["timeout"]:
        return "%d timed out" % counts["timeout"]
    said = ", ".join("%d %s" % (count, KINDS[kind]) for kind, count in counts.items() if count)
    cure = page.to_set(entry, local["rows"])
    return "%s. %s" % (said, cure[:1].upper() + cure[1:])


def rollouts(rows, about):
    def measured(*modes):
        return any(row["mode"] in modes for row in rows)
    modes = [*MODES, *([KEEP] if measured(KEEP) else [])]
    titles = [*MODES.values(), "straight to pods, 4 kept connections"][:len(modes)]
    times = {**({"rollout alone, s": [ALONE]} if measured(ALONE) else {}), "rollout of all at once, s": MODES}
    local = json.loads(page.DATA.read_text())
    body = [[shape.title, *(lost(rows, [shape.name], mode) for mode in modes),
             *(seconds(rows, shape.name, each) for each in times.values()), why(rows, shape.name, local)] for shape in shapes(rows)]
    for title, names in (("**all of them together, of requests sent**", [shape.name for shape in shapes(rows)]),
                         ("not rolled out at all, for comparison", [shape.name for shape in shapes(rows, still=True)])):
        body.append([title, *(added(rows, names, mode) for mode in modes), *("" for _ in times), ""])
    return table(["server", *titles, *times, "what still fails with evenkeel, and the cure"], body)


def servers(rows, about):
    """The same without times and cures, of each server's first set-up."""
    first = {}
    for shape in shapes(rows):
        first.setdefault(row_of(shape.name).server, shape)
    body = [[shape.title, *(lost(rows, [shape.name], mode) for mode in MODES)] for shape in first.values()]
    names = [shape.name for shape in first.values()]
    body.append(["**all of them together, of requests sent**", *(added(rows, names, mode) for mode in MODES)])
    return table(["server", *MODES.values()], body)


def in_short(rows, about):
    names = [shape.name for shape in shapes(rows)]

    def of(injected, modes):
        return share(chosen(rows, injected, names, modes))
    said = "All %d set-ups of %d servers: without evenkeel **%s** requests failed; with it, **%s**." % (
        len(names), len({row_of(name).server for name in names}), of(False, MODES), of(True, MODES))
    if any(row["mode"] == KEEP for row in rows):
        said += " On connections that clients keep, **%s** failed without it, and **%s** with it." % (of(False, [KEEP]), of(True, [KEEP]))
    return said


def where(rows, about):
    return ("Commit %(commit)s, %(date)s; %(processors)s, %(memory_mib)d MiB; %(system)s, Linux %(kernel)s; Kubernetes "
            "%(kubernetes)s, %(containerd)s; %(haproxy)s. " % about +
            "The generator was at most %d ms late.%s" % (max(row["late_ms"] for row in rows),
                                                         " " + about["note"] if "note" in about else ""))


SECTIONS = {"cluster-summary": in_short, "cluster": rollouts, "cluster-machine": where}
SHORT = {"servers-summary": in_short, "servers": servers}


def main():
    arguments = sys.argv[1:]
    if arguments and arguments[0] != "--check":
        take_over([Path(argument) for argument in arguments])
    found = load(CSV, ABOUT)
    made = {page.PAGE: fill(page.PAGE, SECTIONS, *found), PROOF: fill(PROOF, SHORT, *found)}
    stale = [path for path, text in made.items() if text != path.read_text(encoding="utf-8")]
    if arguments == ["--check"]:
        sys.exit("".join("%s is not what docs/servers-cluster.csv gives: run tests/servers/cluster_page.py\n" % path.relative_to(ROOT)
                         for path in stale) or 0)
    for path in stale:
        path.write_text(made[path], encoding="utf-8")


if __name__ == "__main__":
    main()
