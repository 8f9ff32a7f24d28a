#!/usr/bin/env python3
"""HTTP: every status, what may not be in an answer, and that each request gets one answer and smuggled bytes none."""

import base64
import json
import socket

from harness import JSON, REVIEW, Client, Results, Server, connect, exchange, read_all, review, statuses

HEAD = b"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SMALL = review("small")
SIZE = b"Content-Length: %d\r\n" % len(SMALL)
NEXT = HEAD + SIZE + b"Connection: close\r\n\r\n" + SMALL


def test_statuses(results):
    cases = [
        ("a review", "POST", "/mutate", REVIEW, JSON, 200),
        ("a query", "POST", "/mutate?timeout=3s", REVIEW, JSON, 200),
        ("a type with a parameter", "POST", "/mutate", REVIEW, {"Content-Type": "Application/JSON; charset=utf-8"}, 200),
        ("the wrong path", "POST", "/", REVIEW, JSON, 404),
        ("a path below", "POST", "/mutate/x", REVIEW, JSON, 404),
        ("a path with a slash behind", "POST", "/mutate/", REVIEW, JSON, 404),
        ("a path that only becomes right", "POST", "/x/../mutate", REVIEW, JSON, 404),
        ("an escaped path", "POST", "/%6dutate", REVIEW, JSON, 404),
        ("a longer path", "POST", "/mutated", REVIEW, JSON, 404),
        ("metrics on this port", "GET", "/metrics", None, {}, 404),
        ("GET", "GET", "/mutate", None, {}, 405),
        ("HEAD", "HEAD", "/mutate", None, {}, 405),
        ("PUT", "PUT", "/mutate", REVIEW, JSON, 405),
        ("OPTIONS", "OPTIONS", "/mutate", None, {}, 405),
        ("no content type", "POST", "/mutate", REVIEW, {}, 415),
        ("another content type", "POST", "/mutate", REVIEW, {"Content-Type": "application/jsonp"}, 415),
        ("text", "POST", "/mutate", REVIEW, {"Content-Type": "text/plain"}, 415),
        ("an empty body", "POST", "/mutate", b"", JSON, 400),
        ("no JSON", "POST", "/mutate", b"hello", JSON, 400),
        ("no uid", "POST", "/mutate", b'{"request":{}}', JSON, 400),
        ("a uid that is no string", "POST", "/mutate", b'{"request":{"uid":7}}', JSON, 400),
        ("half a review", "POST", "/mutate", REVIEW[:900], JSON, None),
    ]
    with Server() as server, Client(server) as client:
        for name, method, path, body, headers, wanted in cases:
            status, answered, text = client.post(body, path, headers, method)
            wanted = wanted or (200 if text.startswith(b"{") else 400)
            one_line = status == 200 or method == "HEAD" or (text.count(b"\n") == 1 and len(text) < 120)
            results.check("%s gets %d" % (name, wanted), status == wanted and one_line, status, answered, text)
            forbidden = {"server", "retry-after", "location", "transfer-encoding"} & set(answered)
            results.check("%s: no header that harms" % name, not forbidden and "content-length" in answered, answered)
            if status == 405:
                results.equal("%s: Allow" % name, answered.get("allow"), "POST")
            if status == 200:
                results.equal("%s: type of the answer" % name, answered["content-type"], "application/json")
        results.equal("all on one connection", server.metric("evenkeel_connections_total"), 1)


def test_review(results):
    with Server() as server, Client(server) as client:
        _, _, text = client.post(review("an-uid-of-its-own"))
        answer = json.loads(text)
        results.equal("the answer is a review", (answer["apiVersion"], answer["kind"]),
                      ("admission.k8s.io/v1", "AdmissionReview"))
        results.equal("with the request's uid", answer["response"]["uid"], "an-uid-of-its-own")
        results.equal("and says allowed", answer["response"]["allowed"], True)
        results.equal("patch and patchType go together", "patch" in answer["response"],
                      answer["response"].get("patchType") == "JSONPatch")
        results.check("with a patch", "patch" in answer["response"], text)


def chunked(body, size=100):
    pieces = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def with_containers(count, padding):
    """A review that needs a patch for each of `count` containers, whose names it tells."""
    document = json.loads(REVIEW)
    spec = document["request"]["object"]["spec"]["template"]["spec"]
    spec["containers"] = [dict(spec["containers"][0], name="c-%d%s" % (i, "x" * padding)) for i in range(count)]
    return json.dumps(document).encode()


def test_sizes(results):
    """Answers go out in one piece with their head up to 32 KiB, larger ones by themselves: all are whole."""
    sizes = []
    with Server() as server, Client(server) as client:
        for count, padding in ((1, 0), (20, 0), (40, 0), (60, 0), (60, 50), (60, 100), (60, 200), (60, 1000)):
            status, headers, text = client.post(with_containers(count, padding))
            patch = base64.b64decode(json.loads(text)["response"]["patch"])
            sleeps = sum(operation["path"].endswith("/lifecycle") for operation in json.loads(patch))
            results.equal("an answer for %d containers with names of %d bytes more" % (count, padding), (status, sleeps, int(headers["content-length"])),
                          (200, count, len(text)))
            sizes.append(len(text))
        results.equal("all on one connection", server.metric("evenkeel_connections_total"), 1)
    print("# answers of %s bytes" % sizes)
    results.check("of all sizes", sizes[0] < 4096 and any(16384 < size < 32768 for size in sizes)
                  and any(32768 < size < 65536 for size in sizes) and sizes[-1] > 65536, sizes)


def test_oddities(results):
    """Each is sent with a second request behind it; None: it may get either, but no more answers than requests."""
    cases = [
        ("two requests in one write", HEAD + SIZE + b"\r\n" + SMALL, [200, 200]),
        ("a chunked body", HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(SMALL), [200, 200]),
        ("Expect: 100-continue", HEAD + SIZE + b"Expect: 100-continue\r\n\r\n" + SMALL, [100, 200, 200]),
        ("two lengths", HEAD + SIZE + SIZE + b"\r\n" + SMALL, [400]),
        ("two lengths that differ", HEAD + SIZE + b"Content-Length: 0\r\n\r\n" + SMALL, [400]),
        ("length and chunks", HEAD + SIZE + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(SMALL), [400]),
        ("chunks and length", HEAD + b"Transfer-Encoding: chunked\r\n" + SIZE + b"\r\n" + chunked(SMALL), [400]),
        ("chunked twice", HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(SMALL), [400]),
        ("a folded line", HEAD + b"X-A: 1\r\n 2\r\n" + SIZE + b"\r\n" + SMALL, [400]),
        ("a folded length", HEAD + b"Content-Length:\r\n %d\r\n\r\n" % len(SMALL) + SMALL, [400]),
        ("a negative length", HEAD + b"Content-Length: -1\r\n\r\n", [400]),
        ("a length that is no number", HEAD + b"Content-Length: 1e3\r\n\r\n", [400]),
        ("a length past 64 bits", HEAD + b"Content-Length: 18446744073709551617\r\n\r\n", [400]),
        ("two lengths in one", HEAD + b"Content-Length: 5, 5\r\n\r\nhello", [400]),
        ("another transfer coding", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked(SMALL), [400]),
        ("identity", HEAD + b"Transfer-Encoding: identity\r\n" + SIZE + b"\r\n" + SMALL, [400]),
        ("a broken chunk", HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", [400]),
        ("a space before the colon", HEAD + b"Content-Length : 5\r\n\r\nhello", [400]),
        ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
        ("no version", b"POST /mutate\r\n\r\n", [400]),
        ("HTTP/9.9", b"POST /mutate HTTP/9.9\r\n\r\n", [400]),
        ("a NUL in the path", b"POST /mut\0ate HTTP/1.1\r\n\r\n", [400]),
        ("binary", bytes(range(256)), [400]),
        ("an unknown expectation", HEAD + SIZE + b"Expect: a miracle\r\n\r\n" + SMALL, [417]),
        ("an upgrade to h2c", HEAD + SIZE + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
         b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n" + SMALL, None),
        ("bare line feeds", (HEAD + SIZE + b"\r\n").replace(b"\r\n", b"\n") + SMALL, None),
        ("no Host", (HEAD + SIZE).replace(b"Host: x\r\n", b"") + b"\r\n" + SMALL, None),
        ("HTTP/1.0", (HEAD + SIZE + b"\r\n").replace(b"HTTP/1.1", b"HTTP/1.0") + SMALL, [200]),
        ("more headers than there is room for", HEAD + b"X: y\r\n" * 200 + SIZE + b"\r\n" + SMALL, [400]),
    ]
    with Server() as server:
        for name, first, wanted in cases:
            data = exchange(server, first + NEXT)
            got = statuses(data)
            good = got == wanted if wanted is not None else got in ([200, 200], [200], [400], [400, 200])
            results.check("%s: %s" % (name, wanted or "one answer each"), good, got, data[:600])
        results.check("no HTTP/2 frame ever came", b"\0\0\0\4\0" not in data)
        hidden = HEAD + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT
        data = exchange(server, hidden)
        results.equal("a smuggled request gets no answer", statuses(data), [400])
        with Client(server) as client:
            results.equal("the server lives on", client.post()[0], 200)


def test_pieces(results):
    with Server() as server, connect(server) as sock:
        for byte in HEAD + SIZE + b"Connection: close\r\n\r\n":
            sock.sendall(bytes([byte]))
        for at in range(0, len(SMALL), 100):
            sock.sendall(SMALL[at:at + 100])
        results.equal("a request in many pieces", statuses(read_all(sock)), [200])


def test_admin(results):
    with Server() as server:
        results.equal("/healthz", server.admin("/healthz"), (200, "ok\n"))
        results.equal("/readyz", server.admin("/readyz?verbose"), (200, "ok\n"))
        results.equal("another path", server.admin("/mutate")[0], 404)
        results.equal("another method", server.admin("/healthz", "POST")[0], 405)
        results.equal("HEAD", server.admin("/readyz", "HEAD"), (200, ""))
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
        results.equal("HTTP/2 by its preface, without TLS", statuses(exchange_plain(server, preface)), [400])
        upgrade = (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: %s\r\n"
                   b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\nGET /healthz HTTP/1.0\r\n\r\n")
        for token in (b"h2c", b"h2c-14", b"h2c-16", b"websocket"):
            data = exchange_plain(server, upgrade % token)
            results.check("an upgrade to %s is passed over" % token.decode(), data.startswith(b"HTTP/1.1 200 ") and
                          b"101" not in data and b"\0" not in data, data)


def exchange_plain(server, data):
    with socket.create_connection(("127.0.0.1", server.admin_port), timeout=15) as sock:
        sock.sendall(data)
        return read_all(sock)


Results().run(test_statuses, test_review, test_sizes, test_oddities, test_pieces, test_admin)
