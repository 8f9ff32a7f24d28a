// The default policy's bytes, as they stand in default.yaml.
#include "loader/load.h"

__asm__(".pushsection .rodata, \"a\"\n"
        ".local policy_default_start, policy_default_end\n"
        "policy_default_start:\n"
        ".incbin \"webhook/loader/default.yaml\"\n"
        "policy_default_end:\n"
        ".popsection\n");

extern const char policy_default_start[], policy_default_end[];

struct slice policy_default_yaml(void)
{
    return (struct slice){policy_default_start,
                          (size_t)(policy_default_end - policy_default_start)};
}
