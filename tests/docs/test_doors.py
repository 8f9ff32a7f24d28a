#!/usr/bin/env python3
"""Each page of docs/ opens with whom it is for, and is behind exactly one door of docs/README.md. TAP on stdout."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOORS = ["Use it", "Trust it", "Change it"]
LINE_MAX = 125


def opens_badly(text):
    """What is wrong with a page's first lines; None: a title, then one line that says whom the page is for."""
    lines = text.splitlines()
    if not re.match("# ", lines[0]) or lines[1] or lines[3]:
        return "wanted: a title, an empty line, one line, an empty line"
    if not re.match(r"For .*: .*\.$", lines[2]) or len(lines[2]) > LINE_MAX:
        return "wanted: \"For WHOM: WHAT.\", got: " + lines[2]
    return None


def doors_of(index):
    """The pages that each door's section links to, in order."""
    parts = re.split(r"^## (.*)$", index, flags=re.M)[1:]
    return {door: re.findall(r"\]\(([A-Z-]+\.md)\)", text) for door, text in zip(parts[::2], parts[1::2])}


def misplaced(index, pages):
    """Each page that is not behind exactly one door, with the doors that it is behind."""
    doors = doors_of(index)
    wrong = [] if list(doors) == DOORS else ["the doors are: " + ", ".join(doors)]
    for page in sorted(pages):
        found = [door for door in doors if page in doors[door]]
        if len(found) != 1:
            wrong.append("%s: behind %s" % (page, " and ".join(found) or "no door"))
    return wrong


def main():
    index = (ROOT / "docs/README.md").read_text()
    pages = {path.name: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
    results = [("%s opens with whom it is for" % name, opens_badly(text)) for name, text in pages.items()]
    del pages["README.md"]
    results.append(("each of %d pages is behind one door" % len(pages), "\n".join(misplaced(index, pages))))
    # The checks themselves, on planted breaches.
    results += [("%s is found" % name, None if found else "it was not") for name, found in [
        ("a page that opens with something else", opens_badly("# Title\n\nThe policy file says what is injected.\n\n")),
        ("a page whose first line goes on", opens_badly("# Title\n\nFor users: what a policy\ncan say.\n\n")),
        ("a page behind no door", misplaced(index, ["MISSING.md"])),
        ("a page behind two doors", misplaced(index + "\n[again](PROOF.md)\n", pages)),
        ("another door", misplaced(index + "\n## More\n", pages)),
    ]]
    print("1..%d" % len(results))
    for number, (name, problem) in enumerate(results, 1):
        print("%s %d - %s" % ("not ok" if problem else "ok", number, name))
        print("".join("# %s\n" % line for line in (problem or "").splitlines()), end="")
    return 1 if any(problem for _, problem in results) else 0


sys.exit(main())
