#!/usr/bin/env python3
"""Golden cases of `evenkeel preview`: tests/preview/golden/<case>/ with

  about       one sentence: what would break
  input.yaml  the input; or input.json
  args        more arguments, one a line; left out: none
  policy.yaml the policy; left out: that of tests/preview/golden
  not-back    why --remove does not give the input back; left out: it does

and what is expected of each form of output: expected.diff, expected.yaml, expected.json, expected.patch,
expected.summary (or, where args hold -o or --remove, the one file expected), and errors: what is said on stderr, with
the exit status in its last line. For the diff, the text and the JSON it is also checked that they say the same, that
the diff applies with patch(1), that a second run changes nothing, and that --remove gives the input back.

With PREVIEW_UPDATE=1 the expected files are rewritten. Read the diff before you commit it."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from preview import ROOT, differs, finish, preview, result

GOLDEN = ROOT / "tests/preview/golden"
UPDATE = "PREVIEW_UPDATE" in os.environ
FORMS = ("diff", "yaml", "json", "patch", "summary")
KNOWN = {"about", "input.yaml", "input.json", "args", "policy.yaml", "not-back", "expected", "errors"} | {"expected." + f for f in FORMS}


def expect(case, name, actual):
    """Compares `actual` (bytes; None: there is to be no such file) with what the case expects, or writes it."""
    path = case / name
    if UPDATE:
        if path.exists():
            path.unlink()
        if actual is not None:
            path.write_bytes(actual)
        return ""
    expected = path.read_bytes() if path.exists() else None
    return "" if actual == expected else "%s: %s" % (name, differs(actual, expected))


def run(case, text, *arguments):
    policy = case / "policy.yaml" if (case / "policy.yaml").exists() else GOLDEN / "policy.yaml"
    policy = () if "--remove" in arguments else ("-p", str(policy.relative_to(ROOT)))
    return preview(*policy, *arguments, "-", text=text)


def patched(text, diff):
    """`text` with a diff applied by patch(1)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_bytes(text)
        ran = subprocess.run(["patch", "--binary", "--silent", "--fuzz=0", str(path)], input=diff, stdout=subprocess.PIPE)
        return path.read_bytes() if ran.returncode == 0 else ran.stdout


def check_agreement(case, text, outputs):
    """The forms say the same, and --remove can remove the written values."""
    problem = differs(patched(text, outputs["diff"]) if outputs["diff"] else text, outputs["yaml"])
    _, as_json, _ = preview("--all", "-p", ROOT / "tests/preview/nothing.yaml", "-o", "json", "-", text=outputs["yaml"])
    if (as_json or outputs["json"]) and not problem:
        problem = differs(json.loads(as_json), json.loads(outputs["json"]))
    _, again, _ = run(case, outputs["yaml"])
    problem = problem or differs(again, b"")
    _, back, _ = preview("--all", "--remove", "-o", "yaml", "-", text=outputs["yaml"])
    return problem or ((back == text) == (case / "not-back").exists() and differs(back, text) or "")


def check(case):
    inputs = [case / name for name in ("input.yaml", "input.json") if (case / name).exists()]
    text = inputs[0].read_bytes()
    arguments = (case / "args").read_text().splitlines() if (case / "args").exists() else []
    alone = "-o" in arguments or "--remove" in arguments
    outputs, problems = {}, []
    for form in FORMS:
        status, output, errors = run(case, text, *([] if alone else ["-o", form]), *arguments)
        if alone or form == "diff":
            problems.append(expect(case, "errors", errors + b"status %d\n" % status))
        if alone:
            return "\n".join(filter(None, problems + [expect(case, "expected", output)]))
        outputs[form] = output
        same = form == "yaml" and output == text
        problems.append(expect(case, "expected." + form, None if same else output))
    problems.append(check_agreement(case, text, outputs) if not arguments else "")
    return "\n".join(filter(None, problems))


def main():
    cases = sorted(path.parent for path in GOLDEN.glob("*/about"))
    for case in cases:
        stray = sorted(set(os.listdir(str(case))) - KNOWN)
        result("%s: %s" % (case.name, (case / "about").read_text().strip()),
               "what are these files for? %s" % stray if stray else check(case))
    result("there are cases", "" if len(cases) >= 20 else "only %d" % len(cases))
    finish()


main()
