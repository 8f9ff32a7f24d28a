#!/usr/bin/env python3
"""docs/ADDING-A-RULE.md shows a whole rule: it must be the one that is compiled."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = "webhook/rules/progress_deadline.c"


def main():
    page = (ROOT / "docs/ADDING-A-RULE.md").read_text()
    source = (ROOT / RULE).read_text()
    shown = page.split("```c\n")[1].split("```")[0]
    good = RULE in page and shown == source[source.index("#include"):]
    print("1..1\n%s 1 - the page shows %s as it is" % ("ok" if good else "not ok", RULE))
    return 0 if good else 1


sys.exit(main())
