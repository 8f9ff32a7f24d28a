// The checks of a step: a command of the user's, and a query to the user's Prometheus. The query
// goes through the API server's proxy with the user's own kubectl, or to a URL with their own curl.
#include "cluster/gate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/document.h"

enum { GATE_ENVIRONMENT_MAX = 16, GATE_QUERY_MAX = 32 * 1024, GATE_CURL_SECONDS = 15 };

struct environment {
    char *items[GATE_ENVIRONMENT_MAX + 1]; // NULL after the last; owned
    unsigned count;
};

static void environment_add(struct environment *environment, const char *name, const char *value)
{
    char *item;

    if (environment->count < GATE_ENVIRONMENT_MAX &&
        asprintf(&item, "EVENKEEL_%s=%s", name, value) >= 0)
        environment->items[environment->count++] = item;
}

static void environment_number(struct environment *environment, const char *name, uint32_t number)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", number);
    environment_add(environment, name, text);
}

// Returns the field at `path` of each pod of the version, with `between` between them. The caller
// frees it. NULL if memory is short.
static char *pods_text(const struct versions *versions, const struct version *version,
                       const char *path, const char *between)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    const json_t *pod = NULL;
    const char *before = "";

    if (!stream)
        return NULL;
    while (version && (pod = versions_next_pod(versions, version, pod))) {
        fprintf(stream, "%s%s", before, document_text(pod, path));
        before = between;
    }
    fclose(stream);
    return text;
}

static void environment_pods(struct environment *environment, const struct versions *versions,
                             const struct version *version, const char *names,
                             const char *addresses)
{
    char *text = pods_text(versions, version, "metadata/name", " ");

    environment_add(environment, names, text ? text : "");
    free(text);
    text = pods_text(versions, version, "status/podIP", " ");
    environment_add(environment, addresses, text ? text : "");
    free(text);
}

static void environment_fill(struct environment *environment, const struct workload *workload,
                             const struct versions *versions)
{
    const struct version *stable = versions_stable(versions, workload);

    environment_add(environment, "NAMESPACE", workload->namespace);
    environment_add(environment, "KIND", workload->kind->name);
    environment_add(environment, "NAME", workload->name);
    environment_number(environment, "STEP", workload->step);
    environment_number(environment, "STEPS", workload->steps.count);
    environment_add(environment, "TEMPLATE", workload->template);
    environment_add(environment, "IMAGES", versions->newest ? versions->newest->images : "");
    environment_add(environment, "OLD_IMAGES", stable ? stable->images : "");
    environment_pods(environment, versions, versions->newest, "PODS", "POD_IPS");
    environment_pods(environment, versions, stable, "OLD_PODS", "OLD_POD_IPS");
}

enum gate_result gate_command(const struct drive_settings *settings,
                              const struct workload *workload, const struct versions *versions,
                              double seconds, struct error *why)
{
    struct environment environment = {{NULL}, 0};
    struct process process;
    enum gate_result result = GATE_FAILED;

    environment_fill(&environment, workload, versions);
    if (process_run_group(&process, (const char *const[]){"/bin/sh", "-c", settings->verify, NULL},
                          (const char *const *)environment.items, seconds, why) == 0) {
        fwrite(process.output, 1, process.output_size, stderr);
        fwrite(process.errors, 1, process.errors_size, stderr);
        result = process.status == 0 ? GATE_PASSED : GATE_FAILED;
        if (process.status != 0)
            error_set(why, "the check ended with %d: %.200s", process.status, settings->verify);
        process_clear(&process);
    }
    for (unsigned i = 0; i < environment.count; i++)
        free(environment.items[i]);
    return result;
}

// Returns the query with the values of $pods, $namespace and $name. The caller frees it. NULL if
// memory is short.
static char *query_text(const char *query, const struct workload *workload,
                        const struct versions *versions)
{
    char *pods = pods_text(versions, versions->newest, "metadata/name", "|"), *text = NULL;
    const struct {
        const char *word, *value;
    } words[] = {{"$pods", pods ? pods : ""},
                 {"$namespace", workload->namespace},
                 {"$name", workload->name}};
    size_t size, count = sizeof(words) / sizeof(words[0]);
    FILE *stream = open_memstream(&text, &size);

    while (stream && *query) {
        size_t i = 0;
        while (i < count && strncmp(query, words[i].word, strlen(words[i].word)) != 0)
            i++;
        if (i < count)
            fputs(words[i].value, stream);
        else
            putc(*query, stream);
        query += i < count ? strlen(words[i].word) : 1;
    }
    if (stream)
        fclose(stream);
    free(pods);
    return text;
}

// Writes the text as it is sent in a URL. Returns 0, or -1 if `room` is too small.
static int query_encode(const char *text, char *out, size_t room)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    size_t size = 0;

    for (; *text && size + 4 < room; text++) {
        if (strchr(plain, *text))
            out[size++] = *text;
        else
            size += (size_t)snprintf(out + size, room - size, "%%%02X", (unsigned char)*text);
    }
    out[size] = '\0';
    return *text ? -1 : 0;
}

// Asks the Prometheus at `where`, NAMESPACE/SERVICE:PORT, through the API server's proxy.
static int query_service(const struct kubectl *kubectl, const char *where, const char *text,
                         struct process *process, struct error *why)
{
    char encoded[GATE_QUERY_MAX], path[GATE_QUERY_MAX + 512];
    const char *slash = strchr(where, '/');

    if (query_encode(text, encoded, sizeof(encoded)) < 0)
        return error_set(why, "the query takes more than %d KiB, with the names of all pods",
                         GATE_QUERY_MAX / 1024);
    snprintf(path, sizeof(path), "/api/v1/namespaces/%.*s/services/%s/proxy/api/v1/query?query=%s",
             (int)(slash - where), where, slash + 1, encoded);
    return kubectl_run(kubectl, (const char *const[]){"get", "--raw", path, NULL}, process, why);
}

static int query_url(const char *where, const char *text, struct process *process,
                     struct error *why)
{
    char *url = NULL, *query = NULL;
    int failed = -1;

    if (asprintf(&url, "%s/api/v1/query", where) >= 0 && asprintf(&query, "query=%s", text) >= 0)
        failed = process_run(process,
                             (const char *const[]){"curl", "-fsS", "--max-time", "10", "--get",
                                                   "--data-urlencode", query, url, NULL},
                             NULL, GATE_CURL_SECONDS, why);
    free(url);
    free(query);
    return failed;
}

// Finds the largest value, or with `least` the smallest. Returns false if there is no value.
static bool answer_value(const json_t *results, bool least, double *value)
{
    bool found = false;
    json_t *result;
    size_t index;

    json_array_foreach(results, index, result)
    {
        const json_t *pair = json_is_object(result) ? document_at(result, "value") : results;
        const char *text = json_string_value(json_array_get(pair, 1));
        double number = text ? strtod(text, NULL) : NAN;
        if (isnan(number) || (found && (least ? number >= *value : number <= *value)))
            continue;
        *value = number;
        found = true;
    }
    return found;
}

static enum gate_result answer_judge(const struct drive_settings *settings, double most,
                                     double least, struct error *why)
{
    if (most > settings->fail_above)
        error_set(why, "the query gives %g, above %g", most, settings->fail_above);
    else if (least < settings->fail_below)
        error_set(why, "the query gives %g, below %g", least, settings->fail_below);
    else
        return GATE_PASSED;
    return GATE_FAILED;
}

enum gate_result gate_answer(const struct drive_settings *settings, const char *json, size_t size,
                             struct error *why)
{
    json_t *document = json_loadb(json, size, 0, NULL);
    const json_t *results = document_at(document, "data/result");
    double most = NAN, least = NAN;
    enum gate_result result = GATE_UNKNOWN;

    if (strcmp(document_text(document, "status"), "success") != 0)
        error_set(why, "Prometheus: %s",
                  *document_text(document, "error") ? document_text(document, "error")
                                                    : "no answer to a query");
    else if (!answer_value(results, false, &most) || !answer_value(results, true, &least))
        error_set(why, "the query has no data");
    else
        result = answer_judge(settings, most, least, why);
    json_decref(document);
    return result;
}

enum gate_result gate_query(const struct kubectl *kubectl, const struct drive_settings *settings,
                            const struct workload *workload, const struct versions *versions,
                            struct error *why)
{
    char *text = query_text(settings->query, workload, versions);
    enum gate_result result = GATE_UNKNOWN;
    struct process process;
    int failed;

    if (!text) {
        error_set(why, "memory is short");
        return result;
    }
    if (strstr(settings->prometheus, "://"))
        failed = query_url(settings->prometheus, text, &process, why);
    else
        failed = query_service(kubectl, settings->prometheus, text, &process, why);
    if (failed == 0) {
        if (process.status != 0)
            error_set(why, "Prometheus: %.200s", process.errors);
        else
            result = gate_answer(settings, process.output, process.output_size, why);
        process_clear(&process);
    }
    free(text);
    return result;
}
