"""A second mutating webhook beside evenkeel. A function gives its answers. It counts its calls."""

import base64
import http.server
import json
import ssl
import subprocess
import threading

from cluster import ADDRESS
from webhook import BINARY, CONFIGURATIONS, needs_endpoints

PORT = 9443
CONTAINER = {"name": "sidecar", "image": "registry.example/sidecar:1", "ports": [{"containerPort": 15000}]}
RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"], "operations": ["CREATE", "UPDATE"]}


def add_sidecar(body):
    """A patch like a mesh's: a container for every Deployment that lacks it."""
    containers = json.loads(body)["request"]["object"]["spec"]["template"]["spec"]["containers"]
    if any(container["name"] == CONTAINER["name"] for container in containers):
        return None
    return [{"op": "add", "path": "/spec/template/spec/containers/-", "value": CONTAINER}]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        review = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        response = {"uid": json.loads(review)["request"]["uid"], "allowed": True}
        patch = self.server.respond(review)
        if patch:
            response.update(patchType="JSONPatch", patch=base64.b64encode(json.dumps(patch).encode()).decode())
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Hook:
    """Serves, and is registered under `name`: the apiserver calls configurations in the order of their names.
    respond(body of a review) returns a JSON Patch or None.
    """

    def __init__(self, cluster, name, namespace, respond):
        self.api, self.name = cluster.api, name
        folder = cluster.folder / name
        folder.mkdir()
        host = "%s.%s.svc" % (name, namespace)
        for arguments in (("ca", "--name=" + host), ("leaf", "--name=" + host)):
            subprocess.run([BINARY, "certs", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        self.server = http.server.ThreadingHTTPServer((ADDRESS, PORT), Handler)
        self.server.daemon_threads = True
        self.server.calls, self.server.respond = 0, respond
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self._register(namespace, (folder / "ca.crt").read_bytes())

    def _register(self, namespace, bundle):
        self.api.must("POST", "/api/v1/namespaces/%s/services" % namespace, {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": self.name},
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": PORT}]}})
        self.api.must("POST", "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices" % namespace, {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": self.name + "-1", "labels": {"kubernetes.io/service-name": self.name}},
            "ports": [{"name": "https", "port": PORT, "protocol": "TCP"}],
            "endpoints": [{"addresses": [ADDRESS], "conditions": {"ready": True}}]})
        if needs_endpoints(self.api):
            self.api.must("POST", "/api/v1/namespaces/%s/endpoints" % namespace, {
                "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": self.name},
                "subsets": [{"addresses": [{"ip": ADDRESS}], "ports": [{"name": "https", "port": PORT, "protocol": "TCP"}]}]})
        self.api.must("POST", CONFIGURATIONS, {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": self.name},
            "webhooks": [{"name": self.name + ".example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                          "failurePolicy": "Fail", "reinvocationPolicy": "IfNeeded", "rules": [RULE],
                          "namespaceSelector": {"matchLabels": {"evenkeel.dev/inject": "enabled"}},
                          "clientConfig": {"caBundle": base64.b64encode(bundle).decode(),
                                           "service": {"namespace": namespace, "name": self.name}}}]})

    def calls(self):
        """How often it was called since the last call of this function."""
        count, self.server.calls = self.server.calls, 0
        return count

    def close(self):
        self.api.must("DELETE", CONFIGURATIONS + "/" + self.name)
        self.server.shutdown()
        self.server.server_close()
