#!/usr/bin/env python3
"""What tests/servers tells apart, on small servers of known behaviour, and that docs/SERVERS.md is up to date.
TAP on stdout."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/server", "tests/servers", "tests/proof", "tests/cluster")]
import at_once  # noqa: E402
import catalog  # noqa: E402
import cluster_page  # noqa: E402
import get  # noqa: E402
import measure  # noqa: E402
import page  # noqa: E402
import server_shapes  # noqa: E402
from harness import Results  # noqa: E402

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SERVER = """
import os, signal, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
if sys.argv[2] == "ends":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
while True:
    connection, _ = listener.accept()
    connection.recv(1000)
    connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nok")
    connection.close()
"""


@contextlib.contextmanager
def answering(data, then_close=True):
    """A server of one connection that reads a request, sends `data` and closes, or does nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(data)
        if then_close:
            connection.close()
        ended.wait()
        connection.close()

    ended = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    yield measure.Client(listener.getsockname()[1])
    ended.set()
    thread.join()
    listener.close()


def check_answers(results):
    for name, data, wanted in [
            ("a whole answer", OK, "ok"),
            ("one that ends with its connection", b"HTTP/1.0 200 OK\r\n\r\nok", "ok"),
            ("a chunked one", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok"),
            ("no byte of an answer", b"", "closed"),
            ("half a head", OK[:20], "cut"),
            ("half a body", OK[:-1], "cut"),
            ("half the chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "cut"),
            ("a 503", OK.replace(b"200 OK", b"503 No"), "status 503")]:
        with answering(data) as client:
            results.equal("%s: %s" % (name, wanted), client.get("/"), wanted)
            client.close()


def check_connections(results):
    with answering(OK.replace(b"Content", b"Connection: close\r\nContent")) as client:
        client.get("/")
        results.equal("Connection: close is seen", client.says_close, True)
        client.close()
    with answering(OK, then_close=False) as client:
        client.get("/")
        results.equal("a kept connection is not closed", (client.is_closed(), client.says_close), (False, False))
        client.close()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        results.equal("nobody listens: refused", measure.Client(bound.getsockname()[1]).get("/"), "refused")


def check_no_answer(results):
    patience, measure.PATIENCE = measure.PATIENCE, 0.2
    with answering(b"", then_close=False) as client:
        results.equal("no answer in time: hung", client.get("/"), "hung")
        client.close()
    measure.PATIENCE = patience


def check_pid_one(results):
    probe = ["unshare", "--pid", "--fork", "--mount-proc", "true"]
    if subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode:
        results.skip("a server is PID 1", "no PID namespace can be made here")
        return
    kill, measure.KILL = measure.KILL, 1.0
    for how, wanted in [("ends", (False, "exit 3")), ("has no handler", (True, None))]:
        with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            probe.close()
            server = measure.Server([[sys.executable, "-c", SERVER, str(port), how]], os.path.join(folder, "log"))
            server.wait_ready(port, ["/"])
            server.stop(["SIGTERM"])
            end = server.finish()
            server.close()
            results.equal("PID 1 that %s: %s" % (how, "killed" if wanted[0] else wanted[1]),
                          (end["killed"], None if end["killed"] else end["status"]), wanted)
    measure.KILL = kill


def check_too_quick(results):
    with answering(OK) as client, answering(OK) as again, tempfile.TemporaryDirectory() as folder:
        ports, server = [client.address[1], again.address[1]], measure.Server([], os.path.join(folder, "log"))
        try:
            server.wait_ready(0, ["/", "/slow"], lambda _: measure.Client(ports.pop(0)))
            results.check("a slow request that is quick is no measurement", False)
        except RuntimeError as error:
            results.equal("a slow request that is quick is no measurement", str(error),
                          "/slow is answered at once; it should take 3 s")
        server.close()


def row(setting, lost, in_flight=1):
    at_once = {"in_flight": {"ok": 4 - in_flight, "closed": in_flight}, "idle": 4, "idle_closed_within_half_s": 0,
               "reused": {"ok": 2}, "reused_say_close": 2, "new": {"refused": 4}, "gone_after_s": 2.04,
               "killed": False, "status": "exit 0"}
    after = {"gone_after_s": 0.11, "killed": False, "status": "exit 0",
             "ends": {"closes, 3 s": {"ok": 2}, "keeps, quick": {"ok": 9, "closed": lost}, "keeps, 3 s": {"ok": 2}}}
    return {"server": "x", "how": "y", "setting": setting, "skipped": None, "version": "x 1",
            "runs": {"at once": [at_once, at_once], "after the sleep": [after]}}


def check_words(results):
    ships, cured = row("", 2), row("drain=1", 0)
    results.equal("what a server does is said", page.on_signal(ships),
                  "In flight: **loses 2 of 8**. Idle connections: kept. A request on a kept one: answered, with "
                  "`Connection: close`. New connections: refused. Gone after 2.0 s, exit 0.")
    results.equal("what is lost is counted", page.after_sleep(ships),
                  "close: 0 of 2<br>keep: **2** of 11<br>keep, 3 s: 0 of 2<br>gone after 0.1 s")
    results.equal("a setting that loses less is advised", page.to_set(ships, [ships, cured]), "drain=1")
    results.equal("one that loses as much is not", page.to_set(ships, [ships, row("drain=1", 2)])[:7], "Nothing")
    results.equal("one that finishes what is in flight is, with what it still loses",
                  page.to_set(ships, [ships, row("drain=1", 3, in_flight=0)]),
                  "drain=1. Clients must send again: quick requests on kept connections are lost, 3 of 12.")


def check_page(results):
    if not page.DATA.exists():
        results.skip("docs/SERVERS.md is what docs/servers.json gives", "there are no results yet")
        return
    text = page.PAGE.read_text()
    results.equal("docs/SERVERS.md is what docs/servers.json gives",
                  page.fill(page.PAGE, page.BLOCKS, json.loads(page.DATA.read_text())), text)
    found = cluster_page.load(cluster_page.CSV, cluster_page.ABOUT)
    results.equal("and what docs/servers-cluster.csv gives", cluster_page.fill(page.PAGE, cluster_page.SECTIONS, *found), text)
    results.equal("docs/PROOF.md too", cluster_page.fill(cluster_page.PROOF, cluster_page.SHORT, *found),
                  cluster_page.PROOF.read_text(encoding="utf-8"))


def check_catalog(results):
    names = [(each.server, each.how) for each in catalog.ROWS]
    results.equal("no row is there twice", len(names), len(set(names)))
    results.equal("each row says how it is got", sorted({each.group for each in catalog.ROWS}), sorted(get.GROUPS))


def rolled(injected, mode, shape, failed):
    return {"with": str(injected), "mode": mode, "shape": shape, "run": "1", "sent": 100, "failed": failed, "closed": failed,
            "rollout_s": 10.0 + 5 * injected, "late_ms": 1, **{kind: 0 for kind in cluster_page.KINDS if kind != "closed"}}


def check_rollouts(results):
    rows = [rolled(injected, mode, shape, failed) for shape, lost in (("nginx", (7, 2)), ("go", (5, 0)), ("control-1", (0, 0)))
            for injected, failed in enumerate(lost) for mode in ("pods", "local")]
    rows += [dict(rolled(injected, "alone", "nginx", 0), sent=0, rollout_s=3.0 + injected) for injected in (0, 1)]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in cluster_page.rollouts(rows, {}).splitlines()]
    found = {line[0]: line[1:] for line in lines}
    nginx = found["nginx: stopped with SIGTERM, as in an image of your own"]
    results.equal("a server's rollouts are counted, without and with, and what still fails is explained", nginx,
                  ["–", "7 → **2**", "7 → **2**", "–", "3 → 4", "10 → 15",
                   "4 closed before the answer was whole. `STOPSIGNAL SIGQUIT` in the Dockerfile"])
    results.equal("one that loses nothing needs no explanation", found["Go net/http: no code for SIGTERM"][-1], "")
    results.equal("they are added up, without what is not rolled out", found["**all of them together, of requests sent**"][1],
                  "12 of 200 → 2 of 200")
    results.equal("the short table has each server once", [line.split("|")[1].strip() for line in cluster_page.servers(
        [*rows, *(rolled(injected, "pods", "nginx-quit", 0) for injected in (0, 1))], {}).splitlines()[2:]],
                  ["nginx: stopped with SIGTERM, as in an image of your own", "Go net/http: no code for SIGTERM",
                   "**all of them together, of requests sent**"])
    results.equal("which is added up too", found["not rolled out at all, for comparison"][1], "0 of 100 → 0 of 100")


def check_took(results):
    def event(verb, second, resource, name, **more):
        return {"verb": verb, "stageTimestamp": "2026-11-30T18:00:%09.6fZ" % second,
                "objectRef": dict(more, resource=resource, namespace="with", name=name)}
    events = [event("update", 1, "replicasets", "web-5d"), event("patch", 2, "deployments", "web"),
              event("patch", 4.5, "deployments", "other"), event("update", 9, "replicasets", "web-7c"),
              event("update", 12.25, "replicasets", "web-5d"), event("update", 30, "replicasets", "web-5d", subresource="status")]
    results.equal("a rollout lasts until its ReplicaSets are as they are to be", at_once.took(events, "with"), {"web": 10.2})
    results.equal("of its own namespace", at_once.took(events, "without"), {})


def check_shapes(results):
    groups = list(server_shapes.groups_of())
    names = [shape.name for shapes in groups for shape in shapes]
    results.equal("no shape is there twice", len(names), len(set(names)))
    results.check("a Service can have each name", all(re.fullmatch("[a-z]([-a-z0-9]*[a-z0-9])?", name) for name in names), *names)
    rows = [server_shapes.row_of(shape.name) for shapes in groups for shape in shapes if not shape.still and not shape.annotations]
    results.equal("nor is a row", len(rows), len({(row.server, row.how) for row in rows}))
    results.equal("each server is there", sorted({row.server for row in rows}), sorted({row.server for row in catalog.ROWS} - server_shapes.ALONE))
    texts = [text.format(**server_shapes.named(1)) for row in map(server_shapes.answering, rows) for text in row.files.values()
             if not text.startswith("@")]
    results.check("and listens where others reach it", not any("127.0.0.1:8080" in text for text in texts), *texts)
    some = [[shape.name for shape in shapes] for shapes in server_shapes.groups_of(["nginx", "vertx"])]
    results.equal("some can be chosen, and each group has one that is not rolled out", some,
                  [["nginx", "control-1"], ["vertx", "control-2"]])


Results().run(check_answers, check_connections, check_no_answer, check_pid_one, check_too_quick, check_words,
              check_page, check_catalog, check_rollouts, check_took, check_shapes)
