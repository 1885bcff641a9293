/* inputs - expands paths and folders into the sorted list of files of a replay. */
#include "engine/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "etw/etl.h"

#define ITEMS_FIRST 64u
#define SNIFF_LEN ETL_HEAD_LEN

/* Folders still to be searched: a list instead of recursion, so depth costs no stack. */
struct search {
    struct inputs *in;
    size_t cap;
    char **folders;
    size_t folder_count, folder_cap;
    const char *here; /* folder being listed */
    size_t found;     /* logs below the path that was named */
};

MUST_CHECK static enum err
items_add(struct search *s, const char *path, enum err err, const char *why)
{
    struct inputs *in = s->in;

    if (in->count == INPUTS_MAX) {
        return ERR_FULL;
    }
    if (in->count == s->cap) {
        size_t cap = s->cap == 0 ? ITEMS_FIRST : s->cap * 2;
        struct input *item = mem_realloc(in->item, cap, sizeof(*item));

        if (item == NULL) {
            return ERR_NOMEM;
        }
        in->item = item;
        s->cap = cap;
    }
    char *copy = mem_strndup(path, strlen(path));
    if (copy == NULL) {
        return ERR_NOMEM;
    }
    in->item[in->count++] = (struct input){copy, err, why, 0};
    return ERR_OK;
}

MUST_CHECK static enum err
folders_push(struct search *s, const char *path)
{
    if (s->folder_count == INPUTS_FOLDERS_MAX) {
        return ERR_FULL;
    }
    if (s->folder_count == s->folder_cap) {
        size_t cap = s->folder_cap == 0 ? ITEMS_FIRST : s->folder_cap * 2;
        char **folders = mem_realloc(s->folders, cap, sizeof(*folders));

        if (folders == NULL) {
            return ERR_NOMEM;
        }
        s->folders = folders;
        s->folder_cap = cap;
    }
    char *copy = mem_strndup(path, strlen(path));
    if (copy == NULL) {
        return ERR_NOMEM;
    }
    s->folders[s->folder_count++] = copy;
    return ERR_OK;
}

static bool
is_log_name(const char *name)
{
    struct sv ext = path_ext(name);

    return sv_eq_nocase(ext, SV("evtx")) || sv_eq_nocase(ext, SV("etl")) ||
           sv_eq_nocase(ext, SV("ndjson"));
}

static enum err
on_entry(void *ctx, const char *name, enum file_type type)
{
    struct search *s = ctx;
    struct buf path;
    enum err err;

    if (type != FILE_TYPE_DIR && !(type == FILE_TYPE_REGULAR && is_log_name(name))) {
        return ERR_OK;
    }
    buf_init(&path, SIZE_MAX);
    path_join(&path, s->here, name);
    err = buf_err(&path);
    if (!err && type == FILE_TYPE_DIR) {
        err = folders_push(s, buf_str(&path));
    } else if (!err) {
        err = items_add(s, buf_str(&path), ERR_OK, NULL);
        s->found++;
    }
    buf_fini(&path);
    return err;
}

/* A folder that cannot be listed is an item of its own, so that it is reported. */
MUST_CHECK static enum err
search_folder(struct search *s, const char *named)
{
    enum err err = folders_push(s, named);

    s->found = 0;
    while (!err && s->folder_count > 0) {
        char *folder = s->folders[--s->folder_count];

        s->here = folder;
        enum err listed = dir_each(folder, on_entry, s);
        if (listed == ERR_NOMEM || listed == ERR_FULL) {
            err = listed;
        } else if (listed) {
            err = items_add(s, folder, listed, "the folder cannot be listed");
            s->found++;
        }
        mem_free(folder);
    }
    if (!err && s->found == 0) {
        err = items_add(s, named, ERR_FORMAT, "the folder holds no .evtx, .etl or .ndjson file");
    }
    return err;
}

static int
by_path(const void *a, const void *b)
{
    return strcmp(((const struct input *)a)->path, ((const struct input *)b)->path);
}

static void
sort_without_repeats(struct inputs *in)
{
    size_t kept = 0;

    if (in->count > 1) {
        qsort(in->item, in->count, sizeof(*in->item), by_path);
    }
    for (size_t i = 0; i < in->count; i++) {
        if (kept > 0 && strcmp(in->item[kept - 1].path, in->item[i].path) == 0) {
            mem_free(in->item[i].path);
        } else {
            in->item[kept++] = in->item[i];
        }
    }
    in->count = kept;
}

static void
measure(struct inputs *in)
{
    for (size_t i = 0; i < in->count; i++) {
        struct file *f = NULL;

        if (in->item[i].err) {
            continue;
        }
        in->item[i].err = file_open_read(in->item[i].path, &f);
        if (in->item[i].err) {
            continue;
        }
        in->item[i].size = file_size(f);
        in->total_size += in->item[i].size;
        file_close(f);
    }
}

enum err
inputs_collect(const char *const *paths, size_t path_count, struct inputs *out)
{
    struct inputs in = {0};
    struct search s = {.in = &in};
    enum err err = ERR_OK;

    for (size_t i = 0; i < path_count && !err; i++) {
        if (file_type(paths[i]) == FILE_TYPE_DIR) {
            err = search_folder(&s, paths[i]);
        } else {
            err = items_add(&s, paths[i], ERR_OK, NULL);
        }
    }
    for (size_t i = 0; i < s.folder_count; i++) {
        mem_free(s.folders[i]);
    }
    mem_free(s.folders);
    if (err) {
        inputs_fini(&in);
        return err;
    }
    sort_without_repeats(&in);
    measure(&in);
    *out = in;
    return ERR_OK;
}

void
inputs_fini(struct inputs *in)
{
    for (size_t i = 0; i < in->count; i++) {
        mem_free(in->item[i].path);
    }
    mem_free(in->item);
    *in = (struct inputs){0};
}

enum err
inputs_format(struct file *f, enum replay_format *out)
{
    char head[SNIFF_LEN];
    size_t got = 0;
    size_t at = 0;
    enum err err = file_read_at(f, 0, head, sizeof(head), &got);

    if (err) {
        return err;
    }
    struct sv text = {head, got};
    if (sv_starts_with(text, SV("ElfFile")) || sv_starts_with(text, SV("ElfChnk"))) {
        *out = REPLAY_EVTX;
        return ERR_OK;
    }
    if (sv_starts_with(text, SV("SQLite format 3"))) {
        *out = REPLAY_STORE;
        return ERR_OK;
    }
    if (etl_is_head((const uint8_t *)head, got)) {
        *out = REPLAY_ETL;
        return ERR_OK;
    }
    if (sv_starts_with(text, SV("\xEF\xBB\xBF"))) {
        at = 3;
    }
    while (at < got && strchr(" \t\r\n", head[at]) != NULL && head[at] != '\0') {
        at++;
    }
    *out = at < got && head[at] == '{' ? REPLAY_NDJSON : REPLAY_UNKNOWN;
    return ERR_OK;
}
