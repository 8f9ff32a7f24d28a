#!/usr/bin/env python3
"""The proof's load generator counts what it should: each kind of failure, and nothing else. TAP on stdout."""

import contextlib
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/server")]
from harness import Results  # noqa: E402
from images import static_program  # noqa: E402

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n1 x\n"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST
RATE, SECONDS = 20, 1.5


class Server(threading.Thread):
    """Answers each request of each connection by `answer(connection, number of the request on it)`; false ends it."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer, self.connections = answer, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        number = 0
        with connection, contextlib.suppress(ConnectionError):  # a client may have given up
            while isinstance(self.answer, Uploaded) or connection.recv(4096):
                number += 1
                if not self.answer(connection, number):
                    return


def send(data, go_on=True):
    def answer(connection, _):
        connection.sendall(data)
        return go_on
    return answer


def reset(connection, _):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return False


def silent(*_):
    time.sleep(30)


def third_is_dropped(connection, number):
    """A connection that was good twice is closed at the third request, without an answer."""
    if number == 3:
        return False
    connection.sendall(OK)
    return True


def third_is_cut(connection, number):
    connection.sendall(OK if number < 3 else OK[:20])
    return number < 3


def closes_when_idle(connection, _):
    connection.sendall(OK)
    return False


class Uploaded:
    """Reads each request, and answers when its whole body has come, or cuts the connection after `least` bytes of it."""

    def __init__(self, least=None):
        self.least, self.seconds, self.whole = least, [], UPLOAD_MS // 200 * 1024

    def __call__(self, connection, _):
        began, data = time.monotonic(), b""
        connection.settimeout(5)
        while len(data.partition(b"\r\n\r\n")[2]) < (self.least or self.whole):
            got = connection.recv(65536)
            if not got:
                return False
            data += got
        if not self.least and b"Content-Length: %d\r\n" % self.whole in data:
            self.seconds.append(time.monotonic() - began)
            connection.sendall(OK)
        return False


def stream(count, end=b"0\r\n\r\n"):
    """A chunked answer with this many chunks behind the first, over some time."""
    def answer(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1 x\n\r\n")
        for _ in range(count):
            time.sleep(0.1)
            connection.sendall(b"2\r\n.\n\r\n")
        connection.sendall(end)
        return False
    return answer


UPLOAD_MS = 400
UPLOADED = Uploaded()
CASES = [  # name, answer, kept connections, what is counted beside ok
    ("ok", send(OK), 0, None),
    ("reset", reset, 0, "reset"),
    ("nothing", send(b"", False), 0, "closed"),
    ("half", send(OK[:-2], False), 0, "closed"),
    ("error", send(OK.replace(b"200 OK", b"503 No")), 0, "status"),
    ("no-length", send(b"HTTP/1.1 200 OK\r\n\r\n1", False), 0, "status"),
    ("silent", silent, 0, "timeout"),
    ("kept", send(OK), 2, None),
    ("kept-closed-idle", closes_when_idle, 2, None),
    ("kept-dropped", third_is_dropped, 2, "resent"),
    ("kept-cut", third_is_cut, 2, "closed"),
    ("stream", stream(3), 0, None),
    ("stream-cut", stream(3, b""), 0, "closed"),
    ("stream-late", stream(12), 0, "timeout"),
    ("upload", UPLOADED, 0, None),
    ("upload-cut", Uploaded(1024), 0, "closed"),
]


def run_load(folder):
    """Every case at once: name -> totals, the lines about failures, and when it began and was ended."""
    servers = {name: Server(answer) for name, answer, _, _ in CASES}
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refused
        plan = folder / "plan"
        plan.write_text("".join("%s 127.0.0.1 %d %d %d 800%s\n" % (
            name, servers[name].port, RATE, kept, " %d" % UPLOAD_MS if name.startswith("upload") else "")
                                for name, _, kept, _ in CASES) +
                        "refused 127.0.0.1 %d %d 0 800\n" % (unused.getsockname()[1], RATE))
        program = static_program("../proof/load.c")
        began = time.time()
        process = subprocess.Popen([str(program), str(plan)], stdout=subprocess.PIPE, universal_newlines=True)
        time.sleep(SECONDS)
        process.terminate()
        ended = time.time()
        text = process.communicate(timeout=30)[0]
    lines = [line.split() for line in text.splitlines()]
    totals = {words[1]: {key: int(value) for key, value in (word.rsplit("=", 1) for word in words[2:])}
              for words in lines if words[0] == "total"}
    return servers, totals, [words for words in lines if words[0] == "fail"], (began, ended)


def check_cases(results):
    folder = ROOT / "build/proof"
    folder.mkdir(parents=True, exist_ok=True)
    servers, totals, failures, (began, ended) = run_load(folder)
    kinds = ("refused", "unreachable", "reset", "closed", "status", "timeout")
    for name, kind in [(name, kind) for name, _, _, kind in CASES] + [("refused", "refused")]:
        total = totals[name]
        failed = {key: total[key] for key in kinds if total[key]}
        results.check("%s: at its rate, whatever happens" % name, abs(total["sent"] - RATE * SECONDS) <= 8, total)
        results.equal("%s: each request is counted once" % name, total["ok"] + sum(failed.values()), total["sent"])
        if kind in (None, "resent"):
            results.equal("%s: none fails" % name, failed, {})
        elif name == "kept-cut":
            results.check("%s: each third fails" % name, list(failed) == ["closed"] and 0 < total["closed"] < total["ok"], total)
        else:
            results.equal("%s: all fail so" % name, failed, {kind: total["sent"]})
        results.equal("%s: each failure has its line" % name, sum(words[1] == name for words in failures), sum(failed.values()))
        results.equal("%s: what is sent again" % name, total["resent"] > 0, kind == "resent")
    results.check("kept connections are kept", servers["kept"].connections == 2, servers["kept"].connections)
    results.check("others are not", servers["ok"].connections == totals["ok"]["sent"], servers["ok"].connections)
    results.check("failures have the time at which they were due",
                  all(began <= float(words[2]) <= ended for words in failures), began, ended, failures[:3])
    results.check("bodies come as slowly as they should", min(UPLOADED.seconds) > 0.15, min(UPLOADED.seconds))
    results.equal("streams are told apart", totals["stream"]["answer:1"], totals["stream"]["ok"])
    results.equal("answers are told apart", totals["ok"]["answer:1"], totals["ok"]["ok"])


def check_application(results):
    """The proof's application answers streams and takes uploads, and ends neither when it drains."""
    plan, found = ROOT / "build/proof/application-plan", {}
    for name, options, upload in (("streamed", ["--stream=2000"], ""), ("uploaded", [], " 2000")):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        web = subprocess.Popen([str(static_program("web.c")), "--listen=%d" % port, "--on-term=drain", "--answer=1", *options])
        time.sleep(0.3)
        plan.write_text("%s 127.0.0.1 %d 10 0 5000%s\n" % (name, port, upload))
        load = subprocess.Popen([str(static_program("../proof/load.c")), str(plan)], stdout=subprocess.PIPE,
                                universal_newlines=True)
        time.sleep(1)
        load.terminate()
        time.sleep(0.2)
        web.terminate()
        words = load.communicate(timeout=20)[0].split()
        found[name] = {key: int(value) for key, value in (word.rsplit("=", 1) for word in words[2:])}
        results.check("%s: all are whole, though it drains meanwhile" % name, found[name]["ok"] == found[name]["sent"] > 5,
                      found[name])
        results.check("%s: they take their time" % name, 1700 <= found[name]["p50"] < 3000, found[name])
        results.equal("%s: and then it ends" % name, web.wait(10), 0)


def check_bad_plan(results):
    for line in ("web 127.0.0.1 80 20 0\n", "web 127.0.0.1 80 20 2 800 400\n"):
        check_bad_line(results, line)


def check_bad_line(results, line):
    plan = ROOT / "build/proof/bad-plan"
    plan.write_text(line)
    done = subprocess.run([str(static_program("../proof/load.c")), str(plan)], stderr=subprocess.PIPE, check=False,
                          universal_newlines=True)
    results.check("a bad plan is refused", done.returncode == 2 and "not a line of a plan: web" in done.stderr, done)


Results().run(check_cases, check_application, check_bad_plan)
