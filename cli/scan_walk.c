/* scan_walk - a stack of paths that wait; a folder is replaced by what is in it. */
#include "cli/scan_walk.h"

#include "core/mem.h"

#define FIRST_CAP ((size_t)64)

struct waiting {
    char *path; /* owned */
    enum file_type type;
};

struct scan_walk {
    const char *const *operands;
    size_t operand_count, operand_at;
    struct waiting *stack;
    size_t count, cap;
    size_t bytes; /* of the paths on the stack */
    char *current;
    struct buf joined;
    const char *folder; /* being read */
};

enum err
scan_walk_create(const char *const *paths, size_t count, struct scan_walk **out)
{
    struct scan_walk *w = mem_zalloc(sizeof(*w));

    if (w == NULL) {
        return ERR_NOMEM;
    }
    w->operands = paths;
    w->operand_count = count;
    buf_init(&w->joined, WALK_PATH_MAX);
    *out = w;
    return ERR_OK;
}

static void
drop_from(struct scan_walk *w, size_t count)
{
    while (w->count > count) {
        w->count--;
        w->bytes -= strlen(w->stack[w->count].path) + 1;
        mem_free(w->stack[w->count].path);
    }
}

void
scan_walk_destroy(struct scan_walk *w)
{
    if (w != NULL) {
        drop_from(w, 0);
        mem_free(w->stack);
        mem_free(w->current);
        buf_fini(&w->joined);
        mem_free(w);
    }
}

static enum err
push(struct scan_walk *w, struct sv path, enum file_type type)
{
    char *copy;

    if (path.len + 1 > WALK_BYTES_MAX - w->bytes) {
        return ERR_FULL;
    }
    if (w->count == w->cap) {
        size_t cap = w->cap == 0 ? FIRST_CAP : w->cap * 2;
        struct waiting *grown = mem_realloc(w->stack, cap, sizeof(*grown));

        if (grown == NULL) {
            return ERR_NOMEM;
        }
        w->stack = grown;
        w->cap = cap;
    }
    copy = mem_strndup(path.p, path.len);
    if (copy == NULL) {
        return ERR_NOMEM;
    }
    w->stack[w->count++] = (struct waiting){copy, type};
    w->bytes += path.len + 1;
    return ERR_OK;
}

static enum err
on_entry(void *ctx, const char *name, enum file_type type)
{
    struct scan_walk *w = ctx;

    buf_clear(&w->joined);
    path_join(&w->joined, w->folder, name);
    if (buf_err(&w->joined)) {
        return buf_err(&w->joined);
    }
    return push(w, buf_sv(&w->joined), type);
}

/* What is in the folder goes on the stack, the last one first. */
static enum err
push_folder(struct scan_walk *w, const char *folder)
{
    size_t from = w->count;
    enum err err;

    w->folder = folder;
    err = dir_each(folder, on_entry, w);
    if (err) {
        drop_from(w, from);
        return err;
    }
    for (size_t low = from, high = w->count; low + 1 < high; low++, high--) {
        struct waiting swapped = w->stack[low];

        w->stack[low] = w->stack[high - 1];
        w->stack[high - 1] = swapped;
    }
    return ERR_OK;
}

/* The next path into w->current. */
static enum err
pop(struct scan_walk *w, enum file_type *type)
{
    mem_free(w->current);
    w->current = NULL;
    if (w->count == 0) {
        const char *operand;

        if (w->operand_at == w->operand_count) {
            return ERR_END;
        }
        operand = w->operands[w->operand_at++];
        w->current = mem_strndup(operand, strlen(operand));
        *type = file_type(operand);
        return w->current == NULL ? ERR_NOMEM : ERR_OK;
    }
    w->count--;
    w->current = w->stack[w->count].path;
    *type = w->stack[w->count].type;
    w->bytes -= strlen(w->current) + 1;
    return ERR_OK;
}

static enum err
why_of(enum file_type type)
{
    switch (type) {
    case FILE_TYPE_REGULAR:
        return ERR_OK;
    case FILE_TYPE_NONE:
        return ERR_NOTFOUND;
    case FILE_TYPE_DIR:
    case FILE_TYPE_OTHER:
        break;
    }
    return ERR_UNSUPPORTED;
}

enum err
scan_walk_next(struct scan_walk *w, const char **path, enum err *why)
{
    enum file_type type;
    enum err err = pop(w, &type);

    while (!err && type == FILE_TYPE_DIR) {
        err = push_folder(w, w->current);
        if (err && err != ERR_NOMEM) {
            *path = w->current;
            *why = err;
            return ERR_OK;
        }
        if (!err) {
            err = pop(w, &type);
        }
    }
    if (!err) {
        *path = w->current;
        *why = why_of(type);
    }
    return err;
}
