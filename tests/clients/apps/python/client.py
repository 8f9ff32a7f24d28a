"""A client: client.py KIND URL GETS POSTS PAUSE CALLS. Says one line for each call."""

import sys
import threading
import time

KIND, URL, (GETS, POSTS, PAUSE, CALLS) = sys.argv[1], sys.argv[2], map(int, sys.argv[3:7])
LOCK, ENDED = threading.Lock(), threading.Event()


def caller():
    """What sends a request for one worker."""
    if KIND.startswith("httpx"):
        import httpx
        return httpx.Client(timeout=10, http1=KIND == "httpx", http2=KIND == "httpx-h2").request, {"content": b"ok"}
    if KIND == "urllib3":
        import urllib3
        pool = urllib3.PoolManager(timeout=10)
        return pool.request, {"body": b"ok"}
    import requests
    session = requests.Session() if KIND == "requests" else requests
    return lambda *arguments, **body: session.request(*arguments, timeout=10, **body), {"data": b"ok"}


def work(method):
    send, body = caller()
    calls = 0
    while not ENDED.is_set() and (not CALLS or calls < CALLS):
        calls += 1
        try:
            answer = send(method, URL, **(body if method == "POST" else {}))
            status = answer.status if KIND == "urllib3" else answer.status_code
            said = "ok" if status == 200 else "status %d" % status
        except Exception as error:  # whatever a client raises is what its user gets
            said = ("%s: %s" % (type(error).__name__, error)).replace("\n", " ")
        with LOCK:
            print(method, said, flush=True)
        time.sleep(PAUSE / 1000)


THREADS = [threading.Thread(target=work, args=(method,)) for method in ["GET"] * GETS + ["POST"] * POSTS]
for thread in THREADS:
    thread.start()
if not CALLS:
    sys.stdin.read()
    ENDED.set()
for thread in THREADS:
    thread.join()
