"""Replaces the instances of a server one after the other while clients call them, as a rolling update does.

Without evenkeel: a new instance is sent calls as soon as its process is there, and an old one gets its signal at once,
LATE seconds before new connections stop to go to it. With evenkeel: a new one is sent calls once it answers, and an old
one gets its signal SLEEP seconds after its deletion.
"""

import subprocess
import threading
import time

import asks
import measure
import servers
from get import BUILD

INSTANCES = 3
LATE = 3.0     # from an instance's deletion until new connections no longer go to it
LEARN = 1.0    # from the time when an instance counts as ready until connections go to it
STEP = 2.0     # between two deletions, where nothing is waited for
SLEEP = measure.SLEEP
KILL = 10.0    # from the signal to SIGKILL
FIRST_PORT = 21000  # below those that connections get
WAYS = ["without", "with"]


class Rollout:
    def __init__(self, service, row, path, ask, upstream):
        self.service, self.row, self.path, self.ask, self.upstream = service, row, path, ask, upstream
        self.count, self.timers, self.all, self.old = 0, [], [], []

    def _start(self):
        """A new process: (its server, its port, its address)."""
        self.count += 1
        port = FIRST_PORT + self.service.count + 1
        folder = BUILD / "runs" / ("instance-%d" % self.count)
        server = servers.start(self.row, folder, port, self.upstream, KILL)
        self.all.append((server, port, self.service.add_instance(port)))
        return self.all[-1]

    def _wait_ready(self, instance):
        server, port, _ = instance
        asks.wait(server, self.ask, port, self.path)

    def _later(self, seconds, function, *arguments):
        timer = threading.Timer(seconds, function, arguments)
        timer.daemon = True
        timer.start()
        self.timers.append(timer)

    def begin(self):
        self.old = [self._start() for _ in range(INSTANCES)]
        for instance in self.old:
            self._wait_ready(instance)
            self.service.put(instance[2])

    def replace(self, way):
        """Returns when the last of the old ones is gone, and the clients have had some more time."""
        for server, _, address in self.old:
            new = self._start()
            if way == "with":
                self._wait_ready(new)
            self._later(LEARN, self.service.put, new[2])
            self._later(LATE, self.service.take_out, address)
            self._later(SLEEP if way == "with" else 0, server.stop, self.row.signals)
            time.sleep(STEP)
        for timer in self.timers:
            timer.join()
        ends = [server.finish() for server, _, _ in self.old]
        time.sleep(LATE + 1)
        return ends

    def close(self):
        for timer in self.timers:
            timer.cancel()
        for server, _, _ in self.all:
            server.close()
        self.service.remove([address for _, _, address in self.all])


def run(service, row, path, way, ask, programs, upstream, settle):
    """One rollout. programs: starts the clients; {name: Program}. They have `settle` seconds to themselves first, and again
    in the end, which only counts for how long nothing was answered."""
    rollout, running = Rollout(service, row, path, ask, upstream), {}
    try:
        rollout.begin()
        running = programs()
        for program in running.values():
            program.wait_begun(20)
        time.sleep(settle)
        began = time.monotonic()
        before = {name: program.counted(0) for name, program in running.items()}
        bad = [name for name, by_method in before.items() if any(set(counts) - {"ok"} for counts in by_method.values())]
        if bad:
            raise RuntimeError("before anything was replaced, calls of %s failed: %s" % (bad, [before[name] for name in bad]))
        ends = rollout.replace(way)
        took, counts = time.monotonic() - began, {name: program.counted(began) for name, program in running.items()}
        time.sleep(settle)
    finally:
        for program in running.values():
            program.process.stdin.close()
        for program in running.values():
            program.wait()
        rollout.close()
    return {"took_s": round(took, 1), "instances": ends,
            "clients": counts,
            "outage_s": {name: program.outage(began) for name, program in running.items()}}


def upstream_of(port):
    """The application behind a proxy: it is not stopped."""
    process = subprocess.Popen([str(BUILD / "go-app"), "127.0.0.1:%d" % port], stdin=subprocess.DEVNULL)
    return process
