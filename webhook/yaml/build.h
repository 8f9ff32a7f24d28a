// Makes a document's flat nodes from a sequence of events: nesting, anchors, keys and their limits.
// It does not know libyaml. yaml/yaml.c calls it.
#ifndef EVENKEEL_YAML_BUILD_H
#define EVENKEEL_YAML_BUILD_H

#include "yaml/yaml.h"

// Where an event is in the text.
struct yaml_span {
    uint32_t line;
    uint32_t column;
    uint32_t start;
    uint32_t end;
};

struct yaml_anchor {
    const char *name; // in the document's arena
    uint32_t node;
    uint32_t expanded; // nodes that an alias to it adds; 0: the node is still open
};

struct yaml_frame {
    uint32_t node;
    uint32_t children;
    uint32_t expanded; // nodes below it, with those behind aliases
    uint32_t end;      // of its last child
    bool has_anchor;
};

struct yaml_build {
    struct slice bytes;      // the stream
    bool keys_twice;         // a mapping may hold a key more than once
    uint32_t nodes_max;      // of one document
    struct arena *arena;     // of the document
    struct yaml_node *nodes; // kept for the next document
    uint32_t count;
    uint32_t capacity;
    struct yaml_frame frames[YAML_DEPTH_MAX];
    uint32_t depth;
    struct yaml_anchor anchors[YAML_ANCHORS_MAX]; // sorted by name
    uint32_t anchor_count;
    uint32_t anchors_seen;
};

// Starts a document, and forgets the one before.
void yaml_build_start(struct yaml_build *build, struct arena *arena);

// Frees the nodes, not the struct.
void yaml_build_clear(struct yaml_build *build);

// Each adds the next node. `anchor` is the name in its `&name`, or NULL. All return 0, or -1 with
// line and column in `error`. A scalar's `tag` is the part after "tag:yaml.org,2002:", or NULL if
// its text decides its type.
int yaml_build_scalar(struct yaml_build *build, struct yaml_span span, enum yaml_style style,
                      const char *tag, struct slice text, const char *anchor, struct error *error);
int yaml_build_alias(struct yaml_build *build, struct yaml_span span, const char *name,
                     struct error *error);
int yaml_build_open(struct yaml_build *build, struct yaml_span span, enum yaml_type type,
                    enum yaml_style style, const char *anchor, struct error *error);

// Ends the collection that was opened last. `end` is after its closing bracket.
int yaml_build_close(struct yaml_build *build, uint32_t end, struct error *error);

// Returns the finished document's nodes, copied into its arena. NULL when memory is short.
struct yaml_node *yaml_build_nodes(const struct yaml_build *build);

#endif
