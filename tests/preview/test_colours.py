#!/usr/bin/env python3
"""When the diff of `evenkeel preview` has colours: on a terminal, unless NO_COLOR (https://no-color.org) or the
terminal forbids it. --color overrides both."""

import os
import pty
import subprocess
import tempfile
from pathlib import Path

from preview import BINARY, differs, finish, result

OBJECT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {}, template: {spec: {containers: [{name: a}]}}}\n"


def is_coloured(path, *arguments, terminal=True, **environment):
    ours, theirs = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment = {**inherited, "TERM": "xterm", **environment}
    process = subprocess.Popen([str(BINARY), "preview", *arguments, str(path)], env=environment, stdin=subprocess.DEVNULL,
                               stdout=theirs if terminal else subprocess.PIPE, stderr=subprocess.DEVNULL)
    os.close(theirs)
    output = b""
    try:
        while True:
            output += os.read(ours, 65536)
    except OSError:  # nobody has the terminal open any more
        pass
    os.close(ours)
    output += process.stdout.read() if process.stdout else b""
    process.wait()
    if b"terminationGracePeriodSeconds" not in output:
        return "no diff: %r" % output
    return b"\033[32m" in output


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_text(OBJECT)
        for name, wanted, arguments, more in [
                ("on a terminal", True, (), {}),
                ("not in a pipe", False, (), {"terminal": False}),
                ("not where NO_COLOR is set", False, (), {"NO_COLOR": "1"}),
                ("an empty NO_COLOR says nothing", True, (), {"NO_COLOR": ""}),
                ("not on a terminal that has none", False, (), {"TERM": "dumb"}),
                ("--color=auto is the default", False, ("--color=auto",), {"NO_COLOR": "1"}),
                ("--color in a pipe", True, ("--color",), {"terminal": False}),
                ("--color=always against NO_COLOR", True, ("--color=always",), {"NO_COLOR": "1", "terminal": False}),
                ("--color=never on a terminal", False, ("--color=never",), {}),
                ("only the diff has any", False, ("-o", "yaml"), {}),
                ("nor the summary", False, ("-o", "summary"), {})]:
            result("colours: " + name, differs(is_coloured(path, *arguments, **more), wanted))
    finish()


main()
