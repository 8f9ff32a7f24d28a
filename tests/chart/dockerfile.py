#!/usr/bin/env python3
"""The Dockerfile, built: by buildah without a daemon or a registry, from a Debian that debootstrap makes here in place of
debian:12-slim. Takes some minutes and Debian's mirror, so it is no part of `make test`: `make test-long` runs it. Needs
root, buildah and debootstrap."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from helm import ROOT, run, run_tests  # noqa: E402

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
TOOLS = ("buildah", "debootstrap")
FOLDER = tempfile.TemporaryDirectory(prefix="evenkeel-dockerfile-")
WORK = Path(FOLDER.name)
POLICY = WORK / "policy.json"


def tool(*command):
    done = run(*command, timeout=3000)
    assert done.returncode == 0, "%s: %s" % (command[0], (done.stdout + done.stderr)[-4000:])
    return done.stdout.strip()


def buildah(command, *arguments):
    storage = ("--root", WORK / "storage", "--runroot", WORK / "run", "--storage-driver", "vfs")
    trust = ("--signature-policy", POLICY) if command in ("commit", "build", "push") else ()
    return tool("buildah", *storage, command, *trust, *arguments)


def it_builds():
    POLICY.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    tool("debootstrap", "--variant=minbase", "bookworm", WORK / "debian", MIRROR)
    container = buildah("from", "scratch")
    buildah("add", "-q", container, WORK / "debian", "/")
    buildah("commit", "-q", container, "docker.io/library/debian:12-slim")
    buildah("rm", container)
    buildah("build", "--isolation=chroot", "--pull-never", "--layers=false", "-t", "evenkeel:dockerfile", ROOT)
    buildah("push", "evenkeel:dockerfile", "oci-archive:%s:evenkeel" % (WORK / "image.tar"))


def image():
    """Configuration and layers of what was built."""
    with tarfile.open(WORK / "image.tar") as tar:
        blobs = {member.name.split("/")[-1]: tar.extractfile(member).read() for member in tar if member.isfile()}
    digest = json.loads(blobs["index.json"])["manifests"][0]["digest"]
    manifest = json.loads(blobs[digest.split(":")[1]])
    return json.loads(blobs[manifest["config"]["digest"].split(":")[1]]), [
        blobs[layer["digest"].split(":")[1]] for layer in manifest["layers"]]


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def it_holds_what_make_image_does():
    config, layers = image()
    assert config["config"]["User"] == "65532:65532", config
    assert config["config"]["Entrypoint"] == ["/usr/bin/evenkeel"], config
    assert sum(map(len, layers)) < 25 * 1000 * 1000
    for layer in layers:
        (WORK / "layer").write_bytes(layer)
        with tarfile.open(WORK / "layer") as tar:
            tar.extractall(WORK / "root")
    tool(ROOT / "packaging/rootfs", ROOT / "build/release/evenkeel", WORK / "expected")
    assert files(WORK / "root") == files(WORK / "expected")
    print("# %d files, %d bytes packed" % (len(files(WORK / "root")), sum(map(len, layers))))


def it_runs():
    inside = ["chroot", "--userspec=65532:65532", WORK / "root", "/usr/bin/evenkeel"]
    assert tool(*inside, "--version").startswith("evenkeel ")
    done = subprocess.run([*map(str, inside), "preview", "-q", "-"], stdin=open(ROOT / "docs/examples/before.yaml", "rb"))
    assert done.returncode == 1, "it would change nothing"


missing = [name for name in TOOLS if not shutil.which(name)] + (["root"] if os.geteuid() else [])
run_tests([it_builds, it_holds_what_make_image_does, it_runs], skip="needs " + " and ".join(missing) if missing else None)
