// The first look at a file, for what single objects need later.
#ifndef EVENKEEL_PREVIEW_LEARN_H
#define EVENKEEL_PREVIEW_LEARN_H

#include "preview/namespaces.h"
#include "preview/services.h"

// Looks for Namespaces and Services in the file called `name`, which must outlive the lists.
// Documents that cannot be read are passed over: they are reported when the file is shown.
// `namespace` is that of objects that name none. 0, or -1 when memory is short.
int learn_file(struct namespaces *namespaces, struct services *services, const char *name,
               struct slice file, struct slice namespace, struct error *error);

#endif
