// Finds members of mappings, and follows merge keys (`<<`) in the order in which sigs.k8s.io/yaml
// applies them. The reader has checked the values of merge keys and limited the expansion of
// aliases.
#include "yaml/yaml.h"

#include <stdlib.h>

#include "base/arena.h"

uint32_t yaml_resolve(const struct yaml_document *document, uint32_t node)
{
    if (node < document->count && document->nodes[node].type == YAML_ALIAS)
        return document->nodes[node].target;
    return node;
}

static bool is_mapping(const struct yaml_document *document, uint32_t node)
{
    return node < document->count && document->nodes[node].type == YAML_MAPPING;
}

static uint32_t get_merged(const struct yaml_document *document, uint32_t merged, const char *key)
{
    uint32_t list = yaml_resolve(document, merged), found = UINT32_MAX;

    if (is_mapping(document, list))
        return yaml_get(document, list, key);
    for (uint32_t item = list + 1; item < document->nodes[list].next && found == UINT32_MAX;
         item = document->nodes[item].next)
        found = yaml_get(document, yaml_resolve(document, item), key);
    return found;
}

uint32_t yaml_get(const struct yaml_document *document, uint32_t mapping, const char *key)
{
    const struct yaml_node *nodes = document->nodes;
    uint32_t found = UINT32_MAX;

    if (!is_mapping(document, mapping))
        return found;
    for (uint32_t node = mapping + 1; node < nodes[mapping].next; node = nodes[node + 1].next) {
        if (nodes[node].merge) {
            uint32_t merged = get_merged(document, node + 1, key);
            found = merged == UINT32_MAX ? found : merged;
        } else if (slice_is(nodes[node].text, key)) {
            found = yaml_resolve(document, node + 1);
        }
    }
    return found;
}

// A walk over members in the order in which they are applied, where later ones override earlier
// ones. It counts them, and lists them if `items` is set.
struct walk {
    const struct yaml_document *document;
    struct yaml_member *items;
    uint32_t count;
    bool merged;
};

static void walk_mapping(struct walk *walk, uint32_t mapping);

// The first mapping of a list overrides the others, so it is applied last.
static void walk_list_backwards(struct walk *walk, uint32_t list)
{
    const struct yaml_node *nodes = walk->document->nodes;
    uint32_t items[YAML_MERGED_MAX];
    uint32_t count = 0;

    for (uint32_t item = list + 1; item < nodes[list].next; item = nodes[item].next)
        items[count++] = item;
    while (count > 0)
        walk_mapping(walk, yaml_resolve(walk->document, items[--count]));
}

static void walk_mapping(struct walk *walk, uint32_t mapping)
{
    const struct yaml_node *nodes = walk->document->nodes;

    for (uint32_t node = mapping + 1; node < nodes[mapping].next; node = nodes[node + 1].next) {
        uint32_t value = yaml_resolve(walk->document, node + 1);
        if (!nodes[node].merge) {
            if (walk->items)
                walk->items[walk->count] = (struct yaml_member){node, node + 1};
            walk->count++;
            continue;
        }
        walk->merged = true;
        if (is_mapping(walk->document, value))
            walk_mapping(walk, value);
        else
            walk_list_backwards(walk, value);
    }
}

struct ranked {
    struct slice key;
    uint32_t rank;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    size_t size = a->key.size < b->key.size ? a->key.size : b->key.size;
    int order = size ? memcmp(a->key.data, b->key.data, size) : 0;

    if (order)
        return order;
    if (a->key.size != b->key.size)
        return a->key.size < b->key.size ? -1 : 1;
    return a->rank < b->rank ? -1 : 1;
}

// Drops every member that a later one with the same key overrides.
static int drop_overridden(const struct yaml_document *document, struct arena *arena,
                           struct yaml_members *members)
{
    struct ranked *ranked = arena_alloc(arena, members->count * sizeof(*ranked));
    uint32_t kept = 0;

    if (!ranked)
        return -1;
    for (uint32_t i = 0; i < members->count; i++)
        ranked[i] = (struct ranked){document->nodes[members->items[i].key].text, i};
    qsort(ranked, members->count, sizeof(*ranked), compare_ranked);
    for (uint32_t i = 0; i + 1 < members->count; i++)
        if (slice_equal(ranked[i].key, ranked[i + 1].key))
            members->items[ranked[i].rank].key = UINT32_MAX;
    for (uint32_t i = 0; i < members->count; i++)
        if (members->items[i].key != UINT32_MAX)
            members->items[kept++] = members->items[i];
    members->count = kept;
    return 0;
}

int yaml_members(const struct yaml_document *document, uint32_t mapping, struct arena *arena,
                 struct yaml_members *members)
{
    struct walk walk = {.document = document};

    *members = (struct yaml_members){0};
    if (!is_mapping(document, mapping))
        return 0;
    walk_mapping(&walk, mapping);
    walk.items = arena_alloc(arena, walk.count * sizeof(*walk.items));
    if (!walk.items)
        return -1;
    walk.count = 0;
    walk_mapping(&walk, mapping);
    *members = (struct yaml_members){walk.items, walk.count};
    return walk.merged ? drop_overridden(document, arena, members) : 0;
}
