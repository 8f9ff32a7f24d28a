#!/usr/bin/env python3
"""Fuzzes each target for FUZZ_SECONDS (30), two at a time, from its seeds on; anything that it finds has failed.
`make fuzz SECONDS=n` does it for longer."""

import os
import shutil
import subprocess
import sys
import tempfile

import targets

SECONDS = os.environ.get("FUZZ_SECONDS", "30")

names = targets.names()
if not all((targets.BUILD / "tests/fuzz" / ("fuzz_" + name)).exists() for name in names):
    print("1..0 # SKIP the fuzz targets are not built: make FLAVOUR=fuzz fuzzers")
    sys.exit(0)
# The corpus that longer runs have gathered would only slow it down.
with tempfile.TemporaryDirectory() as folder:
    ran = subprocess.run([str(targets.ROOT / "tests/fuzz/run"), "--jobs=2", "--seconds=" + SECONDS],
                         env=dict(os.environ, FUZZ_CORPUS=folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
lines = ran.stdout.decode("utf-8", "replace").splitlines()
failed = 0
for number, name in enumerate(names, 1):
    good = [line for line in lines if line.startswith("# %s: " % name) and not line.startswith("# %s: 0 exec" % name)
            and line.endswith(" 0 findings")]
    failed += not good
    print("%s %d - fuzz_%s for %s s" % ("ok" if good else "not ok", number, name, SECONDS))
print("1..%d" % len(names))
for line in lines:
    print("# " + line[:300].lstrip("# "))
sys.exit(1 if failed or ran.returncode != 0 else 0)
