#!/usr/bin/env python3
"""`evenkeel preview` on every manifest of the corpus, under each shipped policy and one with all rules: the diff
applies with patch(1), the patched text means the same as -o json, a second run changes nothing, and --remove gives the
first text back, except for drains that are to be switched off. The same with --write."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from preview import CORPUS, ROOT, finish, preview, result, skip_all

NOTHING = ROOT / "tests/preview/nothing.yaml"


def policies():
    yield "default", []
    for path in [ROOT / "tests/preview/everything.yaml", *sorted((ROOT / "docs/examples/policies").glob("*.yaml"))]:
        yield path.stem, ["--policy", path]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".tsv"}


def copy(folder, name):
    target = folder / name
    shutil.copytree(str(CORPUS), str(target))
    return target


DRAIN = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-connection-drain"


def without_nulls(value):
    """An explicit null counts as left out. A value that is written over it and removed again leaves nothing."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def without_drain(text):
    """A file's objects without the two things that --remove leaves: a load balancer must be told to stop draining, and a
    null that a value was written over is gone.
    """
    _, output, _ = preview("--all", "-o", "json", "--policy", NOTHING, "-", text=text)
    found = json.loads(output)
    found = found["items"] if found["kind"] == "List" else [found]
    for each in found:
        annotations = each["metadata"].pop("annotations", None) or {}
        annotations.pop(DRAIN, None)
        if annotations:
            each["metadata"]["annotations"] = annotations
    return without_nulls(found)


def but_drains(files, originals):
    """Files, with those as they were that only a drain's switch or a null tells from what they were."""
    return {name: originals[name] if text != originals[name] and
            (DRAIN.encode() in text or b"null" in originals[name]) and
            without_drain(text) == without_drain(originals[name]) else text for name, text in files.items()}


def first_difference(ours, others):
    for name in sorted(ours):
        if ours[name] != others.get(name):
            return "%s:\n%s\ninstead of\n%s" % (name, ours[name].decode(errors="replace")[:3000],
                                               others.get(name, b"").decode(errors="replace")[:3000])
    return ""


def apply(folder, *options):
    """Has patch(1) apply the diff that preview prints for a folder. What went wrong, and the diff."""
    status, diff, errors = preview("--all", *options, ".", folder=folder)
    problem = "" if status == (1 if diff else 0) else "exit status %d: %s" % (status, errors.decode()[-2000:])
    ran = subprocess.run(["patch", "-p0", "--silent", "--no-backup-if-mismatch", "--fuzz=0"], input=diff, cwd=str(folder),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if ran.returncode:
        problem += ran.stdout.decode()[-2000:]
    return problem, diff


def as_stream(files):
    """What -o yaml makes of files: one stream, with lines of `---` where they do not begin with one."""
    stream = b""
    for name in sorted(files):
        if stream and files[name]:
            stream += (b"" if stream.endswith(b"\n") else b"\n") + (b"" if files[name].startswith(b"---") else b"---\n")
        stream += files[name]
    return stream


def objects(output):
    return json.loads(output)["items"]


def first_other(ours, others):
    for mine, other in zip(ours, others):
        if mine != other:
            return "%s\ninstead of\n%s" % (json.dumps(mine)[:3000], json.dumps(other)[:3000])
    return "" if len(ours) == len(others) else "%d objects instead of %d" % (len(ours), len(others))


def check(name, options, folder):
    original = contents(CORPUS)
    patched = copy(folder, "patched")
    problem, diff = apply(patched, *options)
    result("%s: the diff of %d files applies (%d bytes)" % (name, len(original), len(diff)), problem)
    after = contents(patched)
    _, output, _ = preview("--all", "-o", "yaml", *options, ".", folder=CORPUS)
    result("%s: the files that the diff makes are exactly those of -o yaml" % name,
           first_difference({"all": output}, {"all": as_stream(after)}))

    _, output, _ = preview("--all", "-o", "json", *options, ".", folder=CORPUS)
    wanted = objects(output)
    _, output, _ = preview("--all", "-o", "json", "--policy", NOTHING, ".", folder=patched)
    result("%s: the text means what -o json says (%d objects)" % (name, len(wanted)), first_other(objects(output), wanted))

    problem, again = apply(patched, *options)
    result("%s: a second time nothing changes" % name, problem or again.decode()[:3000])
    problem, _ = apply(patched, "--remove")
    result("%s: --remove gives the first text back" % name, problem or first_difference(but_drains(contents(patched), original), original))
    return after


def check_write(options, after, folder):
    written = copy(folder, "written")
    status, output, errors = preview("--all", "--write", *options, ".", folder=written)
    result("--write changes the files as the diff does",
           first_difference(contents(written), after) or
           ("" if status == 0 and not output else "exit status %d: %s" % (status, errors[-2000:])))
    status, output, errors = preview("--all", "--write", *options, ".", folder=written)
    result("--write again changes nothing",
           first_difference(contents(written), after) or ("" if status == 0 else "exit status %d" % status))
    preview("--all", "--write", "--remove", ".", folder=written)
    result("--write --remove gives the first text back", first_difference(but_drains(contents(written), contents(CORPUS)), contents(CORPUS)))


def main():
    if not CORPUS.exists():
        skip_all("no corpus at %s" % CORPUS)
    for name, options in policies():
        with tempfile.TemporaryDirectory() as folder:
            after = check(name, options, Path(folder))
            if name == "everything":
                check_write(options, after, Path(folder))
    finish()


main()
