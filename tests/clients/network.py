"""One address in front of several instances, as kube-proxy makes it: in a network namespace of this process's own.

A new connection to the Service's address goes to one of its members at random, by nftables. What is open stays where it
is. A member that does not listen refuses, as a pod does whose server is not there. Each instance also has an address of
its own, as a pod has, and a name server knows those of the members: a headless Service.
"""

import ctypes
import os
import socket
import struct
import subprocess
import threading

from kinds import PORT, VIP

CLONE_NEWNET = 0x40000000
RULES = """table ip evenkeel
flush table ip evenkeel
table ip evenkeel {
 chain output {
  type nat hook output priority -100
%s
 }
}
"""


def own_network():
    """For this thread, and for all threads and processes that it begins from now on."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "no network namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", VIP + "/32", "dev", "lo"], check=True)


def rules(members, instances):
    """nftables' rules: members and instances are {address: port of 127.0.0.1}."""
    lines = ["ip daddr %s tcp dport %d dnat to 127.0.0.1:%d" % (address, PORT, port)
             for address, port in sorted(instances.items())]
    if members:
        targets = ", ".join("%d : 127.0.0.1 . %d" % place for place in enumerate(sorted(members.values())))
        lines.append("ip daddr %s tcp dport %d dnat to numgen random mod %d map { %s }" % (VIP, PORT, len(members), targets))
    return RULES % "\n".join("  " + line for line in lines)


class Service:
    def __init__(self):
        self.instances, self.members = {}, {}
        self.lock = threading.Lock()
        self.count = 0

    def add_instance(self, port):
        """Gives it an address. It gets nothing yet by the Service's."""
        with self.lock:
            self.count += 1
            address = "10.0.%d.%d" % divmod(self.count, 250)
            self.instances[address] = port
            subprocess.run(["ip", "address", "add", address + "/32", "dev", "lo"], check=True)
            self._write()
        return address

    def put(self, address):
        with self.lock:
            self.members[address] = self.instances[address]
            self._write()

    def take_out(self, address):
        with self.lock:
            self.members.pop(address, None)
            self._write()

    def remove(self, addresses):
        with self.lock:
            for address in addresses:
                self.members.pop(address, None)
                self.instances.pop(address)
                subprocess.run(["ip", "address", "del", address + "/32", "dev", "lo"], check=True)
            self._write()

    def _write(self):
        subprocess.run(["nft", "-f", "-"], input=rules(self.members, self.instances), check=True, universal_newlines=True)


def answer(query, addresses):
    """A name server's answer: these addresses for every A, nothing for any other type (RFC 1035, 4.1)."""
    end = query.index(b"\0", 12) + 5
    kind = struct.unpack("!H", query[end - 4:end - 2])[0]
    addresses = sorted(addresses) if kind == 1 else []
    records = [b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 5, 4) + socket.inet_aton(address) for address in addresses]
    return query[:2] + struct.pack("!HHHHH", 0x8580, 1, len(records), 0, 0) + query[12:end] + b"".join(records)


def name_server(service, address):
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(address)

    def serve():
        while True:
            query, client = listener.recvfrom(2000)
            listener.sendto(answer(query, list(service.members)), client)

    threading.Thread(target=serve, daemon=True).start()
