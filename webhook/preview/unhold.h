// Removes a held release's values and marks from one object, and switches off what would outlive
// its annotation.
#ifndef EVENKEEL_PREVIEW_UNHOLD_H
#define EVENKEEL_PREVIEW_UNHOLD_H

#include "object/kinds.h"
#include "plan/plan.h"

// Plans, in `plan` of `object`, to put back what a hold replaced, and to drop the marks of
// releases, and to write "off" where evenkeel had a load balancer drain. What evenkeel's
// bookkeeping `record` says was its own even before becomes the API's default. Values are written
// out, never left out: an apply would leave the hold's where a manifest says nothing. `tape` is
// scratch for as long as the plan is used.
void unhold(struct plan *plan, struct value object, const struct kind *kind, struct value record,
            struct tape *tape);

#endif
