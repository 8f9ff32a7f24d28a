"""Client programs: gets them, runs them, and counts how their calls end.

A program says one line for each call: its method, then ok, or how its library puts what went wrong.
"""

import re
import subprocess
import threading
import time
from pathlib import Path

import get
from get import BUILD, debian, golang, java, node_version, pip_version, pypi, run, said

APPS = Path(__file__).resolve().parent / "apps"
PAUSE = 100       # milliseconds between two calls of a worker
PATIENCE = 15.0   # for the last calls: each client gives a call 10 s
BEGIN = 60.0      # for the first ones

# group: how it is got.
GROUPS = {
    "go": lambda: golang("go", APPS, "client-go"),
    "grpc": lambda: golang("grpc", APPS, "client-grpc"),
    "java": lambda: java("java", APPS, "client-java"),
    "dubbo": lambda: java("dubbo", APPS),
    "curl": lambda: debian("curl"),
    "python": lambda: pypi("requests", "httpx[http2]"),
    "node": lambda: run("node", "--version"),
}


def jar_version(name, pattern):
    return "%s %s" % (name, get.library_version("client-java", pattern))


def version(kind):
    if kind.group == "dubbo":
        return "Dubbo " + get.library_version("dubbo", "dubbo")
    if kind.name.startswith(("Java", "OkHttp", "Apache", "grpc-java")):
        jars = {"OkHttp": "okhttp", "Apache HttpClient": "httpclient5", "grpc-java, pick_first": "grpc-stub"}
        name = kind.name.split(",")[0]
        return jar_version(name, jars[kind.name]) if kind.name in jars else "Java " + said(get.JAVA, "java", "-version")
    if kind.group == "python":
        return pip_version(next(name for name in ("urllib3", "httpx", "requests") if name in kind.name))
    if kind.group == "grpc":
        return get.grpc_version().split(",")[0]
    if kind.group == "go":
        return "Go " + said(r"go([\d.]+)", "go", "version")
    return node_version() if kind.group == "node" else said(r"^(curl [\d.]+)", "curl", "--version")


def got(kind):
    """(version, None), or (None, why it cannot be got)."""
    try:
        BUILD.mkdir(parents=True, exist_ok=True)
        GROUPS[kind.group]()
        return version(kind), None
    except (OSError, RuntimeError, AttributeError, KeyError, subprocess.TimeoutExpired) as error:
        return None, str(error)


def parsed(line):
    """(method, how the call ended) of a line that a program says; None if it says something else."""
    match = re.match(r"(GET|POST|CALL) (.+)", line.strip())
    if not match:
        return None
    method, end = match.groups()
    curl = re.match(r"curl (\d+) (\d+) ?(.*)", end)
    if curl:
        code, status, message = curl.groups()
        end = "(%s) %s" % (code, message) if code != "0" else "ok" if status == "200" else "status " + status
    return method, general(end)


def general(end):
    """Without what differs from call to call: addresses, numbers of objects, times."""
    end = re.sub(r"\d+\.\d+\.\d+\.\d+(:\d+)?", "ADDRESS", end)
    end = re.sub(r"0x[0-9a-f]+", "N", end)
    end = re.sub(r"\d+(\.\d+)? ?(ms|ns|s|bytes)\b", "N", end)
    return end[:200]


def outage(ends):
    """ends: (when, method, how), in their order."""
    longest, good, bad = 0.0, None, False
    for when, _, how in ends:
        good = when if good is None else good
        if how == "ok":
            longest = max(longest, when - good) if bad else longest
            good, bad = when, False
        else:
            bad = True
    return round(max(longest, ends[-1][0] - good) if bad else longest, 1)


class Program:
    """A running client. counting: a function that says under which name a call that ends now is counted; None: not."""

    def __init__(self, kind, url, log, calls=0, workers=None):
        values = {"url": url, "build": BUILD, "apps": APPS}
        command = [word.format(**values) for word in kind.command]
        if workers:
            command[-2:] = map(str, workers)
        self.log = open(log, "wb")
        self.process = subprocess.Popen([*command, str(PAUSE), str(calls)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, start_new_session=True)
        self.ends = []  # (when, method, how)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            end = parsed(line.decode("utf-8", "replace"))
            if end:
                self.ends.append((time.monotonic(), *end))

    def wait_begun(self, calls):
        limit = time.monotonic() + BEGIN
        while len(self.ends) < calls:
            if time.monotonic() > limit or self.process.poll() is not None:
                raise RuntimeError("%s: %d calls in %.0f s; see %s" % (self.process.args[0], len(self.ends), BEGIN,
                                                                       self.log.name))
            time.sleep(0.1)

    def counted(self, since):
        """{method: {how: count}} of the calls that have ended since then."""
        found = {}
        for when, method, how in list(self.ends):
            if when >= since:
                of_method = found.setdefault(method, {})
                of_method[how] = of_method.get(how, 0) + 1
        return found

    def outage(self, since):
        """The longest time in which no call ended well and some failed, in seconds."""
        return outage([end for end in list(self.ends) if end[0] >= since])

    def wait(self):
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(PATIENCE)
        self.log.close()
