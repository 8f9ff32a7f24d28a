// The top of a RolloutPolicy. Everything that can be read is read, so that one run shows every
// problem.
#include "loader/load.h"

#include "base/arena.h"
#include "base/hash.h"
#include "loader/advise.h"
#include "loader/entry.h"
#include "loader/grace.h"
#include "loader/reader.h"

#define API_VERSION "evenkeel.dev/v1alpha1"
#define KIND "RolloutPolicy"

enum {
    POLICY_ARENA_MAX = 64 * 1024 * 1024,
    SCRATCH_MAX = 256 * 1024 * 1024,
    KUBERNETES_MINOR_DEFAULT = 30, // the oldest release in which the native preStop sleep is on
    KUBERNETES_MINOR_MAX = 999,
};

// A policy being read.
struct loading {
    struct policy *policy;
    bool api_version;
    bool kind;
};

static void read_constant(struct reader *reader, uint32_t node, const char *key, const char *text)
{
    const struct yaml_node *value = reader_node(reader, node);

    if (value->type != YAML_STRING || !slice_is(value->text, text))
        reader_expected(reader, node, key, "%s", text);
}

static void read_api_version(struct reader *reader, uint32_t node, void *into)
{
    ((struct loading *)into)->api_version = true;
    read_constant(reader, node, "apiVersion", API_VERSION);
}

static void read_kind(struct reader *reader, uint32_t node, void *into)
{
    ((struct loading *)into)->kind = true;
    read_constant(reader, node, "kind", KIND);
}

static void read_name(struct reader *reader, uint32_t node, void *into)
{
    struct slice unused;

    (void)into;
    reader_string(reader, node, "name", &unused);
}

static void read_metadata(struct reader *reader, uint32_t node, void *into)
{
    static const struct known_key keys[] = {{"name", read_name}, {NULL, NULL}};

    reader_object(reader, node, "metadata", keys, into);
}

// "1.30", "v1.30" or "v1.30.4", with whatever a vendor adds behind - or +.
static bool parse_version(struct slice text, uint32_t *minor)
{
    int64_t number;
    size_t digits = 0;

    if (slice_starts_with(text, "v"))
        text = (struct slice){text.data + 1, text.size - 1};
    if (!slice_starts_with(text, "1."))
        return false;
    text = (struct slice){text.data + 2, text.size - 2};
    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    if (digits == 0 ||
        !slice_integer((struct slice){text.data, digits}, 0, KUBERNETES_MINOR_MAX, &number))
        return false;
    if (digits < text.size && text.data[digits] != '.' && text.data[digits] != '-' &&
        text.data[digits] != '+')
        return false;
    *minor = (uint32_t)number;
    return true;
}

static void read_kubernetes_version(struct reader *reader, uint32_t node, void *into)
{
    struct policy *policy = ((struct loading *)into)->policy;
    const struct yaml_node *value = reader_node(reader, node);

    if (value->type != YAML_STRING)
        reader_expected(reader, node, "kubernetesVersion", "a version in quotes such as \"1.30\"");
    else if (!parse_version(value->text, &policy->kubernetes_minor))
        reader_expected(reader, node, "kubernetesVersion",
                        "a version such as \"1.30\" or \"v1.30.4\"");
}

static void read_network(struct reader *reader, uint32_t node, void *into)
{
    int word;

    if (reader_word(reader, node, "network", network_names, &word) == 0)
        ((struct loading *)into)->policy->network = (enum network)word;
}

static void read_mesh(struct reader *reader, uint32_t node, void *into)
{
    struct policy *policy = ((struct loading *)into)->policy;
    int word;

    if (reader_word(reader, node, "mesh", mesh_names, &word) < 0)
        return;
    policy->mesh = (enum mesh)word;
    policy->mesh_given = true;
}

static void read_shared_claims(struct reader *reader, uint32_t node, void *into)
{
    struct policy *policy = ((struct loading *)into)->policy;

    reader_strings(reader, node, "sharedClaims", false, &policy->shared_claims);
}

static void read_cluster(struct reader *reader, uint32_t node, void *into)
{
    static const struct known_key keys[] = {
        {"kubernetesVersion", read_kubernetes_version},
        {"network", read_network},
        {"mesh", read_mesh},
        {"sharedClaims", read_shared_claims},
        {NULL, NULL},
    };

    reader_object(reader, node, "cluster", keys, into);
}

static void read_mode(struct reader *reader, uint32_t node, void *into)
{
    int word;

    if (reader_word(reader, node, "mode", mode_names, &word) == 0)
        ((struct loading *)into)->policy->mode = (enum mode)word;
}

static void read_on_update(struct reader *reader, uint32_t node, void *into)
{
    int word;

    if (reader_word(reader, node, "onUpdate", on_update_names, &word) == 0)
        ((struct loading *)into)->policy->on_update = (enum on_update)word;
}

static void read_when_ambiguous(struct reader *reader, uint32_t node, void *into)
{
    int word;

    if (reader_word(reader, node, "whenAmbiguous", when_ambiguous_names, &word) == 0)
        ((struct loading *)into)->policy->when_ambiguous = (enum when_ambiguous)word;
}

static void read_on_error(struct reader *reader, uint32_t node, void *into)
{
    int word;

    if (reader_word(reader, node, "onError", on_error_names, &word) == 0)
        ((struct loading *)into)->policy->on_error = (enum on_error)word;
}

static void read_notes(struct reader *reader, uint32_t node, void *into)
{
    int word;

    if (reader_word(reader, node, "notes", notes_names, &word) == 0)
        ((struct loading *)into)->policy->notes = (enum notes)word;
}

static void read_workloads(struct reader *reader, uint32_t node, void *into)
{
    struct policy *policy = ((struct loading *)into)->policy;
    struct entries entries = {NULL, 0};

    entries_read(reader, node, false, policy->defaults, &entries);
    policy->workloads = entries.items;
    policy->workload_count = entries.count;
}

static void read_services(struct reader *reader, uint32_t node, void *into)
{
    struct policy *policy = ((struct loading *)into)->policy;
    struct entries entries = {NULL, 0};

    entries_read(reader, node, true, policy->defaults, &entries);
    policy->services = entries.items;
    policy->service_count = entries.count;
}

static const struct known_key policy_keys[] = {
    {"apiVersion", read_api_version},
    {"kind", read_kind},
    {"metadata", read_metadata},
    {"cluster", read_cluster},
    {"mode", read_mode},
    {"onUpdate", read_on_update},
    {"whenAmbiguous", read_when_ambiguous},
    {"onError", read_on_error},
    {"notes", read_notes},
    {"workloads", read_workloads},
    {"services", read_services},
    {NULL, NULL},
};

// Every rule's settings with every field's default.
static int make_defaults(struct reader *reader, struct policy *policy)
{
    const struct rules *rules = reader->rules;

    policy->defaults = reader_alloc(reader, rules->count * sizeof(*policy->defaults));
    for (uint32_t i = 0; policy->defaults && i < rules->count; i++) {
        struct settings *settings = reader_alloc(reader, rules->items[i]->settings_size);

        if (!settings)
            return -1;
        settings_defaults(rules->items[i]->settings, settings);
        policy->defaults[i] = settings;
    }
    return policy->defaults ? 0 : -1;
}

static void read_root(struct reader *reader, struct policy *policy)
{
    struct loading loading = {.policy = policy};

    if (reader->document.count == 0) {
        problems_error(reader->problems, 1, 1, "no policy here; expected a mapping with %s",
                       "apiVersion: " API_VERSION " and kind: " KIND);
        return;
    }
    reader_object(reader, 0, "policy", policy_keys, &loading);
    if (reader_node(reader, 0)->type != YAML_MAPPING)
        return;
    if (!loading.api_version)
        reader_error(reader, 0, "apiVersion is missing; expected %s", API_VERSION);
    if (!loading.kind)
        reader_error(reader, 0, "kind is missing; expected %s", KIND);
}

static void report(struct reader *reader, const struct error *error)
{
    problems_error(reader->problems, error->line, error->column, "%s", error->text);
}

// Reads the one document into `reader`.
static int read_yaml(struct reader *reader, struct slice yaml)
{
    struct yaml_reader *documents = yaml_reader_new(yaml);
    struct yaml_document second = {0};
    struct error error = {0};
    int status;

    if (!documents) {
        reader->out_of_memory = true;
        return -1;
    }
    status = yaml_reader_next(documents, reader->scratch, &reader->document, &error);
    while (status == 1 && second.count == 0 &&
           yaml_reader_next(documents, reader->scratch, &second, &error) == 1)
        status = second.count > 0 ? 2 : 1; // a marker at the end begins nothing
    yaml_reader_free(documents);
    if (error.set)
        report(reader, &error);
    if (status == 2)
        problems_error(reader->problems, second.count > 0 ? second.nodes[0].line : 1,
                       second.count > 0 ? second.nodes[0].column : 1,
                       "a second document starts here; a policy is one");
    return error.set || status == 2 ? -1 : 0;
}

static void read_policy(struct reader *reader, struct policy *policy, const char *file,
                        struct slice yaml)
{
    char hash[HASH_HEX_SIZE];

    policy->arena = reader->arena;
    policy->kubernetes_minor = KUBERNETES_MINOR_DEFAULT;
    policy->file = reader_copy(reader, slice_of(file));
    if (hash_sha256_hex(yaml, hash) < 0)
        reader->out_of_memory = true;
    else
        policy->hash = reader_copy(reader, slice_of(hash));
    if (reader->out_of_memory || make_defaults(reader, policy) < 0 || read_yaml(reader, yaml) < 0)
        return;
    read_root(reader, policy);
    if (reader->problems->errors == 0 && !reader->out_of_memory &&
        (grace_work_out(policy, reader->rules) < 0 ||
         advise(policy, reader->rules, yaml, reader->problems) < 0))
        reader->out_of_memory = true;
}

struct policy *policy_load(const struct rules *rules, const char *file, struct slice yaml,
                           struct problems *problems)
{
    struct reader reader = {.rules = rules, .problems = problems};
    struct policy *policy = NULL;

    if (yaml.size > POLICY_SIZE_MAX) {
        problems_error(problems, 1, 1, "larger than %d KiB", POLICY_SIZE_MAX / 1024);
        return NULL;
    }
    reader.arena = arena_new(POLICY_ARENA_MAX);
    reader.scratch = arena_new(SCRATCH_MAX);
    if (reader.arena && reader.scratch)
        policy = reader_alloc(&reader, sizeof(*policy));
    if (policy)
        read_policy(&reader, policy, file, yaml);
    if (!policy || reader.out_of_memory)
        problems_error(problems, 1, 1, "memory is short, or the policy's aliases need too much");
    problems_finish(problems);
    arena_free(reader.scratch);
    if (problems->errors == 0)
        return policy;
    arena_free(reader.arena);
    return NULL;
}

void policy_free(struct policy *policy)
{
    if (policy)
        arena_free(policy->arena);
}
