#!/usr/bin/env python3
"""Log and metrics: every line is valid and of the closed set, nothing of an object's content leaks, a stderr that
nobody reads stops nothing, and the metrics are what Prometheus reads."""

import json
import os
import re
import tempfile
import time

from harness import JSON, REVIEW, ROOT, Client, Results, Server, exchange, review
from load import wait_until

REQUEST = {"uid", "operation", "kind", "namespace", "name", "dry_run", "allowed", "patched", "reason", "warnings", "rules",
           "status", "body_bytes", "duration_us"}
KEYS = {
    "review": (REQUEST, {"error", "release", "approver", "rules_dropped"}),
    "request refused": ({"status"}, {"method", "path", "body_bytes", "duration_us"}),
    "sandbox": ({"no_new_privileges", "no_core_dumps", "landlock", "seccomp"}, {"missing"}),
    "listening": ({"address", "admin_address", "version", "threads"}, set()),
    "policy loaded": ({"file", "hash"}, set()),
    "policy warning": ({"file", "error"}, {"line", "column"}),
    "certificate loaded": ({"not_after"}, set()),
    "TLS handshake failed": ({"peer", "reason", "error"}, set()),
    "reload refused": ({"error"}, {"what", "file", "line", "column"}),
    "draining": ({"seconds"}, set()),
    "stopping": (set(), set()),
    "stopped": ({"connections_left"}, set()),
}
COMMON = {"time", "level", "msg"}
SECRET = "do-not-log-me"


def wrong(line):
    """What is wrong with a log line, or None."""
    try:
        pairs = json.loads(line, object_pairs_hook=list)
    except ValueError as error:
        return "%s: %s" % (error, line)
    event = dict(pairs)
    if len(event) != len(pairs):
        return "a key twice: " + line
    if event.get("msg") not in KEYS:
        return "unknown msg: " + line
    needed, optional = KEYS[event["msg"]]
    extra = set(event) - COMMON - needed - optional - {"truncated"}
    missing = (COMMON | needed) - set(event) if not event.get("truncated") else set()
    if extra or missing:
        return "%s missing, %s not in the set: %s" % (missing, extra, line)
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event["time"]):
        return "time: " + line
    return None if event["level"] in ("info", "warning", "error") else "level: " + line


def test_docs(results):
    text = (ROOT / "docs/SERVING.md").read_text()
    words = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S)))
    known = set(KEYS).union(*(needed | optional for needed, optional in KEYS.values())) | COMMON | {"truncated"}
    results.equal("docs/SERVING.md has every message and key", known - words, set())


def odd_reviews():
    """Reviews with names and kinds of every sort, many containers, and content that must not be shown."""
    base = json.loads(REVIEW)
    for text in ("\"quoted\" \\ back", "new\nline\ttab\0nul", "é ünï 漢字 \U0001f600", "x" * 5000, "\x7f\x1b[31m", "\ud800", ""):
        base["request"]["object"]["metadata"]["name"] = base["request"]["name"] = text
        base["request"]["namespace"] = text
        yield json.dumps(base).encode()
        base["request"]["kind"]["kind"] = text
        yield json.dumps(base).encode()
        base["request"]["kind"]["kind"] = "Deployment"
    document = json.loads(REVIEW)
    template = document["request"]["object"]["spec"]["template"]["spec"]
    container = template["containers"][0]
    container["env"] = [{"name": "PASSWORD", "value": SECRET}]
    container["image"] = SECRET
    document["request"]["object"]["metadata"]["annotations"] = {SECRET: SECRET, "evenkeel.dev/pre-stop-seconds": SECRET}
    template["containers"] = [dict(container, name="c%d-%s" % (number, "y" * 50)) for number in range(60)]
    yield json.dumps(document).encode()
    yield review("bad-utf-8").replace(b"checkout", b"\xff\xfe\xc0\xaf")


def test_lines(results):
    with Server() as server:
        with Client(server) as client:
            for body in odd_reviews():
                client.post(body)
            client.post(b"{", headers=JSON)
            client.post(b'{"request":{"uid":"u","object":"' + SECRET.encode() + b'\n"}}')
            client.post(b"", "/" + "z" * 3000)
        exchange(server, b"GET /\xc3\xa9\xff\"\\?x=" + SECRET.encode() + b" HTTP/1.0\r\n\r\n")
        exchange(server, b"POST /mutate HTTP/1.1\r\nContent-Length: -1\r\n\r\n")
        status = server.stop()
        lines = server.read_lines()
        problems = [problem for problem in map(wrong, lines) if problem]
        results.check("every line is JSON with a closed set of keys", not problems, *problems[:5])
        results.check("a line for each request", len(server.events("review")) == 18 and
                      len(server.events("request refused")) == 3, len(server.events("review")), lines[-6:])
        results.check("no content of an object, and no query", not any(SECRET in line for line in lines),
                      *[line for line in lines if SECRET in line][:3])
        longest = max(map(len, lines))
        results.check("lines stay below 8 KiB", 4000 < longest <= 8192, longest)
        results.check("a line too long says so", any('"truncated":true}' in line for line in lines))
        names = {event.get("name") for event in server.events("review")}
        results.check("names are escaped, not changed", {"\"quoted\" \\ back", "é ünï 漢字 \U0001f600"} <= names, names)
        results.equal("exit status", status, 0)


def test_text(results):
    with tempfile.TemporaryFile() as log:
        with Server("--log-format=text", stderr=log) as server:
            def lines():
                return os.pread(log.fileno(), 1 << 20, 0).decode().splitlines()
            wait_until(lambda: any("msg=listening" in line for line in lines()))
            fields = dict(field.split("=", 1) for line in lines() if "msg=listening" in line for field in line.split())
            server.set_ports(fields)
            with Client(server) as client:
                client.post()
            line = wait_until(lambda: [line for line in lines() if "msg=review" in line])
            results.check("text lines are key=value", line and re.fullmatch(
                r'time=\S+Z level=info msg=review uid=\S+ operation=CREATE kind=Deployment namespace=shop name=checkout '
                r'dry_run=false allowed=true patched=true reason=none warnings=0 status=200 body_bytes=\d+ '
                r'duration_us=\d+ rules=\[\S+\]', line[0]), line)


def test_blocked_stderr(results):
    """A pipe that nobody reads: it takes 64 KiB, the rings the rest, and then lines are dropped."""
    read_end, write_end = os.pipe()
    with Server("--threads=2", stderr=write_end) as server:
        os.close(write_end)
        first = b""
        while b'"listening"' not in first or not first.endswith(b"\n"):
            first += os.read(read_end, 65536)
        server.set_ports(json.loads([line for line in first.splitlines() if b'"listening"' in line][0]))
        answered = 0
        slowest = 0
        with Client(server) as client:
            for number in range(6000):
                began = time.monotonic()
                answered += client.post(review("u" * 200, "n" * 200))[0] == 200
                slowest = max(slowest, time.monotonic() - began)
        results.equal("all requests are answered", answered, 6000)
        results.check("without a halt", slowest < 1, slowest)
        dropped = server.metric("evenkeel_log_dropped_total")
        results.check("dropped lines are counted", dropped > 1000, dropped)
        rest = []
        began = time.monotonic()
        status = server.stop(timeout=10)
        results.check("it stops all the same", status == 0 and time.monotonic() - began < 5, status)
        while True:
            piece = os.read(read_end, 65536)
            if not piece:
                break
            rest.append(piece)
        os.close(read_end)
        whole = b"".join(rest).splitlines()[:-1]
        results.check("what was written is whole lines", whole and not any(wrong(line.decode()) for line in whole))


def test_closed_stderr(results):
    read_end, write_end = os.pipe()
    with Server(stderr=write_end) as server:
        os.close(write_end)
        first = b""
        while b'"listening"' not in first:
            first += os.read(read_end, 65536)
        server.set_ports(json.loads([line for line in first.splitlines() if b'"listening"' in line][0]))
        os.close(read_end)
        with Client(server) as client:
            results.equal("a stderr that was closed ends nothing", [client.post()[0] for _ in range(20)], [200] * 20)
        results.check("the lines are counted as dropped", wait_until(lambda: server.metric("evenkeel_log_dropped_total") == 20))
        results.equal("nor does it change the exit status", server.stop(), 0)


SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[0-9.e+-]+|\+Inf|NaN)')


def parse_metrics(text):
    """({name: type}, {(name, labels): value}); raises ValueError at the first line that is not of the format."""
    types, samples, described = {}, {}, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
            if name in described:
                raise ValueError("described twice: " + line)
            described.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            types[name] = kind
        else:
            found = SAMPLE.fullmatch(line)
            if not found:
                raise ValueError("no sample: " + line)
            name, labels, value = found.groups()
            family = re.sub("_(bucket|sum|count)$", "", name)
            if name not in types and types.get(family) != "histogram":
                raise ValueError("without a type: " + line)
            if (name, labels) in samples:
                raise ValueError("twice: " + line)
            samples[name, labels] = float(value)
    if described != set(types) or not text.endswith("\n"):
        raise ValueError("HELP and TYPE differ")
    return types, samples


def test_metrics(results):
    with Server() as server:
        with Client(server) as client:
            for number in range(10):
                client.post(review("m-%d" % number, padding=number * 1000))
            client.post(b"no json")
            client.post(b"x", "/elsewhere")
            deletion = json.loads(REVIEW)
            deletion["request"].update(operation="DELETE", object=None)
            client.post(json.dumps(deletion).encode())
            deletion["request"].update(operation="CREATE", kind={"group": "x", "version": "v1", "kind": "Made\"Up\n"})
            client.post(json.dumps(deletion).encode())
            types, samples = parse_metrics(server.admin("/metrics")[1])
        results.check("all names begin with evenkeel_", all(name.startswith("evenkeel_") for name in types), types)
        results.check("counters end in _total, and only they", all(
            (kind == "counter") == name.endswith("_total") for name, kind in types.items()), types)
        for name in (name for name, kind in types.items() if kind == "histogram"):
            buckets = [value for (sample, labels), value in samples.items() if sample == name + "_bucket"]
            results.check("%s grows and ends at its count" % name, buckets == sorted(buckets) and
                          buckets[-1] == samples[name + "_count", None] == 13, buckets)
        wanted = {
            ("evenkeel_reviews_total", 'operation="CREATE",kind="Deployment",outcome="patched"'): 10,
            ("evenkeel_reviews_total", 'operation="DELETE",kind="Deployment",outcome="skipped"'): 1,
            ("evenkeel_reviews_total", 'operation="OTHER",kind="other",outcome="unreadable"'): 1,
            ("evenkeel_outcomes_total", 'rule="preStop",verdict="injected",reason="unset"'): 10,
            ("evenkeel_objects_passed_over_total", 'reason="operation"'): 1,
            ("evenkeel_objects_passed_over_total", 'reason="unreadable"'): 1,
            ("evenkeel_http_responses_total", 'code="200"'): 12,
            ("evenkeel_http_responses_total", 'code="400"'): 1,
            ("evenkeel_http_responses_total", 'code="404"'): 1,
            ("evenkeel_connections", None): 1,
            ("evenkeel_connections_total", None): 1,
            ("evenkeel_requests_in_flight", None): 0,
            ("evenkeel_ready", None): 1,
            ("evenkeel_log_dropped_total", None): 0,
        }
        got = {key: samples.get(key) for key in wanted}
        results.check("what was sent is counted", got == wanted, *[(key, got[key]) for key in wanted if got[key] != wanted[key]])
        others = [labels for name, labels in samples if name == "evenkeel_reviews_total" and 'kind="other"' in labels]
        results.equal("an unknown kind makes no label of its own", len(others), 2)
        bodies = samples["evenkeel_review_body_bytes_sum", None]
        results.check("sizes add up", 10 * len(REVIEW) * 0.5 < bodies < 100000, bodies)
        results.check("durations are seconds", 0 < samples["evenkeel_review_duration_seconds_sum", None] < 1)


Results().run(test_lines, test_docs, test_text, test_blocked_stderr, test_closed_stderr, test_metrics)
