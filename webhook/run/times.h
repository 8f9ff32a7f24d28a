// The times of a rollout as data: what the rules want, and what was decided. All times are in
// seconds.
#ifndef EVENKEEL_RUN_TIMES_H
#define EVENKEEL_RUN_TIMES_H

#include "base/text.h"
#include "object/limits.h"
#include "policy/reason.h"
#include "policy/settings.h"

struct container;
struct probe_kind;
struct release_wish;
struct run;

struct probe_times {
    bool wanted;
    // How long a probe of evenkeel's may take to pass in a container that has none. 0 if it gets
    // none.
    int64_t (*lasts)(struct run *run, const struct probe_times *times,
                     const struct container *container);
    const struct settings *settings;
    const struct probe_kind *kind; // of rules/probe.h
};

// What a workload's kind, strategy and volumes let evenkeel write (run/instance.h).
struct instance {
    enum reason unhooked; // why no container gets a hook of ours; REASON_NONE: they may
    enum reason unprobed; // the same for probes that hold a rollout back
    struct slice volume;  // one that may be locked; empty: none
    bool came_up;         // it looks exclusive, and came up with these volumes all the same
    bool only_scaled;     // the request changes spec.replicas and nothing else of the spec
};

// What the rules want. A rule fills in only its own part, and only if it is enabled.
struct wishes {
    // The wishes of all rules, also of those that only observe. Values that none of them looks
    // after are removed.
    const struct wishes *all;

    bool pre_stop;
    bool pre_stop_command;    // an exec command, which cannot be shortened; else a sleep
    int32_t pre_stop_seconds; // the sleep, or how long the command may take
    // Whether the hook can be written for a container, with these settings.
    bool (*pre_stop_fits)(struct run *run, const struct settings *settings,
                          const struct container *container);
    const struct settings *pre_stop_settings;

    bool grace;
    int32_t grace_seconds; // at least
    int32_t grace_buffer;  // at least the longest hook and this
    int32_t grace_maximum; // never raised above; 0: no bound
    bool grace_raise;      // one that the user set is made longer by our hook

    bool min_ready;
    int32_t min_ready_seconds;

    bool deadline;
    int32_t deadline_seconds; // at least
    int32_t gate_seconds;     // more until a load balancer's controller opens a readiness gate

    bool pair; // the surge pair
    struct int_or_percent max_surge, max_unavailable;

    struct probe_times readiness, liveness, startup;
    const struct port_words *port_words; // of the readiness probe; NULL: the tables' own

    struct release_wish *release; // of release/state.h
};

// Whether the user's own grace period is made longer by our hook, or why not.
enum not_raised {
    RAISED,
    NOT_RAISED_BY_POLICY, // there is none, no hook, or the policy keeps it
    NOT_RAISED_DECLARED,  // a manifest declares it, and would be applied again
    NOT_RAISED_LOST,      // it may be one that evenkeel made longer already
};

// What was decided. It also has the values that are already there, so that the timeline is
// complete.
struct budget {
    int32_t pre_stop; // our hook's seconds; 0: none fits
    int32_t pre_stop_wished;
    int32_t longest_hook;   // ours or a user's whose length is known
    int32_t grace;          // the pod's grace period after the patch
    enum reason grace_left; // why the grace period is left alone; REASON_NONE: it is not
    int32_t grace_wished;   // the one that ours would be: other than `grace` in a locked template
    int32_t min_ready;      // -1: ours does not fit
    int32_t deadline;       // the progress deadline after the patch; 0: the kind has none
    int32_t pre_stop_share; // a sleep is at most this part of a grace period that stays
    int32_t node_notice;    // seconds that a node grants which made the sleep shorter; 0: none
    int32_t users_grace;    // the grace period that the user set; -1: they did not
    enum not_raised not_raised;
    struct instance instance;
};

#endif
