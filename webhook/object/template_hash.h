// A short name for a pod template, with which a release recognises versions.
#ifndef EVENKEEL_OBJECT_TEMPLATE_HASH_H
#define EVENKEEL_OBJECT_TEMPLATE_HASH_H

#include "plan/plan.h"

enum { TEMPLATE_HASH_SIZE = 16 }; // hexadecimal digits

struct template_hashes {
    char own[TEMPLATE_HASH_SIZE +
             1]; // of what the user wrote: without what `record` says evenkeel wrote
    char exact[TEMPLATE_HASH_SIZE + 1]; // of all of it
    char unrestarted[TEMPLATE_HASH_SIZE +
                     1]; // as `own`, without what `kubectl rollout restart` wrote
};

// Hashes `object`'s spec.template: SHA-256 of its JSON with sorted members, strings decoded and
// escaped anew, and other scalars as they are written. Nulls, empty objects and a grace period at
// the API's default count as absent, so that a manifest and what the API made from it are one
// version. `record` is the object's own bookkeeping; if it is absent, nothing is left out. Returns
// 0, or -1 if memory is short.
int template_hash(struct template_hashes *hashes, struct value object, struct value record,
                  struct arena *arena);

// Writes a quicker hash of what the user wrote to `digits` (of TEMPLATE_HASH_SIZE + 1), with
// hash_quick_hex(): every change of a template asks for two of them. Members keep their order,
// because one API server wrote both templates. A value counts as evenkeel's if one of `count`
// objects from place to value has it. Returns 0, or -1 if memory is short.
int template_hash_without(char *digits, struct value object, const struct value *records,
                          uint32_t count, struct arena *arena);

#endif
