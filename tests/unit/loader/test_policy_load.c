// Reads policies with a rule table: the contents of good ones, and every message about bad ones.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "object/kinds.h"
#include "rules/rules.h"
#include "tests/unit/policy_fixture.h"

#define HEAD "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n"

static struct policy *load_good(const char *text)
{
    struct problems problems;
    struct policy *policy = load_text(&fake_rules, text, &problems);
    char *found = problems_text(&problems);

    assert_string_equal(found, "");
    assert_non_null(policy);
    free(found);
    return policy;
}

static void assert_slice(struct slice actual, const char *expected)
{
    if (!slice_is(actual, expected))
        fail_msg("\"%.*s\" instead of \"%s\"", (int)actual.size, actual.data, expected);
}

static void test_defaults(void **state)
{
    struct policy *policy = load_good(HEAD "metadata: {name: x}\n");

    (void)state;
    assert_int_equal(policy->kubernetes_minor, 30);
    assert_int_equal(policy->network, NETWORK_OTHER);
    assert_int_equal(policy->mode, MODE_ENFORCE);
    assert_int_equal(policy->on_update, ON_UPDATE_TEMPLATE_CHANGED);
    assert_int_equal(policy->when_ambiguous, WHEN_AMBIGUOUS_INJECT);
    assert_int_equal(policy->on_error, ON_ERROR_ALLOW);
    assert_int_equal(policy->workload_count + policy->service_count, 0);
    assert_slice(policy->file, "test.yaml");
    assert_int_equal(((const struct fake_settings *)policy->defaults[0])->seconds, 15);
    assert_int_equal(policy->defaults[0]->present, 0);
    policy_free(policy);
}

static void test_top(void **state)
{
    struct policy *policy =
        load_good(HEAD "cluster: {kubernetesVersion: v1.28.3-aliyun.1, network: flannel}\n"
                       "mode: observe\nonUpdate: never\nwhenAmbiguous: keep\nonError: deny\n");

    (void)state;
    assert_int_equal(policy->kubernetes_minor, 28);
    assert_int_equal(policy->network, NETWORK_FLANNEL);
    assert_int_equal(policy->mode, MODE_OBSERVE);
    assert_int_equal(policy->on_update, ON_UPDATE_NEVER);
    assert_int_equal(policy->when_ambiguous, WHEN_AMBIGUOUS_KEEP);
    assert_int_equal(policy->on_error, ON_ERROR_DENY);
    policy_free(policy);
}

// SHA-256 of the bytes as sha256sum(1) prints it.
static void test_hash(void **state)
{
    struct policy *policy = load_good("apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n");

    (void)state;
    assert_slice(policy->hash, "be3dbba38d74e4a8");
    policy_free(policy);
}

static const char every_field[] = HEAD "workloads:\n"
                                       "  - probe:\n"
                                       "      object:\n"
                                       "        command: [a, \"b\\\"c\"]\n"
                                       "        port: http\n"
                                       "        headers: [{value: é, name: k}, {name: m}]\n"
                                       "        strict: no\n"
                                       "        nested: {weight: 7}\n"
                                       "      list: [{name: x}]\n"
                                       "      text: 8080\n"
                                       "      seconds: 0x10\n"
                                       "      share: 50%\n"
                                       "      strings: [a, 1, 'c']\n"
                                       "      map: {b: x, a: \"1\"}\n"
                                       "      flag: on\n"
                                       "      mode: observe\n"
                                       "    surge: {share: 3, handler: off}\n"
                                       "  - probe: 20\n";

static void test_fields(void **state)
{
    struct policy *policy = load_good(every_field);
    const struct entry *entries = policy->workloads;
    const struct fake_settings *probe = (const void *)entries[0].settings[0];
    const struct fake_settings *surge = (const void *)entries[0].settings[1];
    const struct fake_settings *later = (const void *)entries[1].settings[0];

    (void)state;
    assert_int_equal(policy->workload_count, 2);
    assert_int_equal(entries[0].line, 4);
    assert_int_equal(entries[1].line, 20);
    assert_slice(probe->object, "{\"path\":\"/\",\"port\":\"http\",\"scheme\":\"HTTP\","
                                "\"headers\":[{\"name\":\"k\",\"value\":\"é\"},{\"name\":\"m\"}],"
                                "\"command\":[\"a\",\"b\\\"c\"],\"strict\":false,"
                                "\"nested\":{\"weight\":7}}");
    assert_slice(probe->list, "[{\"name\":\"x\"}]");
    assert_slice(probe->text, "8080");
    assert_int_equal(probe->seconds, 16);
    assert_true(probe->share.percent);
    assert_int_equal(probe->share.value, 50);
    assert_int_equal(probe->strings.count, 3);
    assert_slice(probe->strings.items[1], "1");
    assert_int_equal(probe->map.count, 2);
    assert_slice(probe->map.items[0].key, "b");
    assert_slice(probe->map.items[1].value, "1");
    assert_true(probe->flag);
    assert_int_equal(probe->common.mode, MODE_OBSERVE);
    assert_int_equal(probe->common.present, 0x5fe);
    assert_int_equal(probe->common.line[1], 5);
    assert_int_equal(probe->common.line[4], 13);
    assert_int_equal(probe->common.entry_line, 4);
    assert_int_equal(surge->share.value, 3);
    assert_false(surge->share.percent);
    assert_int_equal(surge->handler, 1);
    assert_int_equal(later->seconds, 20);
    assert_int_equal(later->common.present, 1 << 4);
    assert_int_equal(later->common.line[4], 20);
    assert_null(entries[1].settings[1]);
    policy_free(policy);
}

static void test_match(void **state)
{
    struct policy *policy =
        load_good(HEAD "workloads:\n"
                       "  - match:\n"
                       "      kinds: [Deployment, StatefulSet]\n"
                       "      namespaces: [\"prod-*\", default]\n"
                       "      labelSelector:\n"
                       "        matchLabels: {app.kubernetes.io/name: web, empty: \"\"}\n"
                       "        matchExpressions:\n"
                       "          - {key: a, operator: NotIn, values: [b, c]}\n"
                       "          - {operator: Exists, key: d, values: []}\n"
                       "      exclude:\n"
                       "        - names: [\"*-worker\", 1-a]\n"
                       "        - {kinds: [StatefulSet], labelSelector: {matchLabels: {x: v}}}\n"
                       "      includeOwned: true\n"
                       "    probe: {}\n"
                       "services:\n"
                       "  - match: {kinds: [Service], namespaces: [a]}\n"
                       "    backend: off\n");
    const struct match *match = &policy->workloads[0].match;
    uint32_t deployment = 1u << (kind_named(SLICE("Deployment")) - kinds_table);
    uint32_t stateful = 1u << (kind_named(SLICE("StatefulSet")) - kinds_table);

    (void)state;
    assert_int_equal(match->kinds, deployment | stateful);
    assert_int_equal(match->namespaces.count, 2);
    assert_slice(match->namespaces.items[0], "prod-*");
    assert_int_equal(match->names.count, 0);
    assert_int_equal(match->label_count, 4);
    assert_slice(match->labels[0].key, "app.kubernetes.io/name");
    assert_int_equal(match->labels[0].operator, SELECTOR_IN);
    assert_slice(match->labels[0].values.items[0], "web");
    assert_slice(match->labels[1].values.items[0], "");
    assert_int_equal(match->labels[2].operator, SELECTOR_NOT_IN);
    assert_int_equal(match->labels[2].values.count, 2);
    assert_int_equal(match->labels[3].operator, SELECTOR_EXISTS);
    assert_int_equal(match->exclude_count, 2);
    assert_slice(match->exclude[0].names.items[1], "1-a");
    assert_int_equal(match->exclude[1].kinds, stateful);
    assert_slice(match->exclude[1].labels[0].key, "x");
    assert_true(match->include_owned);
    assert_int_equal(policy->services[0].match.label_count, 0);
    assert_int_equal(((const struct fake_settings *)policy->services[0].settings[2])->handler, 1);
    policy_free(policy);
}

static void test_aliases_and_merge_keys(void **state)
{
    struct policy *policy = load_good(HEAD "workloads:\n"
                                           "  - match: &m {names: [a]}\n"
                                           "    probe: &p {seconds: 20, share: 1}\n"
                                           "  - match: *m\n"
                                           "    surge: {<<: *p, share: 2}\n");
    const struct fake_settings *surge = (const void *)policy->workloads[1].settings[1];

    (void)state;
    assert_slice(policy->workloads[1].match.names.items[0], "a");
    assert_int_equal(surge->seconds, 20);
    assert_int_equal(surge->share.value, 2);
    policy_free(policy);
}

static const struct {
    const char *text;
    const char *problems;
} bad[] = {
    {"", "1:1: no policy here; expected a mapping with apiVersion: evenkeel.dev/v1alpha1 and kind: "
         "RolloutPolicy\n"},
    {"- a\n", "1:1: policy: expected a mapping, found a list\n"},
    {"mode: enforce\n", "1:1: apiVersion is missing; expected evenkeel.dev/v1alpha1\n"
                        "1:1: kind is missing; expected RolloutPolicy\n"},
    {"apiVersion: v1\nkind: Policy\n",
     "1:13: apiVersion: expected evenkeel.dev/v1alpha1, found the string \"v1\"\n"
     "2:7: kind: expected RolloutPolicy, found the string \"Policy\"\n"},
    {HEAD "---\n" HEAD, "4:1: a second document starts here; a policy is one\n"},
    {HEAD "modes: observe\n", "3:1: unknown key \"modes\"; did you mean \"mode\"?\n"},
    {HEAD "zzzzzzzzzz: 1\n", "3:1: unknown key \"zzzzzzzzzz\"\n"},
    {HEAD "\"a\\e[31m\": 1\n", "3:1: unknown key \"a?[31m\"\n"},
    {HEAD "mode: strict\n",
     "3:7: mode: expected enforce or observe, found the string \"strict\"\n"},
    {HEAD "mode: [enforce]\n", "3:7: mode: expected enforce or observe, found a list\n"},
    {HEAD "mode:\n", "3:6: mode: expected enforce or observe, found nothing\n"},
    {HEAD "metadata: {name: 5, labels: {}}\n",
     "3:18: name: expected a string (put it in quotes), found the integer 5\n"
     "3:21: unknown key \"labels\"\n"},
    {HEAD "cluster: {kubernetesVersion: 1.30, network: calico}\n",
     "3:30: kubernetesVersion: expected a version in quotes such as \"1.30\", found the number "
     "1.30\n"
     "3:45: network: expected other, terway or flannel, found the string \"calico\"\n"},
    {HEAD "cluster: {kubernetesVersion: \"2.1\"}\n",
     "3:30: kubernetesVersion: expected a version such as \"1.30\" or \"v1.30.4\", found the "
     "string "
     "\"2.1\"\n"},
    {HEAD "mode: enforce\nmode: observe\n",
     "4:1: the key \"mode\" appears twice; the first is at 3:1\n"},
    {HEAD "mode: [\n",
     "4:1: did not find expected node content while parsing a flow node (from line "
     "4)\n"},
    {HEAD "workloads: {}\n", "3:12: workloads: expected a list of entries, found a mapping\n"},
    {HEAD "workloads: [probe]\n",
     "3:13: workloads: expected a mapping, found the string \"probe\"\n"},
    {HEAD "workloads: [{match: {}}]\n",
     "3:13: warning: the entry names no rule, so it does nothing\n"},
    {HEAD "workloads:\n  - prob: 5\n    backend: {}\n    zzzzzz: 1\n",
     "4:5: unknown key \"prob\"; did you mean \"probe\"?\n"
     "5:5: backend belongs under services\n"
     "6:5: unknown key \"zzzzzz\"\n"},
    {HEAD "services:\n  - probe: 5\n", "4:5: probe belongs under workloads\n"},
    {HEAD "workloads:\n  - probe: {sleepSecond: 5, second: 5}\n",
     "4:13: unknown key \"sleepSecond\"\n"
     "4:29: unknown key \"second\"; did you mean \"seconds\"?\n"},
    {HEAD "workloads:\n  - probe: {seconds: 15s}\n",
     "4:22: seconds: expected an integer from 1 to 3600, found the string \"15s\"\n"},
    {HEAD "workloads:\n  - probe: {seconds: 0}\n",
     "4:22: seconds: expected an integer from 1 to 3600, found the integer 0\n"},
    {HEAD "workloads:\n  - probe: {seconds: \"5\"}\n",
     "4:22: seconds: expected an integer from 1 to 3600, found the string \"5\"\n"},
    {HEAD "workloads:\n  - probe: {seconds: 1.5}\n",
     "4:22: seconds: expected an integer from 1 to 3600, found the number 1.5\n"},
    {HEAD "workloads:\n  - probe: 99999999999999999999\n",
     "4:12: seconds: expected an integer from 1 to 3600, found the number 99999999999999999999\n"},
    {HEAD "workloads:\n  - probe:\n",
     "4:5: probe: there is no value; write {} to take its defaults\n"},
    {HEAD "workloads:\n  - probe: false\n",
     "4:12: probe: write {enabled: false} to switch the rule off\n"},
    {HEAD "workloads:\n  - surge: 5\n", "4:12: surge: expected a mapping, found the integer 5\n"},
    {HEAD "workloads:\n  - surge: {share: 101%}\n",
     "4:20: share: expected an integer from 0 to 1000, or a share from 0% to 100% such as 25%, "
     "found "
     "the string \"101%\"\n"},
    {HEAD "workloads:\n  - surge: {share: \"5\"}\n",
     "4:20: share: expected an integer from 0 to 1000, or a share from 0% to 100% such as 25%, "
     "found "
     "the string \"5\"\n"},
    {HEAD "workloads:\n  - surge: {flag: \"true\", enabled: 1}\n",
     "4:19: flag: expected true or false, found the string \"true\"\n"
     "4:36: enabled: expected true or false, found the integer 1\n"},
    {HEAD "workloads:\n  - surge: {text: true, strings: a}\n",
     "4:19: text: expected a string (put it in quotes), found the boolean true\n"
     "4:34: strings: expected a list of strings, found the string \"a\"\n"},
    {HEAD "workloads:\n  - surge: {strings: [a, 1.5, ~, [b], 0x1]}\n",
     "4:26: strings: expected a string (put it in quotes), found the number 1.5\n"
     "4:31: strings: expected a string, found nothing\n"
     "4:34: strings: expected a string, found a list\n"
     "4:39: strings: expected a string (put it in quotes), found the integer 0x1\n"},
    {HEAD "workloads:\n  - surge: {strings: []}\n",
     "4:22: strings: expected at least one item, found an empty list\n"},
    {HEAD "workloads:\n  - surge: {map: {a: true, b: [c]}}\n",
     "4:22: a: expected a string (put it in quotes), found the boolean true\n"
     "4:31: b: expected a string, found a list\n"},
    {HEAD "workloads:\n  - surge: {map: {\"\\e[1m\": 5}}\n",
     "4:28: ?[1m: expected a string (put it in quotes), found the integer 5\n"},
    {HEAD "workloads:\n  - surge: {map: [a]}\n", "4:18: map: expected a mapping, found a list\n"},
    {HEAD "workloads:\n  - surge: {handler: auto, object: {port: 1}}\n",
     "4:28: handler and object exclude each other; give one of them\n"},
    {HEAD "workloads:\n  - probe: {flag: true, seconds: 200}\n",
     "4:5: probe: seconds above 100 do not go with flag\n"},
    {HEAD "workloads:\n  - surge: {object: {}}\n", "4:21: object: port is missing\n"},
    {HEAD "workloads:\n  - surge: {object: 5}\n",
     "4:21: object: expected a mapping, found the integer 5\n"},
    {HEAD "workloads:\n  - surge:\n      object:\n        prot: 1\n        port: 70000\n"
          "        path: \"\"\n        scheme: ftp\n        strict: 1\n",
     "6:9: unknown key \"prot\"; did you mean \"port\"?\n"
     "7:15: port: expected an integer from 1 to 65535, or a name, found the integer 70000\n"
     "8:15: path: expected a string that is not empty\n"
     "9:17: scheme: expected HTTP or HTTPS, found the string \"ftp\"\n"
     "10:17: strict: expected true or false, found the integer 1\n"},
    {HEAD "workloads:\n  - surge:\n      object:\n        port: 1\n        command: [sleep, 30]\n"
          "        headers: [{name: a, value: 123456789}, b, {value: \"123456789\"}]\n",
     "7:26: command: expected a string (put it in quotes), found the integer 30\n"
     "8:36: value: expected a string (put it in quotes), found the integer 123456789\n"
     "8:48: headers: expected a mapping, found the string \"b\"\n"
     "8:51: headers: name is missing\n"
     "8:59: value: longer than 8 bytes\n"},
    {HEAD
     "workloads:\n  - surge: {object: {port: 1, command: [], headers: {}, nested: {weight: 0}}}\n",
     "4:40: command: expected at least 1 item, found 0\n"
     "4:53: headers: expected a list of mappings, found a mapping\n"
     "4:74: weight: expected an integer from 1 to 100, found the integer 0\n"},
    {HEAD "workloads:\n  - surge: {object: {port: 1, command: [a, b, c, d]}, list: []}\n",
     "4:40: command: expected at most 3 items, found 4\n"
     "4:61: list: expected at least 1 item, found 0\n"},
    {HEAD "workloads:\n  - match: {kinds: [Service, Deploymnet, Zzzzzzzz, 5], name: [a]}\n    "
          "probe: 5\n",
     "4:21: kinds: Services have entries of their own, under services\n"
     "4:30: kinds: unknown kind \"Deploymnet\"; did you mean \"Deployment\"?\n"
     "4:42: kinds: unknown kind \"Zzzzzzzz\"; known are Deployment, StatefulSet, DaemonSet, "
     "CloneSet, "
     "Rollout, Service\n"
     "4:52: kinds: expected the name of a kind, found the integer 5\n"
     "4:56: unknown key \"name\"; did you mean \"names\"?\n"},
    {HEAD "services:\n  - match: {kinds: [Deployment]}\n    backend: auto\n",
     "4:21: kinds: an entry under services matches Services only\n"},
    {HEAD
     "workloads:\n  - match: {kinds: [], names: [Web, \"\"], namespaces: prod}\n    probe: 5\n",
     "4:20: kinds: expected at least one item, found an empty list\n"
     "4:32: names: no name matches \"Web\"; a pattern has lower-case letters, digits, -, . and the "
     "signs * and ?\n"
     "4:37: names: expected a name or a pattern, found an empty string\n"
     "4:54: namespaces: expected a list of strings, found the string \"prod\"\n"},
    {HEAD "workloads:\n  - probe: 5\n    match:\n      labelSelector:\n        matchLabels: {\"a "
          "b\": c, d: 5, e: -}\n"
          "        matchExpressions:\n          - {key: a, operator: In}\n          - {key: a, "
          "operator: Exists, values: [b]}\n"
          "          - {key: a, operator: in, values: [b]}\n          - {key: -a}\n          - "
          "{operator: Exists}\n",
     "7:23: labelSelector: \"a b\" cannot be a label's key\n"
     "7:36: d: expected a string (put it in quotes), found the integer 5\n"
     "7:42: labelSelector: \"-\" cannot be a label's value\n"
     "9:13: matchExpressions: the operator In needs values\n"
     "10:48: matchExpressions: the operator Exists takes no values\n"
     "11:32: operator: expected In, NotIn, Exists or DoesNotExist, found the string \"in\"\n"
     "12:13: matchExpressions: operator is missing\n"
     "12:19: labelSelector: \"-a\" cannot be a label's key\n"
     "13:13: matchExpressions: key is missing\n"},
    {HEAD "workloads:\n  - probe: 5\n    match: {exclude: {names: [a]}, includeOwned: \"yes\"}\n",
     "5:22: exclude: expected a list of mappings, found a mapping\n"
     "5:50: includeOwned: expected true or false, found the string \"yes\"\n"},
    {HEAD "workloads:\n  - probe: 5\n    match: {exclude: [{includeOwned: true, exclude: []}]}\n",
     "5:24: unknown key \"includeOwned\"\n"
     "5:44: unknown key \"exclude\"\n"},
};

static void test_bad(void **state)
{
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct problems problems;
        struct policy *policy = load_text(&fake_rules, bad[i].text, &problems);
        char *found = problems_text(&problems);

        wrong += strcmp(found, bad[i].problems) != 0;
        if (strcmp(found, bad[i].problems) != 0)
            print_error("%s\n%s instead of\n%s", bad[i].text, found, bad[i].problems);
        assert_int_equal(policy == NULL, problems.errors > 0);
        policy_free(policy);
        problems_clear(&problems);
        free(found);
    }
    assert_int_equal(wrong, 0);
}

static void test_many_problems(void **state)
{
    char text[32768] = HEAD;
    struct problems problems;
    char *found;

    (void)state;
    for (int i = 0; i < 250; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "wrong%d: x\n", i);
    assert_null(load_text(&fake_rules, text, &problems));
    assert_int_equal(problems.errors, 250);
    found = problems_text(&problems);
    assert_non_null(strstr(found, "3:1: unknown key \"wrong0\"\n"));
    assert_non_null(
        strstr(found, "102:1: unknown key \"wrong99\"\n102:1: 150 more are not shown\n"));
    assert_null(strstr(found, "wrong100"));
    free(found);
    problems_clear(&problems);
}

static void test_too_large(void **state)
{
    char *text = malloc(POLICY_SIZE_MAX + 2);
    struct problems problems;
    char *found;

    (void)state;
    memset(text, '\n', POLICY_SIZE_MAX + 1);
    text[POLICY_SIZE_MAX + 1] = '\0';
    assert_null(load_text(&fake_rules, text, &problems));
    found = problems_text(&problems);
    assert_string_equal(found, "1:1: larger than 1024 KiB\n");
    free(found);
    free(text);
    problems_clear(&problems);
}

static void test_default_policy(void **state)
{
    struct slice yaml = policy_default_yaml();
    struct problems problems = {0};
    struct policy *policy = policy_load(&rules_table, "default", yaml, &problems);
    char *found = problems_text(&problems);

    (void)state;
    assert_true(slice_starts_with(yaml, "#"));
    assert_int_equal(yaml.data[yaml.size - 1], '\n');
    assert_string_equal(found, "");
    assert_non_null(policy);
    assert_int_equal(policy->mode, MODE_ENFORCE);
    assert_true(policy->workload_count > 0);
    free(found);
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),  cmocka_unit_test(test_top),
        cmocka_unit_test(test_hash),      cmocka_unit_test(test_fields),
        cmocka_unit_test(test_match),     cmocka_unit_test(test_aliases_and_merge_keys),
        cmocka_unit_test(test_bad),       cmocka_unit_test(test_many_problems),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_default_policy),
    };
    return cmocka_run_group_tests_name("policy_load", tests, NULL, NULL);
}
