// Loading and reloading. See material.h.
#include "server/material.h"

#include "loader/load.h"
#include "server/watch.h"

#include <stdlib.h>

enum { PROBLEMS_LOGGED_MAX = 10 };

struct material {
    const struct rules *rules;
    struct log *log;
    unsigned ring;
    struct metrics *metrics;
    struct watch policy_file; // no path: the embedded policy
    bool policy_loaded;
    struct identity *identity;
    struct shared_policy *policy;
    SSL_CTX *tls;
    struct identity_end end;
    bool ending; // it is time for users to hear of the end,
    bool ended;  // which has come
};

struct material *material_new(const struct rules *rules, const struct options *options,
                              struct log *log, unsigned ring, struct metrics *metrics,
                              struct error *error)
{
    struct material *material = calloc(1, sizeof(*material));
    if (!material) {
        error_set(error, "out of memory");
        return NULL;
    }
    material->rules = rules;
    material->log = log;
    material->ring = ring;
    material->metrics = metrics;
    material->policy_file.path = options->policy;
    material->policy_file.size_max = POLICY_SIZE_MAX;
    material->identity = identity_new(options, error);
    if (material->identity)
        return material;
    material_free(material);
    return NULL;
}

void material_free(struct material *material)
{
    if (!material)
        return;
    watch_clear(&material->policy_file);
    identity_free(material->identity);
    shared_policy_release(material->policy);
    SSL_CTX_free(material->tls);
    free(material);
}

static const char *policy_name(const struct material *material)
{
    return material->policy_file.path ? material->policy_file.path : "default";
}

static void log_problem(struct material *material, const char *message, enum log_level level,
                        const struct problem *problem)
{
    struct log_line line;
    log_begin(&line, material->log, material->ring, level, message);
    log_string(&line, "file", slice_of(policy_name(material)));
    if (problem->line > 0) {
        log_integer(&line, "line", problem->line);
        log_integer(&line, "column", problem->column);
    }
    log_string(&line, "error", slice_of(problem->text));
    log_end(&line);
}

static void log_refused(struct material *material, const char *what, const char *reason)
{
    struct log_line line;
    log_begin(&line, material->log, material->ring, LOG_LEVEL_ERROR, "reload refused");
    log_string(&line, "what", slice_of(what));
    log_string(&line, "error", slice_of(reason));
    log_end(&line);
}

static void log_problems(struct material *material, const struct problems *problems, bool refused)
{
    unsigned count = 0;
    for (const struct problem *problem = problems->first; problem; problem = problem->next) {
        if ((refused && problem->warning) || count++ == PROBLEMS_LOGGED_MAX)
            continue;
        log_problem(material, refused ? "reload refused" : "policy warning",
                    refused ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, problem);
    }
}

static void print_problems(const struct material *material, const struct problems *problems)
{
    for (const struct problem *problem = problems->first; problem; problem = problem->next) {
        if (!problem->warning)
            fprintf(stderr, "evenkeel: %s:%u:%u: %s\n", policy_name(material), problem->line,
                    problem->column, problem->text);
    }
}

// 1: `policy` got the new one, the caller's; 0: nothing new; -1: the reason is in `error`, or
// `problems`.
static int policy_refresh(struct material *material, struct policy **policy,
                          struct problems *problems, struct error *error)
{
    struct slice yaml = policy_default_yaml();
    if (material->policy_file.path) {
        int changed = watch_look(&material->policy_file, error);
        if (changed <= 0)
            return changed;
        if (watch_check(&material->policy_file, error) < 0)
            return -1;
        yaml = material->policy_file.bytes;
    } else if (material->policy_loaded) {
        return 0;
    }
    *policy = policy_load(material->rules, policy_name(material), yaml, problems);
    material->policy_loaded = true;
    return *policy ? 1 : -1;
}

static int take_policy(struct material *material, struct policy *policy)
{
    struct log_line line;
    struct shared_policy *shared = shared_policy_new(policy);
    if (!shared)
        return -1;
    shared_policy_release(material->policy);
    material->policy = shared;
    metrics_policy(material->metrics, policy->hash);
    log_begin(&line, material->log, material->ring, LOG_LEVEL_INFO, "policy loaded");
    log_string(&line, "file", slice_of(policy_name(material)));
    log_string(&line, "hash", policy->hash);
    log_end(&line);
    return 0;
}

enum { DATE_SIZE = 32 };

static const char *write_date(time_t at, char date[DATE_SIZE])
{
    struct tm parts;
    if (!gmtime_r(&at, &parts) || !strftime(date, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts))
        *date = '\0';
    return date;
}

static void take_certificate(struct material *material, SSL_CTX *tls, time_t now,
                             const struct identity_end *end)
{
    struct log_line line;
    char date[DATE_SIZE];
    SSL_CTX_free(material->tls);
    material->tls = tls;
    material->end = *end;
    material->ending = material->ended = false;
    metrics_certificate(material->metrics, end->not_after, end->ca_not_after);
    // No apiserver accepts it, but then none accepts an older one either.
    log_begin(&line, material->log, material->ring,
              end->not_after < now ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "certificate loaded");
    log_string(&line, "not_after", slice_of(write_date(end->not_after, date)));
    log_end(&line);
}

static time_t notice_end(const struct material *material)
{
    return material->end.notice_ca ? material->end.ca_not_after : material->end.not_after;
}

// Whether it is now time to warn of the end, or the end has come.
static bool look_at_end(struct material *material, time_t now)
{
    struct log_line line;
    char date[DATE_SIZE];
    bool ended = now > notice_end(material);
    if (ended ? material->ended : material->ending || now < material->end.notice_from)
        return false;
    material->ending = true;
    material->ended = ended;
    log_begin(&line, material->log, material->ring, LOG_LEVEL_WARNING,
              ended ? "certificate expired" : "certificate ends soon");
    log_string(&line, "what", slice_of(material->end.notice_ca ? "ca" : "certificate"));
    log_string(&line, "not_after", slice_of(write_date(notice_end(material), date)));
    log_end(&line);
    return true;
}

static struct snapshot *make_snapshot(const struct material *material)
{
    char date[DATE_SIZE];
    char notice[SNAPSHOT_NOTICE_MAX + 1] = "";
    if (material->ending)
        snprintf(notice, sizeof(notice),
                 "evenkeel's %s %s %s; the administrators of evenkeel must %s it",
                 material->end.notice_ca ? "CA" : "certificate",
                 material->ended ? "expired at" : "ends at", write_date(notice_end(material), date),
                 material->end.notice_ca ? "replace" : "renew");
    return snapshot_new(material->policy, material->tls, slice_of(notice));
}

struct snapshot *material_load(struct material *material, time_t now)
{
    struct error error = {0};
    struct problems problems = {0};
    struct policy *policy;
    SSL_CTX *tls;
    struct identity_end end;
    bool loaded = policy_refresh(material, &policy, &problems, &error) > 0 &&
                  take_policy(material, policy) == 0;
    print_problems(material, &problems);
    if (loaded)
        log_problems(material, &problems, false);
    bool told = problems.errors > 0;
    problems_clear(&problems);
    struct snapshot *snapshot = NULL;
    if (loaded && identity_refresh(material->identity, now, &tls, &end, &error) > 0) {
        take_certificate(material, tls, now, &end);
        look_at_end(material, now);
        snapshot = make_snapshot(material);
    }
    if (!snapshot && !told)
        fprintf(stderr, "evenkeel: %s\n", error.set ? error.text : "out of memory");
    return snapshot;
}

// Whether there is a new policy.
static bool reload_policy(struct material *material)
{
    struct error error = {0};
    struct problems problems = {0};
    struct policy *policy;
    int result = policy_refresh(material, &policy, &problems, &error);
    if (result > 0 && take_policy(material, policy) < 0)
        result = error_set(&error, "out of memory");
    if (result != 0)
        metrics_reload(material->metrics, METRICS_RELOAD_POLICY, result > 0);
    if (error.set)
        log_refused(material, "policy", error.text);
    log_problems(material, &problems, result < 0);
    problems_clear(&problems);
    return result > 0;
}

static bool reload_certificate(struct material *material, time_t now)
{
    struct error error = {0};
    SSL_CTX *tls;
    struct identity_end end;
    int result = identity_refresh(material->identity, now, &tls, &end, &error);
    if (result != 0)
        metrics_reload(material->metrics, METRICS_RELOAD_CERTIFICATE, result > 0);
    if (result < 0)
        log_refused(material, "certificate", error.text);
    if (result > 0)
        take_certificate(material, tls, now, &end);
    return result > 0;
}

struct snapshot *material_refresh(struct material *material, time_t now)
{
    bool policy = reload_policy(material);
    bool certificate = reload_certificate(material, now);
    bool ending = look_at_end(material, now);
    return policy || certificate || ending ? make_snapshot(material) : NULL;
}

unsigned material_files(const struct material *material, const char *files[])
{
    unsigned count = identity_files(material->identity, files);
    if (material->policy_file.path)
        files[count++] = material->policy_file.path;
    return count;
}

BIO *material_ca(const struct material *material, struct error *error)
{
    return identity_ca(material->identity, error);
}
