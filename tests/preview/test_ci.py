#!/usr/bin/env python3
"""The examples for continuous integration, as far as they can run here: each command of the GitHub and GitLab jobs, the
pre-commit hooks, the Argo CD plugin's command and Helm's post-renderer. HELM and HELM3 name the real ones, as
tests/cluster/check_preview_helm.py does."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from preview import BINARY, ROOT, differs, finish, result

CI = ROOT / "docs/examples/ci"
SHOP = (ROOT / "docs/examples/before.yaml").read_text()


def run(folder, command, **more):
    ran = subprocess.run(["sh", "-c", command], cwd=str(folder), env=dict(os.environ, PATH="%s:%s" % (folder / "bin", os.environ["PATH"])),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


def make(folder):
    for name in ("bin", "deploy"):
        (folder / name).mkdir()
    (folder / "bin/evenkeel").symlink_to(BINARY)
    (folder / "deploy/shop.yaml").write_text(SHOP)
    (folder / "empty.yaml").write_text("")
    (folder / "kustomization.yaml").write_text("resources: [deploy/shop.yaml]\n")


def jobs(folder):
    commands = [(name, command) for name, mark in (("github", r"- run: (evenkeel .*)"), ("gitlab", r"    - (evenkeel .*)"))
                for command in re.findall(mark, (CI / (name + ".yml")).read_text())]
    result("the jobs have commands", differs(len(commands), 5))
    for name, command in commands:
        status, _, errors = run(folder, command)
        result("%s: %s" % (name, command), differs((status, errors), (1 if "--exit-code" in command else 0, "")))
    result("they leave their files", differs([name for name in ("evenkeel.sarif", "rollouts.html", "rollouts.xml")
                                              if not (folder / name).stat().st_size], []))


def hooks(folder):
    entries = re.findall(r"entry: (.*)", (ROOT / ".pre-commit-hooks.yaml").read_text())
    for entry, wanted in zip(entries, (1, 0)):
        status, _, errors = run(folder, "%s deploy/shop.yaml empty.yaml" % entry)
        result("pre-commit: " + entry, differs((status, errors), (wanted, "")))
    status, output, _ = run(folder, entries[0] + " deploy/shop.yaml")
    result("pre-commit: once written it passes", differs((status, output), (0, "")))
    (folder / "deploy/shop.yaml").write_text(SHOP)


def plugins(folder):
    words = re.search(r"command: \[(.*)\]", (CI / "argocd-plugin.yaml").read_text()).group(1).split(", ")
    if shutil.which("kubectl"):
        status, output, errors = run(folder, shlex.join(words))
        result("Argo CD's plugin", differs((status, "preStop" in output, errors), (0, True, "")))
        (folder / "kustomization.yaml").write_text("resources: [gone.yaml]\n")
        status, output, _ = run(folder, shlex.join(words))
        result("a build that breaks generates nothing, and fails", differs((status, output), (2, "")))
    renderer = CI / "helm-post-renderer.sh"
    status, output, errors = run(folder, str(renderer), input=SHOP.encode())
    result("Helm's post-renderer", differs((status, "preStop" in output, errors), (0, True, "")))
    result("with nothing to render it fails", differs(run(folder, str(renderer), input=b"")[:2], (2, "")))


def helm(folder, program):
    """The real one: Helm 3 runs a program, Helm 4 a plugin, which it installs from the folder of the example."""
    version = run(folder, "'%s' version --short" % program)[1].strip()
    four = version.startswith("v4")
    renderer = "evenkeel" if four else CI / "helm-post-renderer.sh"
    command = "HELM_DATA_HOME='%s/helm' '%s' " % (folder, program)
    if four:
        status, _, errors = run(folder, command + "plugin install '%s'" % (CI / "helm-4-plugin"))
        result("Helm %s installs the plugin" % version, errors if status else "")
    (folder / "chart/templates").mkdir(parents=True, exist_ok=True)
    (folder / "chart/Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n")
    for text, wanted in ((SHOP, (True, True)), ("", (False, False))):
        (folder / "chart/templates/shop.yaml").write_text(text)
        status, output, errors = run(folder, command + "template shop chart --post-renderer '%s'" % renderer)
        result("Helm %s: %s" % (version, "what it renders is protected" if text else "what renders nothing fails"),
               differs((status == 0, "preStop" in output), wanted) and errors)


def helms(folder):
    for name in filter(None, [os.environ.get("HELM") or shutil.which("helm"), os.environ.get("HELM3")]):
        helm(folder, name)


with tempfile.TemporaryDirectory() as made:
    FOLDER = Path(made)
    make(FOLDER)
    for test in (jobs, hooks, plugins, helms):
        test(FOLDER)
finish()
