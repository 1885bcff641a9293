/* scan_rows - files one after the other, read whole, scanned, told. */
#include "cli/scan_rows.h"

#define ARRAY_MAX ((size_t)64 * 1024)

static const char *const skip_names[SKIP_COUNT] = {
    [SKIP_LINK] = "link",          [SKIP_GONE] = "gone",     [SKIP_ACCESS] = "access",
    [SKIP_BUSY] = "busy",          [SKIP_IO] = "unreadable", [SKIP_TOO_LONG] = "too_long",
    [SKIP_TIME] = "took_too_long", [SKIP_MEMORY] = "memory", [SKIP_FULL] = "folder_too_full",
};

const char *
scan_skip_name(enum scan_skip skip)
{
    return skip_names[skip];
}

void
scan_rows_init(struct scan_rows *r, struct scan_walk *walk, struct scanner *scanner, size_t len_max)
{
    memset(r, 0, sizeof(*r));
    r->walk = walk;
    r->scanner = scanner;
    r->len_max = len_max;
    buf_init(&r->file, len_max + 1);
    buf_init(&r->attack, ARRAY_MAX);
    buf_init(&r->strings, ARRAY_MAX);
}

void
scan_rows_fini(struct scan_rows *r)
{
    buf_fini(&r->file);
    buf_fini(&r->attack);
    buf_fini(&r->strings);
}

/* -- one file ---------------------------------------------------------------------------------- */

/* False: it is a failure of the run, not of the file. */
static bool
find_skip(enum err err, bool scanned, enum scan_skip *out)
{
    static const struct {
        enum err err;
        enum scan_skip read, scan;
    } reasons[] = {
        {ERR_UNSUPPORTED, SKIP_LINK, SKIP_COUNT},
        {ERR_NOTFOUND, SKIP_GONE, SKIP_COUNT},
        {ERR_ACCESS, SKIP_ACCESS, SKIP_COUNT},
        {ERR_BUSY, SKIP_BUSY, SKIP_COUNT},
        {ERR_IO, SKIP_IO, SKIP_COUNT},
        {ERR_RANGE, SKIP_TOO_LONG, SKIP_TOO_LONG},
        {ERR_CANCELLED, SKIP_COUNT, SKIP_TIME},
        {ERR_FULL, SKIP_FULL, SKIP_MEMORY},
    };

    for (size_t i = 0; i < COUNT(reasons); i++) {
        if (reasons[i].err == err) {
            *out = scanned ? reasons[i].scan : reasons[i].read;
            return *out != SKIP_COUNT;
        }
    }
    return false;
}

/* ERR_OK: there is a row. ERR_CANCELLED: the file is clean, take the next. */
static enum err
take_result(struct scan_rows *r, enum err err, bool scanned)
{
    r->hit = NULL;
    if (!err) {
        r->files++;
        r->found += r->result.hit_count > 0;
        r->hit_at = 0;
        return ERR_CANCELLED;
    }
    if (!find_skip(err, scanned, &r->skip)) {
        return err;
    }
    r->skipped[r->skip]++;
    return ERR_OK;
}

static enum err
scan_file(struct scan_rows *r)
{
    struct scan_facts facts = {.file_name = path_name(r->path).p};
    enum err err;

    r->result.hit_count = 0;
    err = file_read_all(r->path, r->len_max, &r->file);
    if (err) {
        return take_result(r, err, false);
    }
    return take_result(r, scanner_run(r->scanner, buf_sv(&r->file), &facts, &r->result), true);
}

static enum err
next_file(struct scan_rows *r)
{
    enum err why;
    enum err err = scan_walk_next(r->walk, &r->path, &why);

    if (err) {
        return err;
    }
    r->result.hit_count = 0;
    return why ? take_result(r, why, false) : scan_file(r);
}

/* -- rows -------------------------------------------------------------------------------------- */

static void
put_item(struct buf *out, struct sv item)
{
    buf_puts(out, out->len > 1 ? "," : "");
    buf_putc(out, '"');
    buf_put_sv(out, item); /* ids and names of rules: letters, digits, '.', '_', '$' */
    buf_putc(out, '"');
}

void
scan_put_attack(struct buf *out, const char *attack)
{
    buf_clear(out);
    buf_putc(out, '[');
    while (*attack != '\0') {
        size_t len = strcspn(attack, ", ");

        if (len > 0 && strcspn(attack, "\"\\") >= len) {
            put_item(out, (struct sv){attack, len});
        }
        attack += len;
        attack += strspn(attack, ", ");
    }
    buf_putc(out, ']');
}

static enum err
next(void *ctx)
{
    struct scan_rows *r = ctx;
    enum err err = ERR_CANCELLED;

    while (err == ERR_CANCELLED) {
        if (r->hit_at < r->result.hit_count) {
            r->hit = &r->result.hits[r->hit_at++];
            scan_put_attack(&r->attack, r->hit->rule.attack);
            buf_clear(&r->strings);
            buf_putc(&r->strings, '[');
            for (size_t i = 0; i < r->hit->string_count; i++) {
                put_item(&r->strings, sv_from(r->hit->strings[i]));
            }
            buf_putc(&r->strings, ']');
            err = buf_err(&r->attack) ? buf_err(&r->attack) : buf_err(&r->strings);
        } else {
            err = next_file(r);
        }
    }
    return err;
}

enum column {
    COL_PATH,
    COL_RULE,
    COL_FAMILY,
    COL_SEVERITY,
    COL_STRENGTH,
    COL_ATTACK,
    COL_STRINGS,
    COL_DESCRIPTION,
    COL_SKIPPED,
    COL_COUNT
};
static const char *const names[COL_COUNT] = {"path",     "rule",        "family",
                                             "severity", "strength",    "attack",
                                             "strings",  "description", "skipped"};

static const char *
name(void *ctx, size_t column)
{
    (void)ctx;
    return names[column];
}

static enum cell_show
show(void *ctx, size_t column)
{
    (void)ctx;
    if (column == COL_ATTACK || column == COL_STRINGS) {
        return SHOW_JSON;
    }
    return column == COL_PATH ? SHOW_FOREIGN : SHOW_PLAIN;
}

static struct sv
text_of(const struct scan_rows *r, enum column column)
{
    const struct scan_rule *rule = r->hit == NULL ? NULL : &r->hit->rule;

    if (column == COL_PATH) {
        return sv_from(r->path);
    }
    if (rule == NULL) {
        return column == COL_SKIPPED ? sv_from(skip_names[r->skip]) : (struct sv){NULL, 0};
    }
    switch (column) {
    case COL_RULE:
        return sv_from(rule->name);
    case COL_FAMILY:
        return sv_from(rule->family);
    case COL_SEVERITY:
        return sv_from(severity_name(rule->severity));
    case COL_STRENGTH:
        return sv_from(scan_strength_name(rule->strength));
    case COL_ATTACK:
        return buf_sv(&r->attack);
    case COL_STRINGS:
        return buf_sv(&r->strings);
    case COL_DESCRIPTION:
        return sv_from(rule->description);
    case COL_PATH:
    case COL_SKIPPED:
    case COL_COUNT:
        break;
    }
    return (struct sv){NULL, 0};
}

static struct cell
cell(void *ctx, size_t column)
{
    struct sv text = text_of(ctx, (enum column)column);

    return (struct cell){.type = text.p == NULL ? CELL_NULL : CELL_TEXT, .text = text};
}

struct out_rows
scan_rows_all(struct scan_rows *r)
{
    return (struct out_rows){
        .ctx = r, .columns = COL_COUNT, .name = name, .show = show, .cell = cell, .next = next};
}

struct out_rows
scan_rows_brief(struct out_picked *space, const struct out_rows *all)
{
    static const struct out_pick picks[] = {
        {"severity", false}, {"rule", false},    {"strength", false},
        {"path", false},     {"skipped", false}, {"description", true},
    };

    return out_choose(space, all, picks, COUNT(picks));
}
