"""Code that the lint checks share: the source files, and results in TAP."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def sources(*folders):
    """The C files of the given folders, as paths from the root. Without folders: of all."""
    found = []
    for folder in folders or ("webhook", "certs", "tests"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            found.append(str(path.relative_to(ROOT)))
    return found


class Results:
    def __init__(self):
        self.count = self.failed = 0

    def add(self, name, problems):
        """One result. `problems` are lines that describe the problems."""
        self.count += 1
        self.failed += bool(problems)
        print("%s %d - %s" % ("not ok" if problems else "ok", self.count, name))
        for problem in problems:
            print("# " + problem)

    def finish(self):
        print("1..%d" % self.count)
        sys.exit(1 if self.failed else 0)
