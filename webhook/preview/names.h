// Which object stands where in a file, for those that would change.
#ifndef EVENKEEL_PREVIEW_NAMES_H
#define EVENKEEL_PREVIEW_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct decision;

struct name {
    uint32_t start; // the object's first byte
    char *text;     // "Deployment/shop/web"; owned; no byte of it may control a terminal
};

struct names {
    struct name *items;
    size_t count, capacity;
};

// Notes the next object of the file. Where memory is short, it has no name.
void names_add(struct names *names, const struct decision *decision);

// The name of the last object that begins at the byte `at` or before; NULL where none does.
const char *names_at(const struct names *names, uint32_t at);

void names_clear(struct names *names);

#endif
