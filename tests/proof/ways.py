"""Ways other than a new version in which pods go away. A mode is a way's name: its clients come through a balancer straight to
pods. Others are in the cluster at the same time: their rows have INSIDE behind the mode's name. All by kubectl, as people do it,
and from any thread.
"""

import json
import time
from collections import namedtuple

from webhook import NAMESPACE

NODE = "node-1"  # the one that is drained
INSIDE = "-clusterip"
FEW, MANY = 2, 6
GRACEFUL = ("30s", "10s")  # the example of Kubernetes' documentation: 20 s for ordinary pods
THREE = ("ready-5s", "exits", "nginx")  # the shapes with so many replicas

# names: of the shapes to which it happens; None: all that are not `still`. before: what must be there; not measured.
# act: returns once nothing more goes away by it. undo: afterwards all is as before; not measured.
_Way = namedtuple("_Way", "title names before act undo")


class Way(_Way):
    def touches(self, shape):
        return not shape.still and (self.names is None or shape.name in self.names)


def wait(field, what, ready):
    field.cluster.wait(what, lambda: time.sleep(0.5) or ready(), 60)


def get(field, kind):
    return json.loads(field.kubectl("get", kind, "--output=json"))["items"]


def deployments(field, names=None):
    return ["deployment/" + shape.name for shape in field.shapes if not shape.still and (names is None or shape.name in names)]


def nothing(field):
    pass


# Fewer replicas


def scale_in(field):
    field.kubectl("scale", "--replicas=%d" % FEW, *deployments(field, THREE))


def scale_out(field):
    field.kubectl("scale", "--replicas=%d" % MANY, *deployments(field, THREE))
    field.wait_settled()


def limit(field, replicas):
    """Autoscalers that keep that many. They need no metrics to keep a limit, and there are none here."""
    items = [{"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name},
              "spec": {"minReplicas": replicas, "maxReplicas": replicas,
                       "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}}} for name in THREE]
    field.kubectl("apply", "-f", "-", stdin={"apiVersion": "v1", "kind": "List", "items": items})


def limited(field, replicas):
    return lambda: all(item["spec"]["replicas"] == replicas for item in get(field, "deployments")
                       if item["metadata"]["name"] in THREE)


def autoscale(field):
    limit(field, MANY)
    wait(field, "the autoscalers", lambda: all("conditions" in item.get("status", {})
                                               for item in get(field, "horizontalpodautoscalers")))


def autoscale_in(field):
    limit(field, FEW)
    wait(field, "the autoscalers", limited(field, FEW))


def autoscale_out(field):
    limit(field, MANY)
    wait(field, "the autoscalers", limited(field, MANY))
    field.kubectl("delete", "horizontalpodautoscalers", "--all")
    field.wait_settled()


# The same number of replicas


def restart(field):
    field.kubectl("rollout", "restart", *deployments(field, THREE))


def evict(field):
    """One pod of each, by the API that drains use."""
    pods = {pod["metadata"]["labels"]["app"]: pod["metadata"]["name"] for pod in get(field, "pods")}
    names = [pods[name.partition("/")[2]] for name in deployments(field)]
    for name in names:
        field.kubectl("create", "--raw=/api/v1/namespaces/%s/pods/%s/eviction" % (field.namespace, name), "-f", "-",
                      stdin={"apiVersion": "policy/v1", "kind": "Eviction",
                             "metadata": {"name": name, "namespace": field.namespace}})
    field.kubectl("wait", "--for=delete", "--timeout=100s", *("pod/" + name for name in names))


def nodes_of(field):
    """The nodes of each shape's pods."""
    found = {}
    for pod in get(field, "pods"):
        found.setdefault(pod["metadata"]["labels"]["app"], []).append(pod["spec"]["nodeName"])
    return found


def misplaced(field):
    """Shapes with which a drain would show nothing: six replicas all on one node, or fewer that are not all on NODE."""
    found = nodes_of(field)
    here = [(shape, found[shape.name].count(NODE)) for shape in field.shapes if not shape.still]
    return [shape.name for shape, count in here if not (0 < count < MANY if shape.replicas == MANY else count == shape.replicas)]


def spread(field):
    for _ in range(3):
        wrong = misplaced(field)
        if not wrong:
            return
        spread_anew(field)
    raise RuntimeError("the pods are not where a drain needs them: %s: %s" % (wrong, nodes_of(field)))


def guard(field):
    """A budget for each: one pod may be missing."""
    spread(field)
    items = [{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": shape.name},
              "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": shape.name}}}} for shape in field.shapes]
    field.kubectl("apply", "-f", "-", stdin={"apiVersion": "v1", "kind": "List", "items": items})
    wait(field, "the budgets", lambda: all(item.get("status", {}).get("disruptionsAllowed") == 1
                                           for item in get(field, "poddisruptionbudgets")))


def drain(field):
    """All that runs on the node; evenkeel is installed in both fields, and half of it goes too."""
    field.kubectl("drain", NODE, "--ignore-daemonsets", "--timeout=240s", seconds=270)


def undrain(field):
    """The node gets its share of the pods again, as by the next release."""
    field.kubectl("delete", "poddisruptionbudgets", "--all")
    field.kubectl("uncordon", NODE)
    spread_anew(field)


def shut_down(field):
    """The kubelet ends the node's pods when the machine is to be switched off."""
    first(field).shut_down()
    left = [pod["metadata"]["name"] for pod in get(field, "pods")
            if pod["spec"]["nodeName"] == NODE and pod["status"]["phase"] == "Running"]
    if left:
        raise RuntimeError("the kubelet did not hold the shutdown up for %s" % left)


def switch_on(field):
    first(field).take_back_shutdown()
    field.kubectl("wait", "--for=condition=Ready", "--timeout=100s", "node/" + NODE)
    for namespace in (field.namespace, NAMESPACE):
        field.kubectl("delete", "pods", "--field-selector=spec.nodeName=" + NODE, "--wait=false", namespace=namespace)
    spread_anew(field)


def first(field):
    return next(node for node in field.cluster.nodes if node.name == NODE)


def spread_anew(field):
    field.kubectl("rollout", "restart", "deployment/evenkeel", namespace=NAMESPACE)
    field.kubectl("rollout", "restart", "deployments")
    field.cluster.wait_rollout(NAMESPACE, "evenkeel")
    field.wait_settled()


WAYS = {
    "scale": Way("`kubectl scale` from six replicas to two", THREE, nothing, scale_in, scale_out),
    "hpa": Way("a HorizontalPodAutoscaler goes from six replicas to two", THREE, autoscale, autoscale_in, autoscale_out),
    "restart": Way("`kubectl rollout restart`", THREE, nothing, restart, nothing),
    "evict": Way("one pod of each is evicted", None, nothing, evict, nothing),
    "drain-node": Way("`kubectl drain` of one of two nodes", None, spread, drain, undrain),
    "drain-node-budget": Way("`kubectl drain` with a PodDisruptionBudget, `maxUnavailable: 1`", None, guard, drain, undrain),
    "shutdown": Way("a graceful shutdown of one of two nodes", None, spread, shut_down, switch_on),
}


def rolled(mode, shapes):
    """Those of the shapes that a run of the mode has rows of, beside what is never rolled out."""
    way = WAYS.get(mode)
    return [shape for shape in shapes if not shape.still and (not way or way.touches(shape)) and (mode != "alone" or shape.alone)]
