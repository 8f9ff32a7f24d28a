"""The applications of the proof. Each is as its author left it: no hooks and no probes, but for the one that has a
readiness endpoint of its own; no image holds a shell or a sleep command.
"""

from collections import namedtuple

from ways import MANY, NODE, THREE

PORT = 8080
WEB, NGINX = "evenkeel.test/web", "evenkeel.test/nginx"

# arguments: of tests/cluster/web.c. connections: 0, or how many the clients keep open and share. timeout: of a request,
# in seconds. rate: requests a second. upload: seconds that the client takes to send the body of each; 0: there is none.
# grace: what the user set. batches: the annotation evenkeel.dev/batches. still: it is never rolled out, and so shows what
# the machine alone loses. grpc: its clients are gRPC's; then those of all in its field. second: another container, or the
# arguments of web.c in one. alone: how long its rollout takes is also measured when nothing else happens. spec, pod: what
# else the workload's spec and its pods' say. marks: annotations of its pods; annotations: its own.
Shape = namedtuple(
    "Shape", "name title arguments image replicas connections timeout grace probe second batches still alone rate upload grpc "
    "kind spec pod marks annotations",
    defaults=(WEB, 4, 0, 5, None, None, None, None, False, False, 20, 0, False, "Deployment", None, None, None, None))

OWN_PROBE = {"httpGet": {"path": "/healthz", "port": PORT}, "periodSeconds": 2}

SHAPES = [
    Shape("at-once", "ready at once, drains on SIGTERM", ["--on-term=drain"]),
    Shape("ready-5s", "ready after 5 s, exits at once on SIGTERM", ["--ready-after=5", "--on-term=exit"], alone=True),
    Shape("exits", "ready after 1 s, exits at once on SIGTERM", ["--ready-after=1", "--on-term=exit"], alone=True),
    Shape("drains", "answers in 300 ms, drains on SIGTERM", ["--ready-after=1", "--delay=300", "--on-term=drain"]),
    Shape("ignores", "ignores SIGTERM", ["--ready-after=1", "--on-term=ignore"]),
    Shape("keep-alive", "keep-alive clients (4 connections), exits at once", ["--ready-after=1", "--on-term=exit"],
          connections=4),
    Shape("slow", "answers in 2 s, exits at once", ["--ready-after=1", "--delay=2000", "--on-term=exit"], timeout=10),
    Shape("long-lived", "20 connections kept for the whole run, drains", ["--ready-after=1", "--on-term=drain"],
          connections=20),
    Shape("long", "requests that take 40 s, one a second, drains", ["--ready-after=1", "--delay=40000", "--on-term=drain"],
          timeout=60, rate=1, grace=70),
    Shape("uploads", "uploads that take 10 s, four a second, exits at once", ["--ready-after=1", "--on-term=exit"], timeout=15,
          rate=4, upload=10),
    Shape("streams", "answers that are streamed for 40 s, one a second, drains",
          ["--ready-after=1", "--stream=40000", "--on-term=drain"], timeout=60, rate=1, grace=70),
    Shape("two", "two containers, both exit at once", ["--ready-after=2", "--on-term=exit"],
          second=["--listen=8081", "--ready-after=1", "--on-term=exit"]),
    Shape("grace-10", "the user set a grace period of 10 s, exits at once", ["--ready-after=1", "--on-term=exit"], grace=10),
    Shape("one", "one replica, exits at once", ["--ready-after=2", "--on-term=exit"], replicas=1, alone=True),
    Shape("own-probe", "a readiness endpoint and probe of its own, warm after 5 s, exits at once",
          ["--warm-up=5", "--on-term=exit"], probe=OWN_PROBE),
    Shape("nginx", "nginx from Debian", [], image=NGINX, alone=True),
    Shape("batched", "6 replicas, released in steps of 1 pod, 50% and all", ["--ready-after=1", "--on-term=exit"],
          replicas=6, batches="1,50%"),
    Shape("control", "not rolled out at all, for comparison", ["--on-term=exit"], still=True),
]
FLAGSHIP = "ready-5s"
BY_NAME = {shape.name: shape for shape in SHAPES}

# Those whose pods go away in other ways than by a new version (ways.py).
PACKED, ELSEWHERE = ({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
    {"weight": 100, "preference": {"matchExpressions": [
        {"key": "kubernetes.io/hostname", "operator": operator, "values": [NODE]}]}}]}}} for operator in ("In", "NotIn"))
SIX = tuple(BY_NAME[name]._replace(replicas=MANY) for name in THREE)
WAY_SHAPES = [
    *SIX,
    BY_NAME["one"]._replace(pod=PACKED),
    BY_NAME["exits"]._replace(name="packed", title="two replicas, both on one node, exit at once", replicas=2, pod=PACKED),
    BY_NAME["control"]._replace(pod=ELSEWHERE),
]

# Other workloads than Deployments that roll.
KIND_SHAPES = [
    BY_NAME["exits"]._replace(name="rolling", title="Deployment, for comparison"),
    BY_NAME["exits"]._replace(name="recreate", title="Deployment with `Recreate`", spec={"strategy": {"type": "Recreate"}}),
    BY_NAME["exits"]._replace(name="stateful", title="StatefulSet", kind="StatefulSet", spec={"serviceName": "stateful"}),
    BY_NAME["exits"]._replace(name="daemon", title="DaemonSet, on two nodes", kind="DaemonSet"),
    BY_NAME["control"],
]

# Those that get a sidecar of Istio's (sidecar.py).
MESH_SHAPES = [
    BY_NAME["exits"]._replace(name="asked", title="a classic sidecar, which the template asks for", marks={"sidecar.istio.io/inject": "true"}),
    BY_NAME["exits"]._replace(name="unseen", title="a classic sidecar, of which the template says nothing"),
    BY_NAME["exits"]._replace(name="native", title="a native sidecar", marks={"sidecar.istio.io/nativeSidecar": "true"}),
    BY_NAME["control"],
]


def containers(shape, version):
    first = {"name": "app", "image": "%s:%d" % (shape.image, version), "ports": [{"containerPort": PORT}]}
    if shape.image == WEB:
        first["args"] = ["--listen=%d" % PORT, *shape.arguments]
    if shape.probe:
        first["readinessProbe"] = shape.probe
    if not shape.second:
        return [first]
    if isinstance(shape.second, dict):
        return [first, shape.second]
    return [first, {"name": "second", "image": "%s:%d" % (WEB, version), "args": shape.second,
                    "ports": [{"containerPort": 8081}]}]


def rolls_by(shape):
    """The label by which shapes get a new version together."""
    return "never" if shape.still else "steps" if shape.batches else shape.image.rpartition("/")[2]


def workload(shape, version=1):
    """The Deployment or whatever its kind is, as somebody would write it."""
    labels = {"app": shape.name}
    pod = {"automountServiceAccountToken": False, "containers": containers(shape, version), **(shape.pod or {})}
    if shape.grace:
        pod["terminationGracePeriodSeconds"] = shape.grace
    metadata = {"name": shape.name, "labels": dict(labels, rolls=rolls_by(shape))}
    annotations = {**({"evenkeel.dev/batches": shape.batches} if shape.batches else {}), **(shape.annotations or {})}
    if annotations:
        metadata["annotations"] = annotations
    marked = {"labels": labels, "annotations": shape.marks} if shape.marks else {"labels": labels}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": marked, "spec": pod}, **(shape.spec or {})}
    if shape.kind != "DaemonSet":
        spec["replicas"] = shape.replicas
    return {"apiVersion": "apps/v1", "kind": shape.kind, "metadata": metadata, "spec": spec}


def service(shape, mode):
    """The Service of a mode: "cluster" and "local" have node ports; "pods" and "clusterip" need none."""
    spec = {"selector": {"app": shape.name}, "ports": [{"port": 80, "targetPort": PORT}]}
    if mode in ("cluster", "local"):
        spec.update(type="LoadBalancer", externalTrafficPolicy=mode.capitalize())
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": shape.name}, "spec": spec}
