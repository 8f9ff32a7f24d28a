// YAML bytes into flat nodes with byte marks, by libyaml's event API; nothing else includes
// libyaml. It resolves scalars as sigs.k8s.io/yaml (YAML 1.1) does, and bounds bytes, depth, nodes,
// anchors and what aliases expand to.
#ifndef EVENKEEL_YAML_YAML_H
#define EVENKEEL_YAML_YAML_H

#include "base/error.h"
#include "base/text.h"

struct arena;

enum {
    YAML_SIZE_MAX = 256 * 1024 * 1024, // bytes of one stream
    YAML_DIRECTIVES_MAX = 100,         // %TAG lines of one stream
    YAML_DEPTH_MAX = 64,
    YAML_NODES_MAX = 1024 * 1024,    // of one document, unless more are allowed
    YAML_ANCHORS_MAX = 1000,         // of one document
    YAML_EXPANDED_MAX = 1024 * 1024, // nodes that aliases add to those that are written
    YAML_MERGED_MAX = 64,            // mappings in the list of one merge key
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
    uint8_t type;  // enum yaml_type
    uint8_t style; // enum yaml_style
    bool truth;    // YAML_BOOLEAN
    bool merge; // a mapping's key that is the merge key `<<`; its value is one mapping or several
    int64_t integer;   // YAML_INTEGER
    struct slice text; // a scalar's decoded text, NUL-terminated; in the document's arena
    uint32_t next;     // index behind this node and all that it holds
    uint32_t target;   // YAML_ALIAS: the anchored node's index
    uint32_t line;     // from 1
    uint32_t column;   // from 1, in bytes; a byte order mark has no column
    uint32_t start; // byte offset of the node's first character in the stream (its anchor or tag,
                    // if any)
    // Byte offset behind it. Of a block collection: behind its last value. Of a literal or folded
    // scalar: behind its last line without the line break (and without the blank lines that its
    // value drops).
    uint32_t end;
};

enum yaml_style {
    YAML_BLOCK,
    YAML_FLOW,
    YAML_PLAIN,
    YAML_SINGLE,
    YAML_DOUBLE,
    YAML_LITERAL,
    YAML_FOLDED
};

// One document. nodes[0] is its root; a mapping's children are key, value, key, value, …; count 0:
// empty document. Every key is a YAML_STRING: a boolean or number became text as the API has it
// (`on:` is "true").
struct yaml_document {
    struct yaml_node *nodes;
    uint32_t count;
    // The documents of a stream lie side by side: one starts where the one before it ended (the
    // first at 0), and ends where the next one's `---` or `%` starts, behind its own `...`, or with
    // the stream.
    uint32_t start;
    uint32_t end;
};

// A mapping's member: two nodes. The value may be an alias.
struct yaml_member {
    uint32_t key;
    uint32_t value;
};

struct yaml_members {
    struct yaml_member *items;
    uint32_t count;
};

struct yaml_reader;

// Reads the documents of `bytes` one after the other. NULL when memory is short. `bytes` must
// outlive it. A UTF-8 byte order mark is passed over; offsets are of the original bytes. UTF-16 is
// refused.
struct yaml_reader *yaml_reader_new(struct slice bytes);
void yaml_reader_free(struct yaml_reader *reader);

// Lets a mapping hold a key more than once, of which the last counts, as kubectl and the API have
// it. Unless it is called such a mapping is an error.
void yaml_reader_allow_duplicates(struct yaml_reader *reader);

// Lets one document have up to `nodes` nodes: a large cluster's dump is one document.
void yaml_reader_allow_nodes(struct yaml_reader *reader, uint32_t nodes);

// Says that the text is part of a file, in which its first line has this number (from 1): errors
// then name the file's lines. Nodes go on counting the text's.
void yaml_reader_count_from(struct yaml_reader *reader, uint32_t line);

// The next document into `document`, its nodes and texts in `arena`. 1: there is one; 0: the stream
// has ended; -1: with line and column in `error`; nothing can be read from this reader after that.
int yaml_reader_next(struct yaml_reader *reader, struct arena *arena,
                     struct yaml_document *document, struct error *error);

// The node behind an alias, or the node itself. Cyclic aliases were refused by the reader.
uint32_t yaml_resolve(const struct yaml_document *document, uint32_t node);

// The value of `key` in a mapping, resolved and merge keys followed; UINT32_MAX when absent, or
// when `mapping` is none. As the API's decoder has it, of an explicit member and a merged one the
// later in the text counts, and in a list of merged mappings the first.
uint32_t yaml_get(const struct yaml_document *document, uint32_t mapping, const char *key);

// All members of a mapping (resolved) as yaml_get() sees them: merge keys followed, each key once,
// in the order of the text. The list is in `arena`. 0, or -1 when memory is short.
int yaml_members(const struct yaml_document *document, uint32_t mapping, struct arena *arena,
                 struct yaml_members *members);

// How many bytes the line break takes that starts at `at` <= text.size, or that ends there; 0: none
// does.
uint32_t yaml_break_at(struct slice text, uint32_t at);
uint32_t yaml_break_before(struct slice text, uint32_t at);

#endif
