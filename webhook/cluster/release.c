// `evenkeel release`: the table of its verbs.
#include "cluster/release.h"

#include <string.h>

#include "cluster/verb.h"

static const struct verb *const verbs[] = {&verb_list, &verb_get,  &verb_approve,
                                           &verb_undo, &verb_diff, &verb_run};

enum { VERBS_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

const struct verb *release_verb(unsigned index)
{
    return index < VERBS_COUNT ? verbs[index] : NULL;
}

static void release_usage(FILE *stream)
{
    fprintf(stream, "usage: evenkeel release VERB [OPTION]... [NAME]\n\n"
                    "Releases in batches, in the cluster of kubectl's context.\n\n");
    for (unsigned i = 0; i < VERBS_COUNT; i++)
        fprintf(stream, "  %-9s %s\n", verbs[i]->name, verbs[i]->summary);
    fprintf(stream, "\nA NAME is KIND/NAME, or the name of a Deployment. VERB --help lists its "
                    "options.\n\nExit status: 0 and 1 as each verb says, 2 trouble.\n");
}

int release_command(int argc, char **argv)
{
    if (argc < 2) {
        release_usage(stderr);
        return CLUSTER_TROUBLE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        release_usage(stdout);
        return CLUSTER_FINE;
    }
    for (unsigned i = 0; i < VERBS_COUNT; i++)
        if (!strcmp(argv[1], verbs[i]->name))
            return verb_main(verbs[i], "evenkeel release ", argc - 1, argv + 1);
    fprintf(stderr, "evenkeel: unknown verb \"%s\"; expected one of:", argv[1]);
    for (unsigned i = 0; i < VERBS_COUNT; i++)
        fprintf(stderr, " %s", verbs[i]->name);
    fprintf(stderr, "\n");
    return CLUSTER_TROUBLE;
}
