/* intake_etl - one .etl file into order, spans and tally. */
#include "core/mem.h"
#include "core/metrics.h"
#include "engine/intake.h"
#include "engine/net_fold.h"
#include "etw/decode.h"
#include "etw/etl.h"

#define PROGRESS_RECORDS 65536u
#define MODE_CIRCULAR 0x00000002u  /* EVENT_TRACE_FILE_MODE_CIRCULAR */
#define MODE_BUFFERING 0x00000400u /* EVENT_TRACE_BUFFERING_MODE */
#define WHY_NO_CLOCK "the trace's clock cannot be read"

struct trace {
    struct intake *in;
    struct replay_file *file;
    struct etl *reader;
    struct etw_decoder *decoder;
    struct sv host, channel;
    uint64_t first_ft, last_ft; /* of the records behind the header; 0 = none */
    uint64_t holes;             /* intervals known to be lost */
    struct net_fold fold;
    char host_text[TRACE_HOST_MAX];
};

MUST_CHECK static enum err
tell_error(struct trace *t, uint64_t offset, const char *why)
{
    if (t->file->errors++ > 0) {
        return ERR_OK;
    }
    t->file->first_error_offset = offset;
    return intake_give_up(t->file, ERR_OK, why);
}

/* -- coverage ---------------------------------------------------------------------------------- */

MUST_CHECK static enum err
add_span(const struct trace *t, enum coverage_state state, uint64_t records, const uint64_t ft[2])
{
    struct coverage c = {.host = t->host,
                         .source = t->channel,
                         .from_ft = ft[0],
                         .to_ft = ft[1] > ft[0] ? ft[1] : ft[0],
                         .state = state,
                         .records = records};

    return records == 0 || ft[0] == 0 ? ERR_OK : spans_add(t->in->spans, &c);
}

/* At least so many records: a header that was not updated at the end counts none, and each hole and
 * each lost buffer had some. */
static uint64_t
count_lost(const struct trace *t)
{
    const struct etl_info *info = etl_info(t->reader);
    uint64_t lost = info->events_lost;

    lost = lost > info->buffers_lost ? lost : info->buffers_lost;
    return lost > t->holes ? lost : t->holes;
}

/* A session observes from its start to its end, silent or not; one that writes in a circle only as
 * far back as its oldest record. */
MUST_CHECK static enum err
tell_coverage(const struct trace *t)
{
    const struct etl_info *info = etl_info(t->reader);
    bool circles = (info->log_file_mode & (MODE_CIRCULAR | MODE_BUFFERING)) != 0;
    uint64_t span[2] = {t->first_ft, t->last_ft};
    enum err err;

    if (!circles && info->start_ft != 0 && (span[0] == 0 || info->start_ft < span[0])) {
        span[0] = info->start_ft;
    }
    if (info->end_ft > span[1]) {
        span[1] = info->end_ft;
    }
    err = add_span(t, COVERAGE_OBSERVED, t->file->records, span);
    if (err || t->holes > 0) {
        return err;
    }
    return add_span(t, COVERAGE_LOST, count_lost(t), span); /* somewhere in it */
}

/* -- items ------------------------------------------------------------------------------------- */

MUST_CHECK static enum err
count_record(struct tally *tally, const struct etw_record *rec)
{
    const char *name = etw_provider_name(&rec->provider);
    char guid[ETW_GUID_TEXT_MAX];
    struct sv provider = sv_from(name);

    if (name == NULL) {
        provider = (struct sv){guid, etw_guid_format(&rec->provider, guid)};
    }
    return tally_add(tally, provider, rec->id, rec->version);
}

MUST_CHECK static enum err
put_event(struct trace *t, struct event *ev, uint64_t number)
{
    event_set(ev, host, t->host);
    event_set(ev, channel, t->channel);
    event_set(ev, record_id, number);
    t->file->events++;
    return order_put(t->in->order, ev);
}

static void
note_time(struct trace *t, const struct etl_item *item)
{
    uint64_t ft = item->record.time_ft;

    if (ft == 0 || item->number == 0) { /* the header stands for the session's start */
        return;
    }
    t->first_ft = t->first_ft == 0 || ft < t->first_ft ? ft : t->first_ft;
    t->last_ft = ft > t->last_ft ? ft : t->last_ft;
}

MUST_CHECK static enum err
take_record(struct trace *t, const struct etl_item *item)
{
    struct event ev;
    const char *why = NULL;
    enum etw_decoded decoded;
    enum err err = t->in->tally == NULL ? ERR_OK : count_record(t->in->tally, &item->record);

    if (err) {
        return err;
    }
    note_time(t, item);
    if (net_fold_record(&t->fold, &item->record)) {
        metric_add(METRIC_NET_DATA_FOLDED, 1);
        t->file->skipped++;
        return ERR_OK;
    }
    decoded = etw_decode(t->decoder, &item->record, &ev, &why);
    if (decoded == ETW_UNKNOWN) {
        t->file->skipped++;
        return ERR_OK;
    }
    if (decoded == ETW_DAMAGED || ev.time_ft == 0) {
        err = tell_error(t, item->offset, decoded == ETW_DAMAGED ? why : WHY_NO_CLOCK);
        return err ? err : put_event(t, &ev, item->number);
    }
    return put_event(t, &ev, item->number);
}

MUST_CHECK static enum err
take_item(struct trace *t, const struct etl_item *item)
{
    switch (item->kind) {
    case ETL_ITEM_RECORD:
        return take_record(t, item);
    case ETL_ITEM_SKIPPED:
        t->file->skipped++;
        return ERR_OK;
    case ETL_ITEM_DAMAGED:
        return tell_error(t, item->offset, item->why);
    case ETL_ITEM_LOST:
        break;
    }
    t->holes++;
    return add_span(t, COVERAGE_LOST, 1, (const uint64_t[]){item->lost_from_ft, item->lost_to_ft});
}

/* -- the file ---------------------------------------------------------------------------------- */

/* The session; a trace without its name is told by its file. */
static struct sv
name_channel(const struct etl_info *info, const struct replay_file *file)
{
    return info->session[0] != '\0' ? sv_from(info->session) : path_name(file->path);
}

MUST_CHECK static enum err
name_host(struct trace *t)
{
    struct replay_file *file = t->file;

    file->host_guessed = !trace_hosts_find(t->in->hosts, etl_info(t->reader), t->host_text);
    t->host = sv_from(t->host_text);
    file->host = mem_strndup(t->host.p, t->host.len);
    return file->host == NULL ? ERR_NOMEM : ERR_OK;
}

/* *fatal ends the replay; the result ends the file. */
static enum err
take_items(struct trace *t, enum err *fatal)
{
    struct etl_item item;
    uint64_t items = 0;
    enum err err = ERR_OK;

    while (!err && !*fatal) {
        err = etl_next(t->reader, &item);
        if (!err) {
            *fatal = take_item(t, &item);
        }
        if (++items % PROGRESS_RECORDS == 0) {
            intake_progress(t->in, etl_stats(t->reader)->bytes);
        }
    }
    return err;
}

MUST_CHECK static enum err
take_trace(struct trace *t, struct file *f)
{
    enum err fatal = ERR_OK;
    enum err err = etl_open(f, &t->reader);

    if (err == ERR_FORMAT) {
        return intake_give_up(t->file, err, "this is no .etl file, or nothing of it is sound");
    }
    fatal = err ? err : name_host(t);
    if (fatal) {
        return fatal;
    }
    t->channel = name_channel(etl_info(t->reader), t->file);
    err = take_items(t, &fatal);
    if (!fatal && err == ERR_NOMEM) {
        fatal = err;
    } else if (!fatal && err != ERR_END) {
        fatal = intake_give_up(t->file, err, "reading stopped before the end");
    }
    t->file->records = etl_stats(t->reader)->records;
    t->file->lost = count_lost(t);
    metric_add(METRIC_BUFFERS_DAMAGED, etl_stats(t->reader)->buffers_damaged);
    return fatal ? fatal : tell_coverage(t);
}

enum err
intake_etl(struct intake *in, struct file *f, struct replay_file *file)
{
    struct trace *t = mem_zalloc(sizeof(*t));
    enum err err;

    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->in = in;
    t->file = file;
    net_fold_init(&t->fold);
    err = etw_decoder_create(&t->decoder);
    if (!err) {
        err = take_trace(t, f);
    }
    etw_decoder_destroy(t->decoder);
    etl_close(t->reader);
    mem_free(t);
    return err;
}

/* Nothing is told here: the file is read again, and says then what is wrong with it. */
enum err
intake_etl_name(struct trace_hosts *hosts, struct file *f)
{
    struct etl *reader = NULL;
    enum err err = etl_open(f, &reader);

    if (!err) {
        err = etl_find_computer(reader);
    }
    if (err != ERR_NOMEM && reader != NULL) {
        err = trace_hosts_learn(hosts, etl_info(reader));
    }
    etl_close(reader);
    return err == ERR_NOMEM ? err : ERR_OK;
}
