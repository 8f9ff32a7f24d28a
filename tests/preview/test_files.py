#!/usr/bin/env python3
"""`evenkeel preview` and the files it is given: what of a folder is read, names that a diff must quote, files that must
not be written, output that cannot be, and the name kubectl calls it by."""

import os
import subprocess
import tempfile
from pathlib import Path

from preview import BINARY, differs, finish, preview, result

OBJECT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec: {selector: {matchLabels: {app: shop}}, template: {spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}}}
"""
NAMES = ["plain.yaml", "my app.yaml", "tab\tand space .yaml", 'quote".yaml', "back\\slash.yaml", "two\nlines.yaml", "bell\a.yaml",
         "ünïcode.yaml", "-o.yaml"]


def test_folders(folder):
    (folder / "below/.hidden").mkdir(parents=True)
    (folder / "loop").mkdir()
    for name in ("a.yaml", "below/b.yml", "below/.hidden/c.json", "notes.txt", "UPPER.YAML", "yaml", "below/d.yaml.bak"):
        (folder / name).write_text(OBJECT)
    (folder / "e.yaml").symlink_to("a.yaml")
    (folder / "dangling.yaml").symlink_to("nowhere")
    (folder / "folder.yaml").mkdir()
    (folder / "loop/up").symlink_to("..")
    os.mkfifo(str(folder / "pipe.yaml"))
    read = ["./a.yaml", "./below/.hidden/c.json", "./below/b.yml", "./e.yaml"]
    status, output, errors = preview("-o", "summary", ".", folder=folder)
    result("of a folder every .yaml, .yml and .json file is read, once, and nothing behind a link to a folder",
           differs((status, [line.split(":")[0] for line in output.decode().splitlines()[:-1]], errors), (1, read, b"")))
    status, output, errors = preview("-o", "summary", "-f", ".", "--filename=a.yaml", "below/", folder=folder)
    result("-f, --filename and names go together", differs(
        [line.split(":")[0] for line in output.decode().splitlines()[:-1]],
        read + ["a.yaml", "below/.hidden/c.json", "below/b.yml"]))
    (folder / "empty").mkdir()
    status, _, errors = preview("empty", folder=folder)
    result("a policy that is not there is named", differs(
        preview("--policy=none.yaml", "a.yaml", folder=folder), (2, b"", b"evenkeel: none.yaml: No such file or directory\n")))
    result("an empty folder", differs((status, b"folders with .yaml, .yml or .json files in them" in errors), (2, True)))


def test_broken(folder):
    good = OBJECT.encode()
    for name, text in {"1.yaml": good, "2.yaml": b"a: [\n", "3.yaml": b"a: \x80\n", "4.yaml": b"a: !!int x\n",
                       "5.json": b'{"a" 1}', "6.yaml": b"a: b\n---\na: b: c\n---\n" + good, "7.yaml": good}.items():
        (folder / name).write_bytes(text)
    status, output, errors = preview("-o", "summary", ".", folder=folder)
    result("broken files and documents are named with line and column, and the rest is shown", differs(
        (status, [line.split("  ")[0] for line in output.decode().splitlines()[:-1]],
         [line.split(": ")[1] for line in errors.decode().splitlines()]),
        (2, ["./1.yaml:1", "./6.yaml:5", "./7.yaml:1"],
         ["./2.yaml:2:1", "./3.yaml:1:4", "./4.yaml:1:4", "./5.json:1:6", "./6.yaml:3:5"])))
    status, output, _ = preview("-q", ".", folder=folder)
    result("--quiet: the errors stay", differs((status, output), (2, b"")))


def test_names(folder):
    for name in NAMES:
        (folder / name).write_text(OBJECT)
    _, patched, _ = preview("-o", "yaml", "plain.yaml", folder=folder)
    status, diff, errors = preview(".", folder=folder)
    ran = subprocess.run(["patch", "-p0", "--silent", "--fuzz=0"], input=diff, cwd=str(folder), stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    result("patch(1) finds files of all names", differs((status, errors, ran.returncode, ran.stdout), (1, b"", 0, b"")))
    result("and patches each", differs([name for name in NAMES if (folder / name).read_bytes() != patched], []))
    result("and makes no others", differs(sorted(os.listdir(str(folder))), sorted(NAMES)))
    status, output, _ = preview("--", "-o.yaml", folder=folder)
    result("a name like an option, behind --", differs((status, output), (0, b"")))
    (folder / "bell\a.yaml").write_text("a: [\n")
    _, _, errors = preview("bell\a.yaml", folder=folder)
    result("an error does not ring the bell", differs(errors[:24], b"evenkeel: bell?.yaml:2:1"))


def as_nobody(folder, *arguments):
    """A run of `preview` by one who is not root: the file's mode counts."""
    command = [str(BINARY), "preview", *arguments]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    ran = subprocess.run(command, cwd=str(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return ran.returncode, ran.stdout, ran.stderr.decode()


def test_write(folder):
    folder.chmod(0o777)
    path = folder / "a.yaml"
    path.write_text(OBJECT)
    path.chmod(0o444)
    status, _, errors = as_nobody(folder, "--write", "a.yaml")
    result("--write refuses a read-only file in a folder that can be written",
           differs((status, path.read_text(), "Permission denied" in errors), (2, OBJECT, True)))
    path.chmod(0o666)
    folder.chmod(0o555)
    status, _, errors = as_nobody(folder, "--write", "a.yaml")
    result("--write changes nothing where the folder is read-only, since then it could not be done at once",
           differs((status, path.read_text(), "Permission denied" in errors), (2, OBJECT, True)))
    folder.chmod(0o777)
    path.chmod(0o000)
    result("a file that cannot be read", differs(as_nobody(folder, "a.yaml"), (2, b"", "evenkeel: a.yaml: Permission denied\n")))
    path.chmod(0o600)
    (folder / "broken.yaml").write_text("a: [\n---\n" + OBJECT)
    (folder / "chain.yaml").symlink_to("link.yaml")
    (folder / "link.yaml").symlink_to(str(path))
    status, output, _ = preview("--write", "broken.yaml", "chain.yaml", folder=folder)
    result("--write goes on behind a broken document", differs(
        (status, output, (folder / "broken.yaml").read_text().startswith("a: [\n---\n"), "preStop" in path.read_text(),
         "preStop" in (folder / "broken.yaml").read_text()), (2, b"", True, True, True)))
    result("--write leaves links and no other files",
           differs((sorted(os.listdir(str(folder))), (folder / "chain.yaml").is_symlink()),
                   (["a.yaml", "broken.yaml", "chain.yaml", "link.yaml"], True)))


def test_output(folder):
    (folder / "a.yaml").write_text(OBJECT)
    for form in ("diff", "yaml", "json", "patch", "summary"):
        with open("/dev/full", "wb") as full:
            ran = subprocess.run([str(BINARY), "preview", "-o", form, "a.yaml"], cwd=str(folder), stdout=full,
                                 stderr=subprocess.PIPE)
        result("-o %s: output that cannot be written is trouble" % form,
               differs((ran.returncode, ran.stderr), (2, b"evenkeel: standard output: No space left on device\n")))


def test_plugin(folder):
    (folder / "a.yaml").write_text(OBJECT)
    (folder / "kubectl-evenkeel").symlink_to(str(BINARY))
    ran = subprocess.run(["./kubectl-evenkeel", "preview", "-f", "."], cwd=str(folder), stdout=subprocess.PIPE)
    result("kubectl evenkeel preview -f .", differs((ran.returncode, ran.stdout),
                                                    preview(".", folder=folder)[:2]))


for test in (test_folders, test_broken, test_names, test_write, test_output, test_plugin):
    with tempfile.TemporaryDirectory() as made:
        test(Path(made))
finish()
