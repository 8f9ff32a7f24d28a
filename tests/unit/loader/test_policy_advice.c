// Warnings about settings that are valid but unwise, with the real rules, and suggestions for
// misspelled words.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/nearest.h"
#include "rules/rules.h"
#include "tests/unit/policy_fixture.h"

#define HEAD "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n"
#define LIVENESS                                                                                   \
    "warning: livenessProbe asks the same as readinessProbe, as often: a busy pod is restarted "   \
    "instead of getting fewer requests; raise its failureThreshold\n"
#define NO_PROBE                                                                                   \
    "warning: batches without readinessProbe: held pods of a container without a probe count as "  \
    "ready as soon as they run, so an approval checks nothing\n"
#define SETS                                                                                       \
    "warning: readinessProbe for StatefulSets: a probe that never passes stops the rollout until " \
    "somebody deletes the pod; leave StatefulSets out, or name those that serve\n"
#define NEVER "warning: the entry can never apply: its own exclusions or labels leave no object\n"
#define SHADOWED                                                                                   \
    "warning: the entry has no effect: the entry in line 5 overrides everything that it sets\n"

static const struct {
    const char *text;
    const char *problems;
} policies[] = {
    // The same in one entry, through one that covers the other, and not quite the same.
    {HEAD "workloads:\n  - readinessProbe: {periodSeconds: 10, failureThreshold: 3}\n"
          "    livenessProbe: {periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 2, "
          "initialDelaySeconds: 0}\n",
     "4:5: " SETS "5:5: " LIVENESS},
    {HEAD
     "workloads:\n  - readinessProbe: {tcpSocket: {port: 1}, timeoutSeconds: 1, periodSeconds: 9,"
     " failureThreshold: 9, initialDelaySeconds: 0}\n"
     "  - match: {names: [a]}\n    livenessProbe: {tcpSocket: {port: 1}, timeoutSeconds: 1, "
     "periodSeconds: 9, failureThreshold: 9, initialDelaySeconds: 0}\n",
     "4:5: " SETS "6:5: " LIVENESS},
    {HEAD "workloads:\n  - readinessProbe: {periodSeconds: 10, failureThreshold: 3}\n"
          "    livenessProbe: {periodSeconds: 10, failureThreshold: 4}\n",
     "4:5: " SETS},
    {HEAD "workloads:\n  - match: {kinds: [Deployment, DaemonSet]}\n    readinessProbe: {}\n", ""},
    {HEAD "workloads:\n  - match: {kinds: [StatefulSet]}\n    readinessProbe: {}\n", "4:5: " SETS},
    {HEAD "workloads:\n  - match: {kinds: [StatefulSet]}\n    readinessProbe: {enabled: false}\n",
     ""},
    {HEAD "workloads:\n  - readinessProbe: {failureThreshold: 3, enabled: false}\n"
          "    livenessProbe: {periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 2, "
          "initialDelaySeconds: 0}\n",
     ""},
    {HEAD "workloads:\n  - livenessProbe: {httpGet: {port: 80, host: 127.0.0.1}}\n",
     "4:5: warning: livenessProbe asks the node's loopback address, not the pod's: leave host out, "
     "unless all of these pods use the node's network\n"},
    {HEAD "workloads:\n  - livenessProbe: {httpGet: {port: 80, host: web127.example}}\n", ""},
    {HEAD "workloads:\n  - livenessProbe: {tcpSocket: {port: 80, host: web.example}}\n", ""},
    {HEAD
     "workloads:\n  - match: {kinds: [Deployment]}\n    readinessProbe: {successThreshold: 296}\n",
     "5:5: warning: readinessProbe may take 600 s to pass, and no progressDeadlineSeconds raises "
     "the API's 600 s: Deployments get none\n"},
    {HEAD
     "workloads:\n  - match: {kinds: [Deployment]}\n    readinessProbe: {successThreshold: 295}\n",
     ""},
    {HEAD
     "workloads:\n  - startupProbe: {failureThreshold: 600}\n    progressDeadlineSeconds: {}\n",
     ""},
    {HEAD "workloads:\n  - preStop: 16\n",
     "4:5: warning: preStop takes 16 s of the grace period, and no terminationGracePeriodSeconds "
     "raises that above the API's 30 s\n"},
    {HEAD "workloads:\n  - preStop: 15\n", ""},
    {HEAD "workloads:\n  - preStop: 60\n  - terminationGracePeriodSeconds: {}\n", ""},
    {HEAD "workloads:\n  - preStop: {sleepSeconds: 20}\n"
          "    terminationGracePeriodSeconds: {bufferSeconds: 0}\n",
     "4:5: warning: preStop takes the whole grace period: with bufferSeconds 0 the application is "
     "killed as soon as the hook ends\n"},
    {HEAD "workloads:\n  - preStop: {sleepSeconds: 20}\n"
          "    terminationGracePeriodSeconds: {bufferSeconds: 0, seconds: 60}\n",
     ""},
    {HEAD "services:\n  - backendType: eni\n",
     "4:5: warning: backendType does nothing because cluster.network is other: ENI backends need "
     "terway\n"},
    {HEAD "cluster: {network: terway}\nservices:\n  - backendType: eni\n", ""},
    {HEAD "services:\n  - backendType: {enabled: false}\n", ""},
    {HEAD "services:\n  - annotations: {set: {a.b/c: d}}\n",
     "4:5: warning: annotations: set is written only into new Services of type LoadBalancer; for "
     "others, add live: true or when: {types: [...]}; either ends this warning\n"},
    {HEAD "services:\n  - annotations: {set: {a.b/c: d}, live: false}\n", ""},
    {HEAD "services:\n  - annotations: {set: {a.b/c: d}, when: {types: [ClusterIP]}}\n", ""},
    {HEAD "services:\n  - annotations: {add: [{name: a.b/c, value: d}]}\n", ""},
    {HEAD
     "cluster: {network: terway}\nservices:\n  - backendType: eni\n    annotations:\n      add:\n"
     "        - {name: a.b/c, value: d, when: {absent: "
     "[service.beta.kubernetes.io/backend-type]}}\n",
     "7:7: warning: annotations: when asks for \"service.beta.kubernetes.io/backend-type\" before "
     "backendType writes it: only a user's own counts, and a second look may find another "
     "answer\n"},
    {HEAD "cluster: {network: terway}\nservices:\n  - backendType: eni\n    annotations:\n"
          "      when: {present: [service.beta.kubernetes.io/backend-type=eni]}\n"
          "      add: [{name: a.b/c, value: d}]\n",
     "7:7: warning: annotations: when asks for \"service.beta.kubernetes.io/backend-type\" before "
     "backendType writes it: only a user's own counts, and a second look may find another "
     "answer\n"},
    {HEAD "cluster: {network: terway}\nservices:\n  - annotations:\n"
          "      when: {present: [service.beta.kubernetes.io/backend-type=eni]}\n"
          "      add: [{name: a.b/c, value: d}]\n",
     ""},
    {HEAD "services:\n  - annotations:\n      live: true\n      set: "
          "{service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type: intranet}\n",
     "5:7: warning: annotations: "
     "\"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type\" is written only into "
     "new Services, although live is set: on a live CLB every later update fails, and a live NLB "
     "turns private\n"},
    {HEAD "services:\n  - annotations:\n      live: false\n      set: "
          "{service.beta.kubernetes.io/alibaba-cloud-loadbalancer-ip: 10.0.0.1}\n",
     ""},
    {HEAD "services:\n  - annotations:\n      add:\n        - {name: "
          "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-ip, value: a, live: true}\n",
     "5:7: warning: annotations: "
     "\"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-ip\" is written only into new "
     "Services, although live is set: the controller cannot change it on a live load balancer, and "
     "every later update fails\n"},
    {HEAD
     "services:\n  - annotations:\n      live: true\n      add:\n        - {name: "
     "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-ip, value: a, live: false}\n"
     "        - {name: service.beta.kubernetes.io/alibaba-cloud-loadbalancer-spec, value: a}\n",
     ""},
    {HEAD "services:\n  - gracefulShutdown: {}\n",
     "4:5: warning: gracefulShutdown does nothing because cluster.network is other: ENI backends "
     "need terway\n"},
    {HEAD "workloads:\n  - terminationGracePeriodSeconds: 60\nservices:\n  - connectionDrain: 30\n",
     "6:5: warning: connectionDrain cuts requests 30 s after a pod's deletion, but the grace "
     "period of 60 s would let them finish: leave timeoutSeconds out\n"},
    {HEAD "workloads:\n  - terminationGracePeriodSeconds: 60\nservices:\n  - connectionDrain: 60\n",
     ""},
    {HEAD "workloads:\n  - terminationGracePeriodSeconds: 60\nservices:\n  - connectionDrain: {}\n",
     ""},
    {HEAD "workloads:\n  - terminationGracePeriodSeconds: 901\nservices:\n"
          "  - connectionDrain: {}\n",
     "6:5: warning: connectionDrain ends after 900 s, the most that the load balancer allows, but "
     "the policy's grace period is 901 s\n"},
    {HEAD "cluster: {network: terway}\nworkloads:\n  - preStop: 15\n",
     "5:5: warning: preStop sleeps 15 s: on terway a load balancer may need 30 s to attach a new "
     "pod; sleep longer, or use a readiness gate\n"},
    {HEAD "cluster: {network: terway}\nworkloads:\n  - preStop: 15\n"
          "    readinessGates: [a.b/c]\n",
     ""},
    {HEAD "cluster: {network: flannel}\nworkloads:\n  - preStop: 15\n", ""},
    // Steps of a release.
    {HEAD "workloads:\n  - {batches: [1, 50%], readinessProbe: {}}\n", "4:5: " SETS},
    {HEAD "workloads:\n  - readinessProbe: {}\n  - match: {names: [a]}\n    batches: [1, 50%]\n",
     "4:5: " SETS},
    {HEAD "workloads:\n  - batches: [1, 50%, 100%]\n", "4:5: " NO_PROBE},
    {HEAD "workloads:\n  - readinessProbe: {enabled: false}\n    batches: [1, 50%, 100%]\n",
     "5:5: " NO_PROBE},
    {HEAD "workloads:\n  - batches: [50%]\n", "4:5: warning: batches has one step before 100%: "
                                              "once it is approved, all other pods follow\n"},
    {HEAD "workloads:\n  - batches: [1, 100%]\n", "4:5: warning: batches has one step before 100%: "
                                                  "once it is approved, all other pods follow\n"},
    {HEAD "workloads:\n  - batches: [100%]\n",
     "4:5: warning: batches holds nothing: its only step is 100%\n"},
    {HEAD "workloads:\n  - batches: [1, 100%, 5]\n",
     "4:5: warning: batches has steps after 100%, which is the last step\n"},
    {HEAD "workloads:\n  - batches:\n      approvers: ['user:a']\n",
     "5:7: warning: approvers does nothing without steps\n"},
    {HEAD "onUpdate: never\nworkloads:\n  - batches: [1, 50%]\n",
     "5:5: warning: batches holds nothing with onUpdate: never\n"},
    // Entries that match nothing.
    {HEAD "workloads:\n  - match: {exclude: [{}]}\n    preStop: 5\n", "4:5: " NEVER},
    {HEAD "workloads:\n  - match: {names: [web-1, web-2], exclude: [{names: [a, \"web-*\"]}]}\n"
          "    preStop: 5\n",
     "4:5: " NEVER},
    {HEAD "workloads:\n  - match: {names: [web-1, x], exclude: [{names: [\"web-*\"]}]}\n"
          "    preStop: 5\n",
     ""},
    {HEAD "workloads:\n  - match: {labelSelector: {matchLabels: {a: b}, matchExpressions: "
          "[{key: a, operator: NotIn, values: [b, c]}]}}\n    preStop: 5\n",
     "4:5: " NEVER},
    {HEAD "workloads:\n  - match: {labelSelector: {matchLabels: {a: b}, matchExpressions: "
          "[{key: a, operator: NotIn, values: [c]}]}}\n    preStop: 5\n",
     ""},
    // Entries that a later one overrides.
    {HEAD "workloads:\n  - preStop: 5\n  - preStop: 6\n", "4:5: " SHADOWED},
    {HEAD "workloads:\n  - match: {names: [a], kinds: [Deployment]}\n    preStop: 5\n"
          "  - {preStop: 6, minReadySeconds: 1}\n",
     "4:5: warning: the entry has no effect: the entry in line 6 overrides everything that it "
     "sets\n"},
    {HEAD "workloads:\n  - preStop: 5\n  - {match: {names: [a]}, preStop: 6}\n", ""},
    {HEAD "workloads:\n  - preStop: 5\n  - {match: {exclude: [{names: [a]}]}, preStop: 6}\n", ""},
    {HEAD "workloads:\n  - {preStop: 5, minReadySeconds: 1}\n  - preStop: 6\n", ""},
    {HEAD "workloads:\n  - preStop: 5\n  - preStop: {exec: {command: [a]}, execSeconds: 9}\n",
     "4:5: " SHADOWED},
    {HEAD "workloads:\n  - {match: {includeOwned: true}, preStop: 5}\n  - preStop: 6\n", ""},
    {HEAD "workloads:\n  - {match: {names: [\"a?\"]}, preStop: 5}\n"
          "  - {match: {names: [\"a*\"]}, preStop: 6}\n",
     "4:5: " SHADOWED},
    {HEAD "workloads:\n  - {match: {names: [\"a*\"]}, preStop: 5}\n"
          "  - {match: {names: [\"a?\"]}, preStop: 6}\n",
     ""},
};

static void test_warnings(void **state)
{
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
        struct problems problems;
        struct policy *policy = load_text(&rules_table, policies[i].text, &problems);
        char *found = problems_text(&problems);

        if (strcmp(found, policies[i].problems) != 0) {
            print_error("%s\n%s instead of\n%s", policies[i].text, found, policies[i].problems);
            wrong++;
        }
        assert_non_null(policy);
        policy_free(policy);
        problems_clear(&problems);
        free(found);
    }
    assert_int_equal(wrong, 0);
}

// Aliases multiply lists. The comparisons are limited.
static void test_bounded(void **state)
{
    size_t limit = 1 << 20;
    char *text = calloc(1, limit), *at = text;
    struct problems problems;
    struct policy *policy;

    (void)state;
    at += sprintf(at, HEAD "workloads:\n  - match: {names: &n [a");
    for (int i = 0; i < 400; i++)
        at += sprintf(at, ", b%d", i);
    at += sprintf(at, "]}\n    preStop: 5\n");
    for (int i = 0; i < 2000; i++)
        at += sprintf(at, "  - {match: {names: *n}, preStop: {sleepSeconds: 5}}\n");
    policy = load_text(&rules_table, text, &problems);
    assert_non_null(policy);
    assert_true(problems.warnings > 0);
    policy_free(policy);
    problems_clear(&problems);
    free(text);
}

static void test_nearest(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance(SLICE("preStop"), SLICE("preStop")), 0);
    assert_int_equal(nearest_distance(SLICE("prestop"), SLICE("preStop")), 0);
    assert_int_equal(nearest_distance(SLICE(""), SLICE("abc")), 3);
    assert_int_equal(nearest_distance(SLICE("kitten"), SLICE("sitting")), 3);
    assert_int_equal(nearest_distance(SLICE("prot"), SLICE("port")), 1);
    assert_int_equal(nearest_distance(SLICE("ab"), SLICE("ba")), 1);
    assert_true(nearest_worth(SLICE("sleepSecond"), 1));
    assert_false(nearest_worth(SLICE("ab"), 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests_name("policy_advice", tests, NULL, NULL);
}
