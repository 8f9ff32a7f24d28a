#!/usr/bin/env python3
"""The chart in a cluster with only IPv6: the Service has an IPv6 address, the server listens as the chart's own
arguments say, and the apiserver calls it by IPv6. TAP on stdout.
"""

import base64
import json
import subprocess
import sys

from cluster import ROOT, Cluster, isolate
from objects import deployment, sleep_seconds
from webhook import BINARY, NAMESPACE, SLICES, annotations

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

CHART = ROOT / "charts/evenkeel"
OURS = "fd00:99::1"
REPLICA = "fd00:99::11"
SHOP = "/apis/apps/v1/namespaces/shop/deployments"


class OnlyIPv6(Cluster):
    """Its apiserver speaks IPv6 to everybody but this test, whose harness knows it by its IPv4 address."""
    apiserver_options = ("--service-cluster-ip-range=fd00:96::/112", "--bind-address=::", "--advertise-address=" + OURS)

    def write_kubeconfig(self, user, token, certificate):
        super().write_kubeconfig(user, token, certificate)
        known = json.loads(self.kubeconfig.read_text())
        known["clusters"][0]["cluster"]["tls-server-name"] = "kubernetes"
        self.kubeconfig.write_text(json.dumps(known))

    def connect(self):
        self.context.check_hostname = False
        return super().connect()


def serve(cluster):
    """The container's own arguments, with its files where the volumes would be."""
    api = cluster.api
    for name, path in (("tls", "secrets/evenkeel-ca"), ("policy", "configmaps/evenkeel-policy")):
        (cluster.folder / name).mkdir()
        for key, value in api.must("GET", "/api/v1/namespaces/%s/%s" % (NAMESPACE, path))["data"].items():
            (cluster.folder / name / key).write_bytes(base64.b64decode(value) if name == "tls" else value.encode())
    pod = api.must("GET", "/apis/apps/v1/namespaces/%s/deployments/evenkeel" % NAMESPACE)["spec"]["template"]["spec"]
    arguments = [argument.replace("/etc/evenkeel", str(cluster.folder)) for argument in pod["containers"][0]["args"]]
    cluster.spawn("evenkeel", [BINARY, *arguments, "--drain-seconds=0"])
    api.must("POST", SLICES, {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv6",
        "metadata": {"name": "evenkeel-1", "labels": {"kubernetes.io/service-name": "evenkeel"}},
        "ports": [{"name": "https", "port": 8443, "protocol": "TCP"}],
        "endpoints": [{"addresses": [REPLICA], "conditions": {"ready": True}}]})


def main():
    results = Results()
    isolate()
    for address in (OURS, REPLICA):
        subprocess.run(["ip", "address", "add", address + "/128", "dev", "lo"], check=True)
    with OnlyIPv6("ipv6") as cluster:
        cluster.namespace(NAMESPACE, inject=False)
        cluster.namespace("shop")
        status, _, problem = cluster.helm("install", "evenkeel", CHART, "--namespace=" + NAMESPACE)
        results.equal("the chart is taken", (status, problem), (0, ""))
        service = cluster.api.must("GET", "/api/v1/namespaces/%s/services/evenkeel" % NAMESPACE)["spec"]
        results.check("its Service has an IPv6 address and no other", service["ipFamilies"] == ["IPv6"] and
                      service["clusterIP"].startswith("fd00:96::"), service)
        serve(cluster)

        def injected():
            answer = cluster.api.request("POST", SHOP + "?dryRun=All", deployment("probe"))
            return answer.status == 201 and "evenkeel.dev/injected" in annotations(answer.document)
        cluster.wait("evenkeel is called by IPv6", injected, 60)
        results.equal("a Deployment is injected", sleep_seconds(cluster.api.must("POST", SHOP, deployment("a"))), 15)
        cluster.wait("the review in its log", lambda: '"msg":"review"' in cluster.log("evenkeel"), 30)
    results.run()


if __name__ == "__main__":
    main()
