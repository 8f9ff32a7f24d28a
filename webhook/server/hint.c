// The command line for a first try. See hint.h.
#include "server/hint.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void hint_write_ca(const struct material *material, char path[HINT_PATH_MAX])
{
    char *bytes;
    const char *folder = getenv("TMPDIR");
    struct error error = {0};
    BIO *ca = material_ca(material, &error);
    path[0] = '\0';
    if (!ca)
        return;
    long size = BIO_get_mem_data(ca, &bytes);
    int length =
        snprintf(path, HINT_PATH_MAX, "%s/evenkeel-ca-XXXXXX.pem", folder ? folder : "/tmp");
    int descriptor = length < HINT_PATH_MAX ? mkostemps(path, 4, O_CLOEXEC) : -1;
    if (descriptor < 0 || write(descriptor, bytes, (size_t)size) != size) {
        if (descriptor >= 0)
            unlink(path);
        path[0] = '\0';
    }
    if (descriptor >= 0)
        close(descriptor);
    BIO_free(ca);
}

void hint_print(const char *address, const char *admin_address, const char *path)
{
    const char *port = strrchr(address, ':');
    printf(
        "evenkeel answers admission reviews at https://%s/mutate; metrics and health at http://%s\n"
        "Send it the sample review, and see the patch:\n\n"
        "  curl -sS %s%s -H 'Content-Type: application/json' --data-binary "
        "@docs/examples/review.json \\\n"
        "    https://localhost%s/mutate | sed -n 's/.*\"patch\": *\"\\([^\"]*\\)\".*/\\1/p' | "
        "base64 -d\n\n"
        "Ctrl-C ends it.\n",
        address, admin_address, path[0] ? "--cacert " : "-k", path, port ? port : ":8443");
    fflush(stdout);
}
