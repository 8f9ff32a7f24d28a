#!/usr/bin/env python3
"""Limits: big bodies, slow clients, many connections, memory of all bodies together."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

from harness import REVIEW, Client, Results, Server, connect, exchange, review, statuses, tls_context

HEAD = b"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
MIB = 1 << 20
CUT = 'evenkeel_connections_cut_total{reason="%s"}'


def big(size):
    body = review("big")
    return body + b" " * (size - len(body))


def post_big(server, size):
    with Client(server) as client:
        status, headers, body = client.post(big(size))
        return status, headers["connection"], json.loads(body)["response"]["uid"] if status == 200 else body


def test_bodies(results):
    with Server() as server:
        for size in (2, 17, 31, 32):
            results.equal("a body of %d MiB" % size, post_big(server, size * MIB), (200, "close", "big"))
        for _ in range(5):
            status, _, text = post_big(server, 32 * MIB + 1)
            results.equal("one byte more gets a 413 that the client can read", status, 413)
        body = big(33 * MIB)
        chunks = b"".join(b"100000\r\n" + body[at:at + MIB] + b"\r\n" for at in range(0, len(body), MIB)) + b"0\r\n\r\n"
        data = exchange(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        results.equal("so does a chunked one", statuses(data), [413])
        results.equal("an absurd length gets a 413", statuses(exchange(server, HEAD + b"Content-Length: 99999999999999\r\n\r\n")), [413])
        results.equal("413s are counted", server.metric('evenkeel_http_responses_total{code="413"}'), 7)
        with Client(server) as client:
            results.equal("small ones go on", client.post()[0], 200)


def test_read_only_tmp(results):
    """libh2o would put a body past 16 MiB into a file there."""
    read_only = "mount --bind /tmp /tmp && mount -o remount,ro,bind /tmp"
    probe = ["unshare", "-rm", "sh", "-c", read_only + " && ! touch /tmp/x 2>/dev/null"]
    if not shutil.which("unshare") or subprocess.run(probe, stderr=subprocess.DEVNULL).returncode != 0:
        results.count += 1
        print("ok %d - a body of 31 MiB with a read-only /tmp # SKIP no user namespaces here" % results.count)
        return
    enter = ["unshare", "-rm", "sh", "-c", read_only + " && exec \"$0\" \"$@\""]
    with Server(prefix=enter) as server:
        results.equal("a body of 31 MiB with a read-only /tmp", post_big(server, 31 * MIB), (200, "close", "big"))
        server.output.seek(0)
        results.check("the hint does without a file there", b"curl -sS -k " in server.output.read())


def test_slow(results):
    """All at once, so that the test takes as long as the longest."""
    length = b"Content-Length: %d\r\n\r\n" % len(REVIEW)
    with Server() as server:
        began = time.monotonic()
        silent = socket.create_connection(("127.0.0.1", server.port))
        slow_hello = socket.create_connection(("127.0.0.1", server.port))
        slow_header, slow_body, reader = connect(server), connect(server), connect(server)
        idle = Client(server)
        idle.post()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ended = {}

        def drip(name, sock, data):
            try:
                for byte in data:
                    sock.sendall(bytes([byte]))
                    time.sleep(0.5)
                    sock.setblocking(False)
                    try:
                        if sock.recv(1) == b"":
                            break
                    except (ssl.SSLWantReadError, BlockingIOError):
                        pass
                    sock.setblocking(True)
            except (OSError, ssl.SSLError):
                pass
            ended[name] = time.monotonic() - began

        threads = [threading.Thread(target=drip, args=arguments) for arguments in (
            ("slow handshake", slow_hello, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500),
            ("slow header", slow_header, HEAD + length),
            ("slow body", slow_body, b" " * 200))]
        slow_body.sendall(HEAD + length)
        for thread in threads:
            thread.start()
        silent.settimeout(20)
        results.equal("a silent handshake is cut", silent.recv(10), b"")
        took = time.monotonic() - began
        results.check("after 10 s", 9 < took < 13, took)
        for thread in threads:
            thread.join(25)
        for name in ("slow handshake", "slow header", "slow body"):
            results.check("%s is cut within 15 s" % name, 9 < ended.get(name, 99) < 15, ended)
        results.equal("an idle connection is not", idle.post()[0], 200)
        results.equal("handshakes that took too long", server.metric(CUT % "slow-handshake"), 2)
        results.equal("requests that took too long", server.metric(CUT % "slow-request"), 2)
        results.equal("timed-out handshakes are failures too",
                      server.metric('evenkeel_tls_handshake_failures_total{reason="timeout"}'), 2)
        for client in (silent, slow_hello, slow_header, slow_body, reader, idle):
            client.close()


def test_slow_reader(results):
    """Pipelined requests whose answers nobody reads: the answers fill the socket's buffers, then time runs."""
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(REVIEW)
    with Server() as server:
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.connect(("127.0.0.1", server.port))
        with tls_context().wrap_socket(plain, server_hostname="localhost") as sock:
            sock.settimeout(1)
            try:
                for _ in range(20000):
                    sock.sendall(head + REVIEW)
            except (OSError, ssl.SSLError):
                pass
            began = time.monotonic()
            while server.metric(CUT % "slow-reader") != 1 and time.monotonic() - began < 20:
                time.sleep(0.2)
            results.equal("a reader that stopped reading is cut", server.metric(CUT % "slow-reader"), 1)
        with Client(server) as client:
            results.equal("others are answered", client.post()[0], 200)


def test_connections(results):
    with Server("--max-connections=40", "--threads=2") as server:
        crowd = [connect(server) for _ in range(36)]
        with Client(server) as client:
            results.equal("below the cap", client.post()[0], 200)
        waiting = []
        for _ in range(30):
            waiting.append(socket.create_connection(("127.0.0.1", server.port)))
        time.sleep(2.5)
        began = time.monotonic()
        with Client(server) as client:
            results.equal("at the cap connections that were never used make room", client.post()[0], 200)
        results.check("within seconds", time.monotonic() - began < 8, time.monotonic() - began)
        results.check("they are counted", server.metric(CUT % "evicted") > 0)
        results.check("never more than the cap", server.metric("evenkeel_connections") <= 41, server.metric("evenkeel_connections"))
        for sock in crowd + waiting:
            sock.close()


def resident(server):
    with open("/proc/%d/status" % server.process.pid) as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def test_memory(results):
    """60 clients hold 8 MiB each: together they would take half a gigabyte."""
    size = 8 * MIB
    head = HEAD + b"Content-Length: %d\r\n\r\n" % size
    # AddressSanitizer would keep what is freed, to catch uses of it.
    with Server("--max-bodies-size=%d" % (64 * MIB), env={"ASAN_OPTIONS": "quarantine_size_mb=1"}) as server:
        before = resident(server)
        highest = [0]
        socks = []
        refused = [0]

        def fill(sock):
            try:
                sock.sendall(head + b" " * (size - 1))
            except (OSError, ssl.SSLError):
                refused[0] += 1

        for _ in range(60):
            sock = connect(server, timeout=5)
            socks.append(sock)
            threading.Thread(target=fill, args=(sock,), daemon=True).start()
        for _ in range(60):
            highest[0] = max(highest[0], resident(server) - before)
            time.sleep(0.05)
        with Client(server) as client:
            results.equal("small reviews are answered all the while", client.post()[0], 200)
        print("# %.0f MiB more memory at most, %d connections cut" %
              (highest[0] / MIB, server.metric(CUT % "memory")))
        results.check("memory stays near the bound", highest[0] < 1.5 * 64 * MIB, highest[0] / MIB)
        results.check("bodies past it are cut or refused", server.metric(CUT % "memory") +
                      server.metric('evenkeel_http_responses_total{code="413"}') > 20)
        for sock in socks:
            sock.close()
        time.sleep(0.6)
        results.equal("and it recovers", post_big(server, 20 * MIB), (200, "close", "big"))


def test_descriptors(results):
    """With few descriptors the cap lies below their number, and the server does not spin."""
    with Server(prefix=["prlimit", "--nofile=128:128"]) as server:
        crowd = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
        time.sleep(1)
        ticks = cpu_ticks(server)
        time.sleep(1)
        used = cpu_ticks(server) - ticks
        results.check("more clients than descriptors: no spinning", used < 30, used)
        for sock in crowd:
            sock.close()
        with Client(server) as client:
            results.equal("and it recovers", client.post()[0], 200)
        results.equal("descriptors given back", len(os.listdir("/proc/%d/fd" % server.process.pid)) < 60, True)


def cpu_ticks(server):
    with open("/proc/%d/stat" % server.process.pid) as line:
        fields = line.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


Results().run(test_bodies, test_read_only_tmp, test_slow, test_slow_reader, test_connections, test_memory,
              test_descriptors)
