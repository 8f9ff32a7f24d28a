#!/usr/bin/env python3
"""Draws the pods of each version over time, of one case that check_releases.py ran (its last run is in
build/cluster/timelines.json): release_plot.py [CASE] PLOT.svg
"""

import json
import sys

from releases import TIMELINES

COLOURS = ("#7f8c8d", "#4a7fb5", "#c0392b", "#5b8c5a")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 330, 44, 16, 92, 34
BEFORE_SECONDS = 6  # shown of the time before the first new version
NARROWEST = 16  # pixels between the labels of two acts


class Plot:
    def __init__(self, case):
        marks = case["marks"]
        self.wanted = case["replicas"]
        full = next(when for when, state in case["states"] if sum(ready for _, ready in state.values()) >= self.wanted)
        self.begun = max(marks[1][0] - BEFORE_SECONDS, full)
        self.ended = case["states"][-1][0] + BEFORE_SECONDS
        # An act that changed nothing would only stand in the way.
        self.marks = [mark for mark, after in zip(marks, [*marks[1:], [self.ended]])
                      if mark[0] > self.begun and any(mark[0] < when < after[0] for when, _ in case["states"])]
        self.states = self._shown(case["states"])
        self.versions = max(int(version) for _, state in self.states for version in state)
        self.most = max(sum(total for total, _ in state.values()) for _, state in self.states) + 1

    def _shown(self, states):
        """From the moment at which the picture begins, when what was before still stands."""
        earlier = [state for when, state in states if when <= self.begun]
        return [(self.begun, earlier[-1])] + [(when, state) for when, state in states if when > self.begun]

    def x(self, when):
        return LEFT + (when - self.begun) / (self.ended - self.begun) * (WIDTH - LEFT - RIGHT)

    def y(self, pods):
        return HEIGHT - BOTTOM - pods / self.most * (HEIGHT - BOTTOM - TOP)

    def axes(self):
        for pods in range(self.most + 1):
            yield '<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#eee"/>' % (LEFT, self.y(pods), WIDTH - RIGHT, self.y(pods))
            yield '<text x="%d" y="%.1f" text-anchor="end">%d</text>' % (LEFT - 6, self.y(pods) + 4, pods)
        for second in range(0, int(self.ended - self.begun) + 1, 10):
            yield '<text x="%.1f" y="%d" text-anchor="middle">%d s</text>' % (
                self.x(self.begun + second), HEIGHT - BOTTOM + 18, second)

    def areas(self):
        """Stacked: of each version its ready pods, and paler those that are not."""
        for index, (when, state) in enumerate(self.states):
            until = self.states[index + 1][0] if index + 1 < len(self.states) else self.ended
            base = 0
            for version in range(1, self.versions + 1):
                total, ready = state.get(str(version), (0, 0))
                for count, opacity in ((ready, 1), (total - ready, 0.3)):
                    if count:
                        yield '<rect x="%.2f" y="%.1f" width="%.2f" height="%.1f" fill="%s" fill-opacity="%.1f"/>' % (
                            self.x(when), self.y(base + count), self.x(until) - self.x(when) + 0.3,
                            self.y(base) - self.y(base + count), COLOURS[(version - 1) % len(COLOURS)], opacity)
                    base += count

    def acts(self):
        last = 0
        for when, text in self.marks:
            x = max(self.x(when), last + NARROWEST)
            last = x
            yield '<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#333" stroke-dasharray="3 3"/>' % (
                self.x(when), TOP - 4, self.x(when), HEIGHT - BOTTOM)
            yield '<text x="%.1f" y="%d" transform="rotate(-35 %.1f %d)">%s</text>' % (x, TOP - 8, x, TOP - 8, text)

    def legend(self):
        for version in range(1, self.versions + 1):
            x = LEFT + 80 * (version - 1)
            yield '<rect x="%d" y="8" width="12" height="12" fill="%s"/>' % (x, COLOURS[(version - 1) % len(COLOURS)])
            yield '<text x="%d" y="18">version %d</text>' % (x + 17, version)
        yield '<text x="%d" y="18">paler: not ready</text>' % (LEFT + 80 * self.versions + 6)

    def svg(self):
        yield '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" '\
              'shape-rendering="crispEdges">' % (WIDTH, HEIGHT)
        yield '<rect width="%d" height="%d" fill="white"/>' % (WIDTH, HEIGHT)
        for part in (self.axes, self.areas, self.acts, self.legend):
            yield from part()
        yield '<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#333"/>' % (
            LEFT, self.y(self.wanted), WIDTH - RIGHT, self.y(self.wanted))
        yield "</svg>"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    case = sys.argv[1] if len(sys.argv) == 3 else "shop"
    cases = json.loads(TIMELINES.read_text())
    if case not in cases:
        sys.exit("%s has no case %s; it has %s" % (TIMELINES, case, ", ".join(sorted(cases))))
    with open(sys.argv[-1], "w") as file:
        file.write("\n".join(Plot(cases[case]).svg()) + "\n")


if __name__ == "__main__":
    main()
