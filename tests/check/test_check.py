#!/usr/bin/env python3
"""`evenkeel check`: its output forms and exit status, and that its JSON Schema and its policy reader agree.
Policies are written as JSON here, which is YAML too, so that both judge the same text."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = ROOT / "build/asan/evenkeel"
count = failed = 0


def check(*arguments, text=""):
    ran = subprocess.run([str(BINARY), "check", *arguments], input=text, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, universal_newlines=True, cwd=str(ROOT))
    return ran.returncode, ran.stdout, ran.stderr


def result(name, actual, expected):
    global count, failed
    count += 1
    failed += actual != expected
    print("%s %d - %s" % ("ok" if actual == expected else "not ok", count, name))
    if actual != expected:
        print("# %r instead of %r" % (actual, expected))


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"object": dict, "array": list, "string": str, "boolean": bool}[name])


def in_object(schema, value, root):
    properties = schema.get("properties", {})
    more = schema.get("additionalProperties", True)
    return (all(key in value for key in schema.get("required", [])) and
            all(valid(properties[key], value[key], root) if key in properties else
                more is True or more is not False and valid(more, value[key], root) for key in value))


def valid(schema, value, root):
    """The part of draft 07 that the schema uses; any other word in it is an error of this test."""
    known = {"$schema", "title", "description", "default", "definitions", "$ref", "type", "const", "enum",
             "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "items", "anyOf",
             "allOf", "not", "required", "properties", "additionalProperties"}
    assert not set(schema) - known, set(schema) - known
    if "$ref" in schema:
        return valid(root["definitions"][schema["$ref"].rsplit("/", 1)[1]], value, root)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, name) for name in types):
        return False
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        return False
    if is_type(value, "integer") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return False
    if isinstance(value, str) and not (schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
                                       and re.search(schema.get("pattern", ""), value)):
        return False
    if isinstance(value, list) and not (
            schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)) and
            all(valid(schema.get("items", {}), item, root) for item in value)):
        return False
    if isinstance(value, dict) and not in_object(schema, value, root):
        return False
    if "anyOf" in schema and not any(valid(part, value, root) for part in schema["anyOf"]):
        return False
    if not all(valid(part, value, root) for part in schema.get("allOf", [])):
        return False
    return "not" not in schema or not valid(schema["not"], value, root)


HEAD = {"apiVersion": "evenkeel.dev/v1alpha1", "kind": "RolloutPolicy"}
DEPLOYMENTS = {"kinds": ["Deployment"]}


def workload(**rules):
    return {**HEAD, "workloads": [rules]}


def match(**parts):
    return workload(match=parts, minReadySeconds=5)


GOOD = [
    HEAD,
    {**HEAD, "metadata": {"name": "x"}, "cluster": {"kubernetesVersion": "v1.30.4-aliyun.1", "network": "terway",
                                                        "sharedClaims": ["media-*", "shop/uploads"]},
     "mode": "observe", "onUpdate": "never", "whenAmbiguous": "keep", "onError": "deny"},
    workload(minReadySeconds=5), workload(minReadySeconds={"seconds": 5, "mode": "observe", "enabled": False}),
    workload(match=DEPLOYMENTS, readinessProbe={}), workload(match=DEPLOYMENTS, readinessProbe="auto"),
    workload(match=DEPLOYMENTS, readinessProbe={"port": 8080}),
    workload(match=DEPLOYMENTS, readinessProbe={"httpGet": {"port": "web", "path": "/x", "httpHeaders": [{"name": "a", "value": "b"}]}}),
    workload(preStop={"exec": {"command": ["sudo", "{app_name}"]}, "execSeconds": 10}),
    workload(rollingUpdate={"maxSurge": "50%", "maxUnavailable": 1}),
    workload(nodeAffinity={"preferred": [{"weight": 1, "preference": {"matchExpressions": [
        {"key": "deploy", "operator": "Exists"}]}}]}),
    match(kinds=["Deployment", "CloneSet"], namespaces=["prod-*"], names=["a?b"], includeOwned=True,
          labelSelector={"matchLabels": {"a": "b"},
                         "matchExpressions": [{"key": "c", "operator": "NotIn", "values": ["d"]}]},
          exclude=[{"names": ["b"]}]),
    {**HEAD, "services": [{"match": {"kinds": ["Service"]}, "annotations": {"set": {"a": "b"}, "live": True}}]},
    {**HEAD, "services": [{"annotations": {"add": [{"name": "a", "merge": "b={grace_seconds}", "live": False, "when": {
        "types": ["NodePort"], "loadBalancerClasses": ["a/*"], "present": ["c=d"], "absent": ["e"]}}, {"name": "a", "value": ""}]}}]},
    workload(podAnnotations={"set": {"a": "b"}, "when": {"absent": ["c"]}}),
    {**HEAD, "services": [{"externalTrafficPolicy": "Local", "connectionDrain": {"timeoutSeconds": 30}}]},
]
BAD = [
    [], {}, {**HEAD, "kind": "Policy"}, {**HEAD, "modes": "x"}, {**HEAD, "mode": "x"}, {**HEAD, "mode": True},
    {**HEAD, "metadata": {"labels": {}}}, {**HEAD, "cluster": {"kubernetesVersion": 1.3}},
    {**HEAD, "cluster": {"sharedClaims": "media"}}, {**HEAD, "cluster": {"sharedClaims": []}},
    {**HEAD, "cluster": {"kubernetesVersion": "2.0"}}, {**HEAD, "workloads": {}}, {**HEAD, "workloads": [5]},
    workload(prob=5), workload(backendType="eni"), {**HEAD, "services": [{"minReadySeconds": 5}]},
    workload(minReadySeconds="5"), workload(minReadySeconds=-1), workload(minReadySeconds={"second": 5}),
    workload(minReadySeconds=None), workload(minReadySeconds=False), workload(minReadySeconds=[5]),
    workload(readinessProbe={"httpGet": {}}), workload(readinessProbe={"httpGet": {"port": 70000}}),
    workload(readinessProbe={"httpGet": {"port": 1}, "tcpSocket": {"port": 1}}),
    workload(readinessProbe={"httpGet": {"port": 1, "scheme": "FTP"}}), workload(readinessProbe={"port": True}),
    workload(readinessProbe={"enabled": "true"}), workload(preStop={"exec": {"command": ["sleep", 30]}}),
    workload(preStop={"exec": {"command": []}}), workload(rollingUpdate={"maxSurge": "50"}),
    workload(rollingUpdate={"maxSurge": "101%"}), workload(rollingUpdate=5), workload(nodeAffinity={"preferred": []}),
    workload(nodeAffinity={"preferred": [{"weight": 101, "preference": {}}]}),
    match(kinds=["Service"]), match(kinds=[]), match(kinds=["Pod"]), match(names="a"), match(names=[]),
    match(names=["A"]), match(name=["a"]), match(exclude={}), match(exclude=[{"exclude": []}]),
    match(includeOwned="yes"), match(labelSelector={"matchLabels": {"a": 5}}),
    match(labelSelector={"matchExpressions": [{"key": "a"}]}),
    match(labelSelector={"matchExpressions": [{"key": "a", "operator": "in"}]}),
    {**HEAD, "services": [{"annotations": {"set": {"a": True}}}]},
    {**HEAD, "services": [{"annotations": {"add": []}}]},
    {**HEAD, "services": [{"annotations": {"add": [{"value": "b"}]}}]},
    {**HEAD, "services": [{"annotations": {"add": [{"name": "a", "merge": ""}]}}]},
    {**HEAD, "services": [{"annotations": {"when": {"type": ["NodePort"]}}}]},
    workload(podAnnotations={"live": True}), workload(podAnnotations={"when": {"types": ["NodePort"]}}),
    {**HEAD, "services": [{"match": {"kinds": ["Deployment"]}, "annotations": {"set": {"a": "b"}}}]},
]


def test_agreement():
    status, output, _ = check("--schema")
    result("--schema ends with 0", status, 0)
    schema = json.loads(output)
    for policy in GOOD:
        text = json.dumps(policy)
        result("good to both: " + text, (valid(schema, policy, schema), check("-", text=text)[2]), (True, ""))
    for policy in BAD:
        text = json.dumps(policy)
        result("bad to both: " + text, (valid(schema, policy, schema), check("-", text=text)[0]), (False, 1))


def test_forms():
    text = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nworkloads:\n"
    result("an error", check("-", text=text + "  - preStop: 15s\n"),
           (1, "", "evenkeel: stdin:4:14: sleepSeconds: expected an integer from 1 to 3600, "
                   "found the string \"15s\"\n"))
    result("a warning", check("-", text=text + "  - preStop: 20\n"),
           (1, "", "evenkeel: stdin:4:5: warning: preStop takes 20 s of the grace period, and no "
                   "terminationGracePeriodSeconds raises that above the API's 30 s\n"))
    head = ": Kubernetes 1.30, network other, mesh none, mode enforce, onUpdate templateChanged, whenAmbiguous inject, onError allow\n"
    entry = "  - {match: {kinds: [Deployment, DaemonSet], names: [a, \"b-*\"], exclude: [{namespaces: [c]}], includeOwned: " \
            "true, labelSelector: {matchExpressions: [{key: t, operator: NotIn, values: [u, v]}]}}, preStop: {mode: " \
            "observe}, minReadySeconds: {enabled: false}}\n"
    result("what a policy does", check("-", text=text + entry),
           (0, "stdin" + head + "stdin:4: every Deployment or DaemonSet named a or b-* with label t not in (u, v), also "
               "owned ones, except every workload in c: preStop (sleepSeconds 15, observe), minReadySeconds off\n", ""))
    output = check("-", text=text + "  - preStop: 5\n  - match: {names: [a]}\n    mode: observe\n    preStop: {}\n    rollingUpdate: {maxSurge: 50%}\n")[1]
    result("the numbers are those of all entries that apply", output.splitlines()[2:], [
        "stdin:5: every workload named a: preStop (sleepSeconds 5, observe), rollingUpdate (maxSurge 50%, maxUnavailable 0, observe)"])
    output = check("-", text=text + "  - match: {kinds: [Deployment]}\n    terminationGracePeriodSeconds: {userSet: raise}\n    readinessProbe: {evidence: certain}\n")[1]
    result("words are shown where they were given", ("userSet raise)" in output, "evidence certain)" in output, "userSet keep" in output),
           (True, True, False))
    inside = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n  policy.yaml: |\n"
    inside += "".join("    %s\n" % line for line in (text + "  - preStop: 15s\n").splitlines())
    where = check("-", text=text + "  - preStop: 15s\n")[2].split(":")
    moved = ":".join([*where[:2], str(int(where[2]) + 5), str(int(where[3]) + 4), *where[4:]])
    result("a ConfigMap that holds a policy: the file's lines and columns", check("-", text=inside), (1, "", moved))
    for first, last in (("---\n", ""), ("--- # of the shop\n", "...\n"), ("# a\n%YAML 1.1\n---\n\n", "... # the end\n")):
        lines = "".join("    %s\n" % line for line in (first + text + "  - preStop: 15s\n" + last).splitlines())
        marked = ":".join([*where[:2], str(int(where[2]) + 5 + first.count("\n")), str(int(where[3]) + 4), *where[4:]])
        result("with document markers in it: %r" % first, check("-", text=inside.partition("|\n")[0] + "|\n" + lines), (1, "", marked))
        result("and a policy without a mistake", check("-", text=inside.partition("|\n")[0] + "|\n" + lines.replace("15s", "15"))[0], 0)
    result("one that holds it as JSON", check("-", text=json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "data": {"policy": text + entry}}))[0], 0)
    result("a missing file", check("no/such/file"), (2, "", "evenkeel: no/such/file: No such file or directory\n"))
    result("a folder", check("tests"), (2, "", "evenkeel: tests: Is a directory\n"))
    result("no file", check()[0], 2)
    result("an unknown option", check("--bogus")[0], 2)
    result("--help", (check("--help")[0], check("--help")[2]), (0, ""))
    result("too large", check("-", text="#" * (1 << 20) + "\n"), (1, "", "evenkeel: stdin:1:1: larger than 1024 KiB\n"))
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text + "  - preStop: x\n")
        file.flush()
        status, output, error = check("no/such/file", file.name)
        result("the worst of several", status, 2)
        result("the others are checked nevertheless", ("%s:4:14: " % file.name) in error, True)


UNREADABLE = {
    "a tab": b"workloads:\n  - \tpreStop: {}\n\t- x\n", "cut short": b"workloads: [", "binary": bytes(range(256)), "NUL": b"a: \0\n",
    "Latin-1": "a: \xe9\n".encode("latin-1"), "UTF-16": "a: b\n".encode("utf-16"), "UTF-32": "a: b\n".encode("utf-32"),
    "an unknown alias": b"a: *b\n", "a Helm template": b"mode: {{ .Values.mode }}\n{{- end }}\n", "deep": b"a: " + b"[" * 200 + b"]" * 200,
    "deep JSON": b'{"a":' * 2000 + b"1" + b"}" * 2000, "cut JSON": b'{"a":{"b":1}',
    "aliases of aliases": b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (98 + i, 98 + i, b", ".join([b"*%c" % (97 + i)] * 9)) for i in range(9)),
}


def test_unreadable():
    """What is no YAML: one line with its place, and the files behind it are read nevertheless."""
    with tempfile.TemporaryDirectory() as folder:
        good, bad = Path(folder, "good.yaml"), Path(folder, "bad.yaml")
        good.write_text(json.dumps(HEAD))
        for name, text in UNREADABLE.items():
            bad.write_bytes(text)
            status, output, error = check(str(bad), str(good))
            result("unreadable: " + name, (status, bool(re.fullmatch(r"evenkeel: %s:\d+:\d+: [^\n]+\n" % re.escape(str(bad)), error)),
                                           str(good) in output), (1, True, True))


def test_lists():
    default = check("--print-default")
    result("--print-default prints the file", default,
           (0, (ROOT / "webhook/loader/default.yaml").read_text(), ""))
    result("the default policy is fine", check("-", text=default[1])[0], 0)
    status, output, _ = check("--list-rules")
    result("--list-rules ends with 0", status, 0)
    rules = json.loads(check("--schema")[1])["properties"]
    named = [key for part in ("workloads", "services") for key in rules[part]["items"]["properties"] if key not in ("match", "mode")]
    result("--list-rules has every rule of the schema", sorted(re.findall("^### (.*)$", output, re.M)), sorted(named))
    document = (ROOT / "docs/POLICY.md").read_text().split("<!-- From here on: evenkeel check --list-rules -->\n", 1)
    if "POLICY_UPDATE" in os.environ:
        document[1] = output
        (ROOT / "docs/POLICY.md").write_text(
            "<!-- From here on: evenkeel check --list-rules -->\n".join(document))
    result("docs/POLICY.md ends with --list-rules (POLICY_UPDATE=1 with this test writes it)",
           document[1] == output, True)
    status, output, _ = check("--list-reasons")
    header = (ROOT / "webhook/policy/reason.h").read_text()
    result("--list-reasons has every word", [word for word in re.findall(r'X\(\w+, "([a-z-]+)"', header)
                                             if not re.search("^  %s " % word, output, re.M)], [])


def test_examples():
    block = re.search("```yaml\n(.*?)```", (ROOT / "docs/POLICY.md").read_text(), re.S).group(1)
    status, _, error = check("-", text=block)
    result("fine: the example in docs/POLICY.md", (status, error), (0, ""))
    for path in sorted((ROOT / "docs/examples/policies").glob("*.yaml")):
        status, _, error = check(str(path))
        result("fine: " + path.name, (status, error), (0, ""))


if not BINARY.exists():
    print("1..0 # SKIP build/asan/evenkeel is not built")
    sys.exit(0)
test_forms()
test_unreadable()
test_lists()
test_examples()
test_agreement()
print("1..%d" % count)
sys.exit(1 if failed else 0)
