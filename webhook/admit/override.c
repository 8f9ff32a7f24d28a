// Finds the field that an annotation names in the rules' own tables.
#include "admit/override.h"

#include "base/arena.h"
#include "object/annotations.h"

enum { MISPLACED_TEXT_MAX = 256 * 1024 };

// Annotations with evenkeel's prefix that are not settings.
static bool override_is_reserved(struct slice name)
{
    static const char *const reserved[] = {"inject",
                                           "injected",
                                           "history",
                                           "batch",
                                           "release",
                                           "shared-volumes",
                                           "user-grace-period-seconds"};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (slice_is(name, reserved[i]))
            return true;
    return false;
}

// Whether `name` is the rule's name in kebab case: readiness-probe for readinessProbe.
static bool override_names_rule(struct slice name, const char *rule)
{
    size_t i = 0;
    for (; *rule != '\0'; rule++) {
        bool upper = *rule >= 'A' && *rule <= 'Z';
        if (upper && (i == name.size || name.data[i++] != '-'))
            return false;
        if (i == name.size || name.data[i++] != (upper ? *rule - 'A' + 'a' : *rule))
            return false;
    }
    return i == name.size;
}

void override_write_name(struct text *text, const char *rule)
{
    for (; *rule != '\0'; rule++) {
        bool upper = *rule >= 'A' && *rule <= 'Z';
        if (upper)
            text_putc(text, '-');
        text_putc(text, upper ? (char)(*rule - 'A' + 'a') : *rule);
    }
}

static bool override_find_rule(const struct run *run, struct slice name, uint32_t *index)
{
    for (*index = 0; *index < run->rules->count; (*index)++)
        if (override_names_rule(name, run->rules->items[*index]->name))
            return true;
    return false;
}

bool override_is_rule(const struct run *run, struct slice name)
{
    uint32_t index;
    return override_find_rule(run, name, &index);
}

static void override_ignore(struct run *run, const struct rule *rule, struct slice name,
                            const char *why)
{
    run_warn(run, "evenkeel ignores " ANNOTATION_PREFIX "%.*s: %s", (int)name.size, name.data, why);
    run_note(run, rule, NULL, finding_of(VERDICT_IGNORED, REASON_OVERRIDE_INVALID));
}

static bool override_find(const struct run *run, struct slice name, uint32_t *rule, uint32_t *field)
{
    for (*rule = 0; *rule < run->rules->count; (*rule)++) {
        const struct field *fields = run->rules->items[*rule]->settings;
        for (*field = 0; fields[*field].key != NULL; (*field)++)
            if (fields[*field].annotation != NULL && slice_is(name, fields[*field].annotation))
                return true;
    }
    return false;
}

// Sets one field. If its value, or its combination with the rule's other fields, cannot be used,
// the policy's settings stay as they were.
static int override_set(struct run *run, const struct rule *rule, uint32_t field, struct slice text,
                        struct settings *settings, struct error *error)
{
    struct settings *trial = arena_alloc(run->arena, rule->settings_size);
    if (trial == NULL)
        return error_set(error, "out of memory");
    memcpy(trial, settings, rule->settings_size);
    if (settings_parse(rule->settings, field, text, trial, run->arena, error) < 0)
        return -1;
    trial->overridden |= 1u << field;
    if (rule->check != NULL && rule->check(trial, error) < 0)
        return -1;
    memcpy(settings, trial, rule->settings_size);
    return 0;
}

// The settings of a rule that no policy entry names: its defaults.
static struct settings *override_opt_in(struct run *run, uint32_t index)
{
    size_t size = run->rules->items[index]->settings_size;
    struct settings *settings = arena_alloc(run->arena, size);
    if (settings != NULL)
        memcpy(settings, run->policy->defaults[index], size);
    return settings;
}

static void override_one(struct run *run, struct slice name, struct slice text, bool last)
{
    uint32_t index = 0, field = 0;
    const struct rule *rule = NULL;
    struct settings *settings = NULL;
    struct error error = {0};
    if (override_is_rule(run, name) && switch_word_read(text) != SWITCH_NONE)
        return;
    if (override_find(run, name, &index, &field)) {
        rule = run->rules->items[index];
        if (run->settings[index] == NULL && rule->opt_in)
            run->settings[index] = override_opt_in(run, index);
        settings = run->settings[index];
    }
    if (rule == NULL && override_is_rule(run, name))
        error_set(&error, "expected \"on\" or \"off\"");
    else if (rule == NULL)
        error_set(&error, "there is no such setting");
    else if (settings == NULL)
        error_set(&error, "the policy does not use this rule here");
    else if ((settings->overridden >> field & 1) ||
             override_set(run, rule, field, text, settings, &error) == 0)
        return;
    if (last)
        override_ignore(run, rule, name, error.text);
}

// The setting that an annotation of the object names. False if it is not an override.
static bool override_name(struct run *run, struct value item, struct slice *name)
{
    struct slice key = value_string(value_key(item), run->arena);
    if (!slice_starts_with(key, ANNOTATION_PREFIX))
        return false;
    size_t prefix = strlen(ANNOTATION_PREFIX);
    *name = (struct slice){key.data + prefix, key.size - prefix};
    return !override_is_reserved(*name);
}

static void override_pass(struct run *run, bool last)
{
    struct value annotations = run->annotations;
    struct slice name;
    for (struct value item = value_first(annotations); item.node; item = value_next(item))
        if (override_name(run, item, &name))
            override_one(run, name, value_string(item, run->arena), last);
}

void override_read_switches(struct run *run)
{
    struct slice name;
    uint32_t index;
    for (struct value item = value_first(run->annotations); item.node; item = value_next(item)) {
        if (!override_name(run, item, &name) || !override_find_rule(run, name, &index))
            continue;
        enum switch_word word = switch_word_read(value_string(item, run->arena));
        run->refused |= (uint32_t)(word == SWITCH_OFF) << index;
        run->insisted |= (uint32_t)(word == SWITCH_ON) << index;
    }
}

// Adds the names of settings that stand in `map` and did not before.
static void override_misplaced(struct run *run, struct value map, struct value before,
                               struct text *names)
{
    struct slice name;
    uint32_t rule, field;
    for (struct value item = value_first(map); item.node; item = value_next(item)) {
        if (!override_name(run, item, &name) ||
            !(override_is_rule(run, name) || override_find(run, name, &rule, &field)) ||
            value_equal(value_get_slice(before, value_string(value_key(item), run->arena)), item) ||
            (names->size > 0 && memmem(names->data, names->size, name.data, name.size)))
            continue;
        text_puts(names, names->size > 0 ? ", " : "");
        text_add(names, name);
    }
}

void override_warn_misplaced(struct run *run)
{
    const struct facts *facts = &run->facts;
    struct value old = run->old_object;
    struct value pods = value_get(value_get(value_get(old, "spec"), "template"), "metadata");
    struct text names;
    text_init(&names, run->arena, MISPLACED_TEXT_MAX);
    override_misplaced(run, value_get(facts->metadata, "labels"),
                       value_get(value_get(old, "metadata"), "labels"), &names);
    override_misplaced(run, facts->pod_labels, value_get(pods, "labels"), &names);
    override_misplaced(run, facts->pod_annotations, value_get(pods, "annotations"), &names);
    run_warn_names(run, "evenkeel ignores, as they are no annotations of the object itself: ",
                   text_slice(&names));
}

// Twice, because a value may be valid only together with that of another annotation: a maxSurge of
// 0 needs a maxUnavailable above it.
void override_apply(struct run *run)
{
    override_pass(run, false);
    override_pass(run, true);
}

void override_refuse(struct run *run, struct value annotations, enum reason reason)
{
    struct slice name;
    uint32_t rule, field;
    for (struct value item = value_first(annotations); item.node; item = value_next(item)) {
        if (!override_name(run, item, &name) ||
            (override_is_rule(run, name) &&
             switch_word_read(value_string(item, run->arena)) != SWITCH_NONE))
            continue;
        bool known = override_find(run, name, &rule, &field);
        override_ignore(run, known ? run->rules->items[rule] : NULL, name, reason_doc(reason));
    }
}
