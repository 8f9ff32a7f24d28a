#!/usr/bin/env python3
"""The layer check itself, on a small tree with one breach after the other: each must be found."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINT = Path(__file__).resolve().parent / "lint"

# A tree that keeps every rule.
TREE = {
    "webhook/core/text.h": "int text_add(int a);\n",
    "webhook/core/text.c": '#include "core/text.h"\n#include <string.h>\nint text_add(int a) { return a; }\n',
    "webhook/rules/rules.h": "extern const int rules_table[];\n",
    "webhook/rules/fill.h": "int fill(int a);\n",
    "webhook/rules/fill.c": '#include "core/text.h"\n#include "rules/fill.h"\nint fill(int a) { return text_add(a); }\n',
    "webhook/rules/sleep.c": '#include "rules/fill.h"\nint sleep_apply(int a) { return fill(a); }\n'
    "struct rule { int a; };\nconst struct rule sleep_rule = {1};\n",
    "webhook/rules/sleep.h": "int sleep_apply(int a);\n",
    "webhook/policy/load.c": '#include "core/text.h"\n#include "rules/rules.h"\nint load(void) { return text_add(1); }\n',
    "webhook/server/serve.c": "#include <stdio.h>\nint serve(void) { return puts(\"x\"); }\n",
}

# what is wrong, file, its text, a word of the complaint
BREACHES = [
    ("core includes a rule", "webhook/core/a.c", '#include "rules/sleep.h"\nint a;\n', "core may only include: itself"),
    ("core calls a rule", "webhook/core/a.c", "int sleep_apply(int);\nint a(void) { return sleep_apply(1); }\n",
     "sleep_apply (in rules/sleep.c) is not for core"),
    ("a rule includes another", "webhook/rules/a.c", '#include "rules/sleep.h"\n', "may not include another rule"),
    ("a rule calls another", "webhook/rules/a.c", "int sleep_apply(int);\nint a(void) { return sleep_apply(1); }\n",
     "a rule may not use another rule"),
    ("core reads the clock", "webhook/core/a.c", "#include <time.h>\n", "time.h is not in its list"),
    ("core prints", "webhook/core/a.c", '#include <stdio.h>\nvoid a(int b) { printf("%d", b); }\n', "printf"),
    ("policy reads the environment", "webhook/policy/a.c",
     '#include <stdlib.h>\nchar *a(void) { return getenv("A"); }\n', "getenv is not among what policy may call"),
    ("core keeps a variable", "webhook/core/a.c", "int a(void);\nint a(void) { static int b; return b++; }\n",
     "outlives the call"),
    ("jansson in core", "webhook/core/a.c", "#include <jansson.h>\n", "jansson may be included by"),
    ("libyaml beside yaml.c", "webhook/policy/load2.c", "#include <yaml.h>\n", "libyaml may be included by"),
    ("libh2o outside http", "webhook/server/a.c", "#include <h2o.h>\n", "libh2o may be included by"),
    ("libh2o called without its header", "webhook/server/a.c",
     "void h2o_config_init(void *);\nvoid a(void) { h2o_config_init(0); }\n", "libh2o may be used by"),
    ("policy includes one rule", "webhook/policy/a.c", '#include "rules/sleep.h"\n', "policy may only include"),
    ("a file of no part", "webhook/util/util.c", "int a(void) { return 1; }\n", "webhook/util/util.c"),
]


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    if path.endswith(".c"):
        target = root / "build/release" / (path[:-2] + ".o")
        target.parent.mkdir(parents=True, exist_ok=True)
        # Headers of libraries need not be there: what counts is that the line names them.
        source = "\n".join(line for line in text.splitlines() if "<h2o" not in line and "<yaml" not in line)
        subprocess.run(["gcc", "-O2", "-D_FORTIFY_SOURCE=2", "-Iwebhook", "-xc", "-c", "-o", str(target), "-"], cwd=root,
                       input=source + "\n", universal_newlines=True, check=True)


def check(root):
    ran = subprocess.run([str(root / "tests/lint/check_layers")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         universal_newlines=True, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    return ran.returncode, ran.stdout


def main():
    failed = 0
    print("1..%d" % (1 + len(BREACHES)))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(LINT, root / "tests/lint")
        (root / "certs").mkdir()
        for path, text in TREE.items():
            write(root, path, text)
        results = [("a tree that keeps the rules passes", *check(root), 0, "ok 1")]
        for name, path, text, word in BREACHES:
            write(root, path, text)
            results.append((name, *check(root), 1, word))
            (root / path).unlink()
        for number, (name, status, output, wanted, word) in enumerate(results, 1):
            good = status == wanted and word in output
            failed += not good
            print("%s %d - %s" % ("ok" if good else "not ok", number, name))
            if not good:
                print("\n".join("# " + line for line in output.splitlines()))
    return 1 if failed else 0


sys.exit(main())
