// Types and functions that the parts of manifest/edit.c share.
#ifndef EVENKEEL_MANIFEST_EDITOR_H
#define EVENKEEL_MANIFEST_EDITOR_H

#include "manifest/render.h"
#include "manifest/splice.h"
#include "manifest/split.h"
#include "plan/plan.h"

struct editor {
    const struct object *object;
    struct slice file;
    struct arena *arena;
    struct splices *splices;
    struct render_style style;
    uint32_t *touched; // YAML nodes in which something changes
    uint32_t touched_count;
    uint32_t touched_capacity;
    bool refused; // this text has no place for an edit: the whole object must be rewritten
    bool failed;  // memory was short
};

// How a value stands in the text.
struct spot {
    uint32_t start;
    uint32_t end;
    uint32_t node;   // YAML; UINT32_MAX in JSON
    uint32_t column; // of a block mapping: spaces before its keys
    bool flow;       // a flow collection, or anything in JSON
    bool block;      // a block collection
    bool alias;
    bool borrowed; // not written here: it came through an alias or a merge key
};

struct spot editor_spot(const struct editor *editor, struct value value);

// What happens to a value when the plan below it is carried out.
enum fate {
    FATE_STAYS,
    FATE_VANISHES, // an object that an edit made and that is now empty: removed with its key
    FATE_BLANK,    // such an object under a key that the user wrote without a value
};

// Whether the plan removes all members of an object and adds none.
bool editor_empties(const struct editor *editor, const struct place *place, struct value value);

enum fate editor_fate(const struct editor *editor, const struct place *place, struct value value);

// Whether `value`, planned at `place` (which may be NULL), is removed with its key.
bool editor_goes(const struct editor *editor, const struct place *place, struct value value);

// Whether a value is set at or below `place`.
bool editor_sets(const struct place *place);

// Returns the value at `place`, if `value` is at its parent. Absent when there is none.
struct value editor_child(struct value value, const struct place *place);

// Adds `value` as JSON with all planned edits at and below `place`. `value` is absent if the place
// is empty.
void editor_write(const struct editor *editor, struct text *text, const struct place *place,
                  struct value value);

// The same, in the arena. Sets `failed` when memory is short.
struct slice editor_json(struct editor *editor, const struct place *place, struct value value);

// The changes of text. Each `value` and `mapping` is written in the text itself (an alias may be
// replaced). A change that is not possible sets `refused`.

// Writes `json` in place of `value`, which is a member or an item of `parent`.
void editor_replace(struct editor *editor, struct value parent, struct value value,
                    struct slice json);

// The same for a value that is null in the user's text and that an edit replaces by an object.
void editor_fill(struct editor *editor, struct value value, struct slice json);

// Removes what editor_fill() wrote.
void editor_blank(struct editor *editor, struct value value);

// Removes the members with these keys (decoded) from `mapping`. Returns how many of them were
// written in the text.
size_t editor_remove(struct editor *editor, struct value mapping, const struct slice *keys,
                     size_t count);

// Removes all members from a flow mapping and keeps its braces.
void editor_empty(struct editor *editor, struct value mapping);

// Adds `members` after those of `mapping`: each key (decoded) with its value. `removed` of the old
// members are being removed.
struct insertion {
    struct slice key;
    struct slice json;
};
void editor_insert(struct editor *editor, struct value mapping, const struct insertion *members,
                   size_t count, size_t removed);

// In this order: the start of the line that contains `at`; the offset after that line's end;
// whether only white space comes before `at` in the line; whether `at` is the end of a file whose
// last line has no line end.
uint32_t editor_line_start(const struct editor *editor, uint32_t at);
uint32_t editor_line_end(const struct editor *editor, uint32_t at);
bool editor_is_first_in_line(const struct editor *editor, uint32_t at);
bool editor_is_open(const struct editor *editor, uint32_t at);

void editor_take_out(struct editor *editor, uint32_t start, uint32_t end);

// Notes that something inside YAML node `node` changes.
void editor_touch(struct editor *editor, uint32_t node);

#endif
