// The default policy's bytes, as they stand in default.yaml.
#include "loader/load.h"

__asm__(".pushsection .rodata, \"a\"\n"
        ".globl policy_default_start, policy_default_end\n"
        ".hidden policy_default_start, policy_default_end\n"
        "policy_default_start:\n"
        ".incbin \"webhook/loader/default.yaml\"\n"
        "policy_default_end:\n"
        ".popsection\n");

#pragma GCC visibility push(hidden)
extern const char policy_default_start[], policy_default_end[];
#pragma GCC visibility pop

struct slice policy_default_yaml(void)
{
    return (struct slice){policy_default_start,
                          (size_t)(policy_default_end - policy_default_start)};
}
