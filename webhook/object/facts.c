// Reads an object once. It refuses only objects that no rule could work on. The API judges
// everything else.
#include "object/facts.h"

#include "base/arena.h"

// Sidecars of meshes, with the names that their injectors use. They have their own probes and close
// when the mesh says so: the meshDrain rule is for them.
static const struct slice facts_proxies[] = {
    SLICE("istio-proxy"),  SLICE("linkerd-proxy"), SLICE("consul-dataplane"),
    SLICE("kuma-sidecar"), SLICE("envoy-sidecar"), SLICE("daprd"),
};

bool facts_is_proxy(struct slice name)
{
    for (size_t i = 0; i < sizeof(facts_proxies) / sizeof(facts_proxies[0]); i++)
        if (slice_equal(name, facts_proxies[i]))
            return true;
    return false;
}

// Bookkeeping and patches tell containers apart by name, as the API does.
static int facts_check_name(const struct facts *facts, struct slice name, struct error *error)
{
    if (name.size == 0)
        return error_set(error, "container %u has no name", facts->container_count);
    for (uint32_t i = 0; i < facts->container_count; i++)
        if (slice_equal(facts->containers[i].name, name))
            return error_set(error, "containers %u and %u have the same name", i,
                             facts->container_count);
    return 0;
}

static int facts_read_containers(struct facts *facts, struct plan *plan, struct arena *arena,
                                 struct error *error)
{
    struct value list = value_get(facts->pod_spec, "containers");
    uint32_t count = value_count(list);
    if (value_type(list) != TAPE_ARRAY || count == 0)
        return error_set(error, "the pod template has no containers");
    if (count > CONTAINERS_MAX)
        return error_set(error, "more than %d containers", CONTAINERS_MAX);
    facts->containers = arena_alloc(arena, count * sizeof(*facts->containers));
    if (facts->containers == NULL)
        return error_set(error, "out of memory");
    struct place *place = plan_member(plan, facts->pod_spec_place, "containers");
    for (struct value item = value_first(list); item.node; item = value_next(item)) {
        if (value_type(item) != TAPE_OBJECT)
            return error_set(error, "container %u is not an object", facts->container_count);
        struct container *container = &facts->containers[facts->container_count];
        container->name = value_string(value_get(item, "name"), arena);
        if (facts_check_name(facts, container->name, error) < 0)
            return -1;
        container->image = value_string(value_get(item, "image"), arena);
        container->place = plan_item(plan, place, facts->container_count++, container->name);
        container->at = item;
        container->ports = value_get(item, "ports");
        // Alone in its pod, a proxy is the application: a gateway.
        container->proxy = count > 1 && facts_is_proxy(container->name);
        container->completed = slice_is(container->image, "auto");
    }
    return 0;
}

static int facts_read_template(struct facts *facts, struct plan *plan, struct arena *arena,
                               struct error *error)
{
    facts->template = value_get(facts->spec, "template");
    struct value metadata = value_get(facts->template, "metadata");
    facts->pod_labels = value_get(metadata, "labels");
    facts->pod_annotations = value_get(metadata, "annotations");
    facts->pod_spec = value_get(facts->template, "spec");
    if (value_type(facts->pod_spec) != TAPE_OBJECT)
        return error_set(error, "the object has no pod template");
    facts->template_place = plan_member(plan, facts->spec_place, "template");
    if (facts->template_place != NULL)
        facts->template_place->in_template = true;
    facts->pod_spec_place = plan_member(plan, facts->template_place, "spec");
    return facts_read_containers(facts, plan, arena, error);
}

// A canary has its fields under strategy.canary. Without it, an Argo Rollout does not surge.
static struct place *facts_find_surge(const struct facts *facts, struct plan *plan)
{
    if (facts->kind->surge_path == NULL)
        return NULL;
    struct place *place = plan_path(plan, facts->spec_place, facts->kind->surge_path);
    bool defaulted = facts->kind->strategy_type_path != NULL;
    return place != NULL && (defaulted || value_exists(place->now)) ? place : NULL;
}

static void facts_read_strategy(struct facts *facts, struct plan *plan, struct arena *arena)
{
    facts->surge_place = facts_find_surge(facts, plan);
    if (facts->kind->strategy_type_path == NULL)
        return;
    struct place *type = plan_path(plan, facts->spec_place, facts->kind->strategy_type_path);
    if (type != NULL)
        facts->strategy_type = value_string(type->now, arena);
}

int facts_read(struct facts *facts, const struct kind *kind, struct value object, bool create,
               struct plan *plan, struct arena *arena, struct error *error)
{
    *facts = (struct facts){
        .kind = kind,
        .object = object,
        .metadata = value_get(object, "metadata"),
        .spec = value_get(object, "spec"),
        .create = create,
        .root = plan->root,
    };
    if (value_type(facts->metadata) != TAPE_OBJECT || value_type(facts->spec) != TAPE_OBJECT)
        return error_set(error, "the object has no metadata or no spec");
    facts->name = value_string(value_get(facts->metadata, "name"), arena);
    facts->metadata_place = plan_member(plan, plan->root, "metadata");
    facts->annotations = plan_member(plan, facts->metadata_place, "annotations");
    facts->spec_place = plan_member(plan, plan->root, "spec");
    if (!(kind->flags & KIND_SERVICE)) {
        if (facts_read_template(facts, plan, arena, error) < 0)
            return -1;
        facts_read_strategy(facts, plan, arena);
    }
    return plan->failed ? error_set(error, "out of memory") : 0;
}

struct slice facts_annotation(const struct facts *facts, const char *key, struct arena *arena)
{
    return value_string(value_get(value_get(facts->metadata, "annotations"), key), arena);
}

bool facts_selects(const struct facts *facts, struct slice key)
{
    struct value selector = value_get(facts->spec, "selector");
    struct value expressions = value_get(selector, "matchExpressions");

    if (value_get_slice(value_get(selector, "matchLabels"), key).node)
        return true;
    for (struct value item = value_first(expressions); item.node; item = value_next(item))
        if (value_is_slice(value_get(item, "key"), key))
            return true;
    return false;
}
