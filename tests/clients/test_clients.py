#!/usr/bin/env python3
"""What tests/clients reads out of clients' lines and writes as rules, answers and tables, and that docs/CLIENTS.md is up
to date. TAP on stdout."""

import json
import socket
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/server"), str(ROOT / "tests/servers"), str(ROOT / "tests/clients")]
import clients_page as page  # noqa: E402
import kinds  # noqa: E402
import network  # noqa: E402
import programs  # noqa: E402
from harness import Results  # noqa: E402


def check_lines(results):
    for line, wanted in [
            ("GET ok", ("GET", "ok")),
            ("POST status 502", ("POST", "status 502")),
            ("GET curl 0 200 ", ("GET", "ok")),
            ("GET curl 0 502 ", ("GET", "status 502")),
            ("POST curl 52 000 Empty reply from server", ("POST", "(52) Empty reply from server")),
            ("CALL rpc error: dial tcp 10.96.0.1:80: refused", ("CALL", "rpc error: dial tcp ADDRESS: refused")),
            ("GET Failed to connect to 10.96.0.1 port 80 after 3 ms", ("GET", "Failed to connect to ADDRESS port 80 after N")),
            ("WARNING: an illegal reflective access", None)]:
        results.equal("a line: " + line, programs.parsed(line), wanted)


def check_outage(results):
    ends = [(1.0, "GET", "ok"), (2.0, "GET", "no"), (3.5, "GET", "ok"), (9.0, "GET", "ok"), (9.5, "GET", "no"), (10.0, "GET", "ok")]
    results.equal("the longest time without an answer", programs.outage(ends), 2.5)
    results.equal("one that goes on to the end", programs.outage(ends + [(19.0, "GET", "no")]), 9.0)
    results.equal("none", programs.outage(ends[:1]), 0.0)


def check_classes(results):
    for end, wanted in [
            ("ok", "ok"), ("status 503", "answered"), ("java.net.ConnectException", "refused"),
            ("(7) Failed to connect to ADDRESS", "refused"), ("TypeError ECONNREFUSED connect", "refused"),
            ("(28) Operation timed out", "in time"), ("(52) Empty reply from server", "closed"),
            ("Error ECONNRESET socket hang up", "closed"), ('Post "http://ADDRESS/": EOF', "closed"),
            ("in the body: unexpected EOF", "cut"), ("(18) transfer closed with 1 bytes remaining", "cut"),
            ("ConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed'))", "closed")]:
        results.equal("how a call ended: " + end, page.class_of(end), wanted)


def check_network(results):
    text = network.rules({"10.0.0.1": 21001, "10.0.0.2": 21002}, {"10.0.0.1": 21001})
    results.check("each member gets its share", "numgen random mod 2 map { 0 : 127.0.0.1 . 21001, 1 : 127.0.0.1 . 21002 }"
                  in text, text)
    results.check("an instance has its own address", "ip daddr 10.0.0.1 tcp dport 80 dnat to 127.0.0.1:21001" in text, text)
    results.check("without a member there is no rule", kinds.VIP not in network.rules({}, {}))
    query = b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x03app\x04test\0" + struct.pack("!HH", 1, 1)
    said = network.answer(query, ["10.0.0.1"])
    results.equal("a name has the members' addresses", (said[:2], said[6:8], socket.inet_ntoa(said[-4:])),
                  (b"\x12\x34", b"\0\1", "10.0.0.1"))
    other = query[:-4] + struct.pack("!HH", 28, 1)
    results.equal("and no other ones", network.answer(other, ["10.0.0.1"])[6:8], b"\0\0")


def data(lost_with):
    def runs(refused, closed):
        counts = {"ok": 10, "java.net.ConnectException": refused, "socket hang up": closed}
        return [{"clients": {"Go": {"GET": counts, "POST": {"ok": 5}}}}]
    asked = {case: {"end": "ok", "arrived": 2, "failed": True} for case in page.AFTER}
    asked["new"] = asked["cut"] = asked["503"] = {"end": "no", "arrived": 1, "failed": True}
    return {"clients": {"Go": {"version": "Go 1", "skipped": None}}, "sent again": {"Go": {"GET": asked, "POST": asked}},
            "columns": {"nginx": {"protocol": "http", "runs": {"without": runs(3, 1), "with": runs(0, lost_with)}}}}


def check_tables(results):
    results.equal("what is sent again is said", page.sends_again(data(0), "Go", "GET"),
                  "a kept connection closed, a connection was refused")
    results.check("a client's row", "| 4 of 14 → **2** of 12 | 0 of 5 → **0** of 5 |".replace("**0**", "0")
                  in page.rules(data(2)), page.rules(data(2)))
    results.check("a cell", "| Go | 4 → **2** |" in page.matrix(data(2), "http"), page.matrix(data(2), "http"))
    results.equal("what failed, by its class", page.by_class(page.calls(data(2), "without")),
                  "3 were refused, 1 connections closed without a byte of an answer")
    results.check("nothing is worse", page.worse(data(0)).startswith("In no pair"))
    results.check("what is worse is said", "- Go, calling nginx: 4 of 19 → **9** of 24" in page.worse(data(9)),
                  page.worse(data(9)))


def check_page(results):
    if not page.DATA.exists():
        results.skip("docs/CLIENTS.md is what docs/clients.json gives", "there are no results yet")
        return
    text = page.PAGE.read_text()
    results.equal("docs/CLIENTS.md is what docs/clients.json gives",
                  page.fill(page.PAGE, page.BLOCKS, json.loads(page.DATA.read_text())), text)


def check_kinds(results):
    names = [kind.name for kind in kinds.KINDS]
    results.equal("no client is there twice", len(names), len(set(names)))
    results.equal("each client says how it is got", sorted({kind.group for kind in kinds.KINDS}), sorted(programs.GROUPS))
    for column in kinds.COLUMNS:
        results.check("%s is called by somebody" % column[2],
                      any(kind.protocol == kinds.protocol_of(column) for kind in kinds.KINDS) and kinds.row_of(*column[:2]))


Results().run(check_lines, check_outage, check_classes, check_network, check_tables, check_page, check_kinds)
