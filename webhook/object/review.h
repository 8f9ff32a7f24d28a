// The AdmissionReview request as the engine needs it (admission.k8s.io/v1,
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request).
#ifndef EVENKEEL_OBJECT_REVIEW_H
#define EVENKEEL_OBJECT_REVIEW_H

#include "json/value.h"

enum { REVIEW_UID_MAX = 256 }; // bytes; the API's are 36

enum operation {
    OPERATION_OTHER,
    OPERATION_CREATE,
    OPERATION_UPDATE,
    OPERATION_DELETE,
    OPERATION_CONNECT
};

struct review {
    struct slice uid;
    struct slice group;
    struct slice version;
    struct slice kind;
    struct slice namespace;
    struct slice name; // of the object, else of the request, else its generateName; may be empty
    bool sub_resource; // the request is for a part such as scale or status
    bool dry_run;
    enum operation operation;
    struct value user;          // userInfo
    struct value field_manager; // options.fieldManager: the client's name for itself
    struct value object;
    struct value old_object;
};

// Reads the request from a parsed body. Texts that had to be decoded are in `arena`. Returns 0, or
// -1 with `error`. `uid` is filled in on failure too, if it can be read.
int review_read(struct review *review, struct tape *body, struct arena *arena, struct error *error);

// Finds request.uid in a body that is not valid JSON, so that the answer can still name it. {NULL,
// 0} if there is none before the point where the body breaks off.
struct slice review_find_uid(struct slice body);

#endif
