#!/usr/bin/env python3
"""Measures how connections and requests end that live longer than evenkeel's sleep: RUNS (3) of each, into
build/servers/long_lived.json.

long_lived.py [TEXT..]: only rows whose life or server holds one of the texts. What has been measured is not measured
again; remove the file to begin anew.
"""

import concurrent.futures
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "servers")]
import asks  # noqa: E402
import get  # noqa: E402
import measure  # noqa: E402
import servers  # noqa: E402
from lives import GROUPS, LIVES  # noqa: E402

RESULTS = get.BUILD / "long_lived.json"
RUNS = int(os.environ.get("RUNS", "3"))
AT_ONCE = int(os.environ.get("AT_ONCE", "6"))
WAYS = {"without": 0.0, "with": measure.SLEEP}
LONGEST = 70.0
UPLOAD = 10 << 20


def web_socket(port, path):
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect
    try:
        with connect("ws://127.0.0.1:%d%s" % (port, path)) as connection:
            while True:
                connection.send("are you there?")
                connection.recv(measure.PATIENCE)
                time.sleep(0.2)
    except ConnectionClosed as error:
        if error.rcvd is None:
            return "cut without a close frame (1006)"
        return "closed with %d" % error.rcvd.code
    except TimeoutError:
        return "not answered"


def grpc_stream(port, path):
    import grpc
    with grpc.insecure_channel("127.0.0.1:%d" % port) as channel:
        try:
            count = sum(1 for _ in channel.unary_stream(path)(b"", timeout=LONGEST))
            return "whole" if count == 120 else "ended by the server"
        except grpc.RpcError as error:
            return "%s: %s" % (error.code().name, error.details())


def upload(port, path, takes):
    client = measure.Client(port)
    client.connect()
    with client.socket:
        try:
            head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n" % path
            client.socket.sendall((head + "Content-Length: %d\r\n\r\n" % UPLOAD).encode())
            for _ in range(100):
                client.socket.sendall(bytes(UPLOAD // 100))
                time.sleep(takes / 100)
            client.socket.sendall(bytes(UPLOAD % 100))
            client.socket.settimeout(10)
            said = client._answer()
            return "whole" if said == "ok" else said
        except socket.timeout:
            return "not answered"
        except OSError:
            return "cut"


def long_request(port, path):
    said = measure.Client(port).get(path, 40)
    return "whole" if said == "ok" else "cut" if said in ("closed", "reset") else said


LIFE = {"WebSocket": web_socket, "gRPC stream of 60 s": grpc_stream, "Request of 40 s": long_request,
        "Upload of 10 MB in 3 s": lambda port, path: upload(port, path, 3),
        "Upload of 10 MB in 8 s": lambda port, path: upload(port, path, 8)}


def run_once(each, way, number, upstream):
    port = servers.free_port()
    server = servers.start(each.row, get.BUILD / "runs" / ("live-%d" % number), port, upstream, each.kill)
    ended = []

    def life():
        said = LIFE[each.life](port, each.path)
        ended.append((said, time.monotonic()))

    try:
        grpc = each.row.group.startswith("grpc")
        asks.wait(server, asks.BY["grpc" if grpc else "http"], port, "/app.App/Quick" if grpc else "/")
        thread = threading.Thread(target=life)
        thread.start()
        time.sleep(1)
        if ended:
            raise RuntimeError("it ended at once: " + ended[0][0])
        time.sleep(WAYS[way])
        server.stop(each.row.signals)
        end = server.finish()
        thread.join(LONGEST)
    finally:
        server.close()
    said, when = ended[0]
    return dict(end, end=said, ended_after_s=round(when - server.signalled, 2))


class Results:
    def __init__(self):
        self.all = json.loads(RESULTS.read_text()) if RESULTS.exists() else []

    def entry(self, each):
        key = {"life": each.life, "server": each.row.server, "how": each.row.how}
        for entry in self.all:
            if all(entry[name] == value for name, value in key.items()):
                return entry
        self.all.append(dict(key, runs={way: [] for way in WAYS}))
        return self.all[-1]

    def save(self):
        order = [(each.life, each.row.server, each.row.how) for each in LIVES]
        self.all.sort(key=lambda entry: order.index((entry["life"], entry["server"], entry["how"])))
        servers.save(RESULTS, self.all)


def measure_live(results, each, number, upstream):
    return servers.measure_missing(results, each, RUNS, lambda way: run_once(each, way, number, upstream)) or ", ".join(
        "%s: %s after %.1f s" % (way, run["end"], run["ended_after_s"])
        for way, runs in results.entry(each)["runs"].items() for run in runs)


def got(group):
    if group not in GROUPS:
        return get.get(group)
    how, version = GROUPS[group]
    try:
        how()
        return version(), None
    except (OSError, RuntimeError, AttributeError, KeyError, subprocess.TimeoutExpired) as error:
        return None, str(error)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("long_lived.py: stopped"))
    if os.geteuid() != 0:
        sys.exit("long_lived.py: each server gets a PID namespace: run this as root")
    texts = [text.lower() for text in sys.argv[1:]] or [""]
    wanted = [each for each in LIVES if any(text in (each.life + each.row.server).lower() for text in texts)]
    results, failed, mine = Results(), 0, {}
    for group in ["live", "go", *(each.row.group for each in wanted)]:
        mine[group] = mine[group] if group in mine else got(group)
    get.pypi("websockets", "grpcio")
    ports = {name: servers.free_port() for name in ("live", "go")}
    behind = [subprocess.Popen([str(get.BUILD / (name + "-app")), "127.0.0.1:%d" % port]) for name, port in ports.items()]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {}
        for number, each in enumerate(wanted):
            version, problem = mine[each.row.group]
            results.entry(each).update({"version": version, "skipped": problem})
            upstream = ports["live" if each.life == "WebSocket" else "go"]
            if not problem:
                jobs[pool.submit(measure_live, results, each, number, upstream)] = each
            else:
                print("%s, %s: skipped: %s" % (each.row.server, each.row.how, problem), flush=True)
        for job in concurrent.futures.as_completed(jobs):
            failed += job.result().startswith("FAILED")
            print("%s, %s, %s: %s" % (jobs[job].life, jobs[job].row.server, jobs[job].row.how, job.result()), flush=True)
    for process in behind:
        process.kill()
        process.wait()
    results.save()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
