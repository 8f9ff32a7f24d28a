#!/usr/bin/env python3
"""Older kubelets on two nodes of this repository's newer control plane: the chart takes their version, and what a preStop sleep
does on them. TAP on stdout.

    tests/versions/check_kubelet.py 1.28
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/server")]
from cluster import built, isolate  # noqa: E402
from harness import Results  # noqa: E402
from images import program_image  # noqa: E402
from nodes import Nodes  # noqa: E402
from objects import deployment, pod_spec  # noqa: E402
from webhook import NAMESPACE  # noqa: E402

VERSION = sys.argv[1] if len(sys.argv) > 1 else "1.28"
KNOWS_SLEEP = int(VERSION.split(".")[1]) >= 30
WEB = "evenkeel.test/web:1"
SLEEP = 8  # seconds


class OldNodes(Nodes):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.kubelet = built("versions", "kubelet/" + VERSION) / "kubelet"


def application(name, hook=None):
    document = deployment(name, image=WEB)
    document["spec"]["replicas"] = 1
    pod_spec(document)["automountServiceAccountToken"] = False
    pod_spec(document)["containers"][0]["args"] = ["--on-term=exit"]
    if hook:
        pod_spec(document)["containers"][0]["lifecycle"] = {"preStop": hook}
    return document


def seconds_to_stop(cluster, name):
    """From the deletion of its pod until that pod is gone; and the reasons of its events."""
    path = "/api/v1/namespaces/shop/pods"
    pod = cluster.api.must("GET", path + "?labelSelector=app%3D" + name)["items"][0]["metadata"]["name"]
    began = time.monotonic()
    cluster.api.must("DELETE", path + "/" + pod)
    cluster.wait("the end of " + pod, lambda: cluster.api.request("GET", path + "/" + pod).status == 404, 90)
    took = time.monotonic() - began
    events = cluster.api.must("GET", "/api/v1/namespaces/shop/events")["items"]
    return took, {event["reason"] for event in events if event["involvedObject"].get("name") == pod}


def check_chart(results, cluster):
    told = {node["status"]["nodeInfo"]["kubeletVersion"] for node in cluster.api.must("GET", "/api/v1/nodes")["items"]}
    results.check("the nodes run an older kubelet", all(version.startswith("v%s." % VERSION) for version in told), told)
    policy = cluster.api.must("GET", "/api/v1/namespaces/%s/configmaps/evenkeel-policy" % NAMESPACE)["data"]["policy.yaml"]
    results.check("the chart's policy names their version", 'kubernetesVersion: "%s"' % VERSION in policy, policy)


def check_sleep(results, cluster):
    """What Kubernetes itself has, written by the user, and what evenkeel writes where the policy says what the nodes are."""
    documents = {"native": application("native", {"sleep": {"seconds": SLEEP}}), "injected": application("injected")}
    for name, document in documents.items():
        status, said, problem = cluster.kubectl("--namespace=shop", "apply", "-f", "-", stdin=document)
        results.equal("%s is accepted" % name, status, 0)
        cluster.wait_rollout("shop", name)
    hook = pod_spec(cluster.api.must("GET", "/apis/apps/v1/namespaces/shop/deployments/injected"))["containers"][0]["lifecycle"]
    results.equal("evenkeel writes the sleep that they know", sorted(hook["preStop"]), ["sleep" if KNOWS_SLEEP else "exec"])
    took, reasons = seconds_to_stop(cluster, "native")
    print("# kubelet %s: a native sleep of %d s took %.1f s; events %s" % (VERSION, SLEEP, took, sorted(reasons)))
    results.equal("a native sleep sleeps only where the kubelet knows it", SLEEP <= took < SLEEP + 5, KNOWS_SLEEP)
    took, reasons = seconds_to_stop(cluster, "injected")
    print("# kubelet %s: evenkeel's hook took %.1f s; events %s" % (VERSION, took, sorted(reasons)))
    results.check("an image without the command sleep does not sleep, and an event says so",
                  KNOWS_SLEEP or "FailedPreStopHook" in reasons, took, reasons)


def main():
    if "EVENKEEL_CLUSTER_INSIDE" not in os.environ:
        built("versions", "kubelet/" + VERSION)
    isolate()
    with OldNodes("kubelet", images=[program_image(WEB, "web.c")]) as cluster:
        results = Results()
        cluster.install_evenkeel()
        cluster.namespace("shop")
        check_chart(results, cluster)
        check_sleep(results, cluster)
    results.run()


if __name__ == "__main__":
    main()
