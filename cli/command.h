/*
 * command - one row per command: its words, its options, its function.
 *
 * A command returns nothing: it prints what it found, reports what failed through cli_error(), and
 * the highest exit code wins. Texts in struct cli_args are borrowed from argv.
 */
#pragma once

#include "cli/output.h"
#include "cli/sink.h"
#include "core/alert.h"
#include "core/config.h"
#include "messages/messages.h"
#include "store/store.h"

/* One bit each in struct cli_command; the rows are in cli/options.c. */
enum cli_option_id {
    OPT_STORE,
    OPT_FORMAT,
    OPT_OUT,
    OPT_LANG,
    OPT_CONFIG,
    OPT_HELP,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_SEVERITY,
    OPT_RULE,
    OPT_HOST,
    OPT_OPEN,
    OPT_BY,
    OPT_KIND,
    OPT_RECORDS,
    OPT_FOR,
    OPT_WHY,
    OPT_LICENSES,
    OPT_VERSION,
    OPT_TRACE_HOST,
    OPT_AT,
    OPT_TREE,
    OPT_HISTORY,
    OPT_WAIT,
    OPT_CONSOLE,
    OPT_COUNT
};
#define OPT_BIT(id) (UINT32_C(1) << (id))
#define CLI_GLOBAL_OPTIONS                                                                         \
    (OPT_BIT(OPT_STORE) | OPT_BIT(OPT_FORMAT) | OPT_BIT(OPT_OUT) | OPT_BIT(OPT_LANG) |             \
     OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP))

/* A point in time as typed: an ISO time, or a span back from the newest event. */
struct cli_when {
    bool given;
    bool is_span;
    uint64_t ticks; /* FILETIME, or the span */
};

struct cli_args {
    const char *store, *out, *config;
    const char *rule, *host, *why;
    const char *kind;
    const char *trace_host;
    unsigned format;   /* enum out_format; OUT_DEFAULT = not given */
    unsigned lang;     /* enum lang; LANG_COUNT = not given */
    unsigned severity; /* enum severity */
    unsigned by;       /* as store_filter.by */
    struct cli_when since, until, at, mute_for, wait;
    bool help, open, records, tree, history, licenses, version, console;
    uint32_t given;       /* OPT_BIT() of all options that were there */
    const char **operand; /* behind the command's words */
    size_t operand_count;
};

struct cli;
struct cli_command {
    const char *name;     /* "alerts", "alerts ack" */
    const char *operands; /* "[ID]"; "" = none */
    size_t operand_min, operand_max;
    uint32_t options; /* OPT_BIT()s beyond the global ones */
    enum msg summary;
    void (*run)(struct cli *c);
};
extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;
const struct cli_command *cli_command_find(struct sv name);

/* The state of one run. */
struct cli {
    const struct cli_io *io;
    const struct cli_command *command; /* NULL before it is known */
    struct cli_args args;
    enum lang lang;
    enum cli_exit exit;
    struct sink sink;
    struct out out; /* over sink */
};

/* -- cli.c --------------------------------------------------------------------------------- */
/* One line on stderr, "kanari alerts: sentence"; the exit code is raised to `exit`. */
void cli_error(struct cli *c, enum cli_exit exit, enum msg id, const struct msg_arg *args,
               size_t count);
void cli_raise(struct cli *c, enum cli_exit exit);
/* For what failed on an object, with why and what to do by the error's kind. `why` may be "". */
void cli_fail(struct cli *c, enum err err, const char *object, const char *why);
enum cli_exit cli_exit_of(enum err err);
void cli_raise(struct cli *c, enum cli_exit exit);
/* A line among the results ("no alerts in ..."). People's formats only. */
void cli_say(struct cli *c, enum msg id, const struct msg_arg *args, size_t count);
/* Prints the rows; failures are reported. True when all went well and there was none. */
bool cli_print_none(struct cli *c, const struct out_rows *rows);
/* The output is for a program: json, ndjson, csv. */
bool cli_for_machine(const struct cli *c);

/* -- source.c: the store that a command reads ------------------------------------------------ */
/* NULL on failure, which has been reported. */
struct store *cli_open_store(struct cli *c, enum store_mode mode);
MUST_CHECK enum err cli_store_path(struct cli *c, struct buf *out);
/* --since, --until and --at against the newest event of the store. False: reported. */
bool cli_window(struct cli *c, struct store *s, struct store_filter *f);
MUST_CHECK enum err cli_config_path(struct cli *c, struct buf *out);
/* --config, or the data folder's kanari.json when there is one. NULL: reported. */
struct config *cli_load_config(struct cli *c);

/* -- the parser (options.c) ------------------------------------------------------------------ */
/* Fills c->command and c->args. False: reported. */
bool cli_parse(struct cli *c, int argc, char **argv);
struct cli_option_help {
    const char *name;  /* "--since" */
    const char *value; /* "TIME", NULL for a flag */
    enum msg summary;
};
struct cli_option_help cli_option_describe(enum cli_option_id id);
/* The nearest of `names` by edit distance, when it is near; NULL otherwise. */
const char *cli_suggest(struct sv word, const char *const *names, size_t count);

/* The glob matches the name of some rule. */
bool cli_rule_exists(struct sv pattern);
/* Says so, with the nearest name. */
void cli_unknown_command(struct cli *c, const char *word);

/* -- commands -------------------------------------------------------------------------------- */
void cmd_overview(struct cli *c);
void cmd_status(struct cli *c);
void cmd_story(struct cli *c);
void cmd_replay(struct cli *c);
void cmd_alerts(struct cli *c);
void cmd_alerts_ack(struct cli *c);
void cmd_mute(struct cli *c);
void cmd_test_alert(struct cli *c);
void cmd_logons(struct cli *c);
void cmd_events(struct cli *c);
void cmd_processes(struct cli *c);
void cmd_adapters(struct cli *c);
void cmd_query(struct cli *c);
void cmd_scan(struct cli *c);
void cmd_rules_list(struct cli *c);
void cmd_rules_check(struct cli *c);
void cmd_config_show(struct cli *c);
void cmd_config_check(struct cli *c);
void cmd_config_path(struct cli *c);
void cmd_service_run(struct cli *c);
void cmd_service_install(struct cli *c);
void cmd_service_uninstall(struct cli *c);
void cmd_service_start(struct cli *c);
void cmd_service_stop(struct cli *c);
void cmd_service_reload(struct cli *c);
void cmd_version(struct cli *c);
void cmd_help(struct cli *c);
