#!/usr/bin/env python3
"""evenkeel as its users have it: Helm installs it from its own image, with two replicas on two nodes. It is sandboxed
and spread, and `helm test` succeeds. While Deployments are created with failurePolicy Fail, evenkeel is restarted,
drained from a node, and given another policy and another CA, and no admission fails. Some fail when both replicas are
killed at once, which shows that the test would notice a failure. TAP on stdout.
"""

import base64
import os
import subprocess
import sys
import threading
import time

from check_chart_rotation import commands
from cluster import ROOT, isolate
from figures import write_figures
from images import program_image
from nodes import Nodes
from objects import deployment, sleep_seconds
from webhook import CONFIGURATIONS, NAMESPACE

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

WEB = "evenkeel.test/web:1"
DEPLOYMENTS = "/apis/apps/v1/namespaces/%s/deployments"
PODS = "/api/v1/namespaces/%s/pods?labelSelector=app.kubernetes.io/component%%3Dwebhook" % NAMESPACE
VALUES = {"webhook": {"failurePolicy": "Fail"}}
CREATES_PER_SECOND = 10
CREATE_THREADS = 4
POLICY = """apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
workloads:
  - match: {kinds: [Deployment]}
    preStop: {sleepSeconds: 7}
"""


def web(name, replicas):
    document = deployment(name, image=WEB)
    document["spec"]["replicas"] = replicas
    document["spec"]["template"]["spec"]["automountServiceAccountToken"] = False
    return document


def pods(cluster):
    return cluster.api.must("GET", PODS)["items"]


def is_ready(pod):
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in pod["status"]["conditions"])


def check_spread(results, cluster):
    results.equal("two pods of evenkeel are ready, one on each node",
                  sorted((pod["spec"]["nodeName"], is_ready(pod)) for pod in pods(cluster)),
                  [(node.name, True) for node in cluster.nodes])


def check_fresh(results, cluster):
    cluster.install_evenkeel(values=VALUES)
    check_spread(results, cluster)
    _, log, _ = cluster.kubectl("logs", "--namespace=" + NAMESPACE, pods(cluster)[0]["metadata"]["name"])
    sandbox = [line for line in log.splitlines() if '"sandbox"' in line]
    results.check("its sandbox is in force in a container", sandbox and '"seccomp":true' in sandbox[0] and
                  '"no_new_privileges":true' in sandbox[0], log)
    status, said, problem = cluster.helm("test", "evenkeel", "--namespace=" + NAMESPACE, "--logs")
    results.check("helm test succeeds on a node", status == 0 and "chains to" in said and "every Deployment" in said,
                  said, problem)
    cluster.namespace("shop")
    stored = cluster.api.must("POST", DEPLOYMENTS % "shop", web("checkout", 2))
    results.equal("a new Deployment is injected", sleep_seconds(stored), 15)
    cluster.wait_rollout("shop", "checkout")
    cluster.api.must("DELETE", DEPLOYMENTS % "shop" + "/checkout")


class Creator(threading.Thread):
    """Creates Deployments (of no pods) at a steady rate, every CREATE_THREADS-th of all. Admitted and not injected is a
    failure too.
    """

    def __init__(self, cluster, number, started, sleeps, ended):
        super().__init__(daemon=True)
        self.api, self.number, self.started, self.sleeps, self.ended = cluster.connect(), number, started, sleeps, ended
        self.done, self.failed, self.slowest = 0, [], 0.0

    def run(self):
        for number in range(self.number, 10 ** 6, CREATE_THREADS):
            if self.ended.wait(max(0.0, self.started + number / CREATES_PER_SECOND - time.monotonic())):
                return
            begun = time.monotonic()
            try:
                answer = self.api.request("POST", DEPLOYMENTS % "creates", web("c-%d-%d" % (self.started, number), 0))
                good = answer.status == 201 and sleep_seconds(answer.document) in self.sleeps
            except OSError as error:
                answer, good = error, False
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.done += 1
            if not good:
                self.failed.append("after %.1f s: %r" % (begun - self.started, answer))


def creating(results, cluster, what, action, sleeps=(15,), fails=False):
    """Does `action` while Deployments are created; a row of figures. `sleeps`: what evenkeel may inject meanwhile; `fails`:
    whether creates are to fail.
    """
    ended, started = threading.Event(), time.monotonic()
    creators = [Creator(cluster, number, started, sleeps, ended) for number in range(CREATE_THREADS)]
    for creator in creators:
        creator.start()
    try:
        time.sleep(2)
        action()
        time.sleep(2)
    finally:
        seconds = time.monotonic() - started
        ended.set()
        for creator in creators:
            creator.join()
    done, failed = sum(creator.done for creator in creators), [line for creator in creators for line in creator.failed]
    if fails:
        results.check("%s: some of %d creates fail" % (what, done), 0 < len(failed) < done, failed)
    else:
        results.equal("%s: each of %d creates is admitted and injected" % (what, done), failed, [])
    results.check("%s: they went on at a steady rate" % what, done > 0.9 * CREATES_PER_SECOND * seconds, done, seconds)
    return {"evenkeel is": what, "creates": done, "failed admissions": len(failed), "seconds": "%.0f" % seconds,
            "slowest": "%.0f ms" % (1e3 * max(creator.slowest for creator in creators))}


def wait_for_new_pods(cluster, before):
    """Until none of the pods before is there, and all that are there are ready."""
    cluster.wait_rollout(NAMESPACE, "evenkeel")
    cluster.wait("the end of the old pods", lambda: not before & {pod["metadata"]["name"] for pod in pods(cluster)})


def restart(results, cluster):
    before = {pod["metadata"]["name"] for pod in pods(cluster)}
    status, _, problem = cluster.kubectl("rollout", "restart", "deployment/evenkeel", "--namespace=" + NAMESPACE)
    results.equal("kubectl rollout restart", (status, problem), (0, ""))
    wait_for_new_pods(cluster, before)


def drain(results, cluster):
    node = cluster.nodes[0].name
    before = {pod["metadata"]["name"] for pod in pods(cluster) if pod["spec"]["nodeName"] == node}
    status, said, problem = cluster.kubectl("drain", node, "--timeout=100s")
    results.check("kubectl drain", status == 0 and "evicting pod evenkeel/" in said + problem, said, problem)
    wait_for_new_pods(cluster, before)
    results.equal("both replicas are where they can be", {pod["spec"]["nodeName"] for pod in pods(cluster)},
                  {cluster.nodes[1].name})
    cluster.kubectl("uncordon", node)


def change_policy(results, cluster):
    before = {pod["metadata"]["name"] for pod in pods(cluster)}
    cluster.install_evenkeel(policy=POLICY, values=VALUES)
    stored = cluster.api.must("POST", DEPLOYMENTS % "shop" + "?dryRun=All", web("probe", 1))
    results.equal("the new policy is in force in the same pods",
                  (sleep_seconds(stored), {pod["metadata"]["name"] for pod in pods(cluster)}), (7, before))


def rotate_ca(results, cluster):
    """As docs/CERTIFICATES.md says, by its own six commands; the last is `helm test`."""
    folder, before = cluster.folder / "shell", {pod["metadata"]["name"] for pod in pods(cluster)}
    folder.mkdir()
    (folder / "charts").symlink_to(ROOT / "charts")
    ca = cluster.api.must("GET", CONFIGURATIONS + "/evenkeel")["webhooks"][0]["clientConfig"]["caBundle"]
    for command in commands("The chart's own CA: six commands"):
        done = subprocess.run(["sh", "-c", command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
                              env=dict(cluster.environment, PATH="%s:%s" % (cluster.parts, os.environ["PATH"])), check=False)
        results.equal(command, (done.returncode, done.stdout.decode() if done.returncode else ""), (0, ""))
    wait_for_new_pods(cluster, before)
    new = cluster.api.must("GET", CONFIGURATIONS + "/evenkeel")["webhooks"][0]["clientConfig"]["caBundle"]
    results.check("another CA is trusted, and it alone", new != ca and base64.b64decode(new).count(b"BEGIN CERTIFICATE") == 1)


def kill(results, cluster):
    before = {pod["metadata"]["name"] for pod in pods(cluster)}
    status, said, problem = cluster.kubectl("delete", "pods", "--namespace=" + NAMESPACE, "--force", "--grace-period=0",
                                            *sorted(before))
    results.check("kubectl delete --force of both", status == 0, said, problem)
    wait_for_new_pods(cluster, before)


def main():
    results = Results()
    isolate()
    with Nodes("installed", images=[program_image(WEB, "web.c")]) as cluster:
        check_fresh(results, cluster)
        cluster.namespace("creates")
        rows = [creating(results, cluster, "restarted", lambda: restart(results, cluster))]
        check_spread(results, cluster)
        rows += [creating(results, cluster, "drained from a node", lambda: drain(results, cluster)),
                 creating(results, cluster, "given another policy", lambda: change_policy(results, cluster), sleeps=(15, 7)),
                 creating(results, cluster, "given another CA", lambda: rotate_ca(results, cluster), sleeps=(7,)),
                 creating(results, cluster, "killed, both at once", lambda: kill(results, cluster), sleeps=(7,), fails=True)]
        write_figures("installed", "two replicas of evenkeel on two nodes, %d creates a second, failurePolicy Fail:" %
                      CREATES_PER_SECOND, rows)
    results.run()


if __name__ == "__main__":
    main()
