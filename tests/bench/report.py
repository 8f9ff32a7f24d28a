#!/usr/bin/env python3
"""Turns what bench.py wrote into Markdown tables on stdout and a plot: report.py build/bench.json docs/performance.svg"""

import json
import math
import sys

COLOURS = {"nginx": "#5b8c5a", "h2o": "#4a7fb5", "evenkeel": "#c0392b", "go": "#8e6bbf"}
NAMES = {"nginx": "nginx, fixed answer", "h2o": "bare libh2o, fixed answer", "evenkeel": "evenkeel",
         "go": "Go, controller-runtime"}
GO_BODY_MAX = 7 * 1024 * 1024  # past it controller-runtime answers 200 and, inside, that the review is too large
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 440, 70, 50, 20, 190


def answered(figures):
    """Whether a server took the review: it neither refused it nor answered before it had read it, which ends wrk's run."""
    return bool(figures) and not figures["refused"] and figures["rate"]["median"] >= 2


def spread(figures, form="%.1f"):
    if not figures:
        return "–"
    return (form + " (" + form + "–" + form + ")") % (figures["median"], figures["least"], figures["most"])


def table(header, rows):
    """Nothing where a part was left out."""
    if not rows:
        return
    print("\n| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def compared(results):
    header = ["review", "body", *(NAMES[name] for name in NAMES), "/ nginx", "/ libh2o", "Go / evenkeel"]
    rows = []
    for name, result in results.items():
        row = [name, "{:,}".format(result["body"])]
        for server in NAMES:
            good = answered(result.get(server)) and (server != "go" or result["body"] < GO_BODY_MAX)
            row.append(spread(result[server]["cpu"]) if good else "–")
        ratios = {name: ratio for name, ratio in result["ratios"].items()
                  if answered(result[name]) and (name != "go" or result["body"] < GO_BODY_MAX)}
        row += [spread(ratios.get("nginx"), "%.2f"), spread(ratios.get("h2o"), "%.2f"),
                "%.0f" % (1 / ratios["go"]["median"]) if ratios.get("go") else "–"]
        rows.append(row)
    table(header, rows)


def processors(results):
    table(["review", "server", "its libraries without AVX", "ratio", "admit()", "tape without AVX2", "tape without SSE2"],
          [[name, spread(row["evenkeel"]["cpu"]), spread(row["baseline"]["cpu"]),
            "%.2f" % (1 / row["ratios"]["baseline"]["median"]), spread(row["engine"]), spread(row["engine_sse2"]), spread(row["engine_scalar"])]
           for name, row in results.items()])


def creates(results):
    """A create in a kube-apiserver; the rest is relative to one that nothing mutates."""
    table(["a create of %s bytes, with" % "{:,}".format(results["body"]), "median, ms", "quartiles", "added, ms"],
          [[name, "%.2f" % row["median"], "%.2f–%.2f" % (row["lower"], row["upper"]), "%.2f" % row["added"]]
           for name, row in results["variants"].items()])
    print("\n%d of each; evenkeel adds %.2f times what the faster policy adds." % (results["count"], results["ratio"]))


def tables(results):
    machine = results["machine"]
    print("Commit %(commit)s, %(time)s; %(processors)d × %(processor)s, Linux %(kernel)s; %(compiler)s; %(openssl)s; "
          "%(nginx)s; libh2o %(h2o)s; %(go)s; %(rounds)d rounds." % machine)
    print("Load average %.1f before, %.1f at most during the run." % (machine["load_before"], machine["highest_load"]))
    compared(results.get("bodies", {}))
    compared(results.get("shapes", {}))
    if "handshakes" in results:
        compared({"a new TLS connection each": results["handshakes"]})
    table(["server", "p50", "p99", "p99.9", "at", "of at most"],
          [[NAMES[name], *(spread(row[key], "%.0f") for key in ("p50", "p99", "p999")), "%.0f/s" % row["rate"]["median"],
            "%.0f/s" % row["full_rate"]] for name, row in results.get("latency", {}).items()])
    table(["server", "at rest, KB", "idle connection, KB", "of", "peak with two 15.9 MB bodies, MB", "first answer, ms", "binary, KB"],
          [[NAMES[name], "%.0f" % (row["rest"] / 1024), "%.1f" % (row["idle_connection"] / 1024), "{:,}".format(row["idle_connections"]),
            "%.0f" % (row["peak"] / 1048576) if row["peak"] else "refused", spread(row["startup_ms"]),
            "%.0f" % (row["binary"] / 1024)] for name, row in results.get("memory", {}).items()])
    if "large_ms" in results:
        print("\nOne review of 15.9 MB: %s ms" % spread(results["large_ms"], "%.0f"))
    table(["review", "body", "admit()", "with metrics and log line"],
          [[name, "{:,}".format(row["body"]), spread(row["core"]), spread(row["handler"])]
           for name, row in results.get("engine", {}).items()])
    processors(results.get("processor", {}))
    if "creates" in results:
        creates(results["creates"])
    table(["policy", "admit()"], [[name, spread(row)] for name, row in results.get("entries", {}).items()])


class Plot:
    """Microseconds of CPU by bytes of the body, both logarithmic."""

    def __init__(self, bodies):
        self.rows = sorted((row for name, row in bodies.items() if name.startswith("create")), key=lambda row: row["body"])
        values = [row[name]["cpu"]["median"] for row in self.rows for name in NAMES if answered(row.get(name))]
        self.x_range = math.log10(min(row["body"] for row in self.rows)), math.log10(max(row["body"] for row in self.rows))
        self.y_range = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(self, value):
        low, high = self.x_range
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        low, high = self.y_range
        return HEIGHT - BOTTOM - (math.log10(value) - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    def axes(self):
        for power in range(self.y_range[0], self.y_range[1] + 1):
            y = self.y(10 ** power)
            yield '<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/>' % (LEFT, y, WIDTH - RIGHT, y)
            yield '<text x="%d" y="%.1f" text-anchor="end">%s</text>' % (LEFT - 6, y + 4, "{:,}".format(10 ** power))
        for size, label in ((3e3, "3 KB"), (12e3, "12 KB"), (52e3, "52 KB"), (1e6, "1 MB"), (16e6, "16 MB")):
            if self.x_range[0] <= math.log10(size) <= self.x_range[1] + 0.01:
                yield '<text x="%.1f" y="%d" text-anchor="middle">%s</text>' % (self.x(size), HEIGHT - BOTTOM + 18, label)
        yield '<text x="%d" y="%d" text-anchor="middle">bytes of the review</text>' % ((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8)
        yield '<text x="14" y="%d" transform="rotate(-90 14 %d)" text-anchor="middle">CPU per review, µs</text>' % (
            (HEIGHT - BOTTOM + TOP) / 2, (HEIGHT - BOTTOM + TOP) / 2)

    def series(self, name, number):
        points = [(self.x(row["body"]), row[name]["cpu"]) for row in self.rows
                  if answered(row.get(name)) and (name != "go" or row["body"] < GO_BODY_MAX)]
        colour = COLOURS[name]
        yield '<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>' % (
            colour, " ".join("%.1f,%.1f" % (x, self.y(cpu["median"])) for x, cpu in points))
        for x, cpu in points:
            yield '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>' % (x, self.y(cpu["least"]), x, self.y(cpu["most"]), colour)
            yield '<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x, self.y(cpu["median"]), colour)
        yield '<text x="%d" y="%d" fill="%s">%s</text>' % (WIDTH - RIGHT + 12, TOP + 20 + 20 * number, colour, NAMES[name])

    def svg(self):
        yield '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT)
        yield '<rect width="%d" height="%d" fill="white"/>' % (WIDTH, HEIGHT)
        yield from self.axes()
        for number, name in enumerate(NAMES):
            if any(row.get(name) for row in self.rows):
                yield from self.series(name, number)
        yield "</svg>"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: report.py RESULTS.json [PLOT.svg]")
    with open(sys.argv[1]) as file:
        results = json.load(file)
    tables(results)
    if len(sys.argv) == 3:
        with open(sys.argv[2], "w") as file:
            file.write("\n".join(Plot(results["bodies"]).svg()) + "\n")


main()
