// What one admission did to a batched release. It is counted, logged and audited.
#ifndef EVENKEEL_RELEASE_EVENT_H
#define EVENKEEL_RELEASE_EVENT_H

enum release_event {
    RELEASE_NONE,
    RELEASE_STARTED,
    RELEASE_APPROVED, // on to a later step
    RELEASE_FINISHED, // approved to the end, or ended
    RELEASE_ROLLED_BACK,
    RELEASE_REFUSED, // an approval was
    RELEASE_EVENTS_COUNT,
};

const char *release_event_name(enum release_event event); // "started" …; "none"

#endif
