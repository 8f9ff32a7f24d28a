#include "object/handlers.h"

const char *const handlers_all[] = {"exec", "httpGet", "tcpSocket", "grpc", "sleep", NULL};
const char *const handlers_of_ports[] = {"httpGet", "tcpSocket", "grpc", NULL};

struct value handlers_port(struct value probe)
{
    struct value port = {probe.tape, 0};
    for (int i = 0; port.node == 0 && handlers_of_ports[i] != NULL; i++)
        port = value_get(value_get(probe, handlers_of_ports[i]), "port");
    return port;
}
