/* intake_store - the events of a store that an earlier replay wrote: stores are evidence too. */
#include "engine/intake.h"

/* Columns of v_coverage by name, since their order is the store's business. */
static struct cell
cell_of(const struct rows *rows, const char *name)
{
    for (size_t i = 0; i < rows_columns(rows); i++) {
        if (strcmp(rows_name(rows, i), name) == 0) {
            return rows_cell(rows, i);
        }
    }
    return (struct cell){.type = CELL_NULL};
}

/* Holes are told again from the ids of the joined spans. */
MUST_CHECK static enum err
take_coverage(struct intake *in, struct store *store)
{
    struct store_filter all = {0};
    struct rows *rows = NULL;
    enum err err = store_rows(store, ROWS_COVERAGE, &all, &rows);

    while (!err) {
        err = rows_next(rows);
        if (err ||
            !sv_eq(cell_of(rows, "state").text, sv_from(coverage_state_name(COVERAGE_OBSERVED)))) {
            continue;
        }
        struct coverage c = {
            .host = cell_of(rows, "host").text,
            .source = cell_of(rows, "source").text,
            .from_ft = (uint64_t)cell_of(rows, "from_time").i,
            .to_ft = (uint64_t)cell_of(rows, "to_time").i,
            .state = COVERAGE_OBSERVED,
            .records = (uint64_t)cell_of(rows, "records").i,
            .first_id = (uint64_t)cell_of(rows, "first_record_id").i,
            .last_id = (uint64_t)cell_of(rows, "last_record_id").i,
        };
        err = spans_add(in->spans, &c);
    }
    rows_close(rows);
    return err == ERR_END ? ERR_OK : err;
}

MUST_CHECK static enum err
take_events(struct intake *in, struct store *store, struct replay_file *file)
{
    struct store_filter all = {0};
    struct store_events *events = NULL;
    struct event ev;
    enum err err = store_events_open(store, &all, &events);

    while (!err) {
        err = store_events_next(events, &ev);
        if (err) {
            break;
        }
        file->records++;
        file->events++;
        if (in->tally != NULL && event_has(&ev, provider)) {
            err = tally_add(in->tally, ev.provider, ev.event_id, ev.version);
        }
        if (!err) {
            err = order_put(in->order, &ev);
        }
    }
    store_events_close(events);
    return err == ERR_END ? ERR_OK : err;
}

enum err
intake_store(struct intake *in, const char *path, struct replay_file *file)
{
    struct store *store = NULL;
    enum err err = store_open(path, STORE_READ, &store);

    if (!err) {
        err = take_events(in, store, file);
    }
    if (!err) {
        err = take_coverage(in, store);
    }
    if (err && err != ERR_NOMEM) {
        err = intake_give_up(file, err, store_why());
    }
    store_close(store);
    return err;
}
