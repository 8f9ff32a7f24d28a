#!/usr/bin/env python3
"""A control plane that is upgraded, version by version, while releases are held: each stays held, evenkeel is asked as before,
and the release goes on or back at the end. The versions are those of the arguments, in their order, and then this
repository's own. There are no nodes; a thread says of every pod that it is ready, as a kubelet would. TAP on stdout.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/server")]
from check_batches import NEW, OLD, POLICY, PODS, Kubelet, Releases  # noqa: E402
from check_rollout import must  # noqa: E402
from cluster import Cluster, built, isolate  # noqa: E402
from harness import Results  # noqa: E402
from webhook import Webhook  # noqa: E402

VERSIONS = sys.argv[1:] or ["1.30", "1.32", "1.34"]
NAMES = ("goes-on", "goes-back")


def choose(version):
    """Which Kubernetes built() builds and Cluster starts; "" is this repository's own."""
    os.environ["EVENKEEL_KUBERNETES"] = version


class Upgraded(Cluster):
    def upgrade(self, version):
        """The same etcd, with another API server and other controllers."""
        for part in ("kube-controller-manager", "kube-apiserver"):
            process = self.processes.pop(part)
            process.terminate()
            process.wait(60)
        choose(version)
        self.parts = built("cluster")
        self._start_apiserver()
        self.start_controllers()
        return self.api.must("GET", "/version")["gitVersion"]


def check_held(results, releases, version):
    for name in NAMES:
        releases.expect("%s: %s is held" % (version, name), name, {OLD: PODS, NEW: 1})
        before = releases.clients.stored(name)
        must(releases.clients.apply(releases.release(name, NEW)))
        after = releases.clients.stored(name)
        results.equal("%s: a second apply of %s changes nothing" % (version, name),
                      (after["metadata"]["annotations"], after["spec"]), (before["metadata"]["annotations"], before["spec"]))
    name = "made-by-" + version.replace(".", "-")
    must(releases.clients.apply(releases.release(name, OLD)))
    spec = releases.clients.stored(name)["spec"]["template"]["spec"]
    results.check("%s: a new Deployment is protected" % version, "preStop" in spec["containers"][0].get("lifecycle", {}), spec)
    must(releases.clients.kubectl("delete", "deployment", name))


def start_kubelet(cluster):
    kubelet = Kubelet(cluster, "shop")
    kubelet.start()
    return kubelet


def main():
    results = Results()
    for version in ([] if "EVENKEEL_CLUSTER_INSIDE" in os.environ else [*VERSIONS, ""]):
        choose(version)
        built("cluster")
    choose(VERSIONS[0])
    isolate()
    with Upgraded("upgrade") as cluster, Webhook(cluster, POLICY) as webhook:
        cluster.start_controllers()
        webhook.start()
        webhook.register()
        webhook.wait_called()
        releases = Releases(cluster, cluster.namespace("shop"), results)
        kubelet = start_kubelet(cluster)
        for name in NAMES:
            releases.start(name)
            must(releases.clients.apply(releases.release(name, NEW)))
        check_held(results, releases, VERSIONS[0])
        for version in [*VERSIONS[1:], ""]:
            kubelet.ended.set()
            kubelet.join()
            told = cluster.upgrade(version)
            webhook.api = cluster.api
            webhook.wait_called()
            kubelet = start_kubelet(cluster)
            check_held(results, releases, told.lstrip("v"))
        results.check("then an approval lets it go on", "step 2" in releases.approve("goes-on", "2")[1])
        releases.approve("goes-on", "all")
        releases.expect("goes-on: all pods are new", "goes-on", {NEW: PODS})
        must(releases.clients.kubectl("rollout", "undo", "deployment/goes-back"))
        releases.expect("goes-back: all pods are old", "goes-back", {OLD: PODS})
        kubelet.ended.set()
        kubelet.join()
    results.run()


if __name__ == "__main__":
    main()
