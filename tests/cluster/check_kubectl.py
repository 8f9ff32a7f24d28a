#!/usr/bin/env python3
"""kubectl evenkeel on two nodes: what it says of releases, and what it does to them, for a person and for a pipeline. Each case
has a Deployment of its own; all run at the same time. Commands run as a user who may do what their help claims, and no more.
With names of cases as arguments, only these. TAP on stdout.
"""

import base64
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from cluster import ROOT, isolate
from figures import write_figures
from images import program_image
from nodes import Nodes
from removal import check_remove, check_uninstall
from releases import IMAGE, TAGS, Bench, Case
from webhook import NAMESPACE

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

BINARY = ROOT / "build/release/evenkeel"
POLICY = """workloads:
  - preStop: {sleepSeconds: 1}
    batches: {steps: [1, 50%], approvers: ["user:releaser", "user:administrator"]}
  - match: {namespaces: [failing, removed, previewed]}
    preStop: {sleepSeconds: 5}
  - match: {namespaces: [removed, previewed]}
    readinessProbe: {periodSeconds: 1}
    terminationGracePeriodSeconds: {bufferSeconds: 5}
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
"""
# What each command's help says that it needs.
READS = [{"apiGroups": ["apps"], "resources": ["deployments", "statefulsets", "replicasets", "controllerrevisions"],
          "verbs": ["get", "list"]},
         {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]
RIGHTS = {"viewer": READS, "glancer": [{"apiGroups": ["apps"], "resources": ["deployments", "statefulsets"], "verbs": ["get", "list"]}],
          "releaser": READS + [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}],
          "looker": READS + [
              {"apiGroups": [""], "resources": ["namespaces", "nodes", "services"], "verbs": ["get", "list"]},
              {"apiGroups": [""], "resources": ["configmaps", "pods/proxy"], "verbs": ["get"]},
              {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create"]},
              {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["mutatingwebhookconfigurations"], "verbs": ["list"]}],
          "remover": [
              {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets", "daemonsets"], "verbs": ["get", "list", "patch"]},
              {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
              {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["mutatingwebhookconfigurations"], "verbs": ["list"]}],
          "stranger": READS + [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}]}


def grant(cluster):
    for user, rules in RIGHTS.items():
        group = "/apis/rbac.authorization.k8s.io/v1/"
        cluster.api.must("POST", group + "clusterroles", {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": user}, "rules": rules})
        cluster.api.must("POST", group + "clusterrolebindings", {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": user},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": user},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]})


class User:
    """Runs commands of the plugin as one user."""

    def __init__(self, cluster, name):
        self.environment = dict(os.environ, HOME=str(cluster.folder), NO_COLOR="1",
                                KUBECONFIG="%s-%s" % (cluster.kubeconfig, name),
                                PATH="%s:%s" % (cluster.parts, os.environ["PATH"]))

    def start(self, *arguments):
        return subprocess.Popen([str(BINARY), *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)

    def run(self, *arguments):
        """(status, stdout, stderr)"""
        process = self.start(*arguments)
        out, error = process.communicate(timeout=300)
        return process.returncode, out, error


class KubectlCase(Case):
    def __init__(self, bench, name, course, **options):
        super().__init__(bench, name, course, **dict({"probe": True}, **options))
        self.users = {user: User(bench.cluster, user) for user in RIGHTS}

    def release(self, verb, *arguments, user="releaser", name="web"):
        """A verb on this case's Deployment."""
        self.mark("release " + verb)
        return self.users[user].run("release", verb, "-n", self.name, *((name,) if name else ()), *arguments)

    def start_run(self, *arguments, user="releaser"):
        self.mark("release run")
        return self.users[user].start("release", "run", "-n", self.name, "web", "--interval=0.5", "-o", "json", *arguments)

    def ended(self, process, status, *events):
        """A run ended with this status, and its log has these events in this order."""
        out, error = process.communicate(timeout=300)
        lines = [json.loads(line) for line in out.splitlines()]
        seen = [line["event"] for line in lines if line["event"] in events]
        self.check("release run ends with %d, after %s" % (status, ", ".join(events)),
                   process.returncode == status and seen == list(events), process.returncode, out, error)
        return lines

    def held_step(self, step):
        self.wait("step %d is held" % step, lambda: self.held() == str(step))


def begin(case, version=2, **options):
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.apply(version, **options)
    case.held_step(1)


def person(case):
    begin(case)
    case.expect("held at the first step", {1: 4, 2: 1})
    status, out, error = case.users["viewer"].run("release", "list", "-A")
    row = next((line for line in out.splitlines() if line.startswith("person ")), "")
    case.check("list: the step, new and old pods that are ready, its state", status == 0 and re.search(
        r"deployments/web +1/3 +1/1 +4/4 .* ready$", row), status, out, error)
    status, out, error = case.users["glancer"].run("release", "list", "-n", case.name)
    case.check("list works with less: without pods", status == 0 and "pods not readable" in out, status, out, error)
    status, out, error = case.release("list", "-o", "json", name=None, user="viewer")
    row = json.loads(out)[0]
    case.equal("list as JSON", (row["name"], row["step"], row["newReady"], row["oldReady"], row["problem"]), ("web", 1, 1, 4, None))
    status, out, error = case.release("get", user="viewer")
    case.check("get: a tree with both versions, their pods, shares and commands", status == 0 and
               "held at step 1 of 3 ([1] → 50% → 100%)" in out and "evenkeel.test/web:2  1 of 1 ready, 20% of requests" in out and
               "evenkeel.test/web:1  4 of 4 ready, 80% of requests" in out and out.count("ready      restarts 0") == 5 and
               "release approve -n person deployments/web   (step 2, 2 pods)" in out, status, out, error)
    case.check("get says since when", re.search(r"\) for \d+s$", out.splitlines()[0]), out)
    (case.bench.cluster.folder / "release-get.txt").write_text(out.replace("-n person", "-n shop").replace(" in person", " in shop"))
    check_completion(case)
    status, out, error = case.release("diff", user="viewer")
    case.check("diff: just what differs", status == 1 and out.splitlines()[2:] == [
        '- spec.containers[app].image: "evenkeel.test/web:1"', '+ spec.containers[app].image: "evenkeel.test/web:2"'], status, out, error)
    status, out, error = case.release("approve", user="stranger")
    case.check("approve: whom the policy does not name is refused, with status 1 and the reason", status == 1 and
               "evenkeel refused the approval: the policy does not let this user approve" in error, status, out, error)
    status, out, error = case.release("approve", user="viewer")
    case.check("approve: who may not patch gets the API server's word, and status 2", status == 2 and "forbidden" in error, status, error)
    status, out, error = case.release("approve")
    case.check("approve", status == 0 and "approved from step 1 to step 2 of 3" in out, status, out, error)
    case.expect("the second step", {1: 3, 2: 2})
    status, out, error = case.release("list", "-o", "json", name=None)
    case.equal("list says who approved", json.loads(out)[0].get("approver"), "releaser")
    status, out, error = case.release("undo")
    case.check("undo", status == 0 and "rolled back to revision 1" in out, status, out, error)
    case.expect("all are of the version that it started from", {1: 4})
    case.expect_own()
    status, out, error = case.release("undo")
    case.check("undo of nothing", status == 1 and "nothing is held" in error, status, out, error)
    status, out, error = case.release("approve")
    case.check("approve of nothing", status == 1 and "nothing is held" in error, status, out, error)
    status, out, error = case.release("get", name="nowhere")
    case.check("get of nothing: status 2", status == 2 and "not found" in error, status, out, error)
    case.expect_lowest(4)


def check_completion(case):
    """kubectl's own completion asks the plugin, and the plugin asks kubectl for names."""
    folder, viewer = case.bench.cluster.folder / "plugin", case.users["viewer"]
    folder.mkdir()
    for name in ("evenkeel", "kubectl-evenkeel", "kubectl_complete-evenkeel"):
        (folder / name).symlink_to(BINARY)
    environment = dict(viewer.environment, PATH="%s:%s" % (folder, viewer.environment["PATH"]))

    def complete(*words):
        done = subprocess.run(["kubectl", "__complete", "evenkeel", *words], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True, check=False)
        return done.stdout.split()
    case.equal("kubectl completes the plugin's commands", complete("rel")[:1], ["release"])
    case.equal("its verbs", complete("release", "a")[:1], ["approve"])
    case.equal("its options", complete("release", "run", "web", "--ba")[:1], ["--bake="])
    case.equal("and names in the cluster", complete("release", "get", "-n", case.name, "")[:1], ["deployment/web"])
    done = subprocess.run(["bash", "-c", 'source <(evenkeel completion bash); COMP_WORDS=(evenkeel release u); COMP_CWORD=2; '
                           '_evenkeel; echo "${COMPREPLY[@]}"'], env=environment, stdout=subprocess.PIPE, universal_newlines=True, check=False)
    case.equal("and bash by itself", done.stdout, "undo\n")
    said = subprocess.run(["kubectl", "evenkeel", "release", "list", "-n", case.name], env=environment, stdout=subprocess.PIPE,
                          universal_newlines=True, check=False).stdout
    case.check("kubectl runs the plugin", "deployments/web" in said, said)


def not_ready(case):
    """The new version opens its port much later than anybody waits."""
    begin(case, arguments=("--ready-after=600",))
    case.expect("one new pod, not ready", {1: 4, 2: 1}, {2: 0})
    status, out, error = case.release("approve")
    case.check("approve: refused while pods are not ready", status == 1 and "not all there and ready" in error, status, error)
    status, out, error = case.release("list", "--check", name=None)
    case.check("list --check: status 1 where a held pod is not ready", status == 1 and "not ready" in out, status, out, error)
    lines = case.ended(case.start_run("--timeout=4s"), 1, "start", "step", "waiting", "failed", "rolled-back")
    case.check("the reason is said", "0 of 1 new pods are ready after 4 s" in lines[-2]["message"], lines)
    case.expect("the former version", {1: 4})
    case.expect_own()
    case.expect_lowest(4)


def pipeline(case):
    begin(case)
    record = case.bench.cluster.folder / "verified"
    command = 'echo "$EVENKEEL_STEP $(echo $EVENKEEL_PODS | wc -w) $EVENKEEL_OLD_IMAGES $EVENKEEL_IMAGES" >>%s' % record
    lines = case.ended(case.start_run("--bake=1s", "--verify=" + command, "--max-restarts=0"), 0, "start", "step", "ready",
                       "approved", "step", "ready", "approved", "released")
    case.equal("the command ran once at each step, with its pods and versions", record.read_text().splitlines(), [
        "1 1 evenkeel.test/web:1 evenkeel.test/web:2", "2 2 evenkeel.test/web:1 evenkeel.test/web:2"])
    case.expect("all are new", {2: 4})
    case.expect_own()
    case.check("lines of JSON have time, step and template", all(line.get("template") and line["time"].endswith("Z")
                                                              for line in lines if line["event"] == "approved"), lines)
    case.ended(case.start_run(), 0, "start", "released")
    case.expect_lowest(4)


class Load(threading.Thread):
    """Requests to a node port, each on a connection of its own, one after the other."""

    def __init__(self, addresses, port):
        super().__init__(daemon=True)
        self.addresses, self.port, self.stopped, self.good, self.lost = addresses, port, threading.Event(), 0, []

    def ask(self, address):
        connection = http.client.HTTPConnection(address, self.port, timeout=10)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def run(self):
        while not self.stopped.is_set():
            for address in self.addresses:
                try:
                    status = self.ask(address)
                except (OSError, http.client.HTTPException) as error:
                    status = repr(error)
                if status == 200:
                    self.good += 1
                else:
                    self.lost.append(status)


def failing(case):
    """Under load: new connections all the time, from before the release to behind the rollback."""
    drains = {"arguments": ("--on-term=drain",)}
    case.apply(1, **drains)
    case.expect("the first version", {1: 4})
    case.api.must("POST", "/api/v1/namespaces/%s/services" % case.name, {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {
            "type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30080}]}})
    load = Load([node.address for node in case.bench.cluster.nodes], 30080)

    def answers():
        try:
            return all(load.ask(address) == 200 for address in load.addresses)
        except (OSError, http.client.HTTPException):
            return False
    case.wait("the Service", answers)
    load.start()
    case.apply(2, **drains)
    case.held_step(1)
    case.ended(case.start_run('--verify=test "$EVENKEEL_STEP" = 1'), 1, "start", "step", "approved", "step", "failed",
               "rolled-back")
    case.expect("rolled back", {1: 4})
    load.stopped.set()
    load.join()
    case.check("no request was lost, of many", load.good > 200 and not load.lost, load.good, load.lost[:5])
    case.note("%d requests, %d lost" % (load.good + len(load.lost), len(load.lost)))
    case.expect_own()
    case.expect_lowest(4)


def bad_image(case):
    case.apply(1)
    case.expect("the first version", {1: 4})
    case.do("set", "image", "deployment/web", "app=evenkeel.test/none:1")
    case.held_step(1)
    case.wait("its pod", lambda: 2 in case.state())
    case.wait("the image is missed", lambda: "ImagePull" in case.release("list", name=None)[1])
    status, out, error = case.release("get", user="viewer")
    case.check("get says it too", "ImagePull" in out and "0 of 1 ready" in out, out, error)
    rows = [row for row in json.loads(case.users["looker"].run("status", "-o", "json")[1]) if "in %s is held" % case.name in row["text"]]
    case.check("and status warns of it", [row["level"] for row in rows] == ["warning"] and "Image" in rows[0]["text"], rows)
    lines = case.ended(case.start_run("--timeout=3s"), 1, "start", "failed", "rolled-back")
    case.check("the image is the reason", "Image" in next(line["message"] for line in lines if line["event"] == "failed"), lines)
    case.expect("rolled back", {1: 4})
    case.expect_own()
    case.expect_lowest(4)


def crashing(case):
    begin(case, arguments=("--nonsense",))
    lines = case.ended(case.start_run("--max-restarts=0", "--timeout=120s"), 1, "start", "failed", "rolled-back")
    case.check("restarts are the reason", "restarted" in next(line["message"] for line in lines if line["event"] == "failed"), lines)
    case.expect("rolled back", {1: 4})
    case.expect_own()
    case.expect_lowest(4)


def superseded(case):
    begin(case)
    process = case.start_run("--bake=100s")
    case.expect("held at the first step", {1: 4, 2: 1})
    case.apply(3)
    case.ended(process, 1, "start", "step", "superseded")
    case.expect("the newer version is held at its first step, approved by nobody", {1: 4, 3: 1})
    case.equal("at step 1", case.held(), "1")
    case.release("undo")
    case.expect("undo goes to the stable version, not to the one held before", {1: 4})
    case.expect_own()
    case.expect_lowest(4)


def interrupted(case):
    begin(case)
    process = case.start_run("--bake=100s")
    case.expect("held at the first step", {1: 4, 2: 1})
    process.send_signal(signal.SIGINT)
    case.ended(process, 130, "start", "step", "interrupted")
    case.equal("the hold stays", case.held(), "1")
    killed = case.start_run("--bake=100s")
    time.sleep(2)
    killed.kill()
    killed.communicate()
    case.ended(case.start_run("--dry-run"), 0, "start", "dry-run")
    case.equal("a dry run approves nothing", case.held(), "1")
    first, second = case.start_run("--bake=1s"), case.start_run("--bake=1s")
    for process in (first, second):
        case.ended(process, 0, "start", "released")
    case.expect("two runs at once release it", {2: 4})
    case.expect_own()
    case.expect_lowest(4)


def tmux(case, session, *arguments):
    done = subprocess.run(["tmux", "-L", "evenkeel-" + case.name, *arguments], env=dict(case.users["viewer"].environment, TERM="xterm"),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False)
    return done.stdout


class Frames(threading.Thread):
    """What stood on a terminal, and from when on, for docs/tools/recording."""

    def __init__(self, look):
        super().__init__(daemon=True)
        self.look, self.begun, self.frames, self.stopped = look, time.monotonic(), [], threading.Event()

    def take(self):
        text = self.look().rstrip()
        if text and (not self.frames or self.frames[-1][1] != text):
            self.frames.append((round(time.monotonic() - self.begun, 1), text))

    def run(self):
        while not self.stopped.wait(0.25):
            self.take()

    def end(self, path):
        self.stopped.set()
        self.join()
        self.take()
        path.write_text(json.dumps(self.frames, indent=0, ensure_ascii=False) + "\n")


def watched(case):
    if shutil.which("tmux") is None:
        case.check("tmux is there: make deps-cluster", False)
        return
    begin(case)
    case.expect("held at the first step", {1: 4, 2: 1})
    tmux(case, "w", "new-session", "-d", "-s", "w", "-x", "150", "-y", "40", "%s release get -n watched web --watch --interval=0.5; "
         "echo ended with $?; sleep 1000" % BINARY)
    try:
        def screen():
            return tmux(case, "w", "capture-pane", "-p", "-t", "w")
        frames = Frames(lambda: screen().replace(" watched ", " shop ").replace(" watched:", " shop:"))
        frames.start()
        case.wait("the tree", lambda: "held at step 1 of 3" in screen())
        case.release("approve")
        case.wait("the second step", lambda: "held at step 2 of 3" in screen() and "2 of 2 ready" in screen())
        shown = screen()
        case.check("it is drawn in place: one head, no line of an earlier picture", shown.count("deployments/web in watched") == 1 and
                   "step 1 of 3" not in shown and shown.count("to go back:") == 1, shown)
        case.release("approve")
        case.wait("the end", lambda: "ended with 0" in screen())
        frames.end(case.bench.cluster.folder / "watched.json")
        shown = screen()
        case.check("it ends when the rollout is complete", "the rollout is complete" in shown and "to go on" not in shown, shown)
    finally:
        tmux(case, "w", "kill-server")
    case.expect_own()


COURSES = {"person": person, "not-ready": not_ready, "pipeline": pipeline, "failing": failing, "bad-image": bad_image,
           "crashing": crashing, "superseded": superseded, "interrupted": interrupted, "watched": watched}


def levels(status, out):
    """What `status -o json` or `explain -o json` found, by check: the levels."""
    document = json.loads(out)
    found = {}
    for row in document if isinstance(document, list) else document["checks"]:
        found.setdefault(row["check"], []).append(row["level"])
    return status, found


def configuration(cluster):
    return "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/evenkeel"


def ended_ca(cluster):
    """A CA's certificate that is not valid any more."""
    path = cluster.folder / "ended.crt"
    subprocess.run(["openssl", "x509", "-in", str(cluster.folder / "certificates/apiserver.crt"), "-x509toreq", "-signkey", str(
        cluster.folder / "certificates/apiserver.key"), "-out", str(path) + ".req"], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "x509", "-req", "-in", str(path) + ".req", "-signkey", str(cluster.folder / "certificates/apiserver.key"),
                    "-days", "-1", "-out", str(path)], check=True, stderr=subprocess.DEVNULL)
    return path.read_bytes()


def check_status(results, bench):
    """A healthy installation, and broken ones."""
    cluster = bench.cluster
    looker, viewer = User(cluster, "looker"), User(cluster, "viewer")
    status, found = levels(*looker.run("status", "-o", "json")[:2])
    results.check("status: all is well with what its help says that it needs", status == 0 and set(sum(found.values(), [])) == {"ok"} and
                  set(found) == {"cluster", "webhook", "policy", "replicas", "certificate", "kubelets", "namespaces", "call",
                                 "others", "release"}, status, found)
    status, out, error = viewer.run("status")
    results.check("status: who may see little gets question marks, and no failure", status == 0 and "needs list mutatingwebhook" in out,
                  status, out, error)
    good = cluster.api.must("GET", configuration(cluster))
    hooks = json.loads(json.dumps(good["webhooks"]))
    other = (cluster.folder / "certificates/apiserver.crt").read_bytes()
    for hook in hooks:
        hook["clientConfig"]["caBundle"] = base64.b64encode(other).decode()
    for policy in ("Ignore", "Fail"):
        for hook in hooks:
            hook["failurePolicy"] = policy
        cluster.api.must("PATCH", configuration(cluster), {"webhooks": hooks}, "application/merge-patch+json")
        cluster.wait("the apiserver takes it", lambda: levels(*looker.run("status", "-o", "json")[:2])[1]["call"] == ["failure"], 60)
        status, out, error = looker.run("status")
        results.check("status: a caBundle of another CA, failurePolicy %s" % policy, status == 1 and re.search("^FAIL +call ", out, re.M),
                      out, error)
        results.check("and says why, also where the API server does not", "certificate" in next(
            line for line in out.splitlines() if re.match("FAIL +call ", line)), out)
    for hook in hooks:
        hook["clientConfig"]["caBundle"] = base64.b64encode(ended_ca(cluster)).decode()
        hook["failurePolicy"] = "Ignore"
    cluster.api.must("PATCH", configuration(cluster), {"webhooks": hooks}, "application/merge-patch+json")
    status, out, error = looker.run("status")
    results.check("status: a caBundle whose CA has ended", status == 1 and re.search(
        "^FAIL +webhook +.*the last CA of its caBundle ended [0-9]+ days ago$", out, re.M), out, error)
    cluster.api.must("PATCH", configuration(cluster), {"webhooks": good["webhooks"]}, "application/merge-patch+json")
    second = dict(good, metadata={"name": "second"}, webhooks=[dict(good["webhooks"][0], name="sidecars.example.com", failurePolicy="Ignore")])
    cluster.api.must("POST", configuration(cluster).rsplit("/", 1)[0], second)
    status, found = levels(*looker.run("status", "-o", "json")[:2])
    results.check("status: a second webhook on the same objects is a warning", status == 0 and found["others"] == ["warning"], found)
    cluster.api.must("DELETE", configuration(cluster).rsplit("/", 1)[0] + "/second")
    policy = cluster.api.must("GET", "/api/v1/namespaces/%s/configmaps/evenkeel-policy" % NAMESPACE)
    text = policy["data"]["policy.yaml"]
    cluster.api.must("PATCH", "/api/v1/namespaces/%s/configmaps/evenkeel-policy" % NAMESPACE, {"data": {"policy.yaml": re.sub(
        r'kubernetesVersion: .*', 'kubernetesVersion: "1.99"', text) if "kubernetesVersion" in text else
        text + '\ncluster: {kubernetesVersion: "1.99"}\n'}}, "application/merge-patch+json")
    status, found = levels(*looker.run("status", "-o", "json")[:2])
    results.check("status: kubelets older than the policy says; replicas that have another policy", status == 1 and
                  found["kubelets"] == ["failure"] and "warning" in found["policy"], status, found)
    cluster.api.must("PATCH", "/api/v1/namespaces/%s/configmaps/evenkeel-policy" % NAMESPACE, {"data": {"policy.yaml": text}},
                     "application/merge-patch+json")


def check_explain(results, bench):
    """One workload for each thing that keeps evenkeel away, and one that it looks after."""
    cluster, looker = bench.cluster, User(bench.cluster, "looker")
    cluster.namespace("explained")
    cluster.namespace("unlabelled", inject=False)
    case = KubectlCase(bench, "explained", None, replicas=1)
    plain = case.manifest(1)
    out_of_it = json.loads(json.dumps(plain).replace('"web"', '"out"'))
    out_of_it["metadata"]["annotations"] = {"evenkeel.dev/inject": "false"}
    stateful = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {
        "replicas": 0, "serviceName": "db", "selector": plain["spec"]["selector"], "template": plain["spec"]["template"]}}
    for space, document in (("explained", plain), ("explained", out_of_it), ("explained", stateful), ("unlabelled", plain)):
        status, out, error = cluster.kubectl("apply", "--namespace=" + space, "-f", "-", stdin=document)
        if status != 0:
            raise RuntimeError(out + error)
    status, out, error = looker.run("explain", "-n", "explained", "web")
    results.check("explain: evenkeel looks after it, with each rule's reason and the policy's line", status == 0 and re.search(
        r"preStop\[app\]: kept, as-wanted.*\(policy.yaml:\d+\)", out) and "a stopping pod" in out and
        "no Service selects its pods" in out, status, out, error)
    for name, space, check, text in (("web", "unlabelled", "namespace", "does not have the label"),
                                     ("out", "explained", "opt-out", 'has evenkeel.dev/inject: "false"')):
        status, out, error = looker.run("explain", "-n", space, "deployment/" + name)
        results.check("explain: kept away by %s" % check, status == 1 and re.search("^FAIL +%s .*%s" % (check, text), out, re.M),
                      status, out, error)
    document = json.loads(looker.run("explain", "-n", "explained", "web", "-o", "json")[1])
    results.check("explain as JSON: checks and outcomes", any(row.get("rule") == "preStop" and row["verdict"] == "kept"
                                                              for row in document["outcomes"]), document)
    status, out, error = looker.run("explain", "-n", "explained", "web", "-o", "svg")
    results.check("explain -o svg: the rollout's times as a picture", status == 0 and out.startswith("<svg ") and "SIGTERM" in out,
                  status, out[:300], error)
    status, out, error = looker.run("explain", "-n", "explained", "web", "--recorded")
    results.check("explain --recorded: what evenkeel wrote of it", status == 0 and
                  'spec.template.spec.containers[app].lifecycle.preStop: {"sleep":{"seconds":1}}' in out, status, out, error)
    status, out, error = looker.run("preview", "-A", "-o", "summary")
    lines = {line.split()[1]: line for line in out.splitlines() if line.startswith("stdin:")}
    results.check("preview -A: the live cluster by the live policy", status in (0, 1) and
                  "passed over (namespace not opted in)" in lines["unlabelled/Deployment/web"] and
                  "passed over (opted-out)" in lines["explained/Deployment/out"] and
                  "kept (as-wanted): preStop[app]" in lines["explained/Deployment/web"], status, out, error)
    policy = cluster.folder / "other-policy.yaml"
    policy.write_text("apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nworkloads:\n  - preStop: 7\n")
    status, out, error = looker.run("preview", "-n", "explained", "deployment/web", "--policy=%s" % policy, "-o", "patch")
    results.check("preview KIND/NAME: what another policy would change", '"seconds":7' in out, status, out, error)
    status, out, error = looker.run("preview", "-n", "explained", "deployment/none")
    results.check("preview of what is not there", status == 2 and "not found" in error, status, out, error)
    status, out, error = looker.run("explain", "-n", "explained", "sts/db")
    asked = any("statefulsets" in rule["resources"] for hook in cluster.api.must("GET", configuration(cluster))["webhooks"]
                for rule in hook["rules"])
    results.check("explain: whether the API server asks about the kind", (status == 0) == asked, status, out, error)


def check_gone(results, bench):
    """Evenkeel's pods are gone: an approval that nobody reads is no approval."""
    cluster, case = bench.cluster, KubectlCase(bench, "gone", None)
    cluster.namespace("gone")
    bench.watch.cases["gone"] = case
    begin(case)
    case.expect("held at the first step", {1: 4, 2: 1})
    cluster.kubectl("scale", "deployment/evenkeel", "--namespace=" + NAMESPACE, "--replicas=0")
    cluster.kubectl("delete", "pods", "--all", "--force", "--grace-period=0", "--namespace=" + NAMESPACE)
    time.sleep(2)
    status, out, error = case.release("approve")
    results.check("approve: nobody answers, so nothing is approved", status == 1 and "did not answer" in error, status, out, error)
    status, found = levels(*User(cluster, "looker").run("status", "-o", "json")[:2])
    results.check("status: no replica", status == 1 and found["replicas"] == ["failure"] and found["call"] == ["failure"], found)
    results.equal("and what it wrote is taken back", case.stored()["metadata"]["annotations"].get("evenkeel.dev/batch"), "1")
    bench.cases.append(case)


def main():
    chosen = sys.argv[1:]
    isolate()
    results = Results()
    images = [program_image(IMAGE % tag, "web.c") for tag in TAGS]
    cluster = Nodes("kubectl", images=images)
    cluster.users += [(user, user, "") for user in RIGHTS]
    with cluster:
        cluster.install_evenkeel(policy=POLICY)
        grant(cluster)
        bench = Bench(cluster)
        try:
            bench.run(*(KubectlCase(bench, name, course) for name, course in COURSES.items() if not chosen or name in chosen))
            if not chosen or "status" in chosen:
                check_explain(results, bench)
                check_status(results, bench)
            if not chosen or "remove" in chosen:
                check_remove(results, cluster, User)
            if not chosen or "gone" in chosen:
                check_gone(results, bench)
            if not chosen or "remove" in chosen:
                bench.watch.cases = {}
                check_uninstall(results, cluster, list(COURSES))
        finally:
            write_figures("kubectl", bench.tell(results))
    results.run()


if __name__ == "__main__":
    main()
