#!/usr/bin/env python3
"""YAML as kubectl reads it: hundreds of odd files, made here, are read by `kubectl annotate --local` and by `evenkeel
preview -o json`; both must accept the same files and read the same values. Skipped without kubectl."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from preview import ROOT, differs, finish, preview, result, skip_all

SCALARS = ["5", "05", "0o17", "0x1F", "0b101", "1_000", "-7", "+7", "1.5", "1e3", "1E400", ".5", "5.", ".inf", "-.INF", ".nan", "1:30",
           "9223372036854775808", "-9223372036854775809", "18446744073709551616", "yes", "No", "on", "OFF", "y", "N", "true", "True", "tRue",
           "null", "Null", "nULL", "~", "''", "'a b'", '"a\\tb"', '"\\u00e9"', "2001-12-14", "2001-12-14t21:59:43.10-05:00", "a b", "a: b",
           "a#b", "a #b", "- a", "a-b", "?", "%a", "@a", "`a", "a,b", "[a, b]", "{a: b}", "[]", "{}", "*none", "&a b", "=", "<<", "<", "é", "\u2028",
           "0.1", "100000000000000000000000", "1e21", "123456789012345680", "0.000001", "1e-7", "-0", "-0.0", "00", "08", "0b2", "0x", "1__0", "_1", "+", "-", ".", "..",
           "!!str 5", "!!int '5'", "!!int 5.5", "!!int x", "!!float 5", "!!float x", "!!bool 'yes'", "!!bool 5", "!!null ''", "!!null x",
           "!!binary aGVsbG8=", "!!binary aGV sbG8=", "!!binary '#'", "!!binary /w==", "!!timestamp 2001-12-14", "!!timestamp x", "!!timestamp 2001-1-2 3:4:5",
           "!!string 5", "!!foo 5", "!foo 5", "! 5", "!<tag:yaml.org,2002:str> 5", "!<x> 5", "!!map x", "!!seq [a]", "!!set {a: null}", "!local [a]", "!local {a: b}"]
PLACES = {"a value": "x: %s\n", "an item": "x:\n- %s\n", "in flow": "x: [%s, z]\n", "in a flow mapping": "x: {k: %s}\n", "a key": "x:\n  %s: 1\n",
          "over lines": "x:\n  %s\n"}
WHOLE = {
    "a literal at the end": "x: |\n  text", "a folded one": "x: >\n  text", "kept": "x: |+\n  text\n\n", "kept at the end": "x: |+\n  text",
    "stripped": "x: |-\n  text\n\n", "stripped at the end": "x: |-\n  text", "with an indentation": "x: |2\n    text\n", "empty": "x: |\n",
    "with a comment": "x: | # c\n  text\n# d\n", "a tab": "x:\ta\n", "a tab in a line": "x: a\tb\n", "Windows": "x: a\r\ny: |\r\n  b\r\n",
    "a merge key": "a: &a {b: 1, c: 2}\nx:\n  <<: *a\n  b: 3\n", "a tagged one": "a: &a {b: 1}\nx:\n  !!merge <<: *a\n",
    "a merge key first": "a: &a {b: 1}\nx:\n  b: 3\n  <<: *a\n", "a list of merges": "a: &a {b: 1}\nc: &c {b: 2}\nx: {<<: [*a, *c]}\n",
    "a merge key in quotes": "x: {'<<': {a: b}}\n", "a merge of a string": "x: {<<: a}\n", "an anchor twice": "a: &a 1\nb: &a 2\nx: *a\n",
    "a key twice": "x: 1\nx: 2\n", "a complex key": "x:\n  ? [a]\n  : b\n",
    "a document end": "x: 1\n...\n", "a comment at the end": "x: 1\n# end", "a directive": None, "no last line end": "x: 1", "a question mark": "? x\n: 1\n",
    "an alias as a key": "a: &a k\nx: {*a : 1}\n", "a quoted key": '"x": 1\n', "an escaped quote": "x: 'it''s'\n", "a long line": "x: " + "y" * 5000 + "\n",
    "lines in quotes": 'x: "a\n  b\n\n  c"\n', "escapes": 'x: "\\x41\\u263a\\U0001F600\\n\\e"\n', "a bad escape": 'x: "\\q"\n', "a control byte": "x: a\x07b\n",
    "bad indentation": "x:\n  a: 1\n b: 2\n", "no space": "x:1\n", "an open bracket": "x: [a\n", "a comma at the end": "x: [a,]\n", "two commas": "x: [a,,b]\n",
    "a colon in flow": "x: {a:1}\n", "a key alone": "x: {a}\n", "a pair in a list": "x: [a: 1, b]\n", "next line": "x: a\x85b\n",
}


def files():
    """name -> bytes of a ConfigMap; the name is the object's."""
    made = {}
    for number, (place, form) in enumerate(sorted(PLACES.items())):
        for index, scalar in enumerate(SCALARS):
            made["p%d-%d" % (number, index)] = ("%s %s" % (place, scalar), form % scalar)
    for index, (name, text) in enumerate(sorted(WHOLE.items())):
        if text:
            made["w%d" % index] = (name, text)
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n"
    found = {name: (what, (head % name + text).encode()) for name, (what, text) in made.items()}
    found["u16"] = ("UTF-16", (head % "u16").encode("utf-16"))
    found["u16be"] = ("UTF-16, big end first", b"\xfe\xff" + (head % "u16be" + "x: \u263a\n").encode("utf-16-be"))
    found["mark"] = ("a byte order mark", b"\xef\xbb\xbf" + (head % "mark").encode())
    found["mark-behind"] = ("a byte order mark behind a marker", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n---\n\xef\xbb\xbf" +
                            (head % "mark-behind").encode())
    return found


def number(text):
    """kubectl prints a number past int64 as a double."""
    return int(text) if abs(int(text)) < 1 << 63 else float(text)


def objects(text):
    """name -> object, of JSON values one after the other."""
    found, at, decoder = {}, 0, json.JSONDecoder(parse_int=number)
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        while at < len(text) and text[at].isspace():
            at += 1
        for item in value["items"] if value.get("kind") == "List" else [value]:
            item.get("metadata", {}).pop("annotations", None)
            found[item.get("metadata", {}).get("name")] = item
    return found


def main():
    kubectl = shutil.which("kubectl", path="%s:%s" % (ROOT / "build/cluster/bin", os.environ["PATH"]))
    if not kubectl:
        skip_all("no kubectl")
    made = files()
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, content) in made.items():
            (Path(folder) / (name + ".yaml")).write_bytes(content)
        ran = subprocess.run([kubectl, "annotate", "--local", "-f", folder, "-o", "json", "zz=1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        theirs = objects(ran.stdout.decode())
        _, output, errors = preview("-o", "json", folder)
    ours = objects(output.decode())
    print("# %d files; kubectl reads %d of them" % (len(made), len(theirs)))
    result("there are many files", "" if len(made) >= 500 and len(theirs) >= 300 else "%d, %d" % (len(made), len(theirs)))
    for name, (what, content) in sorted(made.items()):
        mine = ours.get(name)
        if mine != theirs.get(name):
            result("%s: %s" % (name, what), differs(mine, theirs.get(name)) + "\n" + repr(content[-60:]))
    result("both read the same files", differs(sorted(map(str, set(ours) ^ set(theirs))), []))
    finish()


main()
