/* story_text - a story as lines of text. */
#include "cli/story_text.h"

#include "cli/story_rows.h"
#include "cli/text.h"
#include "cli/watch.h"
#include "core/log.h"
#include "core/tm.h"

#define STAGE_WIDTH 7
#define TEXT_LEN_MAX 65536

/* -- times, as people say them ----------------------------------------------------------------- */

static struct tm_parts
local_parts(const struct cli *c, uint64_t t_ft)
{
    struct tm_parts parts;
    int64_t offset = (int64_t)c->io->local_offset_min(t_ft) * (int64_t)TM_MIN;

    tm_split(offset < 0 ? t_ft - (uint64_t)-offset : t_ft + (uint64_t)offset, &parts);
    return parts;
}

enum day_style { DAY_ONLY, DAY_MONTH, DAY_MONTH_YEAR };

/* "3", "3 Nov", "3 Nov 2026"; "3日", "11月3日", "2026年11月3日" */
static void
put_day(const struct cli *c, struct buf *out, const struct tm_parts *p, enum day_style style)
{
    static const enum msg months[] = {
        MSG_MONTH_1, MSG_MONTH_2, MSG_MONTH_3, MSG_MONTH_4,  MSG_MONTH_5,  MSG_MONTH_6,
        MSG_MONTH_7, MSG_MONTH_8, MSG_MONTH_9, MSG_MONTH_10, MSG_MONTH_11, MSG_MONTH_12,
    };
    static const enum msg styles[] = {MSG_CLI_DAY_ONLY, MSG_CLI_DAY, MSG_CLI_DAY_OF_YEAR};
    struct buf day;
    struct buf year;

    buf_init(&day, 16);
    buf_init(&year, 16);
    buf_put_u64(&day, (uint64_t)p->day);
    buf_put_u64(&year, (uint64_t)p->year);
    msg_put(out, c->out.lang, styles[style],
            (struct msg_arg[]){
                {"day", buf_sv(&day)},
                {"month", sv_from(msg_template(months[p->month - 1], c->out.lang))},
                {"year", buf_sv(&year)},
            },
            3);
    buf_fini(&day);
    buf_fini(&year);
}

static void
put_until(const struct cli *c, struct buf *out, bool spaced)
{
    buf_puts(out, spaced ? " " : "");
    msg_put(out, c->out.lang, MSG_CLI_UNTIL, NULL, 0);
    buf_puts(out, spaced ? " " : "");
}

static void
put_clock(struct buf *out, const struct tm_parts *p)
{
    char text[5] = {(char)('0' + p->hour / 10), (char)('0' + p->hour % 10), ':',
                    (char)('0' + p->minute / 10), (char)('0' + p->minute % 10)};

    buf_put(out, text, sizeof(text));
}

static void
put_day_and_clock(const struct cli *c, struct buf *out, uint64_t t_ft)
{
    struct tm_parts parts = local_parts(c, t_ft);

    put_day(c, out, &parts, DAY_MONTH);
    buf_putc(out, ' ');
    put_clock(out, &parts);
}

/* "UTC+09:00" */
static void
put_zone(const struct cli *c, struct buf *out, uint64_t t_ft)
{
    int offset = c->io->local_offset_min(t_ft);
    int minutes = offset < 0 ? -offset : offset;

    buf_puts(out, "UTC");
    if (offset != 0) {
        buf_printf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    }
}

/* "1–3 Nov 2026 (UTC+09:00)": English says what both days share at the end, Japanese at the
 * beginning. */
static void
put_days(const struct cli *c, struct buf *out, uint64_t from_ft, uint64_t to_ft)
{
    struct tm_parts from = local_parts(c, from_ft);
    struct tm_parts to = local_parts(c, to_ft);
    bool same_year = from.year == to.year;
    bool same_month = same_year && from.month == to.month;
    enum day_style partial = same_month ? DAY_ONLY : same_year ? DAY_MONTH : DAY_MONTH_YEAR;
    bool ja = c->out.lang == LANG_JA;

    if (same_month && from.day == to.day) {
        put_day(c, out, &to, DAY_MONTH_YEAR);
    } else {
        put_day(c, out, &from, ja ? DAY_MONTH_YEAR : partial);
        put_until(c, out, !ja && !same_month);
        put_day(c, out, &to, ja ? partial : DAY_MONTH_YEAR);
    }
    buf_puts(out, " (");
    put_zone(c, out, to_ft);
    buf_putc(out, ')');
}

/* -- coverage ---------------------------------------------------------------------------------- */

static void
put_reason(const struct cli *c, struct buf *out, enum coverage_why why)
{
    static const enum msg words[COVERAGE_WHY_COUNT] = {
        [COVERAGE_WHY_AUDITING_OFF] = MSG_WHY_AUDITING_OFF,
        [COVERAGE_WHY_CHANNEL_OFF] = MSG_WHY_CHANNEL_OFF,
        [COVERAGE_WHY_DENIED] = MSG_WHY_DENIED,
        [COVERAGE_WHY_NO_ANSWER] = MSG_WHY_NO_ANSWER,
        [COVERAGE_WHY_OVERWRITTEN] = MSG_WHY_OVERWRITTEN,
        [COVERAGE_WHY_ASLEEP] = MSG_WHY_ASLEEP,
        [COVERAGE_WHY_STOOD_STILL] = MSG_WHY_STOOD_STILL,
        [COVERAGE_WHY_STOPPED] = MSG_WHY_STOPPED,
    };

    if (why != COVERAGE_WHY_NONE) {
        buf_puts(out, ": ");
        msg_put(out, c->out.lang, words[why], NULL, 0);
    }
}

static void
put_gaps(const struct cli *c, struct buf *out, const struct watch *w)
{
    struct buf gaps;
    size_t kept = w->gap_count < WATCH_GAPS_MAX ? (size_t)w->gap_count : WATCH_GAPS_MAX;

    if (kept == 0) {
        return;
    }
    buf_init(&gaps, TEXT_LEN_MAX);
    for (size_t i = 0; i < kept; i++) {
        buf_puts(&gaps, i > 0 ? ", " : "");
        put_day_and_clock(c, &gaps, w->gap[i].from_ft);
        put_until(c, &gaps, true);
        put_day_and_clock(c, &gaps, w->gap[i].to_ft);
        put_reason(c, &gaps, w->gap[i].why);
    }
    buf_putc(out, ' ');
    msg_put(out, c->out.lang, w->gap_count > kept ? MSG_CLI_BLIND_MORE : MSG_CLI_BLIND,
            (struct msg_arg[]){{"gaps", buf_sv(&gaps)}}, 1);
    if (buf_err(&gaps) && buf_err(out) == ERR_OK) {
        out->err = buf_err(&gaps);
    }
    buf_fini(&gaps);
}

/* The unit that makes the asked time at least two of it. */
static uint64_t
pick_unit(uint64_t ticks, enum msg *name)
{
    if (ticks >= 2 * TM_HOUR) {
        *name = MSG_CLI_HOURS;
        return TM_HOUR;
    }
    *name = ticks >= 2 * TM_MIN ? MSG_CLI_MINUTES : MSG_CLI_SECONDS;
    return ticks >= 2 * TM_MIN ? TM_MIN : TM_SEC;
}

/* Rounded down: a share that is not whole never reads as whole. */
static void
put_amount(struct buf *out, uint64_t ticks, uint64_t unit)
{
    text_put_tenths(out, ticks / (unit / 10));
}

static void
put_watch(const struct cli *c, struct buf *out, const struct watch *w)
{
    struct buf watched;
    struct buf asked;
    enum msg unit_name;
    uint64_t unit = pick_unit(w->asked, &unit_name);

    if (w->hosts == 0) {
        msg_put(out, c->out.lang, MSG_CLI_UNWATCHED, NULL, 0);
        return;
    }
    buf_init(&watched, 64);
    buf_init(&asked, 64);
    put_amount(&watched, w->watched, unit);
    put_amount(&asked, w->asked, unit);
    msg_put(out, c->out.lang, MSG_CLI_WATCHED,
            (struct msg_arg[]){{"watched", buf_sv(&watched)},
                               {"asked", buf_sv(&asked)},
                               {"unit", sv_from(msg_template(unit_name, c->out.lang))}},
            3);
    if (w->hosts == 1) { /* whose gaps would these be otherwise? */
        put_gaps(c, out, w);
    }
    buf_fini(&watched);
    buf_fini(&asked);
}

MUST_CHECK static bool
measure(struct cli *c, struct store *s, struct sv host, struct watch_gap span, struct watch *out)
{
    enum err err = watch_measure(s, host, span, out);

    if (err) {
        cli_fail(c, err, "v_coverage", store_why());
    }
    return err == ERR_OK;
}

void
story_text_watch(struct cli *c, struct buf *out, struct store *s, struct sv host,
                 struct watch_gap span)
{
    struct watch w;

    if (measure(c, s, host, span, &w)) {
        put_watch(c, out, &w);
    }
}

/* Rounded down, so that 100 means all. */
static uint64_t
percent_of(const struct watch *w)
{
    if (w->hosts == 0 || w->asked == 0) {
        return w->hosts == 0 ? 0 : 100;
    }
    return w->asked >= 100 ? w->watched / (w->asked / 100) : 0;
}

/* -- stages ------------------------------------------------------------------------------------ */

static enum msg
severity_word(enum severity s)
{
    static const enum msg words[SEV_COUNT] = {MSG_SEV_INFORMATIONAL, MSG_SEV_LOW, MSG_SEV_MEDIUM,
                                              MSG_SEV_HIGH, MSG_SEV_CRITICAL};

    return words[s < SEV_COUNT ? s : SEV_INFORMATIONAL];
}

static void
put_label(struct buf *out, const char *label)
{
    size_t len = strlen(label);

    buf_puts(out, label);
    text_pad(out, len < STAGE_WIDTH ? STAGE_WIDTH - len : 1);
}

/* Right-aligned, so that days of one and two digits stand in line. */
static void
put_stage_time(const struct cli *c, struct buf *out, uint64_t t_ft)
{
    static const size_t widths[LANG_COUNT] = {12, 14}; /* "30 Nov 22:41", "11月30日 22:41" */
    size_t widest = widths[c->out.lang];
    struct buf time;
    size_t width;

    buf_init(&time, 64);
    put_day_and_clock(c, &time, t_ft);
    width = text_width(buf_sv(&time));
    text_pad(out, width < widest ? widest - width : 0);
    buf_put_sv(out, buf_sv(&time));
    buf_puts(out, "  ");
    buf_fini(&time);
}

static void
put_unseen(const struct cli *c, struct buf *out, const struct story_stage_facts *f,
           const struct watch *w)
{
    struct buf percent;

    if (f->message[0] != '\0') {
        story_sentence(out, c->out.lang, f->message, f->params, f->param_count);
        return;
    }
    buf_init(&percent, 32);
    buf_put_u64(&percent, percent_of(w));
    msg_put(out, c->out.lang,
            f->verdict == STAGE_NOTHING_SEEN ? MSG_CLI_STAGE_NOTHING : MSG_CLI_STAGE_NOT_OBSERVABLE,
            (struct msg_arg[]){{"percent", buf_sv(&percent)}}, 1);
    buf_fini(&percent);
}

static void
put_stage(struct cli *c, const struct story *st, enum story_stage stage, const struct watch *w)
{
    const struct story_stage_facts *f = &st->stage[stage];
    struct buf *out = &c->sink.buf;

    put_label(out, story_stage_name(stage));
    if (f->verdict != STAGE_OBSERVED) {
        put_unseen(c, out, f, w);
    } else {
        put_stage_time(c, out, f->first_ft);
        story_sentence(out, c->out.lang, f->message, f->params, f->param_count);
        if (f->severity == st->severity) {
            buf_puts(out, "   ");
            msg_put(out, c->out.lang, severity_word(f->severity), NULL, 0);
        }
    }
    buf_putc(out, '\n');
}

static void
put_head(struct cli *c, const struct story *st, const struct watch *w)
{
    struct buf *out = &c->sink.buf;

    escape_put(out, sv_from(st->host), ESCAPE_TEXT_MAX);
    buf_puts(out, "  ");
    put_days(c, out, st->first_ft, st->last_ft);
    buf_puts(out, "   ");
    put_watch(c, out, w);
    buf_putc(out, '\n');
}

static void
put_story(struct cli *c, struct store *s, const struct story *st, const struct story_page *page)
{
    struct buf *out = &c->sink.buf;
    struct sv host = sv_from(st->host);
    struct watch w;

    if (sv_eq(host, SV("*"))) { /* of several computers: as well watched as all of them */
        host.len = 0;
    }
    if (!measure(c, s, host, (struct watch_gap){.from_ft = page->since_ft, .to_ft = page->until_ft},
                 &w)) {
        return;
    }
    put_head(c, st, &w);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        put_stage(c, st, (enum story_stage)i, &w);
    }
    if (st->first_message[0] != '\0') {
        put_label(out, "FIRST");
        story_sentence(out, c->out.lang, st->first_message, st->first_params,
                       st->first_param_count);
        buf_putc(out, '\n');
    }
}

bool
story_text_none(struct cli *c, struct store *s, const struct story_page *page)
{
    struct store_filter f = {
        .id = page->id, .host = page->host, .since_ft = page->since_ft, .until_ft = page->until_ft};
    struct story_rows rows;
    bool none = true;
    enum err err = story_rows_open(&rows, s, &f, c->out.lang);

    while (!err && sink_step(&c->sink)) {
        err = story_rows_next(&rows);
        if (!err) {
            buf_puts(&c->sink.buf, none ? "" : "\n");
            put_story(c, s, rows.story, page);
            none = false;
        }
    }
    if (err && err != ERR_END) {
        cli_fail(c, err, "v_stories", store_why());
        none = false;
    }
    story_rows_close(&rows);
    return none;
}
