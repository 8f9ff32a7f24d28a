#!/usr/bin/env python3
"""Runs every fuzz target, as gcc built it with sanitizers, over what fuzzing starts from: tests/fuzz/seeds, which holds
each finding too, the golden cases, and the corpus of real manifests and reviews where it is there."""

import os
import subprocess
import sys
from pathlib import Path

import targets

REPLAYS = targets.ROOT / "build/asan/tests/fuzz"
TIMEOUT = 500
failed = 0

names = targets.names()
print("1..%d" % len(names))
if not targets.SHARED.is_dir():
    print("# without the corpus: there is no %s" % targets.SHARED)
for number, name in enumerate(names, 1):
    ran = subprocess.run([str(REPLAYS / ("replay_" + name)), *targets.seeds(name)], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=TIMEOUT)
    lines = ran.stdout.decode("utf-8", "replace").splitlines()
    good = ran.returncode == 0 and any(line.startswith("ok 1 ") for line in lines)
    failed += not good
    print("%s %d - fuzz_%s" % ("ok" if good else "not ok", number, name))
    for line in [line for line in lines if "inputs replayed" in line] if good else lines[-40:]:
        print("# " + line.replace("ok 1 - ", name + ": "))
sys.exit(1 if failed else 0)
