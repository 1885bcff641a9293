/* source - where a command's data comes from: the store, its window of time, the settings. */
#include "cli/command.h"

#define PATH_LEN_MAX 65536

/* The data folder's `name`. */
MUST_CHECK static enum err
data_path(const char *name, struct buf *out)
{
    struct buf dir;
    enum err err;

    buf_init(&dir, PATH_LEN_MAX);
    err = path_data_dir(&dir);
    if (!err) {
        path_join(out, buf_str(&dir), name);
        err = buf_err(out);
    }
    buf_fini(&dir);
    return err;
}

enum err
cli_store_path(struct cli *c, struct buf *out)
{
    const char *path = c->args.store;

    if (path == NULL) {
        path = c->io->env("KANARI_STORE");
    }
    if (path == NULL || path[0] == '\0') {
        return data_path("kanari.db", out);
    }
    buf_puts(out, path);
    return buf_err(out);
}

struct store *
cli_open_store(struct cli *c, enum store_mode mode)
{
    struct store *store = NULL;
    struct buf path;
    enum err err;

    buf_init(&path, PATH_LEN_MAX);
    err = cli_store_path(c, &path);
    if (!err) {
        err = store_open(buf_str(&path), mode, &store);
    }
    if (err == ERR_NOTFOUND) {
        cli_error(c, CLI_NOTFOUND, MSG_CLI_NO_STORE, (struct msg_arg[]){{"path", buf_sv(&path)}},
                  1);
    } else if (err) {
        cli_fail(c, err, buf_str(&path), store_why());
    }
    buf_fini(&path);
    return store;
}

static uint64_t
point_of(const struct cli_when *when, uint64_t now_ft)
{
    if (!when->given) {
        return 0;
    }
    if (!when->is_span) {
        return when->ticks;
    }
    return when->ticks < now_ft ? now_ft - when->ticks : 1;
}

bool
cli_window(struct cli *c, struct store *s, struct store_filter *f)
{
    uint64_t first_ft = 0;
    uint64_t last_ft = 0;
    enum err err = store_span(s, &first_ft, &last_ft);

    if (err) {
        cli_fail(c, err, "kanari.db", store_why());
        return false;
    }
    if (last_ft == 0) {
        last_ft = c->io->now_ft();
    }
    f->since_ft = point_of(&c->args.since, last_ft);
    f->until_ft = point_of(&c->args.until, last_ft);
    f->at_ft = point_of(&c->args.at, last_ft);
    if (f->until_ft != 0 && f->since_ft > f->until_ft) {
        cli_error(c, CLI_USAGE, MSG_CLI_EMPTY_WINDOW, NULL, 0);
        return false;
    }
    return true;
}

/* Whether --config names it or not: what cannot be read is reported, but the data folder's file
 * may be absent. */
static struct config *
read_config(struct cli *c, const char *path)
{
    struct config *cfg = NULL;
    char why[CONFIG_WHY_MAX] = "";
    struct buf text;
    enum err err;

    buf_init(&text, CONFIG_FILE_MAX);
    err = file_read_all(path, CONFIG_FILE_MAX, &text);
    if (err == ERR_NOTFOUND && c->args.config == NULL) {
        err = config_create(&cfg);
    } else if (!err) {
        err = config_parse(buf_sv(&text), &cfg, why);
    }
    if (err) {
        cli_fail(c, err, path, why);
    }
    buf_fini(&text);
    return cfg;
}

enum err
cli_config_path(struct cli *c, struct buf *out)
{
    if (c->args.config == NULL) {
        return data_path("kanari.json", out);
    }
    buf_puts(out, c->args.config);
    return buf_err(out);
}

struct config *
cli_load_config(struct cli *c)
{
    struct config *cfg = NULL;
    struct buf path;
    enum err err;

    buf_init(&path, PATH_LEN_MAX);
    err = cli_config_path(c, &path);
    if (err) {
        cli_fail(c, err, "kanari.json", "");
    } else {
        cfg = read_config(c, buf_str(&path));
    }
    buf_fini(&path);
    return cfg;
}
