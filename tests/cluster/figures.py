"""Keeps the measurements of a check for the end of the run. tests/cluster/run prints them."""

from cluster import ROOT

FOLDER = ROOT / "build/cluster/figures"


def write_figures(name, headline, rows=()):
    """A headline, and a table of rows: dicts with the same keys."""
    lines = [headline]
    if rows:
        table = [list(rows[0])] + [[str(value) for value in row.values()] for row in rows]
        widths = [max(map(len, column)) for column in zip(*table)]
        lines += ["  " + "  ".join(cell.ljust(width) if index == 0 else cell.rjust(width)
                                   for index, (cell, width) in enumerate(zip(line, widths))) for line in table]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_text("\n".join(lines) + "\n")
