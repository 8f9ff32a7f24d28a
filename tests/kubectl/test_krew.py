#!/usr/bin/env python3
"""`make krew`: the plugin's archive and manifest. It needs no library, has every command but the server, and is the same
bytes each time; the manifest names its hash. TAP on stdout.
"""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "preview"))
from preview import ROOT, differs, finish, result  # noqa: E402

FOLDER = ROOT / "build/kubectl-krew"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, check=False, **options)


def make(folder):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    made = run("make", "-s", "krew", "DIST=%s" % folder, "URL=https://files.example/1", cwd=ROOT, env=environment)
    return made, sorted(folder.glob("*.tar.gz"))


def main():
    run("rm", "-rf", FOLDER)
    for name in ("one", "two"):
        (FOLDER / name).mkdir(parents=True)
    made, archives = make(FOLDER / "one")
    result("it is built", "" if made.returncode == 0 and len(archives) == 1 else made.stdout)
    if not archives:
        finish()
    _, again = make(FOLDER / "two")
    result("a second time the bytes are the same", differs(again[0].read_bytes() == archives[0].read_bytes(), True))
    with tarfile.open(archives[0]) as archive:
        result("what is in it", differs(archive.getnames(), ["LICENSE", "kubectl-evenkeel"]))
        archive.extractall(FOLDER)
    program = FOLDER / "kubectl-evenkeel"
    result("it needs no library", differs("NEEDED" in run("readelf", "-d", program).stdout, False))
    manifest = (FOLDER / "one/evenkeel.yaml").read_text()
    result("the manifest names the archive and its hash", differs(
        (re.search(r"uri: (.*)", manifest).group(1), re.search(r"sha256: (.*)", manifest).group(1)),
        ("https://files.example/1/" + archives[0].name, hashlib.sha256(archives[0].read_bytes()).hexdigest())))
    said = run(program, "--help").stdout
    names = set(re.findall(r"^  ([a-z]+) ", said, re.M))
    everything = set(re.findall(r"^  ([a-z]+) ", run(ROOT / "build/release/evenkeel", "--help").stdout, re.M))
    result("every command but the server's", differs(everything - names, {"serve"}))
    for example in ("docs/examples/batched-release/deployment.yaml",):
        result("it decides as the other: " + example, differs(*(
            run(binary, "preview", "-o", "json", example, cwd=ROOT).stdout for binary in (program, ROOT / "build/release/evenkeel"))))
    finish()


main()
