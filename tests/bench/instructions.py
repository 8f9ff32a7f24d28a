#!/usr/bin/env python3
"""Counts the instructions of one review in the server's handler, without transport, and compares them with the
committed counts: unlike a time, they do not depend on what else the machine does.

    tests/bench/instructions.py             # says what changed by more than 3%; ends with 1 if something grew
    tests/bench/instructions.py --update    # into docs/instructions.json

It needs valgrind. The counts depend on the compiler and on libc, which the file names: with others, the differences
mean less, and are only shown."""

import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import reviews
from reviews import ROOT

DRIVER = ROOT / "build/release/tests/bench/admit"
FILE = ROOT / "docs/instructions.json"
FEW, MANY = 1, 11  # what the first reviews set up cancels out
TOLERANCE = 0.03
NAMES = [name for name in (*reviews.REAL, *reviews.GROWN, *reviews.CHANGED) if "15.9m" not in name]


def run(times, review, folder):
    out = Path(folder) / ("%s.%d" % (review.stem, times))
    subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=bench_one", "--callgrind-out-file=%s" % out, DRIVER, "handler",
                    str(times), "default", review], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return int(re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.M).group(1))


def count(review, folder):
    return round((run(MANY, review, folder) - run(FEW, review, folder)) / (MANY - FEW))


def built_with():
    words = [["gcc", "-dumpfullversion"], ["ldd", "--version"]]
    gcc, libc = (subprocess.run(line, stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout.splitlines()[0] for line in words)
    return "gcc %s, glibc %s" % (gcc, libc.split()[-1])


def measure(names=NAMES):
    # An old driver counted an old engine, and nobody saw what had grown.
    subprocess.run(["make", "-s", "FLAVOUR=release", DRIVER.relative_to(ROOT)], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        paths = reviews.write(folder, names)
        return dict(zip(paths, pool.map(lambda path: count(path, folder), paths.values())))


def compare(names=NAMES):
    """Prints the counts beside the committed ones; whether none grew."""
    committed = json.loads(FILE.read_text())
    same = committed["built_with"] == built_with()
    if not same:
        print("# built with %s; the committed counts with %s" % (built_with(), committed["built_with"]))
    grown = []
    for name, counted in measure(names).items():
        before = committed["instructions"].get(name)
        change = counted / before - 1 if before else 0
        print("%-18s %9d instructions, %s" % (name, counted, "%+.1f%%" % (100 * change) if before else "new"), flush=True)
        grown += [name] if change > TOLERANCE else []
    if grown:
        print("# more than %d%% more: %s" % (100 * TOLERANCE, ", ".join(grown)))
    return not grown or not same


def main():
    if sys.argv[1:] == ["--update"]:
        FILE.write_text(json.dumps({"built_with": built_with(), "instructions": measure()}, indent=1) + "\n")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    elif not compare():
        sys.exit(1)


if __name__ == "__main__":
    main()
