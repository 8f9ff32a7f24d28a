// https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/. kustomize itself builds
// them. JSON patches are not read: they replace values, and merge nothing.
#include "preview/overlay.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "manifest/read.h"
#include "manifest/split.h"
#include "json/value.h"

enum { OVERLAYS_MEMORY_MAX = 256 * 1024 * 1024 };

// A value that a patch sets.
struct setting {
    struct setting *next;
    const char *rule; // the rule that injects the same
    struct slice container;
    struct slice kind; // of the patched objects; empty: any
    struct slice name; // the same
    const char *file;
    uint32_t line;
};

struct overlay {
    const char *folder; // resolved
    struct setting *settings;
    struct overlay *above; // the next one in overlays.above
    bool is_above;         // it is in there
};

// An overlay that names a base.
struct namer {
    struct namer *next;
    struct overlay *overlay;
};

// What is read of one patch.
struct patch {
    struct arena *arena;
    struct overlay *overlay;
    struct value target; // of the kustomization; absent: the patch names its object
    const char *file;
    uint32_t line;
};

static struct slice text_of(struct arena *arena, struct value value)
{
    return slice_copy(arena, value_string(value, arena));
}

// A target is a regular expression. One that is more than a name stands for any.
static struct slice plain(struct slice name)
{
    for (size_t i = 0; i < name.size; i++)
        if (strchr(".*+?()[]{}|^$\\", name.data[i]))
            return (struct slice){0};
    return name;
}

static int set(const struct patch *patch, struct value object, const char *rule,
               struct value container)
{
    struct setting *setting = arena_alloc(patch->arena, sizeof(*setting));
    struct value name = value_get(value_get(object, "metadata"), "name");
    bool targeted = value_exists(patch->target);

    if (!setting)
        return -1;
    setting->rule = rule;
    setting->file = patch->file;
    setting->line = patch->line;
    setting->container = text_of(patch->arena, value_get(container, "name"));
    setting->kind = text_of(patch->arena, value_get(targeted ? patch->target : object, "kind"));
    setting->name =
        plain(text_of(patch->arena, targeted ? value_get(patch->target, "name") : name));
    setting->next = patch->overlay->settings;
    patch->overlay->settings = setting;
    return 0;
}

// A merge leaves both what evenkeel writes and what the patch sets.
static int learn_settings(const struct patch *patch, struct value object)
{
    struct value spec = value_get(object, "spec");
    struct value pod = value_get(value_get(spec, "template"), "spec");
    int result = 0;

    if (value_exists(value_get(spec, "strategy")))
        result = set(patch, object, "rollingUpdate", (struct value){0});
    if (value_exists(value_get(pod, "terminationGracePeriodSeconds")))
        result |= set(patch, object, "terminationGracePeriodSeconds", (struct value){0});
    for (struct value item = value_first(value_get(pod, "containers")); item.node;
         item = value_next(item)) {
        if (value_exists(value_get(item, "readinessProbe")))
            result |= set(patch, object, "readinessProbe", item);
        if (value_exists(value_get(value_get(item, "lifecycle"), "preStop")))
            result |= set(patch, object, "preStop", item);
    }
    return result;
}

// Calls `each` for each object in `file`, until one fails.
static int each_object(struct slice file, int (*each)(void *data, const struct object *object),
                       void *data)
{
    struct splitter *splitter = splitter_new(file);
    struct error ignored = {0};
    struct object object;
    int result = splitter ? 0 : -1;

    while (result == 0 && splitter_next(splitter, &object, &ignored) == 1)
        result = each(data, &object);
    splitter_free(splitter);
    return result;
}

static int learn_patched(void *data, const struct object *object)
{
    struct patch *patch = data;
    struct tape tape = {0};
    int result = 0;

    patch->line = object->line;
    if (tape_parse(&tape, object->json, TAPE_FULL, NULL) == 0)
        result = learn_settings(patch, value_root(&tape));
    tape_clear(&tape);
    return result;
}

// The path `name` from the overlay's folder, resolved; NULL if there is no such file.
static const char *resolve(struct arena *arena, const struct overlay *overlay, struct slice name)
{
    char joined[PATH_MAX];
    char resolved[PATH_MAX];
    int size;

    if (name.size == 0 || memchr(name.data, '\n', name.size) || memchr(name.data, 0, name.size))
        return NULL;
    size = snprintf(joined, sizeof(joined), "%s/%.*s", name.data[0] == '/' ? "" : overlay->folder,
                    (int)name.size, name.data);
    if (size < 0 || size >= PATH_MAX || !realpath(joined, resolved))
        return NULL;
    return slice_copy(arena, slice_of(resolved)).data;
}

static struct index_name name_of(const char *path)
{
    return (struct index_name){{slice_of(path)}};
}

static int learn_patch(struct overlays *overlays, struct overlay *overlay, const char *name,
                       bool merges, struct value item)
{
    struct patch patch = {overlays->arena, overlay, value_get(item, "target"), name, 1};
    bool written_out = value_exists(value_get(item, "patch"));
    struct value where =
        value_type(item) == TAPE_STRING ? item : value_get(item, written_out ? "patch" : "path");
    struct slice text = value_string(where, overlays->arena);
    const char *path = written_out ? NULL : resolve(overlays->arena, overlay, text);
    struct error ignored = {0};
    struct slice bytes;
    int result;

    if (path && !index_add(&overlays->patches, name_of(path)))
        return -1;
    if (!path) // written out, also where a patch is named by a text alone
        return merges ? each_object(text, learn_patched, &patch) : 0;
    if (!merges || input_read(path, &bytes, &ignored))
        return 0;
    patch.file = path;
    result = each_object(bytes, learn_patched, &patch);
    free((char *)bytes.data);
    return result;
}

struct kustomization {
    struct overlays *overlays;
    struct overlay *overlay;
    const char *name;
};

static int learn_bases(const struct kustomization *file, struct value list)
{
    struct arena *arena = file->overlays->arena;

    for (struct value item = value_first(list); item.node; item = value_next(item)) {
        const char *path = resolve(arena, file->overlay, value_string(item, arena));
        struct namer *namer = path ? arena_alloc(arena, sizeof(*namer)) : NULL;
        struct index_entry *base;
        if (!path)
            continue; // elsewhere in the network
        base = namer ? index_add(&file->overlays->bases, name_of(path)) : NULL;
        if (!base)
            return -1;
        *namer = (struct namer){base->first, file->overlay};
        base->first = namer;
    }
    return 0;
}

static int learn_patches(const struct kustomization *file, struct value list, bool merges)
{
    int result = 0;

    for (struct value item = value_first(list); item.node; item = value_next(item))
        result |= learn_patch(file->overlays, file->overlay, file->name, merges, item);
    return result;
}

static int learn_kustomization(void *data, const struct object *object)
{
    static const char *const bases[] = {"resources", "bases", "components"};
    static const char *const merging[] = {"patches", "patchesStrategicMerge"};
    const struct kustomization *file = data;
    struct tape tape = {0};
    int result = 0;

    if (tape_parse(&tape, object->json, TAPE_FULL, NULL))
        return 0;
    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
        result |= learn_bases(file, value_get(value_root(&tape), bases[i]));
    for (size_t i = 0; i < sizeof(merging) / sizeof(merging[0]); i++)
        result |= learn_patches(file, value_get(value_root(&tape), merging[i]), true);
    result |= learn_patches(file, value_get(value_root(&tape), "patchesJson6902"), false);
    tape_clear(&tape);
    return result;
}

// kustomization.yaml, kustomization.yml or Kustomization.
static bool is_kustomization(const char *name)
{
    const char *slash = strrchr(name, '/');

    name = slash ? slash + 1 : name;
    return !strcmp(name, "kustomization.yaml") || !strcmp(name, "kustomization.yml") ||
           !strcmp(name, "Kustomization");
}

int overlays_learn(struct overlays *overlays, const char *name, struct slice file,
                   struct error *error)
{
    struct kustomization kustomization = {overlays, NULL, name};
    const char *slash = strrchr(name, '/');
    struct overlay here = {.folder = "."};
    struct overlay *overlay;

    if (!is_kustomization(name))
        return 0;
    if (!overlays->arena)
        overlays->arena = arena_new(OVERLAYS_MEMORY_MAX);
    overlay = overlays->arena ? arena_alloc(overlays->arena, sizeof(*overlay)) : NULL;
    if (!overlay)
        return error_set(error, "memory is short");
    overlay->folder = resolve(overlays->arena, &here,
                              slash ? (struct slice){name, (size_t)(slash - name)} : SLICE("."));
    if (!overlay->folder)
        return 0;
    kustomization.overlay = overlay;
    if (each_object(file, learn_kustomization, &kustomization))
        return error_set(error, "memory is short");
    return 0;
}

static bool patches_it(const struct setting *setting, const struct decision *decision,
                       const struct outcome *outcome)
{
    return outcome->finding.verdict == VERDICT_INJECTED && outcome->rule &&
           !strcmp(outcome->rule->name, setting->rule) &&
           slice_equal(outcome->container, setting->container) &&
           (!setting->kind.size || slice_equal(setting->kind, decision->object->kind)) &&
           (!setting->name.size || slice_equal(setting->name, decision->name));
}

static void look_at_setting(const struct look *look, const struct setting *setting)
{
    const struct admission *admission = &look->decision->admission;
    struct text text;

    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        if (!patches_it(setting, look->decision, outcome))
            continue;
        text_init(&text, look->arena, HINT_SIZE_MAX);
        text_printf(&text, "%s%s", setting->rule, outcome->container.size ? " of container " : "");
        text_add(&text, outcome->container);
        text_printf(&text,
                    " would be written here, and a patch of an overlay sets it too (%s:%u): "
                    "kustomize merges both, and the API server may refuse the result. Write into "
                    "the patch, or leave it to the webhook; preview -k shows what is built",
                    setting->file, setting->line);
        look_say(look, true, &text);
    }
}

// Appends the overlays that name `path` as a base to the list that ends at `end`.
static struct overlay **add_above(const struct overlays *overlays, const char *path,
                                  struct overlay **end)
{
    const struct index_entry *base = index_find(&overlays->bases, name_of(path));

    for (struct namer *at = base ? base->first : NULL; at; at = at->next) {
        if (at->overlay->is_above)
            continue;
        at->overlay->is_above = true;
        at->overlay->above = NULL;
        *end = at->overlay;
        end = &at->overlay->above;
    }
    return end;
}

bool overlays_enter(struct overlays *overlays, const char *name)
{
    char file[PATH_MAX];
    struct overlay **end = &overlays->above;

    for (struct overlay *at = overlays->above; at; at = at->above)
        at->is_above = false;
    overlays->above = NULL;
    if (!overlays->arena || !realpath(name, file))
        return false;
    end = add_above(overlays, file, end);
    for (struct overlay *at = overlays->above; at; at = at->above)
        end = add_above(overlays, at->folder, end);
    return index_find(&overlays->patches, name_of(file)) != NULL;
}

void overlays_look(const struct overlays *overlays, const struct look *look)
{
    for (const struct overlay *overlay = overlays->above; overlay; overlay = overlay->above)
        for (const struct setting *at = overlay->settings; at; at = at->next)
            look_at_setting(look, at);
}

void overlays_clear(struct overlays *overlays)
{
    arena_free(overlays->arena);
    index_clear(&overlays->bases);
    index_clear(&overlays->patches);
    *overlays = (struct overlays){0};
}
