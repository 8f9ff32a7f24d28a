"""Code that the tests of `evenkeel preview` share: running it, and results in TAP."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = ROOT / "build/asan/evenkeel"
CORPUS = ROOT.parent / "shared/corpus/manifests"
RESULTS = {"count": 0, "failed": 0}


def preview(*arguments, text="", folder=ROOT, environment=None):
    """(exit status, stdout, stderr) of one run, as bytes."""
    ran = subprocess.run([str(BINARY), "preview", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         input=text if isinstance(text, bytes) else text.encode(), cwd=str(folder),
                         env=dict(os.environ, **(environment or {})))
    return ran.returncode, ran.stdout, ran.stderr


def result(name, problem):
    """One test. `problem` describes the problem, or is empty."""
    RESULTS["count"] += 1
    RESULTS["failed"] += bool(problem)
    print("%s %d - %s" % ("not ok" if problem else "ok", RESULTS["count"], name))
    for line in str(problem).splitlines() if problem else ():
        print("# " + line)


def differs(actual, expected):
    """Why two values differ, or nothing."""
    return "" if actual == expected else "%r\ninstead of\n%r" % (actual, expected)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def finish():
    print("1..%d" % RESULTS["count"])
    sys.exit(1 if RESULTS["failed"] else 0)
