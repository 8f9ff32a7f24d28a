// The defaults that the API server fills in before a webhook sees an object, for apps/v1
// Deployment, StatefulSet and DaemonSet and for v1 Service (pkg/apis/{apps,core}/v1/defaults.go of
// Kubernetes 1.32). Only missing fields are added. The user's own values keep their spelling.
#ifndef EVENKEEL_MANIFEST_DEFAULTS_H
#define EVENKEEL_MANIFEST_DEFAULTS_H

#include "json/value.h"

// What a request adds to an object besides its type's defaults. Each may be absent.
struct defaults_context {
    struct slice namespace;      // a JSON string: metadata.namespace if the object has none
    struct slice managed_fields; // JSON: what a server-side apply leaves in metadata
    struct slice last_applied;   // a JSON string: the annotation that `kubectl apply` leaves
};

// Adds `object` to `text` as compact JSON with the defaults of its apiVersion and kind. New members
// come after the user's own. Fields in a table that the API omits when they are empty (0, false,
// "", [], {}) are left out. A kind without a table gets only the context's values. It does not drop
// unknown fields, rewrite quantities or fill in defaults of rare volumes, because no decision reads
// them.
void defaults_add(struct text *text, struct value object, struct slice api_version,
                  struct slice kind, const struct defaults_context *context);

#endif
