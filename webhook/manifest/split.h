// The Kubernetes objects in one file: documents of a YAML stream, JSON values one after the other,
// and each item of a list as an object of its own. A list without items is one object.
#ifndef EVENKEEL_MANIFEST_SPLIT_H
#define EVENKEEL_MANIFEST_SPLIT_H

#include "base/error.h"
#include "base/text.h"
#include "yaml/yaml.h"

enum {
    LIST_NODES_MAX = 8 * 1024 * 1024, // of one document
    LIST_DEPTH_MAX = 8,               // depth of lists inside lists; a deeper list is one object
    LIST_MEMORY_MAX =
        1024 * 1024 * 1024, // bytes for one document's nodes, and for one object's JSON
};

// One object of a file. All pointers are borrowed from the file's bytes, or from the splitter,
// where they are valid until the next splitter_next().
struct object {
    struct slice json; // its JSON; in a JSON file: the file's own bytes at `start`
    const uint32_t
        *origins; // for each node of its tape, a YAML node (manifest/to_json.h); JSON: NULL
    const struct yaml_document *yaml; // offsets and lines are the file's; JSON: NULL
    const uint32_t *aliases;          // the document's YAML_ALIAS nodes, sorted by target
    uint32_t alias_count;
    uint32_t root;  // the object's YAML node
    uint32_t start; // its bytes in the file
    uint32_t end;
    uint32_t line; // where it starts, from 1
    uint32_t column;
    struct slice api_version; // decoded; an item without one has its list's; empty: none
    struct slice kind;        // the same, from the list's kind without "List"
};

struct splitter;

// Starts to read the bytes of one file (at most 4 GiB - 1), which must outlive the splitter. NULL
// when memory is short.
struct splitter *splitter_new(struct slice bytes);
void splitter_free(struct splitter *splitter);

// Gives the next object. Returns 1 if there is one, and 0 if there are no more. Returns -1 if a
// document could not be read, with its place in the file in `error`; the next call continues after
// that document. Empty documents are skipped. Text that begins with `{` is read as JSON if it is
// JSON, and as YAML otherwise.
int splitter_next(struct splitter *splitter, struct object *object, struct error *error)
    __attribute__((nonnull));

#endif
