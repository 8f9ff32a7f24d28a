#!/usr/bin/env python3
"""`evenkeel status` and `explain` against a stand-in for kubectl: each finding, and each thing that keeps evenkeel away from an
object, alone in an installation that is well otherwise. TAP on stdout.
"""

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "preview"))
from preview import BINARY, ROOT, differs, finish, result  # noqa: E402

FOLDER = ROOT / "build/kubectl-status"
STATE = FOLDER / "state.json"
POLICY = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\ncluster: {kubernetesVersion: \"1.34\"}\nworkloads:\n" \
         "  - readinessProbe: {}\n    preStop: {sleepSeconds: 5}\n  - match: {namespaces: [held]}\n    batches: [1]\n"
METRICS = "evenkeel_certificate_not_after_timestamp_seconds %d\nevenkeel_policy_info{hash=\"%s\"} 1\n" \
          "evenkeel_tls_handshake_failures_total{reason=\"rejected-by-peer\"} 0\n"
PATHS = (("metadata", "annotations"), ("metadata", "labels"), ("spec", "template", "metadata", "annotations"),
         ("spec", "template", "metadata", "labels"))


def ca():
    run = subprocess.run([str(BINARY), "certs", "ca", "--name=evenkeel.evenkeel.svc", "--cert-out=%s" % (FOLDER / "ca.crt"),
                          "--key-out=%s" % (FOLDER / "ca.key"), "--force"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if run.returncode != 0:
        raise RuntimeError(run.stdout)
    return base64.b64encode((FOLDER / "ca.crt").read_bytes()).decode()


def pod(**labels):
    return {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app:1", "ports": [
        {"name": "http", "containerPort": 8080}]}]}}


def workload(name="web", space="shop", kind="Deployment"):
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {
        "name": name, "namespace": space, "uid": "u", "generation": 1, "resourceVersion": "1"}, "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": pod(app=name)}}


def healthy(bundle):
    """The state of an installation that is well."""
    hook = {"name": "workloads.evenkeel.dev", "failurePolicy": "Ignore", "timeoutSeconds": 5, "clientConfig": {
        "caBundle": bundle, "service": {"name": "evenkeel", "namespace": "evenkeel"}},
        "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "operations": ["CREATE", "UPDATE"]}],
        "namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]}}
    replica = {"kind": "Pod", "metadata": {"name": "evenkeel-0", "namespace": "evenkeel"}, "status": {
        "conditions": [{"type": "Ready", "status": "True"}]}}
    own = dict(workload("evenkeel", "evenkeel"), status={"readyReplicas": 3, "replicas": 3})
    own["metadata"]["labels"] = {"helm.sh/chart": "evenkeel-0.1.0", "app.kubernetes.io/version": "0.1.0"}
    return {"configurations": [{"kind": "MutatingWebhookConfiguration", "metadata": {"name": "evenkeel"}, "webhooks": [hook]}],
            "raw": {"/metrics": METRICS % (time.time() + 5 * 86400, "?")}, "objects": {
                "namespaces//shop": {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"evenkeel.dev/inject": "enabled"}}},
                "namespaces//other": {"kind": "Namespace", "metadata": {"name": "other"}},
                "namespaces//kube-system": {"kind": "Namespace", "metadata": {"name": "kube-system", "labels": {
                    "evenkeel.dev/inject": "enabled"}}},
                "configmaps/evenkeel/evenkeel-policy": {"kind": "ConfigMap", "data": {"policy.yaml": POLICY}},
                "pods/evenkeel/evenkeel-0": replica, "deployments/evenkeel/evenkeel": own}}


def run(state, *arguments):
    STATE.write_text(json.dumps(state))
    ran = subprocess.run([str(BINARY), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, check=False,
                         env=dict(os.environ, KUBECTL_STATE=str(STATE), PATH="%s:%s" % (HERE, os.environ["PATH"])))
    return ran.returncode, ran.stdout, ran.stderr


def found(state, *arguments):
    """(status, {check: levels}, all text)"""
    status, out, error = run(state, *arguments, "-o", "json")
    document = json.loads(out)
    levels = {}
    for row in document if isinstance(document, list) else document["checks"]:
        levels.setdefault(row["check"], []).append(row["level"])
    return status, levels, out + error


def check_status(bundle):
    def well():
        return json.loads(json.dumps(good))
    good = healthy(bundle)
    _, _, text = found(good, "status")
    said = [row["text"] for row in json.loads(text) if row["check"] == "policy" and "ConfigMap" in row["text"]][0]
    good["raw"]["/metrics"] = good["raw"]["/metrics"].replace("?", said.split()[-1])
    status, levels, text = found(good, "status")
    result("all is well", differs((status, {level for each in levels.values() for level in each}), (0, {"ok"})) and text)

    def case(name, check, level, change, words, ends=None):
        state = well()
        change(state)
        status, levels, text = found(state, "status")
        wanted = {"failure": 1}.get(level, 0) if ends is None else ends
        result(name, "" if (status, level in levels.get(check, ())) == (wanted, True) and words in text else (status, levels, text))

    def hook(state):
        return state["configurations"][0]["webhooks"][0]
    case("not installed", "webhook", "failure", lambda state: state.update(configurations=[]), "it is not installed")
    case("configurations may not be listed", "webhook", "unknown", lambda state: state.update(configurations=None), "forbidden")
    case("no caBundle", "webhook", "failure", lambda state: hook(state)["clientConfig"].update(caBundle=""), "no caBundle")
    case("a caBundle that is none", "webhook", "failure", lambda state: hook(state)["clientConfig"].update(caBundle="bm90aGluZw=="),
         "there is no certificate")
    case("no Deployment is left", "replicas", "failure", lambda state: state["objects"].pop("deployments/evenkeel/evenkeel"),
         "no Deployment of evenkeel")
    case("no replica is ready", "replicas", "failure", lambda state: state["objects"]["deployments/evenkeel/evenkeel"].update(
        status={"replicas": 3}), "0 of 3 ready")
    case("a replica is missing", "replicas", "warning", lambda state: state["objects"]["deployments/evenkeel/evenkeel"].update(
        status={"readyReplicas": 2, "replicas": 3}), "2 of 3 ready")
    for name, level, left in (("has ended", "failure", -7200), ("ends within the hour", "warning", 1800)):
        case("the served certificate " + name, "certificate", level, lambda state, left=left: state["raw"].update({
            "/metrics": METRICS % (time.time() + left, said.split()[-1])}), "the certificate that it serves")
    case("a replica with another policy", "policy", "warning", lambda state: state["raw"].update({
        "/metrics": METRICS % (time.time() + 86400, "0123")}), "has 0123")
    case("a replica with another admin port", "certificate", "ok", lambda state: (
        state["objects"]["pods/evenkeel/evenkeel-0"].update(spec={"containers": [{"ports": [
            {"name": "https", "containerPort": 9443}, {"name": "admin", "containerPort": 9080}]}]}),
        state.update(raw={"/evenkeel-0:9080/proxy/metrics": state["raw"]["/metrics"]})), "")
    case("a replica that cannot be asked", "replica", "unknown", lambda state: state.update(raw={}), "needs get pods/proxy")
    case("a replica that refuses in many words", "replica", "unknown", lambda state: state.update(raw={}, refusal="x" + "\u4e0d" * 150), "\u4e0d")
    case("a long refusal of the dry run", "call", "failure", lambda state: state.update({"dry-run": "xx" + "\u4e0d" * 400}), "\u4e0d")
    case("a policy that cannot be used", "policy", "failure", lambda state: state["objects"][
        "configmaps/evenkeel/evenkeel-policy"].update(data={"policy.yaml": "nonsense: 1"}), "evenkeel check")
    case("observe mode", "policy", "warning", lambda state: state["objects"]["configmaps/evenkeel/evenkeel-policy"].update(
        data={"policy.yaml": POLICY + "mode: observe\n"}), "writes nothing")
    case("an old kubelet", "kubelets", "failure", lambda state: state.update(nodes=["v1.34.1", "v1.29.3"]), "v1.29.3")
    case("no namespace has opted in", "namespaces", "warning", lambda state: [state["objects"].pop(key) for key in (
        "namespaces//shop", "namespaces//other", "namespaces//kube-system")], "none has opted in")
    case("nothing comes back", "call", "failure", lambda state: state.update({"dry-run": {}}), "does not reach it")
    case("the call is refused for a certificate", "call", "failure", lambda state: state.update({
        "dry-run": "Error from server: x509: certificate signed by unknown authority"}), "caBundle is not of the CA")
    case("the call may not be made", "call", "unknown", lambda state: state.update({
        "dry-run": "Error from server (Forbidden): deployments.apps is forbidden"}), "needs create deployments")
    case("a second webhook", "others", "warning", lambda state: state["configurations"].append({"metadata": {"name": "second"}, "webhooks": [{
        "name": "sidecars.example.com", "rules": hook(state)["rules"]}]}), "sidecars.example.com")
    return good


def opted_out(path, value):
    def change(state):
        at = state["objects"]["deployments/shop/web"]
        for key in path:
            at = at.setdefault(key, {})
        at["evenkeel.dev/inject"] = value
    return change


def check_explain(good):
    def case(name, level_of, level, change, words, target=("-n", "shop", "web")):
        state = json.loads(json.dumps(good))
        state["objects"]["deployments/shop/web"] = workload()
        change(state)
        status, levels, text = found(state, "explain", *target)
        wanted = 1 if level == "failure" else 0
        result("explain: " + name, "" if (status, level in levels.get(level_of, ())) == (wanted, True) and words in text else (
            status, levels, text))

    def web(state):
        return state["objects"]["deployments/shop/web"]
    case("nothing is in the way", "namespace", "ok", lambda state: None, '"readinessProbe"')
    case("another namespace label", "namespace", "failure", lambda state: state["objects"]["namespaces//shop"]["metadata"].update(
        labels={"evenkeel.dev/inject": "true"}), "but true")
    case("no label", "namespace", "failure", lambda state: state["objects"].update({"deployments/other/web": workload(space="other")}),
         "does not have the label", ("-n", "other", "web"))
    case("an excluded namespace", "webhook", "failure", lambda state: state["objects"].update({
        "deployments/kube-system/web": workload(space="kube-system")}), "passes over namespace kube-system", ("-n", "kube-system", "web"))
    case("a kind that nobody asks about", "webhook", "failure", lambda state: state["objects"].update({
        "statefulsets/shop/db": workload("db", kind="StatefulSet")}), "does not ask evenkeel about a StatefulSet", ("-n", "shop", "sts/db"))
    case("not installed", "webhook", "failure", lambda state: state.update(configurations=[]), "not installed")
    for path in PATHS:
        for value in ("false", "Disabled", "no", "OFF", "0", ""):
            case("%s: %s opts out" % (".".join(path), value or "empty"), "opt-out", "failure", opted_out(path, value), "evenkeel.dev/inject")
    case("an explicit opt-in", "opt-out", "ok", opted_out(PATHS[0], "true"), "does not opt out")
    case("an owner", "owner", "warning", lambda state: web(state)["metadata"].update(ownerReferences=[{
        "kind": "Rollout", "name": "r", "uid": "x", "controller": True}]), "Rollout/r owns it")
    case("a policy that may not be read", "policy", "unknown", lambda state: state["objects"].pop("configmaps/evenkeel/evenkeel-policy"),
         "--policy=FILE")
    case("a Service", "services", "ok", lambda state: state["objects"].update({"services/shop/front": {
        "kind": "Service", "metadata": {"name": "front", "namespace": "shop"}, "spec": {"type": "ClusterIP", "selector": {"app": "web"}}}}),
         "front (ClusterIP) selects its pods")

    def container(state):
        return web(state)["spec"]["template"]["spec"]["containers"][0]
    for reason, change in (
            ("no-port", lambda state: container(state).pop("ports")),
            ("user-set", lambda state: container(state).update(readinessProbe={"tcpSocket": {"port": 1}})),
            ("liveness-exec", lambda state: container(state).update(livenessProbe={"exec": {"command": ["true"]}})),
            ("recreate", lambda state: web(state)["spec"].update(strategy={"type": "Recreate"})),
            ("auxiliary-port", lambda state: container(state).update(ports=[{"name": "metrics", "containerPort": 1}])),
            ("refused", lambda state: web(state)["metadata"].update(annotations={"evenkeel.dev/pre-stop": "off"}))):
        state = json.loads(json.dumps(good))
        state["objects"]["deployments/shop/web"] = workload()
        change(state)
        status, out, error = run(state, "explain", "-n", "shop", "web")
        result("explain: the reason %s, with its line" % reason, "" if status == 0 and any(
            reason in line and "policy.yaml:" in line for line in out.splitlines()) else out + error)
    state["objects"]["deployments/shop/web"] = workload()
    status, out, error = run(state, "explain", "-n", "shop", "web", "-o", "svg")
    result("explain -o svg is a picture", differs((status, out.startswith("<svg "), "SIGTERM" in out), (0, True, True)) and out[:200] + error)
    status, out, error = run(state, "explain", "-n", "shop", "web", "-o", "svg", "--recorded")
    result("which --recorded is not", differs((status, "no picture" in error), (2, True)))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    check_explain(check_status(ca()))
    finish()


main()
