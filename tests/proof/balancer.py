"""The load balancer in front: HAProxy at layer 4, and a controller that tells it of the pods, as late as a cloud's does.

It balances connections, as clouds' network load balancers do: it retries nothing, and a connection that is under way
stays where it is when its backend is taken out. It runs in the control plane's network namespace.
"""

import http.client
import json
import queue
import socket
import subprocess
import threading
import time

SLOTS = 24  # pods behind one Service, those that go and come included
FIRST_PORT = 20000
# Clients and balancers are other machines than the nodes: here, they do not wait for the nodes' work.
FIRST = ["chrt", "--other", "0", "nice", "-n", "-10"]
CHECK = "check inter 2s fall 3 rise 3"  # Alibaba's and others' usual health check
DEFAULTS = """global
    stats socket {socket} mode 600 level admin
    maxconn 4000
defaults
    mode tcp
    balance roundrobin
    retries 0
    timeout connect 5s
    timeout check 2s
    timeout client 1h
    timeout server 1h
"""


class Haproxy:
    """One process. Each front has a port of its own; what is behind it is fixed, or is set by set_pods."""

    def __init__(self, folder, address):
        self.folder, self.address = folder, address
        self.socket = folder / "haproxy.sock"
        self.sections = []
        self.pods = {}  # of a front: (address, port) -> slot
        self.process = None

    def _front(self, name, lines):
        port = FIRST_PORT + len(self.sections)
        self.sections.append("listen %s\n    bind %s:%d\n%s" % (name, self.address, port,
                                                                "".join("    %s\n" % line for line in lines)))
        return port

    def add_nodes(self, name, nodes, node_port, health_port=None):
        """A front before the nodes' port, all nodes' or those whose health check says that a pod is there: its port."""
        if health_port is None:
            return self._front(name, ["server %s %s:%d" % (node.name, node.address, node_port) for node in nodes])
        return self._front(name, ["option httpchk GET /healthz"] + [
            "server %s %s:%d port %d %s" % (node.name, node.address, node_port, health_port, CHECK) for node in nodes])

    def add_pods(self, name):
        """A front straight before pods: its port."""
        self.pods[name] = {}
        return self._front(name, ["server-template s 1-%d 192.0.2.1:1 disabled" % SLOTS])

    def start(self):
        path = self.folder / "haproxy.cfg"
        path.write_text(DEFAULTS.format(socket=self.socket) + "".join(self.sections))
        with open(self.folder / "haproxy.log", "ab") as log:
            self.process = subprocess.Popen([*FIRST, "haproxy", "-db", "-f", str(path)], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        deadline = time.monotonic() + 10
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("HAProxy did not start:\n" + (self.folder / "haproxy.log").read_text()[-2000:])
            time.sleep(0.05)

    def command(self, *commands):
        """Sends commands; all that it answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.socket))
            connection.sendall((";".join(commands) + "\n").encode())
            return connection.makefile().read()

    def set_pods(self, name, wanted):
        """From now on new connections go to these (address, port). New ones are put in before old ones are taken out."""
        known = self.pods[name]
        free = [slot for slot in range(1, SLOTS + 1) if slot not in known.values()]
        commands = []
        for pod in sorted(set(wanted) - set(known)):
            slot = known[pod] = free.pop(0)
            commands += ["set server %s/s%d addr %s port %d" % (name, slot, *pod),
                         "set server %s/s%d state ready" % (name, slot)]
        for pod in sorted(set(known) - set(wanted)):
            commands.append("set server %s/s%d state maint" % (name, known.pop(pod)))
        if commands:
            answer = self.command(*commands)
            if "No such" in answer or "nvalid" in answer or "rror" in answer:
                raise RuntimeError("HAProxy: %s: %s" % (commands, answer))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Controller:
    """Tells HAProxy of the ready pods of each Service, `delay` seconds after an EndpointSlice says so."""

    def __init__(self, haproxy, delay):
        self.haproxy, self.delay = haproxy, delay
        self.slices = {}  # (namespace, service) -> slice's name -> its pods
        self.fronts = {}  # (namespace, service) -> the front's name
        self.due = queue.Queue()
        self.problem = None
        self.threads = [threading.Thread(target=self._guard, args=(self._apply,), daemon=True)]
        self.ended = False

    def add(self, namespace, service, front):
        self.fronts[namespace, service] = front

    def on_slice(self, kind, document):
        """A watch's event. What is ready now is what the balancer has once the delay is over."""
        metadata = document["metadata"]
        service = (metadata["namespace"], metadata.get("labels", {}).get("kubernetes.io/service-name"))
        if service not in self.fronts:
            return
        pods = [] if kind == "DELETED" else ready_pods(document)
        self.slices.setdefault(service, {})[metadata["name"]] = pods
        self._put(service)

    def on_list(self, items):
        """All slices there are."""
        self.slices = {service: {} for service in self.fronts}
        for item in items:
            metadata = item["metadata"]
            service = (metadata["namespace"], metadata.get("labels", {}).get("kubernetes.io/service-name"))
            if service in self.slices:
                self.slices[service][metadata["name"]] = ready_pods(item)
        for service in self.slices:
            self._put(service)

    def _put(self, service):
        pods = [pod for each in self.slices[service].values() for pod in each]
        self.due.put((time.monotonic() + self.delay, self.fronts[service], pods))

    def start(self, connect=None, namespaces=()):
        """`connect()` gives a connection to the apiserver, and its headers."""
        for namespace in namespaces:
            self.threads.append(threading.Thread(target=self._guard, args=(self._watch, connect, namespace), daemon=True))
        for thread in self.threads:
            thread.start()

    def check(self):
        """Raises what ended one of its threads."""
        if self.problem:
            raise RuntimeError("the balancer's controller: %r" % self.problem)

    def stop(self):
        self.ended = True
        self.due.put((0, None, None))

    def _guard(self, run, *arguments):
        try:
            run(*arguments)
        except Exception as problem:  # a thread's own would be lost
            if not self.ended:
                self.problem = problem

    def _apply(self):
        while not self.ended:
            due, front, pods = self.due.get()
            time.sleep(max(0, due - time.monotonic()))
            if front:
                self.haproxy.set_pods(front, pods)

    def _watch(self, connect, namespace):
        path = "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices" % namespace
        while not self.ended:
            connection, headers = connect()
            connection.request("GET", path, headers=headers)
            listed = json.loads(connection.getresponse().read())
            self.on_list(listed["items"])
            connection.request("GET", "%s?watch=1&resourceVersion=%s" % (path, listed["metadata"]["resourceVersion"]),
                               headers=headers)
            try:
                for line in connection.getresponse():
                    event = json.loads(line)
                    if event["type"] == "ERROR":  # too old a version, say: it is listed anew
                        break
                    self.on_slice(event["type"], event["object"])
            except (OSError, http.client.HTTPException):
                pass
            connection.close()


def ready_pods(document):
    """(address, port) of an EndpointSlice's ready endpoints, at its first port."""
    port = document["ports"][0]["port"] if document.get("ports") else None
    return [(endpoint["addresses"][0], port) for endpoint in document.get("endpoints") or ()
            if port and endpoint.get("conditions", {}).get("ready") is not False]
