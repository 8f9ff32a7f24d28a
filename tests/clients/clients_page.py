#!/usr/bin/env python3
"""Writes the tables of docs/CLIENTS.md from docs/clients.json, so that no figure is typed.

clients_page.py --take: takes build/servers/clients.json over as docs/clients.json first. clients_page.py --check: only
says whether the page is what docs/clients.json gives.
"""

import json
import re
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from measured import fill  # noqa: E402

RESULTS, DATA, PAGE = ROOT / "build/servers/clients.json", ROOT / "docs/clients.json", ROOT / "docs/CLIENTS.md"
WAYS = ("without", "with")
LONG = 5  # seconds without an answer
AFTER = {"kept": "a kept connection closed", "new": "a new connection closed", "refused": "a connection was refused",
         "cut": "an answer was cut", "503": "a 503"}
CLASSES = [("refused", r"refused|failed to connect|ConnectException|\(7\)"), ("in time", r"time|deadline|\(28\)"),
           ("answered", r"^status"), ("cut", r"cut|body|unexpected|premature|incomplete|aborted$|\(18\)"),
           ("closed", "")]


def class_of(end):
    """ok, refused, in time (too late), answered (with an error), cut, or closed: without a byte of an answer."""
    return "ok" if end == "ok" else next(name for name, words in CLASSES if re.search(words, end, re.I))


def failed(counts):
    return sum(count for end, count in counts.items() if end != "ok")


def add(total, counts):
    for end, count in counts.items():
        total[end] = total.get(end, 0) + count
    return total


def measured(data, protocol=None):
    return {name: column for name, column in data["columns"].items()
            if all(column["runs"][way] for way in WAYS) and protocol in (None, column["protocol"])}


def calls(data, way, client=None, column=None, methods=None, protocol=None):
    """{end: count} over all runs that fit."""
    total = {}
    for name, each in measured(data, protocol).items():
        for run in each["runs"][way] if column in (None, name) else []:
            for who, by_method in run["clients"].items():
                for method, counts in by_method.items() if client in (None, who) else []:
                    if methods is None or method in methods:
                        add(total, counts)
    return total


def share(counts, strong=False):
    lost, sent = failed(counts), sum(counts.values())
    return "%s of %d" % ("**%d**" % lost if lost and strong else lost, sent) if sent else "–"


def clients_of(data, protocol):
    seen = {client for column in measured(data, protocol).values() for run in column["runs"]["with"]
            for client in run["clients"]}
    return [client for client in data["clients"] if client in seen]


def sends_again(data, client, method):
    """After which failures it sends again by itself, as seen with a server that fails once."""
    cases = data["sent again"].get(client, {}).get(method)
    if not cases:
        return "not asked"
    again = [AFTER[case] for case, said in cases.items() if said["failed"] and said["end"] == "ok" and
             (case == "refused" or said["arrived"] > 1)]
    text = ", ".join(again) or "nothing"
    if not cases["kept"]["failed"]:
        text += " (keeps no connection)"
    if cases["cut"]["end"] == "ok" and cases["cut"]["arrived"] == 1:
        text += ". It takes a cut answer for a whole one"
    return text


def named(data, client):
    """The client's name and version, once each."""
    version = data["clients"][client]["version"]
    return "**%s** (%s)" % (client, version)


def rules(data):
    lines = ["| client as it ships | sends a GET again after | sends a POST again after | GET: failed, without → with "
             "evenkeel | POST: failed, without → with |", "|---|---|---|---|---|"]
    for client in clients_of(data, "http"):
        cells = [named(data, client)] + [sends_again(data, client, method) for method in ("GET", "POST")]
        for method in ("GET", "POST"):
            counts = [calls(data, way, client, methods=[method]) for way in WAYS]
            cells.append("%s → %s" % (share(counts[0]), share(counts[1], True)))
        lines.append("| %s |" % " | ".join(cells))
    return "\n".join(lines)


def matrix(data, protocol):
    columns = list(measured(data, protocol))
    if not columns:
        return "Not measured yet."
    lines = ["| client | %s |" % " | ".join(columns), "|---|%s" % ("---|" * len(columns))]
    for client in clients_of(data, protocol):
        cells = []
        for column in columns:
            counts = [calls(data, way, client, column) for way in WAYS]
            lost = [failed(each) for each in counts]
            cells.append("%d → %s" % (lost[0], "**%d**" % lost[1] if lost[1] else "0") if all(counts) else "–")
        lines.append("| %s | %s |" % (client, " | ".join(cells)))
    sent = [statistics.median([sum(calls(data, way, client, column).values()) for client in clients_of(data, protocol)])
            for column in columns for way in WAYS]
    pairs = ["%d → %d" % pair for pair in zip(sent[::2], sent[1::2])]
    lines.append("| *sent by each, median* | %s |" % " | ".join(pairs))
    return "\n".join(lines)


def outages(data):
    """Where a client got no answer for more than LONG seconds, in one of its runs."""
    lines = []
    for name, column in measured(data).items():
        for client in clients_of(data, column["protocol"]):
            longest = [max([run["outage_s"].get(client, 0) for run in column["runs"][way] if "outage_s" in run], default=None)
                       for way in WAYS]
            if max(seconds or 0 for seconds in longest) > LONG:
                words = ["not noted" if seconds is None else "%.0f s" % seconds for seconds in longest]
                lines.append("- %s, calling %s: %s" % (client, name, " → ".join(words)))
    return "\n".join(lines) or "No client got no answer for more than %d s." % LONG


def by_class(counts):
    total = {}
    for end, count in counts.items():
        total[class_of(end)] = total.get(class_of(end), 0) + count
    words = {"refused": "%d were refused", "closed": "%d connections closed without a byte of an answer",
             "cut": "%d answers were cut", "answered": "%d were answered with an error", "in time": "%d took too long"}
    parts = [words[name] % total[name] for name in sorted(words, key=lambda name: -total.get(name, 0)) if total.get(name)]
    return ", ".join(parts) or "none failed"


def summary(data):
    columns, text = measured(data, "http"), []
    for way, word in zip(WAYS, ("Without", "With")):
        counts = calls(data, way, protocol="http")
        text.append("%s evenkeel %s calls failed: %s." % (word, share(counts, way == "with"), by_class(counts)))
    kept = calls(data, "with", "Python requests, a connection for each call", protocol="http")
    return ("%d HTTP clients called %d servers and ways to start them while all instances were replaced.\n%s\nThe client that opens a "
            "connection for each call lost %s with evenkeel." %
            (len(clients_of(data, "http")), len(columns), "\n".join(text), share(kept, True)))


def good(run):
    """It was finished, or the server said that it ends, so that the client can go on elsewhere."""
    return run["end"] == "whole" or run["end"].startswith("closed with") or "stopping" in run["end"]


def in_words(end):
    return re.sub(r"UNAVAILABLE: .*(Socket closed|reset by peer).*", "cut: UNAVAILABLE", end)


def ended(runs):
    """How it ended, and the median time: once for each way in which it did."""
    times = {}
    for run in runs:
        times.setdefault(in_words(run["end"]), []).append(run["ended_after_s"])
    parts = ["%s, %.1f s %s the signal" % (end, abs(statistics.median(after)),
                                          "after" if statistics.median(after) >= 0 else "before")
             for end, after in sorted(times.items())]
    return "; ".join(parts) if all(good(run) for run in runs) else "**%s**" % "; ".join(parts)


def lives(data):
    rows = [row for row in data["long lived"] if not row["skipped"] and all(row["runs"].values())]
    lines = ["| what is open | server, and how it is stopped | no sleep | with the sleep of 5 s | what cures it |",
             "|---|---|---|---|---|"]
    for row in rows:
        better = [other["how"] for other in rows if all(other[key] == row[key] for key in ("life", "server")) and
                  all(good(run) for run in other["runs"]["with"])]
        cure = "Nothing is needed" if row["how"] in better else better[0] if better else "The client opens it again"
        lines.append("| %s | %s: %s | %s | %s | %s |" % (row["life"], row["server"], row["how"], ended(row["runs"]["without"]),
                                                         ended(row["runs"]["with"]), cure))
    return "\n".join(lines)


def worse(data):
    """Each pair that lost a greater share with evenkeel than without."""
    lines = []
    for name, column in measured(data).items():
        for client in clients_of(data, column["protocol"]):
            lost = [calls(data, way, client, name) for way in WAYS]
            rates = [failed(counts) / max(1, sum(counts.values())) for counts in lost]
            if rates[1] > rates[0]:
                lines.append("- %s, calling %s: %s → %s: %s." % (client, name, share(lost[0]), share(lost[1], True),
                                                                by_class(lost[1])))
    return "\n".join(lines) or "In no pair of a client and a server did more calls fail with evenkeel than without."


def machine(data):
    about = data["about"]
    runs = {len(column["runs"][way]) for column in measured(data).values() for way in WAYS}
    versions = []
    for name, column in measured(data).items():
        if column["version"].split(",")[0] not in versions:
            versions.append(column["version"].split(",")[0])
    return "%s; %s; commit %s. Rollouts of each: %s without, as many with. Servers: %s." % (
        about["date"], about["machine"], about["commit"], " or ".join(map(str, sorted(runs))), "; ".join(versions))


def skipped(data):
    parts = [dict(data["clients"]), dict(data["columns"])]
    return "\n".join("- %s: %s" % (name, entry["skipped"]) for part in parts for name, entry in part.items()
                     if entry.get("skipped")) or "Nothing: all clients and servers of the tables could be got."


BLOCKS = {"clients summary": summary, "clients": rules, "clients by server": lambda data: matrix(data, "http"),
          "clients of HTTP 2": lambda data: matrix(data, "h2"), "clients of gRPC": lambda data: matrix(data, "grpc"),
          "clients of Dubbo": lambda data: matrix(data, "dubbo"),
          "outages": outages, "lives": lives, "worse": worse, "machine": machine, "skipped": skipped}


def taken():
    """What was measured, of all three programs."""
    data = json.loads(RESULTS.read_text())
    for name, path in (("sent again", "resend.json"), ("long lived", "long_lived.json")):
        path = RESULTS.parent / path
        data[name] = json.loads(path.read_text()) if path.exists() else {}
    return data


def main():
    if sys.argv[1:] == ["--take"]:
        DATA.write_text(json.dumps(taken(), indent=1, ensure_ascii=False) + "\n")
    new = fill(PAGE, BLOCKS, json.loads(DATA.read_text()))
    if sys.argv[1:] == ["--check"]:
        sys.exit("docs/CLIENTS.md is not what docs/clients.json gives: run tests/clients/clients_page.py" if new != PAGE.read_text() else 0)
    PAGE.write_text(new)


if __name__ == "__main__":
    main()
