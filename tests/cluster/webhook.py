"""evenkeel behind the apiserver exactly as in production: a Service, its EndpointSlice, and a webhook configuration
with clientConfig.service. The processes run outside the cluster, each on an address of its own.
"""

import base64
import http.client
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cluster import REPLICA_ADDRESSES, ROOT

BINARY = os.environ.get("EVENKEEL_ASAN") or str(ROOT / "build/asan/evenkeel")
DEFAULT_POLICY = ROOT / "webhook/loader/default.yaml"
NAMESPACE = SERVICE = CONFIGURATION = "evenkeel"
DNS_NAME = "%s.%s.svc" % (SERVICE, NAMESPACE)
WEBHOOK = "workloads.evenkeel.dev"
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices" % NAMESPACE
ENDPOINTS = "/api/v1/namespaces/%s/endpoints" % NAMESPACE
RECORD = "evenkeel.dev/injected"
RULES = [
    {"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments", "statefulsets", "daemonsets"]},
    {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["services"]},
]


def make_ca(folder, *arguments):
    """A new CA as a mounted Secret has it, for `serve --ca`; the folder."""
    folder.mkdir()
    subprocess.run([BINARY, "certs", "ca", "--namespace=" + NAMESPACE, "--cert-out=%s" % (folder / "tls.crt"),
                    "--key-out=%s" % (folder / "tls.key"), *arguments], check=True, stdout=subprocess.DEVNULL)
    return folder


def probe_deployment(name="probe"):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": [{"name": "app", "image": "registry.example/app:1",
                                                           "ports": [{"containerPort": 8080}]}]}}}}


def needs_endpoints(api):
    """Whether the API server calls a webhook by its Endpoints, as those older than 1.33 do, and not by its EndpointSlices."""
    return int(api.must("GET", "/version")["minor"].rstrip("+")) < 33


def send_endpoints(api, addresses, method="POST"):
    """Where evenkeel's Service leads: `addresses` has each replica's address, and whether it is ready."""
    name, slice_name = ("/" + SERVICE, "/%s-1" % SERVICE) if method == "PUT" else ("", "")
    api.must(method, SLICES + slice_name, {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": SERVICE + "-1", "labels": {"kubernetes.io/service-name": SERVICE}},
        "ports": [{"name": "https", "port": 8443, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": ready, "serving": ready, "terminating": not ready}}
                      for address, ready in addresses.items()]})
    if needs_endpoints(api):
        api.must(method, ENDPOINTS + name, {
            "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": SERVICE},
            "subsets": [{"addresses": [{"ip": address}], "ports": [{"name": "https", "port": 8443, "protocol": "TCP"}]}
                        for address, ready in addresses.items() if ready]})


def get_plain(address, port, path):
    """(status, text); status 0 where nobody answers."""
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


class Replica:
    """One `evenkeel serve`; `binary`: of another release."""

    def __init__(self, cluster, address, *options, binary=BINARY):
        self.address = address
        self.log = cluster.folder / ("evenkeel-%s.log" % address)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(binary), "serve", "--listen=%s:8443" % address,
                                             "--admin-listen=%s:8080" % address, "--threads=2", *map(str, options)],
                                            cwd=cluster.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        cluster.wait("evenkeel on " + address, self._is_ready_or_ended, 60)
        if self.process.poll() is not None:
            raise RuntimeError("evenkeel did not start:\n" + self.log.read_text(errors="replace")[-2000:])

    def _is_ready_or_ended(self):
        return self.process.poll() is not None or self.admin("/readyz")[0] == 200

    def admin(self, path):
        """(status, text) of the plain port; status 0 where nobody answers."""
        return get_plain(self.address, 8080, path)

    def metric(self, name):
        """The sum over all label sets of one metric."""
        samples = [line.rpartition(" ") for line in self.admin("/metrics")[1].splitlines()]
        return sum(float(value) for key, _, value in samples if key.partition("{")[0] == name)

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=60):
        """Ends it as Kubernetes does; the exit status, or None where it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Webhook:
    """evenkeel in the cluster: its CA, replicas, Service and configuration."""

    def __init__(self, cluster, policy=None):
        """Serves with this policy, given as a path or as text; by default with the one that evenkeel embeds."""
        self.cluster, self.api = cluster, cluster.api
        self.policy = cluster.folder / "policy.yaml"
        self.ca = make_ca(cluster.folder / "ca")
        self.replicas = {}
        self.write_policy(policy or DEFAULT_POLICY)
        cluster.namespace(NAMESPACE, inject=False)
        self._make_service()
        cluster.namespace("probe")
        cluster.namespace("outside", inject=False)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop_all(quiet=kind is not None)

    def stop_all(self, quiet=False):
        """Stops every replica. One that does not end with status 0, as under a sanitizer's finding, is an error."""
        replicas, self.replicas = self.replicas, {}
        for address, status in [(address, replica.stop()) for address, replica in replicas.items()]:
            if status != 0 and not quiet:
                raise RuntimeError("evenkeel on %s ended with %r:\n%s" % (
                    address, status, replicas[address].log.read_text(errors="replace")[-4000:]))

    def write_policy(self, policy):
        text = policy.read_text() if isinstance(policy, Path) else policy
        new = self.policy.with_suffix(".new")
        new.write_text(text)
        new.rename(self.policy)

    def _make_service(self):
        self.api.must("POST", "/api/v1/namespaces/%s/services" % NAMESPACE, {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": SERVICE},
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": 8443}]}})
        send_endpoints(self.api, {})

    def set_endpoints(self, addresses):
        send_endpoints(self.api, addresses, "PUT")

    def start(self, *options, addresses=REPLICA_ADDRESSES[:1], certificate=None, binary=BINARY):
        """(Re)starts the replicas; each has to become ready. `certificate`: options instead of the CA."""
        self.stop_all()
        for address in addresses:
            self.start_one(address, *options, certificate=certificate, binary=binary)
        self.set_endpoints({address: True for address in addresses})
        return self.replicas[addresses[0]]

    def start_one(self, address, *options, certificate=None, binary=BINARY):
        own = certificate or ("--ca=%s" % self.ca, "--dns-name=" + DNS_NAME)
        self.replicas[address] = Replica(self.cluster, address, "--policy=%s" % self.policy, "--reload-seconds=0.2",
                                         "--drain-seconds=0", *own, *options, binary=binary)

    def bundle(self):
        return (self.ca / "tls.crt").read_bytes()

    def register(self, failure_policy="Fail", bundle=None, timeout=10, name=CONFIGURATION):
        """Writes the configuration, over one that is there."""
        self.api.must("PATCH", "%s/%s?fieldManager=test&force=true" % (CONFIGURATIONS, name), {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [{
                "name": WEBHOOK, "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "failurePolicy": failure_policy, "timeoutSeconds": timeout, "reinvocationPolicy": "IfNeeded",
                "matchPolicy": "Equivalent",
                "clientConfig": {"caBundle": base64.b64encode(bundle or self.bundle()).decode(),
                                 "service": {"namespace": NAMESPACE, "name": SERVICE, "path": "/mutate", "port": 443}},
                "namespaceSelector": {
                    "matchLabels": {"evenkeel.dev/inject": "enabled"},
                    "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn",
                                          "values": ["kube-system", NAMESPACE]}]},
                "rules": [dict(rule, operations=["CREATE", "UPDATE"]) for rule in RULES]}]},
            content_type="application/apply-patch+yaml")

    def unregister(self, name=CONFIGURATION):
        self.api.must("DELETE", CONFIGURATIONS + "/" + name)

    def probe(self):
        """Sends a Deployment through, as a dry run: the apiserver's answer."""
        return self.api.request("POST", "/apis/apps/v1/namespaces/probe/deployments?dryRun=All", probe_deployment())

    def wait_until(self, truth, what, seconds=30):
        """Waits until a probe's answer is as wanted: changes reach the apiserver after a moment."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.probe()
            if truth(answer):
                return
            if time.monotonic() > deadline:
                raise RuntimeError("%s: not within %g s; the last answer: %r" % (what, seconds, answer))
            time.sleep(0.05)

    def wait_called(self):
        """Waits until the apiserver calls evenkeel and gets answers."""
        self.wait_until(lambda answer: answer.status == 201 and RECORD in annotations(answer.document),
                        "the webhook is called")

    def wait_not_called(self):
        self.wait_until(lambda answer: answer.status == 201 and RECORD not in annotations(answer.document),
                        "the webhook is no more called")


def annotations(document):
    return document.get("metadata", {}).get("annotations") or {}


def copy_secret(source, target):
    """Changes a mounted Secret's content at once, as the kubelet does."""
    for name in ("tls.key", "tls.crt"):
        new = target / (name + ".new")
        shutil.copy(source / name, new)
        new.rename(target / name)
