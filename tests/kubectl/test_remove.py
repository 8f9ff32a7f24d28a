#!/usr/bin/env python3
"""`evenkeel remove` against a stand-in for kubectl (./kubectl): what it takes out and leaves, in which order and at which
rate; that nobody's concurrent change is overwritten; marks, notes and exit statuses. TAP on stdout.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "preview"))
from preview import BINARY, ROOT, differs, finish, result  # noqa: E402

FOLDER = ROOT / "build/kubectl-remove"
STATE = FOLDER / "state.json"
OWN = [{"kind": "MutatingWebhookConfiguration", "metadata": {"name": "evenkeel"}, "webhooks": [
    {"name": "workloads.evenkeel.dev", "clientConfig": {"service": {"name": "evenkeel", "namespace": "evenkeel"}}}]}]
PROBE = {"httpGet": {"path": "/ready?a=1&b=2", "port": "http"}}
VALUES = {"spec.strategy.rollingUpdate.maxUnavailable": 0, "spec.template.spec.containers[app].readinessProbe": PROBE,
          "spec.template.spec.containers[app].lifecycle.preStop": {"sleep": {"seconds": 5}}}


def namespace(name, label=None):
    return {"namespaces//" + name: {"kind": "Namespace", "metadata": {"name": name, "labels": {
        "evenkeel.dev/inject": label} if label else {}}}}


def deployment(name, space="shop", values=None, **metadata):
    """One that evenkeel wrote `values` into."""
    values = VALUES if values is None else values
    container = {"name": "app", "image": "app:1"}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "strategy": {
        "type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}}
    if values is VALUES:
        container.update(readinessProbe=PROBE, lifecycle={"preStop": {"sleep": {"seconds": 5}}})
    annotations = {"own": "kept"}
    if values:
        annotations["evenkeel.dev/injected"] = json.dumps(values)
    annotations.update(metadata.pop("annotations", {}))
    return {"deployments/%s/%s" % (space, name): {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": dict({
            "name": name, "namespace": space, "uid": "uid-" + name, "generation": 1, "resourceVersion": "1",
            "annotations": annotations}, **metadata), "spec": spec}}


def held(name):
    found = deployment(name)
    document = found["deployments/shop/" + name]
    release = {"step": 1, "from": 1, "steps": "1,50%,100%", "template": "45cb2ebed2647b90", "revision": "1",
               "stable": ["3621590c149f25d1/3621590c149f25d1"],
               "saved": {"minReadySeconds": 3, "progressDeadlineSeconds": 300, "maxSurge": "25%", "maxUnavailable": 0}}
    document["metadata"].update(labels={"evenkeel.dev/held": "1"}, annotations=dict(
        document["metadata"]["annotations"], **{"evenkeel.dev/release": json.dumps(release), "evenkeel.dev/batch": "1"}))
    document["spec"].update(minReadySeconds=2147483646, progressDeadlineSeconds=2147483647)
    document["spec"]["strategy"]["rollingUpdate"]["maxSurge"] = "50%"
    return found


def remove(state, *arguments):
    """(status, stdout, stderr, the state afterwards)"""
    STATE.write_text(json.dumps(state))
    ran = subprocess.run([str(BINARY), "remove", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         universal_newlines=True, env=dict(os.environ, KUBECTL_STATE=str(STATE),
                                                           PATH="%s:%s" % (HERE, os.environ["PATH"])), check=False)
    return ran.returncode, ran.stdout, ran.stderr, json.loads(STATE.read_text())


def state(*objects, **more):
    found = {}
    for one in objects:
        found.update(one)
    return dict({"objects": found, "configurations": OWN}, **more)


def patches(after):
    return [line.split()[1] for line in after["log"] if line.startswith("patch ")]


def stored(after, name, space="shop"):
    return after["objects"]["deployments/%s/%s" % (space, name)]


def is_clean(document):
    container = document["spec"]["template"]["spec"]["containers"][0]
    return (set(container) == {"name", "image"} and "maxUnavailable" not in document["spec"]["strategy"]["rollingUpdate"] and
            "evenkeel.dev/injected" not in document["metadata"]["annotations"] and document["metadata"]["annotations"]["own"] == "kept")


OPTED_IN, OUTSIDE = namespace("shop", "enabled"), namespace("shop")


def test_shown():
    before = state(OPTED_IN, deployment("web"), deployment("plain", values={}))
    status, out, error, after = remove(before, "-n", "shop")
    result("without --yes it shows, writes nothing and ends with 1", differs(
        (status, after["objects"], error, "deployments/web in shop: would lose 3 values, and roll out, and be opted out\n" in out, "remove  /spec/template/spec/containers/0/readinessProbe\n" in out, "--yes does it" in out, "plain" in out),
        (1, before["objects"], "", True, True, True, False)) and out + error)
    status, out, error, after = remove(state(OPTED_IN, deployment("plain", values={})), "-n", "shop")
    result("with nothing to take out it ends with 0", differs((status, out), (0, "nothing of evenkeel is found\n")))
    status, out, error, _ = remove(before, "-n", "shpo")
    result("a namespace that is not there is no success", differs((status, out, "NotFound" in error), (2, "", True)))
    status, out, error, _ = remove(dict(state({}), forbidden=["namespace"]), "-n", "shop")
    result("who may not read namespaces is believed", differs((status, out), (0, "nothing of evenkeel is found\n")))
    status, out, error, after = remove(before, "-n", "shop", "-o", "json")
    row = json.loads(out)
    result("as JSON, a line for each object", differs((row["name"], row["result"], row["values"], row["rollsOut"]),
                                                      ("web", "would-remove", 3, True)))
    for arguments, words in (((), "say where"), (("-A", "-n", "shop"), "-A goes with neither"), (("web", "-l", "a=b"), "go with -n or -A"),
                             (("-A", "--at-once=65"), "at most 64"), (("nonsense/web",), "expected KIND/NAME"),
                             (("none", "-n", "shop"), "not found")):
        status, out, error, after = remove(before, *arguments)
        result("status 2: remove %s" % " ".join(arguments), "" if status == 2 and words in error else (status, error))


def test_taken():
    status, out, error, after = remove(state(OPTED_IN, deployment("web"), restores=True), "web", "-n", "shop", "--yes")
    document = stored(after, "web")
    result("in an opted-in namespace it opts the object out too, and nothing is put back", differs(
        (status, is_clean(document), document["metadata"]["annotations"].get("evenkeel.dev/inject")), (0, True, "false")) and out + error)
    result("and says how the mark goes", "" if "takes these marks away" in " ".join(out.split()) else out)
    after["objects"].update(OUTSIDE)
    after["restores"] = False
    status, out, error, again = remove(after, "-n", "shop", "--yes")
    result("the same command takes its mark away once the label is gone", differs(
        (status, "evenkeel.dev/inject" in stored(again, "web")["metadata"]["annotations"]), (0, False)) and out + error)
    status, out, error, again = remove(again, "-n", "shop", "--yes")
    result("and then finds nothing", differs((status, out), (0, "nothing of evenkeel is found\n")))
    own = deployment("web", values={}, annotations={"evenkeel.dev/inject": "false"})
    status, out, error, after = remove(state(OUTSIDE, own), "-n", "shop", "--yes")
    result("an opt-out that somebody else wrote stays", differs((status, after["objects"]), (0, dict(OUTSIDE, **own))))
    status, out, error, after = remove(state(OUTSIDE, deployment("web")), "-n", "shop", "--yes")
    result("elsewhere it marks nothing", differs((status, is_clean(stored(after, "web")), "evenkeel.dev/inject" in json.dumps(
        after["objects"]["deployments/shop/web"])), (0, True, False)) and out + error)
    for name, more in (("not installed", {"configurations": []}), ("not known to be installed", {"configurations": None})):
        status, out, error, after = remove(state(OPTED_IN, deployment("web"), **more), "-n", "shop", "--yes")
        result("evenkeel is %s" % name, differs((status, "evenkeel.dev/inject" in stored(after, "web")["metadata"]["annotations"]),
                                                (0, more["configurations"] is None)) and out + error)
    opted_in = deployment("web", annotations={"evenkeel.dev/inject": "true"})
    status, out, error, after = remove(state(OPTED_IN, opted_in), "-n", "shop", "--yes")
    result("an explicit opt-in is turned", differs(stored(after, "web")["metadata"]["annotations"]["evenkeel.dev/inject"], "false"))
    forged = {"": {}, "spec.replicas": 2, "spec.template.spec.containers[app].image": "app:1"}
    status, out, error, after = remove(state(OUTSIDE, deployment("web", values=forged)), "-n", "shop", "--yes")
    plain = deployment("web", values={})["deployments/shop/web"]
    result("what evenkeel never writes stays, though a record names it", differs(
        (status, stored(after, "web")["spec"], stored(after, "web")["metadata"]["annotations"]),
        (0, plain["spec"], plain["metadata"]["annotations"])) and out + error)


def test_concurrent():
    change = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "app:2"}]
    scaled = [{"op": "replace", "path": "/spec/replicas", "value": 9}]
    taken = [{"op": "remove", "path": "/spec/template/spec/containers/0/readinessProbe"}]
    other = [{"op": "replace", "path": "/metadata/uid", "value": "another"}]
    for name, race, image, replicas in (("a new version", change, "app:2", 2), ("scaling", scaled, "app:1", 9),
                                        ("a removal by hand", taken, "app:1", 2), ("another object of the same name", other, "app:1", 2)):
        status, out, error, after = remove(state(OUTSIDE, deployment("web"), race={"deployments/shop/web": race}),
                                           "-n", "shop", "--yes")
        document = stored(after, "web")
        result("%s in the meantime stays, and the patch is made anew" % name, differs(
            (status, len(patches(after)), document["spec"]["template"]["spec"]["containers"][0]["image"], document["spec"]["replicas"],
             "evenkeel.dev/injected" in document["metadata"]["annotations"]), (0, 2, image, replicas, False)) and out + error)
    status, out, error, after = remove(state(OUTSIDE, deployment("web"), race={"deployments/shop/web": "delete"}), "-n", "shop", "--yes")
    result("an object that went in the meantime is no failure", differs((status, "not any more" in out or "any more" in out), (0, True)))
    served = state(OUTSIDE, deployment("web"), restores=True)
    status, out, error, after = remove(served, "-n", "shop", "--yes")
    result("values that come back are said, with status 1", differs((status, "put its values back" in out), (1, True)) and out)


def test_rate():
    many = [deployment("web-%d" % i) for i in range(4)]
    outside = deployment("quiet", values={"spec.strategy.rollingUpdate.maxUnavailable": 0})
    before = state(OUTSIDE, *many, held("held"), outside, rollouts=2)
    status, out, error, after = remove(before, "-n", "shop", "--yes", "--interval=0.05")
    result("held first, then without rollouts, then by name", differs((status, patches(after)), (0, ["deployments/" + name for name in (
        "held", "quiet", "web-0", "web-1", "web-2", "web-3")])) and out + error)
    lines = [line for line in out.splitlines() if line.startswith("deployments/web")]
    result("one rollout at a time, to its end", differs([line.split(": ")[1] for line in lines],
                                                        ["3 values taken out, it rolls out", "rolled out"] * 4) and out)
    document = stored(after, "held")
    result("the hold's values are given back", differs(
        (document["spec"]["minReadySeconds"], document["spec"]["progressDeadlineSeconds"], document["spec"]["strategy"]["rollingUpdate"],
         [key for key in (*document["metadata"]["annotations"], *document["metadata"]["labels"]) if "evenkeel" in key]),
        (3, 300, {"maxSurge": "25%", "maxUnavailable": "25%"}, [])) and json.dumps(document))
    result("with a word about it", "" if "step 1 of 3 is held: the hold is given back" in out else out)
    status, out, error, after = remove(before, "-n", "shop", "--yes", "--interval=0.05", "--at-once=2")
    states, most = 0, 0
    for line in out.splitlines():
        states += ("it rolls out" in line) - line.endswith(": rolled out")
        most = max(most, states)
    result("--at-once", differs((status, most), (0, 2)) and out)
    before["rollouts"] = 10 ** 6
    status, out, error, after = remove(before, "-n", "shop", "--yes", "--interval=0.05", "--timeout=1s")
    result("after a rollout that hangs nothing more is begun", differs(
        (status, len(patches(after)), out.count("not complete in time"), out.count("left as it is")), (1, 2, 1, 4)) and out)
    status, out, error, after = remove(before, "-n", "shop", "--yes", "--at-once=0")
    result("--at-once=0 waits for none", differs((status, len(patches(after)), "rolled out" in out), (0, 6, False)) and out)


def test_notes():
    applied = json.dumps({"metadata": {"annotations": {"evenkeel.dev/injected": "{}"}}})
    owned = deployment("owned", ownerReferences=[{"kind": "App", "name": "a", "uid": "u", "controller": True}])
    declared = deployment("declared", annotations={"kubectl.kubernetes.io/last-applied-configuration": applied})
    flux = deployment("flux", labels={"kustomize.toolkit.fluxcd.io/name": "apps"})
    paused = deployment("paused")
    paused["deployments/shop/paused"]["spec"]["paused"] = True
    status, out, error, after = remove(state(OPTED_IN, owned, declared, flux, paused), "-n", "shop")
    for text in ("App/a owns it", "its manifest has evenkeel's values itself", "Flux manages it", "its pods stay until"):
        result("a note: " + text, "" if out.count(text) == 1 else out)
    result("a paused one does not roll out", "" if "to roll out: 3" in out else out)
    unreadable = deployment("web")
    unreadable["deployments/shop/web"]["metadata"]["annotations"]["evenkeel.dev/injected"] = "no JSON"
    status, out, error, after = remove(state(OUTSIDE, unreadable), "-n", "shop", "--yes")
    result("a record that cannot be read: nothing is taken out, status 1", differs((status, patches(after), "cannot be read" in error),
                                                                                 (1, [], True)) and out + error)
    status, out, error, after = remove(state(OUTSIDE, deployment("web"), forbidden=["statefulsets"]), "-n", "shop", "--yes")
    result("a kind that may not be listed is said, with status 1", differs((status, len(patches(after)), "forbidden" in error),
                                                                          (1, 1, True)) and out + error)
    service = {"services/shop/web": {"apiVersion": "v1", "kind": "Service", "metadata": {
        "name": "web", "namespace": "shop", "uid": "s", "resourceVersion": "1", "annotations": {
            "evenkeel.dev/injected": '{"spec.externalTrafficPolicy":"Local"}'}}, "spec": {
                "type": "LoadBalancer", "externalTrafficPolicy": "Local", "selector": {"app": "web"}, "ports": [{"port": 80}]}}}
    for arguments, taken in ((("-n", "shop"), False), (("-n", "shop", "--services"), True), (("-n", "shop", "svc/web"), True)):
        status, out, error, after = remove(state(OUTSIDE, service), *arguments, "--yes")
        result("a Service's values with remove %s" % " ".join(arguments), differs(
            (status, "externalTrafficPolicy" not in after["objects"]["services/shop/web"]["spec"]), (0, taken)) and out + error)
    two = state(OPTED_IN, namespace("other"), deployment("web"), deployment("web", space="other"))
    status, out, error, after = remove(two, "-A", "--yes")
    result("-A marks where evenkeel is asked, and only there", differs(
        [stored(after, "web", space)["metadata"]["annotations"].get("evenkeel.dev/inject") for space in ("shop", "other")],
        ["false", None]) and out + error)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    test_shown()
    test_taken()
    test_concurrent()
    test_rate()
    test_notes()
    finish()


if __name__ == "__main__":
    main()
