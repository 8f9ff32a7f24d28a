#!/usr/bin/env python3
"""load.c for gRPC: the same plan, and the same report. load_grpc.py PLAN. Each request is a unary call; CONNECTIONS 0: on a
channel of its own, which is closed after it. Channels do not retry, but for calls that no server has begun, as they ship.
"""

import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/servers")]
import grpc_client  # noqa: E402, F401  finds grpcio
import grpc  # noqa: E402

METHOD = "/app.App/Quick"
KINDS = ("refused", "unreachable", "reset", "closed", "status", "timeout")
THREADS = 200
PRINTING = threading.Lock()  # print() writes a line and its end apart


class Target:
    def __init__(self, line):
        self.name, address, port, rate, kept, timeout = line.split()[:6]
        self.address, self.rate, self.timeout = "%s:%s" % (address, port), float(rate), int(timeout) / 1000
        self.channels = [self.connect() for _ in range(int(kept))]
        self.sent, self.failed, self.took, self.answers, self.late = 0, dict.fromkeys(KINDS, 0), [], {}, 0.0
        self.lock = threading.Lock()

    def connect(self):
        return grpc.insecure_channel(self.address, options=grpc_client.OPTIONS)

    def call(self, number, due, due_date):
        """One request, which was due at `due` of the monotonic clock."""
        began = time.monotonic()
        channel = self.channels[number % len(self.channels)] if self.channels else self.connect()
        problem = answer = None
        try:
            answer = channel.unary_unary(METHOD)(b"", timeout=max(0.001, self.timeout - (began - due)))
        except grpc.RpcError as error:
            problem = kind_of(error)
        finally:
            if not self.channels:
                channel.close()
        with self.lock:
            self.late = max(self.late, began - due)
            if problem:
                self.failed[problem] += 1
                with PRINTING:
                    print("fail %s %.3f %s" % (self.name, due_date, problem), flush=True)
                return
            self.took.append((time.monotonic() - due) * 1000)
            word = re.sub(rb"[^0-9A-Za-z.]", b"", answer).decode() or "-"
            self.answers[word] = self.answers.get(word, 0) + 1

    def total(self):
        took = sorted(self.took) or [0]
        words = [("sent", self.sent), ("ok", len(self.took)), *self.failed.items(), ("resent", 0), ("p50", took[len(took) // 2]),
                 ("p99", took[len(took) * 99 // 100]), ("max", took[-1]), ("late", self.late * 1000)]
        return "total %s %s" % (self.name, " ".join(["%s=%d" % word for word in words] +
                                                    ["answer:%s=%d" % item for item in self.answers.items()]))


def kind_of(error):
    """As load.c calls it."""
    said = error.details() or ""
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return "timeout"
    if error.code() != grpc.StatusCode.UNAVAILABLE:
        return "status"
    known = (("refused", "refused"), ("reset", "reset"), ("No route", "unreachable"), ("unreachable", "unreachable"))
    return next((kind for word, kind in known if word in said), "closed")


def main():
    targets = [Target(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    first = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        while not stopping.is_set():
            due, target = min(((first + target.sent / target.rate, index) for index, target in enumerate(targets)))
            stopping.wait(max(0, due - time.monotonic()))
            if not stopping.is_set():
                target = targets[target]
                pool.submit(target.call, target.sent, due, time.time() - (time.monotonic() - due))
                target.sent += 1
    for target in targets:
        print(target.total(), flush=True)


if __name__ == "__main__":
    main()
