#!/usr/bin/env python3
"""Each alert of the chart, judged by Prometheus' own promtool: it fires when its cause is there, at the first event too,
and ends when the cause has, and not before. Time goes by minutes."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from helm import HELM, MISSING, Manifests, run_tests, template  # noqa: E402

HERE = Path(__file__).resolve().parent
OURS = 'namespace="evenkeel",pod="%s"'
HOOK = 'name="workloads.evenkeel.dev"'
FAIL_OPEN = "apiserver_admission_webhook_fail_open_count{%s}" % HOOK
REFUSED = 'apiserver_admission_webhook_rejection_count{%s,error_type="calling_webhook_error"}' % HOOK
SLOW = "evenkeel_review_duration_seconds_bucket{%s,le=\"%s\"}"


def ours(name, labels="", pod="a"):
    return "%s{%s%s}" % (name, OURS % pod, "," + labels if labels else "")


# Alert, what is measured, and minutes at which it fires or not.
CASES = [
    ("EvenkeelNotReady", {ours("evenkeel_ready"): "1x5 0x9 1x9", ours("evenkeel_ready", pod="b"): "0x30"},
     {5: 0, 7: 0, 9: 1, 14: 1, 16: 0}),
    ("EvenkeelNotReady", {ours("evenkeel_ready"): "1x5 _x20 1x9"}, {5: 0, 14: 1, 25: 1, 28: 0}),
    # The row is made by the first failure.
    ("EvenkeelUnanswered", {FAIL_OPEN: "_x5 3x40"}, {4: 0, 7: 1, 14: 1, 18: 0}),
    ("EvenkeelUnanswered", {FAIL_OPEN: "5x20 6+1x20 26x20"}, {20: 0, 22: 1, 40: 1, 55: 0}),
    ("EvenkeelUnanswered", {FAIL_OPEN: "900x20 2x20"}, {20: 0, 22: 1, 40: 0}),  # the API server began anew, and failed twice
    ("EvenkeelUnanswered", {REFUSED: "_x5 1x40"}, {4: 0, 7: 1, 18: 0}),
    ("EvenkeelErrors", {ours("evenkeel_http_responses_total", 'code="413"'): "0x5 1x40"}, {5: 0, 8: 1, 20: 0}),
    ("EvenkeelErrors", {ours("evenkeel_http_responses_total", 'code="200"'): "0+9x40"}, {5: 0, 30: 0}),
    ("EvenkeelErrors", {ours("evenkeel_reviews_total", 'outcome="unreadable"'): "_x5 1x40"}, {4: 0, 7: 1, 18: 0}),
    ("EvenkeelSlow", {SLOW % (OURS % "a", le): values for le, values in (
        ("0.1", "0+1x30 30+10x60"), ("0.5", "0+10x30 300+10x60"), ("+Inf", "0+10x30 300+10x60"))}, {5: 0, 29: 1, 60: 0}),
    ("EvenkeelCertificateNearItsEnd", {ours("evenkeel_certificate_not_after_timestamp_seconds"): "20000x110 200000x20"},
     {90: 0, 95: 0, 100: 1, 110: 1, 112: 0}),
    ("EvenkeelCANearItsEnd", {ours("evenkeel_ca_not_after_timestamp_seconds"): "5187600x100 99999999x20"},
     {60: 0, 63: 0, 67: 1, 100: 1, 102: 0}),
    # For as long as the bad file is there.
    ("EvenkeelReloadRefused", {ours("evenkeel_last_reload_successful", 'what="policy"'): "1x5 0x120 1x9"},
     {5: 0, 6: 1, 60: 1, 125: 1, 127: 0}),
    ("EvenkeelPassedOver", {ours("evenkeel_outcomes_total", 'rule="readinessProbe",reason="port-ambiguous"'): "_x5 1x120"},
     {4: 0, 7: 1, 60: 1, 68: 0}),
    ("EvenkeelPassedOver", {ours("evenkeel_outcomes_total", 'rule="preStop",reason="user-set"'): "_x5 1x120"}, {7: 0, 60: 0}),
]


def rules():
    result = template(HERE / "values/monitoring.yaml")
    assert result.returncode == 0, result.stderr
    return Manifests(result.stdout).find("PrometheusRule")["spec"]


def firing(alert, minute, fires):
    return {"expr": 'count(ALERTS{alertname="%s",alertstate="firing"})' % alert, "eval_time": "%dm" % minute,
            "exp_samples": [{"labels": "{}", "value": 1}] if fires else []}


def promtool(*arguments):
    done = subprocess.run([PROMTOOL, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def written(folder, tests):
    path = Path(folder)
    (path / "rules.json").write_text(json.dumps(rules()), encoding="utf-8")
    (path / "tests.json").write_text(json.dumps({"rule_files": ["rules.json"], "evaluation_interval": "1m",
                                                 "tests": tests}), encoding="utf-8")
    return path


def each_alert_fires_and_ends():
    assert {case[0] for case in CASES} == {rule["alert"] for rule in rules()["groups"][0]["rules"]}
    tests = [{"interval": "1m", "name": "%s %d" % (alert, number),
              "input_series": [{"series": series, "values": values} for series, values in measured.items()],
              "promql_expr_test": [firing(alert, minute, fires) for minute, fires in minutes.items()]}
             for number, (alert, measured, minutes) in enumerate(CASES)]
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, tests)
        promtool("check", "rules", path / "rules.json")
        promtool("test", "rules", path / "tests.json")


def a_certificate_in_time_is_no_alarm():
    """cert-manager renews it at renewBefore, which must be earlier than the alert."""
    for renew_before, margin in (("56h", 28 * 3600), ("240h", 5 * 86400), ("720h", 14 * 86400), ("1h30m", 45 * 60)):
        result = template(HERE / "values/cert-manager.yaml", "--set", "metrics.prometheusRule.enabled=true", "--set",
                          "certificates.certManager.renewBefore=" + renew_before)
        assert result.returncode == 0, result.stderr
        alerts = {rule["alert"]: rule["expr"]
                  for rule in Manifests(result.stdout).find("PrometheusRule")["spec"]["groups"][0]["rules"]}
        expression = alerts["EvenkeelCertificateNearItsEnd"]
        assert expression.endswith(" < %d" % margin), (renew_before, expression)


def panels_show_the_first_event():
    """A counter's row is made by its first count, which increase() alone does not show."""
    dashboard = json.loads((HERE.parent.parent / "charts/evenkeel/dashboards/evenkeel.json").read_text(encoding="utf-8"))
    panels = {panel["title"]: panel for panel in dashboard["panels"]}
    for title, series, row in (
            ("What rules injected", 'evenkeel_outcomes_total{verdict="injected"}', "_x5 2x40"),
            ("What rules left out, and why", 'evenkeel_outcomes_total{verdict="skipped"}', "_x5 2x40"),
            ("Objects passed over", 'evenkeel_objects_passed_over_total{reason="opted-out"}', "_x5 2x40"),
            ("Releases in batches", 'evenkeel_releases_total{event="started"}', "0x5 2x40")):
        expression = panels[title]["targets"][0]["expr"].replace("$__interval", "5m").replace(
            "$__rate_interval", "5m").replace('namespace=~"$namespace"', 'namespace=~".*"')
        tests = [{"interval": "1m", "input_series": [{"series": series.replace("{", '{namespace="n",'), "values": row}],
                  "promql_expr_test": [
                      {"expr": "sum(%s) > bool 1" % expression, "eval_time": "7m", "exp_samples": [{"labels": "{}", "value": 1}]},
                      {"expr": "sum(%s)" % expression, "eval_time": "30m", "exp_samples": [{"labels": "{}", "value": 0}]}]}]
        with tempfile.TemporaryDirectory() as folder:
            promtool("test", "rules", written(folder, tests) / "tests.json")


found = subprocess.run([str(HERE / "promtool")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                       check=False) if HELM else None
PROMTOOL = found.stdout.strip() if found else ""
run_tests([each_alert_fires_and_ends, a_certificate_in_time_is_no_alarm, panels_show_the_first_event],
          skip=MISSING if not HELM else found.stderr.strip() if found.returncode else None)
