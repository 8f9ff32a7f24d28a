// Reads the volumes of the pod template. It cannot see that a volume is locked, only that it may
// be.
#include "run/volumes.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "signs/host_paths.h"

// More than any pod has. Volumes after these count as written to, which is the safe side.
enum { VOLUMES_MAX = 256, MOUNTS_MAX = 256, INIT_CONTAINERS_MAX = 64 };

// The kinds of volumes that outlive a pod. Those that attach to one node, or that may:
// https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
static const struct volume_type {
    struct slice key;
    enum volume_hold hold;
    bool attaches;
} volume_types[] = {
    {{"persistentVolumeClaim", sizeof("persistentVolumeClaim") - 1}, VOLUME_HOLDS_ALL, true},
    {{"hostPath", sizeof("hostPath") - 1}, VOLUME_HOLDS_NODE, false},
    {{"nfs", sizeof("nfs") - 1}, VOLUME_HOLDS_ALL, false},
    {{"cephfs", sizeof("cephfs") - 1}, VOLUME_HOLDS_ALL, false},
    {{"glusterfs", sizeof("glusterfs") - 1}, VOLUME_HOLDS_ALL, false},
    {{"azureFile", sizeof("azureFile") - 1}, VOLUME_HOLDS_ALL, false},
    {{"awsElasticBlockStore", sizeof("awsElasticBlockStore") - 1}, VOLUME_HOLDS_ALL, true},
    {{"azureDisk", sizeof("azureDisk") - 1}, VOLUME_HOLDS_ALL, true},
    {{"cinder", sizeof("cinder") - 1}, VOLUME_HOLDS_ALL, true},
    {{"fc", sizeof("fc") - 1}, VOLUME_HOLDS_ALL, true},
    {{"gcePersistentDisk", sizeof("gcePersistentDisk") - 1}, VOLUME_HOLDS_ALL, true},
    {{"iscsi", sizeof("iscsi") - 1}, VOLUME_HOLDS_ALL, true},
    {{"rbd", sizeof("rbd") - 1}, VOLUME_HOLDS_ALL, true},
    {{"photonPersistentDisk", sizeof("photonPersistentDisk") - 1}, VOLUME_HOLDS_ALL, true},
    {{"portworxVolume", sizeof("portworxVolume") - 1}, VOLUME_HOLDS_ALL, true},
    {{"scaleIO", sizeof("scaleIO") - 1}, VOLUME_HOLDS_ALL, true},
    {{"storageos", sizeof("storageos") - 1}, VOLUME_HOLDS_ALL, true},
    {{"vsphereVolume", sizeof("vsphereVolume") - 1}, VOLUME_HOLDS_ALL, true},
};

// The row for a volume, and the value of its key in `source`. NULL if no row fits.
static const struct volume_type *volumes_type(const struct run *run, struct value volume,
                                              struct value *source)
{
    for (struct value item = value_first(volume); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), run->arena);

        for (size_t i = 0; i < sizeof(volume_types) / sizeof(volume_types[0]); i++)
            if (slice_equal(key, volume_types[i].key) && value_exists(item)) {
                *source = item;
                return &volume_types[i];
            }
    }
    return NULL;
}

// A claim is named as CLAIM or as NAMESPACE/CLAIM.
static bool volumes_policy_shares(const struct run *run, struct slice claim)
{
    const struct slices *shared = &run->policy->shared_claims;
    struct text text;

    if (claim.size == 0 || shared->count == 0)
        return false;
    text_init(&text, run->arena, 1024);
    text_add(&text, run->facts.namespace);
    text_putc(&text, '/');
    text_add(&text, claim);
    for (uint32_t i = 0; i < shared->count; i++) {
        bool whole = memchr(shared->items[i].data, '/', shared->items[i].size) != NULL;
        if (slice_glob(whole ? text_slice(&text) : claim, shared->items[i]))
            return true;
    }
    return false;
}

// Whether the comma-separated patterns in `list` have `name`.
static bool volumes_listed(struct slice list, struct slice name)
{
    for (size_t at = 0, end; name.size > 0 && at < list.size; at = end + 1) {
        const char *comma = memchr(list.data + at, ',', list.size - at);
        struct slice word;

        end = comma ? (size_t)(comma - list.data) : list.size;
        word = (struct slice){list.data + at, end - at};
        while (word.size > 0 && word.data[0] == ' ')
            word = (struct slice){word.data + 1, word.size - 1};
        while (word.size > 0 && word.data[word.size - 1] == ' ')
            word.size--;
        if (slice_glob(name, word))
            return true;
    }
    return false;
}

// The owner declares a volume shared by its name in the pod, or by the claim's name.
static bool volumes_shared(const struct run *run, struct value volume, struct value source)
{
    struct slice claim = value_string(value_get(source, "claimName"), run->arena);
    struct slice name = value_string(value_get(volume, "name"), run->arena);
    struct slice list =
        value_string(value_get(run->annotations, ANNOTATION_SHARED_VOLUMES), run->arena);

    return volumes_policy_shares(run, claim) || volumes_listed(list, claim) ||
           volumes_listed(list, name);
}

bool volumes_attach(const struct run *run)
{
    struct value volumes = value_get(run->facts.pod_spec, "volumes"), source;

    for (struct value volume = value_first(volumes); volume.node; volume = value_next(volume)) {
        const struct volume_type *type = volumes_type(run, volume, &source);
        if (type != NULL && type->attaches && !volumes_shared(run, volume, source))
            return true;
    }
    return false;
}

bool volumes_on_node(const struct run *run)
{
    struct value volumes = value_get(run->facts.pod_spec, "volumes"), source;

    for (struct value volume = value_first(volumes); volume.node; volume = value_next(volume)) {
        const struct volume_type *type = volumes_type(run, volume, &source);
        if (type != NULL && type->hold == VOLUME_HOLDS_NODE)
            return true;
    }
    return false;
}

// Whether `container` can write to the volume `name`, as a file system or as a raw device.
static bool volumes_written_by(struct value container, struct slice name)
{
    struct value mounts = value_get(container, "volumeMounts");
    struct value devices = value_get(container, "volumeDevices");

    if (value_count(mounts) > MOUNTS_MAX || value_count(devices) > MOUNTS_MAX)
        return true;
    for (struct value mount = value_first(mounts); mount.node; mount = value_next(mount))
        if (value_is_slice(value_get(mount, "name"), name) &&
            !value_is_true(value_get(mount, "readOnly")))
            return true;
    for (struct value device = value_first(devices); device.node; device = value_next(device))
        if (value_is_slice(value_get(device, "name"), name))
            return true;
    return false;
}

// An init container that ends before the others start locks nothing while they run.
static bool volumes_written(const struct run *run, struct slice name)
{
    struct value list = value_get(run->facts.pod_spec, "containers");

    for (struct value item = value_first(list); item.node; item = value_next(item))
        if (volumes_written_by(item, name))
            return true;
    list = value_get(run->facts.pod_spec, "initContainers");
    if (value_count(list) > INIT_CONTAINERS_MAX)
        return true;
    for (struct value item = value_first(list); item.node; item = value_next(item))
        if (value_is(value_get(item, "restartPolicy"), "Always") && volumes_written_by(item, name))
            return true;
    return false;
}

static bool volumes_may_lock(const struct run *run, enum volume_hold hold, struct value source)
{
    if (hold != VOLUME_HOLDS_NODE)
        return !value_is_true(value_get(source, "readOnly"));
    return !host_path_is_special(value_string(value_get(source, "type"), run->arena)) &&
           !host_path_is_the_nodes(value_string(value_get(source, "path"), run->arena));
}

// The volumes, as far as they are looked at.
static struct value volumes_of(const struct run *run)
{
    struct value volumes = value_get(run->facts.pod_spec, "volumes");

    return value_count(volumes) <= VOLUMES_MAX ? volumes : (struct value){volumes.tape, 0};
}

struct slice volumes_locked(const struct run *run, enum volume_hold hold)
{
    struct value volumes = volumes_of(run), source;

    for (struct value volume = value_first(volumes); volume.node; volume = value_next(volume)) {
        const struct volume_type *type = volumes_type(run, volume, &source);
        struct slice name;

        if (type == NULL || type->hold != hold)
            continue;
        name = value_string(value_get(volume, "name"), run->arena);
        if (name.size > 0 && volumes_may_lock(run, hold, source) && volumes_written(run, name) &&
            !volumes_shared(run, volume, source))
            return name;
    }
    return (struct slice){NULL, 0};
}
