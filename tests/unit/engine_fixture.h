// What tests of the whole engine share: policies, one admit() with its patch applied by the
// independent applier, and files. Header-only, as each test program is one source.
#ifndef EVENKEEL_TESTS_ENGINE_FIXTURE_H
#define EVENKEEL_TESTS_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "admit/admit.h"
#include "loader/load.h"
#include "manifest/apply.h"
#include "rules/rules.h"

// The whole file, in memory of exactly its size (an over-read is seen); {NULL, 0} when it cannot be
// read.
static inline struct slice fixture_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return (struct slice){NULL, 0};
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *data = malloc(size > 0 ? (size_t)size : 1);
    size_t got = fread(data, 1, (size_t)size, file);
    fclose(file);
    return (struct slice){data, got};
}

static inline struct policy *fixture_policy_of(const char *name, struct slice yaml)
{
    struct problems problems = {0};
    struct policy *policy = policy_load(&rules_table, name, yaml, &problems);
    for (const struct problem *problem = problems.first; problem; problem = problem->next)
        print_error("%s:%u:%u: %s\n", name, problem->line, problem->column, problem->text);
    problems_clear(&problems);
    return policy;
}

// The shipped policy in this file; "default" is the embedded one.
static inline struct policy *fixture_policy(const char *path)
{
    if (strcmp(path, "default") == 0)
        return fixture_policy_of(path, policy_default_yaml());
    struct slice yaml = fixture_read(path);
    struct policy *policy = yaml.data ? fixture_policy_of(path, yaml) : NULL;
    free((char *)yaml.data);
    return policy;
}

// One answer, taken apart by jansson and OpenSSL, which the engine does not use for it.
struct answered {
    json_t *response; // the answer's `response`
    json_t *patch;    // NULL: none
    char *body;       // what the admission borrows from
};

static inline json_t *fixture_decode_patch(json_t *response)
{
    json_t *encoded = json_object_get(response, "patch");
    json_t *type = json_object_get(response, "patchType");
    assert_int_equal(encoded != NULL, type != NULL);
    if (encoded == NULL)
        return NULL;
    assert_string_equal(json_string_value(type), "JSONPatch");
    size_t size = json_string_length(encoded);
    unsigned char *plain = malloc(size + 1);
    int decoded =
        EVP_DecodeBlock(plain, (const unsigned char *)json_string_value(encoded), (int)size);
    assert_true(decoded > 0);
    const char *text = json_string_value(encoded);
    decoded -= (text[size - 1] == '=') + (text[size - 2] == '=');
    json_error_t error;
    json_t *patch = json_loadb((char *)plain, (size_t)decoded, JSON_ALLOW_NUL, &error);
    if (patch == NULL)
        print_error("patch: %s: %.*s\n", error.text, decoded, plain);
    free(plain);
    assert_non_null(patch);
    assert_true(json_array_size(patch) > 0);
    return patch;
}

// Answers `body` from a copy of exactly its size, and checks the form of the answer.
static inline struct answered fixture_admit(struct scratch *scratch, const struct policy *policy,
                                            struct slice body, struct admission *admission)
{
    char *exact = malloc(body.size ? body.size : 1);
    memcpy(exact, body.data, body.size);
    admit(scratch, &rules_table, policy, (struct slice){exact, body.size}, admission);
    struct answered answered = {.body = exact};
    if (admission->response.size > 0) {
        json_t *answer = json_loadb(admission->response.data, admission->response.size, 0, NULL);
        assert_non_null(answer);
        assert_string_equal(json_string_value(json_object_get(answer, "kind")), "AdmissionReview");
        assert_string_equal(json_string_value(json_object_get(answer, "apiVersion")),
                            "admission.k8s.io/v1");
        answered.response = json_incref(json_object_get(answer, "response"));
        json_decref(answer);
        assert_true(json_is_boolean(json_object_get(answered.response, "allowed")));
        answered.patch = fixture_decode_patch(answered.response);
    }
    return answered;
}

static inline void answered_clear(struct answered *answered)
{
    json_decref(answered->response);
    json_decref(answered->patch);
    free(answered->body);
}

// `object` with the patch applied, only `add` and `replace` allowed; a new reference.
static inline json_t *fixture_apply(json_t *object, json_t *patch)
{
    struct error error = {0};
    size_t index;
    json_t *operation;
    if (patch == NULL)
        return json_incref(object);
    json_array_foreach(patch, index, operation)
    {
        const char *op = json_string_value(json_object_get(operation, "op"));
        assert_true(strcmp(op, "add") == 0 || strcmp(op, "replace") == 0);
    }
    json_t *result = apply_patch(object, patch, &error);
    if (result == NULL) {
        char *text = json_dumps(patch, JSON_INDENT(1));
        print_error("patch does not apply: %s\n%s\n", error.text, text);
        free(text);
    }
    assert_non_null(result);
    return result;
}

#endif
