// YAML bytes into flat nodes with byte marks, by libyaml's event API; nothing else includes libyaml. It
// resolves scalars as sigs.k8s.io/yaml (YAML 1.1) does, and bounds bytes, depth, nodes, anchors and what aliases expand to.
#ifndef EVENKEEL_POLICY_YAML_H
#define EVENKEEL_POLICY_YAML_H

#include "core/error.h"
#include "core/text.h"

struct arena;

enum {
    YAML_DEPTH_MAX = 64,
    YAML_NODES_MAX = 1024 * 1024,   // of one document
    YAML_ANCHORS_MAX = 1000,        // of one document
    YAML_EXPANDED_MAX = 1024 * 1024, // nodes after following all aliases
};

enum yaml_type {
    YAML_NULL,
    YAML_BOOLEAN,
    YAML_INTEGER, // fits int64
    YAML_FLOAT,
    YAML_STRING,
    YAML_SEQUENCE,
    YAML_MAPPING,
    YAML_ALIAS, // stands for node `target`
};

struct yaml_node {
    uint8_t type;         // enum yaml_type
    uint8_t style;        // enum yaml_style
    bool truth;           // YAML_BOOLEAN
    int64_t integer;      // YAML_INTEGER
    struct slice text;    // a scalar's decoded text; in the document's arena
    uint32_t next;        // index behind this node and all that it holds
    uint32_t target;      // YAML_ALIAS: the anchored node's index
    uint32_t line;        // from 1
    uint32_t column;      // from 1, in bytes
    uint32_t start;       // byte offset of the node's first character in the stream (its anchor or tag, if any)
    uint32_t end;         // byte offset behind it; of a block collection: behind its last value
};

enum yaml_style { YAML_BLOCK, YAML_FLOW, YAML_PLAIN, YAML_SINGLE, YAML_DOUBLE, YAML_LITERAL, YAML_FOLDED };

// One document. nodes[0] is its root; a mapping's children are key, value, key, value, …; count 0: empty document.
struct yaml_document {
    struct yaml_node *nodes;
    uint32_t count;
    uint32_t start; // byte offset of the document in the stream
    uint32_t end;
};

struct yaml_reader;

// Reads the documents of `bytes` one after the other. NULL when memory is short. `bytes` must outlive it. A UTF-8 byte order mark is
// passed over; offsets and marks are of the original bytes.
struct yaml_reader *yaml_reader_new(struct slice bytes);
void yaml_reader_free(struct yaml_reader *reader);

// The next document into `document`, its nodes and texts in `arena`. 1: there is one; 0: the stream has
// ended; -1: with line and column in `error`; nothing can be read from this reader after that.
int yaml_reader_next(struct yaml_reader *reader, struct arena *arena, struct yaml_document *document,
                     struct error *error);

// The node behind an alias, or the node itself. Cyclic aliases were refused by the reader.
uint32_t yaml_resolve(const struct yaml_document *document, uint32_t node);

// The value of `key` in a mapping, resolved; UINT32_MAX when absent.
uint32_t yaml_get(const struct yaml_document *document, uint32_t mapping, const char *key);

#endif
