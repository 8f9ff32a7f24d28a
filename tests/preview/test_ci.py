#!/usr/bin/env python3
"""The examples for continuous integration, as far as they can run here: each command of the GitHub and GitLab jobs, the
pre-commit hooks, the Argo CD plugin's command and Helm's post-renderer (with the real Helm if there is one)."""

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
    helm = shutil.which("helm", path="%s:%s" % (ROOT / "build/cluster/bin", os.environ["PATH"]))
    if helm:
        (folder / "chart/templates").mkdir(parents=True)
        (folder / "chart/Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n")
        (folder / "chart/templates/shop.yaml").write_text(SHOP)
        status, output, errors = run(folder, "'%s' template shop chart --post-renderer '%s'" % (helm, renderer))
        version = run(folder, "'%s' version --short" % helm)[1].strip()
        if "v4" not in version:  # Helm 4 runs plugins there
            result("the real Helm %s runs it" % version, differs((status, "preStop" in output), (0, True)) and errors)


with tempfile.TemporaryDirectory() as made:
    FOLDER = Path(made)
    make(FOLDER)
    for test in (jobs, hooks, plugins):
        test(FOLDER)
finish()
