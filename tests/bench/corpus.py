#!/usr/bin/env python3
"""How long real reviews take inside the server, and what memory they leave: `make && tests/bench/corpus.py`.

Every review of the corpus beside the repository is sent over one connection, ROUNDS times (5). The times are the server's own,
`duration_us` of its log: from a review's last byte until its answer is made."""

import http.client
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from reviews import CORPUS
from servers import BINARY, Server, client_context, make_certificate

ROUNDS = int(os.environ.get("ROUNDS", "5"))


def durations(log):
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return [line["duration_us"] for line in lines if line["msg"] == "review"]


class Logged(Server):
    """evenkeel, whose log goes into a file."""

    def _evenkeel(self, certificate, *_arguments):
        return ("sh", "-c", 'exec "$0" serve --cert="$1" --key="$2" --threads=1 --listen=127.0.0.1:"$3" --admin-listen=127.0.0.1:0 2>"$4"',
                BINARY, *certificate, self.port, self.folder / "log")


def main():
    reviews = [path.read_bytes() for path in sorted(CORPUS.glob("*.json"))]
    if not reviews:
        sys.exit("no reviews at %s" % CORPUS)
    with tempfile.TemporaryDirectory() as folder:
        server = Logged("evenkeel", folder, make_certificate(folder))
        try:
            at_rest = server.memory()
            connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=20, context=client_context())
            for body in reviews * ROUNDS:
                connection.request("POST", "/mutate", body, {"Content-Type": "application/json"})
                connection.getresponse().read()
            connection.close()
            after = server.memory()
        finally:
            server.stop()
        times = durations(server.folder / "log")
    if len(times) != len(reviews) * ROUNDS:
        sys.exit("%d of %d reviews are in the log" % (len(times), len(reviews) * ROUNDS))
    print("%d reviews, %d times each: %.1f us on average, %.0f us for 99%% of them; %.1f MB at rest, %.1f MB afterwards" % (
        len(reviews), ROUNDS, statistics.mean(times), statistics.quantiles(times, n=100)[98], at_rest / 1e6, after / 1e6))


if __name__ == "__main__":
    main()
