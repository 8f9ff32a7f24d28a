// `evenkeel preview`: reads, asks, shows. The engine decides what would change, and the forms
// decide how it looks.
#include "preview/preview.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "loader/load.h"
#include "manifest/edit.h"
#include "manifest/template.h"
#include "preview/arguments.h"
#include "preview/explain.h"
#include "preview/form.h"
#include "preview/fragment.h"
#include "preview/hints.h"
#include "preview/intake.h"
#include "preview/kustomize.h"
#include "preview/learn.h"
#include "preview/namespaces.h"
#include "preview/overlay.h"
#include "preview/progress.h"
#include "preview/replace.h"
#include "preview/say.h"
#include "rules/rules.h"

enum status { STATUS_SAME, STATUS_DIFFERENT, STATUS_TROUBLE };

enum { FILE_MEMORY_MAX = 2000 * 1024 * 1024 }; // for one file's edits and output

struct preview {
    struct arguments arguments;
    struct policy *policy;
    struct decider *decider;
    struct namespaces namespaces;
    struct services services;
    struct hints hints;         // of the present object
    struct arena *arena;        // for one file
    struct arena *output_arena; // for what is being printed
    struct output output;
    struct intake intake;
    struct overlays overlays;
    bool is_patch;      // the file that is looked at
    size_t empty_lists; // of the source that is looked at
    enum status status;
};

static void raise(struct preview *preview, enum status status)
{
    if (status > preview->status)
        preview->status = status;
}

static void report(struct preview *preview, const char *file, const struct error *error)
{
    say_error(file, error);
    raise(preview, STATUS_TROUBLE);
}

static const char *policy_name(const struct preview *preview)
{
    return preview->arguments.policy ? preview->arguments.policy : "default policy";
}

static int load_policy(struct preview *preview, struct error *error)
{
    const char *name = preview->arguments.policy;
    struct problems problems = {0};
    struct slice yaml = policy_default_yaml();
    struct error unread = {0};

    if (name && input_read(name, &yaml, &unread))
        return error_set(error, "%s: %s", name, unread.text);
    preview->policy = policy_load(&rules_table, policy_name(preview), yaml, &problems);
    say_problems(policy_name(preview), &problems);
    problems_clear(&problems);
    if (name)
        free((char *)yaml.data);
    return preview->policy ? 0 : error_set(error, "the policy cannot be used");
}

// What the engine says and what the Services in the input suggest. With --annotate, only the
// suggestion is written.
static int inject(struct preview *preview, const char *name, const struct object *object,
                  struct slice file, struct splices *splices, struct decision *decision,
                  struct error *error)
{
    const struct arguments *arguments = &preview->arguments;
    size_t before = splices->count;
    int32_t port;

    if (decide_inject(preview->decider, object, file, preview->arena, splices, decision, error))
        return -1;
    port = hints_look(&preview->services, name, decision, preview->output_arena,
                      arguments->quiet || arguments->annotate, &preview->hints);
    overlays_look(&preview->overlays,
                  &(struct look){.file = name,
                                 .decision = decision,
                                 .arena = preview->output_arena,
                                 .quiet = arguments->quiet || arguments->annotate,
                                 .hints = &preview->hints});
    if (!arguments->annotate)
        return 0;
    splices->count = before;
    return decide_annotate(preview->decider, object, file, port, preview->arena, splices, decision,
                           error);
}

static int decide(struct preview *preview, const char *name, const struct object *object,
                  struct slice file, struct splices *splices, struct decision *decision,
                  struct error *error)
{
    struct decider *decider = preview->decider;

    preview->hints.count = 0;
    if (decide_pass(decider, object, decision, error))
        return -1;
    decision->left_alone =
        preview->is_patch ? "a kustomization names its file as a patch" : fragment_reason(decision);
    if (decision->left_alone)
        return 0;
    if (preview->arguments.remove)
        return decide_remove(decider, object, file, preview->arena, splices, decision, error);
    if (decision->known && !preview->arguments.all &&
        namespaces_excludes(&preview->namespaces, decision->namespace)) {
        decision->outside = true;
        return 0;
    }
    return inject(preview, name, object, file, splices, decision, error);
}

static void show(struct preview *preview, const char *file, const struct decision *decision)
{
    const struct arguments *arguments = &preview->arguments;

    if (decision->changed && arguments_tell_changes(arguments))
        raise(preview, STATUS_DIFFERENT);
    if (arguments->quiet)
        return;
    if (decision->left_alone && decision->known)
        say_left_alone(file, decision);
    say_warnings(file, decision);
    if (arguments->form->object && !arguments->write)
        arguments->form->object(&preview->output, file, decision);
    if (arguments->explain)
        explain(arguments->form->object || arguments->write ? stderr : stdout, file,
                policy_name(preview), decision);
    arena_reset(preview->output_arena);
}

static void finish_file(struct preview *preview, size_t input, struct slice bytes,
                        struct splices *splices, const struct names *names)
{
    const struct arguments *arguments = &preview->arguments;
    struct file file = {intake_name(&preview->intake, input), bytes, splices, names};
    struct error error = {0};
    struct text text;

    if (!splices_settle(splices)) {
        error_set(&error, "memory is short");
    } else if (arguments->write && splices->count > 0) {
        text_init(&text, preview->arena, (size_t)2 * EDIT_SIZE_MAX);
        splices_apply(splices, bytes, 0, (uint32_t)bytes.size, &text);
        if (text_slice(&text).data)
            replace_file(preview->arguments.inputs.names[input], text_slice(&text), &error);
        else
            error_set(&error, "memory is short");
    } else if (arguments->form->file && !arguments->write && !arguments->quiet) {
        arguments->form->file(&preview->output, &file);
    }
    if (error.set)
        report(preview, file.name, &error);
}

// A document that cannot be read. A template is reported once, and keeps its text.
static void refuse(struct preview *preview, size_t input, struct slice bytes, struct error *error,
                   bool *template)
{
    const char *name = intake_name(&preview->intake, input);

    if (*template)
        return;
    *template = template_is(bytes);
    if (*template)
        template_explain(name, error);
    report(preview, name, error);
}

// Whether it is a list without items, as kubectl prints one for a namespace that has none or is not
// there. A list has no name.
static bool is_empty_list(const struct object *object)
{
    struct tape tape = {0};
    bool is = slice_glob(object->kind, SLICE("*List")) &&
              tape_parse(&tape, object->json, TAPE_FULL, NULL) == 0 &&
              !value_exists(value_get(value_get(value_root(&tape), "metadata"), "name"));

    tape_clear(&tape);
    return is;
}

// Returns how many documents have a kind, or cannot be read.
static size_t preview_bytes(struct preview *preview, size_t input, struct slice bytes)
{
    const char *name = intake_name(&preview->intake, input);
    struct splitter *splitter = splitter_new(bytes);
    struct splices splices = {0};
    struct names names = {0};
    struct object object;
    int found = splitter ? 1 : 0;
    size_t documents = 0, objects = 0;
    bool template = false;

    preview->output.bytes = bytes;
    preview->output.splices = &splices;
    while (found != 0) {
        struct error error = {0};
        struct decision decision;
        preview->output.first_splice = splices.count;
        found = splitter_next(splitter, &object, &error);
        documents += found != 0;
        objects += found < 0 || (found > 0 && object.kind.size > 0);
        preview->empty_lists += found > 0 && is_empty_list(&object);
        if (found == 1 && decide(preview, name, &object, bytes, &splices, &decision, &error) == 0) {
            show(preview, name, &decision);
            if (decision.changed)
                names_add(&names, &decision);
        }
        if (found == 1)
            progress_object(object.end, bytes.size);
        if (error.set && found == 1 && !error.line) {
            error.line = object.line;
            error.column = object.column;
        }
        if (error.set)
            refuse(preview, input, bytes, &error, &template);
    }
    if (!template || !preview->arguments.write)
        finish_file(preview, input, bytes, &splices, documents > 1 ? &names : NULL);
    splices_clear(&splices);
    names_clear(&names);
    splitter_free(splitter);
    arena_reset(preview->arena);
    arena_reset(preview->output_arena);
    return objects;
}

static void learn(struct preview *preview)
{
    for (size_t i = 0; i < preview->arguments.inputs.count; i++) {
        const char *name = intake_name(&preview->intake, i);
        struct error error = {0};
        struct slice bytes;
        if (intake_read(&preview->intake, i, &bytes, &error))
            continue; // it is said when the file is shown
        if (learn_file(&preview->namespaces, &preview->services, name, bytes,
                       preview->arguments.review.namespace, &error) ||
            overlays_learn(&preview->overlays, name, bytes, &error))
            report(preview, name, &error);
        intake_release(&preview->intake, i, bytes);
    }
}

static size_t preview_file(struct preview *preview, size_t input)
{
    const char *name = intake_name(&preview->intake, input);
    struct error error = {0};
    struct slice bytes;
    size_t objects;

    progress_file();
    if (intake_read(&preview->intake, input, &bytes, &error)) {
        report(preview, name, &error);
        return 1; // nobody knows that it is empty
    }
    preview->is_patch = overlays_enter(&preview->overlays, name);
    objects = preview_bytes(preview, input, bytes);
    intake_release(&preview->intake, input, bytes);
    return objects;
}

static void warn_of_empty_lists(struct preview *preview, size_t input)
{
    if (!preview->arguments.quiet)
        say_hint(intake_name(&preview->intake, input), 1, true,
                 SLICE("there is only a list without items: is the namespace right?"));
}

// An empty pipe is a broken one: the reader of the output would take it for everything.
static void refuse_empty(struct preview *preview, size_t input)
{
    struct error error = {0};

    error_set(&error, "nothing to read: there is no object with a kind in it (--allow-empty allows "
                      "this)");
    report(preview,
           strcmp(preview->arguments.sources[input].path, "-")
               ? preview->arguments.sources[input].path
               : "stdin",
           &error);
}

static void preview_sources(struct preview *preview)
{
    const struct arguments *arguments = &preview->arguments;
    size_t next = 0;

    for (size_t i = 0; i < arguments->source_count; i++) {
        size_t objects = 0, first = next;
        preview->empty_lists = 0;
        while (next < arguments->sources[i].end)
            objects += preview_file(preview, next++);
        if (objects == 0 && !arguments->allow_empty)
            refuse_empty(preview, i);
        if (objects > 0 && objects == preview->empty_lists && !arguments->allow_empty)
            warn_of_empty_lists(preview, first);
    }
}

static void say_services(struct preview *preview)
{
    struct hints hints;

    for (const struct service *service = preview->services.first; service;
         service = service->next) {
        hints_service(service, preview->output_arena, &hints);
        for (uint32_t i = 0; i < hints.count; i++)
            say_hint(service->file, service->line, hints.items[i].warning, hints.items[i].text);
    }
}

static void preview_all(struct preview *preview)
{
    const struct form *form = preview->arguments.form;

    progress_start(preview->arguments.inputs.count);
    learn(preview);
    preview_sources(preview);
    progress_erase(stderr);
    if (preview->arguments.quiet)
        return;
    services_count(&preview->services);
    if (form->end)
        form->end(&preview->output);
    if (preview->output.failed)
        report(preview, NULL,
               &(struct error){.set = true, .text = "memory is short: the output lacks something"});
    if (!preview->arguments.remove && !preview->arguments.annotate)
        say_services(preview);
}

static int start(struct preview *preview, int argc, char **argv, struct error *error)
{
    if (arguments_read(argc, argv, &preview->arguments, error))
        return -1;
    if (preview->arguments.help)
        return 0;
    if (intake_init(&preview->intake, &preview->arguments, error))
        return -1;
    if (load_policy(preview, error))
        return -1;
    preview->decider = decider_new(preview->policy, &preview->arguments.review);
    preview->arena = arena_new(FILE_MEMORY_MAX);
    preview->output_arena = arena_new(FILE_MEMORY_MAX);
    preview->output = (struct output){.arguments = &preview->arguments,
                                      .arena = preview->output_arena,
                                      .services = &preview->services,
                                      .hints = &preview->hints,
                                      .policy = policy_name(preview)};
    if (!preview->decider || !preview->arena || !preview->output_arena)
        return error_set(error, "memory is short");
    return 0;
}

int preview_command(int argc, char **argv)
{
    struct preview preview = {0};
    struct error error = {0};

    if (start(&preview, argc, argv, &error))
        report(&preview, NULL, &error);
    else if (preview.arguments.help)
        fputs(arguments_usage, stdout);
    else
        preview_all(&preview);
    decider_free(preview.decider);
    policy_free(preview.policy);
    namespaces_clear(&preview.namespaces);
    services_clear(&preview.services);
    arena_free(preview.arena);
    arena_free(preview.output_arena);
    overlays_clear(&preview.overlays);
    intake_clear(&preview.intake);
    arguments_clear(&preview.arguments);
    return preview.status;
}
