// One pass over one list, with the engine and the editor that preview uses. It opens no file except
// a named policy.
#include "preview/fn.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "loader/load.h"
#include "manifest/edit.h"
#include "manifest/read.h"
#include "manifest/to_json.h"
#include "preview/decide.h"
#include "preview/fragment.h"
#include "preview/say.h"
#include "rules/rules.h"

enum { FN_MEMORY_MAX = 2000 * 1024 * 1024, FN_TROUBLE = 2 };

static const char usage[] =
    "usage: evenkeel fn [--policy=FILE] <RESOURCELIST >RESOURCELIST\n"
    "\n"
    "A KRM function, for `kustomize build --enable-alpha-plugins --enable-exec` and `kpt fn eval\n"
    "--exec`. It injects what the webhook would into the items of a ResourceList.\n"
    "\n"
    "  -p, --policy=FILE   the policy; default: the functionConfig (a RolloutPolicy, or a "
    "ConfigMap\n"
    "                      with one below policy.yaml or policy), else the default policy\n"
    "      --client=HOW    apply (default) or create, as for `evenkeel preview`\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0, or 2 if the list or the policy cannot be read. Then nothing is written.\n";

struct fn {
    const char *policy_file;
    struct synthetic_options options;
    bool help;
    struct arena *arena;
    struct slice input;     // owned
    struct slice from_file; // owned
    struct policy *policy;
    struct decider *decider;
    struct splices splices;
};

static int read_arguments(struct fn *fn, int argc, char **argv, struct error *error)
{
    static const struct option table[] = {
        {"policy", required_argument, NULL, 'p'},
        {"client", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    opterr = 0;
    optind = 0;
    while ((option = getopt_long(argc, argv, ":p:h", table, NULL)) != -1) {
        if (option == 'p')
            fn->policy_file = optarg;
        else if (option == 'h')
            fn->help = true;
        else if (option == 'c' && (!strcmp(optarg, "apply") || !strcmp(optarg, "create")))
            fn->options.evidence = optarg[0] == 'a' ? SYNTHETIC_APPLY : SYNTHETIC_NONE;
        else
            return error_set(error, "unknown option \"%s\"; `evenkeel fn --help` lists them",
                             argv[optind - 1]);
    }
    if (optind < argc)
        return error_set(error, "it reads a ResourceList from standard input, and no file \"%s\"",
                         argv[optind]);
    return 0;
}

// Only the name of a functionConfig's metadata is kept: the rest is for the runner.
static struct slice policy_json(struct fn *fn, struct value config)
{
    struct text text;

    text_init(&text, fn->arena, POLICY_SIZE_MAX);
    text_putc(&text, '{');
    for (struct value item = value_first(config); item.node; item = value_next(item)) {
        if (value_is(value_key(item), "metadata"))
            continue;
        if (text.size > 1)
            text_putc(&text, ',');
        text_add(&text, value_raw(value_key(item)));
        text_putc(&text, ':');
        text_add(&text, value_raw(item));
    }
    text_putc(&text, '}');
    return text_slice(&text);
}

// The policy's text; {NULL, 0} where there is none.
static struct slice find_policy(struct fn *fn, struct value list)
{
    struct value config = value_get(list, "functionConfig");
    struct value data = value_get(config, "data");
    struct value text = value_get(data, "policy.yaml");

    if (value_is(value_get(config, "kind"), "RolloutPolicy"))
        return policy_json(fn, config);
    if (!value_exists(text))
        text = value_get(data, "policy");
    return value_string(text, fn->arena);
}

// The list as JSON: of its YAML, or itself.
static int read_list(struct fn *fn, struct tape *tape, struct error *error)
{
    struct yaml_reader *reader = yaml_reader_new(fn->input);
    struct yaml_document document = {0};
    struct converted converted = {0};
    int found;

    if (!reader)
        return error_set(error, "memory is short");
    yaml_reader_allow_duplicates(reader);
    found = yaml_reader_next(reader, fn->arena, &document, error);
    if (found == 1 && document.count > 0)
        found = to_json(&document, 0, fn->arena, &converted, error) ? -1 : 2;
    yaml_reader_free(reader);
    if (found != 2)
        return error_set(error, "there is no ResourceList in it");
    return tape_parse(tape, converted.json, TAPE_FULL, error);
}

static int load_policy(struct fn *fn, struct slice yaml, const char *name, struct error *error)
{
    struct problems problems = {0};

    fn->policy = policy_load(&rules_table, name, yaml, &problems);
    say_problems(name, &problems);
    problems_clear(&problems);
    return fn->policy ? 0 : error_set(error, "the policy cannot be used");
}

static int choose_policy(struct fn *fn, struct error *error)
{
    const char *name = fn->policy_file ? fn->policy_file : "functionConfig";
    struct tape tape = {0};
    struct slice yaml = {0};
    int result = read_list(fn, &tape, error);

    if (result == 0 && !value_is(value_get(value_root(&tape), "kind"), "ResourceList"))
        result = error_set(error, "it is not a ResourceList");
    if (result == 0 && fn->policy_file) {
        result = input_read(fn->policy_file, &fn->from_file, error);
        yaml = fn->from_file;
    } else if (result == 0) {
        yaml = find_policy(fn, value_root(&tape));
    }
    if (result == 0 && !yaml.data) {
        yaml = policy_default_yaml();
        name = "default policy";
    }
    if (result == 0)
        result = load_policy(fn, yaml, name, error);
    tape_clear(&tape);
    return result;
}

static int edit_item(struct fn *fn, const struct object *object, struct error *error)
{
    struct decision decision;

    if (decide_pass(fn->decider, object, &decision, error))
        return -1;
    decision.left_alone = fragment_reason(&decision);
    if (decision.left_alone) {
        say_left_alone("stdin", &decision);
        return 0;
    }
    if (decide_inject(fn->decider, object, fn->input, fn->arena, &fn->splices, &decision, error))
        return -1;
    say_warnings("stdin", &decision);
    return 0;
}

static int edit_items(struct fn *fn, struct error *error)
{
    struct splitter *splitter = splitter_new(fn->input);
    struct object object;
    int found = splitter ? 1 : error_set(error, "memory is short");

    while (found == 1) {
        found = splitter_next(splitter, &object, error);
        if (found == 1 && edit_item(fn, &object, error))
            found = -1;
    }
    splitter_free(splitter);
    if (found == 0 && !splices_settle(&fn->splices))
        found = error_set(error, "memory is short");
    return found;
}

static int run(struct fn *fn, struct error *error)
{
    struct text text;
    struct slice output;

    fn->arena = arena_new(FN_MEMORY_MAX);
    if (!fn->arena)
        return error_set(error, "memory is short");
    if (input_read("-", &fn->input, error) || choose_policy(fn, error))
        return -1;
    fn->decider = decider_new(fn->policy, &fn->options);
    if (!fn->decider)
        return error_set(error, "memory is short");
    if (edit_items(fn, error))
        return -1;
    text_init(&text, fn->arena, (size_t)2 * EDIT_SIZE_MAX);
    splices_apply(&fn->splices, fn->input, 0, (uint32_t)fn->input.size, &text);
    output = text_slice(&text);
    if (!output.data)
        return error_set(error, "memory is short");
    fwrite(output.data, 1, output.size, stdout);
    return 0;
}

int fn_command(int argc, char **argv)
{
    struct fn fn = {0};
    struct error error = {0};
    int status = 0;

    if (read_arguments(&fn, argc, argv, &error) || (!fn.help && run(&fn, &error))) {
        say_error("stdin", &error);
        status = FN_TROUBLE;
    } else if (fn.help) {
        fputs(usage, stdout);
    }
    decider_free(fn.decider);
    policy_free(fn.policy);
    splices_clear(&fn.splices);
    arena_free(fn.arena);
    free((char *)fn.input.data);
    free((char *)fn.from_file.data);
    return status;
}
