/* process_tree - rows kept, linked and given again, parents before their children. */
#include "cli/process_tree.h"

#include <stdlib.h>

#include "core/mem.h"

#define NOWHERE UINT32_MAX
#define ROWS_FIRST 256u
#define INDENT 2u
#define COLUMNS_MAX 64u

/* A row; rows come oldest first. */
struct node {
    struct sv host;
    int64_t pid, parent_pid;
    int64_t began_ft, ended_ft, parent_started_ft; /* 0 = not known */
    struct cell *cell;
    uint32_t parent, first_child, last_child, next; /* NOWHERE = none */
    uint32_t depth;
};

struct process_tree {
    struct rows *source; /* names of columns */
    size_t columns, image;
    struct node *node;
    size_t count, cap;
    uint32_t *by_pid;  /* nodes by computer, pid and begin */
    uint32_t *by_host; /* nodes by computer, as they came */
    uint32_t first, now;
    bool indent;
    struct buf text; /* the indented image */
};

/* -- reading ----------------------------------------------------------------------------------- */

static size_t
column_of(const struct rows *rows, const char *name)
{
    size_t i = 0;

    while (i < rows_columns(rows) && strcmp(rows_name(rows, i), name) != 0) {
        i++;
    }
    return i;
}

static int64_t
number_of(const struct rows *rows, const char *name)
{
    struct cell cell = rows_cell(rows, column_of(rows, name));

    return cell.type == CELL_INT ? cell.i : 0;
}

/* All cells of the row in one block, their texts behind them. */
MUST_CHECK static enum err
copy_cells(const struct process_tree *t, const struct rows *rows, struct cell **out)
{
    size_t len = t->columns * sizeof(struct cell);
    struct cell *cells;
    char *text;

    for (size_t i = 0; i < t->columns; i++) {
        len += rows_cell(rows, i).text.len;
    }
    cells = mem_alloc(len);
    if (cells == NULL) {
        return ERR_NOMEM;
    }
    text = (char *)(cells + t->columns);
    for (size_t i = 0; i < t->columns; i++) {
        cells[i] = rows_cell(rows, i);
        if (cells[i].text.len > 0) {
            memcpy(text, cells[i].text.p, cells[i].text.len);
            cells[i].text.p = text;
            text += cells[i].text.len;
        }
    }
    *out = cells;
    return ERR_OK;
}

MUST_CHECK static enum err
add_node(struct process_tree *t, const struct rows *rows)
{
    struct node n = {.parent = NOWHERE, .first_child = NOWHERE, .next = NOWHERE};
    enum err err;

    if (t->count == PROCESS_TREE_MAX) {
        return ERR_FULL;
    }
    if (t->count == t->cap) {
        size_t cap = t->cap == 0 ? ROWS_FIRST : t->cap * 2;
        struct node *node = mem_realloc(t->node, cap, sizeof(*node));

        if (node == NULL) {
            return ERR_NOMEM;
        }
        t->node = node;
        t->cap = cap;
    }
    err = copy_cells(t, rows, &n.cell);
    if (err) {
        return err;
    }
    n.host = n.cell[column_of(rows, "host")].text;
    n.pid = number_of(rows, "pid");
    n.parent_pid = number_of(rows, "parent_pid");
    n.began_ft = number_of(rows, "started");
    n.began_ft = n.began_ft != 0 ? n.began_ft : number_of(rows, "first_seen");
    n.ended_ft = number_of(rows, "ended");
    n.parent_started_ft = number_of(rows, "parent_started");
    t->node[t->count++] = n;
    return ERR_OK;
}

/* -- linking ----------------------------------------------------------------------------------- */

static int
order_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int
cmp_place(const struct node *a, struct sv host, int64_t pid)
{
    int order = sv_cmp(a->host, host);

    return order != 0 ? order : order_i64(a->pid, pid);
}

static int
by_place(const void *left, const void *right)
{
    const struct node *a = *(const struct node *const *)left;
    const struct node *b = *(const struct node *const *)right;
    int order = cmp_place(a, b->host, b->pid);

    order = order != 0 ? order : order_i64(a->began_ft, b->began_ft);
    return order != 0 ? order : (a > b) - (a < b); /* as they came */
}

static int
by_computer(const void *left, const void *right)
{
    const struct node *a = *(const struct node *const *)left;
    const struct node *b = *(const struct node *const *)right;
    int order = sv_cmp(a->host, b->host);

    return order != 0 ? order : (a > b) - (a < b);
}

MUST_CHECK static enum err
sort_nodes(const struct process_tree *t, int (*order)(const void *, const void *), uint32_t **out)
{
    const struct node **sorted = mem_array(t->count + 1, sizeof(const struct node *));

    *out = mem_array(t->count + 1, sizeof(**out));
    if (sorted == NULL || *out == NULL) {
        mem_free(sorted);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < t->count; i++) {
        sorted[i] = &t->node[i];
    }
    qsort(sorted, t->count, sizeof(const struct node *), order);
    for (size_t i = 0; i < t->count; i++) {
        (*out)[i] = (uint32_t)(sorted[i] - t->node);
    }
    mem_free(sorted);
    return ERR_OK;
}

static bool
can_be_parent(const struct node *parent, const struct node *child)
{
    if (child->parent_started_ft != 0) {
        return parent->began_ft == child->parent_started_ft;
    }
    return parent->began_ft <= child->began_ft &&
           (parent->ended_ft == 0 || parent->ended_ft >= child->began_ft);
}

/* The newest that can be, of those before the child. */
static uint32_t
find_parent(const struct process_tree *t, uint32_t child)
{
    const struct node *c = &t->node[child];
    uint32_t found = NOWHERE;
    size_t low = 0;
    size_t high = t->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cmp_place(&t->node[t->by_pid[middle]], c->host, c->parent_pid) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < t->count && cmp_place(&t->node[t->by_pid[low]], c->host, c->parent_pid) == 0;
         low++) {
        if (t->by_pid[low] < child && can_be_parent(&t->node[t->by_pid[low]], c)) {
            found = t->by_pid[low];
        }
    }
    return found;
}

static void
append_child(struct process_tree *t, uint32_t parent, uint32_t child)
{
    struct node *p = &t->node[parent];

    if (p->first_child == NOWHERE) {
        p->first_child = child;
    } else {
        t->node[p->last_child].next = child;
    }
    p->last_child = child;
    t->node[child].parent = parent;
    t->node[child].depth = p->depth + 1;
}

/* Roots of one computer stay together. */
static void
link_roots(struct process_tree *t)
{
    uint32_t last = NOWHERE;

    for (size_t i = 0; i < t->count; i++) {
        uint32_t root = t->by_host[i];

        if (t->node[root].parent == NOWHERE) {
            *(last == NOWHERE ? &t->first : &t->node[last].next) = root;
            last = root;
        }
    }
}

MUST_CHECK static enum err
link_nodes(struct process_tree *t)
{
    enum err err = sort_nodes(t, by_place, &t->by_pid);

    if (!err) {
        err = sort_nodes(t, by_computer, &t->by_host);
    }
    if (err) {
        return err;
    }
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t parent = t->node[i].parent_pid == 0 ? NOWHERE : find_parent(t, i);

        if (parent != NOWHERE) {
            append_child(t, parent, i);
        }
    }
    link_roots(t);
    return ERR_OK;
}

enum err
process_tree_create(struct rows *rows, struct process_tree **out)
{
    struct process_tree *t = mem_zalloc(sizeof(*t));
    enum err err = ERR_OK;

    if (t == NULL) {
        return ERR_NOMEM;
    }
    buf_init(&t->text, OUT_LIST_CELL_MAX);
    t->source = rows;
    t->columns = rows_columns(rows);
    t->image = column_of(rows, "image");
    t->first = NOWHERE;
    t->now = NOWHERE;
    while (!err) {
        err = rows_next(rows);
        if (!err) {
            err = add_node(t, rows);
        }
    }
    err = err == ERR_END ? link_nodes(t) : err;
    if (err) {
        process_tree_destroy(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

void
process_tree_destroy(struct process_tree *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->count; i++) {
        mem_free(t->node[i].cell);
    }
    mem_free(t->node);
    mem_free(t->by_pid);
    mem_free(t->by_host);
    buf_fini(&t->text);
    mem_free(t);
}

/* -- giving ------------------------------------------------------------------------------------ */

static const char *
name(void *ctx, size_t column)
{
    const struct process_tree *t = ctx;

    return column < t->columns ? rows_name(t->source, column) : "depth";
}

static enum cell_show
show(void *ctx, size_t column)
{
    const struct process_tree *t = ctx;

    return column < t->columns ? rows_show(t->source, column) : SHOW_PLAIN;
}

static struct cell
indented(struct process_tree *t, struct cell image)
{
    uint32_t depth = t->node[t->now].depth;

    buf_clear(&t->text);
    for (uint32_t i = 0; i < depth && i < PROCESS_TREE_INDENT_MAX; i++) {
        buf_put(&t->text, "  ", INDENT);
    }
    buf_put_sv(&t->text, image.type == CELL_TEXT ? image.text : SV("?"));
    return (struct cell){.type = CELL_TEXT, .text = buf_sv(&t->text)};
}

static struct cell
cell(void *ctx, size_t column)
{
    struct process_tree *t = ctx;
    const struct node *n = &t->node[t->now];

    if (column == t->columns) {
        return (struct cell){.type = CELL_INT, .i = n->depth};
    }
    return t->indent && column == t->image ? indented(t, n->cell[column]) : n->cell[column];
}

/* Down, else on, else up and on. */
static enum err
next(void *ctx)
{
    struct process_tree *t = ctx;
    uint32_t at = t->now;

    if (at == NOWHERE) {
        t->now = t->first;
    } else if (t->node[at].first_child != NOWHERE) {
        t->now = t->node[at].first_child;
    } else {
        while (at != NOWHERE && t->node[at].next == NOWHERE) {
            at = t->node[at].parent;
        }
        t->now = at == NOWHERE ? NOWHERE : t->node[at].next;
    }
    return t->now == NOWHERE ? ERR_END : buf_err(&t->text);
}

struct out_rows
process_tree_rows(struct process_tree *t, bool indent)
{
    t->indent = indent;
    return (struct out_rows){.ctx = t,
                             .columns = t->columns + (indent ? 0 : 1),
                             .name = name,
                             .show = show,
                             .cell = cell,
                             .next = next};
}
