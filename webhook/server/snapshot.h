// What a worker answers by: one policy and one TLS context, immutable and counted. The control
// thread makes snapshots; each worker holds one reference and swaps it between requests.
#ifndef EVENKEEL_SERVER_SNAPSHOT_H
#define EVENKEEL_SERVER_SNAPSHOT_H

#include "core/policy.h"

#include <openssl/ssl.h>

// A policy that several snapshots share.
struct shared_policy;

// Takes `policy`; one reference is the caller's. NULL, with `policy` freed, when memory is short.
struct shared_policy *shared_policy_new(struct policy *policy);
void shared_policy_release(struct shared_policy *policy); // NULL is fine
const struct policy *shared_policy_get(const struct shared_policy *policy);

struct snapshot;

// Takes references of its own to both. One reference is the caller's. NULL when memory is short.
struct snapshot *snapshot_new(struct shared_policy *policy, SSL_CTX *tls);
struct snapshot *snapshot_hold(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot); // NULL is fine

// Borrowed: good as long as a reference to the snapshot is held.
const struct policy *snapshot_policy(const struct snapshot *snapshot);
SSL_CTX *snapshot_tls(const struct snapshot *snapshot);

#endif
