// The kinds of objects that evenkeel knows: where each kind has its parts, and what it can do.
#ifndef EVENKEEL_OBJECT_KINDS_H
#define EVENKEEL_OBJECT_KINDS_H

#include "json/value.h"

enum kind_flags {
    KIND_SERVICE = 1 << 0,           // a Service; all others are workloads with a pod template
    KIND_SURGE = 1 << 1,             // maxSurge and maxUnavailable, which may both be non-zero
    KIND_SURGE_EXCLUSIVE = 1 << 2,   // a DaemonSet's: only one of the two may be non-zero
    KIND_MIN_READY = 1 << 3,         // spec.minReadySeconds
    KIND_PROGRESS_DEADLINE = 1 << 4, // spec.progressDeadlineSeconds
    KIND_HOLD = 1 << 6,              // a release can be held by minReadySeconds and the surge pair
    KIND_BUILT_IN = 1 << 5,          // the API fills its defaults in before a webhook sees it
    KIND_HISTORY = 1 << 7, // a Deployment's: its ReplicaSets keep old templates, which an undo
                           // brings back; its status tells how far a rollout has come
};

struct kind {
    const char *name;
    const char *group;    // "" for the core group
    const char *resource; // plural, as webhook rules and RBAC have it
    const char *version;  // the one that webhook rules name; others arrive converted (matchPolicy:
                          // Equivalent)
    unsigned flags;
    // The place of maxSurge and maxUnavailable below spec, separated by dots. NULL: there is none.
    const char *surge_path;
    const char *strategy_type_path; // under spec; NULL: none
    const char *max_surge_default;  // JSON of the API's default; NULL: none is filled in
    const char *max_unavailable_default;
    // The place below spec of the partition that can hold a release. NULL: there is none.
    const char *partition_path;
    bool partition_percent; // the partition may be a share, and is written as one
};

extern const struct kind kinds_table[];
extern const unsigned kinds_count; // at most 32

// The row for a group and kind. NULL if evenkeel does not know it. A custom resource of another
// version than the row's is not known, because its fields may have other places (as CloneSet
// v1beta1's do). A webhook's rules name the row's version, and the API server converts to it. An
// empty `version` is ignored.
const struct kind *kind_find_version(struct slice group, struct slice version, struct slice name);

// The row for a group and kind in any version. NULL if evenkeel does not know it.
const struct kind *kind_find(struct slice group, struct slice name);

// The row whose kind has this name, in any group. NULL if there is none.
const struct kind *kind_named(struct slice name);

#endif
