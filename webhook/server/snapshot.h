// What a worker uses for its answers: one policy, one TLS context, and a notice for users. It is
// immutable and counted. The control thread makes snapshots. Each worker holds one reference and
// swaps it between requests.
#ifndef EVENKEEL_SERVER_SNAPSHOT_H
#define EVENKEEL_SERVER_SNAPSHOT_H

#include "policy/policy.h"

#include <openssl/ssl.h>

// A policy that several snapshots share.
struct shared_policy;

// Takes `policy`; one reference is the caller's. NULL, with `policy` freed, when memory is short.
struct shared_policy *shared_policy_new(struct policy *policy);
void shared_policy_release(struct shared_policy *policy); // NULL is fine
const struct policy *shared_policy_get(const struct shared_policy *policy);

struct snapshot;

enum { SNAPSHOT_NOTICE_MAX = 120 }; // bytes, as of any admission warning

// Takes its own references to both, and copies `notice`: a warning to users about the server
// itself, cut at SNAPSHOT_NOTICE_MAX; empty: none. One reference belongs to the caller. NULL if
// memory is short.
struct snapshot *snapshot_new(struct shared_policy *policy, SSL_CTX *tls, struct slice notice);
struct snapshot *snapshot_hold(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot); // NULL is fine

// Borrowed: good as long as a reference to the snapshot is held.
const struct policy *snapshot_policy(const struct snapshot *snapshot);
SSL_CTX *snapshot_tls(const struct snapshot *snapshot);
struct slice snapshot_notice(const struct snapshot *snapshot);

#endif
