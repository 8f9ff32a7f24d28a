"""A control plane of real parts: etcd, kube-apiserver and, if a test asks for it, the controller-manager; and kubectl,
Helm and plain HTTP to talk to it. It has no nodes: pods stay Pending.

All of it lives in a network and process namespace of the test's own. Nothing is reachable from outside, addresses and
ports are fixed, and when the test ends, however it ends, the kernel ends all that it started.
"""

import ctypes
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import cgroups

ROOT = Path(__file__).resolve().parent.parent.parent
ADDRESS = "10.99.0.1"  # endpoints of a Service must not be loopback addresses; these stand on the namespace's lo
REPLICA_ADDRESSES = ("10.99.0.11", "10.99.0.12")
START_SECONDS = 120
IDLE_SECONDS = 45  # half of what the apiserver grants a connection
INSIDE = "EVENKEEL_CLUSTER_INSIDE"  # set in the namespaces of a test, to its name for cgroups
TOKEN = "administrator"
CONTROLLERS = ("deployment-controller", "replicaset-controller", "statefulset-controller", "serviceaccount-controller",
               "namespace-controller", "garbage-collector-controller")

AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    verbs: [create, update, patch]
    resources: [{group: apps}, {group: "", resources: [services]}]
  - level: None
"""


def built(folder, *arguments):
    """Builds what a folder below tests has the script for, unless that is done: its path. It may download: call it before
    isolate(), behind which there is no network."""
    other = os.environ.get("EVENKEEL_KUBERNETES", "")
    # `make test-versions` names another Kubernetes: 1.28, or =1.34 for this one that emulates it.
    if folder == "cluster" and other and other[0] != "=":
        folder, arguments = "versions", (other,)
    done = subprocess.run([ROOT / "tests" / folder / "build", *arguments], stdout=subprocess.PIPE, check=True)
    return Path(done.stdout.decode().strip())


def isolate(*folders, before=None):
    """Builds the cluster's parts, and those of `folders` (see built()), and calls `before`, which can still use the network;
    then runs the calling program anew in namespaces of its own. Returns only there."""
    if INSIDE in os.environ:
        for arguments in (("link", "set", "lo", "up"),
                          *(("address", "add", address + "/32", "dev", "lo") for address in (ADDRESS, *REPLICA_ADDRESSES))):
            subprocess.run(["ip", *arguments], check=True)
        return
    for folder in ("cluster", *folders):
        built(folder)
    if before:
        before()
    command = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        command += ["--user", "--map-root-user"]
    tried = subprocess.run([*command, "true"], stderr=subprocess.PIPE, universal_newlines=True, check=False)
    if tried.returncode != 0:
        print("Bail out! network namespaces are needed: be root, or allow unprivileged user namespaces (%s)" %
              tried.stderr.strip())
        sys.exit(2)
    cgroups.sweep()
    own = cgroups.own_name()
    child = subprocess.Popen([*command, sys.executable, *sys.argv], env=dict(os.environ, **{INSIDE: own}),
                             preexec_fn=die_with_parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: child.kill())  # and with unshare(1) all that is in the namespace
    status = child.wait()
    if not cgroups.remove(own):
        print("# cgroups %s could not be removed: something still runs in them" % own)
        status = status or 1
    sys.exit(status if status >= 0 else 128 - status)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Answer:
    """The apiserver's answer: the status, the document and its warnings."""

    def __init__(self, status, document, warnings):
        self.status, self.document, self.warnings = status, document, warnings

    def __repr__(self):
        return "%d %s %s" % (self.status, self.document.get("message") or self.document.get("kind"), self.warnings)


class Api:
    """One keep-alive connection to the apiserver, as the administrator."""

    def __init__(self, context):
        self.connection = http.client.HTTPSConnection(ADDRESS, 6443, timeout=60, context=context)
        self.used = time.monotonic()

    def request(self, method, path, body=None, content_type="application/json"):
        headers = {"Authorization": "Bearer " + TOKEN, "Accept": "application/json", "Content-Type": content_type}
        if isinstance(body, dict):
            body = json.dumps(body)
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.connection.close()  # the next request opens it anew
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        self.used = time.monotonic()
        try:
            document = json.loads(text)
        except ValueError:
            document = {"message": text.decode("utf-8", "replace")}
        warnings = [value.split('"', 1)[-1].rsplit('"', 1)[0] for value in response.headers.get_all("Warning", ())]
        return Answer(response.status, document, warnings)

    def must(self, *arguments, **options):
        """Like request(), but anything except success ends the test."""
        answer = self.request(*arguments, **options)
        if answer.status >= 300:
            raise RuntimeError("%s %s: %r" % (arguments[0], arguments[1], answer))
        return answer.document

    def close(self):
        self.connection.close()


class Cluster:
    apiserver_options = ()
    controllers = CONTROLLERS

    def __init__(self, name):
        """A control plane whose files are in build/cluster/NAME."""
        other = os.environ.get("EVENKEEL_KUBERNETES", "")
        self.emulated = ("--emulated-version=" + other[1:],) if other[:1] == "=" else ()
        self.parts = built("cluster")
        self.kubelet = self.parts / "kubelet"
        self.folder = ROOT / "build/cluster" / name
        self.processes = {}
        self.users = [(TOKEN, "administrator", "system:masters")]
        subprocess.run(["rm", "-rf", str(self.folder)], check=True)
        self.folder.mkdir(parents=True)
        self.audit_log = self.folder / "audit.log"
        self.kubeconfig = self.folder / "kubeconfig"
        self.environment = dict(os.environ, HOME=str(self.folder), KUBECONFIG=str(self.kubeconfig))

    def __enter__(self):
        try:
            self._start_etcd()
            self._start_apiserver()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, part, *arguments):
        """Starts a part in the background; its output goes to a file of its name."""
        self.spawn(part, [self.parts / part, *arguments])

    def spawn(self, name, command):
        """The same for any command; by `name` it is known to wait() and stop()."""
        with open(self.folder / (name + ".log"), "ab") as log:
            self.processes[name] = subprocess.Popen([*map(str, command)], cwd=self.folder, stdin=subprocess.DEVNULL,
                                                    stdout=log, stderr=log)

    def log(self, part):
        return (self.folder / (part + ".log")).read_text(errors="replace")

    def wait(self, what, ready, seconds=START_SECONDS):
        """Waits until ready() is true. A part that ends, or time that runs out, is an error that says why."""
        deadline = time.monotonic() + seconds
        while not ready():
            for part, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError("%s ended with status %d:\n%s" % (part, process.returncode, self.log(part)[-2000:]))
            if time.monotonic() > deadline:
                raise RuntimeError("%s: not within %g s" % (what, seconds))
            time.sleep(0.05)

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def _start_etcd(self):
        client, peer = "http://%s:2379" % ADDRESS, "http://%s:2380" % ADDRESS
        self.run("etcd", "--data-dir=etcd", "--unsafe-no-fsync", "--listen-client-urls=" + client,
                 "--advertise-client-urls=" + client, "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
                 "--initial-cluster=default=" + peer, "--log-level=warn")

    def _start_apiserver(self):
        key = self.folder / "service-accounts.key"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key)], check=True)
        self._write("tokens.csv", "".join('%s,%s,%s,"%s"\n' % (token, user, user, groups)
                                          for token, user, groups in self.users))
        self._write("audit.yaml", AUDIT_POLICY)
        self.run("kube-apiserver", "--etcd-servers=http://%s:2379" % ADDRESS, "--bind-address=" + ADDRESS,
                 "--advertise-address=" + ADDRESS, "--secure-port=6443", "--service-cluster-ip-range=10.96.0.0/16",
                 "--cert-dir=certificates", "--token-auth-file=tokens.csv", "--authorization-mode=Node,RBAC",
                 "--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=%s" % key,
                 "--service-account-signing-key-file=%s" % key, "--enable-aggregator-routing=true",
                 "--audit-policy-file=audit.yaml", "--audit-log-path=%s" % self.audit_log, "--allow-privileged=true",
                 *self.emulated, *self.apiserver_options)
        certificate = self.folder / "certificates/apiserver.crt"
        self.wait("the apiserver's certificate", certificate.exists)
        for token, user, _ in self.users:
            self.write_kubeconfig(user, token, certificate)
        self.wait("the apiserver", self._is_ready)
        self.context = ssl.create_default_context(cafile=str(certificate))
        self.api = self.connect()
        self.wait("the default namespace", lambda: self.api.request("GET", "/api/v1/namespaces/default").status == 200)

    def write_kubeconfig(self, user, token, certificate):
        """The administrator's is `kubeconfig`, another's "kubeconfig-USER"."""
        name = self.kubeconfig.name + ("" if token == TOKEN else "-" + user.split(":")[-1])
        self._write(name, json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": "https://%s:6443" % ADDRESS,
                                                      "certificate-authority": str(certificate)}}],
            "users": [{"name": "test", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))

    def _is_ready(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(ADDRESS, 6443, timeout=5, context=context)
        try:
            connection.request("GET", "/readyz", headers={"Authorization": "Bearer " + TOKEN})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def connect(self):
        return Api(self.context)

    def start_controllers(self):
        self.run("kube-controller-manager", "--kubeconfig=kubeconfig", "--leader-elect=false",
                 "--service-account-private-key-file=service-accounts.key", "--controllers=" + ",".join(self.controllers),
                 "--bind-address=127.0.0.1", "--concurrent-deployment-syncs=2")

    def command(self, part, *arguments, stdin=None, seconds=120):
        """Runs kubectl or helm to its end: (status, stdout, stderr)."""
        done = subprocess.run([str(self.parts / part), *map(str, arguments)], cwd=self.folder, env=self.environment,
                              input=json.dumps(stdin) if isinstance(stdin, (dict, list)) else stdin or "",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                              timeout=seconds, check=False)
        return done.returncode, done.stdout, done.stderr

    def kubectl(self, *arguments, **options):
        return self.command("kubectl", *arguments, **options)

    def helm(self, *arguments, **options):
        return self.command("helm", *arguments, **options)

    def helm3(self, *arguments, **options):
        """The folder in which isolate() was told to build it."""
        return self.command(built("cluster/helm3"), *arguments, **options)

    def namespace(self, name, inject=True):
        labels = {"evenkeel.dev/inject": "enabled"} if inject else {}
        self.api.must("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace",
                                                     "metadata": {"name": name, "labels": labels}})
        return name

    def audit_events(self):
        return [json.loads(line) for line in self.audit_log.read_text().splitlines()]

    def stop(self):
        """Ends every part, the last started first, so that no part reports the end of another."""
        for process in reversed(list(self.processes.values())):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = {}
