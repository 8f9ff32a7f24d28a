#!/usr/bin/env python3
"""What evenkeel costs a whole cluster: `tests/bench/scale.py [OUTPUT.json]`.

10,000 Deployments in 1,000 namespaces are applied and then rolled to another image, as a GitOps controller does it (server-side apply,
several connections), through a real kube-apiserver: once where evenkeel is called, by two replicas with a policy of 1,000 entries
and the chart's own configuration, and once where it is not. Both take turns, a part of the objects each. Measured are the API
server's own CPU, evenkeel's, and how long the requests took. None may fail, and each must have what was injected.

COUNT=n Deployments on each side; CONNECTIONS=n."""

import json
import multiprocessing
import os
import ssl
import statistics
import sys
import time
from pathlib import Path

from create import CONFIGURATIONS, ROOT, Webhook, isolate, selector
from latency import ControlPlane, chart_webhooks, deployment

sys.path.insert(0, str(ROOT / "tests/cluster"))
from cluster import REPLICA_ADDRESSES, Api  # noqa: E402

COUNT = int(os.environ.get("COUNT", "10000"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "8"))
NAMESPACES, ENTRIES, PARTS, SIZE = 1000, 1000, 10, 3 * 1024
PATH = "/apis/apps/v1/namespaces/%s/deployments/%s?fieldManager=gitops&force=true"
SIDES = {"team": "with evenkeel", "bare": "without"}


def policy():
    lines = ["apiVersion: evenkeel.dev/v1alpha1", "kind: RolloutPolicy", 'cluster: {kubernetesVersion: "1.37"}', "workloads:"]
    for i in range(ENTRIES - 1):
        lines.append("- {match: {kinds: [Deployment], namespaces: [other-%d-*]}, preStop: {sleepSeconds: 20}}" % i)
    lines.append("- {match: {kinds: [Deployment]}, readinessProbe: {}, preStop: {sleepSeconds: 15}, "
                 "terminationGracePeriodSeconds: {bufferSeconds: 30}, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}")
    return "\n".join(lines) + "\n"


def cpu(pid):
    """Seconds that all threads of a process were on a processor."""
    times = Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def send(arguments):
    """Applies some Deployments over one connection; milliseconds of each, and how many were as wanted."""
    authority, side, numbers, image = arguments
    api, times, good = Api(ssl.create_default_context(cafile=authority)), [], 0
    body = deployment(SIZE)
    body["spec"]["template"]["spec"]["containers"][0]["image"] = image
    for i in numbers:
        namespace, name = "%s-%d" % (side, i % NAMESPACES), "shop-%d" % i
        body["metadata"]["name"] = name
        start = time.perf_counter()
        answer = api.request("PATCH", PATH % (namespace, name), json.dumps(body), "application/apply-patch+yaml")
        times.append((time.perf_counter() - start) * 1000)
        hooked = "lifecycle" in answer.document.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [{}])[0]
        good += answer.status < 300 and hooked == (side == "team")
    api.close()
    return times, good


def spread(numbers):
    return [numbers[i::CONNECTIONS] for i in range(CONNECTIONS)]


def rolled(pool, cluster, replicas, image):
    """Side -> figures of one pass over all Deployments, in turns."""
    result = {side: {"times": [], "good": 0, "apiserver": 0.0, "evenkeel": 0.0, "seconds": 0.0} for side in SIDES}
    for part in range(PARTS):
        numbers = range(part * COUNT // PARTS, (part + 1) * COUNT // PARTS)
        for side in (list(SIDES) if part % 2 else list(reversed(SIDES))):
            row = result[side]
            before = cpu(cluster.processes["kube-apiserver"].pid), sum(cpu(pid) for pid in replicas), time.monotonic()
            for times, good in pool.map(send, [(str(cluster.folder / "certificates/apiserver.crt"), side, part_of, image) for part_of in spread(numbers)]):
                row["times"] += times
                row["good"] += good
            row["apiserver"] += cpu(cluster.processes["kube-apiserver"].pid) - before[0]
            row["evenkeel"] += sum(cpu(pid) for pid in replicas) - before[1]
            row["seconds"] += time.monotonic() - before[2]
    return result


def figures(row):
    quantiles = statistics.quantiles(row["times"], n=100)
    return {"p50": quantiles[49], "p99": quantiles[98], "apiserver_ms": row["apiserver"] / COUNT * 1000, "evenkeel_ms": row["evenkeel"] / COUNT * 1000,
            "per_second": COUNT / row["seconds"], "failed": len(row["times"]) - row["good"]}


def main():
    isolate()
    results = {"count": COUNT, "connections": CONNECTIONS, "namespaces": NAMESPACES, "entries": ENTRIES, "bytes": SIZE, "load_before": os.getloadavg()[0]}
    with multiprocessing.Pool(CONNECTIONS) as pool, ControlPlane("bench") as cluster, Webhook(cluster, policy()) as webhook:
        webhook.start(addresses=REPLICA_ADDRESSES[:2])
        webhook.register()
        plain = webhook.api.must("GET", CONFIGURATIONS + "/evenkeel")
        for side in SIDES:
            for i in range(NAMESPACES):
                cluster.namespace("%s-%d" % (side, i), inject=side == "team")
        hooks = chart_webhooks(cluster, {})
        for hook in hooks:
            hook.update(clientConfig=plain["webhooks"][0]["clientConfig"], failurePolicy="Fail", timeoutSeconds=10)
        webhook.api.must("PUT", CONFIGURATIONS + "/evenkeel", dict(plain, webhooks=hooks))
        time.sleep(2)  # until the configuration has reached the API server; what is not injected shows below
        replicas = [replica.process.pid for replica in webhook.replicas.values()]
        for what, image in (("created", "registry.example/shop:1"), ("rolled", "registry.example/shop:2")):
            rows = rolled(pool, cluster, replicas, image)
            results[what] = {name: figures(rows[side]) for side, name in SIDES.items()}
            for name, row in results[what].items():
                print("%-8s %-14s p50 %.2f ms, p99 %.2f ms; the API server %.2f ms of CPU each, evenkeel %.3f; %.0f/s; %d failed" % (
                    what, name, row["p50"], row["p99"], row["apiserver_ms"], row["evenkeel_ms"], row["per_second"], row["failed"]), flush=True)
    results["load_after"] = os.getloadavg()[0]
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(results, indent=1) + "\n")
    if any(row["failed"] for what in ("created", "rolled") for row in results[what].values()):
        sys.exit("some requests failed, or were not as wanted")


if __name__ == "__main__":
    main()
