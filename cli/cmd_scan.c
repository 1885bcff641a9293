/* cmd_scan - files and folders against the carried YARA rules. */
#include <stdio.h>

#include "cli/rule_files.h"
#include "cli/scan_rows.h"
#include "core/mem.h"

#define MIB ((size_t)1024 * 1024)
#define SUMMARY_MAX 4096

static void
say_summary(struct cli *c, const struct scan_rows *r)
{
    char files[24], found[24];
    struct buf skipped;

    buf_init(&skipped, SUMMARY_MAX);
    for (size_t i = 0; i < SKIP_COUNT; i++) {
        if (r->skipped[i] > 0) {
            buf_printf(&skipped, "%s%s %llu", skipped.len > 0 ? ", " : "",
                       scan_skip_name((enum scan_skip)i), (unsigned long long)r->skipped[i]);
        }
    }
    (void)snprintf(files, sizeof(files), "%llu", (unsigned long long)r->files);
    (void)snprintf(found, sizeof(found), "%llu", (unsigned long long)r->found);
    cli_say(c, skipped.len > 0 ? MSG_CLI_SCANNED_SKIPPED : MSG_CLI_SCANNED,
            (struct msg_arg[]){{"files", sv_from(files)},
                               {"found", sv_from(found)},
                               {"skipped", buf_sv(&skipped)}},
            3);
    buf_fini(&skipped);
}

static void
print_scan(struct cli *c, struct scan_rows *r)
{
    struct out_rows all = scan_rows_all(r);
    struct out_picked space;
    struct out_rows rows = all;
    enum err err;

    if (c->out.format == OUT_DEFAULT || c->out.format == OUT_TABLE) {
        rows = scan_rows_brief(&space, &all);
    }
    err = out_write(&c->out, &rows, NULL);
    if (err) {
        cli_fail(c, err, r->path == NULL ? c->args.operand[0] : r->path, "");
    } else {
        say_summary(c, r);
    }
    if (r->found > 0) {
        cli_raise(c, CLI_FINDINGS);
    }
}

/* A path that was typed and is not there is a mistake; one that is gone since is not. */
static bool
check_operands(struct cli *c)
{
    size_t missing = 0;

    for (size_t i = 0; i < c->args.operand_count; i++) {
        if (file_type(c->args.operand[i]) == FILE_TYPE_NONE) {
            cli_fail(c, ERR_NOTFOUND, c->args.operand[i], "");
            missing++;
        }
    }
    return missing < c->args.operand_count;
}

static enum err
scan_all(struct cli *c, struct scan_engine *e, size_t len_max)
{
    struct scan_limits limits = scan_limits_default;
    struct scan_rows *r = mem_alloc(sizeof(*r)); /* its result is too big for a stack */
    struct scan_walk *walk = NULL;
    struct scanner *scanner = NULL;
    enum err err = r == NULL ? ERR_NOMEM : ERR_OK;

    limits.len_max = len_max;
    if (!err) {
        err = scanner_create(e, &limits, &scanner);
    }
    if (!err) {
        err = scan_walk_create(c->args.operand, c->args.operand_count, &walk);
    }
    if (!err) {
        scan_rows_init(r, walk, scanner, len_max);
        print_scan(c, r);
        scan_rows_fini(r);
    }
    scan_walk_destroy(walk);
    scanner_destroy(scanner);
    mem_free(r);
    return err;
}

void
cmd_scan(struct cli *c)
{
    struct config *cfg = cli_load_config(c);
    struct scan_engine *e = NULL;
    enum err err;

    if (cfg != NULL && check_operands(c)) {
        err = rule_files_carried(&e);
        if (!err) {
            err = scan_all(c, e, cfg->scan_file_mb * MIB);
        }
        if (err) {
            cli_fail(c, err, "yara-rules", "");
        }
    }
    scan_engine_destroy(e);
    config_destroy(cfg);
}
