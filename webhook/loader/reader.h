// What every part of the policy reader shares: the document, where problems go, and reading values
// of plain types with errors that say what was expected and what was found.
#ifndef EVENKEEL_LOADER_READER_H
#define EVENKEEL_LOADER_READER_H

#include "loader/problems.h"
#include "policy/rule.h"
#include "yaml/yaml.h"

struct reader {
    const struct rules *rules;
    struct arena *arena;   // the policy's own
    struct arena *scratch; // gone with the reader
    struct yaml_document document;
    struct problems *problems;
    bool out_of_memory; // set by whoever saw it; reported once
};

// A key that an object may have, and who reads its value (a resolved node) into `into`.
struct known_key {
    const char *name; // NULL ends a table
    void (*read)(struct reader *reader, uint32_t value, void *into);
};

const struct yaml_node *reader_node(const struct reader *reader, uint32_t node);

// Report a problem at a node's start.
void reader_error(struct reader *reader, uint32_t node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reader_warning(struct reader *reader, uint32_t node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// "<key>: expected <this>, found <the present value>".
void reader_expected(struct reader *reader, uint32_t node, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// `text` for a message: what controls a terminal is made a ?, and what is too long is cut off.
enum { READER_SHOWN_MAX = 64 };
const char *reader_show(struct slice text, char out[READER_SHOWN_MAX]);

// A mapping's members, merge keys followed, or -1 after an error; `key` names it in that error.
int reader_members(struct reader *reader, uint32_t node, const char *key,
                   struct yaml_members *members);

// Reads a mapping by a table of keys. Unknown keys are errors, with the nearest known one.
void reader_object(struct reader *reader, uint32_t node, const char *key,
                   const struct known_key *keys, void *into);

// Reports the key at `node` as unknown. `nearest` is what was meant, or NULL.
void reader_unknown(struct reader *reader, uint32_t node, const char *nearest);

// The nearer of `best` (may be NULL) and `name` to the key at `node`; NULL when neither is near.
const char *reader_nearer(const struct reader *reader, uint32_t node, const char *best,
                          const char *name);

// Read one value; on a wrong one they report it and leave `out` as it is. -1 then, else 0.
int reader_boolean(struct reader *reader, uint32_t node, const char *key, bool *out);
int reader_word(struct reader *reader, uint32_t node, const char *key, const char *const *words,
                int *out);
int reader_string(struct reader *reader, uint32_t node, const char *key, struct slice *out);

// A list of at least one string, copied into the policy's arena. A plain whole number is taken for
// its digits where `numbers` says so.
int reader_strings(struct reader *reader, uint32_t node, const char *key, bool numbers,
                   struct slices *out);

// Memory of the policy's arena; NULL with out_of_memory set.
void *reader_alloc(struct reader *reader, size_t size);

// A copy of `text` in the policy's arena; out_of_memory is set when there is none.
struct slice reader_copy(struct reader *reader, struct slice text);

#endif
