#!/usr/bin/env python3
"""What the documents show is what the binary does: generated parts, links, commands, policies, reasons.

A generated part stands between `<!-- generated: WHAT -->` and `<!-- end -->`. With DOCS_UPDATE=1 this test writes
those parts anew, from the binary and from docs/examples, where each after.yaml is what `evenkeel preview` makes of
the before.yaml beside it.
"""

import difflib
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
EXAMPLES = ROOT / "docs/examples"
GENERATED = re.compile(r"(<!-- generated: ([a-zA-Z ]+) -->\n)(.*?)(<!-- end -->)", re.S)
BOOKKEEPING = tuple("    evenkeel.dev/%s:" % key for key in ("injected", "release", "stable"))
# Of other programs, or of a line of HTTP.
FOREIGN_OPTIONS = {"server-side", "force-conflicts", "dry-run", "cacert", "overwrite", "from", "ignore", "set",
                   "wait", "atomic", "metric-labels-allowlist", "create-namespace", "namespace", "image", "port", "replicas",
                   "timeout", "values", "api-versions", "set-file", "reuse-values", "reset-then-reuse-values", "show-managed-fields",
                   "emulated-version"}
WARNINGS = {"would", "ignores", "left", "holds", "refused", "put"}  # how the engine's own warnings go on
count = failed = 0


def check(name, good, *facts):
    global count, failed
    count += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name), flush=True)
    for fact in facts if not good else ():
        for line in str(fact).splitlines()[:40]:
            print("#   " + line)


def run(*arguments, text=""):
    return subprocess.run([BINARY, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, cwd=str(ROOT), timeout=60)


def documents():
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def described():
    """The documents but for the decisions, which speak of what was planned."""
    return [path for path in documents() if path.parent.name != "decisions"]


def name_of(path):
    return str(path.relative_to(ROOT))


# Examples


def folders():
    return [EXAMPLES] + sorted(path.parent for path in (EXAMPLES / "rules").glob("*/before.yaml"))


def preview(folder, *options):
    """As an update where an old.yaml is shown: then the pod template changes."""
    options += ("--operation=update",) if (folder / "old.yaml").exists() else ()
    policy = ["--policy=%s" % name_of(folder / "policy.yaml")] if (folder / "policy.yaml").exists() else []
    return run("preview", *policy, *options, name_of(folder / "before.yaml"))


def test_examples():
    for folder in folders():
        done = preview(folder, "--output=yaml", "--exit-code")
        after = folder / "after.yaml"
        if "DOCS_UPDATE" in os.environ:
            after.write_text(done.stdout)
        # What an update does to a release, a file alone does not show.
        expected = 0 if done.stdout == (folder / "before.yaml").read_text() else 1
        check("%s: what preview makes of it" % name_of(after), done.returncode == expected and
              after.exists() and after.read_text() == done.stdout, done.stderr, done.stdout)


# Generated parts


def without_bookkeeping(lines):
    """The annotation with the record, and the map around it where nothing else stands in it, left out."""
    kept = [line for line in lines if not line.startswith(BOOKKEEPING)]
    return [line for i, line in enumerate(kept)
            if not (line == "  annotations:" and not kept[i + 1].startswith("    "))]


def difference(folder, context):
    before = (folder / "before.yaml").read_text().splitlines()
    after = without_bookkeeping((folder / "after.yaml").read_text().splitlines())
    lines = list(difflib.unified_diff(before, after, lineterm="", n=context))[2:]
    if not lines:
        return ""
    shown = ["  ..." if line.startswith("@@") else line.rstrip() for line in lines]
    return "```diff\n%s\n```\n" % "\n".join(shown[1:])


def generate_example(rule):
    """A rule's policy without its first two lines, and what it changes."""
    policy = (EXAMPLES / "rules" / rule / "policy.yaml").read_text().split("\n", 2)[2]
    return "```yaml\n%s```\n%s" % (policy, difference(EXAMPLES / "rules" / rule, 2))


def rows(output):
    return [line.split(None, 1) for line in output.splitlines() if line.startswith("  ")]


def generate_reasons(_):
    verdicts, reasons = run("check", "--list-reasons").stdout.split("reasons:\n")
    text = "| verdict | |\n|---|---|\n"
    text += "".join("| `%s` | %s |\n" % (word, doc) for word, doc in rows(verdicts))
    text += "\n| reason | |\n|---|---|\n"
    return text + "".join("| `%s` | %s |\n" % tuple(row) for row in rows(reasons) if len(row) == 2)


def settings():
    """(rule, setting, values, default, annotation, sentence) of each row of --list-rules."""
    rule = None
    for line in run("check", "--list-rules").stdout.splitlines():
        if line.startswith("### "):
            rule = line[4:]
        row = re.match(r"\| `(\w+)` \| (.*?) \| ?(.*?) ?\| ?(.*?) ?\| (.*) \|$", line)
        if row:
            yield (rule, *(part.strip() for part in row.groups()))


def generate_overrides(_):
    text = "| annotation | value | overrides |\n|---|---|---|\n"
    for rule, setting, values, _, annotation, _ in settings():
        if annotation:
            text += "| %s | %s | `%s`, `%s` |\n" % (annotation, values, rule, setting)
    return text


def generate_whole(_):
    return difference(EXAMPLES, 1000)


def generate_timeline(example):
    """The last lines of preview --explain, for the README's example or a rule's."""
    done = preview(EXAMPLES if example == "timeline" else EXAMPLES / "rules" / example, "--explain", "--output=summary")
    return "```\n%s```\n" % "".join(re.findall(r"^# *(a (?:new|stopping) pod: .*\n)", done.stderr, re.M)).replace("; ", "\n    ")


def generate_fuzzing(_):
    """All recorded runs, from what `tests/fuzz/run --keep` adds up."""
    text = "| target | CPU | inputs run | branches of its code met |\n|---|---|---|---|\n"
    for line in (ROOT / "tests/fuzz/totals.tsv").read_text().splitlines()[1:]:
        target, seconds, executions, covered, edges = line.split("\t")[:5]
        text += "| fuzz_%s | %.0f min | %s | %s of %s |\n" % (target, float(seconds) / 60, format(int(executions), ","),
                                                            format(int(covered), ","), format(int(edges), ","))
    return text


def generate_words(_):
    """The words of the tables in webhook/signs that a policy adds to."""
    text = "| ports | words of their names |\n|---|---|\n"
    for table, doc in (("auxiliary", "auxiliary"), ("serving", "serving, the likeliest first")):
        source = (ROOT / ("webhook/signs/%s_names.c" % table)).read_text().partition("[] = {")[2]
        text += "| %s | %s |\n" % (doc, ", ".join("`%s`" % word for word in re.findall(r'"([a-z]+)"', source)))
    return text


GENERATORS = {"example": generate_example, "reasons": generate_reasons, "overrides": generate_overrides,
              "before and after": generate_whole, "timeline": generate_timeline, "fuzzing": generate_fuzzing, "words": generate_words}


def generate(what):
    kind = what if what in GENERATORS else what.split()[0]
    return GENERATORS[kind](what.split()[-1])


def test_generated():
    for path in documents():
        text = path.read_text()
        wanted = GENERATED.sub(lambda part: part.group(1) + generate(part.group(2)) + part.group(4), text)
        if "DOCS_UPDATE" in os.environ and wanted != text:
            path.write_text(wanted)
            text = wanted
        if GENERATED.search(text):
            check("%s: its generated parts (DOCS_UPDATE=1 with this test writes them)" % name_of(path), text == wanted,
                  "\n".join(difflib.unified_diff(text.splitlines(), wanted.splitlines(), lineterm="")))


# Links


def without_code(text):
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)


def anchors(path):
    """GitHub's: lower case, spaces to hyphens, other signs dropped; and those that a heading gives itself."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | {
        name for heading in headings for name in re.findall(r'<a id="([\w-]+)">', heading)}


def broken_link(path, target):
    place, _, anchor = target.partition("#")
    file = (path.parent / place).resolve() if place else path
    if not file.exists():
        return "%s: no such file" % target
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return "%s: no such heading" % target
    return None


def test_links():
    for path in documents():
        targets = re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text()))
        wrong = [broken_link(path, target) for target in targets if not re.match(r"[a-z]+:", target)]
        wrong = [problem for problem in wrong if problem]
        check("%s: every link leads somewhere" % name_of(path), not wrong, "\n".join(wrong))


# Commands


def commands_of(block):
    """A session's lines behind the prompt; all lines where there is none."""
    lines = block.replace("\\\n", " ").splitlines()
    prompted = [line.strip()[2:] for line in lines if line.strip().startswith("$ ")]
    return prompted or lines


def code_of(text):
    """Each line of code blocks, continued ones joined, and each code span."""
    blocks = [block for _, block in re.findall(r"^( *)```\w*\n(.*?)^\1```", text, re.S | re.M)]
    blocks += re.findall(r"(?:^|\n\n)((?:    .*\n)+)", text)
    return [line for block in blocks for line in commands_of(block)] + [span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", re.sub(
        r"```.*?```", "", text, flags=re.S))]


def options_of(*command):
    done = run(*command, "--help")
    return set(re.findall(r"--([a-z][a-z-]+)", done.stdout)) if done.returncode == 0 else None


def all_options():
    commands = re.findall(r"^  ([a-z]+) ", run("--help").stdout, re.M)
    known = {(command,): options_of(command) for command in commands}
    for command in ("certs", "release"):
        for word in re.findall(r"^  ([a-z]+) ", run(command, "--help").stdout, re.M):
            known[command, word] = options_of(command, word)
    return known


def wrong_command(line, known):
    """What is wrong with the first evenkeel command in a line of code; None: nothing."""
    found = re.search(r"(?:^|[|(]|build/\w+/|kubectl) *evenkeel ((?:[a-z]+|--)[^|;&()<>#]*)", line)
    if not found or found.group(1).split()[0] in WARNINGS:
        return None
    words = found.group(1).split()
    command = tuple(words[:2]) if tuple(words[:2]) in known else tuple(words[:1])
    if command not in known and not words[0].startswith("--"):
        return "%s: no such command" % line
    options = {word[2:].split("=")[0] for word in words if re.match(r"--[a-z]", word)}
    dead = options - known.get(command, set()) - {"help", "version"}
    return "%s: no such option: %s" % (line, ", ".join(sorted(dead))) if dead else None


def test_commands():
    known = all_options()
    check("every command has --help", all(options is not None for options in known.values()), known)
    every = set().union(*(options for options in known.values() if options)) | FOREIGN_OPTIONS
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for path in described():
        code = code_of(path.read_text())
        wrong = [problem for problem in (wrong_command(line, known) for line in code) if problem]
        wrong += [line + ": no such option" for line in code
                  if re.match(r"--[a-z][a-z-]*\b", line) and re.match(r"--([a-z-]+)", line).group(1) not in every]
        wrong += ["make %s: no such target" % target for line in code
                  for target in re.findall(r"^\s*make ([a-z][a-z-]*)(?=\s|$)", line)
                  if target not in targets and not target.startswith("unit-")]
        check("%s: every command and option exists" % name_of(path), not wrong, "\n".join(wrong))


# Policies and reasons


def test_policies():
    for path in documents():
        for block in re.findall(r"^```yaml\n(.*?)^```", path.read_text(), re.S | re.M):
            if block.startswith("apiVersion: evenkeel.dev/"):
                done = run("check", "-", text=block)
                check("%s: a policy that it shows is fine" % name_of(path), done.returncode == 0, done.stderr, block)
    for path in sorted((EXAMPLES / "rules").glob("*/policy.yaml")):
        done = run("check", str(path))
        check("%s is fine" % name_of(path), done.returncode == 0, done.stderr)


def sections(path):
    return re.findall(r"^## (\S+)$", path.read_text(), re.M)


def test_rules():
    path = ROOT / "docs/RULES.md"
    rules = re.findall(r"^### (\w+)$", run("check", "--list-rules").stdout, re.M)
    check("RULES.md has a section for each rule, in their order", [section for section in sections(path)
                                                                     if section in rules] == rules, sections(path))
    text = path.read_text()
    written = "".join(GENERATED.sub("", path.read_text()) for path in documents())
    given = set()
    for report in (ROOT / "tests/golden").rglob("report"):
        given |= set(re.findall(r"^[\w\[\]-]+: (?:[a-z-]+ )?([a-z-]+)$", report.read_text(), re.M))
    reasons = {row[0] for row in rows(run("check", "--list-reasons").stdout.split("reasons:\n")[1])} & given
    missing = [reason for reason in sorted(reasons) if "`%s`" % reason not in written]
    check("the documents say when each reason is given", len(reasons) > 10 and not missing, missing)
    missing = [rule for rule in rules if not (EXAMPLES / "rules" / rule / "before.yaml").exists()]
    check("each rule has an example", not missing, missing)
    for report in sorted((ROOT / "tests/golden/examples").glob("*/report")):
        rule, report = report.parent.name, report.read_text()
        warnings = re.findall(r"^warning: (.*)$", report, re.M)
        if warnings:
            check("%s: the example's warnings are shown" % rule, all(warning in text for warning in warnings), warnings)


def test_alerts():
    """Metrics and label values of the alerts are those that SERVING.md has, which is held to the server's."""
    serving, text = (ROOT / "docs/SERVING.md").read_text(), (ROOT / "docs/OBSERVING.md").read_text()
    names = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\bevenkeel_[a-z_]+", text)}
    wrong = [name for name in sorted(names) if "`%s`" % name not in serving]
    for values in re.findall(r'[{,](?:outcome|reason|result)=~?"([a-z|-]+)"', text):
        wrong += [value for value in values.split("|") if "`%s`" % value not in serving]
    check("OBSERVING.md: the alerts' metrics and labels exist", len(names) > 8 and not wrong, wrong)
    rules = (ROOT / "charts/evenkeel/templates/_alerts.tpl").read_text()
    check("OBSERVING.md: the chart's alerts, each with what to do", set(re.findall(r"alert: (\w+)", rules)) ==
          set(re.findall(r"^\| `(Evenkeel\w+)`", text, re.M)))


def test_threats():
    """Each row of THREATS.md's table ends in tests that exist: paths below tests/, with a function behind a colon."""
    text = (ROOT / "docs/THREATS.md").read_text()
    table = re.findall(r"^\|(.*)\|(.*)\|(.*)\|$", text.partition("| threat | defence |")[2], re.M)[1:]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    wrong = []
    for threat, _, shown in table:
        names = re.findall(r"`([^`]+)`", shown)
        wrong += [threat.strip() + ": no test"] if not [name for name in names if not name.startswith("make ")] else []
        for name in names:
            path, _, function = name.partition(":")
            found = list((ROOT / "tests").glob(path)) if not name.startswith("make ") else []
            if name.startswith("make "):
                wrong += [name + ": no such target"] if name[len("make "):] not in targets else []
            elif not found:
                wrong.append(name + ": no such file")
            elif function and not re.search(r"^(def|static void) %s\(" % function, found[0].read_text(), re.M):
                wrong.append(name + ": no such test")
    check("THREATS.md: each of %d defences has tests that exist" % len(table), len(table) > 25 and not wrong, *wrong)


def test_recording():
    """docs/release-get.svg is what its script draws of the frames beside it."""
    drawn = subprocess.run([str(ROOT / "docs/tools/recording"), str(ROOT / "docs/tools/release-get.json")], stdout=subprocess.PIPE,
                           universal_newlines=True, check=True).stdout
    check("docs/release-get.svg is drawn from docs/tools/release-get.json",
          drawn == (ROOT / "docs/release-get.svg").read_text(), "docs/tools/recording docs/tools/release-get.json >docs/release-get.svg")


def test_top_level_keys():
    text = (ROOT / "docs/POLICY.md").read_text()
    schema = run("check", "--schema").stdout
    match = re.search(r'"match": *\{.*?"properties": *\{', schema, re.S)
    keys = {"cluster", "kubernetesVersion", "network", "mode", "onUpdate", "whenAmbiguous", "onError", "workloads",
            "services", "match", "kinds", "namespaces", "names", "labelSelector", "exclude", "includeOwned"}
    check("the schema has the keys that are looked for", match and all('"%s"' % key in schema for key in keys))
    missing = [key for key in sorted(keys) if "`%s`" % key not in text]
    check("POLICY.md has every key", not missing, missing)


for test in (test_examples, test_generated, test_links, test_commands, test_policies, test_rules, test_alerts,
             test_threats, test_recording, test_top_level_keys):
    test()
print("1..%d" % count)
raise SystemExit(1 if failed else 0)
