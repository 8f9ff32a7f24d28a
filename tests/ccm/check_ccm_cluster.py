#!/usr/bin/env python3
"""Rollouts behind Alibaba's own controllers: `make test-ccm CCM=FOLDER` runs it after check_ccm.py. The controllers run
on a real cluster's API server over a simulated cloud (drive.go), and what becomes of the cloud's server groups becomes of
HAProxy's servers: addresses, weights and drains. The proof's applications are rolled out under load, without evenkeel and
with the policies for Alibaba Cloud. TAP on stdout; all rows in build/ccm/results.csv.

MODES and SHAPES (names with spaces between) choose less, CALL (seconds) how long a call of the cloud takes.
"""

import csv
import os
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/cluster", "tests/server", "tests/proof", "tests/ccm")]
from balancer import Follower, Haproxy  # noqa: E402
from ccm import FOLDER, build, revision  # noqa: E402
from cluster import ADDRESS, INSIDE, isolate  # noqa: E402
from field import Field, Front, make_images  # noqa: E402
from harness import Results  # noqa: E402
from nodes import Nodes  # noqa: E402
from rollout import COLUMNS, Rollout  # noqa: E402
from shapes import SHAPES, service  # noqa: E402

PREFIX = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-"
NLB = "alibabacloud.com/nlb"
NAMES = ("ready-5s", "drains", "long", "uploads", "streams", "control")
CALLS = 6  # until an old pod is out: its interface, the balancer, its groups, a group's servers, and two changes
GRACE = 60  # seconds that the policies give a pod, and so the drain
# nodes: whether the servers are nodes. drain: what evenkeel writes into new Services.
Mode = namedtuple("Mode", "policy nodes load_balancer_class drain")
MODES = {"clb": Mode("alibaba-terway", False, None, GRACE), "nlb": Mode("alibaba-terway", False, NLB, None),
         "clb-local": Mode("alibaba-flannel-local", True, None, GRACE)}


class CloudFront(Front):
    """Services of type LoadBalancer, the controllers that serve them, and HAProxy for the cloud."""

    def __init__(self, field, mode, program, call):
        super().__init__(field, mode, CALLS * call)
        self.program, self.call, self.cloud = program, call, None

    def service(self, shape):
        made = service(shape, "pods")
        made["spec"]["type"] = "LoadBalancer"
        if MODES[self.mode].load_balancer_class:
            made["spec"]["loadBalancerClass"] = MODES[self.mode].load_balancer_class
            made["metadata"]["annotations"] = {PREFIX + "zone-maps": "cn-hangzhou-a:vsw-1,cn-hangzhou-b:vsw-2"}
        return made

    def _start_balancer(self, services):
        self.haproxy = Haproxy(self.folder, ADDRESS)
        with open(self.folder / "controllers.log", "ab") as log:
            self.cloud = subprocess.Popen(
                [str(self.program), "-kubeconfig", str(self.cluster.kubeconfig), "-call", "%gs" % self.call,
                 "-backend", "ecs" if MODES[self.mode].nodes else "eni"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        nodes = {"i-" + node.name: node.address for node in self.cluster.nodes}
        self.controller = Follower(self.haproxy, self.cloud.stdout, nodes)
        for name in services:
            self.targets[name] = (ADDRESS, self.haproxy.add_pods(name))
            self.controller.add(self.field.namespace, name, name)
        self.haproxy.start()
        self.controller.start()

    def __exit__(self, *_):
        super().__exit__()  # the controllers take their finalizers off the Services
        if self.cloud:
            self.cloud.terminate()
            self.cloud.wait(30)


def give_ids(cluster):
    """The nodes are instances of a cloud."""
    for node in cluster.nodes:
        cluster.api.must("PATCH", "/api/v1/nodes/" + node.name, {"spec": {"providerID": "cn-hangzhou.i-" + node.name}},
                         content_type="application/merge-patch+json")


def write_rows(rows):
    with open(FOLDER / "results.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def measure(cluster, program, mode, injected, rows):
    """One rollout of all shapes: its rows, and what the Services and the cloud had of evenkeel meanwhile."""
    names = os.environ.get("SHAPES", " ".join(NAMES)).split()
    call = float(os.environ.get("CALL", 0.5))
    field = Field(cluster, "%s-%s" % (mode, "with" if injected else "without"), injected,
                  [shape for shape in SHAPES if shape.name in names])
    with CloudFront(field, mode, program, call) as front:
        found = list(Rollout(field, front, "run").run())
        path = "/api/v1/namespaces/%s/services" % field.namespace
        services = {item["metadata"]["name"]: item for item in cluster.api.must("GET", path)["items"]}
        drains = dict(front.controller.drains)
    field.delete()
    for row in found:
        rows.append(dict(row, mode=mode, run=1, **{"with": int(injected)}))
        print("# %-9s %-7s %-9s %5d sent %4d failed, rollout %5.1f s" % (
            mode, "with" if injected else "without", row["shape"], row["sent"], row["failed"], row["rollout_s"]), flush=True)
    write_rows(rows)
    return {row["shape"]: row for row in found}, services, drains


def check_without(results, found, mode):
    rows, _, drains = found
    failed = sum(row["failed"] for name, row in rows.items() if name != "control")
    results.check("%s: without evenkeel requests fail" % mode, failed > 0, rows)
    results.equal("%s: and no drain cuts" % mode, set(drains.values()), {None})


def check_with(results, found, mode):
    rows, services, drains = found
    for name, row in rows.items():
        results.check("%s: %s: with evenkeel no request fails" % (mode, name), row["failed"] == 0,
                      *("%s: %s" % item for item in row.items()))
    results.equal("%s: the drain that the cloud has" % mode, set(drains.values()), {MODES[mode].drain})
    has = {name for name, each in services.items()
           if PREFIX + "connection-drain" in each["metadata"].get("annotations", {})}
    results.equal("%s: the Services that say so" % mode, has, set(rows) if MODES[mode].drain else set())


def main():
    checkout = Path(sys.argv[1]).resolve()
    if INSIDE not in os.environ:
        build(checkout, "drive")
    isolate()
    print("# cloud-provider-alibaba-cloud %s" % revision(checkout), flush=True)
    modes, rows = os.environ.get("MODES", " ".join(MODES)).split(), []
    with Nodes("ccm", images=make_images(FOLDER / "images")) as cluster:
        give_ids(cluster)

        def without(mode):
            return lambda results: check_without(results, measure(cluster, FOLDER / "drive", mode, False, rows), mode)

        def injected(mode):
            def check(results):
                policy = ROOT / "docs/examples/policies" / (MODES[mode].policy + ".yaml")
                cluster.install_evenkeel(policy.read_text())
                time.sleep(2)
                check_with(results, measure(cluster, FOLDER / "drive", mode, True, rows), mode)
            return check

        Results().run(*(without(mode) for mode in modes), *(injected(mode) for mode in modes))


main()
