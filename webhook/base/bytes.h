// memcmp() and memcpy() for a few bytes, without a call. Most names and pieces of text are short.
#ifndef EVENKEEL_BASE_BYTES_H
#define EVENKEEL_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Whether the first `size` bytes are the same. Four and more bytes are compared as a first and a
// last part, which may overlap.
static inline bool bytes_equal(const char *a, const char *b, size_t size)
{
    uint64_t left[2], right[2];
    uint32_t left_four[2], right_four[2];

    if (size > 16)
        return memcmp(a, b, size) == 0;
    if (size >= 8) {
        memcpy(&left[0], a, 8);
        memcpy(&right[0], b, 8);
        memcpy(&left[1], a + size - 8, 8);
        memcpy(&right[1], b + size - 8, 8);
        return left[0] == right[0] && left[1] == right[1];
    }
    if (size >= 4) {
        memcpy(&left_four[0], a, 4);
        memcpy(&right_four[0], b, 4);
        memcpy(&left_four[1], a + size - 4, 4);
        memcpy(&right_four[1], b + size - 4, 4);
        return left_four[0] == right_four[0] && left_four[1] == right_four[1];
    }
    while (size > 0 && a[size - 1] == b[size - 1])
        size--;
    return size == 0;
}

// Copies `size` bytes to a place that does not overlap them.
static inline void bytes_copy(char *to, const char *from, size_t size)
{
    uint64_t eight[2];
    uint32_t four[2];

    if (size > 16) {
        memcpy(to, from, size);
    } else if (size >= 8) {
        memcpy(&eight[0], from, 8);
        memcpy(&eight[1], from + size - 8, 8);
        memcpy(to, &eight[0], 8);
        memcpy(to + size - 8, &eight[1], 8);
    } else if (size >= 4) {
        memcpy(&four[0], from, 4);
        memcpy(&four[1], from + size - 4, 4);
        memcpy(to, &four[0], 4);
        memcpy(to + size - 4, &four[1], 4);
    } else {
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    }
}

#endif
