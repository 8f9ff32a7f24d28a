#!/usr/bin/env python3
"""The chart where clusters differ, each imitated on a real apiserver: a quota for the system's priority classes (GKE),
a policy that refuses foreign ids (OpenShift's restricted-v2), somebody who edits the selector (AKS), Pod Security's
`restricted`, old kubelets, two IP families; by Helm 3 and Helm 4. The test also shows that each stops an install that
ignores it. TAP on stdout.
"""

import json
import shutil
import sys

from cluster import CONTROLLERS, ROOT, Cluster, isolate

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

CHART = ROOT / "charts/evenkeel"
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
MERGE = "application/merge-patch+json"
NO_QUOTA = ("--set", "resourceQuota.enabled=false")
LIMITED = """apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: ResourceQuota
    configuration:
      apiVersion: apiserver.config.k8s.io/v1
      kind: ResourceQuotaConfiguration
      limitedResources:
        - resource: pods
          matchScopes:
            - scopeName: PriorityClass
              operator: In
              values: [system-cluster-critical, system-node-critical]
"""
# What restricted-v2 demands of ids, for namespaces with this range.
IDS = """object.spec.containers.all(c, !has(c.securityContext) || !has(c.securityContext.runAsUser) ||
c.securityContext.runAsUser >= 1000680000) && (!has(object.spec.securityContext) ||
(!has(object.spec.securityContext.runAsUser) || object.spec.securityContext.runAsUser >= 1000680000) &&
(!has(object.spec.securityContext.fsGroup) || object.spec.securityContext.fsGroup >= 1000680000))"""


class Places(Cluster):
    controllers = CONTROLLERS + ("resourcequota-controller",)
    apiserver_options = ("--admission-control-config-file=admission.yaml",
                         "--service-cluster-ip-range=10.96.0.0/16,fd00:96::/112")

    def __init__(self, name):
        super().__init__(name)
        self._write("admission.yaml", LIMITED)
        self.users.append(("installer", "installer", "installers"))

    def place(self, name, **labels):
        self.api.must("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace",
                                                     "metadata": {"name": name, "labels": labels}})
        return name

    def install(self, name, *options, three=False):
        """`helm upgrade --install` of a release into the namespace of its name: (status, stdout, stderr)."""
        kept = ("--reuse-values", "--reset-then-reuse-values")
        reset = () if set(kept) & set(options) else ("--reset-values",)  # else Helm keeps those of before
        arguments = ("upgrade", "--install", "evenkeel-" + name, CHART, "--namespace=" + name, *reset, *options)
        return self.helm3(*arguments) if three else self.helm(*arguments)

    def pods(self, name):
        return self.api.must("GET", "/api/v1/namespaces/%s/pods" % name)["items"]

    def wait_pods(self, name, count=2):
        self.wait("%d pods in %s" % (count, name), lambda: len(self.pods(name)) >= count, 60)

    def wait_refused(self, name):
        """Until the ReplicaSet says why it makes no pods; the reason."""
        found = []

        def said():
            sets = self.api.must("GET", "/apis/apps/v1/namespaces/%s/replicasets" % name)["items"]
            found[:] = [condition["message"] for one in sets for condition in one.get("status", {}).get("conditions", ())
                        if condition["type"] == "ReplicaFailure"]
            return found
        self.wait("a refusal in " + name, said, 60)
        return found[0]

    def policy(self, name):
        return self.api.must("GET", "/api/v1/namespaces/%s/configmaps/evenkeel-%s-policy" % (name, name))["data"]["policy.yaml"]


def check_quota(results, cluster):
    cluster.place("bare")
    results.equal("GKE: without a quota helm says that it is deployed", cluster.install("bare", *NO_QUOTA)[0], 0)
    reason = cluster.wait_refused("bare")
    results.check("while not one pod starts", "insufficient quota to match these scopes" in reason and
                  not cluster.pods("bare"), reason)
    status, said, problem = cluster.install("bare")
    results.equal("with the chart's own they do", (status, problem), (0, ""))
    results.check("and the notes say which", "ResourceQuota evenkeel-bare admits that class" in said, said)
    cluster.wait_pods("bare")
    cluster.place("classless")
    results.equal("or without the class", cluster.install("classless", "--set", "priorityClassName=")[0], 0)
    cluster.wait_pods("classless")


def check_pod_security(results, cluster):
    cluster.place("strict", **{"pod-security.kubernetes.io/enforce": "restricted"})
    status, _, problem = cluster.install("strict", three=True)
    results.equal("Pod Security restricted, by Helm 3", (status, problem), (0, ""))
    cluster.wait_pods("strict")
    status, _, problem = cluster.install("strict", "--set", "hostNetwork=true", three=True)
    results.equal("hostNetwork needs a privileged namespace", status, 0)
    results.check("which this is not", "hostNetwork" in cluster.wait_refused("strict"))


def check_openshift(results, cluster):
    cluster.place("oc", **{"restricted-v2": "true"})
    binding = {"policyName": "restricted-v2", "validationActions": ["Deny"],
               "matchResources": {"namespaceSelector": {"matchLabels": {"restricted-v2": "true"}}}}
    policy = {"failurePolicy": "Fail", "validations": [{"expression": IDS, "message": "no id of this namespace's range"}],
              "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
                                                      "operations": ["CREATE"]}]}}
    for kind, plural, spec in (("ValidatingAdmissionPolicy", "validatingadmissionpolicies", policy),
                               ("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", binding)):
        cluster.api.must("POST", "/apis/admissionregistration.k8s.io/v1/" + plural, {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": "restricted-v2"}, "spec": spec})
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "try"}, "spec": {
        "securityContext": {"runAsUser": 65532}, "containers": [{"name": "app", "image": "app"}]}}
    cluster.wait("the policy", lambda: cluster.api.request("POST", "/api/v1/namespaces/oc/pods?dryRun=All", pod).status == 422)
    cluster.install("oc")
    results.check("restricted-v2 refuses the image's ids", "no id of this namespace's range" in cluster.wait_refused("oc"))
    cluster.api.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "rangeallocations.security.openshift.io", "annotations": {
            "api-approved.kubernetes.io": "unapproved, a test"}},
        "spec": {"group": "security.openshift.io", "scope": "Cluster",
                 "names": {"plural": "rangeallocations", "kind": "RangeAllocation"},
                 "versions": [{"name": "v1", "served": True, "storage": True, "schema": {
                     "openAPIV3Schema": {"type": "object"}}}]}})
    cluster.wait("OpenShift's API", lambda: cluster.api.request("GET", "/apis/security.openshift.io/v1").status == 200)
    shutil.rmtree(cluster.folder / ".kube", ignore_errors=True)  # what Helm remembers of the API
    results.equal("where OpenShift's API is", cluster.install("oc")[0], 0)
    cluster.wait_pods("oc", 1)  # the second comes once the first is ready, for which there is no node
    results.check("no ids are asked for", all("runAsUser" not in pod["spec"]["securityContext"] for pod in cluster.pods("oc")))


def edit_selector(cluster, name):
    """As AKS' admissions enforcer does, unless it is told not to; whether it did."""
    path = CONFIGURATIONS + "/" + name
    stored = cluster.api.must("GET", path)
    if (stored["metadata"].get("annotations") or {}).get("admissions.enforcer/disabled") == "true":
        return False
    cluster.api.must("PATCH", path + "?fieldManager=admissionsenforcer", json.dumps([
        {"op": "add", "path": "/webhooks/0/namespaceSelector/matchExpressions/-",
         "value": {"key": "control-plane", "operator": "DoesNotExist"}}]), content_type="application/json-patch+json")
    return True


def check_edited_selector(results, cluster):
    cluster.place("aks")
    cluster.install("aks", "--set", "webhook.annotations.admissions\\.enforcer/disabled=null")
    results.check("AKS edits the selector", edit_selector(cluster, "evenkeel-aks"))
    plain = ("--set", "webhook.annotations.admissions\\.enforcer/disabled=null", "--set", "replicas=3")
    status, _, problem = cluster.install("aks", *plain)
    results.check("and Helm 4 finds a conflict at the next upgrade", status != 0 and "conflict" in problem, problem)
    adopted = ("--set", "webhook.namespaceSelector.matchExpressions[0].key=control-plane",
               "--set", "webhook.namespaceSelector.matchExpressions[0].operator=DoesNotExist")
    status, _, problem = cluster.install("aks", *plain, *adopted)
    results.equal("with the same expression in the values it does not", (status, problem), (0, ""))
    status, _, problem = cluster.install("aks", "--force-conflicts")
    results.equal("nor, by --force-conflicts, with the chart's annotation", (status, problem), (0, ""))
    results.check("by which AKS leaves it alone", not edit_selector(cluster, "evenkeel-aks"))
    results.equal("so that upgrades go on", cluster.install("aks", "--set", "replicas=3")[0], 0)


def check_families(results, cluster):
    cluster.place("dual")
    status, _, problem = cluster.install("dual", "--set", "service.ipFamilyPolicy=RequireDualStack",
                                         "--set", "service.ipFamilies={IPv6,IPv4}", "--set", "service.type=NodePort")
    results.equal("two IP families", (status, problem), (0, ""))
    spec = cluster.api.must("GET", "/api/v1/namespaces/dual/services/evenkeel-dual")["spec"]
    results.check("give the Service two addresses", spec["clusterIPs"][0].startswith("fd00:96::") and
                  spec["clusterIPs"][1].startswith("10.96."), spec)


def check_kubelets(results, cluster):
    """The oldest one counts. A version that the API server does not have fails before anything is applied."""
    for name, version in (("new", "v1.37.1"), ("old", "v1.29.3-gke.1282000"), ("odd", "unknown")):
        cluster.api.must("POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
        cluster.api.must("PATCH", "/api/v1/nodes/%s/status" % name, {"status": {"nodeInfo": {
            "kubeletVersion": version, **{key: "x" for key in (
                "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
                "kubeProxyVersion", "operatingSystem", "architecture")}}}}, content_type=MERGE)
    cluster.place("skew")
    for name, three in (("skew", False), ("aks", True)):
        status, said, problem = cluster.install(name, three=three)
        results.equal("kubelets of 1.29 and 1.37, by Helm %d" % (3 if three else 4), (status, problem), (0, ""))
        results.check("the notes say which version counts, and why",
                      "Kubernetes 1.29 knows: the oldest among the API server and 3 kubelets" in said, said)
    before = cluster.policy("skew")
    results.check("the policy follows the oldest", 'kubernetesVersion: "1.29"' in before, before)
    deployment = cluster.api.must("GET", "/apis/apps/v1/namespaces/skew/deployments/evenkeel-skew")
    results.check("and so do the chart's own pods", "lifecycle" not in deployment["spec"]["template"]["spec"]["containers"][0])
    status, _, problem = cluster.install("skew", "--set-string", "policy.cluster.kubernetesVersion=1.99")
    results.check("a version that the API server lacks is refused", status != 0 and "newer than the API server" in problem,
                  problem)
    results.equal("before anything is applied", cluster.policy("skew"), before)


def check_without_nodes(results, cluster):
    """The user who installs may not list nodes. Helm says so, and asks nothing if a version is given."""
    rules = [{"apiGroups": ["*"], "verbs": ["*"], "resources": [
        "configmaps", "secrets", "services", "serviceaccounts", "resourcequotas", "deployments", "networkpolicies",
        "poddisruptionbudgets", "mutatingwebhookconfigurations", "namespaces"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "installers"}}
    api = "/apis/rbac.authorization.k8s.io/v1/"
    cluster.api.must("POST", api + "clusterroles", dict(role, kind="ClusterRole", rules=rules))
    cluster.api.must("POST", api + "clusterrolebindings", dict(
        role, kind="ClusterRoleBinding", subjects=[{"kind": "Group", "name": "installers", "apiGroup": "rbac.authorization.k8s.io"}],
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "installers"}))
    cluster.place("limited")
    who = "--kubeconfig=%s" % (cluster.folder / "kubeconfig-installer")
    status, _, problem = cluster.install("limited", who)
    results.check("without the right to list nodes Helm says so", status != 0 and "nodes is forbidden" in problem, problem)
    status, _, problem = cluster.install("limited", who, "--set-string", "policy.cluster.kubernetesVersion=1.29")
    results.equal("with a version it need not ask", (status, problem), (0, ""))


def check_older_values(results, cluster):
    """As 0.1.0's were: without what this chart's templates ask for. Nothing may be taken away."""
    old = cluster.folder / "old-chart"
    shutil.copytree(CHART, old)
    text = (old / "values.yaml").read_text()
    (old / "values.yaml").write_text(text.replace("\nenabled: true\n", "\n"))
    for path in old.joinpath("templates").rglob("*"):
        if path.name != "service.yaml" and path.suffix == ".yaml" or path.name == "NOTES.txt":
            path.unlink()
    (old / "templates/service.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\n")
    cluster.place("older")
    for three in (False, True):
        cluster.helm("upgrade", "--install", "evenkeel-older", old, "--namespace=older")
        status, _, problem = cluster.install("older", "--reuse-values", three=three)
        results.check("--reuse-values from an older chart is refused", status != 0 and "--reset-then-reuse-values" in problem,
                      problem)
        results.equal("and takes nothing away", cluster.api.request(
            "GET", "/api/v1/namespaces/older/configmaps/kept").status, 200)
        status, _, problem = cluster.install("older", "--reset-then-reuse-values", three=three)
        results.equal("what it says to do works", (status, problem), (0, ""))
        cluster.helm("uninstall", "evenkeel-older", "--namespace=older")


def main():
    results = Results()
    isolate("cluster/helm3")
    with Places("places") as cluster:
        cluster.start_controllers()
        check_quota(results, cluster)
        check_pod_security(results, cluster)
        check_openshift(results, cluster)
        check_edited_selector(results, cluster)
        check_families(results, cluster)
        check_kubelets(results, cluster)
        check_without_nodes(results, cluster)
        check_older_values(results, cluster)
    results.run()


if __name__ == "__main__":
    main()
