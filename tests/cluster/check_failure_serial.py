#!/usr/bin/env python3
"""evenkeel killed, stopped, or with a certificate of another CA, under both failure policies. Also actions that must
not make any request fail: restarting one replica after the other, rotating the CA, and a new policy, during creates
with failurePolicy Fail. TAP on stdout.
"""

import signal
import sys
import threading
import time

from cluster import REPLICA_ADDRESSES, ROOT, Cluster, isolate
from figures import write_figures
from webhook import DEFAULT_POLICY, RECORD, Webhook, annotations, copy_secret, make_ca, probe_deployment

sys.path.insert(0, str(ROOT / "tests/server"))
from harness import Results  # noqa: E402

SECONDS = 30
CLIENTS = 8
PACE = 0.05  # seconds from one create of a client to its next
TIMEOUT = 1  # the webhook's timeoutSeconds where evenkeel does not answer
DRAIN_SECONDS = 4
ENDPOINT_LAG = 0.5  # seconds until the EndpointSlice has what became of a pod


def check_policies(results, webhook, label, why):
    """evenkeel gives no right answer. With Fail the request is refused, and the message says why. With Ignore it
    passes."""
    for failure_policy in ("Fail", "Ignore"):
        webhook.register(failure_policy, timeout=TIMEOUT)
        expected = 500 if failure_policy == "Fail" else 201
        webhook.wait_until(lambda answer, wanted=expected: answer.status == wanted, "%s with %s" % (label, failure_policy))
        started = time.monotonic()
        answer = webhook.probe()
        took = time.monotonic() - started
        if failure_policy == "Fail":
            message = answer.document.get("message", "")
            results.check("%s, Fail: the request is refused, and says why" % label,
                          answer.status == 500 and "failed calling webhook" in message and why in message, answer)
        else:
            results.check("%s, Ignore: the request goes through as it is" % label,
                          answer.status == 201 and RECORD not in annotations(answer.document), answer)
        results.check("%s, %s: within the time-out" % (label, failure_policy), took < TIMEOUT + 1, "%.2f s" % took)


def check_killed(results, webhook):
    webhook.start().kill()
    webhook.replicas.clear()
    check_policies(results, webhook, "killed", "connection refused")
    webhook.start()
    webhook.register()
    webhook.wait_called()
    results.check("started again, it is called again", True)


def check_stopped(results, webhook):
    server = webhook.start()
    webhook.register()
    webhook.wait_called()
    server.send(signal.SIGSTOP)
    check_policies(results, webhook, "stopped", "deadline exceeded")
    server.send(signal.SIGCONT)
    webhook.register()
    webhook.wait_called()
    results.check("continued, it is called again", True)


def check_wrong_certificate(results, cluster, webhook):
    other = make_ca(cluster.folder / "other-ca")
    webhook.start(certificate=("--ca=%s" % other, "--dns-name=evenkeel.evenkeel.svc"))
    check_policies(results, webhook, "a certificate of another CA", "x509")
    webhook.register(bundle=(other / "tls.crt").read_bytes())
    webhook.wait_called()
    results.check("with that CA's bundle it is called again", True)


class Creator(threading.Thread):
    """A client that creates Deployments one after the other until it is told to stop."""

    def __init__(self, cluster, namespace, number, stop):
        super().__init__(daemon=True)
        self.api, self.stop, self.prefix = cluster.connect(), stop, "%s-%d" % (namespace, number)
        self.path = "/apis/apps/v1/namespaces/%s/deployments" % namespace
        self.created, self.failed, self.slowest = 0, [], 0.0

    def run(self):
        while not self.stop.is_set():
            started = time.monotonic()
            self.create("%s-%d" % (self.prefix, self.created + len(self.failed)))
            took = time.monotonic() - started
            self.slowest = max(self.slowest, took)
            self.stop.wait(max(0.0, PACE - took))

    def create(self, name):
        try:
            answer = self.api.request("POST", self.path, probe_deployment(name))
        except Exception as error:  # whatever it is, this create failed
            self.failed.append(repr(error))
            return
        if answer.status == 201 and RECORD in annotations(answer.document):
            self.created += 1
        else:
            self.failed.append(repr(answer))


def creating(results, cluster, namespace, what):
    """Runs `what` while clients create; a row of figures."""
    stop = threading.Event()
    cluster.namespace(namespace)
    creators = [Creator(cluster, namespace, number, stop) for number in range(CLIENTS)]
    for creator in creators:
        creator.start()
    started = time.monotonic()
    try:
        time.sleep(3)
        what()
        time.sleep(max(3, SECONDS - (time.monotonic() - started)))
    finally:
        stop.set()
        for creator in creators:
            creator.join(30)
    created = sum(creator.created for creator in creators)
    failed = [line for creator in creators for line in creator.failed]
    results.check("%s: 0 of %d creates failed" % (namespace, created + len(failed)),
                  not failed and created > SECONDS * CLIENTS, "%d created, %d failed" % (created, len(failed)), *failed[:10])
    return {"during 30 s of creates, Fail": namespace, "created": created, "failed admissions": len(failed),
            "slowest": "%.0f ms" % (1000 * max(creator.slowest for creator in creators))}


def restart_one(results, webhook, address):
    """As in a Deployment's rolling update: the kubelet sends SIGTERM, and the endpoint goes a moment later. Then the
    new pod comes."""
    other = next(entry for entry in REPLICA_ADDRESSES if entry != address)
    old = webhook.replicas.pop(address)
    old.send(signal.SIGTERM)
    time.sleep(ENDPOINT_LAG)
    webhook.set_endpoints({other: True, address: False})
    status = old.stop(DRAIN_SECONDS + 20)
    results.equal("%s drained and ended" % address, status, 0)
    webhook.set_endpoints({other: True})
    webhook.start_one(address, "--drain-seconds=%d" % DRAIN_SECONDS)
    webhook.set_endpoints({other: True, address: True})


def restart(results, webhook):
    for address in REPLICA_ADDRESSES:
        restart_one(results, webhook, address)
        time.sleep(2)


def wait_certificate(webhook, count):
    """Waits until each replica has loaded `count` certificates since it started."""
    for replica in webhook.replicas.values():
        deadline = time.monotonic() + 20
        name = 'evenkeel_reloads_total{what="certificate",result="ok"} %d' % count
        while name not in replica.admin("/metrics")[1].splitlines():
            if time.monotonic() > deadline:
                raise RuntimeError("%s did not take the new CA in" % replica.address)
            time.sleep(0.1)


def rotate(results, webhook, new):
    """In the order of docs/CERTIFICATES.md: trust both, sign with the new one, trust it alone."""
    fresh = (new / "tls.crt").read_bytes()
    handshakes = -sum(replica.metric("evenkeel_connections_total") for replica in webhook.replicas.values())
    webhook.register(bundle=fresh + webhook.bundle())
    time.sleep(3)
    copy_secret(new, webhook.ca)
    wait_certificate(webhook, 1)
    time.sleep(3)
    webhook.register(bundle=fresh)
    time.sleep(3)
    handshakes += sum(replica.metric("evenkeel_connections_total") for replica in webhook.replicas.values())
    results.check("the apiserver connected anew during the rotation", handshakes >= 2, handshakes)


def repolicy(webhook):
    for seconds in (10, 20, 25):
        webhook.write_policy(DEFAULT_POLICY.read_text().replace("sleepSeconds: 15", "sleepSeconds: %d" % seconds))
        time.sleep(2)
        webhook.write_policy("kind: nonsense\n")
        time.sleep(2)


def check_unbroken(results, cluster, webhook):
    webhook.start("--drain-seconds=%d" % DRAIN_SECONDS, addresses=REPLICA_ADDRESSES)
    webhook.register()
    webhook.wait_called()
    rows = [creating(results, cluster, "restart", lambda: restart(results, webhook))]
    new = make_ca(cluster.folder / "new-ca")
    rows.append(creating(results, cluster, "rotation", lambda: rotate(results, webhook, new)))
    rows.append(creating(results, cluster, "new-policies", lambda: repolicy(webhook)))
    answered = [replica.metric("evenkeel_reviews_total") for replica in webhook.replicas.values()]
    results.check("both replicas took part", min(answered) > 0, answered)
    write_figures("failure", "failed admissions while evenkeel is restarted, its CA rotated, its policy changed:", rows)


def main():
    results = Results()
    isolate()
    with Cluster("failure") as cluster, Webhook(cluster, DEFAULT_POLICY) as webhook:
        check_killed(results, webhook)
        check_stopped(results, webhook)
        check_wrong_certificate(results, cluster, webhook)
        check_unbroken(results, cluster, webhook)
    results.run()


if __name__ == "__main__":
    main()
