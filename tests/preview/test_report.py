#!/usr/bin/env python3
"""`evenkeel preview -o html` and `-o svg`. The page is opened in headless Chromium by a script that the test adds to
it: it renders, its filters and rows work, it prints nothing on the console and fetches nothing, its colours can be
read, light and dark, and 1,000 workloads are there within a second. Names are hostile. Without Chromium that part is
skipped."""

import json
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from preview import differs, finish, preview, result

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--timeout=60000"]
EVIL = ["</script><script>document.title='evil'</script>", "<img src=x onerror=\"document.title='evil'\">", "'\"><svg onload=alert(1)>",
        "<!--", "]]>", "&lt;b&gt;", "\u2028line\u2029", "{{7*7}}", "javascript:alert(1)", "\x7f\x85control", "a\\\"b"]


def deployment(name, namespace="default", **options):
    container = {"name": options.get("container", "app"), "image": "x:1", "ports": options.get("ports", [{"containerPort": 8080}])}
    container.update(options.get("more", {}))
    labels = {"app": "a"}
    spec = {"replicas": options.get("replicas", 3), "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}
    spec.update(options.get("spec", {}))
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


PROBE = {"readinessProbe": {"httpGet": {"port": 8080}, "initialDelaySeconds": 5}}
HOOK = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "10"]}}}}
SET = [deployment("cart", "shop"), deployment("search", "shop", replicas=12, more=PROBE), deployment("login", "identity", more={**PROBE, **HOOK}),
       deployment("ledger", "payments", spec={"strategy": {"type": "Recreate"}}), deployment("mailer", "shop", ports=[]),
       deployment("gateway", "payments", more={**PROBE, **HOOK}, spec={"template": {"spec": {"terminationGracePeriodSeconds": 10, "containers": [
           {"name": "app", "ports": [{"containerPort": 80}], **PROBE, **HOOK}]}}})]

PROBE_SCRIPT = """<script>
(() => {
  const id = name => document.getElementById(name), found = {}, rows = [...id("t").tBodies[0].rows];
  const shown = () => [...id("t").tBodies[0].rows].filter(row => !row.hidden && !row.classList.contains("more")).map(row => row.querySelector("button").textContent);
  const set = (name, value) => { id(name).value = value; id(name).dispatchEvent(new Event("input")); };
  found.loaded = performance.now();
  found.names = shown().slice(0, 50);
  found.count = rows.length;
  found.title = document.title;
  found.heading = document.querySelector("h1").textContent;
  set("q", "SHOP car"); found.search = shown(); set("q", "");
  set("n", "npayments"); found.namespace = shown(); set("n", "");
  set("l", "2"); found.nosleep = shown(); set("l", "0"); found.nothing = shown(); set("l", "");
  set("s", "stays"); found.stays = shown(); set("s", "");
  found.live = id("c").textContent;
  rows[0].querySelector("button").click();
  const more = document.querySelector(".more");
  found.expanded = rows[0].querySelector("button").getAttribute("aria-expanded");
  found.picture = more.querySelectorAll("svg rect").length;
  found.edits = [...more.querySelectorAll("ins")].map(one => one.textContent).join("\\n");
  found.first = more.textContent.slice(0, 300);
  rows[0].querySelector("button").click();
  found.closed = document.querySelectorAll(".more").length;
  id("x").click(); found.all = document.querySelectorAll(".more").length;
  found.labels = [...document.querySelectorAll("input,select")].every(one => one.closest("label"));
  found.headings = [...document.querySelectorAll("h1,h2")].map(one => one.tagName).join("");
  found.resources = performance.getEntriesByType("resource").map(one => one.name);
  const luminance = colour => { const part = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]; };
  const behind = element => { for (let at = element; at; at = at.parentElement) { const c = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c; } return "rgb(255, 255, 255)"; };
  const ratio = (a, b) => { const x = luminance(a), y = luminance(b); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
  found.contrast = []; found.texts = 0;
  document.querySelectorAll("body *").forEach(element => {
    if (!element.checkVisibility() || ![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) return;
    const style = getComputedStyle(element), drawn = element.namespaceURI.endsWith("svg");
    let under = behind(drawn ? element.closest("td") : element);
    if (drawn && /^[ij]$/.test(element.getAttribute("class"))) under = getComputedStyle(element.previousElementSibling).fill;
    const r = ratio(drawn ? style.fill : style.color, under);
    found.texts++;
    if (r < 4.5) found.contrast.push(`${element.tagName}.${element.getAttribute("class")} ${r.toFixed(1)}`);
  });
  found.contrast = [...new Set(found.contrast)];
  found.scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const out = document.createElement("pre"); out.id = "found"; out.textContent = "FOUND" + encodeURIComponent(JSON.stringify(found)) + "END";
  document.body.append(out);
})();
</script></body>"""


def page_of(objects):
    status, output, errors = preview("-o", "html", "-", text="\n---\n".join(json.dumps(item) for item in objects))
    return status, output, errors


def look(page, dark=False):
    """The results of the script in the page, and the console output that Chromium wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        path.write_bytes(page.replace(b"</body>", PROBE_SCRIPT.encode(), 1) if page.count(b"</body>") == 1 else page + PROBE_SCRIPT.encode())
        ran = subprocess.run([CHROMIUM, *FLAGS, *(["--blink-settings=preferredColorScheme=0"] if dark else []), "--user-data-dir=%s/profile" % folder,
                              "--dump-dom", path.as_uri()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    found = re.search(r"<pre id=\"found\">FOUND(.*?)END", ran.stdout.decode())
    if not found:
        return {}, ran.stderr.decode()[-2000:]
    from urllib.parse import unquote
    return json.loads(unquote(found.group(1))), "\n".join(line for line in ran.stderr.decode().splitlines() if "CONSOLE" in line)


def test_page():
    status, page, _ = page_of(SET)
    result("a page is a result: status 0", differs(status, 0))
    text = page.decode()
    result("it names nothing outside", differs(re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?https?:|@import", text), []))
    result("it may fetch nothing", "" if "default-src 'none'" in text else text[:500])
    result("without a script it reads", differs(re.findall(r"<th scope=\"row\"><button>(\w+)", text), ["cart", "search", "login", "ledger", "mailer", "gateway"]))
    if not CHROMIUM:
        return
    for dark in (False, True):
        found, console = look(page, dark)
        name = "dark" if dark else "light"
        result(name + ": it renders", differs((found.get("scheme"), found.get("count"), found.get("heading")),
                                              (name, 6, "4 of 5 workloads lose requests each time they are deployed")) if found else console)
        result(name + ": no console messages, no requests", differs((console, found["resources"]), ("", [])))
        result(name + ": search", differs(found["search"], ["cart"]))
        result(name + ": filters", differs([found[key] for key in ("namespace", "nosleep", "nothing")],
                                           [["ledger", "gateway"], ["cart", "search", "ledger"], ["login", "mailer"]]))
        result(name + ": how many are shown is said", differs(found["live"], "6 of 6 shown"))
        result(name + ": a row opens and closes", differs((found["expanded"], found["closed"], found["all"]), ("true", 0, 6)))
        result(name + ": the rollout is drawn", "" if found["picture"] >= 7 else found["picture"])
        result(name + ": the change is shown, without the record", differs(("readinessProbe" in found["edits"], "injected" in found["edits"]), (True, False)))
        result(name + ": fields have labels, and headings an order", differs((found["labels"], found["headings"]), (True, "H1H2H2H2")))
        result(name + ": %d texts can be read, at 4.5 to 1 and better" % found["texts"], differs((found["contrast"], found["texts"] > 80), ([], True)))


def test_hostile():
    objects = [deployment(name, name, container=name, more={"image": name}) for name in EVIL]
    _, page, _ = page_of(objects)
    result("hostile: one script of ours, one of data", differs(page.count(b"<script"), 2))
    result("hostile: nothing is an element", differs(re.findall(rb"<(?:img|svg onload)", page), []))
    if CHROMIUM:
        found, console = look(page)
        names = [name.replace("\x7f", "\ufffd").replace("\x85", "\ufffd") for name in EVIL]
        result("hostile: names are text", differs((found.get("names"), console), (names, "")) if found else console)
        result("hostile: the title is ours", "" if "evil" not in found.get("title", "evil") else found)
    _, picture, _ = preview("-o", "svg", "-", text="\n---\n".join(json.dumps(item) for item in objects))
    root = xml.fromstring(picture)
    drawn = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text") if element.text and element.text.startswith("\u2028line") or
             element.text and "/Deployment/" in element.text]
    result("hostile: the picture is XML with the names in it", differs(len(drawn), len(EVIL)))


SERVICES = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
             "spec": {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}}
            for name, selector in (("web", {"app": "a"}), ("lost<b>", {"app": "gone"}))]


def test_hints():
    """What only the whole input shows is in the page: of a workload among its decisions, of a Service below them all."""
    _, page, _ = page_of([deployment("web", ports=[])] + SERVICES)
    text = page.decode()
    result("a workload's hint", "" if "hint: container app: Service web sends requests to port 8080;" in text else text[-3000:])
    section = text[text.index('id=\"v\">Services'.replace("\\", "")):]
    result("a Service's warning, escaped", "" if "Service lost&lt;b&gt; selects none of the workloads in the input <small>" in section else section[:500])
    if CHROMIUM:
        found, console = look(page)
        result("its page renders", differs((found.get("headings"), console, found.get("contrast")), ("H1H2H2H2H2", "", [])))


def test_print():
    """On paper, each page has as much as fits, and only the workloads that are shown."""
    _, page, _ = page_of([deployment("workload-%d" % i, "team-%d" % (i % 4)) for i in range(60)])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "report.html").write_bytes(page)
        subprocess.run([CHROMIUM, *FLAGS, "--user-data-dir=%s/profile" % folder, "--no-pdf-header-footer", "--print-to-pdf=%s/report.pdf" % folder,
                        (Path(folder) / "report.html").as_uri()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        paper = (Path(folder) / "report.pdf").read_bytes()
    result("60 workloads print on three pages", differs(len(re.findall(rb"/Type /Page\b(?!s)", paper)), 3))


def test_size():
    objects = [deployment("workload-number-%d" % i, "team-%d" % (i % 40), replicas=1 + i % 9, container="app-%d" % (i % 20), more=PROBE if i % 3 == 0 else {})
               for i in range(1000)]
    _, page, _ = page_of(objects)
    print("# 1,000 workloads: %d KB" % (len(page) // 1000))
    result("1,000 workloads take less than 1 MB", "" if 150_000 < len(page) < 1_000_000 else len(page))
    if CHROMIUM:
        found, console = look(page)
        print("# shown after %.0f ms" % found.get("loaded", -1))
        result("and are there within a second", "" if 0 < found.get("loaded", 0) < (1000 if quiet() else 10000) else found or console)
        result("all of them", differs(found.get("count"), 1000))


def quiet():
    """Whether the machine has a free processor. Otherwise a measured time has no meaning."""
    return float(Path("/proc/loadavg").read_text().split()[0]) < 1.5


def test_drawing():
    _, picture, errors = preview("-o", "svg", "-", text="\n---\n".join(json.dumps(item) for item in SET[:2]))
    root = xml.fromstring(picture)
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    result("svg: a picture for each workload", differs((len(titles), errors), (2, b"")))
    result("svg: its times in words", differs(
        titles[0], "Before: a new pod has no readiness probe; an old pod serves for 0 s, has 30 s to drain after SIGTERM, and is killed after 30 s. "
        "After: a new pod is ready after 0 s at the earliest; an old pod serves for 15 s, has 30 s to drain after SIGTERM, and is killed after 45 s. "))
    _, picture, _ = preview("--explain", "-o", "svg", "-", text=json.dumps(SET[0]))
    result("svg: --explain goes to stderr", "" if xml.fromstring(picture).tag.endswith("svg") else picture)
    status, page, _ = preview("-o", "html", "--allow-empty", "-", text="")
    result("an empty page is one", "" if b"No workload loses requests" in page and status == 0 else page)


test_page()
test_hostile()
test_hints()
if CHROMIUM:
    test_print()
test_size()
test_drawing()
if not CHROMIUM:
    print("# no chromium: the page was not opened")
finish()
