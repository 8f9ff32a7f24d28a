// The words of ports that serve requests, the likeliest first. Of several such ports, the first in
// this order is chosen.
#include "signs/port_names.h"

const char *const serving_names[] = {"http",  "web", "https", "grpc",    "api",
                                     "dubbo", "tri", "hsf",   "webhook", NULL};
