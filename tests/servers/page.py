#!/usr/bin/env python3
"""Writes the table of docs/SERVERS.md from docs/servers.json, so that no figure is typed.

page.py --take: takes build/servers/results.json over as docs/servers.json first. page.py --check: only says whether
the page is what docs/servers.json gives.
"""

import json
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from measured import fill  # noqa: E402

RESULTS, DATA, PAGE = ROOT / "build/servers/results.json", ROOT / "docs/servers.json", ROOT / "docs/SERVERS.md"
HEAD = ("| server, and how it is stopped | on its signal, with no sleep before it | "
        "with evenkeel's sleep: still lost, of sent | what you must still set |")
KINDS = {"closes, 3 s": "close: %s", "keeps, quick": "keep: %s", "keeps, 3 s": "keep, 3 s: %s"}
HOW = {"closed": "closed", "reset": "reset", "cut": "cut", "hung": "not answered", "refused": "refused"}


def add_up(runs, key):
    total = {}
    for run in runs:
        for word, count in run[key].items():
            total[word] = total.get(word, 0) + count
    return total


def failed(counts):
    return sum(count for word, count in counts.items() if word != "ok")


def sent(counts):
    return sum(counts.values())


def ended(word):
    return "answered" if word == "ok" else HOW.get(word, word.replace("status", "answered"))


def in_words(counts):
    """{"ok": 3, "closed": 1} → "3 answered, 1 closed"."""
    words = []
    for word, count in sorted(counts.items(), key=lambda item: -item[1]):
        words.append("%d %s" % (count, ended(word)))
    return ", ".join(words)


def many(counts):
    """The same, short where all ended in one way."""
    if len(counts) == 1:
        return ended(next(iter(counts)))
    return in_words(counts)


def flights(runs):
    counts = add_up(runs, "in_flight")
    if not failed(counts):
        return "In flight: finishes all %d." % sent(counts)
    return "In flight: **loses %d of %d**." % (failed(counts), sent(counts))


def idle(runs):
    all_idle, closed = (sum(run[key] for run in runs) for key in ("idle", "idle_closed_within_half_s"))
    reused = add_up(runs, "reused")
    if not all_idle:
        return "It keeps no connections."
    text = "Idle connections: %s." % ("closed at once" if closed == all_idle else "kept" if not closed else
                                      "%d of %d closed at once" % (closed, all_idle))
    if reused:
        says = sum(run["reused_say_close"] for run in runs)
        close = ", with `Connection: close`" if reused.get("ok") and says == reused["ok"] else ""
        text += " A request on a kept one: %s%s." % (many(reused), close)
    return text


def end(runs, gone, killed):
    """The process's end: the median, and whether it had to be killed."""
    text = killed if all(run["killed"] for run in runs) else gone
    return text % statistics.median(run["gone_after_s"] for run in runs)


def status(runs):
    return " or ".join(sorted({run["status"] for run in runs if not run["killed"]}))


def on_signal(row):
    runs = row["runs"]["at once"]
    return " ".join([flights(runs), idle(runs), "New connections: %s." % many(add_up(runs, "new")),
                     end(runs, "Gone after %.1f s, " + status(runs) + ".", "Does not end: killed after %.0f s.")])


def ends(row):
    """{kind: {how: count}} over all runs after a sleep."""
    kinds = {}
    for run in row["runs"]["after the sleep"]:
        for kind, counts in run["ends"].items():
            total = kinds.setdefault(kind, {})
            for word, count in counts.items():
                total[word] = total.get(word, 0) + count
    return kinds


def after_sleep(row):
    parts = []
    for kind, text in KINDS.items():
        counts = ends(row).get(kind)
        if counts:
            lost = failed(counts)
            parts.append(text % ("%s of %d" % ("**%d**" % lost if lost else "0", sent(counts))))
        else:
            parts.append(text % "none are kept")
    return "<br>".join(parts + [end(row["runs"]["after the sleep"], "gone after %.1f s", "killed after %.0f s")])


def lost_after(row):
    return sum(failed(counts) for counts in ends(row).values())


def losses(row):
    """What a setting is judged by: long requests first, then quick ones on kept connections."""
    quick = failed(ends(row).get("keeps, quick", {}))
    return failed(add_up(row["runs"]["at once"], "in_flight")) + lost_after(row) - quick, quick


def to_set(row, rows):
    """A setting is advised only if its own row was measured and lost less."""
    if row["setting"]:
        return "This row has it: " + row["setting"]
    if losses(row) == (0, 0):
        return "Nothing"
    others = [other for other in rows if other["server"] == row["server"] and other["setting"] and measured(other)]
    better = [other for other in others if losses(other) < losses(row)]
    best = min(better, key=losses) if better else row
    advice = best["setting"] or "Nothing that was tried here helps"
    quick = ends(best).get("keeps, quick", {})
    if losses(best)[1]:
        advice += (". Clients must send again: quick requests on kept connections are lost, %d of %d." %
                   (failed(quick), sent(quick)))
    return advice


def measured(row):
    return not row["skipped"] and all(row["runs"].values())


def table(data):
    lines, server = [HEAD, "|---|---|---|---|"], None
    for row in filter(measured, data["rows"]):
        name = "**%s**" % row["server"] if row["server"] != server else row["server"]
        server = row["server"]
        cells = (name + ": " + row["how"], on_signal(row), after_sleep(row), to_set(row, data["rows"]))
        lines.append("| %s | %s | %s | %s |" % cells)
    return "\n".join(lines)


def summary(data):
    rows = [row for row in data["rows"] if measured(row)]
    closing = {}
    for row in rows:
        for word, count in ends(row).get("closes, 3 s", {}).items():
            closing[word] = closing.get(word, 0) + count
    shipped = [row for row in rows if not row["setting"]]
    cuts = [row for row in shipped if failed(add_up(row["runs"]["at once"], "in_flight"))]
    lose = [row for row in shipped if lost_after(row)]
    text = ("{servers} servers and ways to start them were measured, in {rows} set-ups. {shipped} set-ups change nothing of\n"
            "the server. **{cut}** of these lose requests that are in flight when they are stopped. After a sleep, clients that close their\n"
            "connections lost **{lost} of {sent}** requests, over all set-ups and runs. Clients that keep them still lost\n"
            "some with {keep} of the {shipped}.")
    return text.format(servers=len({row["server"] for row in rows}), rows=len(rows), cut=len(cuts),
                       shipped=len(shipped), lost=failed(closing), sent=sent(closing), keep=len(lose))


def machine(data):
    about = data["about"]
    versions = []
    for row in filter(measured, data["rows"]):
        if row["version"] not in versions:
            versions.append(row["version"])
    runs = {len(runs) for row in data["rows"] if measured(row) for runs in row["runs"].values()}
    return "%s; %s. Runs of each: %s, with %d servers measured at a time. %s." % (
        about["date"], about["machine"], " or ".join(map(str, sorted(runs))), about["at_once"],
        "; ".join(versions))


def skipped(data):
    return "\n".join("- %s, %s: %s" % (row["server"], row["how"], row["skipped"]) for row in data["rows"]
                     if row["skipped"]) or "Nothing: all of the table's servers could be got."


BLOCKS = {"summary": summary, "servers": table, "machine": machine, "skipped": skipped}


def main():
    if sys.argv[1:] == ["--take"]:
        DATA.write_text(RESULTS.read_text())
    new = fill(PAGE, BLOCKS, json.loads(DATA.read_text()))
    if sys.argv[1:] == ["--check"]:
        sys.exit("docs/SERVERS.md is not what docs/servers.json gives: run tests/servers/page.py" if new != PAGE.read_text() else 0)
    PAGE.write_text(new)


if __name__ == "__main__":
    main()
