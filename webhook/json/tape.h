// Reads one JSON text (RFC 8259) into a flat array of nodes that point back into the text's own
// bytes. It decodes nothing: strings stay escaped, numbers stay text. Strict: grammar, UTF-8 and
// depth are checked. What it leaves out on purpose (see TAPE_LAZY) is read when somebody asks for
// it.
#ifndef EVENKEEL_JSON_TAPE_H
#define EVENKEEL_JSON_TAPE_H

#include "base/error.h"
#include "base/text.h"

enum {
    TAPE_DEPTH_MAX = 1000,            // nesting; deeper text is an error
    TAPE_NODES_MAX = 4 * 1024 * 1024, // 64 MiB of nodes; more values are an error
};

enum tape_type {
    TAPE_NONE, // node 0: what a lookup that found nothing gives
    TAPE_NULL,
    TAPE_FALSE,
    TAPE_TRUE,
    TAPE_NUMBER,
    TAPE_STRING,
    TAPE_ARRAY,
    TAPE_OBJECT,
    TAPE_RAW, // a value that TAPE_LAZY left unread; value.h opens it before anybody sees it
};

struct tape_node {
    uint32_t start;       // offset of the value's first byte (a string's opening quote)
    uint32_t end;         // offset behind its last byte
    uint32_t next;        // index of the node behind this value and all that it holds
    uint32_t type : 4;    // enum tape_type
    uint32_t escaped : 1; // a string that has a backslash
    uint32_t last : 1;    // no sibling follows: of a member's value, no member follows
    uint32_t member : 1;  // an object member's value: its key is the node before
    uint32_t opened : 22; // of a TAPE_RAW that was opened: index of what was read; else 0
};

// nodes[0] is the TAPE_NONE node and nodes[1] the root. An object's children are key, value, key,
// value, …; an array's are its items; `next` steps over a whole value. A lazily opened value's
// nodes are appended at the end of the array.
struct tape {
    const char *bytes; // borrowed; must outlive the tape's use
    size_t size;
    struct tape_node *nodes; // owned, kept for the next parse
    uint32_t count;
    uint32_t capacity;
    // Until its owner clears them: memory was short or there were too many values; a value that was
    // left unread is no JSON. Then what was asked of the tape may have been answered wrongly.
    bool was_short;
    bool malformed;
};

enum tape_mode {
    TAPE_FULL,
    // Leaves the values of these members, wherever they stand, as TAPE_RAW: all that stand directly
    // inside an "oldObject" that is an object; and those that hold much and of which few ask,
    // "fieldsV1", "env", "volumeMounts" and "status". Of such a value only brackets and strings are
    // balanced and depth is bounded; its grammar is checked when it is opened. Scalars are read at
    // once, and so are the values of keys that are written with escapes.
    TAPE_LAZY,
};

// Reads `text` (at most 4 GiB - 1) as one JSON value with nothing but white space behind it. 0, or
// -1 with the line and column of the first problem in `error`; the tape can be parsed into again
// either way.
int tape_parse(struct tape *tape, struct slice text, enum tape_mode mode, struct error *error);

// Reads the TAPE_RAW node at `index` and makes it refer to what was read: it keeps its own place
// among its siblings. Opening one of those that hold much reads it in full; in any other, those are
// left unread again. 0, or -1 with the place in the whole text in `error`; the node then becomes a
// TAPE_NULL. Pointers into `nodes` end.
int tape_open(struct tape *tape, uint32_t index, struct error *error);

// Frees the nodes, not the struct.
void tape_clear(struct tape *tape);

#endif
