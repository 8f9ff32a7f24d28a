"""What a server does to its clients when it is stopped: runs it as PID 1, has clients, sends the signal, and looks.

The server is PID 1 of a PID namespace of its own, as in a container: a signal without a handler is ignored there. After
KILL seconds it is killed, as the kubelet does. All clients speak HTTP/1.1 over sockets, so that nothing is retried.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

KILL = 30.0      # from the signal to SIGKILL
START = 90.0     # a server must answer within this
PATIENCE = 5.0   # beyond what an answer takes; then the request counts as hung
SLOW = 3.0       # what a slow request takes
SLEEP = 5.0      # the sleep of a preStop hook, shortened: longer than a slow request


class Client:
    """One connection. get() says how a request ended: ok, status 502, refused, reset, closed, cut, hung."""

    def __init__(self, port):
        self.address = ("127.0.0.1", port)
        self.socket = None
        self.rest = b""
        self.says_close = False

    def connect(self):
        try:
            self.socket = socket.create_connection(self.address, timeout=PATIENCE)
        except ConnectionRefusedError:
            return "refused"
        except socket.timeout:
            return "hung"
        except OSError:
            return "reset"
        return None

    def get(self, path, takes=0.0):
        problem = self.connect() if self.socket is None else None
        if problem:
            return problem
        self.rest = b""
        self.socket.settimeout(takes + PATIENCE)
        try:
            self.socket.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
            return self._answer()
        except socket.timeout:
            return "hung"
        except OSError:
            return "cut" if self.rest else "reset"

    def _more(self):
        data = self.socket.recv(65536)
        self.rest += data
        return data

    def _answer(self):
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return "cut" if self.rest else "closed"
        head, body = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(":", 1) for line in lines[1:])
        self.says_close = "close" in fields.get("connection", "") or lines[0].startswith("HTTP/1.0")
        while not self._whole(fields, body):
            data = self._more()
            body += data
            if not data:
                if "content-length" in fields or "transfer-encoding" in fields:
                    return "cut"
                break
        status = lines[0].split()[1]
        return "ok" if status == "200" else "status " + status

    @staticmethod
    def _whole(fields, body):
        if "chunked" in fields.get("transfer-encoding", ""):
            return body.endswith(b"0\r\n\r\n")
        return "content-length" in fields and len(body) >= int(fields["content-length"])

    def is_closed(self):
        """Has the server closed this idle connection? As pools look before they use one."""
        if self.socket is None:
            return True
        try:
            if not select.select([self.socket], [], [], 0)[0]:
                return False
            return not self.socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class Server:
    """Commands that make up one pod, each PID 1 of its own PID namespace, as the containers of a pod are. kill: KILL."""

    def __init__(self, commands, log, env=None, cwd=None, kill=None):
        self.processes, self.kill_after = [], kill or KILL
        self.log = open(log, "wb")
        for command in commands:
            self.processes.append(subprocess.Popen(
                ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *command], stdin=subprocess.DEVNULL,
                stdout=self.log, stderr=self.log, env=dict(os.environ, **(env or {})), cwd=cwd, start_new_session=True))
        self.signalled = self.killed = self.gone_after = None
        self.status = []

    def pids(self):
        """The servers themselves, which unshare has forked."""
        found = []
        for process in self.processes:
            with contextlib.suppress(OSError):
                text = Path("/proc/%d/task/%d/children" % (process.pid, process.pid)).read_text()
                found += [int(word) for word in text.split()[:1]]
        return found

    def wait_ready(self, port, paths, client_of=Client):
        """`paths` are that of a quick request and that of a slow one; the latter must take as long as it should."""
        limit = time.monotonic() + START
        for path, takes in zip(paths, (0, SLOW)):
            while True:
                client, began = client_of(port), time.monotonic()
                answer = client.get(path, SLOW)
                client.close()
                if answer == "ok" and time.monotonic() - began < takes:
                    raise RuntimeError("%s is answered at once; it should take %.0f s" % (path, takes))
                if answer == "ok":
                    break
                if any(process.poll() is not None for process in self.processes) or time.monotonic() > limit:
                    raise RuntimeError("the server does not serve %s: %s; see %s" % (path, answer, self.log.name))
                time.sleep(0.1)

    def stop(self, names):
        """Sends each process its signal, and from then on waits for the end in a thread."""
        self.signalled = time.monotonic()
        for pid, name in zip(self.pids(), names):
            os.kill(pid, getattr(signal, name))
        self.waiter = threading.Thread(target=self._wait)
        self.waiter.start()

    def _wait(self):
        while any(process.poll() is None for process in self.processes):
            if not self.killed and time.monotonic() - self.signalled > self.kill_after:
                self.killed = True
                self.kill()
            time.sleep(0.01)
        self.gone_after = time.monotonic() - self.signalled
        self.status = [process.returncode for process in self.processes]

    def finish(self):
        self.waiter.join()
        status = ["signal %d" % -code if code < 0 else "exit %d" % code for code in self.status]
        return {"gone_after_s": round(self.gone_after, 2), "killed": bool(self.killed), "status": ", ".join(status)}

    def kill(self):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self):
        self.kill()
        for process in self.processes:
            process.wait()
        self.log.close()


def in_threads(function, items):
    threads = [threading.Thread(target=function, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    return threads


def counted(words):
    return {word: words.count(word) for word in sorted(set(words))}


def stop_at_once(server, row, port):
    """The signal comes while 4 slow requests are in flight and 4 connections are idle; 2 of those are used again."""
    flights, idle, news, closed_at = [], [row.client(port) for _ in range(4)], [], []
    threads = in_threads(lambda client: flights.append(one(client, row.slow, SLOW)),
                         [row.client(port) for _ in range(4)])
    first = [client.get(row.quick, SLOW) for client in idle]
    # A server may close each connection after its answer: then there are no idle ones.
    time.sleep(1)
    kept = [client for client, answer in zip(idle, first) if answer == "ok" and not client.is_closed()]
    server.stop(row.signals)
    watcher = in_threads(lambda client: closed_at.append(when_closed(client, server)), kept[2:])
    reused = []
    for moment in (0.5, 1.5):
        time.sleep(max(0, server.signalled + moment - time.monotonic()))
        if moment == 0.5:
            at_once = sum(client.is_closed() for client in kept[:2])
            threads += in_threads(lambda client: reused.append(one(client, row.quick)),
                                  [client for client in kept[:2] if not client.is_closed()])
        threads += in_threads(lambda client: news.append(one(client, row.quick)), [row.client(port) for _ in range(2)])
    for thread in threads:
        thread.join()
    end = server.finish()
    for thread in watcher:
        thread.join()
    return dict(end, in_flight=counted([answer for answer, _ in flights]),
                in_flight_say_close=sum(says for answer, says in flights if answer == "ok"),
                idle=len(kept), idle_closed_within_half_s=at_once + sum(at < 0.5 for at in closed_at),
                idle_closed_after_s=[round(at, 2) for at in closed_at],
                reused=counted([answer for answer, _ in reused]),
                reused_say_close=sum(says for answer, says in reused if answer == "ok"),
                new=counted([answer for answer, _ in news]))


def one(client, path, takes=0.0):
    began = time.monotonic()
    answer = client.get(path, takes)
    if answer == "ok" and time.monotonic() - began < takes:
        answer = "early"  # the application was interrupted, which no real one is
    says = client.says_close
    client.close()
    return answer, says


def when_closed(client, server):
    while not client.is_closed():
        time.sleep(0.005)
    return time.monotonic() - server.signalled


class Load:
    """Clients of one pod that is deleted: what they sent since the deletion, and how it ended."""

    def __init__(self, connect, port):
        self.connect = connect
        self.port = port
        self.deleted = threading.Event()
        self.ends = {}

    def note(self, kind, answer):
        if self.deleted.is_set():
            self.ends.setdefault(kind, []).append(answer)

    def pool(self, kind, path, takes, pause, until):
        """Keeps its connection while the server does. It makes no new one once the pod is deleted."""
        client = self.connect(self.port)
        while time.monotonic() < until:
            if client.is_closed():
                client.close()
                if self.deleted.is_set():
                    return
            answer = client.get(path, takes)
            self.note(kind, answer)
            if answer != "ok" and client.socket and not answer.startswith("status") or client.says_close:
                client.close()
            time.sleep(pause)
        client.close()

    def closes(self, kind, path, takes, pause):
        """A connection for each request, until the pod is deleted; what is then in flight is counted."""
        while not self.deleted.is_set():
            answer, _ = one(self.connect(self.port), path, takes)
            self.note(kind, answer)
            time.sleep(pause)


def stop_after_sleep(server, row, port):
    """No new connection from the deletion on; SLEEP seconds later comes the signal. Pools go on with what is open."""
    load = Load(row.client, port)
    until = time.monotonic() + 1 + SLEEP + KILL + 2
    threads = in_threads(lambda _: load.pool("keeps, quick", row.quick, 0, 0.1, until), range(4))
    threads += in_threads(lambda _: load.pool("keeps, 3 s", row.slow, SLOW, 0.1, until), range(2))
    threads += in_threads(lambda _: load.closes("closes, 3 s", row.slow, SLOW, 0.1), range(2))
    time.sleep(1)
    load.deleted.set()
    time.sleep(SLEEP)
    server.stop(row.signals)
    end = server.finish()
    for thread in threads:
        thread.join()
    return dict(end, ends={kind: counted(load.ends[kind]) for kind in load.ends})
