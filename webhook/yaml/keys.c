// Finds duplicates by sorting, so no choice of keys makes it slow.
#include "yaml/keys.h"

#include <stdlib.h>

enum { KEYS_FEW = 16 }; // up to this number, each is compared with each

static bool is_merged(const struct yaml_node *nodes, uint32_t node)
{
    if (nodes[node].type == YAML_ALIAS)
        node = nodes[node].target;
    return nodes[node].type == YAML_MAPPING;
}

static int check_merge(const struct yaml_node *nodes, uint32_t value, struct error *error)
{
    const struct yaml_node *node = &nodes[value];
    uint32_t list = node->type == YAML_ALIAS ? node->target : value;
    uint32_t count = 0;
    bool good = nodes[list].type == YAML_SEQUENCE;

    if (is_merged(nodes, value))
        return 0;
    for (uint32_t item = list + 1; good && item < nodes[list].next; item = nodes[item].next)
        good = is_merged(nodes, item) && ++count <= YAML_MERGED_MAX;
    if (good)
        return 0;
    return error_set_at(error, node->line, node->column,
                        "the merge key << takes a mapping, or a list of at most %d mappings",
                        YAML_MERGED_MAX);
}

static int fail_duplicate(const struct yaml_node *first, const struct yaml_node *second,
                          struct error *error)
{
    return error_set_at(error, second->line, second->column,
                        "the key \"%.80s\" appears twice; the first is at %u:%u", second->text.data,
                        first->line, first->column);
}

static int check_few(const struct yaml_node *nodes, uint32_t mapping, struct error *error)
{
    for (uint32_t b = mapping + 1; b < nodes[mapping].next; b = nodes[b + 1].next)
        for (uint32_t a = mapping + 1; a < b; a = nodes[a + 1].next)
            if (!nodes[b].merge && !nodes[a].merge && slice_equal(nodes[a].text, nodes[b].text))
                return fail_duplicate(&nodes[a], &nodes[b], error);
    return 0;
}

static int compare_keys(const void *left, const void *right)
{
    const struct yaml_node *a = *(const struct yaml_node *const *)left;
    const struct yaml_node *b = *(const struct yaml_node *const *)right;
    size_t size = a->text.size < b->text.size ? a->text.size : b->text.size;
    int order = size ? memcmp(a->text.data, b->text.data, size) : 0;

    if (order)
        return order;
    if (a->text.size != b->text.size)
        return a->text.size < b->text.size ? -1 : 1;
    return a < b ? -1 : a > b;
}

static int check_many(const struct yaml_node *nodes, uint32_t mapping, uint32_t count,
                      struct error *error)
{
    const struct yaml_node **keys = malloc(count * sizeof(*keys));
    const struct yaml_node *first = NULL, *second = NULL;
    uint32_t used = 0;

    if (!keys)
        return error_set(error, "out of memory");
    for (uint32_t key = mapping + 1; key < nodes[mapping].next; key = nodes[key + 1].next)
        if (!nodes[key].merge)
            keys[used++] = &nodes[key];
    qsort(keys, used, sizeof(*keys), compare_keys);
    for (uint32_t i = 1; i < used; i++) {
        if (slice_equal(keys[i - 1]->text, keys[i]->text) && (!second || keys[i] < second)) {
            first = keys[i - 1];
            second = keys[i];
        }
    }
    free(keys);
    return second ? fail_duplicate(first, second, error) : 0;
}

int yaml_keys_check(const struct yaml_node *nodes, uint32_t mapping, uint32_t count, bool twice,
                    struct error *error)
{
    for (uint32_t key = mapping + 1; key < nodes[mapping].next; key = nodes[key + 1].next)
        if (nodes[key].merge && check_merge(nodes, key + 1, error) < 0)
            return -1;
    if (twice)
        return 0;
    if (count <= KEYS_FEW)
        return check_few(nodes, mapping, error);
    return check_many(nodes, mapping, count, error);
}
