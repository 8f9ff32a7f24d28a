// The engine on any bytes, by the default policy and by one with every rule: it always answers in
// form; its patch, applied, gives just what the plan's edits give; and the patched object fed again
// gives no patch.
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "admit/admit.h"
#include "loader/load.h"
#include "manifest/apply.h"
#include "rules/rules.h"
#include "run/run.h"
#include "tests/fuzz/odd_input.h"
#include "tests/fuzz/plan_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char everything[] =
    "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nonUpdate: always\n"
    "cluster: {kubernetesVersion: \"1.30\", network: terway}\n"
    "workloads:\n"
    "  - {readinessProbe: {path: \"/r?a=\\\"b\\\"\"}, livenessProbe: {}, startupProbe: {},\n"
    "     preStop: {exec: {command: [/bin/drain, \"{app_name}\", \"{container}\"]}},\n"
    "     terminationGracePeriodSeconds: {bufferSeconds: 40}, minReadySeconds: 7,\n"
    "     rollingUpdate: {maxSurge: 50%, maxUnavailable: 0}, progressDeadlineSeconds: 900,\n"
    "     nodeAffinity: {preferred: [{weight: 1, preference: {matchExpressions: "
    "[{key: deploy, operator: Exists}]}}]},\n"
    "     readinessGates: [\"a.example.com/{app_name}\"], versionLabel: {}, meshDrain: {},\n"
    "     batches: {steps: [1, 50%], approvers: [\"group:a\"]}}\n"
    "services:\n"
    "  - {backendType: eni, connectionDrain: {timeoutSeconds: 30}, externalTrafficPolicy: Local,\n"
    "     annotations: {set: {example.com/note: \"a: b # c\"}}}\n";

static void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_review: %s\n", what);
    abort();
}

static struct policy *fuzz_policy(struct slice yaml)
{
    struct problems problems = {0};
    struct policy *policy = policy_load(&rules_table, "fuzz", yaml, &problems);

    problems_clear(&problems);
    fuzz_require(policy != NULL, "no policy");
    return policy;
}

// The patch applied to the review's object, as the apiserver would; the whole review again.
static char *fuzz_patched(const uint8_t *data, size_t size, const struct admission *admission)
{
    struct slice patch = admission->patch;
    json_t *review = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
    json_t *operations = json_loadb(patch.data, patch.size, JSON_ALLOW_NUL, NULL);
    char *body = NULL;

    if (review != NULL && operations != NULL) {
        json_t *request = json_object_get(review, "request");
        json_t *object = json_object_get(request, "object");
        json_t *planned = json_deep_copy(object);
        struct error error = {0};
        json_t *result = apply_patch(object, operations, &error);

        fuzz_require(result != NULL, "the patch does not apply");
        fuzz_require(plan_oracle_apply(planned, admission->run->plan.root), "the plan fails");
        fuzz_require(json_equal(result, planned), "the patch is not what was planned");
        json_decref(planned);
        json_object_set_new(request, "object", result);
        body = json_dumps(review, JSON_COMPACT);
    }
    // What jansson cannot read (numbers past int64, a NUL in a key) the apiserver does not send.
    fuzz_require(review == NULL || operations != NULL, "the patch is no JSON");
    json_decref(operations);
    json_decref(review);
    return body;
}

static void fuzz_admit(struct scratch *scratch, const struct policy *policy, const uint8_t *data,
                       size_t size)
{
    struct admission admission;
    char *copy = malloc(size > 0 ? size : 1);

    memcpy(copy, data, size);
    admit(scratch, &rules_table, policy, (struct slice){copy, size}, &admission);
    fuzz_require((admission.uid.size > 0) == (admission.response.size > 0), "an answer per uid");
    if (admission.response.size > 0) {
        json_t *answer = json_loadb(admission.response.data, admission.response.size, 0, NULL);
        fuzz_require(answer != NULL, "the answer is no JSON");
        json_decref(answer);
    }
    if (admission.patch.size > 0) {
        char *again = fuzz_patched(data, size, &admission);
        // A key that stands twice is one afterwards, so that the template's hash is another.
        if (again != NULL && !fuzz_has_odd_name(slice_of(again)) &&
            !fuzz_has_odd_number((struct slice){copy, size}) &&
            !fuzz_has_duplicates((struct slice){copy, size}) &&
            !fuzz_is_odd_update((struct slice){copy, size})) {
            admit(scratch, &rules_table, policy, slice_of(again), &admission);
            fuzz_require(admission.patch.size == 0, "asked again, it changes more");
        }
        free(again);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scratch *scratch;
    static struct policy *plain, *full;

    if (scratch == NULL) {
        scratch = scratch_new();
        plain = fuzz_policy(policy_default_yaml());
        full = fuzz_policy(SLICE(everything));
    }
    fuzz_admit(scratch, plain, data, size);
    fuzz_admit(scratch, full, data, size);
    return 0;
}
