// Options of `evenkeel preview`. It opens nothing but the folders that are named.
#include "preview/arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "preview/form.h"

const char arguments_usage[] =
    "usage: evenkeel preview [OPTION]... FILE...\n"
    "       evenkeel preview [OPTION]... -A | -n NAME | KIND/NAME...\n"
    "\n"
    "Shows what the webhook would change in manifests. A FILE of - is standard input. For\n"
    "a folder, every .yaml, .yml and .json file in it and below is read. Without a FILE, it\n"
    "reads a cluster: all namespaces (-A), one namespace (-n NAME), or the objects that are\n"
    "named (deployment/web). Then the policy is the cluster's too, unless -p names one.\n"
    "\n"
    "  -f, --filename=FILE     the same as FILE, as in kubectl\n"
    "  -k, --kustomize=DIR     what `kubectl kustomize DIR` (or `kustomize build DIR`) prints\n"
    "  -R, --recursive         changes nothing: folders are always read with all folders below\n"
    "      --exclude=GLOB      skip files and folders with this name or path\n"
    "  -p, --policy=FILE       the policy to follow; default: the default policy\n"
    "  -o, --output=FORM       diff     a unified diff of your own text (the default)\n"
    "                          yaml     your text, patched\n"
    "                          json     the objects, patched, as JSON\n"
    "                          patch    the JSON Patches that an API server would get, one object "
    "a line\n"
    "                          summary  a line for each object: what would change, and why\n"
    "                          html     a page: which workloads lose requests, why, and what would "
    "change\n"
    "                          svg      the rollouts' times, drawn\n"
    "                          sarif, github, junit   what would be injected, and warnings, for "
    "CI\n"
    "  -n, --namespace=NAME    the namespace of objects without one (default); without a FILE: "
    "the\n"
    "                          namespace in the cluster\n"
    "  -A, --all-namespaces    all namespaces of the cluster\n"
    "  -l, --selector=LABELS   only objects of the cluster with these labels\n"
    "      --context=NAME      and --kubeconfig, --cluster, --user, --as, --as-group, --as-uid,\n"
    "                          -s or --server, --token, --request-timeout: as in kubectl; the\n"
    "                          timeout is 30s if it is not given\n"
    "      --all               also objects in namespaces that are not opted in\n"
    "      --operation=WHAT    create or update; default: update for objects with a metadata.uid\n"
    "      --client=HOW        apply (default), as kubectl apply sends objects: evenkeel can tell "
    "what you\n"
    "                          declare from the API's defaults; create, as kubectl create, "
    "kubectl\n"
    "                          replace and Helm 3 do: it cannot tell; server-side, as kubectl "
    "apply\n"
    "                          --server-side, Helm 4 and Flux do\n"
    "      --explain           also print each decision with its reason, and the rollout's times\n"
    "      --write             change the files\n"
    "      --remove            instead, remove what evenkeel injected\n"
    "      --annotate          instead, write the annotations that the hints recommend\n"
    "      --color[=WHEN]      always, never or auto (default): colours in the diff\n"
    "      --allow-empty       allow input without any object\n"
    "      --exit-code         exit with 1 if something would change, with any form of output\n"
    "      --exit-zero         exit with 0 even if something would change\n"
    "  -q, --quiet             print nothing but errors\n"
    "  -h, --help              print this\n"
    "\n"
    "For a cluster it runs kubectl, and needs: list namespaces, deployments, statefulsets,\n"
    "daemonsets and services, or for KIND/NAME get that object, and list services; list\n"
    "clonesets and rollouts where the cluster has them; for the policy list\n"
    "mutatingwebhookconfigurations, and get configmaps in evenkeel's namespace. It leaves out\n"
    "what it may not read, but for deployments and what is named, and warns of it. Without the\n"
    "cluster's policy it follows the default policy.\n"
    "\n"
    "Exit status: 0, or 2 for trouble. With -o diff, -o summary and -q, without --write: 1 if "
    "something\n"
    "would change.\n";

enum {
    OPTION_ALL = 256,
    OPTION_OPERATION,
    OPTION_CLIENT,
    OPTION_EXPLAIN,
    OPTION_WRITE,
    OPTION_REMOVE,
    OPTION_ANNOTATE,
    OPTION_COLOR,
    OPTION_ALLOW_EMPTY,
    OPTION_EXIT_CODE,
    OPTION_EXIT_ZERO,
    OPTION_EXCLUDE,
};

static const struct option table[] = {
    {"filename", required_argument, NULL, 'f'},
    {"kustomize", required_argument, NULL, 'k'},
    {"recursive", no_argument, NULL, 'R'},
    {"exclude", required_argument, NULL, OPTION_EXCLUDE},
    {"policy", required_argument, NULL, 'p'},
    {"output", required_argument, NULL, 'o'},
    {"namespace", required_argument, NULL, 'n'},
    {"all", no_argument, NULL, OPTION_ALL},
    {"operation", required_argument, NULL, OPTION_OPERATION},
    {"client", required_argument, NULL, OPTION_CLIENT},
    {"explain", no_argument, NULL, OPTION_EXPLAIN},
    {"write", no_argument, NULL, OPTION_WRITE},
    {"remove", no_argument, NULL, OPTION_REMOVE},
    {"annotate", no_argument, NULL, OPTION_ANNOTATE},
    {"color", optional_argument, NULL, OPTION_COLOR},
    {"allow-empty", no_argument, NULL, OPTION_ALLOW_EMPTY},
    {"exit-code", no_argument, NULL, OPTION_EXIT_CODE},
    {"exit-zero", no_argument, NULL, OPTION_EXIT_ZERO},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int read_form(struct arguments *arguments, const char *name, struct error *error)
{
    arguments->form = form_find(name);
    if (arguments->form)
        return 0;
    return error_set(
        error,
        "unknown output \"%s\"; one of: diff yaml json patch summary html svg sarif github junit",
        name);
}

static int read_operation(struct arguments *arguments, const char *name, struct error *error)
{
    if (!strcmp(name, "create"))
        arguments->review.operation = OPERATION_CREATE;
    else if (!strcmp(name, "update"))
        arguments->review.operation = OPERATION_UPDATE;
    else
        return error_set(error, "unknown operation \"%s\"; create or update", name);
    return 0;
}

static int read_client(struct arguments *arguments, const char *name, struct error *error)
{
    if (!strcmp(name, "apply"))
        arguments->review.evidence = SYNTHETIC_APPLY;
    else if (!strcmp(name, "create"))
        arguments->review.evidence = SYNTHETIC_NONE;
    else if (!strcmp(name, "server-side"))
        arguments->review.evidence = SYNTHETIC_SERVER_SIDE;
    else
        return error_set(error, "unknown client \"%s\"; apply, create or server-side", name);
    return 0;
}

// Whether the diff goes to a terminal that shows colours, and the user has not asked for none:
// NO_COLOR is https://no-color.org.
static bool wants_colour(void)
{
    const char *none = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return isatty(STDOUT_FILENO) && (!none || !*none) && terminal && *terminal &&
           strcmp(terminal, "dumb") != 0;
}

static int read_colour(struct arguments *arguments, const char *when, struct error *error)
{
    if (!when || !strcmp(when, "always"))
        arguments->colour = true;
    else if (!strcmp(when, "never"))
        arguments->colour = false;
    else if (!strcmp(when, "auto"))
        arguments->colour = wants_colour();
    else
        return error_set(error, "unknown --color \"%s\"; always, never or auto", when);
    return 0;
}

static int add_source(struct arguments *arguments, const char *path, bool built,
                      struct error *error)
{
    struct source *sources =
        realloc(arguments->sources, (arguments->source_count + 1) * sizeof(sources[0]));

    if (!sources)
        return error_set(error, "memory is short");
    arguments->sources = sources;
    sources[arguments->source_count++] = (struct source){.path = path, .built = built};
    return 0;
}

// Finds the files, after it is known what is skipped.
static int find_files(struct arguments *arguments, struct error *error)
{
    for (size_t i = 0; i < arguments->source_count; i++) {
        struct source *source = &arguments->sources[i];
        if (source->built
                ? inputs_add_name(&arguments->inputs, source->path, error)
                : inputs_add_but(&arguments->inputs, source->path, &arguments->excludes, error))
            return -1;
        source->end = arguments->inputs.count;
    }
    return 0;
}

static int read_option(struct arguments *arguments, int option, char **argv, struct error *error)
{
    switch (option) {
    case 'f':
        return add_source(arguments, optarg, false, error);
    case 'k':
        return add_source(arguments, optarg, true, error);
    case 'R':
        return 0; // folders always are read with what is below them
    case OPTION_EXCLUDE:
        return excludes_add(&arguments->excludes, optarg, error);
    case 'p':
        arguments->policy = optarg;
        return 0;
    case 'o':
        return read_form(arguments, optarg, error);
    case 'n':
        arguments->review.namespace = slice_of(optarg);
        return 0;
    case OPTION_OPERATION:
        return read_operation(arguments, optarg, error);
    case OPTION_CLIENT:
        return read_client(arguments, optarg, error);
    case OPTION_COLOR:
        return read_colour(arguments, optarg, error);
    case OPTION_EXIT_CODE:
        arguments->exit_code = EXIT_CODE_ALWAYS;
        return 0;
    case OPTION_EXIT_ZERO:
        arguments->exit_code = EXIT_CODE_NEVER;
        return 0;
    case ':':
        return error_set(error, "%s needs a value", argv[optind - 1]);
    default:
        return error_set(error, "unknown option \"%s\"; `evenkeel preview --help` lists them",
                         argv[optind - 1]);
    }
}

static bool read_switch(struct arguments *arguments, int option)
{
    const struct {
        int option;
        bool *where;
    } switches[] = {
        {OPTION_ALL, &arguments->all},
        {OPTION_EXPLAIN, &arguments->explain},
        {OPTION_WRITE, &arguments->write},
        {OPTION_REMOVE, &arguments->remove},
        {OPTION_ANNOTATE, &arguments->annotate},
        {OPTION_ALLOW_EMPTY, &arguments->allow_empty},
        {'q', &arguments->quiet},
        {'h', &arguments->help},
    };

    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (switches[i].option == option) {
            *switches[i].where = true;
            return true;
        }
    }
    return false;
}

static int check(const struct arguments *arguments, struct error *error)
{
    if (arguments->help)
        return 0;
    if (arguments->source_count == 0 || (arguments->inputs.count == 0 && !arguments->allow_empty))
        return error_set(error,
                         "nothing to read; name files, folders with .yaml, .yml or .json files "
                         "in them, or - for standard input");
    if (arguments->remove && arguments->annotate)
        return error_set(error, "--remove and --annotate exclude each other");
    if ((arguments->remove || arguments->annotate) && arguments->form->of_engine)
        return error_set(error, "--%s asks no policy: -o %s has nothing to show",
                         arguments->remove ? "remove" : "annotate", arguments->form->name);
    for (size_t i = 0; arguments->write && i < arguments->source_count; i++) {
        if (!strcmp(arguments->sources[i].path, "-"))
            return error_set(error, "--write cannot change standard input; name a file");
        if (arguments->sources[i].built)
            return error_set(error, "--write cannot change what kustomize builds; name files");
    }
    return 0;
}

int arguments_read(int argc, char **argv, struct arguments *arguments, struct error *error)
{
    int option;

    *arguments = (struct arguments){0};
    read_form(arguments, "diff", error);
    read_colour(arguments, "auto", error);
    opterr = 0;
    optind = 0;
    while ((option = getopt_long(argc, argv, ":f:k:Rp:o:n:qh", table, NULL)) != -1) {
        if (!read_switch(arguments, option) && read_option(arguments, option, argv, error))
            return -1;
    }
    for (; optind < argc; optind++) {
        if (add_source(arguments, argv[optind], false, error))
            return -1;
    }
    if (!arguments->help && find_files(arguments, error))
        return -1;
    return check(arguments, error);
}

bool arguments_tell_changes(const struct arguments *arguments)
{
    if (arguments->exit_code != EXIT_CODE_BY_FORM)
        return arguments->exit_code == EXIT_CODE_ALWAYS;
    return !arguments->write && (arguments->quiet || arguments->form->asks);
}

void arguments_clear(struct arguments *arguments)
{
    free(arguments->sources);
    excludes_clear(&arguments->excludes);
    inputs_clear(&arguments->inputs);
}
