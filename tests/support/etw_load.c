/* etw_load - runs sessions for a moment; reads files with the reader of replays. */
#include "support/etw_load.h"

#include "etw/etl.h"
#include "etw/session.h"
#include "platform/platform.h"
#include "platform/thread.h"

#define LOOK_MS 2u

static void
ignore(void *ctx, const struct etw_record *r)
{
    (void)ctx;
    (void)r;
}

bool
etw_load_left(struct etw_sim *sim)
{
    const struct etw_session_sink sink = {NULL, ignore, NULL};
    struct etw_session *session[ETW_SESSION_BOOT] = {NULL};
    bool live = true;

    for (size_t i = 0; i < COUNT(session); i++) {
        if (etw_session_create(etw_sim_api(sim), &etw_session_rows[i], &sink, &session[i])) {
            return false;
        }
        etw_session_step(session[i], 1);
        live = live && etw_session_status(session[i])->state == ETW_STATE_LIVE;
    }
    for (size_t i = 0; live && i < COUNT(session); i++) {
        while (!etw_sim_is_consumed(sim, etw_session_rows[i].name)) {
            thread_sleep_ms(LOOK_MS);
        }
    }
    etw_sim_kill(sim);
    for (size_t i = 0; i < COUNT(session); i++) {
        etw_session_destroy(session[i]);
    }
    return live;
}

size_t
etw_load_file(struct etw_sim *sim, const char *path)
{
    struct file *f = NULL;
    struct etl *reader = NULL;
    struct etl_item item;
    size_t count = 0;

    if (file_open_read(path, &f)) {
        return 0;
    }
    if (etl_open(f, &reader) == ERR_OK) {
        while (etl_next(reader, &item) == ERR_OK) {
            if (item.kind == ETL_ITEM_RECORD) {
                (void)etw_sim_write(sim, 0, &item.record);
                count++;
            }
        }
    }
    etl_close(reader);
    file_close(f);
    return count;
}
