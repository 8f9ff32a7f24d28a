// `evenkeel certs`: chooses the subcommand.
#include "certs/certs_command.h"

#include "certs/command.h"

#include <stdio.h>

static const struct subcommand *const subcommands[] = {
    &command_ca, &command_leaf, &command_show, &command_verify, &command_manifests,
};

enum { SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

static void print_usage(FILE *stream)
{
    fprintf(stream, "usage: evenkeel certs SUBCOMMAND [OPTION]...\n\n"
                    "Makes and inspects the webhook's CA and certificates.\n\n");
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(stream, "  %-10s %s\n", subcommands[i]->name, subcommands[i]->summary);
    fprintf(stream,
            "\nEach has --help. Exit status: 0 nothing to report, 1 findings, 2 trouble.\n");
}

int certs_command(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return STATUS_TROUBLE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return STATUS_SAME;
    }
    for (size_t i = 0; i < SUBCOMMANDS; i++) {
        if (strcmp(argv[1], subcommands[i]->name) != 0)
            continue;
        struct options options;
        int parsed = options_parse(subcommands[i], argc - 1, argv + 1, &options);
        if (parsed != 0)
            return parsed > 0 ? STATUS_SAME : STATUS_TROUBLE;
        return subcommands[i]->run(&options);
    }
    return command_trouble("certs: unknown %s \"%s\"; expected --help, ca, leaf, show, verify or "
                           "manifests",
                           argv[1][0] == '-' ? "option" : "subcommand", argv[1]);
}
