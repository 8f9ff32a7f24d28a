#!/usr/bin/env python3
"""Measures what clients lose while the servers that they call are replaced: RUNS (3) of each, into
build/servers/clients.json.

clients.py [TEXT..]: only servers whose name holds one of the texts. What has been measured is not measured again; remove
the file to begin anew. Then clients_page.py --take writes docs/clients.json and docs/CLIENTS.md.
"""

import datetime
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "servers")]
import asks  # noqa: E402
import get  # noqa: E402
import network  # noqa: E402
import programs  # noqa: E402
import roll  # noqa: E402
import servers  # noqa: E402
from kinds import COLUMNS, KINDS, NAMESERVER, PORT, VIP, protocol_of, row_of  # noqa: E402

RESULTS = get.BUILD / "clients.json"
RUNS = int(os.environ.get("RUNS", "3"))
UPSTREAM = 20999
CALM, BUSY_AT_MOST = 4, 10  # the load of a processor at which a rollout begins; seconds until it begins all the same
# grpc-go asks a name server again only 30 s after the last time: a client that has just begun would be another case.
SETTLE = {"grpc": 32, "dubbo": 32}


class Results:
    def __init__(self):
        self.all = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"about": {}, "clients": {}, "columns": {}}

    def column(self, name):
        return self.all["columns"].setdefault(name, {"runs": {way: [] for way in roll.WAYS}})

    def save(self):
        commit = subprocess.run(["git", "-C", str(get.ROOT), "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE,
                                universal_newlines=True, check=False).stdout.strip()
        self.all["about"] = {"date": datetime.date.today().isoformat(), "machine": servers.machine(), "commit": commit,
                             "instances": roll.INSTANCES, "late_s": roll.LATE, "learn_s": roll.LEARN,
                             "sleep_s": roll.SLEEP, "kill_s": roll.KILL, "pause_ms": programs.PAUSE}
        for name, known in (("columns", [column[2] for column in COLUMNS]), ("clients", [kind.name for kind in KINDS])):
            self.all[name] = {key: self.all[name][key] for key in known if key in self.all[name]}
        servers.save(RESULTS, self.all)


def start(kinds, path):
    """{name: Program} of the clients, all at once."""
    url = path if "://" in path else "http://%s:%d%s" % (VIP, PORT, path)
    return {kind.name: programs.Program(kind, url, get.BUILD / "runs" / ("client-%d" % number))
            for number, kind in enumerate(kinds)}


def wait_calm():
    """A machine that builds something makes every start slow."""
    limit = time.monotonic() + BUSY_AT_MOST
    while os.getloadavg()[0] > CALM * os.cpu_count() and time.monotonic() < limit:
        time.sleep(5)


def measure_column(results, column, service, kinds, number):
    """The run of that number, without and with evenkeel, if it was not made before."""
    server, how, name, path = column
    row = row_of(server, how)
    protocol = protocol_of(column)
    mine = [kind for kind in kinds if kind.protocol == protocol]
    entry = results.column(name)
    entry.update({"server": server, "how": how, "setting": row.setting, "protocol": protocol})
    for way in roll.WAYS:
        if len(entry["runs"][way]) > number:
            continue
        wait_calm()
        run = roll.run(service, row, path, way, asks.BY[protocol], lambda: start(mine, path), UPSTREAM, SETTLE.get(protocol, 1))
        entry["runs"][way].append(run)
        results.save()
        lost = {client: sum(count for counts in methods.values() for end, count in counts.items() if end != "ok")
                for client, methods in run["clients"].items()}
        print("%s, %s, run %d: %.0f s; failed: %s" % (name, way, number + 1, run["took_s"], lost), flush=True)


def got(group):
    """A server's group. Some come with their client."""
    return get.get(group) if group in get.GROUPS else programs.got(next(kind for kind in KINDS if kind.group == group))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("clients.py: stopped"))
    if os.geteuid() != 0:
        sys.exit("clients.py: it makes a network namespace: run this as root")
    texts = [text.lower() for text in sys.argv[1:]] or [""]
    wanted = [column for column in COLUMNS if any(text in column[2].lower() for text in texts)]
    results, kinds = Results(), []
    for kind in KINDS:
        version, problem = programs.got(kind)
        results.all["clients"][kind.name] = {"version": version, "skipped": problem}
        if problem:
            print("%s: skipped: %s" % (kind.name, problem), flush=True)
        else:
            kinds.append(kind)
    versions = {group: got(group) for group in {row_of(*column[:2]).group for column in wanted} | {"go"}}
    for column in wanted:
        version, problem = versions[row_of(*column[:2]).group]
        results.column(column[2]).update({"version": version, "skipped": problem})
    network.own_network()
    service = network.Service()
    host, port = NAMESERVER.split(":")
    network.name_server(service, (host, int(port)))
    upstream, failed = roll.upstream_of(UPSTREAM), 0
    try:
        for number, column in [(number, column) for number in range(RUNS) for column in wanted]:
            problem = results.column(column[2])["skipped"]
            if problem:
                print("%s: skipped: %s" % (column[2], problem), flush=True)
                continue
            try:
                measure_column(results, column, service, kinds, number)
            except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
                failed += 1
                print("%s: FAILED: %s" % (column[2], error), flush=True)
    finally:
        upstream.kill()
        upstream.wait()
    results.save()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
