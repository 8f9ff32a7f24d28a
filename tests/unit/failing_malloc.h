// Fails one of the project's own allocations. For a test linked with malloc, calloc and realloc
// wrapped (see the Makefile): libraries are not concerned. Header-only, as each test program is one
// source.
#ifndef EVENKEEL_TESTS_FAILING_MALLOC_H
#define EVENKEEL_TESTS_FAILING_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned long allocation, fail_at; // 0: none fails

static bool fails(void)
{
    return ++allocation == fail_at;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

#endif
