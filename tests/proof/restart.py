"""A rolling restart of evenkeel itself while Deployments are created at a steady rate, with failurePolicy Fail: each
admission that fails would have been somebody's rollout. They are dry runs, which the API server sends to evenkeel alike.
"""

import http.client
import threading
import time

from field import RATE, must
from nodes import PROBES
from objects import deployment
from webhook import NAMESPACE, RECORD, annotations

LEAD = 3
AFTER = 10
PATH = "/apis/apps/v1/namespaces/%s/deployments?dryRun=All" % PROBES


class Creator(threading.Thread):
    """Creates a Deployment RATE times a second, each when it is due; counts those that evenkeel did not see."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self.sent, self.failed, self.slowest = api, 0, [], 0.0
        self.ended = False

    def run(self):
        first = time.monotonic()
        while not self.ended:
            due = first + self.sent / RATE
            time.sleep(max(0, due - time.monotonic()))
            self.sent += 1
            try:
                answer = self.api.request("POST", PATH, deployment("created-%d" % self.sent))
                if answer.status != 201 or RECORD not in annotations(answer.document):
                    self.failed.append((time.time(), repr(answer)))
            except (OSError, http.client.HTTPException) as problem:
                self.failed.append((time.time(), repr(problem)))
                self.api.close()
            self.slowest = max(self.slowest, time.monotonic() - due)


def measure_restart(cluster):
    """A row, as rollout.py's."""
    creator = Creator(cluster.connect())
    creator.start()
    time.sleep(LEAD)
    began = time.time()
    must(cluster.kubectl("--namespace=" + NAMESPACE, "rollout", "restart", "deployment/evenkeel"))
    cluster.wait_rollout(NAMESPACE, "evenkeel")
    rolled = time.time() - began
    path = "/api/v1/namespaces/%s/pods" % NAMESPACE
    cluster.wait("the end of the old pods", lambda: time.sleep(0.5) or not any(
        "deletionTimestamp" in pod["metadata"] for pod in cluster.api.must("GET", path)["items"]))
    gone = time.time() - began
    time.sleep(AFTER)
    creator.ended = True
    creator.join(70)
    if creator.is_alive():
        raise RuntimeError("a creation does not end")
    for at, what in creator.failed[:10]:
        print("# %.2f s after the restart: %s" % (at - began, what), flush=True)
    bins = {}
    for at, _ in creator.failed:
        bins[int(at - began)] = bins.get(int(at - began), 0) + 1
    return {"shape": "webhook", "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)), "sent": creator.sent,
            "ok": creator.sent - len(creator.failed), "failed": len(creator.failed), "resent": 0,
            "max_ms": round(creator.slowest * 1000), "rollout_s": round(rolled, 1), "gone_s": round(gone, 1),
            "failed_at": " ".join("%d*admission*%d" % item for item in sorted(bins.items()))}
