// `evenkeel certs`: makes and inspects the webhook's CA and certificates.
#ifndef EVENKEEL_CERTS_CERTS_COMMAND_H
#define EVENKEEL_CERTS_CERTS_COMMAND_H

// Runs `evenkeel certs SUBCOMMAND [OPTION]...`; argv[0] is "certs". Writes to stdout and stderr.
// Returns an exit status like diff(1): 0 nothing to report, 1 findings (a certificate that is
// refused), 2 trouble.
int certs_command(int argc, char **argv);

#endif
