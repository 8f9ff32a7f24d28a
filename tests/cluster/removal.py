"""`kubectl evenkeel remove`, and the documents' ways to uninstall, followed to the letter, in a real cluster where evenkeel
serves: what applications keep, what edits then succeed, and what is left of evenkeel.
"""

import json
import os
import re
import subprocess

from cluster import ROOT
from objects import deployment, pod_spec
from webhook import NAMESPACE

BINARY = ROOT / "build/release/evenkeel"
WEB = "evenkeel.test/web:1"
LIVENESS = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 5}


def application(name, replicas=1, **container):
    """One without `replicas` is scaled by somebody else, as an HPA does."""
    document = deployment(name, image=WEB)
    document["metadata"]["annotations"] = {"evenkeel.dev/batches": ""}
    if replicas is None:
        del document["spec"]["replicas"]
    else:
        document["spec"]["replicas"] = replicas
    pod = document["spec"]["template"]["spec"]
    pod["automountServiceAccountToken"] = False
    pod["containers"][0].update(args=["--listen=8080", "--on-term=exit"], **container)
    return document


def with_version(document, version):
    document = json.loads(json.dumps(document))
    document["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "VERSION", "value": version}]
    return document


# The five edits that need evenkeel, or that nothing of evenkeel is there.


def own_handler(document):
    document["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/healthz", "port": 8080}}


def lower_grace(document):
    document["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 2


def no_surge(document):
    document["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 0}}


def another_port(document):
    container = document["spec"]["template"]["spec"]["containers"][0]
    container.update(args=["--listen=8081", "--on-term=exit"], ports=[{"containerPort": 8081}])


def moved_liveness(document):
    document["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["httpGet"]["path"] = "/alive"


EDITS = {"own-handler": own_handler, "lower-grace": lower_grace, "no-surge": no_surge, "another-port": another_port,
         "moved-liveness": moved_liveness}
REFUSED = ("own-handler", "lower-grace", "no-surge")  # by the API server, beside evenkeel's values


def edited(name):
    document = application(name, **({"livenessProbe": dict(LIVENESS)} if name == "moved-liveness" else {}))
    changed = json.loads(json.dumps(document))
    EDITS[name](changed)
    return document, changed


def commands(document, heading, block=0):
    """The lines of a code block below a heading."""
    text = (ROOT / "docs" / document).read_text()
    part = text[text.index("\n## %s\n" % heading) + 1:]
    part = part[:part.find("\n## ", 1)]
    return [found for found in re.findall(r"^```\n(.*?)^```", part, re.S | re.M) if "evenkeel" in found][block]


class Space:
    """One namespace and its applications."""

    def __init__(self, cluster, name, inject=True):
        self.cluster, self.name = cluster, cluster.namespace(name, inject)
        self.path = "/apis/apps/v1/namespaces/%s/deployments" % name

    def kubectl(self, *arguments, stdin=None):
        return self.cluster.kubectl("--namespace=" + self.name, *arguments, stdin=stdin)

    def apply(self, document):
        status, out, error = self.kubectl("apply", "-f", "-", stdin=document)
        if status != 0:
            raise RuntimeError(out + error)

    def stored(self, name):
        return self.cluster.api.must("GET", "%s/%s" % (self.path, name))

    def all(self):
        return self.cluster.api.must("GET", self.path)["items"]

    def is_done(self, name):
        stored = self.stored(name)
        status, wanted = stored.get("status", {}), stored["spec"]["replicas"]
        return (status.get("observedGeneration") == stored["metadata"]["generation"] and wanted ==
                status.get("updatedReplicas", 0) == status.get("replicas", 0) == status.get("availableReplicas", 0))

    def wait(self, *names):
        self.cluster.wait("rollouts of %s" % ", ".join(names), lambda: all(map(self.is_done, names)), 180)


def traces(document):
    """What of evenkeel is on an object or in its spec, but for what its manifest says."""
    container, metadata = pod_spec(document)["containers"][0], document["metadata"]
    found = [key for key in (*metadata.get("annotations", {}), *metadata.get("labels", {}))
             if key.startswith("evenkeel.dev/") and key != "evenkeel.dev/batches"]
    return found + [key for key in ("lifecycle", "readinessProbe") if key in container]


def shell(cluster, text):
    """Lines of the documents, as a person runs them: [(status, output)]."""
    folder = cluster.folder / "bin"
    folder.mkdir(exist_ok=True)
    for name in ("evenkeel", "kubectl-evenkeel"):
        if not (folder / name).exists():
            (folder / name).symlink_to(BINARY)
    environment = dict(cluster.environment, PATH="%s:%s:%s" % (folder, cluster.parts, os.environ["PATH"]))
    done = subprocess.run(["bash", "-c", text], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, check=False, timeout=900)
    return done.returncode, done.stdout


def lines(cluster, text):
    return [(line.split("#")[0].strip(), *shell(cluster, line)) for line in text.splitlines() if line.strip()]


def keeps_its_pods(results, space, way):
    """What an HPA scaled stays so when the manifest without `replicas` is applied again."""
    before = space.stored("scaled")["spec"]["replicas"]
    space.apply(with_version(application("scaled", None), "2"))
    space.wait("scaled")
    stored = space.stored("scaled")
    results.equal("%s: the next apply of a manifest without replicas keeps 4, without evenkeel's values" % way,
                  (before, stored["spec"]["replicas"], traces(stored)), (4, 4, []))


def check_served(results, cluster, user):
    space = Space(cluster, "removed")
    for name in EDITS:
        space.apply(edited(name)[0])
    space.apply(application("scaled", None))
    space.apply(with_version(dict(application("held", 2), metadata={"name": "held"}), "1"))
    space.wait(*EDITS, "scaled", "held")
    space.kubectl("scale", "deployment/scaled", "--replicas=4")
    space.apply(with_version(dict(application("held", 2), metadata={"name": "held"}), "2"))
    space.wait("scaled")
    results.equal("remove: before, each has evenkeel's values, and a release is held", (
        [name for name in (*EDITS, "scaled") if "lifecycle" not in traces(space.stored(name))],
        "evenkeel.dev/held" in traces(space.stored("held"))), ([], True))
    before = {one["metadata"]["name"]: one["metadata"]["generation"] for one in space.all()}
    status, out, error = user(cluster, "remover").run("remove", "-n", "removed")
    results.check("remove: shows what it would do with what its help says that it needs", status == 1 and not error and
                  "objects to change: 7; to roll out: 7, 1 at a time" in out and "step 1 of 3 is held" in out, status, out, error)
    results.equal("and changes nothing", {one["metadata"]["name"]: one["metadata"]["generation"] for one in space.all()}, before)
    for name in ("own-handler", "moved-liveness"):
        status, out, error = user(cluster, "stranger").run("remove", "-n", "removed", "deployment/" + name, "--yes", "--interval=0.5")
        results.check("remove of one workload works with less: get and patch", status == 0 and "rolled out" in out and
                      traces(space.stored(name)) == ["evenkeel.dev/inject"], status, out, error, space.stored(name))
    done = lines(cluster, commands("WAYS-OUT.md", "Uninstalling").replace("NAMESPACE", "removed"))
    results.equal("docs/WAYS-OUT.md's commands to uninstall, with their statuses", [(line, status) for line, status, _ in done], [
        ("kubectl evenkeel remove -n removed", 1), ("kubectl evenkeel remove -n removed --yes", 0),
        ("kubectl label namespace removed evenkeel.dev/inject-", 0), ("kubectl evenkeel remove -n removed --yes", 0)])
    results.check("held ones first, one rollout after the other", re.match(
        r"deployments/held in removed: .*no longer held\n", done[1][2]) and len(re.findall(
            r"it rolls out.*\n(?:  note: .*\n)*deployments/[^:]*: rolled out\n", done[1][2])) == 5, done[1][2])
    results.equal("nothing of evenkeel is left", {one["metadata"]["name"]: traces(one) for one in space.all() if traces(one)}, {})
    held = space.stored("held")
    results.equal("the hold is given back", (held["spec"].get("minReadySeconds", 0), held["spec"]["progressDeadlineSeconds"], pod_spec(
        held)["containers"][0]["env"][0]["value"]), (0, 600, "2"))
    keeps_its_pods(results, space, "remove")
    for name in EDITS:
        space.apply(edited(name)[1])
    space.wait(*EDITS)
    results.check("the five edits succeed and roll out", True)


def check_previewed(results, cluster):
    """The same by preview's patches, where the label is gone already; and what fails before."""
    space = Space(cluster, "previewed")
    for name in REFUSED:
        space.apply(edited(name)[0])
    space.apply(application("scaled", None))
    space.wait(*REFUSED, "scaled")
    space.kubectl("scale", "deployment/scaled", "--replicas=4")
    space.wait("scaled")
    cluster.kubectl("label", "namespace", "previewed", "evenkeel.dev/inject-")
    refused = [name for name in REFUSED if space.kubectl("apply", "--dry-run=server", "-f", "-", stdin=edited(name)[1])[0] != 0]
    results.equal("without evenkeel its values make three edits fail", refused, list(REFUSED))
    status, out = shell(cluster, commands("WAYS-OUT.md", "Uninstalling", 1).replace("NAMESPACE", "previewed"))
    results.check("preview --remove -o patch: docs/WAYS-OUT.md's command", status == 0 and out.count(" patched") == 4, status, out)
    results.equal("takes all out", [name for name in (*REFUSED, "scaled") if traces(space.stored(name))], [])
    keeps_its_pods(results, space, "preview --remove -o patch")
    for name in REFUSED:
        space.apply(edited(name)[1])
    space.wait(*REFUSED)


def check_remove(results, cluster, user):
    check_served(results, cluster, user)
    check_previewed(results, cluster)


def check_uninstall(results, cluster, others):
    """docs/INSTALL.md's commands, for the whole cluster."""
    for name in (*others, "explained", "unlabelled", "gone", "removed", "previewed"):
        cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
    cluster.kubectl("scale", "deployment/evenkeel", "--namespace=" + NAMESPACE, "--replicas=2")
    cluster.kubectl("rollout", "status", "deployment/evenkeel", "--namespace=" + NAMESPACE, "--timeout=120s")
    spaces = [Space(cluster, "left-%d" % number) for number in range(2)]
    for space in spaces:
        space.apply(application("web"))
        space.wait("web")
    results.equal("uninstall: evenkeel served both", [("lifecycle" in traces(space.stored("web"))) for space in spaces], [True] * 2)
    done = lines(cluster, commands("INSTALL.md", "Upgrade and uninstall"))
    results.equal("docs/INSTALL.md's commands to uninstall, with their statuses", [status for _, status, _ in done], [1, 0, 0, 0, 0])
    for line, status, out in done if [status for _, status, _ in done] != [1, 0, 0, 0, 0] else ():
        print("# %s: %d\n%s" % (line, status, "".join("#   %s\n" % text for text in out.splitlines())))
    results.equal("nothing of evenkeel is left", [traces(space.stored("web")) for space in spaces], [[]] * 2)
    labelled = cluster.api.must("GET", "/api/v1/namespaces?labelSelector=evenkeel.dev/inject")["items"]
    results.equal("no namespace has its label", [one["metadata"]["name"] for one in labelled], [])
