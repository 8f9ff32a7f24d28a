// The table of commands. Each command reads its own options and writes its own output; all that is
// decided here is which one runs, and that output which could not be written is an error.
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "certs/certs_command.h"
#include "check/check.h"
#include "cluster/release.h"
#include "live/complete.h"
#include "live/explain.h"
#include "live/look.h"
#include "live/status.h"
#include "preview/fn.h"
#include "removal/removal.h"
// kubectl's plugin has no server.
#ifndef EVENKEEL_PLUGIN
#include "server/serve.h"
#endif

enum { EXIT_TROUBLE = 2 };

struct command {
    const char *name;
    const char *summary;
    // argv[0] is the command's name, argv[argc] is NULL; returns the exit status: 0, 1 or 2 as
    // diff(1) has them.
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#ifndef EVENKEEL_PLUGIN
    {"serve", "answer admission reviews over TLS", serve_command},
#endif
    {"preview", "show what would change in manifests or a cluster, and why", look_command},
    {"fn", "do the same as a KRM function, for kustomize and kpt", fn_command},
    {"check", "find what is wrong in a policy, and say what it does", check_command},
    {"release", "list, approve, undo and run batched releases in a live cluster", release_command},
    {"status", "check whether evenkeel is installed in the cluster, and works", status_command},
    {"explain", "say why a live object got, or did not get, what the policy has", explain_command},
    {"remove", "take what evenkeel wrote out of a live cluster", removal_command},
    {"completion", "print a script that completes command lines in a shell", completion_command},
    {"certs", "make and inspect the webhook's CA and certificates", certs_command},
    {NULL, NULL, NULL},
};

// kubectl runs a plugin by the name kubectl-evenkeel, and its user types `kubectl evenkeel`.
static const char *program_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *name = slash ? slash + 1 : path;

    return name && strcmp(name, "kubectl-evenkeel") == 0 ? "kubectl evenkeel" : "evenkeel";
}

// kubectl runs a program by this name to complete `kubectl evenkeel`.
static bool is_completing(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return path && !strcmp(slash ? slash + 1 : path, "kubectl_complete-evenkeel");
}

static int complete(int count, char **words)
{
    static const struct verb *const verbs[] = {&verb_status, &verb_explain, &verb_remove, NULL};
    const char *names[sizeof(commands) / sizeof(commands[0])];

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        names[i] = commands[i].name;
    return complete_words(names, verbs, count, words);
}

static void print_usage(FILE *stream, const char *program)
{
    fprintf(stream, "usage: %s COMMAND [OPTION]...\n\n", program);
    fprintf(stream, "Makes rolling updates in Kubernetes lose no request.\n\n");
    for (const struct command *command = commands; command->name; command++) {
        fprintf(stream, "  %-10s %s\n", command->name, command->summary);
    }
    fprintf(stream,
            "\n  --help     print this, or with a command its options\n  --version  print the "
            "version\n\nExit status: 0 nothing to report, 1 differences or findings, 2 trouble.\n");
}

static int unknown_command(const char *name)
{
    fprintf(stderr, "evenkeel: unknown %s \"%s\"; ", name[0] == '-' ? "option" : "command", name);
    fprintf(stderr, "expected --help, --version or one of:");
    for (const struct command *command = commands; command->name; command++) {
        fprintf(stderr, " %s", command->name);
    }
    fprintf(stderr, "\n");
    return EXIT_TROUBLE;
}

static int dispatch(int argc, char **argv)
{
    const char *program = program_name(argc > 0 ? argv[0] : NULL);

    if (argc > 0 && is_completing(argv[0]))
        return complete(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "__complete") == 0)
        return complete(argc - 2, argv + 2);
    if (argc < 2) {
        print_usage(stderr, program);
        return EXIT_TROUBLE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout, program);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("evenkeel %s\n", EVENKEEL_VERSION);
        return 0;
    }
    for (const struct command *command = commands; command->name; command++) {
        if (strcmp(argv[1], command->name) == 0) {
            return command->run(argc - 1, argv + 1);
        }
    }
    return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    int status = dispatch(argc, argv);

    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "evenkeel: standard output: %s\n", strerror(errno));
        status = EXIT_TROUBLE;
    }
    return status;
}
