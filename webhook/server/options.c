// Reading the command line. See options.h.
#include "server/options.h"

#include "server/http.h"
#include "server/processors.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { THREADS_DEFAULT_MAX = 4 };

// The sanitizers' own threads and reports need what the sandbox takes away.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { NO_SANDBOX_DEFAULT = true };
#else
enum { NO_SANDBOX_DEFAULT = false };
#endif

enum kind { KIND_FLAG, KIND_TEXT, KIND_NAME, KIND_COUNT, KIND_SIZE, KIND_SECONDS, KIND_WORD };

struct option_row {
    const char *name;
    const char *argument; // as --help shows it; NULL: a flag
    const char *help;
    size_t offset; // in struct options
    enum kind kind;
    double minimum; // of numbers, in the option's own unit
    double maximum;
    const char *const *words; // of KIND_WORD
};

#define AT(member) offsetof(struct options, member)

static const struct option_row rows[] = {
    {"policy", "FILE",
     "policy to follow; default: the built-in one (evenkeel check --print-default)", AT(policy),
     KIND_TEXT, 0, 0, NULL},
    {"cert", "FILE",
     "certificate and chain in PEM, with --key; both are read again when they change",
     AT(certificate), KIND_TEXT, 0, 0, NULL},
    {"key", "FILE", "private key in PEM, not encrypted", AT(key), KIND_TEXT, 0, 0, NULL},
    {"ca", "DIR",
     "folder with a CA's tls.crt and tls.key, from which to make short-lived certificates", AT(ca),
     KIND_TEXT, 0, 0, NULL},
    {"self-signed", NULL, "make a CA and certificate for this machine, for local use",
     AT(self_signed), KIND_FLAG, 0, 0, NULL},
    {"dns-name", "NAME",
     "name in the certificate of --ca or --self-signed; may be given several times", AT(names),
     KIND_NAME, 0, 0, NULL},
    {"client-ca", "FILE", "demand client certificates that chain to these CAs", AT(client_ca),
     KIND_TEXT, 0, 0, NULL},
    {"listen", "ADDRESS:PORT", "where to serve /mutate over TLS; default :8443, every address",
     AT(listen), KIND_TEXT, 0, 0, NULL},
    {"admin-listen", "ADDRESS:PORT",
     "where to serve /healthz, /readyz and /metrics without TLS; default :8080", AT(admin_listen),
     KIND_TEXT, 0, 0, NULL},
    {"threads", "NUMBER",
     "threads that answer reviews; default: the processors it may use, 4 at most", AT(threads),
     KIND_COUNT, 1, HTTP_THREADS_MAX, NULL},
    {"drain-seconds", "SECONDS", "how long to serve after SIGTERM; default 15", AT(drain_ms),
     KIND_SECONDS, 0, 3600, NULL},
    {"reload-seconds", "SECONDS", "how often to look for changed files; default 5; SIGHUP: at once",
     AT(reload_ms), KIND_SECONDS, 0.01, 3600, NULL},
    {"max-body-size", "BYTES", "largest review; default 33554432 (32 MiB)", AT(body_max), KIND_SIZE,
     1024, 64.0 * 1024 * 1024, NULL},
    {"max-bodies-size", "BYTES",
     "limit for all reviews that are being read; default 268435456 (256 MiB)", AT(bodies_max),
     KIND_SIZE, 1024 * 1024, 1024.0 * 1024 * 1024 * 1024, NULL},
    {"max-connections", "NUMBER", "default 4096, or what the limit on open files allows",
     AT(connections_max), KIND_COUNT, 1, 1000000, NULL},
    {"log-format", "json|text", "default json", AT(log_format), KIND_WORD, 0, 0, log_format_names},
    {"log-level", "info|warning|error", "leave out lines below it; default info", AT(log_level),
     KIND_WORD, 0, 0, log_level_names},
    {"no-sandbox", NULL, "keep all rights after the start; for debuggers", AT(no_sandbox),
     KIND_FLAG, 0, 0, NULL},
    {"help", NULL, "print this", AT(help), KIND_FLAG, 0, 0, NULL},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int read_number(const struct option_row *row, const char *text, double *number,
                       struct error *error)
{
    char *end;
    *number = strtod(text, &end);
    bool whole = row->kind == KIND_SECONDS || strspn(text, "0123456789") == strlen(text);
    if (strspn(text, "0123456789.") == strlen(text) && end != text && !*end && whole &&
        *number >= row->minimum && *number <= row->maximum)
        return 0;
    return error_set(error, "--%s: expected a %s from %.15g to %.15g, not \"%s\"", row->name,
                     row->kind == KIND_SECONDS ? "number" : "whole number", row->minimum,
                     row->maximum, text);
}

static int read_word(const struct option_row *row, const char *text, unsigned *word,
                     struct error *error)
{
    for (unsigned i = 0; row->words[i]; i++) {
        if (strcmp(row->words[i], text) == 0) {
            *word = i;
            return 0;
        }
    }
    return error_set(error, "--%s: expected %s, not \"%s\"", row->name, row->argument, text);
}

static int add_name(struct options *options, const char *text, struct error *error)
{
    if (options->name_count == OPTIONS_NAMES_MAX)
        return error_set(error, "--dns-name: at most %d names", OPTIONS_NAMES_MAX);
    options->names[options->name_count++] = text;
    return 0;
}

static int read_option(struct options *options, const struct option_row *row, const char *text,
                       struct error *error)
{
    char *place = (char *)options + row->offset;
    double number = 0;
    switch (row->kind) {
    case KIND_FLAG:
        *(bool *)place = true;
        return 0;
    case KIND_TEXT:
        *(const char **)place = text;
        return 0;
    case KIND_NAME:
        return add_name(options, text, error);
    case KIND_WORD:
        return read_word(row, text, (unsigned *)place, error);
    case KIND_COUNT:
    case KIND_SIZE:
    case KIND_SECONDS:
        break;
    }
    if (read_number(row, text, &number, error) < 0)
        return -1;
    if (row->kind == KIND_SIZE)
        *(size_t *)place = (size_t)number;
    else
        *(unsigned *)place = (unsigned)(row->kind == KIND_SECONDS ? number * 1000 : number);
    return 0;
}

static int check_certificate(const struct options *options, struct error *error)
{
    int ways =
        (options->certificate || options->key) + (options->ca != NULL) + options->self_signed;
    if (ways != 1)
        return error_set(error, "give exactly one of --cert with --key, --ca, or --self-signed");
    if (!options->certificate != !options->key)
        return error_set(error, "--cert and --key go together");
    if (options->ca && options->name_count == 0)
        return error_set(error, "--ca needs --dns-name, as in --dns-name evenkeel.NAMESPACE.svc");
    if (options->certificate && options->name_count > 0)
        return error_set(error, "--dns-name goes with --ca or --self-signed");
    return 0;
}

// Running out of descriptors would make every thread spin on a connection that cannot be accepted.
static int check_descriptors(struct options *options, bool given, struct error *error)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t room = limit.rlim_cur > OPTIONS_DESCRIPTORS + options->threads * 4
                      ? limit.rlim_cur - OPTIONS_DESCRIPTORS - options->threads * 4
                      : 0;
    if (room == 0)
        return error_set(error, "the limit on open files (%llu) leaves no room for connections",
                         (unsigned long long)limit.rlim_cur);
    if (options->connections_max <= room)
        return 0;
    if (given)
        return error_set(error, "--max-connections: the limit on open files (%llu) allows %llu",
                         (unsigned long long)limit.rlim_cur, (unsigned long long)room);
    options->connections_max = (unsigned)room;
    return 0;
}

static void set_defaults(struct options *options)
{
    unsigned processors = processors_count("/proc/self/cgroup", "/sys/fs/cgroup");
    *options = (struct options){
        .listen = ":8443",
        .admin_listen = ":8080",
        .threads = processors < THREADS_DEFAULT_MAX ? processors : THREADS_DEFAULT_MAX,
        .drain_ms = 15 * 1000,
        .reload_ms = 5 * 1000,
        .body_max = 32 * 1024 * 1024,
        .bodies_max = 256 * 1024 * 1024,
        .connections_max = 4096,
        .no_sandbox = NO_SANDBOX_DEFAULT,
    };
}

static int read_arguments(struct options *options, int argc, char **argv, bool *connections_given,
                          struct error *error)
{
    struct option table[ROWS + 1] = {0};
    int index, found;
    for (unsigned i = 0; i < ROWS; i++)
        table[i] = (struct option){rows[i].name, rows[i].argument != NULL, NULL, (int)i};
    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, ":", table, &index)) != -1) {
        if (found == ':')
            return error_set(error, "%s needs a value", argv[optind - 1]);
        if (found == '?')
            return error_set(error, "unknown option \"%s\"; evenkeel serve --help lists them",
                             argv[optind - 1]);
        if (read_option(options, &rows[found], optarg, error) < 0)
            return -1;
        *connections_given |= rows[found].offset == AT(connections_max);
    }
    if (optind < argc)
        return error_set(error, "unexpected argument \"%s\"", argv[optind]);
    return 0;
}

int options_read(struct options *options, int argc, char **argv, struct error *error)
{
    bool connections_given = false;
    set_defaults(options);
    if (read_arguments(options, argc, argv, &connections_given, error) < 0)
        return -1;
    if (options->help)
        return 0;
    if (options->bodies_max < options->body_max)
        return error_set(error, "--max-bodies-size: less than --max-body-size");
    if (check_certificate(options, error) < 0)
        return -1;
    return check_descriptors(options, connections_given, error);
}

void options_help(FILE *stream)
{
    fprintf(stream,
            "usage: evenkeel serve (--cert FILE --key FILE | --ca DIR --dns-name NAME |"
            " --self-signed) [OPTION]...\n\nAnswers admission reviews over TLS at /mutate.\n\n");
    for (unsigned i = 0; i < ROWS; i++) {
        char option[64];
        snprintf(option, sizeof(option), "--%s%s%s", rows[i].name, rows[i].argument ? "=" : "",
                 rows[i].argument ? rows[i].argument : "");
        fprintf(stream, "  %-31s %s\n", option, rows[i].help);
    }
    fprintf(stream,
            "\nSIGHUP reads changed files at once. SIGTERM stops the server after the drain time, "
            "SIGINT without it.\nExit status: 0 stopped by a signal, 2 trouble.\n");
}
