#!/usr/bin/env python3
"""docs/CERTIFICATES.md followed to the letter on a real apiserver, by Helm 3 and by Helm 4, with --reuse-values and
with a values file: a shell runs the commands of the page. After each step, the CAs that the apiserver trusts match the
CA that replicas sign with. Commands that would undo a rotation are refused. There are no nodes, so nothing is
restarted here; check_installed.py does that under load. TAP on stdout.
"""

import base64
import os
import re
import subprocess
import sys

from cluster import ROOT, Cluster, built, isolate

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

CHART = ROOT / "charts/evenkeel"
PAGE = ROOT / "docs/CERTIFICATES.md"
BINARY = ROOT / "build/release/evenkeel"
CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/evenkeel"
OWN, CHARTS = "evenkeel-root", "evenkeel-ca"
NEEDS_NODES = ("kubectl --namespace evenkeel rollout", "helm test")


def commands(heading, block=0):
    """The commands of a code block below a heading of the page. A command may continue in the next line."""
    section = re.search(r"^### %s\n(.*?)(?=^##)" % re.escape(heading), PAGE.read_text(encoding="utf-8"), re.M | re.S).group(1)
    return re.sub(r"\|\n\s*", "| ", re.findall(r"^```\n(.*?)^```", section, re.M | re.S)[block]).splitlines()


class Release:
    """A shell in which `helm` is Helm 3 or Helm 4, and the state of the cluster."""

    def __init__(self, cluster, helm):
        self.cluster, self.api = cluster, cluster.api
        self.folder = cluster.folder / ("shell-" + helm)
        (self.folder / "bin").mkdir(parents=True)
        for name, program in (("helm", cluster.parts / "helm" if helm == "4" else built("cluster/helm3")),
                              ("kubectl", cluster.parts / "kubectl"), ("evenkeel", BINARY)):
            (self.folder / "bin" / name).symlink_to(program)
        (self.folder / "charts").symlink_to(CHART.parent)
        self.environment = dict(cluster.environment, PATH="%s:%s" % (self.folder / "bin", os.environ["PATH"]))

    def shell(self, command):
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=self.folder, env=self.environment, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, check=False)
        return done.returncode, done.stderr if done.returncode else ""

    def fits(self, secret):
        """Whether what replicas sign with chains to what the apiserver trusts; and how many CAs that are."""
        data = self.api.must("GET", "/api/v1/namespaces/evenkeel/secrets/" + secret)["data"]
        bundle = base64.b64decode(self.api.must("GET", CONFIGURATION)["webhooks"][0]["clientConfig"]["caBundle"])
        for name, content in (("tls.crt", base64.b64decode(data["tls.crt"])), ("tls.key", base64.b64decode(data["tls.key"])),
                              ("trusted.crt", bundle)):
            (self.folder / name).write_bytes(content)
        verify = "evenkeel certs verify --cert=tls.crt --key=tls.key --bundle=trusted.crt --namespace=evenkeel"
        return self.shell(verify)[0] == 0, bundle.count(b"BEGIN CERTIFICATE"), data["tls.crt"]

    def end(self):
        self.shell("helm uninstall evenkeel --namespace evenkeel --wait; kubectl -n evenkeel delete secret --all")


def rotate(results, release, what, heading, secret, values):
    """Runs the page's commands; the number of trusted CAs and whether another one signs, after each that changes them."""
    _, _, old = release.fits(secret)
    seen = []
    for command in commands(heading):
        if command.startswith(NEEDS_NODES):
            continue
        status, problem = release.shell(command.replace("--reuse-values", values))
        results.equal("%s: %s" % (what, command[:70]), (status, problem), (0, ""))
        fits, trusted, signs = release.fits(secret)
        results.check("%s: replicas are trusted after it" % what, fits)
        seen.append((trusted, signs != old))
    return seen


def check_own(results, release, what, values):
    status, problem = release.shell("helm install evenkeel charts/evenkeel --namespace evenkeel --set replicas=1")
    results.equal("%s: installed" % what, (status, problem), (0, ""))
    seen = rotate(results, release, what, "The chart's own CA: six commands", CHARTS, values)
    results.equal("%s: both are trusted, the new one signs, it alone is trusted" % what, seen,
                  [(2, False), (2, True), (1, True)])
    keys = release.api.must("GET", "/api/v1/namespaces/evenkeel/secrets/" + CHARTS)["data"].keys()
    results.equal("%s: nothing is left of it" % what, sorted(keys), ["ca.crt", "tls.crt", "tls.key"])
    results.check("%s: to sign first is refused" % what, "say trust first" in release.shell(
        "helm upgrade evenkeel charts/evenkeel -n evenkeel --reuse-values --set certificates.ca.rotation=sign")[1])
    release.shell("helm upgrade evenkeel charts/evenkeel -n evenkeel --reuse-values --set certificates.ca.rotation=trust")
    release.shell("helm upgrade evenkeel charts/evenkeel -n evenkeel --reuse-values --set certificates.ca.rotation=")
    results.equal("%s: it can be broken off" % what, release.fits(CHARTS)[:2], (True, 1))
    status, problem = release.shell("helm rollback evenkeel 1 --namespace evenkeel")
    results.equal("%s: a rollback goes through" % what, (status, problem), (0, ""))
    results.equal("%s: and its pair fits" % what, release.fits(CHARTS)[:2], (True, 1))
    release.end()


def check_existing(results, release, what, values):
    made = "evenkeel certs ca --force --namespace=evenkeel && evenkeel certs manifests --cert=ca.crt --key=ca.key " \
           "--bundle=ca.crt --namespace=evenkeel --secret=evenkeel-root | kubectl apply --server-side --force-conflicts -f -"
    options = "--set certificates.ca.existingSecret=evenkeel-root --set-file certificates.caBundle=ca.crt"
    release.shell("rm -f new.* bundle.crt")
    results.equal("%s: a CA of one's own" % what, release.shell(made), (0, ""))
    results.equal("%s: installed" % what, release.shell("helm install evenkeel charts/evenkeel -n evenkeel " + options), (0, ""))
    seen = rotate(results, release, what, "A CA of your own (`ca.existingSecret` and `caBundle`)", OWN, values)
    results.equal("%s: both, the new one signs, it alone" % what, seen,
                  [(1, False), (1, False), (2, False), (2, True), (1, True)])
    # As somebody does who forgets the values, or has rotated by kubectl alone.
    status, problem = release.shell("helm upgrade evenkeel charts/evenkeel -n evenkeel " + options)
    results.check("%s: the old caBundle is refused, with what to do" % what, status != 0 and
                  "certificates.caBundle does not hold the CA in tls.crt of Secret evenkeel-root" in problem, problem)
    results.equal("%s: and nothing is changed" % what, release.fits(OWN)[:2], (True, 1))
    release.end()


def check_edited_policy(results, release, what, conflicts):
    """After a hand-edited ConfigMap."""
    release.shell("helm install evenkeel charts/evenkeel --namespace evenkeel")
    edit = "kubectl -n evenkeel get configmap evenkeel-policy -o yaml | sed 's/mode: enforce/mode: observe/' | " \
           "kubectl replace --field-manager=kubectl-edit -f -"
    results.equal("%s: the policy is edited" % what, release.shell(edit), (0, ""))
    status, problem = release.shell("helm upgrade evenkeel charts/evenkeel --namespace evenkeel --set replicas=3")
    results.check("%s: %s" % (what, "an upgrade finds the conflict" if conflicts else "an upgrade passes"),
                  (status != 0 and "conflict" in problem) == conflicts, problem)
    if conflicts:
        for command in ("helm upgrade evenkeel charts/evenkeel --namespace evenkeel --force-conflicts",
                        "helm rollback evenkeel 1 --namespace evenkeel --force-conflicts"):
            results.equal("%s: %s" % (what, command[:13]), release.shell(command), (0, ""))
    release.end()


def main():
    results = Results()
    isolate("cluster/helm3")
    with Cluster("rotation") as cluster:
        cluster.namespace("evenkeel", inject=False)
        for helm in ("4", "3"):
            release = Release(cluster, helm)
            (release.folder / "own.yaml").write_text("replicas: 1\n")
            (release.folder / "existing.yaml").write_text(
                "certificates: {ca: {existingSecret: evenkeel-root}}\n")
            check_own(results, release, "Helm %s, --reuse-values" % helm, "--reuse-values")
            check_own(results, release, "Helm %s, a values file" % helm, "--values own.yaml")
            check_existing(results, release, "Helm %s, --reuse-values" % helm, "--reuse-values")
            check_existing(results, release, "Helm %s, a values file" % helm, "--values existing.yaml")
            check_edited_policy(results, release, "Helm %s" % helm, helm == "4")
    results.run()


if __name__ == "__main__":
    main()
