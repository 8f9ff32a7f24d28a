#!/usr/bin/env python3
"""The proof's load generator counts what it should: each kind of failure, and nothing else. TAP on stdout."""

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
        with connection:
            while connection.recv(4096):
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
]


def run_load(folder):
    """Every case at once: name -> totals, the lines about failures, and when it began and was ended."""
    servers = {name: Server(answer) for name, answer, _, _ in CASES}
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refused
        plan = folder / "plan"
        plan.write_text("".join("%s 127.0.0.1 %d %d %d 800\n" % (name, servers[name].port, RATE, kept)
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
    results.equal("answers are told apart", totals["ok"]["answer:1"], totals["ok"]["ok"])


def check_bad_plan(results):
    plan = ROOT / "build/proof/bad-plan"
    plan.write_text("web 127.0.0.1 80 20 0\n")
    done = subprocess.run([str(static_program("../proof/load.c")), str(plan)], stderr=subprocess.PIPE, check=False,
                          universal_newlines=True)
    results.check("a bad plan is refused", done.returncode == 2 and "not a line of a plan: web" in done.stderr, done)


Results().run(check_cases, check_bad_plan)
