"""The load balancer in front: HAProxy at layer 4, and a controller that tells it of the pods, as late as a cloud's does.

It balances connections, as clouds' network load balancers do: it retries nothing, and a connection that is under way
stays where it is when its backend is taken out, or is cut once a drain is over. It runs in the control plane's network
namespace.
"""

import http.client
import json
import socket
import subprocess
import threading
import time
from collections import namedtuple

SLOTS = 48  # pods behind one Service: those that go and come, and those that drain
FIRST_PORT = 20000
# Clients and balancers are other machines than the nodes: here, they do not wait for the nodes' work.
FIRST = ["chrt", "--other", "0", "nice", "-n", "-10"]
CHECK = "check inter 2s fall 3 rise 3"  # Alibaba's and others' usual health check
GATE = "service.readiness.alibabacloud.com/"  # and the Service's name: a readiness gate of pods
LOOK_AGAIN = 10  # seconds until the controller looks again at pods whose gate is all that may be missing
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
        self.draining = set()  # (front, slot) of those that are out, and whose connections are still to be cut
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
            self._connect(connection)
            connection.sendall((";".join(commands) + "\n").encode())
            return connection.makefile().read()

    def _connect(self, connection):
        """A Unix socket with a time-out does not wait where its queue is full, because many come at once."""
        deadline = time.monotonic() + 10
        while True:
            try:
                return connection.connect(str(self.socket))
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def must(self, *commands):
        """Sends commands that HAProxy only answers where something is wrong with them."""
        answer = self.command(*commands) if commands else ""
        if "No such" in answer or "nvalid" in answer or "rror" in answer:
            raise RuntimeError("HAProxy: %s: %s" % (commands, answer))

    def put(self, name, pods, weight="100%"):
        """From now on new connections also go to these (address, port). weight: as HAProxy takes it."""
        known, commands = self.pods[name], []
        for pod in sorted(set(pods) - set(known)):
            taken = {*known.values(), *(slot for front, slot in self.draining if front == name)}
            slot = known[pod] = next(slot for slot in range(1, SLOTS + 1) if slot not in taken)
            server = "%s/s%d" % (name, slot)
            commands += ["set server %s addr %s port %d" % (server, *pod), "set server %s weight %s" % (server, weight),
                         "set server %s state ready" % server]
        self.must(*commands)

    def weigh(self, name, pods, weight=0):
        """These get as many new connections as that says, and keep what they have."""
        self.must(*("set server %s/s%d weight %s" % (name, self.pods[name][pod], weight) for pod in sorted(pods)))

    def take_out(self, name, pods, drain=None):
        """The rest is for others; what these have under way ends by itself, or is cut `drain` seconds from now."""
        for pod in sorted(set(pods) & set(self.pods[name])):
            slot = self.pods[name].pop(pod)
            self.must("set server %s/s%d state maint" % (name, slot))
            if drain is not None:
                self.draining.add((name, slot))
                timer = threading.Timer(drain, self._cut, (name, slot))
                timer.daemon = True
                timer.start()

    def _cut(self, name, slot):
        if self.process.poll() is None:
            self.must("shutdown sessions server %s/s%d" % (name, slot))
        self.draining.discard((name, slot))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Controller:
    """Tells HAProxy of the pods of each Service, as Alibaba's cloud-controller-manager does: by one worker for each
    Service, which reads the EndpointSlices, asks the cloud what there is, adds, and only then takes out; each is a call
    that takes half of `delay`. What happens meanwhile waits for the next round. A pod that is not ready, as one that is
    being deleted, goes at once. drain: seconds after which what a removed pod has is cut; None: never. weights: a pod
    that is being deleted and still serves stays with the weight 0 (the controller's graceful shutdown).

    gates: looks at and opens the readiness gates of pods; None: there are none. A pod that lacks only its gate is put in,
    and then its gate is opened. Nothing tells the controller that a pod's containers are ready: it looks every 10 s."""

    def __init__(self, haproxy, delay, drain=None, weights=False, gates=None):
        self.haproxy, self.call, self.drain, self.weights, self.gates = haproxy, delay / 2, drain, weights, gates
        self.slices = {}  # (namespace, service) -> slice's name -> (address, port) -> Target
        self.fronts = {}  # (namespace, service) -> the front's name
        self.changed = {}  # (namespace, service) -> set when there is something to do
        self.problem = None
        self.threads = []
        self.ended = False

    def add(self, namespace, service, front):
        self.fronts[namespace, service] = front
        self.changed[namespace, service] = threading.Event()

    def on_slice(self, kind, document):
        """A watch's event."""
        metadata = document["metadata"]
        service = (metadata["namespace"], metadata.get("labels", {}).get("kubernetes.io/service-name"))
        if service not in self.fronts:
            return
        pods = {} if kind == "DELETED" else pods_of(document, self.weights)
        self.slices[service] = dict(self.slices.get(service, {}), **{metadata["name"]: pods})
        self.changed[service].set()

    def on_list(self, items):
        """All slices there are."""
        slices = {service: {} for service in self.fronts}
        for item in items:
            metadata = item["metadata"]
            service = (metadata["namespace"], metadata.get("labels", {}).get("kubernetes.io/service-name"))
            if service in slices:
                slices[service][metadata["name"]] = pods_of(item, self.weights)
        self.slices = slices
        for changed in self.changed.values():
            changed.set()

    def _wanted(self, service):
        """(address, port) -> whether new connections may go there; and the pods among them whose gates are to be opened."""
        wanted, gated, again = {}, [], False
        for targets in list(self.slices.get(service, {}).values()):
            for address, target in targets.items():
                ready = self.gates.look(*service, target.pod) if target.fresh is None and self.gates else None
                if target.fresh is not None:
                    wanted[address] = target.fresh
                elif ready:
                    wanted[address] = True
                    gated.append(target.pod)
                again = again or ready is False
        if again:
            timer = threading.Timer(LOOK_AGAIN, self.changed[service].set)
            timer.daemon = True
            timer.start()
        return wanted, gated

    def _reconcile(self, service):
        front, (wanted, gated) = self.fronts[service], self._wanted(service)
        known = set(self.haproxy.pods[front])
        time.sleep(self.call)
        if set(wanted) - known:
            time.sleep(self.call)
            self.haproxy.put(front, {pod for pod in wanted if pod not in known and wanted[pod]})
        leaving = {pod for pod in known & set(wanted) if not wanted[pod]}
        if leaving or known - set(wanted):
            time.sleep(self.call)
            self.haproxy.weigh(front, leaving)
            self.haproxy.take_out(front, known - set(wanted), self.drain)
        for pod in gated:
            self.gates.open(*service, pod)

    def start(self, connect=None, namespaces=()):
        """`connect()` gives a connection to the apiserver, and its headers."""
        for service in self.fronts:
            self.threads.append(threading.Thread(target=self._guard, args=(self._work, service), daemon=True))
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
        for changed in self.changed.values():
            changed.set()

    def _guard(self, run, *arguments):
        try:
            run(*arguments)
        except Exception as problem:  # a thread's own would be lost
            if not self.ended:
                self.problem = problem

    def _work(self, service):
        while not self.ended:
            self.changed[service].wait()
            self.changed[service].clear()
            if not self.ended:
                self._reconcile(service)

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


class Follower:
    """Makes of HAProxy what a simulated cloud says of its server groups: one JSON object a line, as tests/ccm/drive.go
    writes it. nodes: the address of each server that is not a pod, by its id."""

    def __init__(self, haproxy, lines, nodes=()):
        self.haproxy, self.lines, self.nodes = haproxy, lines, dict(nodes)
        self.fronts, self.weights, self.drains = {}, {}, {}  # of a front: (address, port) -> weight; seconds
        self.problem = None
        self.ended = False

    def add(self, namespace, service, front):
        self.fronts[namespace + "/" + service] = front
        self.weights[front] = {}

    def start(self):
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for line in self.lines:
                if self.ended:
                    return
                self.on_event(json.loads(line))
            if not self.ended:
                raise RuntimeError("the simulated cloud has ended")
        except Exception as problem:  # a thread's own would be lost
            self.problem = problem

    def on_event(self, event):
        front = self.fronts.get(event["service"])
        if front is None:
            return
        known, drain = self.weights[front], event["drain"]
        wanted = {(server["address"] or self.nodes[server["id"]], server["port"]): server["weight"]
                  for server in event["servers"]}
        for pod in set(wanted) - set(known):
            self.haproxy.put(front, {pod}, wanted[pod])
        for pod in set(wanted) & set(known):
            if wanted[pod] != known[pod]:
                self.haproxy.weigh(front, {pod}, wanted[pod])
        self.haproxy.take_out(front, set(known) - set(wanted), drain)
        self.weights[front], self.drains[front] = wanted, drain

    def check(self):
        """Raises what ended it."""
        if self.problem:
            raise RuntimeError("the simulated cloud: %r" % self.problem)

    def stop(self):
        self.ended = True


# fresh: whether new connections may go there; None: the pod is not ready, and may lack only its gate. pod: its name.
Target = namedtuple("Target", "fresh pod")


def pods_of(document, weights=False):
    """(address, port) of an EndpointSlice's endpoints at its first port -> Target: the ready ones, which may get new
    connections, and those that are not ready yet; with `weights` also those that are being deleted and still serve."""
    port, pods = document["ports"][0]["port"] if document.get("ports") else None, {}
    for endpoint in document.get("endpoints") or () if port else ():
        conditions, pod = endpoint.get("conditions", {}), endpoint.get("targetRef", {}).get("name")
        address = (endpoint["addresses"][0], port)
        if conditions.get("ready") is not False:
            pods[address] = Target(True, pod)
        elif not conditions.get("terminating"):
            pods[address] = Target(None, pod)
        elif weights and conditions.get("serving") is not False:
            pods[address] = Target(False, pod)
    return pods


class Gates:
    """The readiness gates of pods, by the API server. connect() gives a connection to it."""

    def __init__(self, connect):
        self.connect = connect

    def _must(self, method, path, *arguments, **options):
        api = self.connect()
        try:
            answer = api.request(method, path, *arguments, **options)
        finally:
            api.close()
        if answer.status >= 300 and answer.status != 404:  # a pod that is gone has no gate
            raise RuntimeError("%s %s: %r" % (method, path, answer))
        return answer.document

    def look(self, namespace, service, name):
        """None: the pod has no gate of this Service. Otherwise whether its containers are ready."""
        pod = self._must("GET", "/api/v1/namespaces/%s/pods/%s" % (namespace, name)) if name else {}
        if not any(gate["conditionType"] == GATE + service for gate in pod.get("spec", {}).get("readinessGates", ())):
            return None
        return any(condition["type"] == "ContainersReady" and condition["status"] == "True"
                   for condition in pod["status"].get("conditions", ()))

    def open(self, namespace, service, name):
        condition = {"type": GATE + service, "status": "True", "reason": "ServerRegistered",
                     "lastTransitionTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        self._must("PATCH", "/api/v1/namespaces/%s/pods/%s/status" % (namespace, name),
                   {"status": {"conditions": [condition]}}, content_type="application/strategic-merge-patch+json")
