// Reads one JSON text (RFC 8259) into a flat array of nodes that point back into the text's own
// bytes. It decodes nothing: strings stay escaped, and numbers stay text. It is strict: it checks
// grammar, UTF-8 and depth. It skips some values on purpose (see TAPE_LAZY) and reads them when a
// caller asks for them.
#ifndef EVENKEEL_JSON_TAPE_H
#define EVENKEEL_JSON_TAPE_H

#include "base/error.h"
#include "base/text.h"

enum {
    TAPE_DEPTH_MAX = 1000,            // nesting; deeper text is an error
    TAPE_NODES_MAX = 4 * 1024 * 1024, // 64 MiB of nodes; more values are an error
};

enum tape_type {
    TAPE_NONE, // node 0: the result of a lookup that found nothing
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
    uint32_t start;       // offset of the value's first byte (a string's first quote)
    uint32_t end;         // offset after its last byte
    uint32_t next;        // index of the node after this value and all nodes inside it
    uint32_t type : 4;    // enum tape_type
    uint32_t escaped : 1; // a string that has a backslash
    uint32_t last : 1;    // no sibling follows; for a member's value: no member follows
    uint32_t member : 1;  // an object member's value: its key is the node before
    uint32_t opened : 22; // of an opened TAPE_RAW: index of the value that was read; else 0
};

// A long array that was left unread: its bytes, and how deep it was allowed to be.
struct tape_stepped {
    uint32_t start;
    uint32_t end; // 0: none yet
    uint32_t depth_max;
};

// nodes[0] is the TAPE_NONE node and nodes[1] is the root. An object's children are key, value,
// key, value, … An array's children are its items. `next` steps over a whole value. When a lazy
// value is opened, its nodes are added at the end of the array.
struct tape {
    const char *bytes; // borrowed; must outlive the tape's use
    size_t size;
    struct tape_node *nodes; // owned, kept for the next parse
    uint32_t count;
    uint32_t capacity;
    struct tape_stepped stepped; // the last one of this text
    // Set until the owner clears them: memory was short or there were too many values; a value that
    // was left unread is not JSON. If one is set, earlier answers from the tape may be wrong.
    bool was_short;
    bool malformed;
};

enum tape_mode {
    TAPE_FULL,
    // Leaves the values of these members as TAPE_RAW wherever they are: all members directly inside
    // an "oldObject" that is an object, and large values that are rarely needed: "fieldsV1", "env",
    // "volumeMounts" and "status". For such a value, the parse only balances brackets and strings
    // and limits the depth. Its grammar is checked when it is opened. Scalars are read at once, and
    // so are the values of keys that are written with escapes.
    TAPE_LAZY,
};

// Reads `text` (at most 4 GiB - 1) as one JSON value. Only white space may follow it. Returns 0, or
// -1 with the line and column of the first problem in `error`. In both cases the tape can be used
// for another parse.
int tape_parse(struct tape *tape, struct slice text, enum tape_mode mode, struct error *error);

// Reads the TAPE_RAW node at `index` and makes it refer to the value that was read. The node keeps
// its place among its siblings. If the node is one of the large values, it is read in full. In any
// other node, the large values are left unread again. Returns 0, or -1 with the place in the whole
// text in `error`; the node then becomes a TAPE_NULL. Pointers into `nodes` become invalid.
int tape_open(struct tape *tape, uint32_t index, struct error *error);

// Frees the nodes, not the struct.
void tape_clear(struct tape *tape);

#endif
