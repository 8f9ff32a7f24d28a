// For fuzz targets: input that no API server sends or lets in, and that evenkeel need not master.
#ifndef EVENKEEL_TESTS_ODD_INPUT_H
#define EVENKEEL_TESTS_ODD_INPUT_H

#include <jansson.h>

#include "json/tape.h"

// Whether the value, or one in it, is an object that holds a key twice.
static inline bool fuzz_has_duplicates(struct slice json)
{
    json_error_t error;
    json_t *value = json_loadb(json.data, json.size,
                               JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    bool found = !value && json_error_code(&error) == json_error_duplicate_key;

    json_decref(value);
    return found;
}

// Whether a number is not as jansson writes it, so that what was read and written once says another
// in a held template's hash: 8.8 becomes 8.8000000000000007.
static inline bool fuzz_has_odd_number(struct slice json)
{
    struct tape tape = {0};
    bool found = false;

    if (tape_parse(&tape, json, TAPE_FULL, NULL) == 0) {
        for (uint32_t i = 1; i < tape.count; i++) {
            const struct tape_node *node = &tape.nodes[i];
            const char *text = json.data + node->start;
            size_t size = node->end - node->start;

            found =
                found || (node->type == TAPE_NUMBER &&
                          (memchr(text, '.', size) || memchr(text, 'e', size) ||
                           memchr(text, 'E', size) || (size == 2 && memcmp(text, "-0", 2) == 0)));
        }
    }
    tape_clear(&tape);
    return found;
}

static inline json_t *fuzz_annotations(json_t *object)
{
    return json_object_get(json_object_get(object, "metadata"), "annotations");
}

// Whether an update has no old object, or brings other bookkeeping of evenkeel's than that has. No
// API server does the first. An undo does the second, with what evenkeel once wrote, and golden
// cases have that. Here only a hand can have done it: what it means to say is not known.
static inline bool fuzz_is_odd_update(struct slice json)
{
    static const char *const books[] = {"evenkeel.dev/injected", "evenkeel.dev/history",
                                        "evenkeel.dev/release"};
    json_t *review = json_loadb(json.data, json.size, JSON_ALLOW_NUL, NULL);
    json_t *request = json_object_get(review, "request");
    json_t *now = fuzz_annotations(json_object_get(request, "object"));
    json_t *old = json_object_get(request, "oldObject");
    const char *operation = json_string_value(json_object_get(request, "operation"));
    bool odd = operation && !strcmp(operation, "UPDATE") && !json_is_object(old);

    for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++) {
        json_t *was = json_object_get(fuzz_annotations(old), books[i]);
        json_t *is = json_object_get(now, books[i]);
        odd = odd || (was && is && !json_equal(was, is));
    }
    json_decref(review);
    return odd;
}

// The API takes no container whose name has brackets, and our bookkeeping cannot name it.
static inline bool fuzz_has_odd_name(struct slice json)
{
    const char *end = json.data + json.size;

    for (const char *at = json.data; (at = memmem(at, (size_t)(end - at), "\"name\"", 6));) {
        at += 6;
        while (at < end && strchr(": \t\r\n", *at))
            at++;
        for (; at + 1 < end && at[1] != '"'; at++) {
            at += at[1] == '\\' && at + 2 < end; // and what it escapes
            if (at[1] == '[' || at[1] == ']')
                return true;
        }
    }
    return false;
}

#endif
