"""Helm for the chart's tests, and rendered manifests as Python objects. Helm is the judge here, and the YAML reader:
nothing of the chart is interpreted by code of our own.

HELM names the binary (`make test-cluster` builds one); else one on the PATH is used.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "charts" / "evenkeel"
EVENKEEL = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
HELM = os.environ.get("HELM") or shutil.which("helm")
MISSING = "no helm: name one in HELM, or run make test-cluster, which builds one"
NAMESPACE = "evenkeel"

READER = """apiVersion: v1
kind: ConfigMap
metadata:
  name: documents
data:
  json: {{ toJson .Values.documents | quote }}
"""


def run(*arguments, **options):
    return subprocess.run([str(argument) for argument in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, **dict({"timeout": 60}, **options))


def run_tests(tests, skip=None):
    """Prints TAP; `skip` is why none can run."""
    failed = False
    if skip:
        print("1..0 # SKIP " + skip)
        sys.exit(0)
    print("1..%d" % len(tests))
    for number, test in enumerate(tests, 1):
        try:
            test()
            print("ok %d - %s" % (number, test.__name__))
        except Exception:
            failed = True
            print("not ok %d - %s" % (number, test.__name__))
            traceback.print_exc()
    sys.exit(1 if failed else 0)


def helm(*arguments):
    home = tempfile.gettempdir()
    # No configuration, plugins or repositories of whoever runs the tests.
    env = dict(os.environ, HELM_CONFIG_HOME=home + "/evenkeel-helm", HELM_CACHE_HOME=home + "/evenkeel-helm",
               HELM_DATA_HOME=home + "/evenkeel-helm", KUBECONFIG="/dev/null")
    return subprocess.run([HELM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, timeout=120, env=env)


def header(path, key):
    """What a `# key: text` line of a values file says; None where there is none."""
    found = re.search(r"^# %s: (.*)$" % key, path.read_text(encoding="utf-8"), re.M)
    return found.group(1) if found else None


def template(path, *options):
    version = header(path, "kube-version")
    return helm("template", "evenkeel", CHART, "--namespace", NAMESPACE, "--values", path,
                *(["--kube-version", version] if version else []), *options)


def documents(text):
    """The objects of a YAML stream, read by Helm: each becomes an item of a list in a small chart's values."""
    items = [part for part in re.split(r"^---.*\n", text, flags=re.M) if re.search(r"^[^#\s]", part, re.M)]
    with tempfile.TemporaryDirectory() as folder:
        chart = Path(folder)
        (chart / "templates").mkdir()
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: reader\nversion: 0.1.0\n", encoding="utf-8")
        (chart / "templates" / "out.yaml").write_text(READER, encoding="utf-8")
        values = "documents:\n" + "".join(
            "  -\n" + "".join("    %s\n" % line if line else "\n" for line in item.splitlines()) for item in items)
        (chart / "values.yaml").write_text(values, encoding="utf-8")
        result = helm("template", "reader", chart)
    if result.returncode != 0:
        raise AssertionError("not YAML: " + result.stderr)
    line = re.search(r"^  json: (.*)$", result.stdout, re.M).group(1)
    return json.loads(json.loads(line))


class Manifests:
    """What a values file renders to, by kind and name."""

    def __init__(self, text):
        self.all = documents(text)

    def kinds(self):
        return sorted(item["kind"] for item in self.all)

    def find(self, kind, name=None):
        found = [item for item in self.all
                 if item["kind"] == kind and (name is None or item["metadata"]["name"] == name)]
        if len(found) != 1:
            raise AssertionError("%d objects of kind %s named %s" % (len(found), kind, name))
        return found[0]
