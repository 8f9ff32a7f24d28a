// Runs one verb: reads its command line, prints its help, prints its errors.
#include "cluster/verb.h"

#include <stdlib.h>
#include <string.h>

#include "cluster/document.h"

static void verb_help(const struct verb *verb, const char *command)
{
    printf("usage: %s%s [OPTION]...%s%s\n\n%s\n\n", command, verb->name,
           *verb->arguments ? " " : "", verb->arguments, verb->about);
    flags_print(stdout, verb->flags);
    printf("\nIt runs kubectl, and needs: %s.\n\nExit status: %s, 2 trouble.\n", verb->needs,
           verb->statuses);
}

static int verb_trouble(const struct error *error)
{
    fputs("evenkeel: ", stderr);
    document_print(stderr, error->text);
    putc('\n', stderr);
    return CLUSTER_TROUBLE;
}

static int verb_run_read(const struct verb *verb, struct flags *settings, struct error *error)
{
    if (settings->word_count < verb->words_min)
        return error_set(error, "%s: expected %s", verb->name, verb->arguments);
    if (settings->word_count > verb->words_max)
        return error_set(error, "%s: \"%s\" is one argument too many", verb->name,
                         settings->words[verb->words_max]);
    return 0;
}

int verb_main(const struct verb *verb, const char *command, int argc, char **argv)
{
    struct error error = {0};
    struct flags *settings = calloc(1, verb->settings_size);
    int status = CLUSTER_TROUBLE;

    if (settings && verb->initial)
        memcpy(settings, verb->initial, verb->settings_size);
    if (!settings) {
        error_set(&error, "memory is short");
    } else if (flags_read(argc, argv, verb->flags, settings, &error) == 0) {
        if (settings->help) {
            verb_help(verb, command);
            status = CLUSTER_FINE;
        } else if (verb_run_read(verb, settings, &error) == 0) {
            status = verb->run(settings, &error);
        }
    }
    if (error.set)
        status = verb_trouble(&error);
    if (settings)
        flags_clear(settings);
    free(settings);
    return status;
}
