#!/usr/bin/env python3
"""Each Chinese page follows its English page: the same sections in the same order, and in each section the same code
blocks (comments aside), rows of tables, code spans, links and numbers. TAP on stdout.

A heading of a Chinese page ends in the English one's anchor: `## 证书 <a id="certificates"></a>`. A section with an anchor
that starts with `ack-` is the Chinese page's own.
"""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = {"README.md": "README.zh-CN.md", "docs/INSTALL.md": "docs/zh/INSTALL.md", "docs/POLICY.md": "docs/zh/POLICY.md",
         "docs/BATCHED-RELEASE.md": "docs/zh/BATCHED-RELEASE.md"}
OWN = "ack-"
# The reference of settings that the binary prints: in English only.
CUT = "<!-- From here on: evenkeel check --list-rules -->\n"
BLOCK = re.compile(r"^( *)```.*?^\1```$|(?<=\n\n)(?:    \S[^\n]*\n)+", re.S | re.M)
ANCHOR = re.compile(r' <a id="([\w-]+)"></a>$')


def slug(heading):
    """GitHub's anchor: lower case, spaces to hyphens, other signs dropped."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def without_comments(block):
    lines = [re.sub(r"(^|\s+)#.*$", "", line) for line in block.splitlines()]
    return "\n".join(line for line in lines if line.strip())


def link(page, target):
    """A link's target from the root, the Chinese page's as the English one's."""
    if re.match("[a-z]+:", target):
        return target
    place, hash_sign, anchor = target.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(page), place)) if place else page
    return {chinese: english for english, chinese in PAGES.items()}.get(path, path) + hash_sign + anchor


class Section:
    def __init__(self, page, level, anchor, text):
        self.name = "%s %s" % (level, anchor)
        self.blocks = [without_comments(block.group(0)) for block in BLOCK.finditer(text)]
        prose = BLOCK.sub("", re.sub("<!--.*?-->", "", text))
        self.tables = [len(table.splitlines()) for table in re.findall(r"(?:^ *\|.*\n?)+", prose, re.M)]
        self.spans = {re.sub(r"\s+", " ", span) for span in re.findall(r"`([^`]+)`", prose)}
        prose = re.sub(r"`[^`]+`", " ", prose)
        self.links = {link(page, target) for target in re.findall(r"\]\(([^)\s]+)\)", prose)} - {link(page, "")}
        prose = re.sub(r"\]\([^)]+\)|^ *\d+\. ", " ", prose, flags=re.M)
        self.numbers = set(re.findall(r"\d+(?:[.,]\d+)*%?", prose))


def sections(page, text):
    """The sections of a page, each with what is in it up to the next heading."""
    found, start = [], 0
    code = [block.span() for block in BLOCK.finditer(text)]
    heads = [head for head in re.finditer(r"^(#+) (.*)$", text, re.M)
             if not any(first <= head.start() < last for first, last in code)]
    for head, following in zip(heads, heads[1:] + [None]):
        marked = ANCHOR.search(head.group(2))
        anchor = marked.group(1) if marked else "title" if head.group(1) == "#" else slug(head.group(2))
        start = head.end()
        if not anchor.startswith(OWN):
            found.append(Section(page, head.group(1), anchor, text[start:following.start() if following else None] + "\n"))
    return found


def behind(english, chinese):
    """What a Chinese page lacks of its English page's sections, in lines."""
    names = [section.name for section in english], [section.name for section in chinese]
    if names[0] != names[1]:
        return ["sections: %s" % name for name in sorted(set(names[0]) ^ set(names[1]))] or ["the order of sections"]
    wrong = []
    for own, other in zip(english, chinese):
        for old, new in zip(own.blocks + [""] * 9, other.blocks + [""] * 9):
            wrong += ["%s: another code block: %s" % (own.name, new or old)] if old != new else []
        if own.tables != other.tables:
            wrong.append("%s: rows of tables: %s and %s" % (own.name, own.tables, other.tables))
        for what in ("spans", "links", "numbers"):
            wrong += ["%s: %s lack %s" % (own.name, what, each) for each in sorted(getattr(own, what) - getattr(other, what))]
    return wrong


def read(page):
    text = (ROOT / page).read_text(encoding="utf-8").partition(CUT)[0]
    return text if text.endswith("\n") else text + "\n"


def main():
    results = []
    for page, chinese in PAGES.items():
        text = read(chinese)
        results.append(("%s follows %s" % (chinese, page), behind(sections(page, read(page)), sections(chinese, text))))
        if chinese.startswith("docs/"):
            results.append(("%s opens with whom it is for" % chinese,
                            [] if re.match(r"# .+\n\n适用于.+：.+。\n\n", text) else [text[:200]]))
    # Planted changes of an English page: each must be found.
    page, chinese = "docs/INSTALL.md", sections("docs/zh/INSTALL.md", read("docs/zh/INSTALL.md"))
    text = read(page)
    for name, old, new in [("a new section", "## GitOps\n", "## Flux\n\nNew.\n\n## GitOps\n"),
                           ("another heading", "## GitOps\n", "## GitOps and Argo CD\n"),
                           ("another command", "helm test evenkeel", "helm test keel"),
                           ("another row", "| EKS with another CNI |", "| DOKS | x | y |\n| EKS with another CNI |"),
                           ("another option", "`--set policy.mode=observe`", "`--set policy.mode=enforce`"),
                           ("another number", "106 to 112 of 888 requests", "106 to 113 of 888 requests"),
                           ("another link", "(RULES.md#prestop)", "(RULES.md#batches-again)")]:
        changed = text.replace(old, new)
        found = changed != text and behind(sections(page, changed), chinese)
        results.append(("%s in the English page is found" % name, [] if found else ["it was not"]))
    print("1..%d" % len(results))
    for number, (name, problems) in enumerate(results, 1):
        print("%s %d - %s" % ("not ok" if problems else "ok", number, name))
        print("".join("# %s\n" % line for problem in problems for line in problem.splitlines()), end="")
    return 1 if any(problems for _, problems in results) else 0


sys.exit(main())
