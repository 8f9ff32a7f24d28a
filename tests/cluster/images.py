"""Container images without a registry: archives that containerd imports, of static programs and of evenkeel itself."""

import fcntl
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
from collections import namedtuple
from pathlib import Path

from cluster import ROOT

HERE = Path(__file__).resolve().parent
FOLDER = ROOT / "build/cluster-images"
PAUSE = "evenkeel.test/pause:1"
BINARY = ROOT / "build/release/evenkeel"
CHART = ROOT / "charts/evenkeel"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def static_program(source):
    """Compiles a C file of this folder, such as "pause.c", into a static program. Returns its path."""
    source = HERE / source
    FOLDER.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    program = FOLDER / ("%s-%s" % (source.stem, digest))
    if not program.exists():
        new = "%s.%d" % (program, os.getpid())
        subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-static", "-pthread", "-o", new,
                        str(source)], check=True)
        os.rename(new, program)
    return program


def _add(archive, name, data, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))


# A layer, which is an archive, or another part of an image: its digest and size, and open(), which gives a file to read.
Layer = namedtuple("Layer", "digest size open")


def _layer_of(data):
    return Layer(hashlib.sha256(data).hexdigest(), len(data), lambda: io.BytesIO(data))


def _layer(files):
    """A layer of these files; those that were executable stay so."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, source in sorted(files.items()):
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
            _add(archive, name.lstrip("/"), Path(source).read_bytes(), mode)
    return _layer_of(data.getvalue())


def tree_layer(path, entries):
    """A layer of files, folders and symlinks as they are, {path in the image: path here}, which is kept at `path` and made
    anew where one of them has changed. Folders come without what is in them, unless that is named too."""
    listed = "\n".join("%s %s" % (name, "" if os.path.isdir(source) and not os.path.islink(source) else "%d %d" % (
        os.lstat(source).st_size, os.lstat(source).st_mtime_ns)) for name, source in sorted(entries.items()))
    of = path.with_name(path.name + ".of")
    if not path.exists() or not of.exists() or of.read_text() != listed:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w") as archive:
            for name, source in sorted(entries.items()):
                archive.add(source, arcname=name.lstrip("/"), recursive=False)
        of.write_text(listed)
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return Layer(digest.hexdigest(), path.stat().st_size, lambda: open(path, "rb"))


def libraries(*programs):
    """What the programs are linked with, as files of an image: {path: path}."""
    linked = subprocess.run(["ldd", *map(str, programs)], stdout=subprocess.PIPE, universal_newlines=True, check=False).stdout
    return {path: path for path in re.findall(r"(/\S+) \(0x", linked)}


def image(tag, files, entrypoint):
    """An image for Nodes(images=[...]): the path of its archive.

    `tag`: its whole name, such as "evenkeel.test/web:1". `files`: what it consists of, {path in the image: path here}.
    `entrypoint`: the command, as a list.
    """
    return archive_of(re.sub(r"[^a-z0-9.]", "-", tag), [(tag, [_layer(files)], {"Entrypoint": list(entrypoint)})])


def archive_of(name, images):
    """An archive of several images, which has each layer once: its path. images: the tag, the layers from the lowest to the
    highest, and the configuration (Entrypoint, Env, StopSignal ...) of each."""
    files, manifest = {}, []  # what the archive consists of: name -> Layer
    for tag, layers, settings in images:
        config = json.dumps({"architecture": ARCHITECTURES.get(os.uname().machine, os.uname().machine), "os": "linux",
                             "config": settings, "history": [{}] * len(layers), "rootfs": {
                                 "type": "layers", "diff_ids": ["sha256:" + layer.digest for layer in layers]}}).encode()
        config = _layer_of(config)
        files.update({layer.digest + ".tar": layer for layer in layers}, **{config.digest + ".json": config})
        manifest.append({"Config": config.digest + ".json", "RepoTags": [tag], "Layers": [
            layer.digest + ".tar" for layer in layers]})
    files["manifest.json"] = _layer_of(json.dumps(manifest).encode())
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / ("%s-%s.tar" % (name, files["manifest.json"].digest[:16]))
    if path.exists():
        return path
    new = "%s.%d" % (path, os.getpid())
    with tarfile.open(new, "w") as archive:
        for name, layer in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = layer.size
            with layer.open() as data:
                archive.addfile(entry, data)
    os.rename(new, path)
    return path


def program_image(tag, source, arguments=()):
    """An image of one static program: "web.c" becomes /web."""
    program = static_program(source)
    name = "/" + Path(source).stem
    return image(tag, {name: program}, [name, *arguments])


def pause_image():
    return program_image(PAUSE, "pause.c")


def evenkeel_version():
    return re.search(r'^appVersion: "?([^"\n]*)', (CHART / "Chart.yaml").read_text(), re.MULTILINE).group(1)


def evenkeel_image():
    """The project's own image, of the release build, by what `make image` calls: the path of its archive."""
    if not BINARY.exists():
        raise RuntimeError("%s is not built: run make" % BINARY)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = [BINARY, *(ROOT / "packaging").iterdir()]
        built = list(FOLDER.glob("evenkeel-*.oci.tar"))
        if not built or built[0].stat().st_mtime < max(source.stat().st_mtime for source in sources):
            for old in built:
                old.unlink()
            subprocess.run([str(ROOT / "packaging/image"), str(BINARY), evenkeel_version(), "test", str(FOLDER)], check=True,
                           env=dict(os.environ, SOURCE_DATE_EPOCH="0"), stdout=subprocess.DEVNULL)
            built = list(FOLDER.glob("evenkeel-*.oci.tar"))
    return built[0]
