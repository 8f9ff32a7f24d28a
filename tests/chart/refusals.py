"""Values that somebody gives and the chart cannot use, as Helm judges them: parts of test_chart.py. What would be passed
over is refused, and a null either means none or is refused by name."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helm import CHART, Manifests, documents, template

HERE = Path(__file__).resolve().parent


def render(path, *options):
    result = template(HERE / "values" / path, *options)
    assert result.returncode == 0, result.stderr
    return Manifests(result.stdout)


def refused(path, words, *options):
    result = template(HERE / "values" / path, *options)
    assert result.returncode != 0, "accepted: %s" % (options,)
    assert words in result.stderr, "%s: %r is not in %s" % (options, words, result.stderr)


def paths(values, above=""):
    for key, value in values.items():
        if "/" not in key:
            yield above + key
            if isinstance(value, dict):
                yield from paths(value, above + key + ".")


def a_null_is_none_or_refused_by_name():
    """Each value of the chart in turn, where it is used."""
    kept = ("null cannot take it out", "older chart")

    def attempt(case):
        path, sets = case
        result = template(HERE / "values" / sets, "--set", path + "=null")
        clear = any(words in result.stderr for words in kept) if result.returncode else "<nil>" not in result.stdout
        return None if clear else "%s, %s: %s" % (path, sets, result.stderr or "<nil>")

    values, = documents((CHART / "values.yaml").read_text(encoding="utf-8"))
    cases = [(path, "cert-manager.yaml" if path.startswith("certificates") else "monitoring.yaml")
             for path in paths(values) if not path.startswith("policy.")]
    assert len(cases) > 100, len(cases)
    with ThreadPoolExecutor(4) as pool:
        unclear = [line for line in pool.map(attempt, cases) if line]
    assert not unclear, "\n".join(unclear)
    spec = render("default.yaml", "--set", "resources=null").find("Deployment")["spec"]["template"]["spec"]
    assert spec["containers"][0]["resources"] == {}, spec["containers"][0]["resources"]
    refused("default.yaml", "webhook.namespaceSelector: null", "--set", "webhook.namespaceSelector=null")


TESTS = [a_null_is_none_or_refused_by_name]
