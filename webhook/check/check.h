// `evenkeel check`: validates policies, says what they do, and runs their tests.
#ifndef EVENKEEL_CHECK_CHECK_H
#define EVENKEEL_CHECK_CHECK_H

// Runs the command; argv[0] is its name. Returns 0 if there is nothing to report, 1 if a policy has
// errors or warnings or one of its tests fails, 2 if something could not be read or an option is
// wrong.
int check_command(int argc, char **argv);

#endif
