// Options and files of `evenkeel check`. loader/load.h finds the problems of a policy.
#include "check/check.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "check/cases.h"
#include "check/config_map.h"
#include "check/describe.h"
#include "loader/load.h"
#include "loader/schema.h"
#include "rules/rules.h"

enum status { STATUS_FINE, STATUS_FINDINGS, STATUS_TROUBLE };

static const char usage[] =
    "usage: evenkeel check [OPTION]... POLICY...\n"
    "       evenkeel check --test=DIR [--policy=FILE]\n"
    "\n"
    "Lists every error and warning in policies with its line and column. If a policy has none, "
    "prints\n"
    "what it does. A POLICY of - is standard input. If the file is a ConfigMap, the policy in its "
    "data\n"
    "is read.\n"
    "\n"
    "  --test=DIR       run the policy's tests in DIR and below. A test is a folder with "
    "object.yaml\n"
    "                   and its result, expected.yaml (or a file `expected` that says unchanged).\n"
    "                   old.yaml makes it an update\n"
    "  --policy=FILE    the policy to test; default: policy.yaml beside the object or in the "
    "nearest\n"
    "                   folder above it up to DIR, else the default policy\n"
    "  --print-default  print the default policy\n"
    "  --schema         print a JSON Schema of policies, for editors\n"
    "  --list-rules     print every rule and its settings, in Markdown\n"
    "  --list-reasons   print every verdict and reason\n"
    "  --help           print this\n"
    "\n"
    "Exit status: 0 nothing to report, 1 errors, warnings or failed tests, 2 trouble.\n";

// Prints a file's name on stderr so that no byte of it can control the terminal.
static void print_name(const char *name)
{
    fputs("evenkeel: ", stderr);
    for (; *name; name++)
        fputc((unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name, stderr);
}

static enum status trouble(const char *what, const char *why)
{
    print_name(what);
    fprintf(stderr, ": %s\n", why);
    return STATUS_TROUBLE;
}

// Reads up to one byte more than a policy may have, to notice a larger one. The caller frees
// `*out`.
static int read_stream(FILE *stream, struct slice *out)
{
    char *bytes = malloc(POLICY_SIZE_MAX + 1);
    size_t size;

    if (!bytes) {
        errno = ENOMEM;
        return -1;
    }
    size = fread(bytes, 1, POLICY_SIZE_MAX + 1, stream);
    if (ferror(stream)) {
        free(bytes);
        return -1;
    }
    *out = (struct slice){bytes, size};
    return 0;
}

static int read_file(const char *path, struct slice *out)
{
    bool own = strcmp(path, "-") != 0;
    FILE *stream = own ? fopen(path, "rb") : stdin;
    int status, error;

    if (!stream)
        return -1;
    status = read_stream(stream, out);
    error = errno;
    if (own)
        fclose(stream);
    errno = error;
    return status;
}

static void print_problems(const char *name, const struct problems *problems)
{
    for (const struct problem *problem = problems->first; problem; problem = problem->next) {
        print_name(name);
        fprintf(stderr, ":%u:%u: %s%s\n", problem->line, problem->column,
                problem->warning ? "warning: " : "", problem->text);
    }
    if (!problems->first && problems->errors > 0)
        trouble(name, "out of memory");
}

static enum status check_text(const char *name, struct slice yaml)
{
    struct problems problems = {0};
    struct policy *policy = policy_load(&rules_table, name, yaml, &problems);
    enum status status = STATUS_FINE;

    print_problems(name, &problems);
    if (problems.errors > 0 || problems.warnings > 0)
        status = problems.first ? STATUS_FINDINGS : STATUS_TROUBLE;
    else
        describe_policy(stdout, policy, &rules_table);
    problems_clear(&problems);
    policy_free(policy);
    return status;
}

// If the file is a ConfigMap: the policy in it.
static enum status check_file(const char *path)
{
    const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
    struct arena *arena = arena_new(8 * (size_t)POLICY_SIZE_MAX);
    struct slice yaml;
    struct slice inside;
    enum status status;

    if (!arena)
        return trouble(name, "out of memory");
    if (read_file(path, &yaml) < 0) {
        arena_free(arena);
        return trouble(name, strerror(errno));
    }
    inside = config_map_policy(yaml, arena);
    status = check_text(name, inside.data ? inside : yaml);
    free((void *)yaml.data);
    arena_free(arena);
    return status;
}

static enum status print_text(struct slice (*write)(const struct rules *, struct arena *))
{
    struct arena *arena = arena_new(4 * (size_t)SCHEMA_SIZE_MAX);
    struct slice text = arena ? write(&rules_table, arena) : (struct slice){NULL, 0};

    if (text.data)
        fwrite(text.data, 1, text.size, stdout);
    arena_free(arena);
    return text.data ? STATUS_FINE : trouble("check", "out of memory");
}

static enum status print_default(void)
{
    struct slice yaml = policy_default_yaml();

    fwrite(yaml.data, 1, yaml.size, stdout);
    return STATUS_FINE;
}

static enum status print_reasons(void)
{
    printf("verdicts:\n");
    for (int i = 0; i < VERDICTS_COUNT; i++)
        printf("  %-24s %s\n", verdict_name((enum verdict)i), verdict_doc((enum verdict)i));
    printf("reasons:\n");
    for (int i = 0; i < REASONS_COUNT; i++)
        printf("  %-24s %s\n", reason_name((enum reason)i), reason_doc((enum reason)i));
    return STATUS_FINE;
}

static enum status check_files(int count, char **paths)
{
    enum status worst = STATUS_FINE;

    if (count == 0)
        return trouble("check", "no policy given; name its file, or - for standard input");
    for (int i = 0; i < count; i++) {
        enum status status = check_file(paths[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static enum status test(const char *folder, const char *policy, int count)
{
    if (count > 0)
        return trouble("check", "--test takes one folder; name the policy with --policy");
    return (enum status)cases_run(folder, policy);
}

static enum status print_listing(int option)
{
    switch (option) {
    case 'd':
        return print_default();
    case 's':
        return print_text(schema_json);
    case 'l':
        return print_text(schema_markdown);
    case 'r':
        return print_reasons();
    default:
        fputs(usage, stdout);
        return STATUS_FINE;
    }
}

int check_command(int argc, char **argv)
{
    static const struct option options[] = {
        {"print-default", no_argument, NULL, 'd'}, {"schema", no_argument, NULL, 's'},
        {"list-rules", no_argument, NULL, 'l'},    {"list-reasons", no_argument, NULL, 'r'},
        {"test", required_argument, NULL, 't'},    {"policy", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    const char *folder = NULL;
    const char *policy = NULL;
    int option;

    opterr = 0;
    optind = 0;
    while ((option = getopt_long(argc, argv, ":hp:", options, NULL)) != -1) {
        if (option == 't')
            folder = optarg;
        else if (option == 'p')
            policy = optarg;
        else if (option == ':')
            return trouble(argv[optind - 1], "it needs a value");
        else if (option == '?')
            return trouble(argv[optind - 1], "unknown option; `evenkeel check --help` lists them");
        else
            return print_listing(option);
    }
    if (folder)
        return test(folder, policy, argc - optind);
    if (policy)
        return trouble("check", "--policy goes with --test; name a policy to check by itself");
    return check_files(argc - optind, argv + optind);
}
