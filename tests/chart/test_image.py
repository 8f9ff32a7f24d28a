#!/usr/bin/env python3
"""What `make image` and `make dist` give: the same bytes from another folder at another time, small, without a shell,
and a server that runs where there is nothing but the image."""

import base64
import hashlib
import json
import os
import re
import shutil
import ssl
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "server")]
from harness import REVIEW, Server  # noqa: E402
from helm import ROOT, run, run_tests  # noqa: E402

SIZE_MAX = 25 * 1000 * 1000
FOLDER = tempfile.TemporaryDirectory(prefix="evenkeel-image-")
WORK = Path(FOLDER.name)
ENV = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}


def make(source, target, folder, umask=0o022):
    done = run("make", "--no-print-directory", "-C", source, target, "DIST=%s" % folder, "REVISION=0123abc",
               "SOURCE_DATE_EPOCH=1790000000", env=ENV, preexec_fn=lambda: os.umask(umask), timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def copy_of_source():
    """The work tree without its history and what was built, as in the source tarball."""
    source = WORK / "elsewhere"
    if not source.exists():
        shutil.copytree(ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))
    return source


def files(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def foreign_dpkg(folder):
    """dpkg's records of this machine, and beside each library's one of another architecture."""
    other = "arm64" if os.uname().machine == "x86_64" else "amd64"
    shutil.copytree("/var/lib/dpkg", folder, ignore=shutil.ignore_patterns("lock*", "triggers", "updates"))
    status = (folder / "status").read_text(encoding="utf-8")
    twins = [re.sub("(?m)^Architecture: .*", "Architecture: " + other, record) for record in status.split("\n\n")
             if "\nMulti-Arch: same" in record]
    (folder / "status").write_text(status + "\n" + "\n\n".join(twins) + "\n\n", encoding="utf-8")
    for record in twins:
        name = re.match("Package: (.*)", record).group(1)
        (folder / "info" / ("%s:%s.list" % (name, other))).write_text("/usr/share/doc/%s/copyright\n" % name)
    (folder / "arch").write_text(run("dpkg", "--print-architecture").stdout + other + "\n")
    return len(twins)


def libraries_of_other_architectures_do_not_disturb():
    assert foreign_dpkg(WORK / "dpkg") > 20
    binary = os.environ.get("EVENKEEL", ROOT / "build/release/evenkeel")
    for name, env in (("alone", ENV), ("among", dict(ENV, DPKG_ADMINDIR=str(WORK / "dpkg")))):
        done = run(ROOT / "packaging/rootfs", binary, WORK / name, env=env)
        assert done.returncode == 0, done.stderr
    twice = run("dpkg-query", "-s", "libc6", env=dict(ENV, DPKG_ADMINDIR=str(WORK / "dpkg")))
    assert twice.returncode != 0, "libc6 is not there twice"
    assert not run("diff", "-r", WORK / "alone", WORK / "among").stdout


def one_index_names_both():
    """Of the image above and of one for the other architecture, which `make test` builds with its libraries."""
    other = "arm64" if os.uname().machine == "x86_64" else "amd64"
    binary, sysroot = ROOT / "build" / (other + "-release") / "evenkeel", ROOT / ("build/sysroot-" + other)
    if not (sysroot / "complete").exists() or not binary.exists():
        print("# no %s: make test builds it on Debian" % binary)
        return
    env = dict(ENV, SOURCE_DATE_EPOCH="1790000000")
    for name in ("both-1", "both-2"):
        shutil.copytree(WORK / "first", WORK / name)
        for command in (("image", binary, "0.2.0", "0123abc", WORK / name, sysroot), ("index", "0.2.0", WORK / name)):
            done = run(ROOT / "packaging" / command[0], *command[1:], env=env)
            assert done.returncode == 0, done.stderr
    assert files(WORK / "both-1") == files(WORK / "both-2") and len(files(WORK / "both-1")) == 11
    assert "architecture: %s\n" % other in (WORK / "both-1" / ("evenkeel-0.2.0-%s.values.yaml" % other)).read_text()
    (WORK / "layout").mkdir()
    with tarfile.open(WORK / "both-1/evenkeel-0.2.0.oci.tar") as tar:
        tar.extractall(WORK / "layout")
    index = json.loads((WORK / "layout/index.json").read_text())["manifests"][0]
    assert (WORK / "both-1/evenkeel-0.2.0.digest").read_text().strip() == index["digest"]
    described = json.loads((WORK / "layout/blobs/sha256" / index["digest"].split(":")[1]).read_text())["manifests"]
    assert {item["platform"]["architecture"] for item in described} == {"amd64", "arm64"}
    for blob in (WORK / "layout/blobs/sha256").iterdir():
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
    for item in described:
        assert item["digest"] == (WORK / "both-1" / ("evenkeel-0.2.0-%s.digest" % item["platform"]["architecture"])
                                  ).read_text().strip()


def image():
    """Name to bytes of the image archive's files, its manifest and its configuration."""
    archive, = (WORK / "first").glob("*.oci.tar")
    with tarfile.open(archive) as tar:
        blobs = {member.name.split("/")[-1]: tar.extractfile(member).read() for member in tar if member.isfile()}
    index = json.loads(blobs["index.json"])
    manifest = json.loads(blobs[index["manifests"][0]["digest"].split(":")[1]])
    return blobs, manifest, json.loads(blobs[manifest["config"]["digest"].split(":")[1]])


def root():
    folder = WORK / "root"
    if not folder.exists():
        blobs, manifest, _ = image()
        layer, = manifest["layers"]
        (WORK / "layer").write_bytes(blobs[layer["digest"].split(":")[1]])
        with tarfile.open(WORK / "layer") as tar:
            tar.extractall(folder)
    return folder


def inside():
    """A command's beginning that shows it the image as its root, as the image's user where we may choose one."""
    if os.geteuid() == 0:
        return ["chroot", "--userspec=65532:65532", str(root())]
    return ["unshare", "--map-root-user", "--root=%s" % root()]


def image_is_reproducible():
    first = files(make(ROOT, "image", WORK / "first"))
    second = files(make(copy_of_source(), "image", WORK / "second", 0o077))
    assert len(first) == 4 and first == second, "%s\n%s" % (first, second)
    print("# " + (next((WORK / "first").glob("*.digest")).read_text(encoding="utf-8").strip()))


def image_is_small():
    archive, = (WORK / "first").glob("*.oci.tar")
    unpacked = sum(path.stat().st_size for path in root().rglob("*") if path.is_file())
    print("# %.1f MB, unpacked %.1f MB" % (archive.stat().st_size / 1e6, unpacked / 1e6))
    assert archive.stat().st_size < SIZE_MAX and unpacked < SIZE_MAX


def image_digests_hold():
    blobs, manifest, configuration = image()
    for name, content in blobs.items():
        if len(name) == 64:
            assert hashlib.sha256(content).hexdigest() == name
    assert manifest["annotations"]["org.opencontainers.image.revision"] == "0123abc"
    assert configuration["config"]["User"] == "65532:65532"
    assert configuration["config"]["Entrypoint"] == ["/usr/bin/evenkeel"]
    assert configuration["config"]["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert configuration["created"] == "2026-09-21T14:13:20Z"


def image_has_a_name():
    """By which containerd imports it, and the chart's default asks for it."""
    entry, = json.loads(image()[0]["index.json"])["manifests"]
    assert entry["annotations"] == {"io.containerd.image.name": "docker.io/library/evenkeel:0.2.0",
                                    "org.opencontainers.image.ref.name": "0.2.0"}, entry


def image_holds_nothing_else():
    names = sorted(str(path.relative_to(root())) for path in root().rglob("*") if path.is_file())
    programs = [name for name in names if os.access(root() / name, os.X_OK) and (root() / name).stat().st_mode & 0o111]
    assert [Path(name).name.split("-")[0] for name in programs] in (["ld", "evenkeel"], ["evenkeel", "ld"]), programs
    folders = ("etc/os-release", "lib/", "lib64/", "usr/bin/evenkeel", "usr/lib/", "usr/share/doc/",
               "var/lib/dpkg/status.d/")
    assert not [name for name in names if not name.startswith(folders)]
    assert not [name for name in names if "ssl/certs" in name or name.endswith((".pem", ".crt"))]
    with tarfile.open(WORK / "layer") as tar:
        for member in tar:
            assert (member.uid, member.gid) == (0, 0) and not member.mode & 0o7022, member.name


def image_has_an_sbom():
    document = json.loads(next((WORK / "first").glob("*.spdx.json")).read_text(encoding="utf-8"))
    assert document["spdxVersion"] == "SPDX-2.3" and document["dataLicense"] == "CC0-1.0"
    identifiers = [item["SPDXID"] for item in document["packages"] + document["files"]]
    assert len(identifiers) == len(set(identifiers))
    for relation in document["relationships"]:
        assert relation["spdxElementId"] in identifiers + ["SPDXRef-DOCUMENT"]
        assert relation["relatedSpdxElement"] in identifiers
    names = {package["name"] for package in document["packages"]}
    assert {"evenkeel", "libc6", "libssl3", "libyaml-0-2"} <= names, names
    sums = {item["fileName"]: item["checksums"][1]["checksumValue"] for item in document["files"]}
    for path in root().rglob("*"):
        name = "./" + str(path.relative_to(root()))
        if path.is_file() and not name.endswith("spdx.json"):
            assert sums[name] == hashlib.sha256(path.read_bytes()).hexdigest(), name


def image_runs():
    done = run(*inside(), "/usr/bin/evenkeel", "--version")
    assert done.returncode == 0 and done.stdout.startswith("evenkeel "), done.stderr
    done = run(*inside(), "/bin/sh", "-c", "true")
    assert done.returncode != 0, "there is a shell"


def image_serves():
    server = Server(binary="/usr/bin/evenkeel", prefix=inside())
    try:
        assert server.admin("/readyz")[0] == 200
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        request = urllib.request.Request("https://127.0.0.1:%d/mutate" % server.port, REVIEW,
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            response = json.loads(answer.read())["response"]
        assert response["allowed"] is True
        assert b"preStop" in base64.b64decode(response["patch"])
    finally:
        status = server.stop()
    assert status == 0, status


def dockerfile_says_the_same():
    configuration = image()[2]["config"]
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("FROM scratch\n")[1].splitlines()
    words = dict(line.split(" ", 1) for line in lines)
    assert words["USER"] == configuration["User"]
    assert json.loads(words["ENTRYPOINT"]) == configuration["Entrypoint"]
    assert json.loads(words["CMD"]) == configuration["Cmd"]
    assert {port + "/tcp" for port in words["EXPOSE"].split()} == set(configuration["ExposedPorts"])


def deb_is_reproducible_and_runs():
    folders = WORK / "deb-1", WORK / "deb-2"
    for folder, umask in zip(folders, (0o022, 0o077)):
        done = run(ROOT / "packaging/deb", os.environ.get("EVENKEEL", ROOT / "build/release/evenkeel"), "0.2.0", folder,
                   env=dict(ENV, SOURCE_DATE_EPOCH="1790000000"), preexec_fn=lambda: os.umask(umask))
        assert done.returncode == 0, done.stderr
    assert files(folders[0]) == files(folders[1])
    package, = folders[0].iterdir()
    fields = run("dpkg-deb", "--field", package).stdout
    assert "Depends: libc6 (>= " in fields and "libssl3" in fields, fields
    assert run("dpkg-deb", "--extract", package, WORK / "deb").returncode == 0
    for name in ("evenkeel", "kubectl-evenkeel"):
        assert run(WORK / "deb/usr/bin" / name, "--version").stdout.startswith("evenkeel ")


def source_tarball_is_reproducible():
    if run("git", "-C", ROOT, "rev-parse", "HEAD").returncode != 0:
        return
    tarballs = []
    for name in ("dist-1", "dist-2"):
        make(ROOT, "dist", WORK / name)
        tarballs.append(files(WORK / name))
    assert tarballs[0] == tarballs[1] and "evenkeel-0.2.0.tar.gz" in tarballs[0], tarballs
    with tarfile.open(WORK / "dist-1/evenkeel-0.2.0.tar.gz") as tar:
        names = tar.getnames()
    assert "evenkeel-0.2.0/Makefile" in names and "evenkeel-0.2.0/webhook/main.c" in names
    assert not [name for name in names if "/build/" in name]


missing = [tool for tool in ("umoci", "dpkg-shlibdeps", "strip") if not shutil.which(tool)]
run_tests([image_is_reproducible, image_is_small, image_digests_hold, image_has_a_name, image_holds_nothing_else,
           image_has_an_sbom, image_runs, image_serves, dockerfile_says_the_same,
           libraries_of_other_architectures_do_not_disturb, one_index_names_both, deb_is_reproducible_and_runs,
           source_tarball_is_reproducible],
          skip="%s missing: make deps-image installs what is needed" % ", ".join(missing) if missing else None)
