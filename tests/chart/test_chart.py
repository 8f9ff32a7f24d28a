#!/usr/bin/env python3
"""The Helm chart, judged by Helm: every value set renders to what it should, and bad values fail the installation
with a message that says where. Each file of values/ and bad/ is one."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from helm import (CHART, EVENKEEL, HELM, MISSING, NAMESPACE, ROOT, Manifests, header, helm, run, run_tests,  # noqa: E402
                  template)
import places  # noqa: E402
import refusals  # noqa: E402

HERE = Path(__file__).resolve().parent
VALUES = sorted((HERE / "values").glob("*.yaml"))
BAD = sorted((HERE / "bad").glob("*.yaml"))
RENDERED = {}


def rendered(name):
    if name not in RENDERED:
        result = template(HERE / "values" / (name + ".yaml"))
        assert result.returncode == 0, result.stderr
        RENDERED[name] = Manifests(result.stdout)
    return RENDERED[name]


def pod(name):
    return rendered(name).find("Deployment")["spec"]["template"]["spec"]


def arguments(name):
    return pod(name)["containers"][0]["args"]


def webhooks(name):
    return rendered(name).find("MutatingWebhookConfiguration")["webhooks"]


def resources(webhook):
    return [resource for rule in webhook["rules"] for resource in rule["resources"]]


def lints():
    for path in VALUES:
        if header(path, "kube-version") is None:
            result = helm("lint", CHART, "--strict", "--namespace", NAMESPACE, "--values", path)
            assert result.returncode == 0, "%s: %s" % (path.name, result.stdout)


def every_set_renders_a_sound_policy():
    for path in VALUES:
        manifests = rendered(path.stem)
        policy = [item["data"]["policy.yaml"] for item in manifests.all
                  if item["kind"] == "ConfigMap" and "policy.yaml" in item.get("data", {})]
        result = run(EVENKEEL, "check", "-", input=policy[0])
        errors = [line for line in result.stderr.splitlines() if ": warning: " not in line]
        assert not errors and result.returncode < 2, "%s: %s" % (path.name, result.stderr)


def chart_and_evenkeel_agree_on_policies():
    """Every policy of the examples and golden cases, put below `policy:` as it is: Helm takes what `check` takes."""
    paths = [path for folder in ("docs/examples", "tests/golden", "webhook/policy")
             for path in sorted((ROOT / folder).rglob("*.yaml"))]
    texts = {path.read_text(encoding="utf-8"): path for path in paths}
    policies = {path: text for text, path in texts.items() if re.search("^kind: RolloutPolicy$", text, re.M)}
    assert len(policies) > 50
    for path, text in policies.items():
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as values:
            values.write("policy:\n" + re.sub("(?m)^(?=.)", "  ", text))
            values.flush()
            result = template(Path(values.name))
        refused = [line for line in run(EVENKEEL, "check", path).stderr.splitlines() if ": warning: " not in line]
        assert bool(refused) == bool(result.returncode), "%s: %s %s" % (path, refused, result.stderr)
    print("# %d policies" % len(policies))


def bad_values_fail_clearly():
    wrong = []
    for path in BAD:
        expected = header(path, "expect")
        result = template(path)
        if result.returncode == 0 or expected not in result.stderr:
            wrong.append("%s: %r is not in %r" % (path.name, expected, result.stderr or "what was accepted"))
    assert not wrong, "\n".join(wrong)


def bad_policies_are_bad_to_evenkeel():
    """The chart refuses nothing that evenkeel would take."""
    for path in BAD:
        if not path.name.startswith("policy-"):
            continue
        body = path.read_text(encoding="utf-8").split("\npolicy:\n")[1]
        text = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n" + re.sub("(?m)^  ", "", body)
        result = run(EVENKEEL, "check", "-", input=text)
        assert result.returncode == 1 and [line for line in result.stderr.splitlines() if ": warning: " not in line], \
            "%s: %s" % (path.name, result.stderr)


def default_objects():
    expected = ["ConfigMap", "ConfigMap", "Deployment", "MutatingWebhookConfiguration", "NetworkPolicy", "Pod",
                "PodDisruptionBudget", "ResourceQuota", "Secret", "Service", "ServiceAccount"]
    assert rendered("default").kinds() == expected, rendered("default").kinds()
    for item in rendered("default").all:
        assert item["kind"] == "MutatingWebhookConfiguration" or item["metadata"]["namespace"] == NAMESPACE


def default_webhook():
    hook, = webhooks("default")
    assert hook["name"] == "workloads.evenkeel.dev"
    assert hook["rules"] == [{"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"],
                              "operations": ["CREATE", "UPDATE"], "scope": "Namespaced"}]
    for key, value in (("failurePolicy", "Ignore"), ("timeoutSeconds", 3), ("reinvocationPolicy", "IfNeeded"),
                       ("sideEffects", "None"), ("matchPolicy", "Equivalent"), ("admissionReviewVersions", ["v1"])):
        assert hook[key] == value, key
    assert hook["namespaceSelector"] == {
        "matchLabels": {"evenkeel.dev/inject": "enabled"},
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn",
                              "values": ["kube-system", NAMESPACE]}]}
    assert hook["clientConfig"]["service"] == {"name": "evenkeel", "namespace": NAMESPACE, "path": "/mutate",
                                               "port": 443}
    assert [condition["name"] for condition in hook["matchConditions"]] == [
        "not-being-deleted", "not-opted-out", "something-changed"]


def exactly_the_kinds_of_the_policy():
    for name, expected in (
            ("every-kind", [["deployments", "statefulsets", "daemonsets", "clonesets", "rollouts"]]),
            ("two-kinds", [["deployments", "statefulsets"]]),
            ("terway", [["deployments"], ["services"]]),
            ("services-only", [["services"]])):
        found = [resources(hook) for hook in webhooks(name)]
        assert found == expected, "%s: %s" % (name, found)
    names = [condition["name"] for condition in webhooks("services-only")[0]["matchConditions"]]
    assert "something-changed" not in names, "onUpdate: always wants every update"


def failure_policy_is_a_value():
    hook, = webhooks("fail-closed")
    assert hook["failurePolicy"] == "Fail" and hook["timeoutSeconds"] == 5
    assert hook["namespaceSelector"]["matchExpressions"][0]["values"] == ["kube-system", NAMESPACE, "monitoring"]


def batches_may_fail_closed():
    """Two entries that share the workloads out: each object goes to exactly one."""
    batches, others = webhooks("batches")
    assert (batches["name"], batches["failurePolicy"]) == ("batches.evenkeel.dev", "Fail")
    assert (others["name"], others["failurePolicy"]) == ("workloads.evenkeel.dev", "Ignore")
    assert batches["rules"] == others["rules"]
    condition, opposite = (hook["matchConditions"][-1] for hook in (batches, others))
    assert opposite["expression"] == "!(%s)" % condition["expression"]
    for part in ("'evenkeel.dev/batches' in o.metadata.annotations", "o.spec.minReadySeconds == 2147483646",
                 "request.kind.kind in ['Deployment', 'StatefulSet']", "^(shop-.*|legacy[.]x)$",
                 "object.metadata.labels['tier'] in ['web']", "^(canary-.)$", "^(gateway)$"):
        assert part in condition["expression"], part
    assert condition["expression"].count("r.controller") == 2, "only the entry with includeOwned takes owned objects"
    assert [hook["name"] for hook in webhooks("default")] == ["workloads.evenkeel.dev"]


def pods_are_locked_down():
    for name in ("default", "whole-policy", "old-kubernetes"):
        for spec in (pod(name), rendered(name).find("Pod")["spec"]):
            assert spec["automountServiceAccountToken"] is False
            assert spec["securityContext"]["runAsNonRoot"] is True
            assert spec["securityContext"]["runAsUser"] == 65532
            assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            for container in spec["containers"]:
                assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities":
                                                        {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
                assert container["resources"]["limits"].get("cpu") is None


def own_medicine():
    spec, deployment = pod("default"), rendered("default").find("Deployment")["spec"]
    container, = spec["containers"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleep > 0 and "--drain-seconds=15" in container["args"]
    assert spec["terminationGracePeriodSeconds"] >= sleep + 15 + 15 + 5
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "admin"}
    # One by zone too would void both on nodes without zones: the scheduler leaves out those that lack the label of any.
    assert [spread["topologyKey"] for spread in spec["topologySpreadConstraints"]] == ["kubernetes.io/hostname"]
    zone, = spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert zone["podAffinityTerm"]["topologyKey"] == "topology.kubernetes.io/zone"
    assert zone["podAffinityTerm"]["labelSelector"]["matchLabels"].items() <= (
        rendered("default").find("Deployment")["spec"]["template"]["metadata"]["labels"].items())
    assert rendered("default").find("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert spec["priorityClassName"] == "system-cluster-critical"
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}


def old_kubernetes_has_no_native_sleep():
    assert "lifecycle" not in pod("old-kubernetes")["containers"][0]
    policy = rendered("old-kubernetes").find("ConfigMap", "evenkeel-policy")["data"]["policy.yaml"]
    assert 'kubernetesVersion: "1.28"' in policy, policy
    assert not {"NetworkPolicy", "PodDisruptionBudget"} & set(rendered("old-kubernetes").kinds())
    result = template(HERE / "values/default.yaml", "--kube-version", "1.27.9")
    assert result.returncode != 0 and "1.28" in result.stderr, result.stderr


def selectors_choose_the_webhook_alone():
    for name in ("default", "whole-policy"):
        manifests = rendered(name)
        selector = manifests.find("Service")["spec"]["selector"]
        labels = manifests.find("Deployment")["spec"]["template"]["metadata"]["labels"]
        assert selector.items() <= labels.items()
        assert not selector.items() <= manifests.find("Pod")["metadata"]["labels"].items(), "the test pod would serve"


def own_ca():
    """Secret and configuration agree, and evenkeel signs with it what the API server would take."""
    manifests = rendered("default")
    secret = manifests.find("Secret", "evenkeel-ca")
    assert secret["type"] == "kubernetes.io/tls"
    hook, = webhooks("default")
    assert hook["clientConfig"]["caBundle"] == secret["data"]["ca.crt"]
    assert "--ca=/etc/evenkeel/tls" in arguments("default")
    assert "--dns-name=evenkeel.%s.svc" % NAMESPACE in arguments("default")
    with tempfile.TemporaryDirectory() as folder:
        for key, value in secret["data"].items():
            (Path(folder) / key).write_bytes(base64.b64decode(value))
        result = run(EVENKEEL, "certs", "verify", "--cert=%s/tls.crt" % folder, "--key=%s/tls.key" % folder,
                     "--bundle=%s/ca.crt" % folder, "--namespace=" + NAMESPACE)
        assert result.returncode == 0, result.stderr
        assert "prime256v1" in run(EVENKEEL, "certs", "show", folder + "/tls.crt").stdout


def serves_what_is_rendered():
    """The container's own arguments start the server, with its files where the volumes would be."""
    manifests = rendered("default")
    with tempfile.TemporaryDirectory() as folder:
        for place, data in (("policy", manifests.find("ConfigMap", "evenkeel-policy")["data"]),
                            ("tls", manifests.find("Secret")["data"])):
            (Path(folder) / place).mkdir()
            for key, value in data.items():
                content = base64.b64decode(value) if place == "tls" else value.encode()
                (Path(folder) / place / key).write_bytes(content)
        own = [re.sub("listen=:.*", "listen=127.0.0.1:0", argument.replace("/etc/evenkeel", folder))
               for argument in arguments("default")]
        server = subprocess.Popen([EVENKEEL, *own], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  universal_newlines=True)
        log = []
        try:
            for line in server.stderr:
                log.append(line)
                if '"serving"' in line or "listening" in line:
                    break
            assert server.poll() is None, "".join(log)
            assert any("policy loaded" in line for line in log), "".join(log)
            assert any("certificate loaded" in line for line in log), "".join(log)
        finally:
            server.send_signal(signal.SIGINT)
            server.stderr.close()
            server.wait(20)


def cert_manager():
    manifests = rendered("cert-manager")
    issuers = {item["metadata"]["name"]: item["spec"] for item in manifests.all if item["kind"] == "Issuer"}
    assert issuers == {"evenkeel-selfsigned": {"selfSigned": {}}, "evenkeel-ca": {"ca": {"secretName": "evenkeel-ca"}}}
    leaf = manifests.find("Certificate", "evenkeel")["spec"]
    assert leaf["secretName"] == "evenkeel-tls" and "evenkeel.%s.svc" % NAMESPACE in leaf["dnsNames"]
    assert leaf["issuerRef"] == {"kind": "Issuer", "name": "evenkeel-ca"}
    configuration = manifests.find("MutatingWebhookConfiguration")
    annotations = configuration["metadata"]["annotations"]
    assert annotations["cert-manager.io/inject-ca-from"] == NAMESPACE + "/evenkeel"
    assert "caBundle" not in configuration["webhooks"][0]["clientConfig"], "cert-manager's to write"
    assert "Secret" not in manifests.kinds()
    assert "--cert=/etc/evenkeel/tls/tls.crt" in arguments("cert-manager")
    other = rendered("cert-manager-issuer")
    assert other.find("Certificate")["spec"]["issuerRef"] == {"kind": "ClusterIssuer", "name": "internal"}
    assert "Issuer" not in other.kinds()


def own_secrets():
    for name, secret, option in (("secret", "my-tls", "--key=/etc/evenkeel/tls/tls.key"),
                                 ("existing-ca", "my-ca", "--ca=/etc/evenkeel/tls")):
        assert "Secret" not in rendered(name).kinds()
        volume, = (volume for volume in pod(name)["volumes"] if volume["name"] == "tls")
        assert volume["secret"]["secretName"] == secret
        assert option in arguments(name)
        bundle = base64.b64decode(webhooks(name)[0]["clientConfig"]["caBundle"]).decode()
        assert bundle.startswith("-----BEGIN CERTIFICATE-----") and "PRIVATE" not in bundle
        first, second = (template(HERE / "values" / (name + ".yaml")).stdout for _ in range(2))
        assert first == second, "GitOps would see a difference at each rendering"


def autoscaling_sets_the_replicas():
    assert "replicas" not in rendered("autoscaling").find("Deployment")["spec"]
    scaler = rendered("autoscaling").find("HorizontalPodAutoscaler")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 4)
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "evenkeel"}


def nobody_is_called():
    spec = rendered("default").find("NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"] and spec["egress"] == []
    assert [rule["ports"][0]["port"] for rule in spec["ingress"]] == ["https", "admin"]
    assert "from" not in spec["ingress"][0], "an API server's address cannot be selected"


def monitoring():
    manifests = rendered("monitoring")
    assert manifests.find("ServiceMonitor")["metadata"]["labels"]["release"] == "prometheus"
    rules, = manifests.find("PrometheusRule")["spec"]["groups"]
    assert {rule["alert"] for rule in rules["rules"]} == {
        "EvenkeelNotReady", "EvenkeelUnanswered", "EvenkeelErrors", "EvenkeelSlow", "EvenkeelCertificateNearItsEnd",
        "EvenkeelCANearItsEnd", "EvenkeelReloadRefused", "EvenkeelPassedOver"}
    others, = rendered("secret").find("PrometheusRule")["spec"]["groups"]
    assert "EvenkeelCANearItsEnd" not in {rule["alert"] for rule in others["rules"]}, "there is no CA to speak of"
    for rule in rules["rules"]:
        expression = rule["expr"]
        for pair in ("()", "{}", "[]"):
            assert expression.count(pair[0]) == expression.count(pair[1]), expression
        assert "{ " not in expression and "{{" not in expression, expression
    dashboard = manifests.find("ConfigMap", "evenkeel-dashboard")
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert len(json.loads(dashboard["data"]["evenkeel.json"])["panels"]) > 8
    annotations = manifests.find("Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert "prometheus.io/scrape" not in annotations, "scraped twice"
    annotations = rendered("default").find("Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert (annotations["prometheus.io/scrape"], annotations["prometheus.io/port"]) == ("true", "8080")
    assert not {"ServiceMonitor", "PrometheusRule"} & set(rendered("default").kinds()), "their kinds may not be known"


def notes_say_what_comes_next():
    for name, wanted, unwanted in (
            ("default", ["rollout status deployment/evenkeel", "helm test -n %s evenkeel" % NAMESPACE, "evenkeel preview -",
                         "kubectl label namespace NAMESPACE evenkeel.dev/inject=enabled", "-l evenkeel.dev/held",
                         "Secret evenkeel-ca was made by Helm"], ["in observe mode", "failurePolicy is Fail"]),
            ("observe", ["in observe mode: it reports and changes nothing"], []),
            ("fail-closed", ["kubectl delete mutatingwebhookconfiguration evenkeel"], []),
            ("existing-ca", ["rollout status"], ["was made by Helm"]),
            ("whole-policy", ["rollout status deployment/keel"], [])):
        result = helm("install", "evenkeel", CHART, "--namespace", NAMESPACE, "--dry-run=client", "--values",
                      HERE / "values" / (name + ".yaml"))
        assert result.returncode == 0, result.stderr
        notes = result.stdout.split("\nNOTES:\n")[1]
        for words in wanted:
            assert words in notes, "%s: %r is not in %s" % (name, words, notes)
        for words in unwanted:
            assert words not in notes, "%s: %s" % (name, words)


def names_follow_the_override():
    manifests = rendered("whole-policy")
    for kind in ("Deployment", "Service", "MutatingWebhookConfiguration"):
        assert manifests.find(kind)["metadata"]["name"] == "keel"
    assert "--dns-name=keel.%s.svc" % NAMESPACE in arguments("whole-policy")
    assert "--client-ca=/etc/evenkeel/policy/client-ca.crt" in arguments("whole-policy")
    assert arguments("whole-policy")[-1] == "--reload-seconds=2"
    image = pod("whole-policy")["containers"][0]["image"]
    assert image.startswith("registry.example.com/platform/evenkeel@sha256:0123")


def test_pod_checks_what_is_installed():
    """The test's own commands, run on what the volumes would hold."""
    manifests = rendered("default")
    spec = manifests.find("Pod")["spec"]
    with tempfile.TemporaryDirectory() as folder:
        for place, data in (("policy", manifests.find("ConfigMap", "evenkeel-policy")["data"]),
                            ("tls", manifests.find("Secret")["data"]),
                            ("trusted", manifests.find("ConfigMap", "evenkeel-test")["binaryData"])):
            (Path(folder) / place).mkdir()
            for key, value in data.items():
                content = value.encode() if place == "policy" else base64.b64decode(value)
                (Path(folder) / place / key).write_bytes(content)
        commands = [[argument.replace("/etc/evenkeel", folder) for argument in container["args"]]
                    for container in spec["containers"]]
        for command in commands:
            result = run(EVENKEEL, *command)
            assert result.returncode == 0, "%s: %s" % (command, result.stderr)
        stale = base64.b64decode(webhooks("secret")[0]["clientConfig"]["caBundle"])
        (Path(folder) / "trusted/ca.crt").write_bytes(stale)
        assert run(EVENKEEL, *commands[0]).returncode == 1, "a stale caBundle went unnoticed"


def plain(folder, **environment):
    """What `make manifests` writes there, without Helm unless there are values."""
    env = {key: value for key, value in os.environ.items() if key not in ("HELM", "VALUES", "IMAGE", "NAMESPACE", "KUBE_VERSION")}
    done = run(ROOT / "packaging/manifests", EVENKEEL, folder, env=dict(env, **environment))
    return done, (Path(folder) / "evenkeel.yaml").read_text(encoding="utf-8") if done.returncode == 0 else ""


def plain_manifests():
    """`make manifests`: complete, the same each time, and its CA is one that evenkeel signs with for this name alone."""
    with tempfile.TemporaryDirectory() as folder:
        done, text = plain(folder)
        assert done.returncode == 2 and "KUBE_VERSION=1.NN" in done.stderr, "a default would be wrong somewhere"
        done, text = plain(folder, KUBE_VERSION="v1.32.4", IMAGE="r.example.com/evenkeel:9")
        assert done.returncode == 0, done.stderr
        assert text == plain(folder, KUBE_VERSION="1.32", IMAGE="r.example.com/evenkeel:9")[1]
        assert "placeholder" not in text and 'kubernetesVersion: "1.32"' in text
        assert (Path(folder) / "evenkeel.yaml").stat().st_mode & 0o077 == 0, "others can read the CA's key"
        manifests = Manifests(text)
        assert manifests.all[0]["kind"] == "Namespace" and manifests.all[-1]["kind"] == "MutatingWebhookConfiguration"
        assert "Pod" not in manifests.kinds()
        container, = manifests.find("Deployment")["spec"]["template"]["spec"]["containers"]
        assert container["image"] == "r.example.com/evenkeel:9" and container["lifecycle"]["preStop"]["sleep"]
        secret = manifests.find("Secret", "evenkeel-ca")["data"]
        for key in ("tls.crt", "tls.key"):
            (Path(folder) / key).write_bytes(base64.b64decode(secret[key]))
        bundle = manifests.find("MutatingWebhookConfiguration")["webhooks"][0]["clientConfig"]["caBundle"]
        (Path(folder) / "bundle").write_text(bundle, encoding="utf-8")
        verify = [EVENKEEL, "certs", "verify", "--cert=%s/tls.crt" % folder, "--key=%s/tls.key" % folder,
                  "--bundle=%s/bundle" % folder]
        assert run(*verify, "--namespace=" + NAMESPACE).returncode == 0
        assert run(*verify, "--namespace=kube-system").returncode == 1


def plain_manifests_are_the_charts():
    """Without Helm the same comes out as with it, for old nodes too; and the file that serves for that is up to date."""
    made = run(ROOT / "packaging/plain", env=dict(os.environ, HELM=HELM))
    assert made.returncode == 0, made.stderr
    kept = (ROOT / "packaging/evenkeel.yaml").read_text(encoding="utf-8")
    assert Manifests(made.stdout).all == Manifests(kept).all, "run make chart with HELM"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "values.yaml").write_text("replicas: 2\n", encoding="utf-8")
        for version in ("1.29", "1.33"):
            texts = [plain(folder, KUBE_VERSION=version, NAMESPACE="other")[1],
                     plain(folder, KUBE_VERSION=version, NAMESPACE="other", HELM=HELM, VALUES=folder + "/values.yaml")[1]]
            found, wanted = (Manifests(text).all for text in texts)
            for items in (found, wanted):  # how long a pod may take is longer than an old one needs
                pod = next(item for item in items if item["kind"] == "Deployment")["spec"]["template"]["spec"]
                assert pod.pop("terminationGracePeriodSeconds") >= 35
            assert found == wanted, version


run_tests([lints, every_set_renders_a_sound_policy, chart_and_evenkeel_agree_on_policies, bad_values_fail_clearly,
           bad_policies_are_bad_to_evenkeel, default_objects, default_webhook, exactly_the_kinds_of_the_policy, failure_policy_is_a_value, batches_may_fail_closed,
           pods_are_locked_down, own_medicine, old_kubernetes_has_no_native_sleep,
           selectors_choose_the_webhook_alone, own_ca, serves_what_is_rendered, cert_manager, own_secrets,
           autoscaling_sets_the_replicas, nobody_is_called, monitoring, notes_say_what_comes_next, names_follow_the_override,
           test_pod_checks_what_is_installed, plain_manifests,
           plain_manifests_are_the_charts, *places.TESTS, *refusals.TESTS], skip=None if HELM else MISSING)
