// For fuzz targets: input that no API server sends or lets in, and that evenkeel need not master.
#ifndef EVENKEEL_TESTS_ODD_INPUT_H
#define EVENKEEL_TESTS_ODD_INPUT_H

#include <jansson.h>

#include "core/text.h"

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

// The API takes no container whose name has brackets, and our bookkeeping cannot name it.
static inline bool fuzz_has_odd_name(struct slice json)
{
    const char *end = json.data + json.size;

    for (const char *at = json.data; (at = memmem(at, (size_t)(end - at), "\"name\"", 6));) {
        at += 6;
        while (at < end && strchr(": \t\r\n", *at))
            at++;
        for (; at + 1 < end && at[1] != '"'; at++) {
            if (at[1] == '[' || at[1] == ']')
                return true;
        }
    }
    return false;
}

#endif
