"""Container images without a registry: archives that containerd imports, of static programs and of evenkeel itself."""

import fcntl
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
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


def _layer(files):
    """An archive with these files; those that were executable stay so."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, source in sorted(files.items()):
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
            _add(archive, name.lstrip("/"), Path(source).read_bytes(), mode)
    return data.getvalue()


def image(tag, files, entrypoint):
    """An image for Nodes(images=[...]): the path of its archive.

    `tag`: its whole name, such as "evenkeel.test/web:1". `files`: what it consists of, {path in the image: path here}.
    `entrypoint`: the command, as a list.
    """
    layer = _layer(files)
    layer_digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps({"architecture": ARCHITECTURES.get(os.uname().machine, os.uname().machine), "os": "linux",
                         "config": {"Entrypoint": list(entrypoint)}, "history": [{}],
                         "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer_digest]}}).encode()
    config_digest = hashlib.sha256(config).hexdigest()
    manifest = [{"Config": config_digest + ".json", "RepoTags": [tag], "Layers": [layer_digest + ".tar"]}]
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / ("%s-%s.tar" % (re.sub(r"[^a-z0-9.]", "-", tag), config_digest[:16]))
    new = "%s.%d" % (path, os.getpid())
    with tarfile.open(new, "w") as archive:
        _add(archive, layer_digest + ".tar", layer)
        _add(archive, config_digest + ".json", config)
        _add(archive, "manifest.json", json.dumps(manifest).encode())
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
