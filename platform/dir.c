/* dir - the names in a folder, in byte order whatever order the file system keeps. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "platform/os.h"

#define DIR_ENTRIES_MAX ((size_t)1 << 18) /* of one folder; more is ERR_FULL, nothing delivered */
#define DIR_NAMES_MAX ((size_t)64 << 20)  /* bytes of their names */
#define DIR_FIRST_CAP 64

struct dir_entry {
    size_t offset; /* in names */
    const char *name;
    enum file_type type;
};

struct dir_list {
    struct buf names; /* each with its NUL */
    struct dir_entry *entries;
    size_t count;
    size_t cap;
};

MUST_CHECK enum err
dir_list_add(struct dir_list *list, struct sv name, enum file_type type)
{
    if (sv_eq(name, SV(".")) || sv_eq(name, SV(".."))) {
        return ERR_OK;
    }
    if (list->count == DIR_ENTRIES_MAX) {
        return ERR_FULL;
    }
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? DIR_FIRST_CAP : list->cap * 2;
        struct dir_entry *grown = mem_realloc(list->entries, cap, sizeof(*grown));

        if (grown == NULL) {
            return ERR_NOMEM;
        }
        list->entries = grown;
        list->cap = cap;
    }
    list->entries[list->count++] = (struct dir_entry){.offset = list->names.len, .type = type};
    buf_put_sv(&list->names, name);
    buf_putc(&list->names, '\0');
    return buf_err(&list->names);
}

/* strcmp compares as unsigned bytes; two names of one folder are never equal. */
static int
by_name(const void *a, const void *b)
{
    const struct dir_entry *x = a;
    const struct dir_entry *y = b;

    return strcmp(x->name, y->name);
}

MUST_CHECK enum err
dir_each(const char *path, dir_fn fn, void *ctx)
{
    struct dir_list list = {0};
    enum err err;

    buf_init(&list.names, DIR_NAMES_MAX);
    err = os_dir_read(path, &list);
    for (size_t i = 0; !err && i < list.count; i++) {
        list.entries[i].name = list.names.data + list.entries[i].offset;
    }
    if (!err && list.count > 0) {
        qsort(list.entries, list.count, sizeof(list.entries[0]), by_name);
    }
    for (size_t i = 0; !err && i < list.count; i++) {
        err = fn(ctx, list.entries[i].name, list.entries[i].type);
    }
    mem_free(list.entries);
    buf_fini(&list.names);
    return err;
}
