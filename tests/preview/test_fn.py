#!/usr/bin/env python3
"""`evenkeel fn`, a KRM function: alone on ResourceLists, and run by the real kustomize and kpt if they are there (in
build/cluster/bin or on the PATH)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from preview import BINARY, ROOT, differs, finish, result

ITEM = """- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: shop # the shop
  spec:
    selector: {matchLabels: {app: shop}}
    template:
      metadata: {labels: {app: shop}}
      spec:
        containers:
        - name: app
          ports: [{containerPort: 8080}]
"""
HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
POLICY = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nworkloads:\n- minReadySeconds: 3\n"
CONFIG = """functionConfig:
  apiVersion: evenkeel.dev/v1alpha1
  kind: RolloutPolicy
  metadata: {name: policy, annotations: {config.kubernetes.io/function: "exec: {path: evenkeel}"}}
  workloads:
  - minReadySeconds: 3
"""
IN_MAP = "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data:\n    policy.yaml: |\n" + "".join("      %s\n" % line for line in POLICY.splitlines())


def fn(text, *arguments):
    ran = subprocess.run([str(BINARY), "fn", *arguments], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


def injected(text):
    return text.replace("    name: shop # the shop\n", "    name: shop # the shop\n    annotations:\n"
                        "      evenkeel.dev/injected: '{\"spec.minReadySeconds\":3}'\n") + "    minReadySeconds: 3\n"


def alone():
    for name, config in (("a RolloutPolicy", CONFIG), ("a ConfigMap", IN_MAP)):
        text = HEAD + config + "items:\n" + ITEM
        result("the functionConfig: " + name, differs(fn(text), (0, injected(text), "")))
    text = HEAD + "items:\n" + ITEM
    status, output, errors = fn(text)
    result("without one: the default policy", differs((status, "preStop" in output, errors), (0, True, "")))
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as policy:
        policy.write(POLICY)
        policy.flush()
        result("--policy", differs(fn(text, "-p", policy.name), (0, injected(text), "")))
    again = HEAD + CONFIG + "items:\n" + injected(ITEM)
    result("again: nothing changes", differs(fn(again), (0, again, "")))
    patch = HEAD + CONFIG + "items:\n" + ITEM.replace("    selector: {matchLabels: {app: shop}}\n", "")
    status, output, errors = fn(patch)
    result("a fragment is left alone", differs((status, output, "note: a fragment" in errors), (0, patch, True)))
    empty = HEAD + "items: []\n"
    result("no items", differs(fn(empty), (0, empty, "")))
    for name, text, words in [("nothing", "", "no ResourceList in it"), ("another kind", "kind: List\nitems: []\n", "it is not a ResourceList"),
                              ("no YAML", "a: [", "1:4"), ("a policy that cannot be used", HEAD + CONFIG.replace("minReadySeconds", "minReady") + "items:\n" + ITEM,
                                                           "the policy cannot be used"),
                              ("an object that cannot be read", HEAD + "items:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a, x: .nan}\n", "no such number")]:
        status, output, errors = fn(text)
        result("trouble: " + name, differs((status, output, words in errors), (2, "", True)) if words != "1:4" else differs((status, output), (2, "")))
    result("an unknown option", differs(fn("", "--frob")[0], 2))
    result("--help", differs((fn("", "--help")[0], fn("", "--help")[1][:18]), (0, "usage: evenkeel fn")))


def tool(name):
    return shutil.which(name, path="%s:%s" % (ROOT / "build/cluster/bin", os.environ["PATH"]))


def by_kustomize(folder):
    (folder / "evenkeel").symlink_to(BINARY)
    (folder / "shop.yaml").write_text("".join(line[2:] + "\n" for line in ITEM.splitlines()))
    (folder / "kustomization.yaml").write_text("resources: [shop.yaml]\ntransformers: [fn.yaml]\n")
    (folder / "fn.yaml").write_text(POLICY.replace("workloads", "metadata:\n  name: policy\n  annotations:\n    config.kubernetes.io/function: |\n"
                                                   "      exec:\n        path: ./evenkeel\n        args: [fn]\nworkloads"))
    ran = subprocess.run([tool("kustomize"), "build", "--enable-alpha-plugins", "--enable-exec", "."], cwd=str(folder),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = ran.stdout.decode()
    result("kustomize runs it", differs((ran.returncode, "minReadySeconds: 3" in output, "evenkeel.dev/injected" in output), (0, True, True))
           and ran.stderr.decode())


def by_kpt(folder):
    (folder / "shop.yaml").write_text("".join(line[2:] + "\n" for line in ITEM.splitlines()))
    (folder / "config.yaml").write_text(POLICY.replace("workloads", "metadata: {name: policy}\nworkloads"))
    (folder / "fn.sh").write_text("#!/bin/sh\nexec '%s' fn\n" % BINARY)
    (folder / "fn.sh").chmod(0o755)
    ran = subprocess.run([tool("kpt"), "fn", "eval", str(folder), "--exec", str(folder / "fn.sh"), "--fn-config", str(folder / "config.yaml")],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    result("kpt runs it", differs((ran.returncode, "minReadySeconds: 3" in (folder / "shop.yaml").read_text()), (0, True)) and ran.stderr.decode())


alone()
for name, test in (("kustomize", by_kustomize), ("kpt", by_kpt)):
    if not tool(name):
        print("# no %s: not run by it" % name)
        continue
    with tempfile.TemporaryDirectory() as made:
        test(Path(made))
finish()
