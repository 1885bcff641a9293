/* cmd_rules - the carried YARA rules, and whether files of rules compile. */
#include <stdio.h>

#include "cli/rule_files.h"
#include "cli/scan_rows.h"
#include "core/mem.h"

#define NUMBER_LEN 24
#define ARRAY_MAX 4096

/* -- rules list -------------------------------------------------------------------------------- */

#define RULES_MAX 1024u /* carried ones; a test counts them */

struct rule_list {
    struct scan_rule rules[RULES_MAX];
    size_t count, at; /* at: behind the row */
    struct buf attack;
};

static enum err
collect(void *ctx, const struct scan_rule *rule)
{
    struct rule_list *l = ctx;

    if (l->count == RULES_MAX) {
        return ERR_FULL;
    }
    l->rules[l->count++] = *rule;
    return ERR_OK;
}

static const char *const list_names[] = {"rule",   "family",      "severity", "strength",
                                         "attack", "description", "version",  "file"};
enum { LIST_ATTACK = 4, LIST_COUNT = COUNT(list_names) };

static const char *
list_name(void *ctx, size_t column)
{
    (void)ctx;
    return list_names[column];
}

static enum cell_show
list_show(void *ctx, size_t column)
{
    (void)ctx;
    return column == LIST_ATTACK ? SHOW_JSON : SHOW_PLAIN;
}

static struct cell
list_cell(void *ctx, size_t column)
{
    const struct rule_list *l = ctx;
    const struct scan_rule *r = &l->rules[l->at - 1];
    const char *texts[LIST_COUNT] = {r->name,
                                     r->family,
                                     severity_name(r->severity),
                                     scan_strength_name(r->strength),
                                     buf_str(&l->attack),
                                     r->description,
                                     r->version,
                                     r->file};

    return (struct cell){.type = CELL_TEXT, .text = sv_from(texts[column])};
}

static enum err
list_next(void *ctx)
{
    struct rule_list *l = ctx;

    if (l->at == l->count) {
        return ERR_END;
    }
    scan_put_attack(&l->attack, l->rules[l->at].attack);
    l->at++;
    return buf_err(&l->attack);
}

static enum err
print_list(struct cli *c, struct rule_list *l)
{
    static const struct out_pick brief[] = {{"rule", false},
                                            {"severity", false},
                                            {"strength", false},
                                            {"attack", false},
                                            {"description", true}};
    struct out_rows all = {.ctx = l,
                           .columns = LIST_COUNT,
                           .name = list_name,
                           .show = list_show,
                           .cell = list_cell,
                           .next = list_next};
    struct out_picked space;
    struct out_rows rows = all;

    if (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE) {
        rows = out_choose(&space, &all, brief, COUNT(brief));
    }
    return out_write(&c->out, &rows, NULL);
}

void
cmd_rules_list(struct cli *c)
{
    struct rule_list *l = mem_zalloc(sizeof(*l));
    struct scan_engine *e = NULL;
    enum err err = l == NULL ? ERR_NOMEM : rule_files_carried(&e);

    if (!err) {
        buf_init(&l->attack, ARRAY_MAX);
        err = scan_engine_rules(e, collect, l);
        if (!err) {
            err = print_list(c, l);
        }
        buf_fini(&l->attack);
    }
    if (err) {
        cli_fail(c, err, "yara-rules", "");
    }
    scan_engine_destroy(e);
    mem_free(l);
}

/* -- rules check ------------------------------------------------------------------------------- */

struct problem_list {
    const struct scan_report *report;
    size_t at; /* behind the row */
};

static const char *const problem_names[] = {"file", "line", "level", "message"};
enum { PROBLEM_FILE, PROBLEM_LINE, PROBLEM_LEVEL, PROBLEM_MESSAGE };

static const char *
problem_name(void *ctx, size_t column)
{
    (void)ctx;
    return problem_names[column];
}

static enum cell_show
problem_show(void *ctx, size_t column)
{
    (void)ctx;
    return column == PROBLEM_FILE || column == PROBLEM_MESSAGE ? SHOW_FOREIGN : SHOW_PLAIN;
}

static struct cell
problem_cell(void *ctx, size_t column)
{
    const struct problem_list *l = ctx;
    const struct scan_problem *p = &l->report->problems[l->at - 1];

    switch (column) {
    case PROBLEM_FILE:
        return (struct cell){.type = CELL_TEXT, .text = sv_from(p->file)};
    case PROBLEM_LINE:
        return (struct cell){.type = CELL_INT, .i = p->line};
    case PROBLEM_LEVEL:
        return (struct cell){.type = CELL_TEXT, .text = sv_from(p->warning ? "warning" : "error")};
    default:
        return (struct cell){.type = CELL_TEXT, .text = sv_from(p->message)};
    }
}

static enum err
problem_next(void *ctx)
{
    struct problem_list *l = ctx;

    return l->at++ == l->report->problem_count ? ERR_END : ERR_OK;
}

static void
say_count(struct cli *c, enum msg id, size_t rules, size_t files)
{
    char rules_text[NUMBER_LEN], files_text[NUMBER_LEN];

    (void)snprintf(rules_text, sizeof(rules_text), "%zu", rules);
    (void)snprintf(files_text, sizeof(files_text), "%zu", files);
    cli_say(c, id,
            (struct msg_arg[]){{"rules", sv_from(rules_text)}, {"files", sv_from(files_text)}}, 2);
}

static void
print_problems(struct cli *c, const struct scan_report *report)
{
    struct problem_list l = {.report = report};
    struct out_rows rows = {.ctx = &l,
                            .columns = COUNT(problem_names),
                            .name = problem_name,
                            .show = problem_show,
                            .cell = problem_cell,
                            .next = problem_next};
    enum err err = out_write(&c->out, &rows, NULL);

    if (err) {
        cli_fail(c, err, "yara-rules", "");
    }
    if (report->problem_count > 0) {
        cli_raise(c, CLI_FINDINGS);
    }
    if (report->problems_more > 0) {
        say_count(c, MSG_CLI_RULES_MORE, report->problems_more, 0);
    }
    say_count(c, MSG_CLI_RULES_GOOD, report->rules, report->files_loaded);
}

void
cmd_rules_check(struct cli *c)
{
    struct scan_report *report = mem_zalloc(sizeof(*report));
    const char *failed = NULL;
    enum err err = ERR_NOMEM;

    if (report != NULL) {
        err = rule_files_check(c->args.operand, c->args.operand_count, report, &failed);
    }
    if (!err || (err == ERR_FORMAT && report->problem_count > 0)) {
        print_problems(c, report);
    } else {
        cli_fail(c, err, failed == NULL ? "yara-rules" : failed, "");
    }
    mem_free(report);
}
