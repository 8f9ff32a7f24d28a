#!/usr/bin/env python3
"""The proof's balancer does what a cloud's does: late, in order, one round at a time, with drains and weights. It runs a
real HAProxy on the loopback. TAP on stdout."""

import shutil
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/proof"), str(ROOT / "tests/server")]
import balancer  # noqa: E402
from harness import Results  # noqa: E402

DELAY = 0.8  # a call takes half of it
ANSWER = 2.4  # seconds that each answer takes
SLACK = 0.35


class Pod:
    """Answers each connection with its name, `seconds` after it was asked."""

    def __init__(self, name, address, port, seconds):
        self.name, self.address, self.seconds = name, (address, port), seconds
        self.listener = socket.create_server(self.address, backlog=64)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            if connection.recv(100):
                time.sleep(self.seconds)
                try:
                    connection.sendall(self.name.encode())
                except OSError:
                    pass  # it was cut, as the test wants it


class Request(threading.Thread):
    """One connection through the balancer: who answered, or "" where it was cut, and after how long."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.began, self.answer, self.seconds = port, time.monotonic(), None, None
        self.start()

    def run(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
                connection.sendall(b"x")
                self.answer = connection.recv(100).decode()
        except OSError:
            self.answer = ""
        self.seconds = time.monotonic() - self.began

    def result(self):
        self.join(20)
        return self.answer


class Recorder(balancer.Haproxy):
    """A real one that remembers when it was told what."""

    said = ()

    def command(self, *commands):
        self.said = (*self.said, *((time.monotonic(), command) for command in commands))
        return super().command(*commands)

    def when(self, words, since):
        return next((at - since for at, command in self.said if at > since and all(word in command for word in words)), None)


class Gated:
    """Gates of pods: those in `ready` lack only their gate."""

    def __init__(self):
        self.ready, self.asked, self.opened = set(), [], []

    def look(self, namespace, service, pod):
        self.asked.append((time.monotonic(), namespace, service, pod))
        return None if pod == "a" else pod in self.ready

    def open(self, namespace, service, pod):
        self.opened.append((time.monotonic(), namespace, service, pod))


def slice_of(*endpoints):
    conditions = {"ready": {"ready": True, "serving": True}, "leaving": {"ready": False, "serving": True, "terminating": True},
                  "gone": {"ready": False, "serving": False, "terminating": True}, "starting": {"ready": False}}
    return {"metadata": {"namespace": "n", "name": "s-1", "labels": {"kubernetes.io/service-name": "s"}}, "ports": [{"port": PORT}],
            "endpoints": [{"addresses": [pod.address[0]], "conditions": conditions[state],
                           "targetRef": {"kind": "Pod", "name": pod.name}} for pod, state in endpoints]}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


PORT = free_port()
PODS = [Pod(name, "127.0.0.%d" % (11 + i), PORT, ANSWER) for i, name in enumerate("abc")]
A, B, C = PODS


class Setup:
    """HAProxy, a controller, and the pod A behind it."""

    def __init__(self, **options):
        self.folder = Path(tempfile.mkdtemp())
        balancer.FIRST_PORT = free_port()
        self.haproxy = Recorder(self.folder, "127.0.0.1")
        self.port = self.haproxy.add_pods("front")
        self.controller = balancer.Controller(self.haproxy, DELAY, **options)
        self.controller.add("n", "s", "front")

    def __enter__(self):
        self.haproxy.start()
        self.controller.start()
        self.tell((A, "ready"))
        time.sleep(DELAY + SLACK)
        return self

    def tell(self, *endpoints):
        self.controller.on_slice("MODIFIED", slice_of(*endpoints))
        return time.monotonic()

    def __exit__(self, *_):
        self.controller.stop()
        self.haproxy.stop()
        shutil.rmtree(str(self.folder))


def near(seconds, wanted):
    return seconds is not None and wanted - 0.05 <= seconds <= wanted + SLACK


def order(results):
    with Setup() as setup:
        since = setup.tell((B, "ready"), (A, "leaving"))
        time.sleep(0.1)
        setup.tell((C, "ready"), (B, "ready"), (A, "gone"))
        time.sleep(2.5 * DELAY + 2 * SLACK)
        added, out = setup.haproxy.when((B.address[0],), since), setup.haproxy.when(("state maint",), since)
        third = setup.haproxy.when((C.address[0],), since)
        results.check("a new pod is in after two calls", near(added, DELAY), added)
        results.check("an old one is out after three, when the new one is in", near(out, 1.5 * DELAY), out)
        results.check("what happens meanwhile waits for the next round", near(third, 2.5 * DELAY), third)
        setup.controller.check()


def pods_that_are_not_ready(results):
    with Setup() as setup:
        setup.tell((A, "ready"), (B, "starting"))
        time.sleep(DELAY + SLACK)
        results.equal("a pod that is not ready is not put in", sorted(setup.haproxy.pods["front"]), [A.address])


def drains(results):
    with Setup(drain=0.6) as setup:
        request = Request(setup.port)
        time.sleep(0.1)
        since = setup.tell((B, "ready"), (A, "leaving"))
        request.result()
        cut = request.began + request.seconds - since
        results.check("a drain cuts what is under way, counted from the removal", request.answer == "" and
                      near(cut, 1.5 * DELAY + 0.6), request.answer, cut)
        results.equal("and nothing else", Request(setup.port).result(), "b")
    with Setup(drain=ANSWER) as setup:
        request = Request(setup.port)
        setup.tell((B, "ready"), (A, "leaving"))
        results.equal("a drain as long as the pod may take cuts nothing", request.result(), "a")
    with Setup() as setup:
        request = Request(setup.port)
        setup.tell((B, "ready"), (A, "leaving"))
        results.equal("without a drain nothing is cut", request.result(), "a")


def weights(results):
    with Setup(drain=0.2, weights=True) as setup:
        request = Request(setup.port)
        since = setup.tell((B, "ready"), (A, "leaving"))
        time.sleep(1.5 * DELAY + SLACK)
        results.equal("with the weight 0 a pod gets nothing new", {Request(setup.port).result() for _ in range(3)}, {"b"})
        results.equal("and keeps what it has, whatever the drain", request.result(), "a")
        results.check("it is still there", setup.haproxy.when(("state maint",), since) is None)
        since = setup.tell((B, "ready"), (A, "gone"))
        time.sleep(1.5 * DELAY + SLACK)
        results.check("and goes when it no longer serves", near(setup.haproxy.when(("state maint",), since), DELAY),
                      setup.haproxy.said[-3:])


def follows(results):
    """A simulated cloud's word: servers, weights and drains."""
    folder = Path(tempfile.mkdtemp())
    balancer.FIRST_PORT = free_port()
    haproxy = Recorder(folder, "127.0.0.1")
    port = haproxy.add_pods("front")
    follower = balancer.Follower(haproxy, [], {"i-1": C.address[0]})
    follower.add("n", "s", "front")
    haproxy.start()

    def say(drain, *servers):
        follower.on_event({"service": "n/s", "drain": drain, "servers": [
            {"id": "i-1" if pod is C else "eni", "address": "" if pod is C else pod.address[0], "port": PORT, "weight": weight}
            for pod, weight in servers]})

    def answers(count):
        requests = [Request(port) for _ in range(count)]
        return [request.result() for request in requests]
    try:
        follower.on_event({"service": "n/another", "drain": None, "servers": []})
        say(None, (A, 1), (C, 3))
        got = answers(12)
        results.equal("servers get connections by their weights, nodes by their ids", (got.count("a"), got.count("c")), (3, 9))
        say(1, (A, 0), (C, 3))
        results.equal("the weight 0 gets none", set(answers(4)), {"c"})
        say(1, (A, 100), (B, 100))
        results.equal("one that is gone gets none, one that is new its share", sorted(answers(4)), ["a", "a", "b", "b"])
        request = Request(port)
        time.sleep(0.2)
        say(0.5)
        results.check("what a removed one has is cut after the drain", request.result() == "" and
                      near(request.seconds, 0.7), request.answer, request.seconds)
        say(None, (A, 1))
        request = Request(port)
        time.sleep(0.2)
        say(None, (B, 1))
        results.equal("and is not where there is none", request.result(), "a")
    finally:
        haproxy.stop()
        shutil.rmtree(str(folder))


def gates(results):
    balancer.LOOK_AGAIN = 2
    gated = Gated()
    with Setup(gates=gated) as setup:
        since = setup.tell((A, "starting"), (B, "starting"))
        time.sleep(DELAY + SLACK)
        results.check("a pod whose containers are not ready is not put in", B.address not in setup.haproxy.pods["front"] and
                      not gated.opened, setup.haproxy.pods, gated.opened)
        gated.ready.add("b")  # and nothing tells the controller
        time.sleep(2 + DELAY)
        added = setup.haproxy.when((B.address[0],), since)
        results.check("it looks again, and puts it in when only its gate is missing",
                      near(added, 2 + DELAY), added)
        results.check("and then opens its gate, once", [each[1:] for each in gated.opened] == [("n", "s", "b")] and
                      gated.opened[0][0] - since >= added, gated.opened)
        results.equal("a pod without a gate is not put in before it is ready", A.address in setup.haproxy.pods["front"], False)
        setup.tell((A, "ready"), (B, "ready"))
        asked = len(gated.asked)
        time.sleep(2.5)
        results.equal("ready pods are not looked at", len(gated.asked), asked)
        setup.controller.check()


class Answer:
    def __init__(self, status, document):
        self.status, self.document = status, document


class Api:
    """An API server with one pod."""

    def __init__(self, status, pod):
        self.answer, self.requests, self.open = Answer(status, pod), [], 0

    def __call__(self):
        self.open += 1
        return self

    def request(self, *request, **options):
        self.requests.append((*request, options))
        return self.answer

    def close(self):
        self.open -= 1


def pods_gates(results):
    def pod(gate, ready):
        return {"spec": {"readinessGates": [{"conditionType": "service.readiness.alibabacloud.com/" + gate}]},
                "status": {"conditions": [{"type": "ContainersReady", "status": ready}]}}
    for title, status, document, wanted in (
            ("ready but for its gate", 200, pod("s", "True"), True), ("not ready", 200, pod("s", "False"), False),
            ("the gate of another Service", 200, pod("t", "True"), None),
            ("no gate", 200, {"spec": {}, "status": {}}, None), ("gone", 404, {"message": "not found"}, None)):
        api = Api(status, document)
        results.equal("a pod, %s" % title, (balancer.Gates(api).look("n", "s", "p"), api.open), (wanted, 0))
    api = Api(200, {})
    balancer.Gates(api).open("n", "s", "p")
    method, path, body, options = api.requests[0]
    condition = body["status"]["conditions"][0]
    results.equal("a gate is opened by the pod's condition", (method, path, condition["type"], condition["status"], options), (
        "PATCH", "/api/v1/namespaces/n/pods/p/status", "service.readiness.alibabacloud.com/s", "True",
        {"content_type": "application/strategic-merge-patch+json"}))
    try:
        balancer.Gates(Api(500, {})).look("n", "s", "p")
        results.check("an API server's error is one", False)
    except RuntimeError as problem:
        results.check("an API server's error is one", "pods/p" in str(problem), problem)


def main():
    if not shutil.which("haproxy"):
        print("1..0 # SKIP there is no haproxy")
        return
    Results().run(order, pods_that_are_not_ready, drains, weights, follows, gates, pods_gates)


main()
