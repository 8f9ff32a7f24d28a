// What a policy can say about a rule, as tables. The policy reader, field-wise merging, annotation
// overrides, the JSON Schema, the docs and the hints on the nearest key all come from these tables.
#ifndef EVENKEEL_POLICY_SETTINGS_H
#define EVENKEEL_POLICY_SETTINGS_H

#include "base/error.h"
#include "base/text.h"

struct arena;

enum { SETTINGS_FIELDS_MAX = 24 };

enum mode { MODE_ENFORCE, MODE_OBSERVE };

// The first member of every rule's settings struct. `present` has bit i set if a policy entry or an
// annotation gave settings[i]. Otherwise the struct has the field's default.
struct settings {
    uint32_t present;
    uint32_t overridden; // bit i: the value came from an annotation on the object
    uint32_t entry_line; // of the last policy entry that named this rule; 0: none did
    uint32_t line[SETTINGS_FIELDS_MAX]; // policy line that gave field i; 0: its default
    bool enabled;                       // FIELDS_COMMON
    int mode;                           // enum mode; FIELDS_COMMON
};

// A number of pods, or a share of them, as in Kubernetes' IntOrString ("25%").
struct int_or_percent {
    int32_t value;
    bool percent;
};

struct slices {
    const struct slice *items;
    uint32_t count;
};

struct pair {
    struct slice key;
    struct slice value;
};

struct pairs {
    const struct pair *items;
    uint32_t count;
};

enum field_type {
    FIELD_BOOLEAN,        // bool
    FIELD_INTEGER,        // int32_t in [minimum, maximum]
    FIELD_ENUM,           // int, an index into `values`
    FIELD_STRING,         // struct slice
    FIELD_INT_OR_PERCENT, // struct int_or_percent; the integer is in [minimum, maximum], the share
                          // in 0..100%
    FIELD_STRINGS,        // struct slices
    FIELD_STRING_MAP,     // struct pairs, in the policy's order
    FIELD_JSON, // struct slice: compact JSON of a Kubernetes object checked against `shape`
};

// A Kubernetes object inside a policy, as the API defines it. A table ends at a row without key.
enum shape_type {
    SHAPE_OBJECT,  // `members`
    SHAPE_LIST,    // of objects with `members`
    SHAPE_STRINGS, // a list of strings
    SHAPE_STRING,
    SHAPE_INTEGER,       // in [minimum, maximum]
    SHAPE_INT_OR_STRING, // a port: an integer in [minimum, maximum], or a name
    SHAPE_BOOLEAN,
};

struct shape {
    const char *key;
    enum shape_type type;
    bool required;
    int32_t minimum; // least integer; for lists and strings the least size
    int32_t maximum; // greatest integer; 0 for lists and strings: no bound
    const char
        *fallback; // JSON written where the key is left out, as the API defaults it; NULL: none
    const char *const *values; // NULL-terminated, for a string that must be one of these; else NULL
    const struct shape *members;
};

struct field {
    const char *key;
    const char *doc; // one sentence, why and what
    enum field_type type;
    uint16_t offset; // in the rule's settings struct
    int32_t minimum;
    int32_t maximum;
    const char *fallback;      // the default as text that settings_parse() takes; NULL: zeroed
    const char *const *values; // FIELD_ENUM: NULL-terminated
    const struct shape
        *shape;    // FIELD_JSON: the object's members; for a list, one row of SHAPE_LIST
    uint8_t oneof; // fields of one non-zero group exclude each other: giving one unsets the rest
    const char *annotation; // override on a workload: "evenkeel.dev/" and this; NULL: none
};

// The fields that every rule has: rows to end each rule's settings table with. NULL key ends a
// table.
#define FIELDS_COMMON                                                                              \
    {.key = "enabled",                                                                             \
     .doc = "Whether the rule runs. false in a later entry switches it off again.",                \
     .type = FIELD_BOOLEAN,                                                                        \
     .offset = offsetof(struct settings, enabled),                                                 \
     .fallback = "true"},                                                                          \
        {.key = "mode",                                                                            \
         .doc = "observe reports what would be injected, and sends no patch for this rule.",       \
         .type = FIELD_ENUM,                                                                       \
         .offset = offsetof(struct settings, mode),                                                \
         .fallback = "enforce",                                                                    \
         .values = mode_names},                                                                    \
    {                                                                                              \
        .key = NULL                                                                                \
    }

extern const char *const mode_names[]; // "enforce", "observe", NULL

// Number of rows before the NULL key.
uint32_t fields_count(const struct field *fields);

// Fills a zeroed settings struct with the fields' defaults. Lists and maps start empty, FIELD_JSON
// takes its fallback as it is.
void settings_defaults(const struct field *fields, struct settings *settings);

// Sets field `index` from plain text ("15", "25%", "true", "observe", "a,b" for FIELD_STRINGS) and
// marks it present, unsetting its oneof group's others. Copies what it keeps into `arena`.
// FIELD_JSON and FIELD_STRING_MAP have no such form. 0, or -1 with what was expected in `error` (no
// key, no place).
int settings_parse(const struct field *fields, uint32_t index, struct slice text,
                   struct settings *settings, struct arena *arena, struct error *error);

// Marks field `index` as given at `line`, and unsets the others of its oneof group.
void settings_mark(const struct field *fields, uint32_t index, struct settings *settings,
                   uint32_t line);

// Merges `over`'s present fields into `under`, field by field. Borrows what they point to.
void settings_merge(const struct field *fields, struct settings *under,
                    const struct settings *over);

#endif
