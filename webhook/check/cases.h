// `evenkeel check --test`: a policy's own tests.
#ifndef EVENKEEL_CHECK_CASES_H
#define EVENKEEL_CHECK_CASES_H

// Runs the cases in and below `folder`, each a folder that holds object.yaml, under the policy in
// the file `policy`; NULL: under policy.yaml in the case's folder or the nearest one above it up to
// `folder`, else the default policy. Prints a line for each case, what differs, and a summary.
// Returns 0 when all are as expected, 1 when one is not, 2 when one could not be run or there is
// none.
int cases_run(const char *folder, const char *policy);

#endif
