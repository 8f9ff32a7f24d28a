// Writes a YAML value as the JSON that Kubernetes' clients send for it, in document order, and
// notes where each of its parts was written.
#ifndef EVENKEEL_MANIFEST_TO_JSON_H
#define EVENKEEL_MANIFEST_TO_JSON_H

#include "yaml/yaml.h"

enum {
    TO_JSON_SIZE_MAX = 256 * 1024 * 1024, // bytes of JSON from one value
    TO_JSON_DEPTH_MAX = 256,              // nesting, counted through aliases
};

// Set in an origin whose value is not written there but came through an alias or a merge key. The
// other bits are then the alias, or the mapping that holds the merge key.
#define ORIGIN_BORROWED 0x80000000u
#define ORIGIN_NODE(origin) ((origin) & ~ORIGIN_BORROWED)

struct converted {
    struct slice json; // compact; NUL-terminated
    const uint32_t
        *origins;   // for each node of its tape (json/tape.h; [0] means nothing), a YAML node
    uint32_t count; // of origins
};

// Writes YAML node `node` as JSON. It follows aliases and merge keys, and writes numbers as Go's
// encoding/json does after sigs.k8s.io/yaml has read them. Everything is in `arena`. Returns 0, or
// -1 with line and column in `error` if JSON cannot hold a number, a ceiling is reached, or memory
// is short.
int to_json(const struct yaml_document *document, uint32_t node, struct arena *arena,
            struct converted *converted, struct error *error);

#endif
