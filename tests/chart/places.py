"""Values that clusters and platform teams ask for, as the chart renders them: parts of test_chart.py."""

import re
import shutil
import tempfile
from pathlib import Path

from helm import CHART, NAMESPACE, ROOT, Manifests, documents, helm, template

HERE = Path(__file__).resolve().parent
EVERYWHERE = HERE / "values/everywhere.yaml"
OPENSHIFT = ("--api-versions", "security.openshift.io/v1")
SELECTOR = {"app.kubernetes.io/name": "keel", "app.kubernetes.io/instance": "evenkeel",
            "app.kubernetes.io/component": "webhook"}


def render(path, *options):
    result = template(path, *options)
    assert result.returncode == 0, result.stderr
    return Manifests(result.stdout)


def default(*options):
    return render(HERE / "values/default.yaml", *options)


def pods(manifests):
    return manifests.find("Deployment")["spec"]["template"], manifests.find("Pod")


def openshift_gives_the_ids():
    """None that its constraints refuse, none but the image's left out, and files that whatever id comes can read."""
    for pod in pods(default(*OPENSHIFT)):
        assert pod["spec"]["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        tls, = (volume["secret"] for volume in pod["spec"]["volumes"] if volume["name"] == "tls")
        assert tls["defaultMode"] == 0o444, tls
    own = pods(default(*OPENSHIFT, "--set", "podSecurityContext.runAsUser=1000680000"))[0]["spec"]["securityContext"]
    assert own["runAsUser"] == 1000680000 and "fsGroup" not in own
    elsewhere = pods(default())[0]["spec"]
    assert elsewhere["securityContext"]["fsGroup"] == 65532
    assert [volume["secret"]["defaultMode"] for volume in elsewhere["volumes"] if "secret" in volume] == [0o440]


def a_quota_admits_the_system_class():
    quota = default().find("ResourceQuota")
    expression, = quota["spec"]["scopeSelector"]["matchExpressions"]
    assert expression == {"scopeName": "PriorityClass", "operator": "In", "values": ["system-cluster-critical"]}
    for options in (("--set", "priorityClassName="), ("--set", "priorityClassName=mine"),
                    ("--set", "resourceQuota.enabled=false"), ("--set", "namespaceOverride=kube-system")):
        assert "ResourceQuota" not in default(*options).kinds(), options
    assert "priorityClassName" not in pods(default("--set", "priorityClassName="))[0]["spec"]


def pods_follow_the_values():
    manifests = render(EVERYWHERE)
    template_, test = pods(manifests)
    spec, = (template_["spec"],)
    container, = spec["containers"]
    assert container["image"] == "mirror.example.com/evenkeel:0.2.0"
    assert spec["imagePullSecrets"] == [{"name": name} for name in ("everybody", "own", "own-too")]
    assert spec["imagePullSecrets"] == test["spec"]["imagePullSecrets"]
    assert spec["nodeSelector"] == {"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64"}
    assert (spec["hostNetwork"], spec["dnsPolicy"], spec["runtimeClassName"]) == (True, "ClusterFirstWithHostNet", "kata")
    assert spec["dnsConfig"] == {"options": [{"name": "ndots", "value": "1"}]}
    assert spec["serviceAccountName"] == test["spec"]["serviceAccountName"] == "mine"
    assert spec["securityContext"] == {"runAsNonRoot": True, "runAsUser": 1000, "runAsGroup": 65532,
                                       "seccompProfile": {"type": "RuntimeDefault"}}
    assert container["securityContext"]["runAsUser"] == 1000 and container["securityContext"]["readOnlyRootFilesystem"]
    assert container["env"] == [{"name": "TMPDIR", "value": "/tmp"}]
    assert container["volumeMounts"][-1] == {"name": "tmp", "mountPath": "/tmp"}
    assert spec["volumes"][-1] == {"name": "tmp", "emptyDir": {}}
    assert container["readinessProbe"] == {"httpGet": {"path": "/readyz", "port": "admin"}, "periodSeconds": 3,
                                           "failureThreshold": 2}
    assert container["livenessProbe"]["initialDelaySeconds"] == 9
    spread, = spec["topologySpreadConstraints"]
    assert spread["labelSelector"] == {"matchLabels": {"team": "platform"}} and spread["matchLabelKeys"] == []


def ports_follow_everywhere():
    """Container, arguments, Service, NetworkPolicy, probes and annotations; and two pods never want one port at a time."""
    manifests = render(EVERYWHERE, "--set", "podAnnotations.prometheus\\.io/port=null",
                       "--set", "metrics.serviceMonitor.enabled=false")
    pod = pods(manifests)[0]
    container, = pod["spec"]["containers"]
    assert container["ports"] == [{"name": "https", "containerPort": 10250}, {"name": "admin", "containerPort": 10251}]
    assert {"--listen=:10250", "--admin-listen=:10251", "--dns-name=keel.example.com"} <= set(container["args"])
    ports = manifests.find("Service")["spec"]["ports"]
    assert [(port["port"], port["targetPort"]) for port in ports] == [(443, "https"), (10251, "admin")]
    assert [rule["ports"][0]["port"] for rule in manifests.find("NetworkPolicy")["spec"]["ingress"]] == ["https", "admin"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == "10251"
    assert manifests.find("Deployment")["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    strategy = render(EVERYWHERE, "--set", "strategy.type=Recreate").find("Deployment")["spec"]["strategy"]
    assert strategy == {"type": "Recreate"}


def objects_follow_the_values():
    manifests = render(EVERYWHERE)
    for item in manifests.all:
        metadata = item["metadata"]
        if not metadata["name"].endswith(("extra", "extra-text", "-test")):
            assert metadata["labels"]["team"] == "platform" and metadata["labels"]["helm.sh/chart"] == "mine", item
        wanted = {"MutatingWebhookConfiguration": None, "ServiceMonitor": "monitoring", "PrometheusRule": "monitoring"}
        assert metadata.get("namespace") == wanted.get(item["kind"], "other"), item
    deployment = manifests.find("Deployment")
    assert deployment["metadata"]["annotations"] == {"reloader.example.com/auto": "true"}
    assert deployment["spec"]["selector"]["matchLabels"] == SELECTOR and deployment["spec"]["revisionHistoryLimit"] == 3
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/version"] == "mine" and "sidecar.istio.io/inject" not in labels
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == "1" and "linkerd.io/inject" not in annotations
    account = manifests.find("ServiceAccount", "mine")
    assert account["metadata"]["annotations"] == {"example.com/a": "b"}
    assert account["automountServiceAccountToken"] is False
    service = manifests.find("Service")
    assert service["metadata"]["annotations"] == {"example.com/c": "d"}
    assert [service["spec"][key] for key in ("type", "ipFamilyPolicy", "ipFamilies")] == [
        "NodePort", "PreferDualStack", ["IPv6", "IPv4"]]
    assert manifests.find("PodDisruptionBudget")["spec"]["minAvailable"] == 1
    assert "maxUnavailable" not in manifests.find("PodDisruptionBudget")["spec"]
    assert manifests.find("ConfigMap", "evenkeel-extra") and manifests.find("ConfigMap", "extra-text")


def configuration_follows_the_values():
    configuration = render(EVERYWHERE).find("MutatingWebhookConfiguration")
    assert configuration["metadata"]["annotations"] == {"example.com/e": "f"}
    assert configuration["metadata"]["labels"]["example.com/g"] == "h"
    hook, = configuration["webhooks"]
    assert hook["clientConfig"]["url"] == "https://keel.example.com:8443/mutate" and "service" not in hook["clientConfig"]
    assert hook["namespaceSelector"] == {"matchLabels": {"protect": "yes"}, "matchExpressions": [
        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", NAMESPACE, "other"]},
        {"key": "control-plane", "operator": "DoesNotExist"}]}
    assert hook["objectSelector"] == {"matchLabels": {"tier": "web"}} and hook["reinvocationPolicy"] == "Never"
    assert hook["matchConditions"][-1]["name"] == "not-argo" and len(hook["matchConditions"]) == 4
    annotations = default().find("MutatingWebhookConfiguration")["metadata"]["annotations"]
    assert annotations == {"admissions.enforcer/disabled": "true"}, "AKS would edit the selector"


def monitoring_follows_the_values():
    manifests = render(EVERYWHERE)
    monitor = manifests.find("ServiceMonitor")["spec"]
    assert monitor["namespaceSelector"] == {"matchNames": ["other"]} and monitor["selector"]["matchLabels"] == SELECTOR
    endpoint, = monitor["endpoints"]
    assert endpoint["scrapeTimeout"] == "5s" and endpoint["relabelings"] and endpoint["metricRelabelings"]
    alerts = {rule["alert"]: rule for rule in manifests.find("PrometheusRule")["spec"]["groups"][0]["rules"]}
    assert "EvenkeelSlow" not in alerts and len(alerts) == 7
    assert (alerts["EvenkeelNotReady"]["for"], alerts["EvenkeelNotReady"]["labels"]) == (
        "9m", {"severity": "page", "team": "platform"})
    assert alerts["EvenkeelErrors"]["labels"] == {"severity": "warning", "team": "platform"}


def keys_written_twice(text):
    """Lines of Helm's output whose key stood in the same map before. Flow maps and texts in blocks are passed over."""
    open_maps, block = {}, None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if block is not None and (indent > block or not line.strip()):
            continue
        block = indent if re.search(r"[:-] [|>][-+]?$", line) else None
        if line.startswith("---"):
            open_maps = {}
        item = re.match(r" *- ?", line)
        if item:
            open_maps = {depth: keys for depth, keys in open_maps.items() if depth <= indent and depth != item.end()}
            indent = item.end()
        found = re.match(r"([^\s#:\"'{\[][^\s:]*):( |$)", line[indent:])
        if found:
            open_maps = {depth: keys for depth, keys in open_maps.items() if depth <= indent}
            if found.group(1) in open_maps.setdefault(indent, set()):
                yield line
            open_maps[indent].add(found.group(1))


def no_key_is_written_twice():
    """Flux and kustomize refuse a document with a key twice; Helm takes the last and says nothing."""
    twice = "a:\n  - b: 1\n    c: 2\n  - b: 3\n    b: 4\nd: |\n  a: 1\n  a: 2\ne:\n  -\n    f: 1\n  -\n    f: 2\na: 5\n"
    assert list(keys_written_twice(twice)) == ["    b: 4", "a: 5"], list(keys_written_twice(twice))
    for path in sorted((HERE / "values").glob("*.yaml")):
        assert not list(keys_written_twice(template(path).stdout)), (path.name, list(keys_written_twice(template(path).stdout)))


def a_chart_of_others_can_depend_on_it():
    """With global values, nulls that take defaults out, and a condition."""
    with tempfile.TemporaryDirectory() as folder:
        parent = Path(folder)
        shutil.copytree(CHART, parent / "charts/evenkeel")
        (parent / "Chart.yaml").write_text(
            "apiVersion: v2\nname: platform\nversion: 1.0.0\ndependencies:\n"
            "  - {name: evenkeel, version: 0.1.0, condition: evenkeel.enabled}\n", encoding="utf-8")
        (parent / "ours.yaml").write_text(  # in the parent's own values.yaml Helm 4 passes nulls over
            "global: {imageRegistry: mirror.example.com, team: x}\nevenkeel:\n  podSecurityContext: {runAsUser: null}\n"
            "  podAnnotations: {linkerd.io/inject: null}\n  nodeSelector: {kubernetes.io/os: null}\n", encoding="utf-8")
        result = helm("template", "platform", parent, "--namespace", NAMESPACE, "--values", parent / "ours.yaml")
        assert result.returncode == 0, result.stderr
        pod = Manifests(result.stdout).find("Deployment", "platform-evenkeel")["spec"]["template"]
        assert pod["spec"]["containers"][0]["image"] == "mirror.example.com/evenkeel:0.2.0"
        assert "runAsUser" not in pod["spec"]["securityContext"] and pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert "linkerd.io/inject" not in pod["metadata"]["annotations"] and "nodeSelector" not in pod["spec"]
        off = helm("template", "platform", parent, "--namespace", NAMESPACE, "--set", "evenkeel.enabled=false")
        assert off.returncode == 0 and "kind:" not in off.stdout, off.stderr + off.stdout


def a_dependency_can_be_off():
    assert template(HERE / "values/everywhere.yaml", "--set", "enabled=false").stdout.strip() in ("", "---")
    assert template(HERE / "values/monitoring.yaml", "--set", "enabled=false").stdout.strip() in ("", "---")


def the_version_is_the_least_known():
    """Without a cluster that is the API server's, for the policy and for the chart's own hook."""
    for version, minor, sleeps in (("1.29.9", "1.29", False), ("1.30.0", "1.30", True)):
        manifests = default("--kube-version", version)
        assert ("lifecycle" in pods(manifests)[0]["spec"]["containers"][0]) == sleeps, version
        assert 'kubernetesVersion: "%s"' % minor in manifests.find("ConfigMap", "evenkeel-policy")["data"]["policy.yaml"]
    older = default("--kube-version", "1.33.1", "--set-string", "policy.cluster.kubernetesVersion=v1.28.3-gke.1")
    assert "lifecycle" not in pods(older)[0]["spec"]["containers"][0], "it followed the API server"


def a_policy_file_is_taken_whole():
    path = ROOT / "docs/examples/policies/articles.yaml"
    manifests = default("--set-file", "policyFile=%s" % path)
    text = manifests.find("ConfigMap", "evenkeel-policy")["data"]["policy.yaml"]
    made, own = documents(text)[0], documents(path.read_text(encoding="utf-8"))[0]
    assert made.pop("cluster") and own.pop("cluster", True)
    made.pop("apiVersion"), made.pop("kind")
    own = {key: value for key, value in own.items() if key not in ("apiVersion", "kind")}
    assert made == own, (made, own)
    refused = template(HERE / "values/default.yaml", "--set-file", "policyFile=%s" % (HERE / "policy-file-zero.yaml"))
    assert refused.returncode != 0 and "cannot both be 0" in refused.stderr, refused.stderr


def a_policy_of_ones_own_is_sent_everything():
    manifests = default("--set", "policy.existingConfigMap=mine")
    assert "evenkeel-policy" not in [item["metadata"]["name"] for item in manifests.all]
    for pod in pods(manifests):
        volume, = (volume for volume in pod["spec"]["volumes"] if volume["name"] == "policy")
        assert volume["configMap"]["name"] == "mine"
    workloads, services = manifests.find("MutatingWebhookConfiguration")["webhooks"]
    assert [rule["resources"][0] for rule in workloads["rules"] + services["rules"]] == [
        "deployments", "statefulsets", "daemonsets", "clonesets", "rollouts", "services"]
    assert "something-changed" not in [condition["name"] for condition in workloads["matchConditions"]]


def certificates_have_the_urls_host():
    for host, key in (("keel.example.com", "dnsNames"), ("192.0.2.7", "ipAddresses")):
        options = ("--set", "webhook.url=https://%s/mutate" % host, "--set", "certificates.certManager.commonName=keel",
                   "--set", "certificates.certManager.privateKey.algorithm=RSA",
                   "--set", "certificates.certManager.privateKey.size=3072")
        spec = render(HERE / "values/cert-manager.yaml", *options).find("Certificate", "evenkeel")["spec"]
        assert host in spec[key] and spec["commonName"] == "keel", spec
        assert (spec["privateKey"]["algorithm"], spec["privateKey"]["size"]) == ("RSA", 3072)


def sidecars_stay_out():
    for pod in pods(default()):
        assert pod["metadata"]["labels"]["sidecar.istio.io/inject"] == "false"
        assert pod["metadata"]["annotations"]["linkerd.io/inject"] == "disabled"


def opted_out_objects_with_a_record_are_sent():
    hook, = default().find("MutatingWebhookConfiguration")["webhooks"]
    conditions = {condition["name"]: condition["expression"] for condition in hook["matchConditions"]}
    assert "'evenkeel.dev/injected' in o.metadata.annotations" in conditions["not-opted-out"]
    assert "object.metadata.labels['evenkeel.dev/inject']" in conditions["something-changed"]


def a_small_limit_is_refused_by_what_bodies_need():
    def refused(*options):
        return template(HERE / "values/default.yaml", *options).returncode != 0
    assert refused("--set", "resources.limits.memory=180M")
    assert not refused("--set", "resources.limits.memory=176Mi") and not refused("--set", "resources.limits.memory=1Gi")
    assert not refused("--set", "resources.limits.memory=64Mi", "--set", "server.maxBodiesBytes=33554432")
    assert not refused("--set", "resources.limits=null")


TESTS = [openshift_gives_the_ids, a_quota_admits_the_system_class, pods_follow_the_values, ports_follow_everywhere,
         objects_follow_the_values, configuration_follows_the_values, monitoring_follows_the_values,
         no_key_is_written_twice, a_chart_of_others_can_depend_on_it, a_dependency_can_be_off,
         the_version_is_the_least_known, a_policy_file_is_taken_whole,
         a_policy_of_ones_own_is_sent_everything, certificates_have_the_urls_host, sidecars_stay_out,
         opted_out_objects_with_a_record_are_sent, a_small_limit_is_refused_by_what_bodies_need]
