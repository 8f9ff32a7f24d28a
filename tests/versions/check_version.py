#!/usr/bin/env python3
"""What depends on the version of Kubernetes, on the one that EVENKEEL_KUBERNETES names (tests/cluster/cluster.py): the chart by
Helm takes the API server's version, and what evenkeel writes for it is accepted, by create, apply and update; the chart refuses a
newer version; and, by hand, what such a policy does. TAP on stdout.
"""

import base64
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests/server")]
from check_behaviour import besides_the_note  # noqa: E402
from cluster import REPLICA_ADDRESSES, Cluster, isolate  # noqa: E402
from harness import Results  # noqa: E402
from objects import deployment  # noqa: E402
from webhook import DNS_NAME, NAMESPACE, Replica, annotations, send_endpoints  # noqa: E402

CHART = ROOT / "charts/evenkeel"
SHOP = "/apis/apps/v1/namespaces/shop/deployments"
MERGE = "application/merge-patch+json"


def served_version(cluster):
    """(minor, whole version) of the API server, by its binary: that is what it tells Helm where it emulates another too."""
    version = cluster.api.must("GET", "/version")
    emulates = version.get("emulationMinor") or version["minor"]
    return int(re.match("[0-9]+", version["minor"]).group()), version["gitVersion"] + (
        " as 1.%s" % emulates if emulates != version["minor"] else "")


def serve(cluster):
    """One replica with what the release's pods would have mounted, and a Service that leads to it."""
    namespace = "/api/v1/namespaces/" + NAMESPACE
    for name, value in cluster.api.must("GET", namespace + "/secrets/evenkeel-ca")["data"].items():
        (cluster.folder / "tls").mkdir(exist_ok=True)
        (cluster.folder / "tls" / name).write_bytes(base64.b64decode(value))
    policy = cluster.folder / "policy.yaml"
    policy.write_text(cluster.api.must("GET", namespace + "/configmaps/evenkeel-policy")["data"]["policy.yaml"])
    replica = Replica(cluster, REPLICA_ADDRESSES[0], "--policy=%s" % policy, "--ca=%s" % (cluster.folder / "tls"),
                      "--dns-name=" + DNS_NAME, "--reload-seconds=0.2", "--drain-seconds=0")
    send_endpoints(cluster.api, {REPLICA_ADDRESSES[0]: True})
    return replica, policy


def injected(cluster):
    answer = cluster.api.request("POST", SHOP + "?dryRun=All", deployment("probe"))
    return answer.status == 201 and "evenkeel.dev/injected" in annotations(answer.document)


def check_chart(results, cluster, minor):
    status, said, problem = cluster.helm("install", "evenkeel", CHART, "--namespace=" + NAMESPACE)
    results.equal("the chart is taken", (status, problem), (0, ""))
    results.check("it follows this version", "Kubernetes 1.%d knows" % minor in said, said)
    pod = cluster.api.must("GET", "/apis/apps/v1/namespaces/%s/deployments/evenkeel" % NAMESPACE)["spec"]["template"]["spec"]
    results.equal("its own pods sleep where that is known", "lifecycle" in pod["containers"][0], minor >= 30)
    status, _, problem = cluster.helm("upgrade", "evenkeel", CHART, "--namespace=" + NAMESPACE, "--set-string",
                                      "policy.cluster.kubernetesVersion=1.%d" % (minor + 1))
    results.check("a newer version is refused", status != 0 and "newer than the API server" in problem, problem)


def check_objects(results, cluster, minor):
    stored = cluster.api.must("POST", SHOP, deployment("created"))
    container = stored["spec"]["template"]["spec"]["containers"][0]
    results.equal("a new Deployment gets the hook that is known", container["lifecycle"]["preStop"],
                  {"sleep": {"seconds": 15}} if minor >= 30 else {"exec": {"command": ["sleep", "15"]}})
    results.check("and a readiness probe", "tcpSocket" in container["readinessProbe"], container)
    results.equal("and no pod goes before a new one is ready", stored["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0)
    again = cluster.api.must("PUT", SHOP + "/created", stored)
    results.equal("the same again changes nothing", again["metadata"]["generation"], stored["metadata"]["generation"])
    changed = cluster.api.must("PATCH", SHOP + "/created", {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}},
                               content_type=MERGE)
    results.equal("a new template keeps it", changed["spec"]["template"]["spec"]["containers"][0], container)
    for server_side in (False, True):
        name = "applied-%s" % str(server_side).lower()
        for turn in ("applied", "and again"):
            status, said, problem = cluster.kubectl("apply", "--server-side=%s" % str(server_side).lower(), "-n", "shop", "-f",
                                                    "-", stdin=deployment(name))
            results.equal("%s %s" % (name, turn), (status, besides_the_note(problem)), (0, []))


def check_newer_policy(results, cluster, policy, minor):
    """By hand, past the chart: what docs/OBSERVING.md quotes."""
    text = policy.read_text()
    policy.write_text(text.replace('kubernetesVersion: "1.%d"' % minor, 'kubernetesVersion: "1.30"'))
    cluster.wait("the newer policy", lambda: not injected(cluster), 30)
    answer = cluster.api.request("POST", SHOP + "?dryRun=All", deployment("checkout"))
    results.check("a policy that is newer than the API server makes it refuse writes",
                  answer.status == 422 and "must specify a handler type" in answer.document["message"], answer)
    policy.write_text(text)
    cluster.wait("the old policy", lambda: injected(cluster), 30)


def main():
    results = Results()
    isolate()
    with Cluster("version-" + os.environ.get("EVENKEEL_KUBERNETES", "own").strip("=")) as cluster:
        minor, version = served_version(cluster)
        print("# Kubernetes %s" % version)
        cluster.namespace(NAMESPACE, inject=False)
        cluster.namespace("shop")
        check_chart(results, cluster, minor)
        replica, policy = serve(cluster)
        try:
            cluster.wait("evenkeel is called", lambda: injected(cluster), 60)
            check_objects(results, cluster, minor)
            if minor < 30:
                check_newer_policy(results, cluster, policy, minor)
            results.equal("evenkeel ends well", replica.stop(), 0)
        finally:
            replica.kill()
    results.run()


if __name__ == "__main__":
    main()
