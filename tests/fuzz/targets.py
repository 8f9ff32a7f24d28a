"""The fuzz targets, and where each begins."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/fuzz"
SHARED = Path(os.environ.get("SHARED", str(ROOT.parent / "shared"))) / "corpus"
GOLDEN = ROOT / "tests/golden"
# Besides tests/fuzz/seeds/TARGET.
BEGINNINGS = {
    "tape": (GOLDEN, SHARED / "reviews"),
    "review": (GOLDEN, ROOT / "docs/examples", SHARED / "reviews"),
    "policy": (GOLDEN, ROOT / "docs/examples"),
    "manifest": (GOLDEN, SHARED / "manifests"),
    "http": (),
}


def names():
    return sorted(path.name[len("fuzz_"):-len(".c")] for path in (ROOT / "tests/fuzz").glob("fuzz_*.c"))


def seeds(name):
    found = [ROOT / "tests/fuzz/seeds" / name, *BEGINNINGS[name]]
    return [str(path) for path in found if path.is_dir()]
