#!/usr/bin/env python3
"""The layer check itself, on a small tree with one breach after the other: each must be found."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINT = Path(__file__).resolve().parent / "lint"

# The table of the tree below: parts, and what each may use.
TABLE = """| part | may use | what it does | what it refuses |
|---|---|---|---|
| `webhook/base/` | | texts | I/O |
| `webhook/run/` | `base` | one run | rules |
| `webhook/rules/` | `base`, `run` | rules | another rule |
| `webhook/loader/` | `base`, `rules/rules.h` | policies | files |
| `webhook/server/` | `base` | serving | objects |
"""

# A tree that keeps every rule.
TREE = {
    "docs/ARCHITECTURE.md": TABLE,
    "webhook/base/text.h": "int text_add(int a);\n",
    "webhook/base/text.c": '#include "base/text.h"\n#include <string.h>\nint text_add(int a) { return a; }\n',
    "webhook/run/run.c": '#include "base/text.h"\nint run(int a) { return text_add(a); }\n',
    "webhook/rules/rules.h": "extern const int rules_table[];\n",
    "webhook/rules/fill.h": "int fill(int a);\n",
    "webhook/rules/fill.c": '#include "base/text.h"\n#include "rules/fill.h"\nint fill(int a) { return text_add(a); }\n',
    "webhook/rules/sleep.c": '#include "rules/fill.h"\nint sleep_apply(int a) { return fill(a); }\n'
    "struct rule { int a; };\nconst struct rule sleep_rule = {1};\n",
    "webhook/rules/sleep.h": "int sleep_apply(int a);\n",
    "webhook/loader/load.c": '#include "base/text.h"\n#include "rules/rules.h"\nint load(void) { return text_add(1); }\n',
    "webhook/server/serve.c": "#include <stdio.h>\nint serve(void) { return puts(\"x\"); }\n",
}

# what is wrong, file, its text, a word of the complaint
BREACHES = [
    ("a lower part includes a rule", "webhook/run/a.c", '#include "rules/sleep.h"\nint a;\n', "run may only include: base"),
    ("a lower part calls a rule", "webhook/run/a.c", "int sleep_apply(int);\nint a(void) { return sleep_apply(1); }\n",
     "sleep_apply (in rules/sleep.c) is not for run"),
    ("a rule includes another", "webhook/rules/a.c", '#include "rules/sleep.h"\n', "may not include another rule"),
    ("a rule calls another", "webhook/rules/a.c", "int sleep_apply(int);\nint a(void) { return sleep_apply(1); }\n",
     "a rule may not use another rule"),
    ("the engine reads the clock", "webhook/base/a.c", "#include <time.h>\n", "time.h is not in its list"),
    ("the engine prints", "webhook/base/a.c", '#include <stdio.h>\nvoid a(int b) { printf("%d", b); }\n', "printf"),
    ("the loader reads the environment", "webhook/loader/a.c",
     '#include <stdlib.h>\nchar *a(void) { return getenv("A"); }\n', "getenv is not among what loader may call"),
    ("the engine keeps a variable", "webhook/base/a.c", "int a(void);\nint a(void) { static int b; return b++; }\n",
     "outlives the call"),
    ("jansson in the engine", "webhook/base/a.c", "#include <jansson.h>\n", "jansson may be included by"),
    ("libyaml beside yaml.c", "webhook/loader/load2.c", "#include <yaml.h>\n", "libyaml may be included by"),
    ("libh2o outside http", "webhook/server/a.c", "#include <h2o.h>\n", "libh2o may be included by"),
    ("libh2o called without its header", "webhook/server/a.c",
     "void h2o_config_init(void *);\nvoid a(void) { h2o_config_init(0); }\n", "libh2o may be used by"),
    ("the loader includes one rule", "webhook/loader/a.c", '#include "rules/sleep.h"\n', "loader may only include"),
    ("a file of no part", "webhook/util/util.c", "int a(void) { return 1; }\n", "webhook/util/util.c"),
    ("two files call each other", "webhook/server/a.c",
     "int serve(void);\nint a(void) { return serve(); }\n", "call each other: webhook/server/a.c, webhook/server/serve.c"),
    ("a table that points both ways", "docs/ARCHITECTURE.md", TABLE.replace("| `webhook/base/` | |", "| `webhook/base/` | `run` |"),
     "base may use run, which comes after it"),
    ("a table without rows", "docs/ARCHITECTURE.md", "Parts\n", "no row of the table was found"),
]
# What a breach needs beside its own file.
BESIDE = {"two files call each other": ("webhook/server/serve.c", "int a(void);\nint serve(void) { return a(); }\n")}


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


def draw(root):
    subprocess.run([str(root / "docs/tools/parts")], check=True)


def check(root):
    ran = subprocess.run([str(root / "tests/lint/check_layers")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         universal_newlines=True, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    return ran.returncode, ran.stdout


def main():
    failed = 0
    print("1..%d" % (3 + len(BREACHES)))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(LINT, root / "tests/lint")
        shutil.copytree(LINT.parent.parent / "docs/tools", root / "docs/tools")
        (root / "certs").mkdir()
        for path, text in TREE.items():
            write(root, path, text)
        draw(root)
        results = [("a tree that keeps the rules passes", *check(root), 0, "ok 1")]
        for name, path, text, word in BREACHES:
            changed = dict([(path, text), *([BESIDE[name]] if name in BESIDE else [])])
            for changed_path, changed_text in changed.items():
                write(root, changed_path, changed_text)
            draw(root)
            results.append((name, *check(root), 1, word))
            for changed_path in changed:
                (root / changed_path).unlink()
                if changed_path in TREE:
                    write(root, changed_path, TREE[changed_path])
        # Many units, and a picture that was not drawn again.
        for number in range(26):
            write(root, "webhook/base/unit%d.c" % number, "int unit%d(void) { return %d; }\n" % (number, number))
        results.append(("too many units", *check(root), 1, "base has 27 units"))
        results.append(("a picture of another tree", *check(root), 1, "is not what the includes say"))
        for number, (name, status, output, wanted, word) in enumerate(results, 1):
            good = status == wanted and word in output
            failed += not good
            print("%s %d - %s" % ("ok" if good else "not ok", number, name))
            if not good:
                print("\n".join("# " + line for line in output.splitlines()))
    return 1 if failed else 0


sys.exit(main())
