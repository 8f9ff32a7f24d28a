// Reads YAML bytes into flat nodes with byte marks, with libyaml's event API. Only yaml.c includes
// libyaml. It resolves scalars as sigs.k8s.io/yaml (YAML 1.1) does, and limits bytes, depth, nodes,
// anchors and the nodes that aliases expand to.
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
    YAML_EXPANDED_MAX = 1024 * 1024, // nodes that aliases add to the written ones
    YAML_MERGED_MAX = 64,            // mappings in one merge key's list
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
    uint32_t next;     // index after this node and all nodes inside it
    uint32_t target;   // YAML_ALIAS: the anchored node's index
    uint32_t line;     // from 1
    uint32_t column;   // from 1, in bytes; a byte order mark has no column
    uint32_t start; // byte offset of the node's first character in the stream (its anchor or tag,
                    // if any)
    // Byte offset after the node. For a block collection: after its last value. For a literal or
    // folded scalar: after its last line without the line break (and without the blank lines that
    // its value drops).
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

// One document. nodes[0] is its root. A mapping's children are key, value, key, value, … An empty
// document has count 0. Every key is a YAML_STRING: a boolean or a number became text as in the API
// (`on:` is "true").
struct yaml_document {
    struct yaml_node *nodes;
    uint32_t count;
    // The documents of a stream touch each other. A document starts where the one before it ended
    // (the first at 0). It ends where the next one's `---` or `%` starts, after its own `...`, or
    // at the stream's end.
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

// Makes a reader that reads the documents of `bytes` one after the other. NULL when memory is
// short. `bytes` must outlive it. It skips a UTF-8 byte order mark, and offsets refer to the
// original bytes. It refuses UTF-16.
struct yaml_reader *yaml_reader_new(struct slice bytes);
void yaml_reader_free(struct yaml_reader *reader);

// Allows a mapping to have a key more than once. The last one counts, as in kubectl and the API.
// Without this call, such a mapping is an error.
void yaml_reader_allow_duplicates(struct yaml_reader *reader);

// Allows up to `nodes` nodes in one document. A large cluster's dump is one document.
void yaml_reader_allow_nodes(struct yaml_reader *reader, uint32_t nodes);

// Says that the text is part of a file, and that its first line has this number in the file (from
// 1). Errors then give the file's lines. Nodes still have the text's lines.
void yaml_reader_count_from(struct yaml_reader *reader, uint32_t line);

// Reads the next document into `document`, with its nodes and texts in `arena`. Returns 1 if there
// is one, 0 if the stream has ended, and -1 with line and column in `error`. After an error this
// reader gives nothing more.
int yaml_reader_next(struct yaml_reader *reader, struct arena *arena,
                     struct yaml_document *document, struct error *error);

// Returns the node that an alias refers to, or the node itself. The reader has refused cyclic
// aliases.
uint32_t yaml_resolve(const struct yaml_document *document, uint32_t node);

// Returns the value of `key` in a mapping, resolved, with merge keys followed. UINT32_MAX when it
// is absent or `mapping` is not a mapping. As in the API's decoder, if a key has both an explicit
// member and a merged one, the later one in the text counts. In a list of merged mappings the first
// one counts.
uint32_t yaml_get(const struct yaml_document *document, uint32_t mapping, const char *key);

// Lists all members of a mapping (resolved) as yaml_get() sees them: merge keys followed, each key
// once, in the order of the text. The list is in `arena`. Returns 0, or -1 when memory is short.
int yaml_members(const struct yaml_document *document, uint32_t mapping, struct arena *arena,
                 struct yaml_members *members);

// The size in bytes of the line break that starts at `at` <= text.size, or that ends there. 0:
// there is none.
uint32_t yaml_break_at(struct slice text, uint32_t at);
uint32_t yaml_break_before(struct slice text, uint32_t at);

#endif
