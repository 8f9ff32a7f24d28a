// Asks kubectl for the objects that preview must read, and gives them to preview as its standard
// input. It decides nothing about objects.
#include "live/look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster/document.h"
#include "cluster/flags.h"
#include "cluster/verb.h"
#include "cluster/workload.h"
#include "live/installation.h"
#include "preview/preview.h"

enum { LOOK_WORDS_MORE = 3 }; // added to the words: the policy, "-", and NULL

struct looking {
    struct flags flags;
    bool all;
    const char *selector;
    const char **words; // preview's own command line; owned
    int word_count;
    const char **names; // KIND/NAME; owned
    int name_count, file_count;
    const char *namespace;
    bool policy, help;
    char space[320];
};

// What preview itself does not read. Its help lists them: preview/arguments.c.
static const struct flag flags[] = {
    {"all-namespaces", 'A', FLAG_SWITCH, offsetof(struct looking, all), NULL, NULL},
    {"selector", 'l', FLAG_TEXT, offsetof(struct looking, selector), NULL, NULL},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

// Whether this is an option of preview whose value may be the next word.
static bool look_takes_value(const char *word)
{
    static const char *const options[] = {
        "-f",          "-p",          "-o",       "-n", "--filename",  "--policy",  "--output",
        "--namespace", "--operation", "--client", "-k", "--kustomize", "--exclude", NULL};

    for (const char *const *option = options; *option; option++)
        if (!strcmp(word, *option))
            return true;
    return false;
}

static const char *look_value(const char *word, const char *letter, const char *name,
                              const char *next)
{
    size_t size = strlen(name);

    if (!strcmp(word, letter) || !strcmp(word, name))
        return next;
    if (!strncmp(word, name, size) && word[size] == '=')
        return word + size + 1;
    return !strncmp(word, letter, 2) && word[1] != '-' ? word + 2 : NULL;
}

static void look_at_option(struct looking *looking, const char *word, const char *next)
{
    const char *namespace = look_value(word, "-n", "--namespace", next);

    if (namespace)
        looking->namespace = namespace;
    if (!strcmp(word, "-h") || !strcmp(word, "--help"))
        looking->help = true;
    if (look_value(word, "-p", "--policy", next))
        looking->policy = true;
    if (look_value(word, "-f", "--filename", next) || look_value(word, "-k", "--kustomize", next))
        looking->file_count++;
}

static bool look_is_name(const char *word)
{
    char resource[WORKLOAD_RESOURCE_MAX];
    const char *name;

    return strchr(word, '/') && access(word, F_OK) != 0 && errno == ENOENT &&
           workload_parse(word, resource, &name, NULL) == 0;
}

// Takes the word at argv[*at] for preview's own command line, and its value if that comes next.
static void look_keep(struct looking *looking, int argc, char **argv, int *at)
{
    const char *word = argv[*at], *next = *at + 1 < argc ? argv[*at + 1] : "";

    looking->words[looking->word_count++] = word;
    looking->file_count += word[0] != '-' || !word[1];
    if (word[0] == '-')
        look_at_option(looking, word, next);
    if (look_takes_value(word) && *at + 1 < argc)
        looking->words[looking->word_count++] = argv[++*at];
}

// Sorts the words: options of kubectl, names and selections of the cluster's objects, and preview's
// own words. Returns 0, or -1 with `error`.
static int look_sort(struct looking *looking, int argc, char **argv, struct error *error)
{
    looking->words = calloc((size_t)argc + LOOK_WORDS_MORE, sizeof(looking->words[0]));
    looking->names = calloc((size_t)argc, sizeof(looking->names[0]));
    if (!looking->words || !looking->names)
        return error_set(error, "memory is short");
    looking->words[looking->word_count++] = argv[0];
    for (int i = 1; i < argc; i++) {
        int taken = flags_try(argc, argv, &i, flags, &looking->flags, error);
        if (taken < 0)
            return -1;
        if (!taken && argv[i][0] != '-' && look_is_name(argv[i]))
            looking->names[looking->name_count++] = argv[i];
        else if (!taken)
            look_keep(looking, argc, argv, &i);
    }
    return 0;
}

static int look_write(int fd, const char *bytes, size_t size, struct error *error)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno != EINTR)
            return error_set(error, "memory is short: %s", strerror(errno));
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

// Warns that the objects of a kind are left out, but not of a kind that the cluster does not have.
static void look_warn_left_out(const char *resource, char *errors)
{
    if (strstr(errors, "doesn't have a resource type"))
        return;
    fprintf(stderr, "evenkeel: warning: %s are left out: kubectl: ", resource);
    document_print(stderr, kubectl_reason(errors));
    putc('\n', stderr);
}

// Adds what kubectl prints to the input `fd`. With `may_be_missing`, it is no error if kubectl
// fails. Returns 0, or -1 with `error`.
static int look_add(const struct looking *looking, int fd, const char *resource, const char *name,
                    bool may_be_missing, struct error *error)
{
    bool of_namespace = strcmp(resource, "namespaces") != 0;
    const char *arguments[12] = {"get", resource, "-o", "yaml", "--show-managed-fields"};
    unsigned count = 5;
    struct process process;
    int failed = 0;

    if (name)
        arguments[count++] = name;
    else if (of_namespace && looking->selector)
        arguments[count++] = "-l", arguments[count++] = looking->selector;
    if (of_namespace && looking->all)
        arguments[count++] = "--all-namespaces";
    else if (of_namespace && *looking->space)
        arguments[count++] = looking->space;
    if (kubectl_run(&looking->flags.kubectl, arguments, &process, error) < 0)
        return -1;
    if (process.status == 0) {
        failed = look_write(fd, "---\n", 4, error);
        failed = failed ? failed : look_write(fd, process.output, process.output_size, error);
    } else if (may_be_missing) {
        look_warn_left_out(resource, process.errors);
    } else {
        failed = error_set(error, "kubectl: %s", kubectl_reason(process.errors));
    }
    process_clear(&process);
    return failed;
}

// Adds the objects that are named, and the namespace's Services, because preview has hints about
// Services.
static int look_names(const struct looking *looking, int fd, struct error *error)
{
    char resource[WORKLOAD_RESOURCE_MAX];
    const char *name;

    for (int i = 0; i < looking->name_count; i++)
        if (workload_parse(looking->names[i], resource, &name, error) < 0 ||
            look_add(looking, fd, resource, name, false, error) < 0)
            return -1;
    return looking->name_count > 0 ? look_add(looking, fd, "services", NULL, true, error) : 0;
}

static int look_fill(const struct looking *looking, int fd, struct error *error)
{
    static const char *const resources[] = {
        "deployments",         "statefulsets", "daemonsets", "services", "clonesets.apps.kruise.io",
        "rollouts.argoproj.io"};

    if (look_add(looking, fd, "namespaces", looking->all ? NULL : looking->namespace, true, error))
        return -1;
    if (look_names(looking, fd, error) < 0)
        return -1;
    for (size_t i = 0; looking->name_count == 0 && i < sizeof(resources) / sizeof(resources[0]);
         i++)
        if (look_add(looking, fd, resources[i], NULL, i > 0, error) < 0)
            return -1;
    return 0;
}

// Puts the cluster's policy into a file in memory, and the option that names this file into
// `option`. If the policy cannot be read, `option` is "" and a warning says that the default policy
// applies. Returns 0, or -1 with `error`.
static int look_policy(const struct looking *looking, char option[64], struct error *error)
{
    struct installation installation;
    struct error why = {0};
    char *text = NULL;
    int fd = -1, failed = 0;

    option[0] = '\0';
    if (installation_find(&looking->flags.kubectl, &installation, &why) == 0 && installation.own)
        text = installation_policy(&looking->flags.kubectl, &installation, &why);
    installation_clear(&installation);
    if (!text) {
        fprintf(stderr, "evenkeel: warning: the cluster's policy is not known (");
        document_print(stderr, why.set ? why.text : "evenkeel is not installed");
        fprintf(stderr, "): this is by the default policy\n");
        return 0;
    }
    fd = memfd_create("policy", 0);
    failed =
        fd < 0 ? error_set(error, "memory is short") : look_write(fd, text, strlen(text), error);
    snprintf(option, 64, "--policy=/proc/self/fd/%d", fd);
    free(text);
    return failed;
}

static int look_live(struct looking *looking, struct error *error)
{
    char policy[64];
    int fd = memfd_create("cluster", 0);

    if (fd < 0)
        return error_set(error, "memory is short");
    if (looking->namespace)
        snprintf(looking->space, sizeof(looking->space), "--namespace=%s", looking->namespace);
    if (look_fill(looking, fd, error) < 0 ||
        (!looking->policy && look_policy(looking, policy, error) < 0)) {
        close(fd);
        return -1;
    }
    lseek(fd, 0, SEEK_SET);
    dup2(fd, STDIN_FILENO);
    close(fd);
    if (!looking->policy && policy[0])
        looking->words[looking->word_count++] = policy;
    looking->words[looking->word_count++] = "-";
    looking->words[looking->word_count] = NULL;
    return preview_command(looking->word_count, (char **)looking->words);
}

static void look_clear(struct looking *looking)
{
    flags_clear(&looking->flags);
    free(looking->words);
    free(looking->names);
}

int look_command(int argc, char **argv)
{
    struct looking looking = {0};
    struct error error = {0};
    int status = look_sort(&looking, argc, argv, &error);
    bool live =
        looking.name_count > 0 || (looking.file_count == 0 && (looking.all || looking.namespace));

    if (status == 0 && looking.help)
        status = preview_command(2, (char *[]){argv[0], (char[]){"--help"}, NULL});
    else if (status == 0 && looking.name_count > 0 && looking.file_count > 0)
        error_set(&error, "files and objects of the cluster exclude each other");
    else if (status == 0 && live)
        status = look_live(&looking, &error);
    else if (status == 0)
        status = preview_command(argc, argv);
    if (error.set) {
        fputs("evenkeel: ", stderr);
        document_print(stderr, error.text);
        putc('\n', stderr);
        status = CLUSTER_TROUBLE;
    }
    look_clear(&looking);
    return status;
}
