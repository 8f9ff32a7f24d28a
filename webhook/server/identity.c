// Certificates from files, and leaves made from a CA. See identity.h.
#include "server/identity.h"

#include "server/watch.h"

#include <stdlib.h>

enum {
    CERTIFICATE,
    KEY,
    CLIENT_CA,
    WATCHES,
    // Files swapped one after the other are read again until two looks agree.
    LOOKS_MAX = 3,
    PATH_SIZE_MAX = 4096,
};

struct identity {
    const struct options *options;
    struct watch watches[WATCHES]; // those without a path are not used
    char ca_certificate[PATH_SIZE_MAX];
    char ca_key[PATH_SIZE_MAX];
    struct certificate *own_ca; // with --self-signed
    const char *names[OPTIONS_NAMES_MAX + 4];
    size_t name_count;
    time_t renew_at; // 0: never
    time_t ca_not_before;
    time_t ca_not_after; // 0: not from a CA
};

static int name_ca_files(struct identity *identity, struct error *error)
{
    int size = snprintf(identity->ca_certificate, PATH_SIZE_MAX, "%s/" CERTS_FILE_CERTIFICATE,
                        identity->options->ca);
    if (size >= PATH_SIZE_MAX)
        return error_set(error, "--ca: the path is too long");
    snprintf(identity->ca_key, PATH_SIZE_MAX, "%s/" CERTS_FILE_KEY, identity->options->ca);
    identity->watches[CERTIFICATE].path = identity->ca_certificate;
    identity->watches[KEY].path = identity->ca_key;
    return 0;
}

struct identity *identity_new(const struct options *options, struct error *error)
{
    static const char *const local[] = {"localhost", "127.0.0.1", "::1"};
    struct identity *identity = calloc(1, sizeof(*identity));
    if (!identity) {
        error_set(error, "out of memory");
        return NULL;
    }
    identity->options = options;
    for (unsigned i = 0; i < WATCHES; i++)
        identity->watches[i].size_max = CERTS_PEM_MAX;
    identity->watches[CERTIFICATE].path = options->certificate;
    identity->watches[KEY].path = options->key;
    identity->watches[CLIENT_CA].path = options->client_ca;
    for (unsigned i = 0; i < options->name_count; i++)
        identity->names[identity->name_count++] = options->names[i];
    for (unsigned i = 0; options->self_signed && i < sizeof(local) / sizeof(local[0]); i++)
        identity->names[identity->name_count++] = local[i];
    if (options->ca && name_ca_files(identity, error) < 0) {
        identity_free(identity);
        return NULL;
    }
    return identity;
}

void identity_free(struct identity *identity)
{
    if (!identity)
        return;
    for (unsigned i = 0; i < WATCHES; i++)
        watch_clear(&identity->watches[i]);
    certificate_free(identity->own_ca);
    free(identity);
}

unsigned identity_files(const struct identity *identity, const char *files[])
{
    unsigned count = 0;
    for (unsigned i = 0; i < WATCHES; i++)
        if (identity->watches[i].path)
            files[count++] = identity->watches[i].path;
    return count;
}

// 1: changed since the last call; 0: not; -1: memory is short.
static int look(struct identity *identity, struct error *error)
{
    int changed = 0;
    for (int pass = 0, news = 1; news && pass < LOOKS_MAX; pass++) {
        news = 0;
        for (unsigned i = 0; i < WATCHES; i++) {
            int result = identity->watches[i].path ? watch_look(&identity->watches[i], error) : 0;
            if (result < 0)
                return -1;
            news |= result;
        }
        changed |= news;
    }
    return changed;
}

static int check_readable(const struct identity *identity, struct error *error)
{
    for (unsigned i = 0; i < WATCHES; i++) {
        if (identity->watches[i].path && watch_check(&identity->watches[i], error) < 0)
            return -1;
    }
    return 0;
}

// What is mounted: the serving certificate, or the CA of --ca.
static struct certificate *load(const struct identity *identity, struct error *error)
{
    const struct watch *watches = identity->watches;
    struct error inner = {0};
    if (check_readable(identity, error) < 0)
        return NULL;
    struct certificate *certificate =
        certificate_new_pem(watches[CERTIFICATE].bytes, watches[KEY].bytes, &inner);
    if (!certificate)
        error_set(error, "%s, %s: %s", watches[CERTIFICATE].path, watches[KEY].path, inner.text);
    return certificate;
}

static struct certificate *make_leaf(const struct identity *identity, const struct certificate *ca,
                                     time_t now, struct error *error)
{
    struct certificate_plan plan = {
        .names = identity->names,
        .name_count = identity->name_count,
        .now = now,
        .seconds = CERTS_SERVING_HOURS * 3600,
    };
    return certificate_new_leaf(ca, &plan, error);
}

static struct certificate *make_self_signed(struct identity *identity, time_t now,
                                            struct error *error)
{
    struct certificate_plan plan = {
        .names = identity->names,
        .name_count = identity->name_count,
        .now = now,
        .seconds = CERTS_CA_DAYS * 24 * 3600LL,
    };
    if (!identity->own_ca)
        identity->own_ca = certificate_new_ca(&plan, error);
    return identity->own_ca ? make_leaf(identity, identity->own_ca, now, error) : NULL;
}

static struct certificate *obtain(struct identity *identity, time_t now, struct error *error)
{
    if (identity->options->self_signed)
        return check_readable(identity, error) < 0 ? NULL : make_self_signed(identity, now, error);
    struct certificate *loaded = load(identity, error);
    if (!loaded || !identity->options->ca)
        return loaded;
    struct certificate *leaf = NULL;
    if (certificate_validity(loaded->x509, &identity->ca_not_before, &identity->ca_not_after,
                             error) == 0)
        leaf = make_leaf(identity, loaded, now, error);
    certificate_free(loaded);
    return leaf;
}

// Well before it ends: a third of the time is left to try again.
static void plan_renewal(struct identity *identity, time_t now, time_t not_after)
{
    bool made = identity->options->ca || identity->options->self_signed;
    identity->renew_at = made ? now + (not_after - now) * 2 / 3 : 0;
}

static time_t notice_from(time_t not_before, time_t not_after)
{
    const time_t most = IDENTITY_NOTICE_DAYS_MAX * 24 * 3600LL;
    time_t part = (not_after - not_before) / IDENTITY_NOTICE_PART;
    return not_after - (part < most ? part : most);
}

static void tell_end(const struct identity *identity, time_t not_before, time_t not_after,
                     struct identity_end *end)
{
    *end = (struct identity_end){
        .not_after = not_after,
        .ca_not_after = identity->ca_not_after,
        .notice_from = notice_from(not_before, not_after),
    };
    if (!identity->ca_not_after)
        return;
    time_t of_ca = notice_from(identity->ca_not_before, identity->ca_not_after);
    end->notice_ca = of_ca <= end->notice_from;
    if (end->notice_ca)
        end->notice_from = of_ca;
}

static int use(struct identity *identity, const struct certificate *certificate, time_t now,
               SSL_CTX **tls, struct identity_end *end, struct error *error)
{
    time_t not_before, not_after;
    if (certificate_validity(certificate->x509, &not_before, &not_after, error) < 0)
        return -1;
    *tls = tls_context_new(certificate, identity->watches[CLIENT_CA].bytes, error);
    if (!*tls)
        return -1;
    plan_renewal(identity, now, not_after);
    tell_end(identity, not_before, not_after, end);
    return 1;
}

int identity_refresh(struct identity *identity, time_t now, SSL_CTX **tls, struct identity_end *end,
                     struct error *error)
{
    bool made = identity->options->ca || identity->options->self_signed;
    bool due = made && now >= identity->renew_at;
    int changed = look(identity, error);
    if (changed < 0 || (!changed && !due))
        return changed;
    // If a certificate cannot be made, it is tried again, and logged once an hour.
    identity->renew_at = now + 3600;
    struct certificate *certificate = obtain(identity, now, error);
    if (!certificate)
        return -1;
    int result = use(identity, certificate, now, tls, end, error);
    certificate_free(certificate);
    return result;
}

BIO *identity_ca(const struct identity *identity, struct error *error)
{
    return identity->own_ca ? certificate_pem(identity->own_ca, error) : NULL;
}
