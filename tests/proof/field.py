"""The shapes in a namespace of the cluster, and what is in front of them in one mode."""

import json
import subprocess
import sys
import time
from pathlib import Path

from balancer import FIRST, GATE, Controller, Gates, Haproxy
from cluster import ADDRESS, TOKEN
from images import image, libraries, program_image, static_program
from shapes import NGINX, WEB, service, workload
from ways import WAYS

RATE = 20  # requests a second, of what says no other
PATIENCE = 20  # seconds: whether nothing fails is not tried with requests that may take longer
KEPT = 4  # connections to each shape, in the mode that keeps them
HELD = "evenkeel.dev/held"
NAMESPACES = {False: "without", True: "with"}  # evenkeel; what the names of a field's namespace end with
MODES = {
    "cluster": "balancer to node ports, externalTrafficPolicy Cluster",
    "local": "balancer to node ports, externalTrafficPolicy Local",
    "pods": "balancer straight to pods",
    "clusterip": "in the cluster, through kube-proxy",
}
# Not part of a whole proof: a balancer straight to pods that cuts what a removed pod has, DRAIN seconds later, or that
# leaves a stopping pod in with the weight 0.
# Nor are those of ways.py, in which no version changes. Nor one whose namespace opts in while the applications run: run 1 is
# their first rollout after that, run 2 their second.
OPTING_IN = {"first": "balancer straight to pods, which ran before their namespace opted in"}
DRAINING = {"drain": "balancer straight to pods, with a drain", "weights": "balancer straight to pods, with weights"}
# Nor one in which each pod is ready only once the balancer has it.
GATED = {"gates": "balancer straight to pods, with readiness gates"}
# Nor one whose clients keep their connections, to all shapes alike.
KEEPING = {"keep": "balancer straight to pods, and clients that keep %d connections" % KEPT}


def must(done):
    status, out, problem = done
    if status != 0:
        raise RuntimeError(problem or out)
    return out


def is_complete(stored):
    """Whether a workload's rollout has ended: all its pods are new and available, and none is left over."""
    status, keys = stored.get("status", {}), ("replicas", "updatedReplicas", "availableReplicas")
    if stored["kind"] == "DaemonSet":
        wanted, keys = status.get("desiredNumberScheduled"), ("currentNumberScheduled", "updatedNumberScheduled", "numberAvailable")
    else:
        wanted = stored["spec"]["replicas"]
    return (HELD not in stored["metadata"].get("labels", {}) and
            status.get("observedGeneration", 0) >= stored["metadata"]["generation"] and
            all(status.get(key, 0) == wanted for key in keys))


def held_pods_are_there(stored):
    status = stored.get("status", {})
    return (status.get("observedGeneration", 0) >= stored["metadata"]["generation"] and status.get("updatedReplicas", 0) > 0 and
            status.get("readyReplicas", 0) == status.get("replicas") and status["replicas"] > stored["spec"]["replicas"])


class Field:
    """A namespace with a workload for each shape."""

    def __init__(self, cluster, namespace, inject, shapes):
        self.cluster, self.namespace, self.inject, self.shapes = cluster, namespace, inject, shapes
        self.version = 1
        cluster.namespace(namespace, inject)
        try:
            self.kubectl("apply", "-f", "-", stdin=as_list(workload(shape) for shape in shapes))
            self.wait_settled(300)
        except BaseException:
            self.delete(wait=False)
            raise

    def kubectl(self, *arguments, namespace=None, **options):
        return must(self.cluster.kubectl("--namespace=" + (namespace or self.namespace), *arguments, **options))

    def kinds(self):
        return sorted({shape.kind for shape in self.shapes})

    def workloads(self):
        found = {}
        for kind in self.kinds():
            path = "/apis/apps/v1/namespaces/%s/%ss" % (self.namespace, kind.lower())
            found.update({item["metadata"]["name"]: dict(item, kind=kind) for item in self.cluster.api.must("GET", path)["items"]})
        return found

    def pods(self):
        return self.cluster.api.must("GET", "/api/v1/namespaces/%s/pods" % self.namespace)["items"]

    def is_settled(self):
        return (all(map(is_complete, self.workloads().values())) and
                not any("deletionTimestamp" in pod["metadata"] for pod in self.pods()))

    def wait_settled(self, seconds=180):
        try:
            self.cluster.wait("the workloads in " + self.namespace, lambda: time.sleep(0.5) or self.is_settled(), seconds)
        except RuntimeError as problem:
            raise RuntimeError("%s\n%s" % (problem, self.kubectl("get", "deployments,statefulsets,daemonsets,pods", "-o", "wide"))) from problem

    def roll(self):
        """A new version of everything, as people bring it."""
        self.version = 3 - self.version
        for image in sorted({shape.image for shape in self.shapes if not shape.batches and not shape.still}):
            self.kubectl("set", "image", ",".join(self.kinds()).lower(), "--selector=rolls=" + image.rpartition("/")[2],
                         "app=%s:%d" % (image, self.version))
        for shape in self.shapes:
            if shape.batches:  # a version that was there before would be a rollback, which is not held
                container = {"name": "app", "image": "%s:%d" % (shape.image, self.version),
                             "env": [{"name": "RELEASE", "value": str(time.time())}]}
                self.kubectl("patch", "deployment", shape.name, "--patch=" + json.dumps(
                    {"spec": {"template": {"spec": {"containers": [container]}}}}))

    def opt_in(self):
        self.cluster.api.must("PATCH", "/api/v1/namespaces/" + self.namespace, {"metadata": {"labels": {
            "evenkeel.dev/inject": "enabled"}}}, content_type="application/merge-patch+json")
        self.inject = True

    def gate(self, on):
        """Gives all pods the readiness gate of their Service, or takes it away."""
        for shape in self.shapes:
            gates = [{"conditionType": GATE + shape.name}] if on else None
            self.kubectl("patch", "deployment", shape.name, "--patch=" + json.dumps(
                {"spec": {"template": {"spec": {"readinessGates": gates}}}}))
        self.wait_settled()

    def roll_alone(self, shape):
        """The same for one of them, to its end: the seconds that it took."""
        began = time.monotonic()
        self.kubectl("set", "image", "deployment/" + shape.name, "app=%s:%d" % (shape.image, self.version))
        path = "/apis/apps/v1/namespaces/%s/deployments/%s" % (self.namespace, shape.name)
        self.cluster.wait("the rollout of " + shape.name, lambda: is_complete(self.cluster.api.must("GET", path)), 180)
        return time.monotonic() - began

    def approve(self, stored):
        """Lets a held release go on to its next step: what it was told, or None where it must wait."""
        if not held_pods_are_there(stored):
            return None
        step = int(stored["metadata"]["labels"][HELD])
        steps = stored["metadata"]["annotations"]["evenkeel.dev/batches"].split(",")
        told = str(step + 1) if step < len(steps) else "all"
        self.kubectl("annotate", "deployment/" + stored["metadata"]["name"], "evenkeel.dev/batch=" + told, "--overwrite")
        return told

    def delete(self, wait=True):
        path = "/api/v1/namespaces/" + self.namespace
        self.cluster.api.must("DELETE", path)
        if not wait:
            return
        self.cluster.wait("the end of " + self.namespace,
                          lambda: time.sleep(0.5) or self.cluster.api.request("GET", path).status == 404, 240)


class Front:
    """Services of one mode, and the balancer where the mode has one."""

    def __init__(self, field, mode, delay, drain=None):
        self.field, self.mode, self.delay = field, mode, delay
        self.drain = drain if mode in DRAINING else None
        self.way, self.in_cluster = WAYS.get(mode), mode.endswith("clusterip")
        self.to_pods = not self.in_cluster and mode not in ("cluster", "local")
        self.gated = False
        self.cluster = field.cluster
        self.folder = self.cluster.folder / ("front-%s-%s" % (field.namespace, mode))
        self.folder.mkdir(exist_ok=True)
        self.haproxy = self.controller = None
        self.targets = {}  # Service's name -> (address, port)

    def __enter__(self):
        self.field.kubectl("apply", "-f", "-", stdin=as_list(self.service(shape) for shape in self.field.shapes))
        path = "/api/v1/namespaces/%s/services" % self.field.namespace
        own = {self.name_of(shape) for shape in self.field.shapes}
        services = {item["metadata"]["name"]: item["spec"] for item in self.cluster.api.must("GET", path)["items"]
                    if item["metadata"]["name"] in own}
        try:
            if self.in_cluster:
                self.targets = {name: (spec["clusterIP"], 80) for name, spec in services.items()}
            else:
                self._start_balancer(services)
            self._wait_clean()
            if self.mode in GATED:
                self.gated = True
                self.field.gate(True)
                self._wait_clean()  # until the balancer has forgotten the pods that had none
        except BaseException:
            self.__exit__()
            raise
        return self

    def name_of(self, shape):
        """Of its Service."""
        return shape.name

    def service(self, shape):
        made = service(shape, self.mode)
        return dict(made, metadata=dict(made["metadata"], name=self.name_of(shape)))

    def _start_balancer(self, services):
        self.haproxy = Haproxy(self.folder, ADDRESS)
        self.controller = Controller(self.haproxy, self.delay, self.drain, self.mode == "weights",
                                     Gates(self.cluster.connect) if self.mode in GATED else None)
        for name, spec in services.items():
            if self.to_pods:
                port = self.haproxy.add_pods(name)
                self.controller.add(self.field.namespace, name, name)
            else:
                port = self.haproxy.add_nodes(name, self.cluster.nodes, spec["ports"][0]["nodePort"],
                                              spec.get("healthCheckNodePort"))
            self.targets[name] = (ADDRESS, port)
        self.haproxy.start()
        self.controller.start(self._connect, [self.field.namespace] if self.to_pods else [])

    def _connect(self):
        return self.cluster.connect().connection, {"Authorization": "Bearer " + TOKEN, "Accept": "application/json"}

    def start_load(self, shapes, name):
        """A generator for these shapes; its report goes to the file of this name."""
        plan = self.folder / (name + ".plan")
        plan.write_text("".join("%s %s %d %d %d %d %d\n" % (
            shape.name, *self.targets[self.name_of(shape)], shape.rate, KEPT if self.mode in KEEPING else shape.connections,
            shape.timeout * 1000, shape.upload * 1000) for shape in shapes))
        start = self.cluster.nodes[0].popen if self.in_cluster else subprocess.Popen
        load = [sys.executable, str(Path(__file__).parent / "load_grpc.py")] if shapes[0].grpc else [
            str(static_program("../proof/load.c"))]
        with open(self.folder / (name + ".load"), "wb") as report:
            return start([*FIRST, *load, str(plan)], stdin=subprocess.DEVNULL, stdout=report)

    def report(self, name):
        return (self.folder / (name + ".load")).read_text()

    def check(self):
        """Raises where the balancer has ended."""
        if self.controller:
            self.controller.check()
        if self.haproxy and self.haproxy.process.poll() is not None:
            raise RuntimeError("HAProxy ended")

    def _wait_clean(self):
        """Until requests to all shapes succeed for some seconds."""
        deadline = time.monotonic() + 180  # without a probe, a pod counts as ready long before a JVM is
        shapes = [shape for shape in self.field.shapes if shape.timeout <= PATIENCE]
        while shapes:
            process = self.start_load(shapes, "try")
            time.sleep(4)
            process.terminate()
            process.wait(30)
            self.check()
            if "fail " not in self.report("try"):
                return
            if time.monotonic() > deadline:
                raise RuntimeError("requests fail though nothing happens:\n" + self.report("try")[-2000:])

    def __exit__(self, *_):
        if self.gated:
            self.field.gate(False)
        if self.controller:
            self.controller.stop()
        if self.haproxy:
            self.haproxy.stop()
        self.field.kubectl("delete", "services", "--all")


def as_list(items):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)})


def make_images(folder):
    """Archives of the images that the shapes need, two versions of each."""
    return [made for version in (1, 2) for made in (
        program_image("%s:%d" % (WEB, version), "web.c", ["--answer=%d" % version]), nginx_image(folder, version))]


NGINX_CONFIGURATION = """user root;
worker_processes 2;
error_log stderr;
pid /run/nginx.pid;
events { worker_connections 512; }
http {
    access_log off;
    server {
        listen 8080;
        location / { return 200 "%d $hostname\\n"; }
    }
}
"""


def nginx_image(folder, version):
    """Debian's nginx with the libraries that it names, and nothing else: no shell, no sleep."""
    program = "/usr/sbin/nginx"
    folder.mkdir(parents=True, exist_ok=True)
    configuration, passwd, group, empty = (folder / name for name in ("nginx-%d.conf" % version, "passwd", "group", "empty"))
    configuration.write_text(NGINX_CONFIGURATION % version)
    passwd.write_text("root:x:0:0::/:/none\n")
    group.write_text("root:x:0:\n")
    empty.write_text("")
    files = dict(libraries(program), **{program: program})
    files.update({"/etc/nginx/nginx.conf": configuration, "/etc/passwd": passwd, "/etc/group": group,
                  "/var/lib/nginx/empty": empty, "/var/log/nginx/empty": empty, "/run/empty": empty})
    return image("%s:%d" % (NGINX, version), files, [program, "-g", "daemon off;"])
