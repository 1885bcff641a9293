/* intake_evtx - one .evtx file into order, spans and tally. */
#include "core/metrics.h"
#include "engine/intake.h"
#include "evtlog/evtx.h"

#define PROGRESS_RECORDS 4096u

MUST_CHECK static enum err
take_item(struct intake *in, const struct evtx_item *item, struct replay_file *file)
{
    enum err err = ERR_OK;

    if (item->kind == EVTX_ITEM_DAMAGED) {
        file->torn += item->open_copy;
        if (file->errors++ == 0) {
            file->first_error_offset = item->offset;
            err = intake_give_up(file, ERR_OK, item->why);
        }
        return err;
    }
    if (in->tally != NULL && !item->recovered) {
        err = tally_add(in->tally, item->provider, item->event_id, item->version);
    }
    if (!err) {
        err = spans_record(in->spans, item->host, item->channel, item->time_ft, item->record_id);
    }
    if (err) {
        return err;
    }
    if (item->kind == EVTX_ITEM_UNMAPPED) {
        file->skipped++;
        return ERR_OK;
    }
    file->events++;
    return order_put(in->order, item->event);
}

enum err
intake_evtx(struct intake *in, struct file *f, struct replay_file *file)
{
    struct evtx *reader = NULL;
    struct evtx_item item;
    uint64_t items = 0;
    enum err fatal = ERR_OK; /* ends the replay */
    enum err err = evtx_open(f, &reader);

    if (err == ERR_FORMAT) {
        return intake_give_up(file, err, "this is no .evtx file, or nothing of it is sound");
    }
    while (!err && !fatal) {
        err = evtx_next(reader, &item);
        if (err) {
            break;
        }
        fatal = take_item(in, &item, file);
        if (++items % PROGRESS_RECORDS == 0) {
            intake_progress(in, evtx_stats(reader)->bytes);
        }
    }
    if (!fatal && err == ERR_NOMEM) {
        fatal = err;
    } else if (!fatal && err != ERR_END) {
        fatal = intake_give_up(file, err, "reading stopped before the end");
    }
    if (reader != NULL) {
        file->recovered = evtx_stats(reader)->records_recovered;
        file->lost = evtx_stats(reader)->records_lost;
        file->records = evtx_stats(reader)->records - file->recovered;
    }
    metric_add(METRIC_RECORDS_DAMAGED, file->errors);
    metric_add(METRIC_CHUNKS_DAMAGED, reader == NULL ? 0 : evtx_stats(reader)->chunks_damaged);
    evtx_close(reader);
    return fatal;
}
