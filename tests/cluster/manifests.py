"""Real manifests as objects to send, the same objects after `evenkeel preview`, and the differences between two stored
objects."""

import json
import re
import subprocess

from cluster import ROOT
from webhook import BINARY, RECORD, annotations

MANIFESTS = ROOT.parent / "shared/corpus/manifests"
RESOURCES = {"Deployment": "deployments", "Service": "services", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
VOLATILE = ("managedFields", "uid", "creationTimestamp", "resourceVersion", "generation", "namespace")
ALLOCATED = ("clusterIP", "clusterIPs", "healthCheckNodePort", "nodePort")  # by the API, and not for good in a dry run
APPLY = "application/apply-patch+yaml"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Manifest:
    """One object of a manifest, moved to a namespace, and where the apiserver takes it."""

    def __init__(self, source, document, namespace):
        metadata = document.get("metadata") or {}
        self.name = metadata.get("name") or ""
        self.document = dict(document, metadata=dict(metadata, namespace=namespace))
        self.source = "%s (%s %s)" % (source, document["kind"], self.name)
        version = document["apiVersion"]
        self.folder = "%s/%s/namespaces/%s/%s" % ("/apis" if "/" in version else "/api", version, namespace,
                                                  RESOURCES[document["kind"]])
        self.path = self.folder + "/" + self.name

    def create(self, api, options="", document=None):
        """By POST; `document`: instead of its own."""
        return api.request("POST", self.folder + options, document or self.document)

    def last_applied(self):
        """What `kubectl apply` writes into its annotation."""
        metadata = dict(self.document["metadata"], annotations=without_keys(annotations(self.document), (LAST_APPLIED,)))
        return json.dumps(dict(self.document, metadata=metadata), separators=(",", ":")) + "\n"

    def with_last_applied(self, text):
        metadata = dict(self.document["metadata"], annotations=dict(annotations(self.document), **{LAST_APPLIED: text}))
        return dict(self.document, metadata=metadata)

    def apply(self, api, options="", document=None):
        """By server-side apply; `document`: instead of its own."""
        path = "%s?fieldManager=replay&force=true%s" % (self.path, options.replace("?", "&"))
        return api.request("PATCH", path, document or self.document, content_type=APPLY)


def flatten(source, document, namespace):
    """The objects in a document, those of kinds that evenkeel looks at."""
    if document.get("kind", "").endswith("List"):
        return [found for item in document.get("items") or () for found in flatten(source, item, namespace)]
    known = document.get("kind") in RESOURCES and "apiVersion" in document
    return [Manifest(source, document, namespace)] if known else []


def manifest_files():
    return sorted(path for path in MANIFESTS.iterdir() if path.name != "index.tsv")


def load_manifests(cluster, namespace):
    files = manifest_files()
    lines = subprocess.run([str(cluster.parts / "yaml2json"), *map(str, files)], stdout=subprocess.PIPE, check=True)
    found = []
    for path, line in zip(files, lines.stdout.splitlines()):
        _, document, problem = json.loads(line)
        if problem or not isinstance(document, dict):
            raise RuntimeError("%s: %s" % (path, problem or "no object"))
        found += flatten(path.name, document, namespace)
    return found


def preview(policy, client, namespace):
    """The same objects as `evenkeel preview` shows them, to be sent to this namespace."""
    done = subprocess.run([BINARY, "preview", "--all", "--policy=%s" % policy, "--client=" + client, "--output=json",
                           *map(str, manifest_files())], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError("evenkeel preview: %s" % done.stderr.decode()[-2000:])
    return flatten("preview", json.loads(done.stdout), namespace)


def tokens(path):
    """A path as the bookkeeping writes it, in parts: spec.containers[app].ports -> spec, containers, app, ports."""
    return tuple(part[1:-1] if part[0] == "[" else part for part in re.findall(r"\[[^]]*\]|[^.\[]+", path))


def differences(before, after, path=()):
    """The places, as tokens, at which two documents differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(set(before) | set(after)):
            if path != ("metadata",) or key not in VOLATILE:
                yield from differences(before.get(key), after.get(key), path + (key,))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after)):
            name = one.get("name", str(index)) if isinstance(one, dict) else str(index)
            yield from differences(one, other, path + (name,))
    elif before != after:
        yield path


def named_differences(before, after):
    """The same as text, without what the API allocates."""
    return [".".join(path) for path in differences(before, after) if not set(path).intersection(ALLOCATED)]


def unexplained(before, after):
    """Differences that evenkeel's bookkeeping does not name."""
    record = [tokens(path) for path in json.loads(annotations(after).get(RECORD, "{}"))]
    record.append(("metadata", "annotations", RECORD))
    if ("spec", "externalTrafficPolicy") in record:
        record.append(("spec", "healthCheckNodePort"))  # which the API gives to Local
    # A parent that evenkeel had to make counts as its contents.
    return [".".join(path) for path in differences(before, after)
            if not any(path[:len(place)] == place or place[:len(path)] == path for place in record)]


def without_keys(document, keys):
    return {key: value for key, value in document.items() if key not in keys}


def as_sent(document):
    """A stored document as a client would send it again."""
    document = dict(document, metadata=without_keys(document["metadata"], VOLATILE))
    if document["kind"] == "Service" and document["spec"].get("clusterIP") != "None":
        document["spec"] = without_keys(document["spec"], ALLOCATED)
    return document
