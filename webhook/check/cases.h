// `evenkeel check --test`: a policy's own tests.
#ifndef EVENKEEL_CHECK_CASES_H
#define EVENKEEL_CHECK_CASES_H

// Runs the cases in and below `folder`. Each case is a folder with an object.yaml. The policy is
// the file `policy`. If that is NULL, it is policy.yaml in the case's folder or in the nearest
// folder above it up to `folder`, else the default policy. Prints a line for each case, the
// differences, and a summary. Returns 0 when all are as expected, 1 when one is not, 2 when one
// could not be run or there is none.
int cases_run(const char *folder, const char *policy);

#endif
