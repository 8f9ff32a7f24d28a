#!/usr/bin/env python3
"""Measures what real servers do when they are stopped: RUNS (3) of each experiment, into build/servers/results.json.

servers.py [TEXT..]: only rows whose server's name holds one of the texts. What has been measured is not measured again;
remove the file to begin anew. Then page.py --take writes docs/servers.json and docs/SERVERS.md.
"""

import concurrent.futures
import datetime
import http.server
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import measure
from catalog import ROWS, prepare, values
from get import BUILD, get

RESULTS = BUILD / "results.json"
RUNS = int(os.environ.get("RUNS", "3"))
AT_ONCE = int(os.environ.get("AT_ONCE", "4"))  # servers that are measured at the same time
EXPERIMENTS = {"at once": measure.stop_at_once, "after the sleep": measure.stop_after_sleep}
LOCK = threading.Lock()


class Upstream(http.server.BaseHTTPRequestHandler):
    """The application behind a proxy. It is not stopped: what is lost, the proxy has lost."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep({"/slow": measure.SLOW, "/brief": 0.05}.get(self.path, 0))
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    do_POST = do_GET

    def log_message(self, *_arguments):
        pass


class UpstreamServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # the proxy has been stopped
            super().handle_error(request, client_address)


def free_port():
    with LOCK, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(row, folder, port, upstream, kill=None):
    named = values(folder, port, upstream)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prepare(row, folder, named)
    commands = [[word.format(**named) for word in command] for command in row.commands]
    env = {key: text.format(**named) for key, text in row.env.items()}
    return measure.Server(commands, folder / "output", env, folder, kill)


def run_once(row, experiment, upstream, number):
    port = free_port()
    server = start(row, BUILD / "runs" / str(number), port, upstream)
    try:
        server.wait_ready(port, [row.quick, row.slow], row.client)
        return EXPERIMENTS[experiment](server, row, port)
    finally:
        server.close()


def machine():
    model = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) or [platform.machine()]
    debian = Path("/etc/os-release").read_text().split('PRETTY_NAME="')[1].split('"')[0]
    return "%d × %s; %s, Linux %s" % (os.cpu_count(), model[0], debian, platform.release())


def save(path, data):
    """All of it at once, as an interruption must not leave a half."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    temporary.rename(path)


class Results:
    def __init__(self):
        self.all = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"about": {}, "rows": []}

    def entry(self, row):
        for entry in self.all["rows"]:
            if (entry["server"], entry["how"]) == (row.server, row.how):
                return entry
        self.all["rows"].append({"server": row.server, "how": row.how, "setting": row.setting, "signals": row.signals,
                                 "runs": {name: [] for name in EXPERIMENTS}})
        return self.all["rows"][-1]

    def save(self):
        self.all["about"] = {"date": datetime.date.today().isoformat(), "machine": machine(), "sleep_s": measure.SLEEP,
                             "slow_s": measure.SLOW, "kill_s": measure.KILL, "at_once": AT_ONCE}
        order = [(row.server, row.how) for row in ROWS]
        self.all["rows"].sort(key=lambda entry: order.index((entry["server"], entry["how"])))
        save(RESULTS, self.all)


def measure_missing(results, key, count, once):
    """Up to `count` runs of each kind for an entry of `results`, by once(kind). What did not work, or None."""
    with LOCK:
        entry = results.entry(key)
    for kind, runs in entry["runs"].items():
        while len(runs) < count:
            try:
                run = once(kind)
            except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
                return "FAILED: %s" % error
            with LOCK:
                runs.append(run)
                results.save()
    return None


def measure_row(results, row, upstream, number):
    return measure_missing(results, row, RUNS, lambda experiment: run_once(row, experiment, upstream, number)) or "measured"


def main():
    if os.geteuid() != 0:
        sys.exit("servers.py: each server gets a PID namespace: run this as root")
    texts = [text.lower() for text in sys.argv[1:]] or [""]
    wanted = [row for row in ROWS if any(text in row.server.lower() for text in texts)]
    results, failed = Results(), 0
    if not wanted:
        sys.exit("servers.py: no server's name holds %s; tests/servers/catalog.py has them" % " or ".join(sys.argv[1:]))
    got = {}
    for row in wanted:
        if row.group not in got:
            got[row.group] = get(row.group)
        version, problem = got[row.group]
        results.entry(row).update({"setting": row.setting, "version": version, "skipped": problem})
    upstream = UpstreamServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {}
        for number, row in enumerate(wanted):
            if got[row.group][1]:
                print("%s, %s: skipped: %s" % (row.server, row.how, got[row.group][1]), flush=True)
            else:
                jobs[pool.submit(measure_row, results, row, upstream.server_port, number)] = row
        for job in concurrent.futures.as_completed(jobs):
            failed += job.result() != "measured"
            print("%s, %s: %s" % (jobs[job].server, jobs[job].how, job.result()), flush=True)
    upstream.shutdown()
    with LOCK:
        results.save()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
