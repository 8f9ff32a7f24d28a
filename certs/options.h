// The options of the `certs` subcommands. Each has one table row, which gives the parsing and
// --help.
#ifndef EVENKEEL_CERTS_OPTIONS_H
#define EVENKEEL_CERTS_OPTIONS_H

#include "certs/certs.h"

#include <stdbool.h>

enum { OPTIONS_MAX = 16, OPTIONS_OPERANDS_MAX = 64, OPTIONS_NAME_SIZE = 256 };

struct names {
    const char *list[CERTS_NAMES_MAX];
    size_t count;
};

// All values that a subcommand can get. Those that its table does not name stay zero.
struct options {
    const char *cert;
    const char *key;
    const char *bundle;
    const char *ca_cert;
    const char *ca_key;
    const char *cert_out;
    const char *key_out;
    const char *service;
    const char *namespace;
    const char *secret;
    const char *configuration;
    struct names names;
    struct names webhooks;
    int64_t days;
    time_t now; // --at, or the present time
    bool force;
    const char *operands[OPTIONS_OPERANDS_MAX];
    size_t operand_count;
    char service_names[2][OPTIONS_NAME_SIZE]; // where options_service_names() keeps what it adds
};

enum setting_kind { SETTING_TEXT, SETTING_NAMES, SETTING_DAYS, SETTING_TIME, SETTING_FLAG };

struct setting {
    const char *name;
    const char *argument; // as --help shows it; NULL for a flag
    const char *help;
    enum setting_kind kind;
    size_t offset; // in struct options
};

struct subcommand {
    const char *name;
    const char *summary;
    const char *operands;           // as the usage line shows them; NULL: none are taken
    const char *details;            // the end of --help
    const struct setting *settings; // ends with a row without a name
    struct options defaults;
    int (*run)(struct options *options); // returns the exit status
};

// Reads the arguments from argv[1] on. Returns 0 to continue, 1 when --help was printed, and -1
// after it printed one line with the problem on stderr.
int options_parse(const struct subcommand *subcommand, int argc, char **argv,
                  struct options *options);

// If --namespace was given, adds the names by which a cluster calls the Service:
// SERVICE.NAMESPACE.svc, which the apiserver uses, and with `all` also
// SERVICE.NAMESPACE.svc.cluster.local. Returns 0, or -1 with the reason.
int options_service_names(struct options *options, bool all, struct error *error);

#endif
