#!/usr/bin/env python3
"""docs/CERTIFICATES.md, "Without Helm", followed to the letter on a real apiserver, after the installation that
docs/INSTALL.md has: forward, back, and with manifests that are applied again. After each step, the CAs that the apiserver
trusts match the CA that replicas sign with, and nothing else of the webhook configuration is changed. There are no nodes, so
nothing is restarted here. TAP on stdout.
"""

import os
import subprocess
import sys

from check_chart_rotation import BINARY, CONFIGURATION, NEEDS_NODES, Release, commands
from cluster import ROOT, Cluster, isolate

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

SECRET, HEADING = "evenkeel-ca", "Without Helm"
INSTALL = "kubectl apply --server-side -f build/manifests/evenkeel.yaml"
MANAGER = " --field-manager=evenkeel-certs"


class Installed(Release):
    """A shell in the folder with the manifests and the CA, as `make manifests` leaves them."""

    def make(self):
        subprocess.run([ROOT / "packaging/manifests", BINARY, self.folder], check=True, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, env=dict(os.environ, KUBE_VERSION="1.30", NAMESPACE="evenkeel"))

    def apply(self):
        return self.shell(INSTALL.replace("build/manifests/", ""))

    def rest(self):
        """The configuration's webhooks without caBundle."""
        hooks = self.api.must("GET", CONFIGURATION)["webhooks"]
        return [dict(hook, clientConfig=dict(hook["clientConfig"], caBundle="")) for hook in hooks]

    def owners(self):
        """Who owns the caBundle."""
        fields = self.api.must("GET", CONFIGURATION)["metadata"]["managedFields"]
        return sorted(entry["manager"] for entry in fields if "f:caBundle" in str(entry["fieldsV1"]))


def follow(results, release, what, steps):
    """Runs commands of the page: (how many CAs are trusted, whether the first one's successor signs) after each that writes."""
    _, _, old = release.fits(SECRET)
    rest, seen = release.rest(), []
    for command in steps:
        if command.startswith(NEEDS_NODES):
            continue
        status, problem = release.shell(command)
        results.equal("%s: %s" % (what, command[:90]), (status, problem), (0, ""))
        fits, trusted, signs = release.fits(SECRET)
        results.check("%s: replicas are trusted after it" % what, fits)
        if "kubectl apply" in command:
            seen.append((trusted, signs != old))
    results.equal("%s: only caBundle is changed" % what, release.rest(), rest)
    return seen


def check_rotation(results, release, what, forward):
    old = (release.folder / "evenkeel.yaml").read_text()
    seen = follow(results, release, what, forward)
    results.equal("%s: both are trusted, the new one signs, it alone is trusted" % what, seen, [(2, False), (2, True), (1, True)])
    results.equal("%s: who owns caBundle" % what, release.owners(), ["evenkeel-certs"])
    before = release.fits(SECRET)
    status, problem = release.apply()
    results.check("%s: the manifests of before are refused" % what, status != 0 and 'conflict with "evenkeel-certs"' in problem, problem)
    results.equal("%s: and change no CA" % what, release.fits(SECRET), before)
    release.make()
    results.check("%s: make manifests writes another CA" % what, (release.folder / "evenkeel.yaml").read_text() != old)
    results.equal("%s: which is applied as before" % what, release.apply(), (0, ""))
    results.equal("%s: and is the cluster's" % what, release.fits(SECRET), before)
    results.equal("%s: then both own caBundle" % what, release.owners(), ["evenkeel-certs", "kubectl"])


def check_back(results, release, forward, back):
    """Back from where both are trusted and the new one signs."""
    _, _, old = release.fits(SECRET)
    last = max(index for index, command in enumerate(forward) if "kubectl apply" in command)
    seen = follow(results, release, "as far as one can go back", forward[:last])
    results.equal("as far as one can go back: the new one signs", seen, [(2, False), (2, True)])
    seen = follow(results, release, "back", back)
    results.equal("back: both are trusted, then the old one alone", [trusted for trusted, _ in seen], [2, 1])
    results.equal("back: the old one signs", release.fits(SECRET), (True, 1, old))
    results.equal("back: the manifests are applied as before", release.apply(), (0, ""))


def check_stops(results, release, forward):
    """What the page warns of: kubectl's own manager, and a step after one that failed."""
    rest, (_, trusted, signs) = release.rest(), release.fits(SECRET)
    for command in forward[:2]:
        release.shell(command)
    status, problem = release.shell(forward[2].replace(MANAGER, ""))
    results.check("with kubectl's own manager it is refused", status != 0 and "webhooks[0].sideEffects: Required value" in problem, problem)
    results.equal("and nothing is changed", (release.rest(), release.fits(SECRET)), (rest, (True, trusted, signs)))
    status, problem = release.shell(forward[3])
    results.check("the check before the new one signs stops here", status == 1 and "does not chain" in problem, problem)
    release.shell("rm new.crt new.key")


def check_patched(results, release):
    """docs/OBSERVING.md's cure of a caBundle that somebody patched."""
    release.shell("evenkeel certs ca --namespace=evenkeel --cert-out=other.crt --key-out=other.key")
    patch = """kubectl patch mutatingwebhookconfiguration evenkeel --type=json -p '[{"op": "replace", "path":
            "/webhooks/0/clientConfig/caBundle", "value": "'$(base64 -w0 other.crt)'"}]'"""
    results.equal("the caBundle is patched", release.shell(patch), (0, ""))
    results.equal("and no replica is trusted", release.fits(SECRET)[:2], (False, 1))
    status, problem = release.apply()
    results.check("the manifests find the conflict", status != 0 and 'conflict with "kubectl-patch"' in problem, problem)
    results.equal("and repair it", release.shell(INSTALL.replace("build/manifests/", "") + " --force-conflicts"), (0, ""))
    results.equal("so that replicas are trusted", release.fits(SECRET)[:2], (True, 1))


def main():
    results = Results()
    isolate()
    forward, back = commands(HEADING), commands(HEADING, 1)
    results.check("the page checks before the new CA signs", "certs verify" in forward[3], forward)
    results.check("docs/INSTALL.md installs so", INSTALL in (ROOT / "docs/INSTALL.md").read_text(encoding="utf-8"))
    with Cluster("rotation-manifests") as cluster:
        release = Installed(cluster, "4")
        release.make()
        results.equal("installed", release.apply(), (0, ""))
        check_stops(results, release, forward)
        check_rotation(results, release, "first", forward)
        check_back(results, release, forward, back)
        check_rotation(results, release, "again", forward)
        check_patched(results, release)
    results.run()


if __name__ == "__main__":
    main()
