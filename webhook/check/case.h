// One case of a policy's tests: an object, its expected result, and its actual result.
#ifndef EVENKEEL_CHECK_CASE_H
#define EVENKEEL_CHECK_CASE_H

#include "admit/admit.h"

enum { CASE_MEMORY_MAX = 1024 * 1024 * 1024 };

// The files of a case. A file that does not exist is absent.
struct case_files {
    struct slice object;
    struct slice expected; // absent: nothing changes
    struct slice old;      // makes it an UPDATE of this one
};

// Both sides as block YAML with sorted keys, documents one after the other.
struct case_sides {
    struct slice expected;
    struct slice actual;
    struct slice warnings; // what users would be warned of, a line each
};

// Sends the objects through the engine as an API server would send them (manifest/synthetic.h, as
// `kubectl apply` does), and applies its patches. The n-th expected object belongs to the n-th
// object. The API's defaults are filled in on both sides, so an expected object may leave them out.
// The annotation with the applied manifest is left out. evenkeel's bookkeeping is left out too,
// unless the expected object has it or nothing may change.
int case_run(struct scratch *scratch, const struct policy *policy, const struct case_files *files,
             struct arena *arena, struct case_sides *sides, const char **file, struct error *error);

#endif
