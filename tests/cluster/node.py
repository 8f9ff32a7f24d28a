"""One node: containerd, kubelet and kube-proxy in network, mount and process namespaces of their own, in which each
has its usual paths, empty and for itself. The node writes only cgroups to the machine and, in the test's folder, logs.
"""

import json
import os
import signal
import subprocess
from pathlib import Path

import images

NETWORK = "10.99.1"  # .1 is the control plane's, on the bridge
PODS = "10.100.%d.0/24"
ALL_PODS = "10.100.0.0/16"
BRIDGE = "nodes"
CNI_PLUGINS = "/usr/lib/cni"  # Debian's
HIDDEN = ("/run", "/var/lib")  # where the parts keep what they know
TMPFS_SIZE = "4g"  # at most: an image takes twice its size

# What the kubelet would set on the whole machine (pkg/kubelet/cm, setupKernelTunables). It finds files that already say so.
TUNABLES = {"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
            "kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000"}

SETTINGS = ("net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
            # A pod's answer to one on the same node must pass kube-proxy's translation, though the bridge alone could carry it.
            "net.bridge.bridge-nf-call-iptables=1")

LOGIND_NAMES = {"dbus": "org.freedesktop.DBus", "systemd1": "org.freedesktop.systemd1", "logind": "org.freedesktop.login1"}

CONTAINERD = """version = 2
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "%(pause)s"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "%(plugins)s"
    conf_dir = "%(folder)s/cni"
"""


class Node:
    def __init__(self, cluster, number, cgroup):
        """Nothing is made or started yet."""
        self.cluster, self.number = cluster, number
        self.name = "node-%d" % number
        self.address = "%s.1%d" % (NETWORK, number)
        self.pods = PODS % number
        self.cgroup = "%s/%s" % (cgroup, self.name)
        self.folder = cluster.folder / self.name
        self.log = self.folder / "log"
        self.token = "kubelet-%d" % number
        cluster.users.append((self.token, "system:node:" + self.name, "system:nodes"))
        self.holder = self.process = None

    def make_namespaces(self):
        self.log.mkdir(parents=True)
        pause = images.static_program("pause.c")
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                                        str(pause)])
        self.cluster.wait("the namespaces of " + self.name, lambda: self._find_process(pause), 30)
        self._mount()
        self._connect()

    def _find_process(self, program):
        """The first process in the namespaces; they are complete when it is the program."""
        children = Path("/proc/%d/task/%d/children" % (self.holder.pid, self.holder.pid)).read_text().split()
        try:
            if children and Path("/proc/%s/exe" % children[0]).resolve() == program.resolve():
                self.process = int(children[0])
        except OSError:
            pass
        return self.process is not None

    def _enter(self, *namespaces):
        return ["nsenter", "--target=%d" % self.process, *("--" + name for name in namespaces), "--"]

    def _mount(self):
        lines = ["mount -t tmpfs -o size=%s tmpfs %s" % (TMPFS_SIZE, path) for path in HIDDEN]
        lines.append("mount --bind '%s' /var/log" % self.log)
        for name, value in TUNABLES.items():
            lines += ["mkdir -p /run/tunables/%s" % Path(name).parent, "echo %s >/run/tunables/%s" % (value, name),
                      "mount --bind /run/tunables/%s /proc/sys/%s" % (name, name)]
        subprocess.run([*self._enter("mount", "pid"), "sh", "-euc", "\n".join(lines)], check=True)

    def _connect(self):
        """To the control plane's bridge, with a route to each other node's pods through that node."""
        link = "node-%d" % self.number
        for command in ("link add %s type veth peer name eth0 netns %d" % (link, self.process),
                        "link set %s master %s up" % (link, BRIDGE), "route replace %s via %s" % (self.pods, self.address)):
            if command.startswith("route"):
                for own in ("link set lo up", "address add %s/24 dev eth0" % self.address, "link set eth0 up",
                            "route add default via %s.1" % NETWORK):
                    self.run(["ip", *own.split()], check=True)
            subprocess.run(["ip", *command.split()], check=True)
        self.run(["sysctl", "--quiet", "--write", *SETTINGS], check=True)

    def add_route(self, other):
        self.run(["ip", "route", "add", other.pods, "via", other.address], check=True)

    def popen(self, command, **options):
        """Starts a command in the node's network, where ClusterIPs are reachable; a subprocess.Popen."""
        return subprocess.Popen([*self._enter("net"), *map(str, command)], **options)

    def run(self, command, **options):
        """The same, to its end; a subprocess.CompletedProcess."""
        return subprocess.run([*self._enter("net"), *map(str, command)], **options)

    def _spawn(self, part, *command):
        self.cluster.spawn("%s-%s" % (self.name, part), [*self._enter("net", "mount", "pid"), *command])

    def _write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return path

    def start_containerd(self):
        self._write("cni/10-bridge.conflist", {"cniVersion": "0.4.0", "name": "bridge", "plugins": [
            {"type": "bridge", "bridge": "pods", "isGateway": True, "ipMasq": False, "hairpinMode": True,
             "ipam": {"type": "host-local", "ranges": [[{"subnet": self.pods}]], "routes": [{"dst": "0.0.0.0/0"}]}}]})
        self._spawn("containerd", "containerd", "--config", self._write("containerd.toml", CONTAINERD % {
            "pause": images.PAUSE, "plugins": CNI_PLUGINS, "folder": self.folder}))

    def import_images(self, archives):
        """Gives containerd the images in these archives, by the names that the archives give them."""
        socket = Path("/proc/%d/root/run/containerd/containerd.sock" % self.process)
        self.cluster.wait("containerd on " + self.name, socket.exists)
        for archive in map(Path, archives):
            done = subprocess.run([*self._enter("net", "mount", "pid"), "ctr", "--namespace=k8s.io", "images", "import",
                                   str(archive)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode != 0:
                raise RuntimeError("%s: import of %s: %s" % (self.name, archive, done.stdout.decode()))

    def start_kubelet(self):
        """Once there is an apiserver."""
        self._spawn("kubelet", self.cluster.kubelet, "--config", self._write("kubelet.json", {
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
            "cgroupDriver": "cgroupfs", "cgroupRoot": "/" + self.cgroup, "failCgroupV1": False, "enforceNodeAllocatable": [],
            "failSwapOn": False, "localStorageCapacityIsolation": False, "makeIPTablesUtilChains": False,
            "evictionHard": {"memory.available": "50Mi"}, "syncFrequency": "10s", "protectKernelDefaults": True,
            "volumePluginDir": "/var/lib/kubelet/volume-plugins", "podLogsDir": "/var/log/pods",
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"}, "clusterDNS": ["10.96.0.10"], "clusterDomain": "cluster.local",
            "resolvConf": "/dev/null", "registerNode": True,
            **dict(zip(("shutdownGracePeriod", "shutdownGracePeriodCriticalPods"), self.cluster.graceful))}),
            "--kubeconfig=%s" % (self.cluster.folder / ("kubeconfig-" + self.name)), "--hostname-override=" + self.name,
            "--node-ip=" + self.address)

    def start_logind(self):
        """Before the kubelet, which hears of a shutdown by it: a system bus, systemd-logind, and what is PID 1 for it."""
        subprocess.run([*self._enter("mount"), "sh", "-euc", "mkdir -p /run/dbus /run/systemd/logind.conf.d\n"
                        "printf '[Login]\\nInhibitDelayMaxSec=300\\n' >/run/systemd/logind.conf.d/test.conf"], check=True)
        for part, command in (("dbus", ["dbus-daemon", "--system", "--nofork", "--nopidfile"]),
                              ("systemd1", ["/usr/bin/python3", Path(__file__).with_name("systemd1.py")]),
                              ("logind", ["/lib/systemd/systemd-logind"])):
            self._spawn(part, *command)
            self.cluster.wait(part + " on " + self.name, lambda name=LOGIND_NAMES[part]: self._call_bus(
                "org.freedesktop.DBus.GetNameOwner", "string:" + name, "org.freedesktop.DBus").returncode == 0, 30)

    def _call_bus(self, method, argument, name):
        return subprocess.run([*self._enter("mount", "pid"), "dbus-send", "--system", "--print-reply", "--dest=" + name,
                               "/" + name.replace(".", "/"), method, *([argument] if argument else [])],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def shut_down(self):
        """As `systemctl poweroff`, until logind would end it all: the kubelet holds that up while it ends its pods."""
        ended = self._poweroffs()
        done = self._call_bus(LOGIND_NAMES["logind"] + ".Manager.PowerOff", "boolean:false", LOGIND_NAMES["logind"])
        if done.returncode != 0:
            raise RuntimeError("PowerOff: " + done.stdout.decode())
        self.cluster.wait("the shutdown of " + self.name, lambda: self._poweroffs() > ended)

    def _poweroffs(self):
        return self.cluster.log(self.name + "-systemd1").count("is to start")

    def take_back_shutdown(self):
        """It is as if it had never begun; the pods that ended have ended. The kubelet starts anew: the one that has released
        its lock closes the next one as soon as it gets it, and would not hold up another shutdown."""
        self._call_bus(LOGIND_NAMES["systemd1"] + ".Manager.CancelJob", "uint32:1", LOGIND_NAMES["systemd1"])
        holder = self.cluster.processes.pop(self.name + "-kubelet")
        for child in Path("/proc/%d/task/%d/children" % (holder.pid, holder.pid)).read_text().split():
            os.kill(int(child), signal.SIGTERM)
        holder.wait(60)
        self.start_kubelet()
        self.cluster.wait("the lock of %s's kubelet" % self.name, lambda: b'"kubelet"' in self._call_bus(
            LOGIND_NAMES["logind"] + ".Manager.ListInhibitors", None, LOGIND_NAMES["logind"]).stdout)

    def start_proxy(self):
        """Once the apiserver knows the node's address: kube-proxy ends where it learns that later."""
        self._spawn("kube-proxy", self.cluster.parts / "kube-proxy", "--config", self._write("kube-proxy.json", {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": str(self.cluster.folder / "kubeconfig-kube-proxy")},
            "hostnameOverride": self.name, "mode": "nftables", "clusterCIDR": ALL_PODS, "detectLocalMode": "ClusterCIDR",
            "conntrack": {"maxPerCore": 0, "min": 0}}))

    def stop(self):
        """Ends everything that runs in it, and so its namespaces."""
        if self.holder is None:
            return
        self.holder.kill()
        self.holder.wait()
        for name in [name for name in self.cluster.processes if name.startswith(self.name + "-")]:
            process = self.cluster.processes.pop(name)
            process.kill()
            process.wait()


def hides(path):
    """Whether a node's own file systems lie over this path, which it must see."""
    return any(str(Path(path).resolve()).startswith(hidden + "/") for hidden in (*HIDDEN, "/var/log"))
