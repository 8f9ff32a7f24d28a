#!/usr/bin/env python3
"""`evenkeel preview`: its output forms, exit status, options, odd and broken input, and attacks on its readers."""

import json
import os
import re
import stat
import subprocess
import tempfile
import time
from pathlib import Path

from preview import ROOT, differs, finish, preview, result

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop # the shop
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
      - name: app
        image: "shop:1"
        ports:
        - containerPort: 8080
"""
POLICY = """apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
workloads:
  - match: {kinds: [Deployment]}
    minReadySeconds: 5
"""
RECORD = "    evenkeel.dev/injected: '{\"spec.minReadySeconds\":5}'\n"
PATCHED = DEPLOYMENT.replace("the shop\n", "the shop\n  annotations:\n" + RECORD) + "  minReadySeconds: 5\n"
DIFF = """--- stdin
+++ stdin
@@ -2,6 +2,8 @@
 kind: Deployment
 metadata:
   name: shop # the shop
+  annotations:
+    evenkeel.dev/injected: '{"spec.minReadySeconds":5}'
 spec:
   selector: {matchLabels: {app: shop}}
   template:
@@ -13,3 +15,4 @@
         image: "shop:1"
         ports:
         - containerPort: 8080
+  minReadySeconds: 5
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: |-\n  b\n}\n".replace(" |-\n  b\n", " b")


def run(*arguments, text=DEPLOYMENT, status=None, errors=None, **more):
    """stdout of a run, or what was wrong with its status or stderr. Output that is a result ends with 0, else 1."""
    if status is None:
        status = 0 if {"yaml", "json", "patch", "--write"} & set(arguments) else 1
    found, output, said = preview("--policy", str(FOLDER / "policy.yaml"), *arguments, text=text, **more)
    if found != status:
        return "exit status %d: %s" % (found, said.decode())
    if errors is not None and said.decode() != errors:
        return "stderr: " + said.decode()
    return output.decode()


def forms():
    result("diff", differs(run("-", errors=""), DIFF))
    result("yaml", differs(run("-o", "yaml", "-", errors=""), PATCHED))
    result("without --write nothing else is printed", differs(run("-q", "-"), ""))
    item = json.loads(run("-o", "json", "-"))
    result("json: one object", differs((item["kind"], item["spec"]["minReadySeconds"]), ("Deployment", 5)))
    listed = json.loads(run("-o", "json", "-", text=DEPLOYMENT + "---\n" + CONFIG_MAP))
    result("json: a list, with what is passed through",
           differs([item["kind"] for item in listed["items"]], ["Deployment", "ConfigMap"]))
    lines = [json.loads(line) for line in run("-o", "patch", "-", text=DEPLOYMENT + "---\n" + CONFIG_MAP).splitlines()]
    result("patch: a line for what changes", differs([(line["line"], line["kind"], line["name"], line["namespace"])
                                                     for line in lines], [(1, "Deployment", "shop", "default")]))
    result("patch: as an API server would get it",
           differs([op["path"] for op in lines[0]["patch"]],
                   ["/metadata/annotations/evenkeel.dev~1injected", "/spec/minReadySeconds"]))
    result("summary", differs(run("-o", "summary", "-n", "town", "-", text=DEPLOYMENT + "---\n" + CONFIG_MAP),
                              "stdin:1  town/Deployment/shop  would change  injected (unset): minReadySeconds\n"))
    explained = run("--explain", "-")
    result("explain: names the policy's entry", "" if "policy.yaml:4)" in explained else explained)
    result("explain: the diff still applies", patch_of(explained))
    result("colours", differs(run("--color", "-").count("\033[32m+"), 3))
    result("no colours where output is no terminal", differs("\033" in run("-"), False))


def timeline(spec, container):
    """The rollout's times that --explain shows for a pod of one container, under a policy that only looks after preStop."""
    text = DEPLOYMENT.replace("    spec:\n", "    spec:\n" + spec).replace("        image:", container + "        image:")
    policy = FOLDER / "hook.yaml"
    policy.write_text(POLICY.replace("minReadySeconds: 5", "preStop: 15\n    terminationGracePeriodSeconds: {}"))
    _, output, said = preview("-p", policy, "--explain", "-o", "summary", "-", text=text)
    return [line.split(": ", 1)[1] for line in (output + said).decode().splitlines() if re.search("   a (new|stopping) pod: ", line)]


def timelines():
    probe = "        %s: {tcpSocket: {port: 8080}, %s}\n"
    comes = "; counted as available 0 s after it is ready; the rollout fails after 600 s without progress"
    for name, spec, container, wanted in [
            ("no probe", "", "", ["ready as soon as its containers run, without a readiness probe" + comes,
             "0 s removed from endpoints, serves for 15 s; 15 s SIGTERM, and 30 s to drain; 45 s SIGKILL"]),
            ("a probe's delay and successes", "", probe % ("readinessProbe", "initialDelaySeconds: 20, successThreshold: 3"),
             ["ready after 40 s at the earliest" + comes, None]),
            ("a startup probe comes first", "      terminationGracePeriodSeconds: 10\n",
             probe % ("startupProbe", "initialDelaySeconds: 30") + probe % ("readinessProbe", "initialDelaySeconds: 20"),
             ["ready after 30 s at the earliest" + comes,
              "0 s removed from endpoints, serves for 3 s; 3 s SIGTERM, and 7 s to drain; 10 s SIGKILL"]),
            ("a sidecar's probe counts, an init container's does not",
             "      initContainers:\n      - {name: a, restartPolicy: Always, readinessProbe: {initialDelaySeconds: 7}}\n"
             "      - {name: b, readinessProbe: {initialDelaySeconds: 9}}\n", "",
             ["ready after 7 s at the earliest" + comes, None]),
            ("a hook that takes up the grace period", "      terminationGracePeriodSeconds: 20\n",
             "        lifecycle: {preStop: {exec: {command: [sleep, '60']}}}\n",
             [None, "0 s removed from endpoints, serves for 20 s; 20 s SIGTERM, and 2 s to drain; 22 s SIGKILL"])]:
        found = timeline(spec, container)
        result("timeline: " + name, differs(found, [line or found[i] for i, line in enumerate(wanted)] if len(found) == 2 else wanted))


def balancer_times():
    """A load balancer's time runs beside that of the pods: --explain shows it for the Service."""
    policy = FOLDER / "balancer.yaml"
    policy.write_text(POLICY.split("workloads")[0] + "cluster: {network: terway}\nworkloads:\n  - preStop: 30\n"
                      "    terminationGracePeriodSeconds: {}\nservices:\n  - connectionDrain: {}\n")
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  type: %s\n  ports:\n  - port: 80\n"
    for kind, wanted in [("LoadBalancer", ["0 s removed from the load balancer; 60 s its last connections are cut; 60 s SIGKILL, "
                                           "by this policy"]), ("ClusterIP", [])]:
        _, output, said = preview("-p", policy, "--explain", "-o", "summary", "-", text=service % kind)
        lines = [line.split(": ", 1)[1] for line in (output + said).decode().splitlines() if re.search("   a (new|stopping) pod: ", line)]
        result("timeline of a Service: " + kind, differs(lines, wanted))


def patch_of(diff):
    target = FOLDER / "target.yaml"
    target.write_text(DEPLOYMENT)
    ran = subprocess.run(["patch", "--silent", str(target)], input=diff.encode(), stdout=subprocess.PIPE)
    return ran.stdout.decode() or differs(target.read_text(), PATCHED)


def statuses():
    result("status 0: nothing would change", differs(run("-", text=PATCHED, status=0, errors=""), ""))
    nothing = "evenkeel: stdin: nothing to read: there is no object with a kind in it (--allow-empty allows this)\n"
    for name, text in [("no input", ""), ("a line end", "\n"), ("comments", "# a\n---\n# b\n"), ("markers", "---\n---\n"),
                       ("a word", "hello\n"), ("no kind", "a: b\n"), ("an array", '[{"kind": "Deployment"}]\n'), ("a number for a kind", "kind: 5\n")]:
        result("status 2: " + name, differs(run("-o", "summary", "-", text=text, status=2, errors=nothing), ""))
        result("--allow-empty: " + name, differs(run("-o", "summary", "--allow-empty", "-", text=text, status=0, errors=""), ""))
    empty = '{"apiVersion":"v1","kind":"List","items":[]}'
    hint = "evenkeel: stdin:1: warning: there is only a list without items: is the namespace right?\n"
    result("an empty List is a document", differs(json.loads(run("-o", "json", "-", text=empty, errors=hint)), json.loads(empty)))
    result("of one kind too", differs(run("-o", "summary", "-", text="kind: DeploymentList\nitems:\n", status=0, errors=hint), ""))
    result("a kind whose name ends like a list's", differs(run("-o", "summary", "-", text="kind: AllowList\nmetadata: {name: a}\n", status=0, errors=""), ""))
    result("beside an object it is none", differs(
        [json.loads(run("-o", "json", "-", text=text))["kind"]
         for text in (empty + "\n---\n" + DEPLOYMENT, DEPLOYMENT + "---\n" + empty)], ["Deployment", "Deployment"]))
    for arguments, wanted in [(["-o", "diff"], 1), (["-o", "summary"], 1), (["-q"], 1), (["-q", "-o", "yaml"], 1), (["-o", "yaml"], 0),
                              (["-o", "json"], 0), (["-o", "patch"], 0), (["-o", "yaml", "--exit-code"], 1),
                              (["-o", "diff", "--exit-zero"], 0), (["-q", "--exit-zero"], 0)]:
        result("status %d: %s" % (wanted, " ".join(arguments)),
               differs(preview("-p", FOLDER / "policy.yaml", *arguments, "-", text=DEPLOYMENT)[0], wanted))
        result("trouble is 2 with " + " ".join(arguments), differs(preview("-p", FOLDER / "policy.yaml", *arguments, "-", text="a: [")[0], 2))
    result("status 2: a broken document, and the rest is shown",
           differs(run("-", text="a: [\n---\n" + DEPLOYMENT, status=2).count("\n+"), 4))
    error = "evenkeel: stdin:2:1: did not find expected node content while parsing a flow node (from line 2)\n"
    result("a broken document is named", differs(run("-", text="a: [\n---\nb: 1\n", status=2, errors=error), ""))
    for name, arguments, words in [
            ("an unknown option", ["--frob", "-"], "unknown option \"--frob\""),
            ("an unknown output", ["-o", "xml", "-"], "unknown output \"xml\"; one of: diff yaml json patch summary"),
            ("no file", [], "nothing to read; name files"),
            ("a missing file", ["/no/such.yaml"], "/no/such.yaml: No such file"),
            ("an option without its value", ["-", "-o"], "-o needs a value"),
            ("--write of stdin", ["--write", "-"], "--write cannot change standard input"),
            ("--remove as findings", ["--remove", "-o", "sarif", "-"], "--remove asks no policy")]:
        found, output, errors = preview("--policy", str(FOLDER / "policy.yaml"), *arguments, text=DEPLOYMENT)
        result("status 2: " + name, differs((found, output, words in errors.decode()), (2, b"", True)))
    (FOLDER / "bad.yaml").write_text(POLICY + "    minReadySecond: 5\n")
    found, output, errors = preview("--policy", str(FOLDER / "bad.yaml"), "-", text=DEPLOYMENT)
    result("status 2: a policy that cannot be used", differs((found, b"bad.yaml:6:5: " in errors), (2, True)))
    found, output, errors = preview("--help")
    result("--help", differs((found, output.startswith(b"usage: evenkeel preview"), errors), (0, True, b"")))


def not_text():
    """What YAML reads as a boolean or a number is no annotation and no label: the API server refuses the object."""
    good = DEPLOYMENT.replace("  name: shop # the shop\n", "  name: good\n")
    text = "the %s %s is %s, which the API server refuses: put it in quotes, \"%s\"\n"
    annotated = "the shop\n  %s:\n    a: b\n    %s: %s\n"
    for kind, written in (("a boolean", "off"), ("a boolean", "false"), ("a boolean", "Yes"), ("a number", "1"), ("a number", "1.10"),
                          ("a number", "0x10")):
        for what, key in (("annotation", "evenkeel.dev/inject"), ("annotation", "evenkeel.dev/readiness-probe"), ("label", "version")):
            bad = DEPLOYMENT.replace("the shop\n", annotated % (what + "s", key, written))
            said = "evenkeel: stdin:7:%d: %s" % (len(key) + 7, text % (what, key, kind, written))
            result("%s: %s: the rest is shown" % (key, written), differs(
                run("-o", "yaml", "-", text=bad + "---\n" + good, status=2, errors=said), bad + "---\n" + PATCHED.replace("shop # the shop", "good")))
            _, quoted, errors = preview("-o", "summary", "-", text=bad.replace(": %s\n" % written, ": '%s'\n" % written))
            result("%s: '%s' in quotes" % (key, written), differs((b"Deployment/shop" in quoted, b"refuses" in errors), (True, False)))
    for name, change, line, column, words in (
            ("the pod template's label", ("labels: {app: shop}", "labels: {app: shop, v: 2}"), 9, 30, ("pod template's label", "v", "a number", "2")),
            ("the selector's label", ("matchLabels: {app: shop}", "matchLabels: {app: on}"), 6, 33, ("selector's label", "app", "a boolean", "on"))):
        result(name, differs(run("-", text=DEPLOYMENT.replace(*change), status=2, errors="evenkeel: stdin:%d:%d: %s" % (
            line, column, text % words)), ""))
    found, _, errors = preview("-", text="apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: 5}\n  ports: [{port: 80}]\n")
    result("a Service's selector", differs((found, errors.decode()), (2, "evenkeel: stdin:5:19: " + text % ("selector's label", "app", "a number", "5"))))
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "annotations": {"evenkeel.dev/inject": False}},
            "spec": {"selector": {}, "template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}}}
    found, _, errors = preview("-", text=json.dumps(made, indent=1))
    result("JSON", differs((found, errors.decode()), (2, "evenkeel: stdin:7:27: " + text % (
        "annotation", "evenkeel.dev/inject", "a boolean", "false"))))
    found, _, errors = preview("-", text=DEPLOYMENT.replace("the shop\n", "the shop\n  annotations: {a: [b]}\n"))
    result("a list", differs((found, errors.decode()), (
        2, "evenkeel: stdin:5:20: the annotation a is a list, which the API server refuses: it must be text\n")))
    result("null is the empty text", differs(run("-q", "-", text=DEPLOYMENT.replace("the shop\n", "the shop\n  annotations: {a: }\n")), ""))


def oddities():
    for name, change in [("Windows line ends", lambda text: text.replace("\n", "\r\n")),
                         ("a byte order mark", lambda text: "\ufeff" + text),
                         ("no line end at the end", lambda text: text.rstrip("\n")),
                         ("comments-only and empty documents", lambda text: "# a\n---\n---\n" + text + "---\n# b\n"),
                         ("a list", lambda text: "kind: List\nitems:\n- " + text.replace("\n", "\n  ").rstrip(" "))]:
        text = change(DEPLOYMENT)
        result(name, differs(run("-o", "yaml", "-", text=text.encode(), errors=""), change(PATCHED)))
        result(name + ": and back", differs(run("-o", "yaml", "--remove", "-", text=change(PATCHED).encode()), text))
    dump = dict(apiVersion="apps/v1", kind="Deployment", metadata=dict(name="a", uid="u"),
                spec=dict(selector=dict(), template=dict(spec=dict(containers=[dict(name="a")]))))
    text = json.dumps(dict(apiVersion="v1", kind="List", items=[dump]), indent=4) + "\n"
    output = run("-o", "yaml", "-", text=text)
    result("a dump of a cluster, as JSON", differs(json.loads(output)["items"][0]["spec"]["minReadySeconds"], 5))
    result("its layout is kept", differs(set(text.splitlines()) - set(output.splitlines()) - {'                "uid": "u"',
                                         "                }"}, set()))


def write():
    folder = FOLDER / "tree"
    (folder / "below").mkdir(parents=True)
    path = folder / "below/shop.yaml"
    path.write_text(DEPLOYMENT)
    path.chmod(0o640)
    (folder / "notes.txt").write_text(DEPLOYMENT)
    (folder / "link.yaml").symlink_to("below/shop.yaml")
    result("--write", differs(run("--write", str(folder / "link.yaml"), errors=""), ""))
    result("--write: the file that a link leads to", differs(path.read_text(), PATCHED))
    result("--write: the link stays", differs(os.readlink(str(folder / "link.yaml")), "below/shop.yaml"))
    result("--write: the mode stays", differs(stat.S_IMODE(path.stat().st_mode), 0o640))
    result("--write: nothing is left beside it", differs(sorted(os.listdir(str(folder / "below"))), ["shop.yaml"]))
    before = path.stat().st_mtime_ns
    result("--write again", differs(run("--write", str(folder), status=0, errors=""), ""))
    result("--write again: the file is not touched", differs(path.stat().st_mtime_ns, before))
    result("--write --remove", differs((run("--write", "--remove", str(path)), path.read_text()), ("", DEPLOYMENT)))
    result("other files are not looked at", differs((folder / "notes.txt").read_text(), DEPLOYMENT))


def namespaces():
    inside = "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {evenkeel.dev/inject: enabled}}\n---\n"
    outside = inside.replace("enabled", "disabled")
    result("an opted-in namespace", differs(run("-q", "-", text=inside + DEPLOYMENT), ""))
    result("a namespace that is not opted in", differs(run("-o", "summary", "-", text=outside + DEPLOYMENT, status=0),
           "stdin:5  default/Deployment/shop  unchanged  passed over (namespace not opted in)\n"))
    result("--all", differs(run("-q", "--all", "-", text=outside + DEPLOYMENT), ""))
    result("the Namespace may stand behind, and in a List", differs(run("-q", "-", status=0, text=DEPLOYMENT + "---\n"
           "kind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: default}}\n"), ""))
    result("--remove does not ask whether the namespace is opted in",
           differs(run("--remove", "-o", "yaml", "-", text=outside + PATCHED), outside + DEPLOYMENT))
    result("--remove as a patch: what goes is tested first, and nothing else is touched", differs(
        json.loads(run("--remove", "-o", "patch", "-", text=PATCHED, status=0))["patch"], [
            {"op": "test", "path": "/metadata/annotations/evenkeel.dev~1injected", "value": '{"spec.minReadySeconds":5}'},
            {"op": "remove", "path": "/metadata/annotations/evenkeel.dev~1injected"},
            {"op": "test", "path": "/spec/minReadySeconds", "value": 5}, {"op": "remove", "path": "/spec/minReadySeconds"}]))
    for name, record, more in [
            ("the whole object", '{"":{"kind":"Deployment"}}', ""),
            ("what the user wrote", '{"spec.template.metadata.labels":{},"spec.template.spec.containers[app].image":"shop:1"}', ""),
            ("evenkeel's own history", '{"metadata.annotations[evenkeel.dev/history]":"{}"}', "    evenkeel.dev/history: '{}'\n")]:
        forged = "the shop\n  annotations:\n    evenkeel.dev/injected: '%s'\n%s" % (record, more)
        result("--remove takes nothing out because a record names " + name, differs(
            run("--remove", "-o", "yaml", "-", text=DEPLOYMENT.replace("the shop\n", forged)), DEPLOYMENT))
    raised = (ROOT / "tests/golden/stop-time/raise-again/object.yaml").read_text()
    result("--remove gives the user's own grace period back", differs(
        [line.strip() for line in run("--remove", "-o", "yaml", "-", text=raised).splitlines()
         if "race-period" in line or "GracePeriod" in line], ["terminationGracePeriodSeconds: 60"]))
    result("another namespace", differs(run("-q", "-n", "other", "-", text=outside + DEPLOYMENT), ""))
    declared = DEPLOYMENT.replace("spec:\n  selector", "spec:\n  strategy: {rollingUpdate: {maxUnavailable: 25%}}\n  selector")
    policy = FOLDER / "rolling.yaml"
    policy.write_text(POLICY.replace("minReadySeconds: 5", "rollingUpdate: {maxUnavailable: 0}"))
    for client, words in [("apply", "kept (declared-default): rollingUpdate"),
                          ("create", "injected (ambiguous-default): rollingUpdate")]:
        _, output, _ = preview("-p", policy, "-o", "summary", "--client", client, "-", text=declared)
        result("--client=" + client, "" if words in output.decode() else output.decode())


SET_POLICY = POLICY.replace("minReadySeconds: 5", "readinessProbe: {}")


def workload(name, ports="", probe=""):
    return ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\nspec: {selector: {matchLabels: {app: %s}}, template: {metadata: {labels: {app: %s}}, "
            "spec: {containers: [{name: app, ports: [%s]%s}]}}}\n---\n" % (name, name, name, ports, probe))


def service(name, target, selected="", kind="ClusterIP"):
    return ("apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {type: %s, selector: {app: %s}, "
            "ports: [{port: 80, targetPort: %s}]}\n---\n" % (name, kind, selected or name, target))


RECORD = ('{"spec.template.spec.containers[app].readinessProbe":{"tcpSocket":{"port":80},"timeoutSeconds":2,"periodSeconds":2,'
          '"successThreshold":1,"failureThreshold":5}}')
OURS = (", readinessProbe: {tcpSocket: {port: 80}, timeoutSeconds: 2, periodSeconds: 2, successThreshold: 1, "
        "failureThreshold: 5}")


def the_set():
    two = "{containerPort: 1000, name: a}, {containerPort: 1001, name: b}"
    metrics = "{containerPort: 1001, name: metrics}"
    policy = FOLDER / "set.yaml"
    policy.write_text(SET_POLICY)
    for name, text, words in [
            ("a container without ports", workload("w") + service("w", 8080),
             "stdin:1: hint: container app: Service w sends requests to port 8080"),
            ("a container with several ports", service("w", "b") + workload("w", two),
             "stdin:6: hint: container app: Service w sends requests to port 1001"),
            ("Services that disagree", workload("w", two) + service("w", "a") + service("v", 1001, "w"),
             "stdin:1: warning: container app: Service w sends requests to port 1000 and Service v to port 1001"),
            ("a probe on a port that no Service uses",
             workload("w", two, ", readinessProbe: {httpGet: {port: b}}") + service("w", "a"),
             "stdin:1: warning: container app: its readinessProbe asks port 1001, but Service w sends requests to port 1000"),
            ("a load balancer before pods that are never asked", workload("w") + service("w", 8080, kind="LoadBalancer"),
             "stdin:6: warning: LoadBalancer Service w: w has no readiness probe in the end"),
            ("a Service that selects nothing", workload("w") + service("v", 8080),
             "stdin:6: warning: Service v selects none of the workloads in the input"),
            ("a probe of ours on a port that no Service uses", workload("w", "{containerPort: 1000, name: http}, %s" % metrics) +
             service("w", 1001),
             "stdin:1: warning: container app: its readinessProbe asks port 1000, but Service w sends requests to port 1001; the "
             'annotation evenkeel.dev/readiness-port: "1001" (or --annotate) lets evenkeel probe that port'),
            ("peers behind a headless Service", workload("w", "{containerPort: 1000, name: http}, {containerPort: 7800, name: peers}") +
             service("w", 7800).replace("type: ClusterIP", "clusterIP: None"),
             "stdin:1: hint: container app: with evenkeel's readinessProbe, headless Service w lists a pod only when it is ready; "
             "if its pods find each other by this Service, set its publishNotReadyAddresses\n"
             "evenkeel: stdin:1: warning: container app: its readinessProbe asks port 1000, but Service w sends requests to port "
             "7800\n"),
            ("peers behind a headless Service that names all pods", workload("w", "{containerPort: 80}") +
             service("w", 80).replace("type: ClusterIP", "clusterIP: None, publishNotReadyAddresses: true"), ""),
            ("a headless Service before a probe of the user's",
             workload("w", "{containerPort: 80}", ", readinessProbe: {tcpSocket: {port: 80}}") +
             service("w", 80).replace("type: ClusterIP", "clusterIP: None"), ""),
            ("a probe of ours on a port that some Service uses", workload("w", "{containerPort: 1000, name: http}, %s" % metrics) +
             service("w", 1001) + service("v", "http", "w"), ""),
            ("a Service that sends to a port of another name",
             workload("w", "{containerPort: 80}", ", readinessProbe: {tcpSocket: {port: 80}}") + service("w", "web"),
             "stdin:1: warning: container app: its readinessProbe asks port 80, to which no Service sends requests"),
            ("a probe of ours in pods that no Service selects", workload("w", "{containerPort: 80}") + service("v", 80) +
             workload("v", "{containerPort: 80}"),
             "stdin:1: warning: container app: its readinessProbe asks port 80, but no Service in the input selects its pods"),
            ("a user's own probe in pods that no Service selects",
             workload("w", "{containerPort: 80}", ", readinessProbe: {tcpSocket: {port: 80}}") + service("v", 80) +
             workload("v", "{containerPort: 80}"), ""),
            ("a server that listens on a Service's port, not on its own",
             workload("w", "{containerPort: 80}", ", args: [--listen=:1001]") + service("w", 1001),
             "stdin:1: hint: container app: Service w sends requests to port 1001"),
            ("two containers without ports", workload("w").replace("[{name: app", "[{name: side}, {name: app") + service("w", 8080),
             "stdin:1: hint: Service w sends requests to port 8080, which no container declares; declare it in the container that "
             "listens there: side or app\n"),
            ("two containers, one of them with that port",
             workload("w", "{containerPort: 80}").replace("[{name: app", "[{name: side}, {name: app") + service("w", 80), ""),
            ("pods that are not ready, with a probe of ours", workload("w", "{containerPort: 80}", OURS).replace(
                "{name: w}", "{name: w, uid: u, annotations: {evenkeel.dev/injected: '%s'}}" % RECORD, 1).replace(
                    "\n---", "\nstatus: {replicas: 3, readyReplicas: 1}\n---"),
             "stdin:1: warning: container app: 2 of 3 pods are not ready, and evenkeel's readinessProbe asks port 80: check whether "
             "anything listens there"),
            ("pods that are not ready, with a probe of their own", workload("w", "{containerPort: 80}", OURS).replace(
                "\n---", "\nstatus: {replicas: 3, readyReplicas: 1}\n---"), ""),
            ("pods that are ready, with a probe of ours", workload("w", "{containerPort: 80}", OURS).replace(
                "{name: w}", "{name: w, uid: u, annotations: {evenkeel.dev/injected: '%s'}}" % RECORD, 1).replace(
                    "\n---", "\nstatus: {replicas: 3, readyReplicas: 3}\n---"), ""),
            ("nothing to say", workload("w", "{containerPort: 80}") + service("w", 80, kind="LoadBalancer"), ""),
            ("a Service in another namespace", workload("w") + service("w", 8080).replace("{name", "{namespace: o, name"), ""),
            ("a Service of no workload's namespace", service("v", 8080), "")]:
        _, _, errors = preview("-p", policy, "-", text=text)
        errors = errors.decode()
        result("the set: " + name, "" if ("evenkeel: " + words in errors if words else not errors) else errors)
    text = workload("w") + service("w", 8080)
    _, output, errors = preview("-p", policy, "--annotate", "-o", "yaml", "-", text=text)
    result("--annotate", differs(output.decode(), text.replace(
        "{name: w}", '{name: w, "annotations": { "evenkeel.dev/readiness-port": "8080" }}', 1)))
    text = workload("w", "{containerPort: 1000, name: http}, " + metrics) + service("w", 1001)
    _, annotated, _ = preview("-p", policy, "--annotate", "-o", "yaml", "-", text=text)
    result("--annotate moves a probe of ours", "" if b'"evenkeel.dev/readiness-port": "1001"' in annotated else
           annotated.decode())
    _, _, errors = preview("-p", policy, "-", text=annotated)
    result("--annotate: then there is nothing to say", errors.decode())
    _, output, _ = preview("-p", policy, "-", text=output)
    result("--annotate settles it", "" if b"tcpSocket" in output and b"8080" in output else output.decode())


def attacks():
    bomb = "a0: &a0 x\n" + "".join("a%d: &a%d [%s]\n" % (i, i, ",".join(["*a%d" % (i - 1)] * 10)) for i in range(1, 12))
    cases = [("200 KB of [", "[" * 200000, 2), ("40 KB of {", "{" * 40000, 2),
             ("20,000 anchors", "[" + ",".join("&a%d x" % i for i in range(20000)) + "]", 2), ("an alias bomb", bomb, 2),
             ("a cyclic alias", "a: &a [*a]\n", 2), ("a scalar of 1 MB", "kind: A\na: " + "x" * 1000000 + "\n", 0),
             ("a deep block", "\n".join(" " * i + "a:" for i in range(2000)), 2), ("deep JSON", '{"a":' * 100000, 2),
             ("50,000 merge keys", "kind: A\na: &a {b: 1}\n" + "".join("c%d: {<<: *a}\n" % i for i in range(50000)), 0),
             ("100,000 documents", "kind: A\n---\n" * 100000, 0), ("a key of 500 KB", "kind: A\n? " + "x" * 500000 + "\n: 1\n", 0)]
    for name, text, wanted in cases:
        start = time.monotonic()
        found, output, errors = preview("-", text=text)
        took = time.monotonic() - start
        limit = 1 if wanted else 20  # built with sanitizers: only attacks must end at once
        print("# %s: %d ms, %s" % (name, took * 1000, errors.decode().strip().splitlines()[:1]))
        result(name, differs((found, output, took < limit), (wanted, b"", True)))


with tempfile.TemporaryDirectory() as made:
    FOLDER = Path(made)
    (FOLDER / "policy.yaml").write_text(POLICY)
    forms()
    timelines()
    balancer_times()
    statuses()
    not_text()
    oddities()
    write()
    namespaces()
    the_set()
    attacks()
finish()
