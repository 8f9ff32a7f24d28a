// YAML and policies out of any bytes: nodes nest and lie within the text, scalars read the same
// alone, and a policy is either usable or has an error.
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "loader/load.h"
#include "rules/rules.h"
#include "yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_node(const struct yaml_document *document, uint32_t index, uint32_t *child,
                      size_t size)
{
    const struct yaml_node *node = &document->nodes[index];

    fuzz_require(node->start <= node->end && node->end <= size);
    fuzz_require(node->line > 0 && node->column > 0);
    fuzz_require(node->next > index && node->next <= document->count);
    if (node->type == YAML_ALIAS)
        fuzz_require(node->target < index);
    for (*child = index + 1; *child < node->next; *child = document->nodes[*child].next) {
        const struct yaml_node *inner = &document->nodes[*child];
        fuzz_require(inner->start >= node->start && inner->end <= node->end);
        fuzz_require(inner->next <= node->next);
    }
    fuzz_require(*child == node->next);
}

static void fuzz_yaml(struct slice text)
{
    struct yaml_reader *reader = yaml_reader_new(text);
    struct arena *arena = arena_new(256 << 20);
    struct yaml_document document;
    struct error error = {0};
    struct yaml_members members;
    uint32_t end = 0, child;
    int status;

    while ((status = yaml_reader_next(reader, arena, &document, &error)) == 1) {
        fuzz_require(document.start == end && document.end >= end && document.end <= text.size);
        end = document.end;
        for (uint32_t i = 0; i < document.count; i++) {
            fuzz_node(&document, i, &child, text.size);
            fuzz_require(yaml_members(&document, i, arena, &members) == 0);
        }
    }
    fuzz_require((status < 0) == error.set);
    arena_free(arena);
    yaml_reader_free(reader);
}

static void fuzz_policy(struct slice text)
{
    struct problems problems = {0};
    struct policy *policy = policy_load(&rules_table, "fuzz", text, &problems);

    fuzz_require((policy == NULL) == (problems.errors > 0));
    for (const struct problem *problem = problems.first; problem; problem = problem->next) {
        fuzz_require(problem->line > 0 && problem->column > 0);
        for (const char *byte = problem->text; *byte; byte++)
            fuzz_require((unsigned char)*byte >= ' ' && *byte != 0x7f);
    }
    problems_clear(&problems);
    policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);

    memcpy(copy, data, size);
    fuzz_yaml((struct slice){copy, size});
    fuzz_policy((struct slice){copy, size});
    free(copy);
    return 0;
}
