// One cluster policy as the engine reads it. It is immutable after loading, and threads share it.
// loader/load.h makes it from YAML.
#ifndef EVENKEEL_POLICY_POLICY_H
#define EVENKEEL_POLICY_POLICY_H

#include "policy/rule.h"

struct arena;
struct value;

enum network { NETWORK_OTHER, NETWORK_TERWAY, NETWORK_FLANNEL };
// The first four are words of a policy.
enum mesh { MESH_NONE, MESH_ISTIO, MESH_LINKERD, MESH_OTHER, MESH_DAPR, MESHES_COUNT };
enum on_update { ON_UPDATE_TEMPLATE_CHANGED, ON_UPDATE_ALWAYS, ON_UPDATE_NEVER };
enum when_ambiguous { WHEN_AMBIGUOUS_INJECT, WHEN_AMBIGUOUS_KEEP };
enum notes { NOTES_ON_CREATE, NOTES_NEVER };
enum on_error { ON_ERROR_ALLOW, ON_ERROR_DENY };

// The words of a policy for each enum, in its order, ending with NULL.
extern const char *const network_names[];        // other terway flannel
extern const char *const mesh_names[];           // none istio linkerd other
extern const char *const on_update_names[];      // templateChanged always never
extern const char *const when_ambiguous_names[]; // inject keep
extern const char *const notes_names[];          // onCreate never
extern const char *const on_error_names[];       // allow deny

enum selector_operator { SELECTOR_IN, SELECTOR_NOT_IN, SELECTOR_EXISTS, SELECTOR_DOES_NOT_EXIST };
extern const char *const selector_operator_names[]; // In NotIn Exists DoesNotExist

// One requirement of a LabelSelector; matchLabels become SELECTOR_IN with one value.
struct requirement {
    struct slice key;
    enum selector_operator operator;
    struct slices values;
};

// What an entry applies to. An absent part (count 0) matches everything. All parts must match; in a
// part, one item must match.
struct match {
    uint32_t kinds;           // bit i: kinds_table row i (object/kinds.h); 0: every kind
    struct slices namespaces; // globs
    struct slices names;      // globs, on metadata.name, or generateName where there is no name
    const struct requirement *labels; // on the object's own metadata.labels; and-ed
    uint32_t label_count;
    const struct match *exclude; // if one matches, the object is excluded
    uint32_t exclude_count;
    bool include_owned; // also objects that another controller owns
};

struct entry {
    uint32_t line; // in the policy file, from 1
    struct match match;
    // One for each rule of the table, in its order. NULL if the entry does not name the rule.
    const struct settings **settings;
};

struct policy {
    struct arena *arena;       // owns all below
    struct slice file;         // name for messages; "default" for the embedded one
    struct slice hash;         // 16 hexadecimal digits of the SHA-256 of its bytes
    uint32_t kubernetes_minor; // of 1.x: of the oldest kubelet
    enum network network;
    enum mesh mesh;  // of the cluster's pods where their templates say nothing
    bool mesh_given; // else an entry with meshDrain means Istio, as before this key existed
    struct slices
        shared_claims; // globs of CLAIM or NAMESPACE/CLAIM: several pods may write at once
    enum mode mode;
    enum on_update on_update;
    enum when_ambiguous when_ambiguous;
    enum on_error on_error;
    enum notes notes;
    // One for each rule of the table: its settings with each field's default. Entries are merged
    // over them.
    const struct settings **defaults;
    const struct entry *workloads;
    uint32_t workload_count;
    const struct entry *services;
    uint32_t service_count;
    // The longest grace period that the workloads entries may give to a pod whose user set none, in
    // seconds. A load balancer must not cut connections before. 0: not computed.
    int32_t grace_seconds;
    // The part of it that the longest preStop hook takes.
    int32_t hook_seconds;
};

#endif
