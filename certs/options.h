// The options of the `certs` subcommands: one table row each, from which come parsing and --help.
#ifndef EVENKEEL_CERTS_OPTIONS_H
#define EVENKEEL_CERTS_OPTIONS_H

#include "certs/certs.h"

#include <stdbool.h>

enum { OPTIONS_MAX = 16, OPTIONS_OPERANDS_MAX = 64, OPTIONS_NAME_SIZE = 256 };

struct names {
    const char *list[CERTS_NAMES_MAX];
    size_t count;
};

// Every value that a subcommand can be given; what its table does not name stays zero.
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
    time_t now; // --at, or the present
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

// Reads argv[1] on. Returns 0 to go on; 1 when --help was printed; -1 when one line on stderr said
// what is wrong.
int options_parse(const struct subcommand *subcommand, int argc, char **argv,
                  struct options *options);

// Adds the names by which a cluster calls the Service, where --namespace was given:
// SERVICE.NAMESPACE.svc, which is the apiserver's, and with `all`
// SERVICE.NAMESPACE.svc.cluster.local. 0, or -1 with the reason.
int options_service_names(struct options *options, bool all, struct error *error);

#endif
