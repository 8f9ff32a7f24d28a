// The words of ports that serve requests, the likeliest first: of several such ports the first in
// this order is asked.
#include "signs/port_names.h"

const char *const serving_names[] = {"http",  "web", "https", "grpc",    "api",
                                     "dubbo", "tri", "hsf",   "webhook", NULL};
