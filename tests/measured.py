"""Figures in a page stand between `<!-- measured: NAME -->` and `<!-- end -->`, and a program writes them."""

import re


def fill(page, sections, *inputs):
    """The page's text with what stands between its markers made anew: by `sections`, {name: a function of `inputs`}."""
    text = page.read_text(encoding="utf-8")
    for name, section in sections.items():
        block = "<!-- measured: %s -->\n%s\n<!-- end -->" % (name, section(*inputs))
        text, count = re.subn(r"<!-- measured: %s -->\n.*?<!-- end -->" % name, lambda _, block=block: block, text, flags=re.S)
        if count != 1:
            raise SystemExit("%s has %d places for %s; it needs one" % (page.name, count, name))
    return text
