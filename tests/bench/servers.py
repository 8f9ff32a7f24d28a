"""The four servers that are compared, and what can be read of a running one. All listen on 127.0.0.1."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from reviews import ROOT

BINARY = ROOT / "build/release/evenkeel"
H2O = ROOT / "build/release/tests/bench/h2o_fixed"
NO_AVX = ("AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "AVX_Fast_Unaligned_Load", "BMI2", "MOVBE", "EVEX")
NGINX = """
daemon off;
pid {folder}/nginx.pid;
worker_processes {threads};
error_log /dev/null crit;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    client_max_body_size 64m;
    client_body_buffer_size 64k;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 100000000;
    keepalive_timeout 300s;
    default_type application/json;
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3;
        ssl_ecdh_curve X25519:P-256;
        ssl_session_tickets off;
        ssl_session_cache off;
        location / {{ return 200 '{body}'; }}
    }}
}}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def make_certificate(folder):
    """An EC P-256 certificate for 127.0.0.1; tls.crt and tls.key in `folder`."""
    for arguments in (["ca", "--name=127.0.0.1"], ["leaf", "--name=127.0.0.1"]):
        subprocess.run([BINARY, "certs", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return Path(folder) / "tls.crt", Path(folder) / "tls.key"


def client_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Server:
    """One running server; `answer` bytes is what those with a fixed body send."""

    def __init__(self, name, folder, certificate, threads=1, answer=0, policy=None, webhook=None):
        self.name, self.port = name, free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=name + "-", dir=folder))  # a port may come again
        self.folder.chmod(0o755)  # nginx's workers are nobody
        self.sink = None
        command = getattr(self, "_" + name)(certificate, threads, answer, policy, webhook)
        logs = name in ("evenkeel", "baseline", "go")
        if logs:  # a container's log is a pipe that somebody reads
            self.sink = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        stderr = self.sink.stdin if logs else subprocess.DEVNULL
        self.started = time.monotonic()
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)
        self._wait()

    def _nginx(self, certificate, threads, answer, _policy, _webhook):
        configuration = self.folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=self.folder, threads=threads, port=self.port, certificate=certificate[0],
                                              key=certificate[1], body="a" * answer))
        return "nginx", "-c", configuration, "-p", self.folder

    def _h2o(self, certificate, threads, answer, _policy, _webhook):
        return H2O, self.port, *certificate, threads, answer

    def _evenkeel(self, certificate, threads, _answer, policy, _webhook):
        arguments = ["--policy=%s" % policy] if policy else []
        return (BINARY, "serve", "--cert=%s" % certificate[0], "--key=%s" % certificate[1], "--threads=%d" % threads,
                "--listen=127.0.0.1:%d" % self.port, "--admin-listen=127.0.0.1:0", "--max-connections=12000", *arguments)

    def _baseline(self, *arguments):
        """evenkeel as it runs on a processor without AVX: its libraries, libcrypto and libc, then choose other code."""
        return ("env", "OPENSSL_ia32cap=~0x1000000000000000:0", "GLIBC_TUNABLES=glibc.cpu.hwcaps=%s" % ",".join("-" + one for one in NO_AVX),
                *self._evenkeel(*arguments))

    def _go(self, certificate, threads, _answer, _policy, webhook):
        return webhook, "--port=%d" % self.port, "--cert-dir=%s" % certificate[0].parent, "--threads=%d" % threads

    def _wait(self):
        deadline = self.started + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.0005)
        self.stop()
        raise RuntimeError("%s did not start: %s" % (self.name, " ".join(map(str, self.process.args))))

    def post(self, body):
        """Status and size of the answer to one review."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=client_context())
        try:
            connection.request("POST", "/mutate", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, len(answer.read())
        finally:
            connection.close()

    def processes(self):
        """Its own process, and nginx's workers."""
        children = Path("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)).read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu(self):
        """Nanoseconds of CPU that all of its threads have used."""
        total = 0
        for process in self.processes():
            for task in os.listdir("/proc/%d/task" % process):
                total += int(Path("/proc/%d/task/%s/schedstat" % (process, task)).read_text().split()[0])
        return total

    def memory(self, field="VmRSS"):
        """Bytes by /proc/PID/status; of nginx, its workers' without the master's."""
        total = 0
        for process in self.processes()[1 if self.name == "nginx" else 0:]:
            for line in Path("/proc/%d/status" % process).read_text().splitlines():
                if line.startswith(field + ":"):
                    total += int(line.split()[1]) * 1024
        return total

    def forget_peak(self):
        for process in self.processes():
            Path("/proc/%d/clear_refs" % process).write_text("5")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.sink:
            self.sink.stdin.close()
            self.sink.wait()
