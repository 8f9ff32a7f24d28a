#!/usr/bin/env python3
"""Stopping: SIGTERM under load from keep-alive clients loses no request; SIGINT does not wait; time is bounded."""

import signal
import socket
import time

from harness import REVIEW, Client, Results, Server, connect
from load import Load


def test_sigterm_under_load(results):
    for round_number in range(3):
        with Server("--drain-seconds=1.5", "--threads=2") as server:
            # Some connections are busy without a break, some open anew for each request.
            busy = Load(server, threads=4, per_connection=None)
            anew = Load(server, threads=2, per_connection=1)
            time.sleep(1)
            before = busy.answered
            server.send(signal.SIGTERM)
            event = server.wait_for("draining")
            results.check("SIGTERM begins the drain", event, server.read_lines()[-5:])
            results.equal("not ready at once", server.admin("/readyz"), (503, "not ready\n"))
            results.equal("but alive", server.admin("/healthz")[0], 200)
            time.sleep(0.5)
            with Client(server) as client:
                status, headers, _ = client.post()
                results.equal("new connections are served, and told to close", (status, headers["connection"]), (200, "close"))
            busy.join()
            anew.join()
            status = server.stop()
            print("# round %d: %d requests before SIGTERM and %d after it" %
                  (round_number, before, busy.answered + anew.answered - before))
            results.equal("no request was lost", busy.failures + anew.failures, [])
            results.check("every client was served to the end", busy.refused == 4 and anew.refused == 2 and
                          busy.told_to_close >= 4, busy.__dict__, anew.__dict__)
            results.equal("exit status", status, 0)
            results.equal("nothing was left", server.events("stopped")[-1]["connections_left"], 0)


def test_idle(results):
    with Server("--drain-seconds=0.3") as server, Client(server) as client:
        client.post()
        began = time.monotonic()
        status = server.stop(signal.SIGTERM)
        took = time.monotonic() - began
        results.check("an idle connection does not hold it up", status == 0 and 0.3 <= took < 2, status, took)


def test_in_flight(results):
    """A request half sent when the listener closes is still answered."""
    head = b"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(REVIEW)
    with Server("--drain-seconds=0.1") as server, connect(server) as sock:
        sock.sendall(head + REVIEW[:100])
        time.sleep(0.3)
        server.send(signal.SIGTERM)
        server.wait_for("stopping")
        time.sleep(0.5)
        sock.sendall(REVIEW[100:])
        answer = sock.recv(100)
        results.check("a request in flight is answered, and told to close",
                      answer.startswith(b"HTTP/1.1 200 ") and b"Connection: close" in answer, answer)
        results.equal("exit status", server.process.wait(10), 0)


def test_new_connection(results):
    """A connection that is open when the listener closes, and whose first request is still to come."""
    with Server("--drain-seconds=0.1") as server, connect(server) as sock:
        server.send(signal.SIGTERM)
        server.wait_for("stopping")
        time.sleep(0.4)
        sock.sendall(b"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(REVIEW) + REVIEW)
        results.check("its request is answered", sock.recv(100).startswith(b"HTTP/1.1 200 "))
        results.equal("and the exit status is 0", server.process.wait(10), 0)


def test_sigint(results):
    with Server("--drain-seconds=60") as server:
        began = time.monotonic()
        results.equal("SIGINT ends it with 0", server.stop(signal.SIGINT), 0)
        results.check("without the drain time", time.monotonic() - began < 3)
    with Server("--drain-seconds=60") as server:
        server.send(signal.SIGTERM)
        server.wait_for("draining")
        began = time.monotonic()
        results.equal("SIGINT ends a drain", server.stop(signal.SIGINT), 0)
        results.check("at once", time.monotonic() - began < 3)
    with Server() as server, connect(server) as sock:
        sock.sendall(b"POST /mutate HTTP/1.1\r\n")
        time.sleep(0.3)
        server.send(signal.SIGINT)
        server.wait_for("stopping")
        time.sleep(0.3)
        results.check("SIGINT waits for a request", server.process.poll() is None)
        began = time.monotonic()
        results.equal("a second one does not", server.stop(signal.SIGINT), 0)
        results.check("at all", time.monotonic() - began < 2)


def test_deadline(results):
    with Server("--drain-seconds=0") as server, connect(server, timeout=60) as sock:
        sock.sendall(b"POST /mutate HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        results.equal("a client that never finishes is cut", server.stop(signal.SIGTERM, timeout=40), 0)
        took = time.monotonic() - began
        results.check("within 17 s", took < 17, took)


def test_refused_after(results):
    with Server("--drain-seconds=0") as server:
        server.stop(signal.SIGTERM)
        with socket.socket() as sock:
            results.check("nobody listens any more", sock.connect_ex(("127.0.0.1", server.port)) != 0)


Results().run(test_sigterm_under_load, test_idle, test_in_flight, test_new_connection, test_sigint, test_deadline, test_refused_after)
