// The names of the events of a release.
#include "release/event.h"

#include <stddef.h>

const char *release_event_name(enum release_event event)
{
    static const char *const names[] = {"none",     "started",     "approved",
                                        "finished", "rolled-back", "refused"};
    return (size_t)event < sizeof(names) / sizeof(names[0]) ? names[event] : names[0];
}
