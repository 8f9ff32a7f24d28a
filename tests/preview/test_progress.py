#!/usr/bin/env python3
"""`evenkeel preview` on a terminal: it shows its progress only on stderr, only after a second, and removes it at the
end. The input comes from stdin, late, so that the second has passed when the first object is looked at."""

import os
import pty
import subprocess
import tempfile
import time
from pathlib import Path

from preview import BINARY, differs, finish, result

OBJECT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {}, template: {spec: {containers: [{name: a}]}}}\n"
ERASE = b"\r\033[K"


def read_all(terminal):
    output = b""
    try:
        while True:
            part = os.read(terminal, 65536)
            if not part:
                break
            output += part
    except OSError:  # a terminal that nobody has open any more
        pass
    os.close(terminal)
    return output


def run(*arguments, late=1.1, text=OBJECT + "---\n" + OBJECT, streams=("pipe", "tty"), term="xterm"):
    """(stdout, stderr); those that are a terminal are the same one, and come as stderr."""
    ours, theirs = pty.openpty()
    where = {"pipe": subprocess.PIPE, "tty": theirs}
    process = subprocess.Popen([str(BINARY), "preview", *map(str, arguments)], stdin=subprocess.PIPE,
                               stdout=where[streams[0]], stderr=where[streams[1]], env=dict(os.environ, TERM=term))
    os.close(theirs)
    time.sleep(late)
    process.stdin.write(text.encode())
    process.stdin.close()
    on_terminal = read_all(ours).replace(b"\r\n", b"\n")
    piped = process.stdout.read() if process.stdout else b""
    said = process.stderr.read() if process.stderr else on_terminal
    process.wait()
    return piped, said


def shown(percent, objects):
    return ERASE + b"evenkeel: %d%%, %d objects" % (percent, objects)


def main():
    half = 100 * (len(OBJECT) - 1) // (2 * len(OBJECT) + 4)  # an object ends before its line does
    output, said = run("-")
    result("after a second it is shown, and erased at the end", differs(said, shown(half, 1) + ERASE))
    result("the output is that without a terminal", differs((output[:10], b"\033" in output), (b"--- stdin\n", False)))
    result("not before", differs(run("-", late=0)[1], b""))
    result("not where stderr is no terminal", differs(run("-", streams=("tty", "pipe"))[1], b""))
    result("not on a terminal that cannot erase", differs([run("-", term=term)[1] for term in ("dumb", "")], [b"", b""]))
    broken = b"evenkeel: stdin:7:1: did not find expected node content while parsing a flow node (from line 7)\n"
    result("erased before a message, which counts as a sign of life",
           differs(run("-", text=OBJECT + "---\n[\n---\n" + OBJECT)[1].partition(ERASE + b"evenkeel: stdin")[2],
                   broken.partition(b"stdin")[2]))
    _, said = run("--color=never", "-", streams=("tty", "tty"))
    result("erased before the diff on the same terminal", differs(said[:len(shown(half, 1) + ERASE) + 10],
                                                                  shown(half, 1) + ERASE + b"--- stdin\n"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_text("kind: x\n")
        said = run("-", path)[1]
        first = ERASE + b"evenkeel: file 1 of 2, %d%%, 1 objects" % half + ERASE  # on a busy machine more follow
        result("several files", differs((said[:len(first)], said[-len(ERASE):]), (first, ERASE)))
    finish()


main()
