#!/usr/bin/env python3
"""What does each client send again by itself? Asks each one, with a server that fails once in a known way.

resend.py: writes build/servers/resend.json. Calls are made by GET and by POST.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "servers")]
import get  # noqa: E402
import network  # noqa: E402
import programs  # noqa: E402
from kinds import KINDS, PORT, VIP  # noqa: E402

LIVE, DEAD = 21900, 21901
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno"
# A way to fail: how many calls show it. The last call is the one that is judged.
CASES = {"kept": 2, "new": 1, "refused": 1, "cut": 1, "503": 1}
REFUSES_FIRST = """table ip evenkeel {
 chain output {
  type nat hook output priority -100
  ip daddr %s tcp dport %d dnat to numgen inc mod 2 map { 0 : 127.0.0.1 . %d, 1 : 127.0.0.1 . %d }
 }
}
""" % (VIP, PORT, DEAD, LIVE)


class Fails:
    """A server that fails once: it counts the requests that arrive."""

    def __init__(self, case):
        self.case, self.arrived, self.failed = case, 0, False
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", LIVE))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        answered = 0
        with contextlib.suppress(OSError), connection:
            while request(connection):
                with self.lock:
                    self.arrived += 1
                    fail = not self.failed and self.case != "refused" and (self.case != "kept" or answered > 0)
                    self.failed = self.failed or fail
                if fail:
                    connection.sendall({"cut": OK[:-1], "503": BUSY}.get(self.case, b""))
                if fail and self.case != "503":
                    return
                if not fail:
                    connection.sendall(OK)
                answered += 1

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def request(connection):
    """Reads one request and its body; whether there was one."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return False
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields.get(b"content-length", 0))
    while len(body) < length or b"chunked" in fields.get(b"transfer-encoding", b"") and not body.endswith(b"0\r\n\r\n"):
        more = connection.recv(65536)
        if not more:
            return False
        body += more
    return True


def ask(kind, method, case):
    """{"end": how the judged call ended, "arrived": requests that arrived for it, "kept": whether one was kept}."""
    rules = REFUSES_FIRST if case == "refused" else network.rules({"": LIVE}, {})
    subprocess.run(["nft", "-f", "-"], input="add table ip evenkeel\ndelete table ip evenkeel\n" + rules, check=True,
                   universal_newlines=True)
    server, calls = Fails(case), CASES[case]
    program = programs.Program(kind, "http://%s:%d/" % (VIP, PORT), get.BUILD / "runs" / "resend", calls,
                               (1, 0) if method == "GET" else (0, 1))
    program.wait()
    server.close()
    ends = [how for _, said, how in program.ends if said == method]
    if len(ends) != calls:
        raise RuntimeError("%s made %d calls of %d; see %s" % (kind.name, len(ends), calls, program.log.name))
    return {"end": ends[-1], "arrived": server.arrived - calls + 1, "failed": server.failed or case == "refused"}


def main():
    if os.geteuid() != 0:
        sys.exit("resend.py: it makes a network namespace: run this as root")
    found = {}
    (get.BUILD / "runs").mkdir(parents=True, exist_ok=True)
    kinds = [kind for kind in KINDS if kind.protocol == "http" and not programs.got(kind)[1]]
    network.own_network()
    for kind in kinds:
        found[kind.name] = {method: {case: ask(kind, method, case) for case in CASES} for method in ("GET", "POST")}
        print(kind.name, {method: {case: (said["end"][:20], said["arrived"]) for case, said in cases.items()}
                          for method, cases in found[kind.name].items()}, flush=True)
    (get.BUILD / "resend.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
