// `evenkeel release get`: shows one release, once or until it is complete.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/clock.h"
#include "cluster/verb.h"
#include "cluster/view.h"

struct settings_of_get {
    struct flags flags;
    bool watch;
    double interval;
};

static const struct flag flags[] = {
    {"watch", 'w', FLAG_SWITCH, offsetof(struct settings_of_get, watch), NULL,
     "go on until nothing is held and the rollout is complete"},
    {"interval", 0, FLAG_SECONDS, offsetof(struct settings_of_get, interval), "TIME",
     "with --watch: how often it asks (2s)"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

// What the terminal shows, or the line that was printed last.
struct screen {
    char *text; // owned
    unsigned lines;
    bool redraws;
};

static unsigned lines_of(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

// Draws over the text that the terminal shows. It erases the rest of each line, and what is left
// below the text.
static void redraw(struct screen *screen, const char *text)
{
    if (screen->lines > 0)
        printf("\033[%uA", screen->lines);
    for (; *text; text++) {
        if (*text == '\n')
            printf("\033[K");
        putchar(*text);
    }
    printf("\033[J");
}

static void show(struct screen *screen, char *text)
{
    bool same = screen->text && !strcmp(screen->text, text);

    if (screen->redraws)
        redraw(screen, text);
    else if (!same)
        fputs(text, stdout);
    fflush(stdout);
    screen->lines = lines_of(text);
    free(screen->text);
    screen->text = text;
}

static char *draw(const struct workload *workload, const struct versions *versions, bool line)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return NULL;
    if (line)
        view_line(stream, workload, versions);
    else
        view_print(stream, workload, versions);
    return fclose(stream) == 0 ? text : NULL;
}

static void print_json(const struct workload *workload, const struct versions *versions, bool watch)
{
    json_t *document = view_json(workload, versions);

    json_dumpf(document, stdout, watch ? JSON_COMPACT : JSON_INDENT(2));
    printf("\n");
    fflush(stdout);
    json_decref(document);
}

// Looks once, and shows the release. Returns true if there is nothing to wait for: the rollout is
// complete, or `error` is set.
static bool look(const struct settings_of_get *settings, struct screen *screen, struct error *error)
{
    struct versions versions;
    struct workload workload;
    char *text;
    bool over;

    if (workload_get(&settings->flags.kubectl, settings->flags.words[0], &workload, error) < 0)
        return true;
    versions_get(&settings->flags.kubectl, &workload, &versions);
    if (settings->flags.json)
        print_json(&workload, &versions, settings->watch);
    else if ((text = draw(&workload, &versions, settings->watch && !screen->redraws)))
        show(screen, text);
    else
        error_set(error, "memory is short");
    over = workload_is_complete(&workload);
    versions_clear(&versions);
    workload_clear(&workload);
    return over || error->set;
}

static int get(struct flags *given, struct error *error)
{
    const struct settings_of_get *settings = (const struct settings_of_get *)given;
    const char *terminal = getenv("TERM");
    struct screen screen = {0};

    screen.redraws = settings->watch && isatty(STDOUT_FILENO) && terminal && *terminal &&
                     strcmp(terminal, "dumb") != 0;
    while (!look(settings, &screen, error) && settings->watch)
        clock_sleep(settings->interval > 0 ? settings->interval : 2);
    free(screen.text);
    return CLUSTER_FINE;
}

const struct verb verb_get = {
    .name = "get",
    .summary = "one release: its steps, the pods of each version, and how to go on or back",
    .arguments = "NAME",
    .about = "Shows a release as a tree. With --watch, a terminal shows it in place, up to date.\n"
             "Any other output gets a line for each change, or with -o json one document in a\n"
             "line each time it looks.",
    .needs = "get the workload; for what the pods do, list replicasets,\n"
             "controllerrevisions and pods",
    .statuses = "0",
    .flags = flags,
    .settings_size = sizeof(struct settings_of_get),
    .words_min = 1,
    .words_max = 1,
    .run = get,
};
