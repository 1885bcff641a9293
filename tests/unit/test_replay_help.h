/* test_replay_help - what the tests of the engine share: small logs, temporary paths, whole stores
 * as text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/config.h"
#include "core/mem.h"
#include "engine/engine.h"
#include "platform/platform.h"
#include "support/sim_encode.h"

#define HELP_SUFFIX ".test"

/* Where nothing is yet. The file that reserves the name stays until help_remove(), because Windows
 * gives the name of a deleted one again; a folder that an earlier run left there is passed over. */
static inline void
help_path(struct buf *out)
{
    buf_init(out, SIZE_MAX);
    assert_int_equal(path_temp_file(out), ERR_OK);
    buf_puts(out, HELP_SUFFIX);
    while (file_type(buf_str(out)) != FILE_TYPE_NONE) {
        buf_putc(out, '-');
    }
    assert_int_equal(buf_err(out), ERR_OK);
}

/* Files of a test go, its folders where the C library can. */
static inline void
help_remove(struct buf *path)
{
    const char *text = buf_str(path);
    size_t end = strlen(text);

    (void)remove(text);
    while (end > 0 && text[end - 1] == '-') {
        end--;
    }
    if (end > strlen(HELP_SUFFIX) &&
        memcmp(text + end - strlen(HELP_SUFFIX), HELP_SUFFIX, strlen(HELP_SUFFIX)) == 0) {
        char *reserved = mem_strndup(text, end - strlen(HELP_SUFFIX));

        assert_non_null(reserved);
        (void)remove(reserved);
        mem_free(reserved);
    }
    buf_fini(path);
}

/* Of `folder`, which ends up as the parent. */
static inline void
help_join(struct buf *out, const struct buf *folder, const char *name)
{
    buf_init(out, SIZE_MAX);
    path_join(out, buf_str(folder), name);
    assert_int_equal(buf_err(out), ERR_OK);
}

#define HELP_LOGS 3
static const char *const help_log_names[HELP_LOGS] = {
    "Security.evtx",
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx",
    "Microsoft-Windows-SMBServer%4Security.evtx",
};

/* Logs of one computer on which somebody guesses `count` passwords, RDP and SMB in turn. */
struct help_logs {
    struct buf folder, host, other;
    struct buf log[HELP_LOGS], other_log[HELP_LOGS];
    uint64_t records;
};

static inline void
help_logs_make(struct help_logs *h, unsigned count)
{
    struct sim_attempt attempt[64];
    struct sim_script script = {.attempt = attempt, .count = count};

    assert_true(count <= 64);
    for (unsigned i = 0; i < count; i++) {
        attempt[i] = (struct sim_attempt){.second = i * 15,
                                          .order = i,
                                          .host = SIM_PC_A,
                                          .style = i % 2 != 0 ? SIM_SMB_551 : SIM_NLA_140,
                                          .outcome = SIM_FAILURE,
                                          .service = i % 2 != 0 ? SIM_SMB : SIM_RDP,
                                          .source = "192.31.196.7",
                                          .port = (uint16_t)(50000 + i),
                                          .account = "administrator",
                                          .sub_status = 0xc0000064u};
    }
    help_path(&h->folder);
    h->records = sim_encode(&script, 1, buf_str(&h->folder));
    help_join(&h->host, &h->folder, "PC-A");
    help_join(&h->other, &h->folder, "PC-B");
    for (size_t i = 0; i < HELP_LOGS; i++) {
        help_join(&h->log[i], &h->host, help_log_names[i]);
        help_join(&h->other_log[i], &h->other, help_log_names[i]);
    }
}

static inline void
help_logs_fini(struct help_logs *h)
{
    for (size_t i = 0; i < HELP_LOGS; i++) {
        help_remove(&h->log[i]);
        help_remove(&h->other_log[i]);
    }
    help_remove(&h->host);
    help_remove(&h->other);
    help_remove(&h->folder);
}

static inline struct config *
help_config(void)
{
    struct config *cfg = NULL;

    assert_int_equal(config_create(&cfg), ERR_OK);
    return cfg;
}

/* One row a line; what two stores must have in common to be the same. */
static inline void
help_dump(struct buf *out, struct store *s, const char *sql)
{
    struct rows *rows = NULL;

    assert_int_equal(store_query(s, sql, &rows), ERR_OK);
    while (rows_next(rows) == ERR_OK) {
        for (size_t i = 0; i < rows_columns(rows); i++) {
            struct cell cell = rows_cell(rows, i);

            if (cell.type == CELL_INT) {
                buf_put_u64(out, (uint64_t)cell.i);
            } else if (cell.type == CELL_TEXT) {
                buf_put_sv(out, cell.text);
            }
            buf_putc(out, '|');
        }
        buf_putc(out, '\n');
    }
    rows_close(rows);
}

/* The alerts, stories, attempts and events of a store. */
static inline void
help_store_text(const struct buf *path, struct buf *out)
{
    struct store *s = NULL;

    buf_init(out, SIZE_MAX);
    assert_int_equal(store_open(buf_str(path), STORE_READ, &s), ERR_OK);
    help_dump(out, s, "SELECT * FROM v_alerts ORDER BY id");
    help_dump(out, s, "SELECT * FROM v_stories ORDER BY id");
    help_dump(out, s, "SELECT * FROM v_logon_attempts ORDER BY time, src_port");
    help_dump(out, s,
              "SELECT time, kind, channel, record_id FROM v_events "
              "ORDER BY time, channel, record_id");
    help_dump(out, s,
              "SELECT source, from_time, to_time, state, records FROM v_coverage "
              "ORDER BY source, from_time");
    assert_int_equal(buf_err(out), ERR_OK);
    store_close(s);
}
