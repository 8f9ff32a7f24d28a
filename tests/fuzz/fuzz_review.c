// The engine on any bytes: it always answers in form, its patch always applies, and the patched
// object fed again gives no patch.
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/admit.h"
#include "manifest/apply.h"
#include "policy/load.h"
#include "rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy *fuzz_policy(void)
{
    static struct policy *policy;
    struct problems problems = {0};
    if (policy == NULL)
        policy = policy_load(&rules_table, "default", policy_default_yaml(), &problems);
    if (policy == NULL)
        abort();
    return policy;
}

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

// The patch applied to the review's object, as the apiserver would; the whole review again.
static char *fuzz_patched(const uint8_t *data, size_t size, struct slice patch)
{
    json_t *review = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
    json_t *operations = json_loadb(patch.data, patch.size, JSON_ALLOW_NUL, NULL);
    char *body = NULL;
    if (review != NULL && operations != NULL) {
        json_t *request = json_object_get(review, "request");
        struct error error = {0};
        json_t *result = apply_patch(json_object_get(request, "object"), operations, &error);
        fuzz_require(result != NULL);
        json_object_set_new(request, "object", result);
        body = json_dumps(review, JSON_COMPACT);
    }
    // What jansson cannot read (numbers past int64, a NUL in a key) the apiserver does not send.
    fuzz_require(review == NULL || operations != NULL);
    json_decref(operations);
    json_decref(review);
    return body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scratch *scratch;
    struct admission admission;
    if (scratch == NULL)
        scratch = scratch_new();
    char *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, data, size);
    admit(scratch, &rules_table, fuzz_policy(), (struct slice){copy, size}, &admission);
    fuzz_require((admission.uid.size > 0) == (admission.response.size > 0));
    if (admission.response.size > 0) {
        json_t *answer = json_loadb(admission.response.data, admission.response.size, 0, NULL);
        fuzz_require(answer != NULL);
        json_decref(answer);
    }
    if (admission.patch.size > 0) {
        char *again = fuzz_patched(data, size, admission.patch);
        if (again != NULL)
            admit(scratch, &rules_table, fuzz_policy(), slice_of(again), &admission);
        fuzz_require(again == NULL || admission.patch.size == 0);
        free(again);
    }
    free(copy);
    return 0;
}
