// What the parts of manifest/edit.c share.
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
    bool refused; // an edit that has no place in this text: the object must be written anew
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
    bool borrowed; // not spelled here: it came through an alias or a merge key
};

struct spot editor_spot(const struct editor *editor, struct value value);

// What happens to a value when the plan below it is carried out.
enum fate {
    FATE_STAYS,
    FATE_VANISHES, // an object that holds nothing any more and was made by an edit, goes with its
                   // key
    FATE_BLANK,    // one that was put where the user had written a key without a value
};

// Whether all members of an object are removed and none is added.
bool editor_empties(const struct editor *editor, const struct place *place, struct value value);

enum fate editor_fate(const struct editor *editor, const struct place *place, struct value value);

// Whether `value`, planned at `place` (which may be NULL), goes with its key.
bool editor_goes(const struct editor *editor, const struct place *place, struct value value);

// Whether something is planned at or below `place`; and whether that is more than removals.
bool editor_has_edits(const struct place *place);
bool editor_sets(const struct place *place);

// The value at `place` when `value` stands at its parent; absent when there is none.
struct value editor_child(struct value value, const struct place *place);

// Adds `value` (absent: nothing stands there) as JSON with everything done that is planned at and
// below `place`.
void editor_write(const struct editor *editor, struct text *text, const struct place *place,
                  struct value value);

// The same in the arena; sets `failed` when memory is short.
struct slice editor_json(struct editor *editor, const struct place *place, struct value value);

// The changes of text. Each `value` and `mapping` is spelled in the text (an alias may be
// replaced). What cannot be done sets `refused`.

// Writes `json` in place of `value`, which is a member or an item of `parent`.
void editor_replace(struct editor *editor, struct value parent, struct value value,
                    struct slice json);

// The same for a value that is null in the user's text, and that an edit fills with an object.
void editor_fill(struct editor *editor, struct value value, struct slice json);

// Removes what editor_fill() wrote.
void editor_blank(struct editor *editor, struct value value);

// Takes the members with these keys (decoded) out of `mapping`. Returns how many were spelled.
size_t editor_remove(struct editor *editor, struct value mapping, const struct slice *keys,
                     size_t count);

// Takes the members out of a flow mapping that keeps its braces.
void editor_empty(struct editor *editor, struct value mapping);

// Adds members behind those of `mapping`, of which `removed` go: keys[i] (decoded) with the value
// json[i].
struct insertion {
    struct slice key;
    struct slice json;
};
void editor_insert(struct editor *editor, struct value mapping, const struct insertion *members,
                   size_t count, size_t removed);

// The start of the line that `at` is in; what lies behind its line end; whether only white space
// lies before `at` in it; whether `at` is the end of a file whose last line has no end.
uint32_t editor_line_start(const struct editor *editor, uint32_t at);
uint32_t editor_line_end(const struct editor *editor, uint32_t at);
bool editor_is_first_in_line(const struct editor *editor, uint32_t at);
bool editor_is_open(const struct editor *editor, uint32_t at);

void editor_take_out(struct editor *editor, uint32_t start, uint32_t end);

// Notes that something inside YAML node `node` changes.
void editor_touch(struct editor *editor, uint32_t node);

#endif
