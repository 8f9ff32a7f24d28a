"""Load for the server's tests: keep-alive clients that notice every request that gets no answer."""

import http.client
import json
import os
import threading
import time
from pathlib import Path

from harness import JSON, review, tls_context


class Load:
    """`threads` clients, each with its own connection, renewed after `per_connection` requests (None: only
    when the server says so). A refused connection is no lost request: another replica would get it."""

    def __init__(self, server, threads=6, ca=None, per_connection=40, pause=0.0):
        self.server, self.ca, self.per_connection, self.pause = server, ca, per_connection, pause
        self.answered = self.refused = self.connections = self.told_to_close = 0
        self.failures = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(index,), daemon=True) for index in range(threads)]
        for thread in self.threads:
            thread.start()

    def _run(self, index):
        context = tls_context(self.ca)
        number = 0
        while not self.ending.is_set():
            connection = http.client.HTTPSConnection("localhost", self.server.port, context=context, timeout=20)
            try:
                connection.connect()
            except ConnectionRefusedError:
                with self.lock:
                    self.refused += 1
                return
            except (OSError, http.client.HTTPException) as error:
                self._fail("connect", error)
                continue
            with self.lock:
                self.connections += 1
            number = self._use(connection, index, number)
            connection.close()

    def _use(self, connection, index, number):
        count = 0
        while not self.ending.is_set() and count != self.per_connection:
            number, count = number + 1, count + 1
            uid = "load-%d-%d" % (index, number)
            try:
                connection.request("POST", "/mutate?timeout=10s", review(uid), JSON)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._fail(uid, error)
                return number
            if answer.status != 200 or json.loads(body)["response"]["uid"] != uid:
                self._fail(uid, body)
            with self.lock:
                self.answered += 1
            if answer.getheader("Connection") == "close":
                with self.lock:
                    self.told_to_close += 1
                return number
            time.sleep(self.pause)
        return number

    def _fail(self, what, error):
        with self.lock:
            self.failures.append("%s: %r" % (what, error))
        time.sleep(0.01)

    def end(self):
        self.ending.set()
        return self.join()

    def join(self, timeout=60):
        for thread in self.threads:
            thread.join(timeout)
        return self


class Mount:
    """A folder as the kubelet mounts a Secret or ConfigMap: files are symlinks through ..data, which is swapped."""

    def __init__(self, folder, **files):
        self.folder = Path(folder)
        self.version = 0
        self.names = {name.replace("_", "."): None for name in files}
        self.write(**files)
        for name in self.names:
            (self.folder / name).symlink_to("..data/" + name)

    def path(self, name):
        return self.folder / name

    def write(self, **files):
        self.version += 1
        version = self.folder / ("..v%d" % self.version)
        version.mkdir()
        for name, content in files.items():
            (version / name.replace("_", ".")).write_bytes(content)
        (self.folder / "..next").symlink_to(version.name)
        os.replace(self.folder / "..next", self.folder / "..data")


def wait_until(condition, timeout=15):
    """What `condition` gives once it is true, or at last."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.005)
