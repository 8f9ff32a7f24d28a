#!/usr/bin/env python3
"""`make run` as on a user's terminal: it serves, and Ctrl-C ends it with 0, make's own status included."""

import os
import pty
import select
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 120
count = failed = 0


def result(name, good, why=""):
    global count, failed
    count += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))
    if not good:
        print("\n".join("# " + line for line in str(why).splitlines()))


def has_serve():
    binary = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
    usage = subprocess.run([binary, "--help"], stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
    return "\n  serve " in usage


class Terminal:
    """A command on a pseudo-terminal of its own, and what it wrote so far."""

    def __init__(self, *command):
        self.output = b""
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execvp(command[0], command)

    def read(self, seconds):
        """Reads for that long; False once the terminal is closed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.descriptor], [], [], 0.1)[0]:
                try:
                    data = os.read(self.descriptor, 65536)
                except OSError:
                    return False
                if not data:
                    return False
                self.output += data
        return True

    def status(self):
        """The exit status once the terminal closes; None when that takes too long."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.read(0.2):
            pass
        if time.monotonic() >= end:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
            return None
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def answer(url):
    try:
        with urllib.request.urlopen(url, timeout=2, context=ssl._create_unverified_context()) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def main():
    if not has_serve():
        print("1..0 # SKIP this binary has no serve")
        return 0
    if answer("http://127.0.0.1:8080/readyz") is not None:
        print("1..0 # SKIP something else listens on 127.0.0.1:8080")
        return 0
    print("1..4")
    terminal = Terminal("make", "run")
    ready, end = None, time.monotonic() + SECONDS
    while ready != 200 and time.monotonic() < end and terminal.read(0.2):
        ready = answer("http://127.0.0.1:8080/readyz")
    said = terminal.output.decode("utf-8", "replace")
    result("it gets ready", ready == 200, said)
    result("it answers over TLS", answer("https://127.0.0.1:8443/mutate") is not None, said)
    result("it says how to send it a review", "127.0.0.1:8443/mutate" in said, said)
    os.write(terminal.descriptor, b"\x03")
    status = terminal.status()
    result("Ctrl-C ends it with 0", status == 0,
           "status %s\n%s" % (status, terminal.output.decode("utf-8", "replace")))
    return 1 if failed else 0


sys.exit(main())
