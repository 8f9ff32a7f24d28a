"""The reviews that the benchmark sends: real ones where the corpus is there, the example grown to size where not."""

import copy
import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = Path(os.environ.get("SHARED", ROOT.parent / "shared")) / "corpus" / "reviews"
EXAMPLE = ROOT / "docs/examples/review.json"

# Real ones: name -> file of the corpus. The last two are UPDATEs that change nothing in the spec.
REAL = {
    "create-2.9k": "42ad5a9b7e1f74bd.json",
    "create-7.6k": "dab25624ccffc3cf.json",
    "create-12k": "8800b526ddd4b5a0.json",
    "create-22k": "e51ec7c7178cd79f.json",
    "update-7.6k": "8dea58fdd9543f28.json",
    "update-13k": "4a123f4b80de92c1.json",
}
# Grown from the example: name -> bytes. Every rule of the default policy injects.
GROWN = {
    "create-2.9k-all": 2900,
    "create-7.6k-all": 7600,
    "create-12k-all": 12 * 1024,
    "create-19k-all": 19 * 1024,
    "create-52k-all": 52 * 1024,
    "create-1m-all": 1024 * 1024 - 4096,
    "create-15.9m-all": 15900 * 1024,
}
# UPDATEs that change the template, of the sizes of both objects together.
CHANGED = {"update-12k-all": 12 * 1024, "update-52k-all": 52 * 1024, "update-1m-all": 1024 * 1024 - 4096}


def compact(document):
    return json.dumps(document, separators=(",", ":")).encode()


def with_variables(review, count):
    """Environment variables are what real large templates consist of."""
    grown = copy.deepcopy(review)
    container = grown["request"]["object"]["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "SETTING_%06d" % i, "value": "https://service-%d.example.com/path?key=value" % i}
                        for i in range(count)]
    return grown


def as_update(review):
    """The same object, of which the old one ran another image."""
    update = copy.deepcopy(review)
    request = update["request"]
    request["operation"] = "UPDATE"
    request["oldObject"] = copy.deepcopy(request["object"])
    request["oldObject"]["spec"]["template"]["spec"]["containers"][0]["image"] += "-old"
    return update


def sized(size, shape=lambda review: review):
    """The example with as many variables as bring it closest to `size` bytes from below."""
    example = json.loads(EXAMPLE.read_text())
    one = len(compact(shape(with_variables(example, 1))))
    many = (len(compact(shape(with_variables(example, 101)))) - one) / 100
    count = max(0, int((size - one) / many))
    while True:
        body = compact(shape(with_variables(example, count)))
        if len(body) <= size or count == 0:
            return body
        count -= 1 + int((len(body) - size) / many)


def write(folder, names):
    """Writes those of `names` that can be had into `folder`: name -> path. The corpus may be missing."""
    paths = {}
    for name in names:
        path = Path(folder) / (name + ".json")
        if name in REAL:
            if not (CORPUS / REAL[name]).exists():
                print("# SKIP %s: no corpus at %s" % (name, CORPUS), flush=True)
                continue
            path.write_bytes((CORPUS / REAL[name]).read_bytes())
        elif name in GROWN:
            path.write_bytes(sized(GROWN[name]))
        else:
            path.write_bytes(sized(CHANGED[name], as_update))
        paths[name] = path
    return paths
