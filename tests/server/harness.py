"""What the server's tests share: a server to talk to, certificates for it, raw and TLS clients, results in TAP.

The binary is EVENKEEL (default build/asan/evenkeel). Everything listens on 127.0.0.1 and on free ports.
"""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("EVENKEEL", str(ROOT / "build/asan/evenkeel"))
REVIEW = (ROOT / "docs/examples/review.json").read_bytes()
JSON = {"Content-Type": "application/json"}


def run(*arguments, binary=BINARY, **options):
    return subprocess.run([binary, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, timeout=60, **options)


def review(uid="u-1", name="checkout", padding=0):
    """A review with its own uid; `padding` bytes more in an annotation."""
    document = json.loads(REVIEW)
    document["request"]["uid"] = uid
    document["request"]["object"]["metadata"]["name"] = name
    if padding:
        document["request"]["object"]["metadata"]["annotations"] = {"example.com/padding": "x" * padding}
    return json.dumps(document).encode()


class Certificates:
    """A CA in `folder`, and leaves of it for 127.0.0.1 and localhost."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.ca = self.folder / "ca.crt"
        self.count = 0
        self._certs("ca", "--name=localhost", "--name=127.0.0.1", "--cert-out=%s" % self.ca,
                    "--key-out=%s" % (self.folder / "ca.key"))

    def _certs(self, *arguments):
        done = run("certs", *arguments)
        if done.returncode != 0:
            raise RuntimeError("evenkeel certs: " + done.stderr)

    def leaf(self):
        """Paths of a new certificate and its key."""
        self.count += 1
        certificate = self.folder / ("leaf-%d.crt" % self.count)
        key = self.folder / ("leaf-%d.key" % self.count)
        self._certs("leaf", "--name=localhost", "--name=127.0.0.1", "--ca-cert=%s" % self.ca,
                    "--ca-key=%s" % (self.folder / "ca.key"), "--cert-out=%s" % certificate, "--key-out=%s" % key)
        return certificate, key


class Server:
    """A running `evenkeel serve`. Its stderr goes to a file, unless `stderr` is given."""

    def __init__(self, *arguments, binary=BINARY, self_signed=True, stderr=None, env=None, prefix=()):
        command = [*prefix, binary, "serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0"]
        command += ["--self-signed"] if self_signed else []
        self.log = tempfile.TemporaryFile()
        self.output = tempfile.TemporaryFile()
        self.lines = []
        self.partial = b""
        self.process = subprocess.Popen([*command, *map(str, arguments)], stdout=self.output,
                                        stderr=self.log if stderr is None else stderr, env=dict(os.environ, **(env or {})))
        if stderr is None:
            event = self.wait_for("listening", timeout=60)
            if event is None:
                raise RuntimeError("the server did not start:\n" + "\n".join(self.read_lines()))
            self.set_ports(event)

    def set_ports(self, listening):
        self.port = int(listening["address"].rsplit(":", 1)[1])
        self.admin_port = int(listening["admin_address"].rsplit(":", 1)[1])

    def read_lines(self):
        """All whole lines of the log so far."""
        at = sum(map(len, self.lines)) + len(self.partial)
        while True:
            piece = os.pread(self.log.fileno(), 1 << 20, at)
            if not piece:
                return [line.decode("utf-8", "surrogateescape").rstrip("\n") for line in self.lines]
            at += len(piece)
            *whole, self.partial = (self.partial + piece).split(b"\n")
            self.lines += [line + b"\n" for line in whole]

    def events(self, message=None):
        quoted = '"msg":"%s"' % message
        lines = [line for line in self.read_lines() if line.startswith("{") and (message is None or quoted in line)]
        return [json.loads(line) for line in lines]

    def wait_for(self, message, count=1, timeout=15):
        """The `count`-th event with this message, or None when it does not come."""
        deadline = time.monotonic() + timeout
        while True:
            ended = self.process.poll() is not None
            found = self.events(message)
            if len(found) >= count:
                return found[count - 1]
            if ended or time.monotonic() > deadline:
                return None
            time.sleep(0.02)

    def admin(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name):
        """The value of one sample, named with its labels as the text has it; None when absent."""
        for line in self.admin("/metrics")[1].splitlines():
            if line.rpartition(" ")[0] == name:
                return float(line.rpartition(" ")[2])
        return None

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGINT, timeout=30):
        """Ends it; the exit status, or None when it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.output.close()
        self.log.close()


def tls_context(ca=None, alpn=("http/1.1",)):
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    if ca is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def connect(server, context=None, timeout=15):
    """A TLS socket to the server."""
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=timeout)
    try:
        return (context or tls_context()).wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise


def read_all(sock, timeout=15):
    """Everything until the other side ends the connection, one way or another."""
    sock.settimeout(timeout)
    data = b""
    try:
        while True:
            piece = sock.recv(65536)
            if not piece:
                return data
            data += piece
    except (ssl.SSLError, ConnectionError):
        return data


def exchange(server, data, context=None, timeout=15):
    """Sends raw bytes on a new TLS connection; all that comes back until it is closed."""
    with connect(server, context, timeout) as sock:
        try:
            sock.sendall(data)
        except (ssl.SSLError, ConnectionError):
            pass
        return read_all(sock, timeout)


def statuses(data):
    """The status of each answer in raw bytes."""
    return [int(code) for code in re.findall(rb"(?:^|\n|\}|k)HTTP/1\.[01] (\d{3}) ", data)]


class Client:
    """One keep-alive connection for whole requests."""

    def __init__(self, server, context=None, timeout=30):
        self.connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=timeout,
                                                      context=context or tls_context())

    def post(self, body=REVIEW, path="/mutate?timeout=10s", headers=JSON, method="POST"):
        """(status, headers, body)"""
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, dict((key.lower(), value) for key, value in answer.getheaders()), answer.read()

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Results:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, name, good, *facts):
        """One result; the facts are shown when it is not good."""
        self.count += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name), flush=True)
        if not good:
            for fact in facts:
                for line in str(fact).splitlines()[:40]:
                    print("#   " + line[:2000])

    def skip(self, name, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, reason), flush=True)

    def equal(self, name, got, wanted):
        self.check(name, got == wanted, "got    %r" % (got,), "wanted %r" % (wanted,))

    def run(self, *tests):
        """Runs each test; one that raises has failed."""
        for test in tests:
            try:
                test(self)
            except Exception:  # so that the others still run
                self.check(test.__name__, False, traceback.format_exc())
        print("1..%d" % self.count)
        sys.exit(1 if self.failed else 0)
