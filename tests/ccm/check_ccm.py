#!/usr/bin/env python3
"""Judges what evenkeel writes into Services by Alibaba's cloud-controller-manager itself: `make test-ccm CCM=FOLDER`, where
FOLDER is a checkout of https://github.com/kubernetes/cloud-provider-alibaba-cloud with its vendor folder. Its packages and
its mock cloud are linked into judge.go; the checkout is not changed, and nothing of it is copied.

Each Service of a matrix is judged as its user wrote it, as evenkeel makes it when it is new, and over a live one: nothing that
the controller could do may fail by evenkeel, a live load balancer is not turned into another, what evenkeel wrote arrives in
the controller's model, and a Service of another controller gets none of its keys. TAP on stdout."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/server"), str(ROOT / "tests/ccm")]
from ccm import FOLDER, build, revision  # noqa: E402
from harness import Results  # noqa: E402

EVENKEEL = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
PREFIX = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-"
LEGACY = "service.beta.kubernetes.io/alicloud-loadbalancer-"
BACKEND = "service.beta.kubernetes.io/backend-type"
NLB = "alibabacloud.com/nlb"
ZONES = {PREFIX + "zone-maps": "cn-hangzhou-a:vsw-1,cn-hangzhou-b:vsw-2"}  # an NLB must have them
FORCED = """apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
cluster: {network: flannel}
services:
  - annotations:
      live: true
      set: {%saddress-type: intranet, %sip-version: ipv6, %sspec: slb.s2.small}
    connectionDrain: {networkLoadBalancers: true}
    externalTrafficPolicy: Local
""" % (PREFIX, PREFIX, PREFIX)
WRITES = {"alibaba-terway": {"backend-type", "connection-drain", "connection-drain-timeout", "scheduler", "graceful-shutdown"},
          "alibaba-flannel-local": {"connection-drain", "connection-drain-timeout", "scheduler"},
          "alibaba-flannel-cluster": {"connection-drain", "connection-drain-timeout"},
          "forced": {"address-type", "ip-version", "spec", "connection-drain", "connection-drain-timeout", "scheduler"}}
ANNOTATIONS = [
    {}, {PREFIX + "id": "lb-exist-id"}, {PREFIX + "id": ""},
    {PREFIX + "id": "lb-exist-id", LEGACY + "force-override-listeners": "true"},
    {PREFIX + "protocol-port": "https:443,tcp:80", PREFIX + "cert-id": "c"},
    {PREFIX + "protocol-port": "http:80,https:443", PREFIX + "cert-id": "c"},
    {BACKEND: "eni"}, {BACKEND: "ecs"}, {LEGACY + "backend-label": "app=nginx"}, {PREFIX + "scheduler": "rr"},
    {LEGACY + "scheduler": "wrr"}, {LEGACY + "connection-drain": "off"}, {PREFIX + "connection-drain": "on"},
    {LEGACY + "connection-drain-timeout": "20"}, {LEGACY + "address-type": "internet"}, {PREFIX + "address-type": "intranet"},
    {PREFIX + "ignore-weight-update": "on"}, {"service.beta.kubernetes.io/class": "mine"}, {PREFIX + "tunnel-type": "x"},
]


def services():
    """(title, Service) of everything that a user may write."""
    shapes = [("LoadBalancer", None), ("LoadBalancer", NLB), ("LoadBalancer", "mine"), ("NodePort", None), ("ClusterIP", None)]
    for (kind, load_balancer_class), policy, annotations in itertools.product(shapes, ("Cluster", "Local"), ANNOTATIONS):
        spec = {"type": kind, "selector": {"app": "a"}, "ports": [
            {"name": "p%d" % port, "port": port, "targetPort": 8000 + port, "nodePort": 30000 + port, "protocol": "TCP"}
            for port in (80, 443)]}
        if kind == "ClusterIP":
            if policy == "Local":
                continue
            spec["ports"] = [{key: value for key, value in port.items() if key != "nodePort"} for port in spec["ports"]]
        else:
            spec["externalTrafficPolicy"] = policy
        if load_balancer_class:
            spec["loadBalancerClass"] = load_balancer_class
        own = dict(annotations, **(ZONES if load_balancer_class == NLB else {}))
        title = " ".join(filter(None, [kind, load_balancer_class, policy, " ".join(
            "%s=%s" % (key.rpartition("/")[2], value) for key, value in annotations.items())]))
        yield title, {"apiVersion": "v1", "kind": "Service", "spec": spec, "metadata": {
            "name": "s", "namespace": "n", "uid": "5e4dbfc9-c2ae-4642-b033-5607860aef6b", "annotations": own}}


def judge_all(judge, questions):
    done = subprocess.run([str(judge)], input="".join(json.dumps(each) + "\n" for each in questions), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def injected(policy, written, operation):
    """The Services as evenkeel leaves them."""
    done = subprocess.run([EVENKEEL, "preview", "--all", "--policy", str(policy), "--operation", operation, "-o", "json", "-"],
                          input=json.dumps({"apiVersion": "v1", "kind": "List", "items": written}), stdout=subprocess.PIPE,
                          universal_newlines=True, check=False)
    return json.loads(done.stdout)["items"]


def added(before, after):
    was, now = before["metadata"]["annotations"], after["metadata"].get("annotations") or {}
    return {key: value for key, value in now.items() if was.get(key) != value}


def missing(keys, verdict):
    """What evenkeel wrote and the controller does not have in its model."""
    layer_4 = [each for each in verdict["listeners"] if each["protocol"].lower() not in ("http", "https")]
    if PREFIX + "connection-drain" in keys and (not layer_4 or any(each["drain"] != "on" for each in layer_4)):
        yield "the drain"
    timeout = keys.get(PREFIX + "connection-drain-timeout")
    if timeout and any(each["timeout"] != int(timeout) for each in layer_4):
        yield "its time-out"
    if PREFIX + "scheduler" in keys and any(each["scheduler"] != "wrr" for each in verdict["listeners"]):
        yield "the scheduler"
    if BACKEND in keys and {each.lower() for each in verdict["backends"]} != {"eni"}:
        yield "the backends"


def faults(before, after, keys):
    """What is worse with evenkeel than as the user wrote it."""
    if before["class"] == "none":
        foreign = [key for key in keys if key == BACKEND or key.startswith(PREFIX)]
        return ["keys of a controller that does not serve it: %s" % foreign] if foreign else []
    if before["error"]:
        return []
    found = [after["error"]] if after["error"] else list(missing(keys, after))
    return found + ([after["updateError"]] if after["updateError"] else [])


def check_judge(results, judge):
    """The judge finds what is wrong: else nothing that it passes would mean anything."""
    clean = dict(services())["LoadBalancer Cluster"]
    network = dict(services())["LoadBalancer %s Cluster" % NLB]

    def annotated(service, annotations):
        return dict(service, metadata=dict(service["metadata"], annotations=dict(service["metadata"]["annotations"], **annotations)))
    private, alone = {PREFIX + "address-type": "intranet"}, {PREFIX + "connection-drain": "on"}
    plain, turned, lone, turned_network = judge_all(judge, [
        {"service": clean, "live": clean}, {"service": annotated(clean, private), "live": clean},
        {"service": annotated(clean, alone), "live": None}, {"service": annotated(network, private), "live": network}])
    results.check("the judge: a Service as it is", not plain["error"] and not plain["updateError"], plain)
    results.check("the judge: a live CLB does not turn private", "AddressType" in turned["updateError"], turned)
    results.check("the judge: nor does an NLB unseen", "intranet" in turned_network["updateError"].lower(), turned_network)
    results.check("the judge: a drain without a time-out", lone["error"] != "", lone)
    results.equal("the judge: what did not arrive", list(missing({PREFIX + "connection-drain": "on", PREFIX + "scheduler": "wrr",
                                                                   BACKEND: "eni"}, plain)), ["the drain", "the scheduler", "the backends"])


def check_policy(results, judge, name, policy):
    titles, written = zip(*services())
    before = judge_all(judge, [{"service": each, "live": None} for each in written])
    for operation in ("create", "update"):
        made = injected(policy, written, operation)
        live = written if operation == "update" else [None] * len(written)
        after = judge_all(judge, [{"service": one, "live": other} for one, other in zip(made, live)])
        keys = [added(*pair) for pair in zip(written, made)]
        written_keys = {key.rpartition("/")[2].replace("alibaba-cloud-loadbalancer-", "") for each in keys for key in each}
        results.check("%s, %s: it writes what it is for" % (name, operation), WRITES[name] <= written_keys or operation == "update",
                      written_keys)
        wrong = ["%s: %s" % (title, fault) for title, *rest in zip(titles, before, after, keys) for fault in faults(*rest)]
        results.check("%s, %s: nothing fails, and all arrives" % (name, operation), not wrong, *wrong)
        served = sum(each["class"] != "none" for each in before)
        print("# %s, %s: %d Services, %d of the controller's, %d of them fail as they were written, %d changed" % (
            name, operation, len(written), served, sum(bool(each["error"]) for each in before), sum(map(bool, keys))))


def main():
    checkout = Path(sys.argv[1]).resolve()
    print("# cloud-provider-alibaba-cloud %s" % revision(checkout))
    judge = build(checkout, "judge")
    forced = FOLDER / "forced.yaml"
    forced.write_text(FORCED)

    def test(name, policy):
        return lambda results: check_policy(results, judge, name, policy)

    Results().run(lambda results: check_judge(results, judge), *(
        test(name, forced if name == "forced" else ROOT / "docs/examples/policies" / (name + ".yaml")) for name in WRITES))


main()
