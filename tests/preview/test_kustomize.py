#!/usr/bin/env python3
"""`evenkeel preview` beside Kustomize and Helm: patches and other fragments are never written, -k shows what Kustomize
builds, a template that is not rendered is named as one, --exclude passes files over, and a mounted ConfigMap is read
once. kubectl is a program that prints what it would, and the real one where there is one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from preview import BINARY, differs, finish, preview, result

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
      - name: app
        image: shop:1
        ports:
        - containerPort: 8080
"""
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  replicas: 5\n  template:\n    spec:\n      containers:\n" \
        "      - name: app\n        ports:\n        - containerPort: 9090\n"
WHOLE_PATCH = DEPLOYMENT.replace("shop:1", "shop:2")
OVERLAY = "resources: [../base]\npatches:\n- path: whole.yaml\n- path: ../shared/outside.yaml\n  target: {kind: Deployment}\n" \
          "- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: shop}\n"


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def tree(folder):
    write(folder, {"base/kustomization.yaml": "resources: [shop.yaml]\n", "base/shop.yaml": DEPLOYMENT,
                   "overlay/kustomization.yaml": OVERLAY, "overlay/whole.yaml": WHOLE_PATCH, "shared/outside.yaml": WHOLE_PATCH,
                   "loose.yaml": PATCH})


def test_patches(folder):
    tree(folder)
    status, output, errors = preview("-o", "summary", ".", folder=folder)
    lines = dict(line.split("  ", 1) for line in output.decode().splitlines() if line.startswith("./"))
    result("a base is shown", "" if "would change" in lines["./base/shop.yaml:1"] else lines)
    named = "passed over (a fragment: a kustomization names its file as a patch)"
    result("a file that a kustomization names as a patch is left alone, inside its folder and outside",
           differs([named in lines["./" + name] for name in ("overlay/whole.yaml:1", "shared/outside.yaml:1")], [True, True]))
    result("a document without a selector is a fragment", "" if "no spec.selector" in lines["./loose.yaml:1"] else lines)
    result("each is said", differs(errors.decode().count(": note: a fragment, left alone: "), 3))
    status, _, _ = preview("--write", ".", folder=folder)
    result("--write writes the base alone", differs(
        (status, [name for name, text in [("base/shop.yaml", DEPLOYMENT), ("overlay/whole.yaml", WHOLE_PATCH), ("loose.yaml", PATCH),
                                          ("shared/outside.yaml", WHOLE_PATCH)] if (folder / name).read_text() != text]),
        (0, ["base/shop.yaml"])))
    status, _, _ = preview("--write", "--remove", ".", folder=folder)
    result("--remove leaves them alone too", differs((folder / "base/shop.yaml").read_text(), DEPLOYMENT))


def test_fragments():
    for name, text in [("$patch", DEPLOYMENT.replace("      - name: app", "      - $patch: delete\n        name: app")),
                       ("$patch at the top", "$patch: delete\n" + DEPLOYMENT),
                       ("$retainKeys", DEPLOYMENT.replace("spec:\n  sel", "spec:\n  strategy: {$retainKeys: [type], type: Recreate}\n  sel")),
                       ("no template", DEPLOYMENT[:DEPLOYMENT.index("  template:")]),
                       ("a Service without ports", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: LoadBalancer}\n")]:
        _, output, errors = preview("-o", "yaml", "-", text=text)
        result("a fragment: " + name, differs((output.decode(), b"note: a fragment" in errors), (text, True)))
    for name, text in [("a value with a dollar", DEPLOYMENT.replace("shop:1", '"$patch"')),
                       ("a Service with a name elsewhere", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
                        "spec: {type: ExternalName, externalName: x}\n")]:
        _, _, errors = preview("-o", "yaml", "-", text=text)
        result("no fragment: " + name, differs(errors, b""))


def test_build(folder):
    tree(folder)
    tools = folder / "tools"
    write(folder, {"tools/kubectl": "#!/bin/sh\n[ \"$1 $2\" = 'kustomize over lay' ] || exit 3\necho x >>'%s/runs'\ncat '%s/base/shop.yaml'\n"
                   % (folder, folder), "only/kustomize": "#!/bin/sh\n[ \"$1 $2\" = 'build over lay' ] && cat '%s/base/shop.yaml'\n" % folder})
    for program in ("tools/kubectl", "only/kustomize"):
        (folder / program).chmod(0o755)
    for name, path in [("kubectl", str(tools)), ("kustomize", str(folder / "only"))]:
        path += ":" + no_kubectl(folder)
        status, output, errors = preview("-k", "over lay", folder=folder, environment={"PATH": path})
        result("-k runs %s" % name, differs((status, b"preStop" in output, errors), (1, True, b"")))
    result("and that once", differs((folder / "runs").read_text(), "x\n"))
    status, output, errors = preview("-o", "yaml", "-k", "nowhere", folder=folder, environment={"PATH": str(tools) + ":/bin:/usr/bin"})
    result("what cannot be built is trouble", differs((status, output, errors),
                                                      (2, b"", b"evenkeel: nowhere: kubectl could not build it\n")))
    status, _, errors = preview("--write", "-k", "base", folder=folder)
    result("--write cannot change it", differs((status, b"--write cannot change what kustomize builds" in errors), (2, True)))
    if shutil.which("kubectl"):
        status, output, errors = preview("-o", "yaml", "-k", "base", folder=folder)
        result("the real kubectl", differs((status, b"preStop" in output, errors), (0, True, b"")))


RECREATE = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\nspec:\n  strategy: {type: Recreate}\n"
HOOK = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: any}\nspec:\n  template:\n    spec:\n      containers:\n" \
       "      - name: %s\n        lifecycle: {preStop: {httpGet: {path: /stop, port: 8080}}}\n"
MERGED = " would be written here, and a patch of an overlay sets it too"


def inline(text, target=""):
    return "resources: [../middle]\npatches:\n- %spatch: |-\n    %s\n" % (target, text.replace("\n", "\n    ").strip())


def test_overlays(folder):
    """What is written into a base and what an overlay's patch sets are merged: the API refuses, as an example, rollingUpdate beside
    Recreate. The overlay builds upon the base through another one."""
    write(folder, {"base/kustomization.yaml": "resources: [shop.yaml]\n", "base/shop.yaml": DEPLOYMENT,
                   "middle/kustomization.yaml": "resources: [../base]\n", "over/patch.yaml": RECREATE % "shop",
                   "other/kustomization.yaml": inline(RECREATE % "shop").replace("../middle", "deploy.yaml"), "other/deploy.yaml": DEPLOYMENT.replace(
                       "containers", "terminationGracePeriodSeconds: 60\n      containers")})
    by_name, by_path = "resources: [../middle]\npatchesStrategicMerge: [patch.yaml]\n", "resources: [../middle]\npatches: [{path: patch.yaml}]\n"
    target = "target: {kind: Deployment, name: %s}\n  "
    for name, text, wanted in [("a file", by_path, ["rollingUpdate"]), ("the old list", by_name, ["rollingUpdate"]),
                               ("written out", inline(RECREATE % "shop"), ["rollingUpdate"]), ("of another object", inline(RECREATE % "cart"), []),
                               ("with a target", inline(HOOK % "app", target % "shop"), ["preStop of container app"]),
                               ("of any object", inline(HOOK % "app", target % ".*"), ["preStop of container app"]),
                               ("of another container", inline(HOOK % "side", target % "shop"), []),
                               ("of another target", inline(HOOK % "app", target % "cart"), [])]:
        write(folder, {"over/kustomization.yaml": text})
        _, _, errors = preview("-o", "yaml", ".", folder=folder)
        said = [line for line in errors.decode().splitlines() if MERGED in line and "/base/shop.yaml:1: warning: " in line]
        result("an overlay's patch: " + name, differs([line.split("warning: ")[1].split(MERGED)[0] for line in said], wanted))
    _, _, errors = preview("-o", "yaml", "other", folder=folder)
    result("an overlay over its own file", differs(errors.decode().count(MERGED), 1))
    _, _, errors = preview("-o", "yaml", "base", folder=folder)
    result("one that is not in the input is not read", differs(errors, b""))
    write(folder, {"all/%d/kustomization.yaml" % i: "resources: [%s]\n" % ", ".join("../%d" % k for k in range(14) if k != i) +
                   "patches:\n- patch: |-\n    " + (RECREATE % "shop").replace("\n", "\n    ") + "\n" for i in range(14)})
    write(folder, {"all/shop.yaml": DEPLOYMENT})
    status, _, _ = preview("-o", "yaml", "all", folder=folder)
    result("overlays that name each other are looked at once", differs(status, 0))
    write(folder, {"long/%d/kustomization.yaml" % i: "resources: [%s]\n" % ("../%d" % (i - 1) if i else "shop.yaml") for i in range(3000)})
    write(folder, {"long/0/shop.yaml": DEPLOYMENT, "long/top/kustomization.yaml":
                   "resources: [../2999]\npatches:\n- patch: |-\n    " + (RECREATE % "shop").replace("\n", "\n    ") + "\n"})
    status, _, errors = preview("-o", "summary", "long", folder=folder)
    result("a long chain of overlays is followed to its end", differs(
        (status, "a patch of an overlay sets it too (long/top/kustomization.yaml:" in errors.decode()), (1, True)))
    if shutil.which("kubectl"):
        write(folder, {"over/kustomization.yaml": inline(HOOK % "app", target % "shop")})
        preview("--write", "base", folder=folder)
        built = subprocess.run(["kubectl", "kustomize", str(folder / "over")], stdout=subprocess.PIPE).stdout.decode()
        hook = built[built.index("preStop:"):]
        result("the real kubectl builds both handlers", differs(("httpGet:" in hook, "sleep" in hook), (True, True)))


def no_kubectl(folder):
    """A PATH with what a shell script needs and nothing else."""
    (folder / "few").mkdir(exist_ok=True)
    for name in ("sh", "cat"):
        link = folder / "few" / name
        if not link.exists():
            link.symlink_to(shutil.which(name))
    return str(folder / "few")


TEMPLATE = "{{- if .Values.on }}\n" + DEPLOYMENT + "{{- end }}\n"


def test_templates(folder):
    write(folder, {"chart/templates/a.yaml": TEMPLATE, "chart/Chart.yaml": "name: chart\n", "b.yaml": TEMPLATE + "---\n" + DEPLOYMENT})
    status, _, errors = preview("-o", "summary", ".", folder=folder)
    text = errors.decode()
    result("a template is named as one, with the command that renders it", differs(
        (status, "./chart/templates/a.yaml:1:" in text, "helm template ./chart | evenkeel preview -" in text, text.count("\n")),
        (2, True, True, 2)))
    status, _, _ = preview("--write", ".", folder=folder)
    result("--write leaves it alone", differs((status, (folder / "b.yaml").read_text()), (2, TEMPLATE + "---\n" + DEPLOYMENT)))
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rules}\ndata:\n  a: |\n    {{ $labels.pod }}\n---\n" + DEPLOYMENT
    _, output, errors = preview("-o", "yaml", "-", text=text)
    result("braces in a text make no template", differs((b"preStop" in output, errors), (True, b"")))


def test_excludes(folder):
    write(folder, {"a.yaml": DEPLOYMENT, "vendor/b.yaml": DEPLOYMENT, "c/vendor/d.yaml": DEPLOYMENT, "c/e.test.yaml": DEPLOYMENT})
    for arguments, wanted in [([], ["a.yaml", "c/e.test.yaml", "c/vendor/d.yaml", "vendor/b.yaml"]), (["--exclude=vendor"], ["a.yaml", "c/e.test.yaml"]),
                              (["--exclude", "c/vendor/"], ["a.yaml", "c/e.test.yaml", "vendor/b.yaml"]),
                              (["--exclude=*.test.yaml", "-R"], ["a.yaml", "c/vendor/d.yaml", "vendor/b.yaml"])]:
        _, output, _ = preview("-o", "summary", ".", *arguments, folder=folder)
        result("of a folder, %s" % (" ".join(arguments) or "all"),
               differs(sorted(line.split(":")[0][2:] for line in output.decode().splitlines() if line.startswith("./")), wanted))


def test_mounted(folder):
    write(folder, {"..2026_01/a.yaml": DEPLOYMENT})
    (folder / "..data").symlink_to("..2026_01")
    (folder / "a.yaml").symlink_to("..data/a.yaml")
    _, output, _ = preview("-o", "summary", ".", folder=folder)
    result("a mounted ConfigMap is read once", differs([line.split(":")[0] for line in output.decode().splitlines() if line.startswith("./")], ["./a.yaml"]))


def test_filter(folder):
    (folder / "in.yaml").write_text(DEPLOYMENT)
    for name, script, wanted in [("success", "cat in.yaml | '%s' preview -o yaml - | cat >out && echo applied" % BINARY, "applied"),
                                 ("no input", "cat none.yaml 2>/dev/null | '%s' preview -o yaml - | cat >out && echo applied" % BINARY, ""),
                                 ("an empty input", "true | '%s' preview -o yaml - | cat >out && echo applied" % BINARY, "")]:
        ran = subprocess.run(["bash", "-o", "pipefail", "-c", script], cwd=str(folder), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        result("in a pipe with pipefail: " + name, differs(ran.stdout.decode().strip(), wanted))


test_fragments()
for test in (test_patches, test_build, test_overlays, test_templates, test_excludes, test_mounted, test_filter):
    with tempfile.TemporaryDirectory() as made:
        test(Path(made))
finish()
