/*
 * cmd_replay - reads logs into a store and says what is in them.
 *
 * The store is written beside its final name and renamed when it is whole, so a replay that fails
 * or is killed leaves the store that was there. Without --store it is a temporary file.
 */
#include "cli/replay_out.h"

#define PATH_LEN_MAX 65536

struct replay_run {
    struct cli *c;
    struct buf reserved; /* temporary name, kept while its store is in use; "" = none */
    struct buf path;     /* the store being written, then read */
    struct replay_report *report;
    unsigned percent; /* shown */
};

/* -- progress ---------------------------------------------------------------------------------- */

static void
write_err(struct cli *c, struct sv text)
{
    if (c->io->write(c->io->ctx, STREAM_ERR, text.p, text.len) != ERR_OK) {
        return; /* progress is a courtesy */
    }
}

static void
on_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct replay_run *r = ctx;
    unsigned percent = total == 0 ? 100 : (unsigned)(done / (total / 100 + 1));
    char digits[4] = {' ', (char)('0' + percent / 10 % 10), (char)('0' + percent % 10), '%'};
    struct buf line;

    if (percent == r->percent || percent > 99) {
        return;
    }
    r->percent = percent;
    buf_init(&line, 256);
    buf_putc(&line, '\r');
    msg_put(&line, r->c->lang, MSG_CLI_READING, NULL, 0);
    buf_put(&line, digits, sizeof(digits));
    write_err(r->c, buf_sv(&line));
    buf_fini(&line);
}

static void
end_progress(struct replay_run *r)
{
    if (r->c->io->err_is_terminal) {
        write_err(r->c, SV("\r                                                  \r"));
    }
}

/* -- where the store goes ---------------------------------------------------------------------- */

static void
remove_file(const char *path)
{
    if (path[0] != '\0' && file_type(path) == FILE_TYPE_REGULAR && file_delete(path) != ERR_OK) {
        return; /* a leftover in the temporary folder is no reason to fail */
    }
}

/* With its journal: SQLite would play an old one back into a new store of the same name. */
static void
remove_store(const char *path)
{
    struct buf journal;

    buf_init(&journal, PATH_LEN_MAX);
    buf_puts(&journal, path);
    buf_puts(&journal, "-journal");
    remove_file(buf_str(&journal));
    remove_file(path);
    buf_fini(&journal);
}

MUST_CHECK static enum err
choose_path(struct replay_run *r)
{
    enum err err;

    if (r->c->args.store != NULL) {
        buf_puts(&r->path, r->c->args.store);
        buf_puts(&r->path, ".new");
        remove_store(buf_str(&r->path)); /* of a replay that was killed */
        return buf_err(&r->path);
    }
    err = path_temp_file(&r->reserved);
    if (err) {
        return err;
    }
    buf_put_sv(&r->path, buf_sv(&r->reserved));
    buf_puts(&r->path, ".db");
    return buf_err(&r->path);
}

/* An existing store must be one of ours: nothing else is ever replaced. */
static bool
check_target(struct cli *c, bool *exists)
{
    struct store *s = NULL;
    enum err err = ERR_NOTFOUND;

    if (c->args.store != NULL) {
        err = store_open(c->args.store, STORE_READ, &s);
    }
    store_close(s);
    *exists = err == ERR_OK;
    if (err && err != ERR_NOTFOUND) {
        cli_fail(c, err, c->args.store, store_why());
        return false;
    }
    return true;
}

/* -- the run ----------------------------------------------------------------------------------- */

static bool
run_engine(struct replay_run *r, const struct config *cfg)
{
    struct cli *c = r->c;
    bool exists;
    struct replay_opts opts = {.paths = c->args.operand,
                               .path_count = c->args.operand_count,
                               .store_path = buf_str(&r->path),
                               .trace_host = c->args.trace_host,
                               .count_records = c->args.records};
    enum err err;

    if (!check_target(c, &exists)) {
        return false;
    }
    opts.base_store = exists ? c->args.store : NULL;
    if (c->io->err_is_terminal) {
        opts.progress = on_progress;
        opts.progress_ctx = r;
    }
    err = engine_replay(cfg, &opts, &r->report);
    end_progress(r);
    if (err) {
        cli_fail(c, err, c->args.operand[0], store_why());
        return false;
    }
    return true;
}

static bool
keep_store(struct replay_run *r)
{
    struct cli *c = r->c;
    enum err err;

    if (c->args.store == NULL) {
        return true;
    }
    err = file_rename(buf_str(&r->path), c->args.store);
    if (err) {
        cli_fail(c, err, c->args.store, "");
        return false;
    }
    buf_clear(&r->path);
    buf_puts(&r->path, c->args.store);
    return true;
}

static void
print_results(struct replay_run *r)
{
    struct store *s = NULL;
    enum err err = store_open(buf_str(&r->path), STORE_READ, &s);

    if (err) {
        cli_fail(r->c, err, buf_str(&r->path), store_why());
        return;
    }
    replay_out_files(r->c, r->report);
    replay_out_print(r->c, r->report, s);
    store_close(s);
}

void
cmd_replay(struct cli *c)
{
    struct replay_run r = {.c = c, .percent = 100};
    struct config *cfg = NULL;
    enum err err;

    if (!replay_out_check(c)) {
        return;
    }
    buf_init(&r.reserved, PATH_LEN_MAX);
    buf_init(&r.path, PATH_LEN_MAX);
    cfg = cli_load_config(c);
    if (cfg == NULL) {
        goto done;
    }
    err = choose_path(&r);
    if (err) {
        cli_fail(c, err, c->args.store != NULL ? c->args.store : "temporary file", "");
        goto done;
    }
    if (run_engine(&r, cfg) && keep_store(&r)) {
        print_results(&r);
        if (c->args.store != NULL) {
            goto done; /* the store stays */
        }
    }
    remove_store(buf_str(&r.path));
done:
    remove_file(buf_str(&r.reserved));
    replay_report_destroy(r.report);
    config_destroy(cfg);
    buf_fini(&r.path);
    buf_fini(&r.reserved);
}
