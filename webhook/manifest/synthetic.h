// The AdmissionReview that an API server would send for a manifest. With it, preview asks the
// webhook's own engine.
#ifndef EVENKEEL_MANIFEST_SYNTHETIC_H
#define EVENKEEL_MANIFEST_SYNTHETIC_H

#include "admit/admit.h"
#include "manifest/split.h"

enum { SYNTHETIC_SIZE_MAX = 64 * 1024 * 1024 }; // what admit() takes

// Whether the review shows what the user declared, and so which values are only the API's defaults.
enum synthetic_evidence {
    // As `kubectl apply` sends it: the last-applied annotation has the manifest. The annotation is
    // not added if the object has one, or if it has been in a cluster (it has a uid or
    // managedFields). Such an object already shows what the user declared.
    SYNTHETIC_APPLY,
    // As `kubectl create` and Helm 3 send it: the manifest alone.
    SYNTHETIC_NONE,
    // As a server-side apply leaves it: an entry in managedFields has the manifest's fields. This
    // too is not added to an object that has been in a cluster.
    SYNTHETIC_SERVER_SIDE,
};

struct synthetic_options {
    struct slice namespace;   // of objects that name none; empty: "default"
    enum operation operation; // OPERATION_OTHER: UPDATE for an object with a uid, else CREATE
    enum synthetic_evidence evidence;
};

// Writes the body of an AdmissionReview v1 for `object`, whose JSON is `value`, with the API's
// defaults filled in. The arena owns it. {NULL, 0} with `error` when memory is short or the body
// passes its ceiling, and for an object of which the API server would send no review, because an
// annotation or a label is no text (manifest/string_maps.h).
//
// A manifest has one state, and an UPDATE needs two. The old object is a copy of the new one in
// which the part that makes the request matter is null: a workload's pod template or a Service's
// ports. So preview shows the result of an UPDATE that changes the template. The engine leaves
// other UPDATEs alone, so they need no preview.
struct slice synthetic_review(const struct object *object, struct value value,
                              const struct synthetic_options *options, struct arena *arena,
                              struct error *error);

#endif
