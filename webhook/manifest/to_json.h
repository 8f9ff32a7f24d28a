// A YAML value as the JSON that Kubernetes' clients send for it, in document order, and which of
// its parts was written where.
#ifndef EVENKEEL_MANIFEST_TO_JSON_H
#define EVENKEEL_MANIFEST_TO_JSON_H

#include "yaml/yaml.h"

enum {
    TO_JSON_SIZE_MAX = 256 * 1024 * 1024, // bytes of JSON from one value
    TO_JSON_DEPTH_MAX = 256,              // nesting with aliases followed
};

// Set in an origin whose value is not spelled there: it came through an alias or a merge key. The
// rest is then the alias, or the mapping that holds the merge key.
#define ORIGIN_BORROWED 0x80000000u
#define ORIGIN_NODE(origin) ((origin) & ~ORIGIN_BORROWED)

struct converted {
    struct slice json; // compact; NUL-terminated
    const uint32_t
        *origins;   // for each node of its tape (json/tape.h; [0] means nothing), a YAML node
    uint32_t count; // of origins
};

// Writes YAML node `node` as JSON: aliases and merge keys followed, numbers as Go's encoding/json
// writes them after sigs.k8s.io/yaml has read them. All in `arena`. 0, or -1 with line and column
// in `error`: a number that JSON cannot hold, a ceiling, or memory.
int to_json(const struct yaml_document *document, uint32_t node, struct arena *arena,
            struct converted *converted, struct error *error);

#endif
