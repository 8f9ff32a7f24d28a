"""Values that somebody gives and the chart cannot use, as Helm judges them: parts of test_chart.py. What would be
passed over is refused, and a null either means none or is refused by name."""

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helm import CHART, ROOT, Manifests, documents, template

HERE = Path(__file__).resolve().parent
ARTICLES = ROOT / "docs/examples/policies/articles.yaml"


def render(path, *options):
    result = template(HERE / "values" / path, *options)
    assert result.returncode == 0, result.stderr
    return Manifests(result.stdout)


def refused(path, words, *options):
    result = template(HERE / "values" / path, *options)
    assert result.returncode != 0, "accepted: %s" % (options,)
    assert words in result.stderr, "%s: %r is not in %s" % (options, words, result.stderr)


def paths(values, above=""):
    for key, value in values.items():
        if "/" not in key:
            yield above + key
            if isinstance(value, dict):
                yield from paths(value, above + key + ".")


def a_null_is_none_or_refused_by_name():
    """Each value of the chart in turn, where it is used."""
    kept = ("null cannot take it out", "older chart")

    def attempt(case):
        path, sets = case
        result = template(HERE / "values" / sets, "--set", path + "=null")
        clear = any(words in result.stderr for words in kept) if result.returncode else "<nil>" not in result.stdout
        return None if clear else "%s, %s: %s" % (path, sets, result.stderr or "<nil>")

    values, = documents((CHART / "values.yaml").read_text(encoding="utf-8"))
    cases = [(path, "cert-manager.yaml" if path.startswith("certificates") else "monitoring.yaml")
             for path in paths(values) if not path.startswith("policy.")]
    assert len(cases) > 100, len(cases)
    with ThreadPoolExecutor(4) as pool:
        unclear = [line for line in pool.map(attempt, cases) if line]
    assert not unclear, "\n".join(unclear)
    spec = render("default.yaml", "--set", "resources=null").find("Deployment")["spec"]["template"]["spec"]
    assert spec["containers"][0]["resources"] == {}, spec["containers"][0]["resources"]
    refused("default.yaml", "webhook.namespaceSelector: null", "--set", "webhook.namespaceSelector=null")


def what_a_policy_file_passes_over_is_refused():
    """Values that only have their defaults are nobody's."""
    file = ("--set-file", "policyFile=%s" % ARTICLES)
    own = ("--set", "policy.existingConfigMap=mine")
    for options, value in ((file, "policy.mode=observe"), (file, "policy.cluster.network=terway"),
                           (file, "policy.workloads[0].preStop.sleepSeconds=9"), (own, "policy.mode=observe"),
                           (file, "policy.cluster.sharedClaims[0]=data"), (own, "policy.cluster.mesh=istio")):
        refused("default.yaml", "%s would be ignored" % value.split("=")[0].split("[")[0], *options, "--set", value)
    refused("default.yaml", "policyFile would be ignored", *file, *own)
    refused("default.yaml", "policyFile is empty", "--set-file", "policyFile=/dev/null")
    for options in (file, own, (*own, "--set", "policyFile=null"), (*file, "--set", "policy.cluster=null"),
                    (*file, "--set", "policy.mode=enforce")):
        render("default.yaml", *options)


def a_policy_file_takes_the_version_of_the_values():
    """A file without one follows it, and so does the hook of evenkeel's own pods."""
    given = ("--kube-version", "1.33.1", "--set-string", "policy.cluster.kubernetesVersion=1.29")
    manifests = render("default.yaml", "--set-file", "policyFile=%s" % ARTICLES, *given)
    assert 'kubernetesVersion: "1.29"' in manifests.find("ConfigMap", "evenkeel-policy")["data"]["policy.yaml"]
    assert "lifecycle" not in manifests.find("Deployment")["spec"]["template"]["spec"]["containers"][0]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as written:
        written.write('kind: RolloutPolicy\ncluster: {kubernetesVersion: "1.31"}\nworkloads: [{preStop: {}}]\n')
        written.flush()
        file = ("--set-file", "policyFile=" + written.name)
        refused("default.yaml", "is 1.29, but policyFile says 1.31", *file, *given)
        render("default.yaml", *file, *given[:3], "policy.cluster.kubernetesVersion=v1.31.4")


def known_defaults_are_those_of_the_values():
    """Else a value that nobody gave would be refused."""
    values, = documents((CHART / "values.yaml").read_text(encoding="utf-8"))
    values["policy"].pop("existingConfigMap")
    text = (CHART / "templates/_policy_values.tpl").read_text(encoding="utf-8")
    body = text.split('{{- define "evenkeel.policyDefaults" -}}\n')[1].split("{{- end }}")[0]
    assert documents(body)[0] == values["policy"], body


def a_client_ca_is_mounted_beside_ones_own_policy():
    """The file that --client-ca names is in a ConfigMap that the pod mounts there, and that the chart makes."""
    for options in ((), ("--set", "policy.existingConfigMap=mine")):
        manifests = render("default.yaml", "--set", "server.clientCA=-----BEGIN CERTIFICATE-----x", *options)
        spec = manifests.find("Deployment")["spec"]["template"]["spec"]
        container, = spec["containers"]
        path, = (Path(word.split("=")[1]) for word in container["args"] if word.startswith("--client-ca="))
        mount, = (mount["name"] for mount in container["volumeMounts"] if mount["mountPath"] == str(path.parent))
        volume, = (volume["configMap"]["name"] for volume in spec["volumes"] if volume["name"] == mount)
        assert manifests.find("ConfigMap", volume)["data"][path.name].startswith("-----BEGIN"), volume


def pages_promise_of_a_policy_file_what_is_true():
    """A mistake that only `evenkeel check` finds is accepted in a file, and two pages say so."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write("kind: RolloutPolicy\nworkloads: [{preStop: {sleepSeconds: abc}}]\n")
        file.flush()
        accepted = template(HERE / "values/default.yaml", "--set-file", "policyFile=" + file.name).returncode == 0
    for path in (ROOT / "docs/INSTALL.md", CHART / "README.md"):
        said = re.search(r"In a `policyFile` \w+( \w+)? finds only\s+some\s+mistakes", path.read_text(encoding="utf-8"))
        assert bool(said) == accepted, path


TESTS = [a_null_is_none_or_refused_by_name, what_a_policy_file_passes_over_is_refused,
         a_policy_file_takes_the_version_of_the_values, known_defaults_are_those_of_the_values,
         a_client_ca_is_mounted_beside_ones_own_policy, pages_promise_of_a_policy_file_what_is_true]
