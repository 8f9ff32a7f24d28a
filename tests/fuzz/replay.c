// Runs a fuzz target over given files and folders, each input in an allocation of its exact size:
// for compilers without libFuzzer, and to keep what fuzzing once found as a test. A failure ends
// the process.
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 64 << 20, PATH_SIZE = 4096 };

static unsigned inputs;

static int replay_path(const char *path);

static int complain(const char *path)
{
    fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
    return -1;
}

static int replay_stream(FILE *file, const char *path)
{
    static uint8_t *data; // for all files: under ASan so large a block takes its time
    uint8_t *exact = NULL;
    size_t size;
    int result = -1;

    if (!data && !(data = malloc(INPUT_MAX)))
        return complain(path);
    size = fread(data, 1, INPUT_MAX, file);
    exact = malloc(size);
    if (ferror(file) || (!exact && size > 0)) {
        complain(path);
        goto done;
    }
    if (size > 0)
        memcpy(exact, data, size);
    // Named before it runs, so that a crash is preceded by its cause.
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, size);
    inputs++;
    result = 0;
done:
    free(exact);
    return result;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);
    int result = 0;

    if (count < 0)
        return complain(path);
    for (int i = 0; i < count; i++) {
        char below[PATH_SIZE];
        int size = snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);

        if (size >= (int)sizeof(below) || replay_path(below) != 0)
            result = -1;
        free(entries[i]);
    }
    free(entries);
    return result;
}

static int replay_path(const char *path)
{
    DIR *folder = opendir(path);
    FILE *file;
    int result;

    if (folder) {
        closedir(folder);
        return replay_folder(path);
    }
    if (errno != ENOTDIR || !(file = fopen(path, "rb")))
        return complain(path);
    result = replay_stream(file, path);
    fclose(file);
    return result;
}

int main(int argc, char **argv)
{
    int result = argc > 1 ? 0 : -1;

    if (argc < 2)
        fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", argv[0]);
    for (int i = 1; i < argc; i++) {
        if (replay_path(argv[i]) != 0)
            result = -1;
    }
    printf("%s 1 - %u inputs replayed\n1..1\n", result == 0 && inputs > 0 ? "ok" : "not ok",
           inputs);
    return result == 0 && inputs > 0 ? 0 : 1;
}
