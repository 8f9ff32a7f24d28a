// Reads one annotation of the pod template, as Dapr's own injector does.
#include "signs/dapr.h"

#include "signs/words.h"

bool dapr_is_enabled(const struct facts *facts, struct arena *arena)
{
    static const char *const yes[] = {"true", "y", "yes", "on", "1", NULL};
    struct value annotations = facts->pod_annotations;
    struct words words;

    words_split(value_string(value_get(annotations, "dapr.io/enabled"), arena), &words);
    return words.count == 1 && words_is_in(words.items[0].text, yes);
}
