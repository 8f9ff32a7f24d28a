// The AdmissionReview that an API server would send for a manifest. With it, preview asks the
// webhook's own engine.
#ifndef EVENKEEL_MANIFEST_SYNTHETIC_H
#define EVENKEEL_MANIFEST_SYNTHETIC_H

#include "admit/admit.h"
#include "manifest/split.h"

enum { SYNTHETIC_SIZE_MAX = 64 * 1024 * 1024 }; // what admit() takes

// Whether the review shows what the user declared, and so which values are only the API's defaults.
enum synthetic_evidence {
    // As `kubectl apply` sends it, with the last-applied annotation holding the manifest. Not added
    // to an object
    // that has one, or that has been in a cluster (a uid or managedFields): it then speaks for
    // itself.
    SYNTHETIC_APPLY,
    // As `kubectl create` and Helm 3 send it: the manifest alone.
    SYNTHETIC_NONE,
    // As a server-side apply leaves it: with an entry in managedFields that holds the manifest's
    // fields. Not added either to what has been in a cluster.
    SYNTHETIC_SERVER_SIDE,
};

struct synthetic_options {
    struct slice namespace;   // of objects that name none; empty: "default"
    enum operation operation; // OPERATION_OTHER: UPDATE for an object with a uid, else CREATE
    enum synthetic_evidence evidence;
};

// Writes the body of an AdmissionReview v1 for `object`, whose JSON is `value`, with the API's
// defaults filled in. The arena owns it. {NULL, 0} with `error` when memory is short or the body
// passes its ceiling.
//
// A manifest tells one state, an UPDATE needs two. The old object is taken to be the same but for
// what makes the request matter: a workload's pod template and a Service's ports were different
// (null). So preview shows what an UPDATE that changes the template gets; one that does not is left
// alone by the engine and needs no preview.
struct slice synthetic_review(const struct object *object, struct value value,
                              const struct synthetic_options *options, struct arena *arena,
                              struct error *error);

#endif
