/* cmd_story - the joined story of one computer, or of all. */
#include "cli/story_rows.h"
#include "cli/story_text.h"

#define STORY_ID_LEN (ALERT_ID_MAX - 1)

/* Sixteen hex digits are an id; a computer whose name looks like that is found by --host. */
static bool
is_id(struct sv word)
{
    size_t hex = 0;

    while (hex < word.len && strchr("0123456789abcdef", word.p[hex]) != NULL) {
        hex++;
    }
    return hex == word.len && word.len == STORY_ID_LEN;
}

/* Nothing found: that is worth as much as was watched. */
static void
say_none(struct cli *c, struct store *s, const struct story_page *page)
{
    struct buf *out = &c->sink.buf;

    if (page->id.len > 0) {
        cli_error(c, CLI_NOTFOUND, MSG_CLI_NO_SUCH_STORY, (struct msg_arg[]){{"id", page->id}}, 1);
        return;
    }
    msg_put(out, c->out.lang, MSG_CLI_NO_STORY, NULL, 0);
    buf_putc(out, ' ');
    story_text_watch(c, out, s, page->host,
                     (struct watch_gap){.from_ft = page->since_ft, .to_ft = page->until_ft});
    buf_putc(out, '\n');
}

void
story_page_print(struct cli *c, struct store *s, const struct story_page *page)
{
    if (story_text_none(c, s, page)) {
        say_none(c, s, page);
    }
}

static void
print_rows(struct cli *c, struct store *s, const struct store_filter *f)
{
    struct story_rows stories;
    struct out_rows rows;
    enum err err = story_rows_open(&stories, s, f, c->out.lang);

    if (err) {
        cli_fail(c, err, "v_stories", store_why());
        goto done;
    }
    rows = story_rows_all(&stories);
    if (cli_print_none(c, &rows) && f->id.len > 0) {
        cli_error(c, CLI_NOTFOUND, MSG_CLI_NO_SUCH_STORY, (struct msg_arg[]){{"id", f->id}}, 1);
    }
done:
    story_rows_close(&stories);
}

void
cmd_story(struct cli *c)
{
    struct sv word = {0};
    struct store_filter f = {.host = sv_from(c->args.host)};
    struct store *s = cli_open_store(c, STORE_READ);

    if (s == NULL) {
        return;
    }
    if (c->args.operand_count > 0) {
        word = sv_from(c->args.operand[0]);
    }
    if (is_id(word)) {
        f.id = word;
    } else if (word.len > 0) {
        f.host = word;
    }
    if (cli_window(c, s, &f)) {
        if (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE) {
            struct story_page page = {f.id, f.host, f.since_ft, f.until_ft};

            story_page_print(c, s, &page);
        } else {
            print_rows(c, s, &f);
        }
    }
    store_close(s);
}
