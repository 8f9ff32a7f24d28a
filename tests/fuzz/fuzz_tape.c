// Fuzzes the tape: in full, lazily, in SSE2 and plain C, and against jansson, all of which must
// agree but for the known differences (tests/tape_oracle.h).
#include "tests/tape_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oracle oracle;
    enum oracle_verdict verdict;
    const char *problem;

    if (!oracle.arena && oracle_init(&oracle) != 0)
        return -1;
    problem = oracle_judge(&oracle, (struct slice){(const char *)data, size}, &verdict);
    if (problem) {
        fprintf(stderr, "fuzz_tape: %s\n", problem);
        abort();
    }
    return 0;
}
