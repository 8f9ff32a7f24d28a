// The tables behind manifest/defaults.h: which fields of an object have a default, and what it is.
#ifndef EVENKEEL_MANIFEST_SCHEMA_H
#define EVENKEEL_MANIFEST_SCHEMA_H

#include "manifest/defaults.h"

// One field of an object. A table ends at a row without key.
struct schema {
    const char *key;
    const char *json; // the default; NULL: none; "": an object of its members' defaults
    // The default if it depends on the object around the field. {NULL, 0}: none.
    struct slice (*depends)(struct value object, const struct defaults_context *context);
    const struct schema *members; // of the value, or of each item if the value is a list
    // The API's type is not a pointer, so 0 and "" mean the same as absent.
    bool zero;
    // Left out when it is empty: the API's type says omitempty and is not a pointer to a struct.
    bool drops;
};

#define SCHEMA_END                                                                                 \
    {                                                                                              \
        .key = NULL                                                                                \
    }

extern const struct schema schema_pod_template[];
extern const struct schema schema_claim_spec[]; // of a PersistentVolumeClaim

// Returns the table for an object. Never NULL.
const struct schema *schema_find(struct slice api_version, struct slice kind);

// Whether an image without imagePullPolicy is always pulled: its tag is "latest", or it has neither
// a tag nor a digest.
bool schema_image_is_latest(struct slice image);

#endif
