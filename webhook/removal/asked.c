// Reads the webhook configurations once, and the label of each namespace.
#include "removal/asked.h"

#include <stdio.h>
#include <string.h>

#include "cluster/document.h"
#include "live/installation.h"
#include "object/annotations.h"

void asked_init(struct asked *asked, const struct kubectl *kubectl)
{
    struct installation installation;

    *asked = (struct asked){.kubectl = kubectl, .installed = true};
    if (installation_find(kubectl, &installation, NULL) == 0)
        asked->installed = installation.own != NULL;
    installation_clear(&installation);
}

bool asked_in(struct asked *asked, const char *namespace)
{
    json_t *object;

    if (!asked->installed)
        return false;
    if (!strcmp(asked->namespace, namespace))
        return asked->here;
    object = kubectl_json(asked->kubectl,
                          (const char *const[]){"get", "namespace", namespace, NULL}, NULL);
    asked->here =
        !object || !strcmp(document_text(object, "metadata/labels|" ANNOTATION_INJECT), "enabled");
    snprintf(asked->namespace, sizeof(asked->namespace), "%s", namespace);
    json_decref(object);
    return asked->here;
}
