// For fuzz targets: names that no API server would let in, and that evenkeel need not master.
#ifndef EVENKEEL_TESTS_ODD_NAME_H
#define EVENKEEL_TESTS_ODD_NAME_H

#include "core/text.h"

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
