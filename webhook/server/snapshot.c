// Reference-counted policy and TLS context. See snapshot.h.
#include "server/snapshot.h"

#include "loader/load.h"

#include <stdatomic.h>
#include <stdlib.h>

struct shared_policy {
    atomic_uint references;
    struct policy *policy;
};

struct snapshot {
    atomic_uint references;
    struct shared_policy *policy;
    SSL_CTX *tls;
    size_t notice_size;
    char notice[SNAPSHOT_NOTICE_MAX];
};

struct shared_policy *shared_policy_new(struct policy *policy)
{
    struct shared_policy *shared = malloc(sizeof(*shared));
    if (!shared) {
        policy_free(policy);
        return NULL;
    }
    atomic_init(&shared->references, 1);
    shared->policy = policy;
    return shared;
}

void shared_policy_release(struct shared_policy *policy)
{
    if (!policy || atomic_fetch_sub(&policy->references, 1) != 1)
        return;
    policy_free(policy->policy);
    free(policy);
}

const struct policy *shared_policy_get(const struct shared_policy *policy)
{
    return policy->policy;
}

struct snapshot *snapshot_new(struct shared_policy *policy, SSL_CTX *tls, struct slice notice)
{
    struct snapshot *snapshot = malloc(sizeof(*snapshot));
    if (!snapshot)
        return NULL;
    atomic_init(&snapshot->references, 1);
    atomic_fetch_add(&policy->references, 1);
    snapshot->policy = policy;
    SSL_CTX_up_ref(tls);
    snapshot->tls = tls;
    snapshot->notice_size = notice.size < SNAPSHOT_NOTICE_MAX ? notice.size : SNAPSHOT_NOTICE_MAX;
    if (notice.size > 0)
        memcpy(snapshot->notice, notice.data, snapshot->notice_size);
    return snapshot;
}

struct snapshot *snapshot_hold(struct snapshot *snapshot)
{
    atomic_fetch_add(&snapshot->references, 1);
    return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub(&snapshot->references, 1) != 1)
        return;
    shared_policy_release(snapshot->policy);
    SSL_CTX_free(snapshot->tls);
    free(snapshot);
}

const struct policy *snapshot_policy(const struct snapshot *snapshot)
{
    return snapshot->policy->policy;
}

SSL_CTX *snapshot_tls(const struct snapshot *snapshot)
{
    return snapshot->tls;
}

struct slice snapshot_notice(const struct snapshot *snapshot)
{
    return (struct slice){snapshot->notice, snapshot->notice_size};
}
