/*
 * options - the table of all options and the one parser.
 *
 * Two passes: the first finds the command and the language, so that the second can say what is
 * wrong with an option in the name of the command and in the reader's language. Options may stand
 * anywhere; "--" ends them; "--opt=value", "--opt value", "-o value" and "-ovalue" are the same.
 */
#include "cli/command.h"
#include "core/mem.h"
#include "core/tm.h"

enum value_type {
    VALUE_NONE,   /* bool */
    VALUE_TEXT,   /* const char * */
    VALUE_CHOICE, /* unsigned: index into choices */
    VALUE_KIND,   /* const char *: name of an event kind */
    VALUE_RULE,   /* const char *: glob that some rule matches */
    VALUE_SPAN,   /* struct cli_when, a span only */
    VALUE_WHEN,   /* struct cli_when, a span or a time */
};

struct option {
    const char *name;
    char letter; /* '\0' = none */
    enum value_type type;
    size_t offset; /* in struct cli_args */
    const char *value;
    enum msg summary;
    enum msg what;              /* "a severity": for wrong values */
    const char *const *choices; /* NULL-ended */
};

static const char *const formats[] = {"table", "list", "json", "ndjson", "csv", NULL};
static const char *const langs[] = {"en", "ja", NULL};
static const char *const severities[] = {"informational", "low",      "medium",
                                         "high",          "critical", NULL};
static const char *const bys[] = {"source", "account", "service", "adapter", NULL};

#define AT(member) offsetof(struct cli_args, member)
static const struct option options[OPT_COUNT] = {
    [OPT_STORE] = {"store", 0, VALUE_TEXT, AT(store), "DB", MSG_OPT_STORE, MSG_CLI_A_PATH, NULL},
    [OPT_FORMAT] = {"output", 'o', VALUE_CHOICE, AT(format), "FORMAT", MSG_OPT_FORMAT,
                    MSG_CLI_A_FORMAT, formats},
    [OPT_OUT] = {"out", 0, VALUE_TEXT, AT(out), "FILE", MSG_OPT_OUT, MSG_CLI_A_PATH, NULL},
    [OPT_LANG] = {"lang", 0, VALUE_CHOICE, AT(lang), "en|ja", MSG_OPT_LANG, MSG_CLI_A_LANGUAGE,
                  langs},
    [OPT_CONFIG] = {"config", 0, VALUE_TEXT, AT(config), "FILE", MSG_OPT_CONFIG, MSG_CLI_A_PATH,
                    NULL},
    [OPT_HELP] = {"help", 'h', VALUE_NONE, AT(help), NULL, MSG_OPT_HELP, MSG_CLI_NO, NULL},
    [OPT_SINCE] = {"since", 0, VALUE_WHEN, AT(since), "TIME", MSG_OPT_SINCE, MSG_CLI_A_TIME, NULL},
    [OPT_UNTIL] = {"until", 0, VALUE_WHEN, AT(until), "TIME", MSG_OPT_UNTIL, MSG_CLI_A_TIME, NULL},
    [OPT_SEVERITY] = {"severity", 0, VALUE_CHOICE, AT(severity), "SEVERITY", MSG_OPT_SEVERITY,
                      MSG_CLI_A_SEVERITY, severities},
    [OPT_RULE] = {"rule", 0, VALUE_RULE, AT(rule), "PATTERN", MSG_OPT_RULE, MSG_CLI_A_RULE, NULL},
    [OPT_HOST] = {"host", 0, VALUE_TEXT, AT(host), "HOST", MSG_OPT_HOST, MSG_CLI_A_HOST, NULL},
    [OPT_OPEN] = {"open", 0, VALUE_NONE, AT(open), NULL, MSG_OPT_OPEN, MSG_CLI_NO, NULL},
    [OPT_BY] = {"by", 0, VALUE_CHOICE, AT(by), "source|account|service|adapter", MSG_OPT_BY,
                MSG_CLI_A_GROUPING, bys},
    [OPT_KIND] = {"kind", 0, VALUE_KIND, AT(kind), "KIND", MSG_OPT_KIND, MSG_CLI_A_KIND, NULL},
    [OPT_RECORDS] = {"records", 0, VALUE_NONE, AT(records), NULL, MSG_OPT_RECORDS, MSG_CLI_NO,
                     NULL},
    [OPT_FOR] = {"for", 0, VALUE_SPAN, AT(mute_for), "SPAN", MSG_OPT_FOR, MSG_CLI_A_SPAN, NULL},
    [OPT_WHY] = {"why", 0, VALUE_TEXT, AT(why), "TEXT", MSG_OPT_WHY, MSG_CLI_A_REASON, NULL},
    [OPT_LICENSES] = {"licenses", 0, VALUE_NONE, AT(licenses), NULL, MSG_OPT_LICENSES, MSG_CLI_NO,
                      NULL},
    [OPT_VERSION] = {"version", 0, VALUE_NONE, AT(version), NULL, MSG_OPT_VERSION, MSG_CLI_NO,
                     NULL},
    [OPT_TRACE_HOST] = {"trace-host", 0, VALUE_TEXT, AT(trace_host), "NAME", MSG_OPT_TRACE_HOST,
                        MSG_CLI_A_HOST, NULL},
    [OPT_AT] = {"at", 0, VALUE_WHEN, AT(at), "TIME", MSG_OPT_AT, MSG_CLI_A_TIME, NULL},
    [OPT_WAIT] = {"wait", 0, VALUE_SPAN, AT(wait), "SPAN", MSG_OPT_WAIT, MSG_CLI_A_SPAN, NULL},
    [OPT_TREE] = {"tree", 0, VALUE_NONE, AT(tree), NULL, MSG_OPT_TREE, MSG_CLI_NO, NULL},
    [OPT_HISTORY] = {"history", 0, VALUE_NONE, AT(history), NULL, MSG_OPT_HISTORY, MSG_CLI_NO,
                     NULL},
    [OPT_CONSOLE] = {"console", 0, VALUE_NONE, AT(console), NULL, MSG_OPT_CONSOLE, MSG_CLI_NO,
                     NULL},
};
#undef AT

struct cli_option_help
cli_option_describe(enum cli_option_id id)
{
    return (struct cli_option_help){options[id].name, options[id].value, options[id].summary};
}

/* -- words ------------------------------------------------------------------------------------ */

enum word_kind { WORD_OPERAND, WORD_OPTION, WORD_UNKNOWN_OPTION, WORD_NO_VALUE, WORD_END };

struct words {
    int argc;
    char **argv;
    int at;
    bool plain; /* behind "--" */
};

struct word {
    enum word_kind kind;
    enum cli_option_id id;
    const char *text;  /* the word as typed */
    const char *value; /* NULL for a flag */
};

/* "--name" or "--name=value". *value is NULL without "=". */
static bool
find_long(const char *text, enum cli_option_id *id, const char **value)
{
    const char *equals = strchr(text, '=');
    struct sv name = {text, equals == NULL ? strlen(text) : (size_t)(equals - text)};

    *value = equals == NULL ? NULL : equals + 1;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (sv_eq(sv_from(options[i].name), name)) {
            *id = (enum cli_option_id)i;
            return true;
        }
    }
    return false;
}

/* "-o" or "-ovalue". */
static bool
find_short(const char *text, enum cli_option_id *id, const char **value)
{
    *value = text[1] == '\0' ? NULL : text + 1;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (options[i].letter != '\0' && options[i].letter == text[0]) {
            *id = (enum cli_option_id)i;
            return true;
        }
    }
    return false;
}

static struct word
option_word(struct words *w, const char *text)
{
    struct word word = {.kind = WORD_UNKNOWN_OPTION, .text = text};
    bool is_long = text[1] == '-';
    bool found = is_long ? find_long(text + 2, &word.id, &word.value)
                         : find_short(text + 1, &word.id, &word.value);
    bool is_flag;

    if (!found) {
        return word;
    }
    is_flag = options[word.id].type == VALUE_NONE;
    if (is_flag) {
        word.kind = word.value == NULL ? WORD_OPTION : WORD_UNKNOWN_OPTION;
        return word;
    }
    if (word.value == NULL && w->at < w->argc) {
        word.value = w->argv[w->at++];
    }
    word.kind = word.value == NULL ? WORD_NO_VALUE : WORD_OPTION;
    return word;
}

static struct word
next_word(struct words *w)
{
    const char *text;

    if (w->at < w->argc && !w->plain && strcmp(w->argv[w->at], "--") == 0) {
        w->plain = true;
        w->at++;
    }
    if (w->at >= w->argc) {
        return (struct word){.kind = WORD_END};
    }
    text = w->argv[w->at++];
    if (w->plain || text[0] != '-' || text[1] == '\0') {
        return (struct word){.kind = WORD_OPERAND, .text = text};
    }
    return option_word(w, text);
}

/* -- values ----------------------------------------------------------------------------------- */

static void
put_choices(struct buf *out, const struct option *opt)
{
    for (size_t i = 0; opt->choices != NULL && opt->choices[i] != NULL; i++) {
        buf_puts(out, i == 0 ? " (" : ", ");
        buf_puts(out, opt->choices[i]);
    }
    if (opt->choices != NULL) {
        buf_putc(out, ')');
    }
}

static void
bad_value(struct cli *c, const struct option *opt, const char *value)
{
    struct buf choices;

    buf_init(&choices, 1024);
    put_choices(&choices, opt);
    cli_error(c, CLI_USAGE, MSG_CLI_BAD_VALUE,
              (struct msg_arg[]){{"option", sv_from(opt->name)},
                                 {"value", sv_from(value)},
                                 {"what", sv_from(msg_template(opt->what, c->lang))},
                                 {"choices", buf_sv(&choices)}},
              4);
    buf_fini(&choices);
}

static bool
read_choice(const struct option *opt, const char *value, void *dst)
{
    for (unsigned i = 0; opt->choices[i] != NULL; i++) {
        if (strcmp(opt->choices[i], value) == 0) {
            memcpy(dst, &i, sizeof(i));
            return true;
        }
    }
    return false;
}

static bool
read_when(const struct option *opt, const char *value, void *dst)
{
    struct cli_when when = {.given = true, .is_span = true};

    if (tm_parse_span(sv_from(value), &when.ticks) != ERR_OK) {
        when.is_span = false;
        if (opt->type == VALUE_SPAN || tm_parse(sv_from(value), &when.ticks) != ERR_OK) {
            return false;
        }
    }
    memcpy(dst, &when, sizeof(when));
    return true;
}

static bool
read_text(const struct option *opt, const char *value, void *dst)
{
    if (value[0] == '\0' || (opt->type == VALUE_KIND && event_kind_find(sv_from(value)) == 0) ||
        (opt->type == VALUE_RULE && !cli_rule_exists(sv_from(value)))) {
        return false;
    }
    memcpy(dst, &value, sizeof(value));
    return true;
}

static bool
read_value(const struct option *opt, const char *value, struct cli_args *args)
{
    void *dst = (char *)args + opt->offset;
    bool yes = true;

    switch (opt->type) {
    case VALUE_NONE:
        memcpy(dst, &yes, sizeof(yes));
        return true;
    case VALUE_CHOICE:
        return read_choice(opt, value, dst);
    case VALUE_SPAN:
    case VALUE_WHEN:
        return read_when(opt, value, dst);
    case VALUE_TEXT:
    case VALUE_KIND:
    case VALUE_RULE:
        break;
    }
    return read_text(opt, value, dst);
}

/* -- the two passes --------------------------------------------------------------------------- */

/* First: operands, and the language if it is right. */
static bool
find_words(struct cli *c, int argc, char **argv)
{
    struct words w = {.argc = argc, .argv = argv, .at = 1};

    c->args.operand = mem_array((size_t)argc + 1, sizeof(*c->args.operand));
    if (c->args.operand == NULL) {
        cli_fail(c, ERR_NOMEM, "", "");
        return false;
    }
    for (struct word word = next_word(&w); word.kind != WORD_END; word = next_word(&w)) {
        if (word.kind == WORD_OPERAND) {
            c->args.operand[c->args.operand_count++] = word.text;
        } else if (word.kind == WORD_OPTION && word.id == OPT_LANG &&
                   read_value(&options[OPT_LANG], word.value, &c->args)) {
            c->lang = (enum lang)c->args.lang;
        }
    }
    return true;
}

static void
drop_operands(struct cli_args *args, size_t count)
{
    memmove(args->operand, args->operand + count,
            (args->operand_count - count) * sizeof(*args->operand));
    args->operand_count -= count;
}

/* "alerts ack" is looked for before "alerts". */
static bool
find_command(struct cli *c)
{
    char two[64];
    struct cli_args *args = &c->args;
    size_t len0 = args->operand_count > 0 ? strlen(args->operand[0]) : 0;
    size_t len1 = args->operand_count > 1 ? strlen(args->operand[1]) : 0;

    if (args->operand_count > 1 && len0 < sizeof(two) / 2 && len1 < sizeof(two) / 2 - 1) {
        memcpy(two, args->operand[0], len0);
        two[len0] = ' ';
        memcpy(two + len0 + 1, args->operand[1], len1);
        c->command = cli_command_find((struct sv){two, len0 + 1 + len1});
        if (c->command != NULL) {
            drop_operands(args, 2);
            return true;
        }
    }
    c->command = cli_command_find(args->operand_count > 0 ? sv_from(args->operand[0]) : SV(""));
    if (c->command == NULL) {
        cli_unknown_command(c, args->operand[0]);
        return false;
    }
    drop_operands(args, args->operand_count > 0 ? 1 : 0);
    return true;
}

static void
unknown_option(struct cli *c, const char *text)
{
    const char *names[OPT_COUNT];
    size_t count = 0;
    const char *near;
    uint32_t mine = c->command->options | CLI_GLOBAL_OPTIONS;

    for (size_t i = 0; i < OPT_COUNT; i++) {
        if ((mine >> i & 1) != 0) {
            names[count++] = options[i].name;
        }
    }
    near =
        cli_suggest((struct sv){text + strspn(text, "-"), strcspn(text + strspn(text, "-"), "=")},
                    names, count);
    cli_error(c, CLI_USAGE, near != NULL ? MSG_CLI_UNKNOWN_OPTION_NEAR : MSG_CLI_UNKNOWN_OPTION,
              (struct msg_arg[]){{"option", sv_from(text)},
                                 {"near", sv_from(near)},
                                 {"command", sv_from(c->command->name)}},
              3);
}

static bool
take_option(struct cli *c, const struct word *word)
{
    uint32_t mine = c->command->options | CLI_GLOBAL_OPTIONS;

    if (word->kind == WORD_UNKNOWN_OPTION || (mine >> word->id & 1) == 0) {
        unknown_option(c, word->text);
        return false;
    }
    if (word->kind == WORD_NO_VALUE) {
        cli_error(c, CLI_USAGE, MSG_CLI_NO_VALUE,
                  (struct msg_arg[]){{"option", sv_from(options[word->id].name)},
                                     {"value", sv_from(options[word->id].value)}},
                  2);
        return false;
    }
    if (!read_value(&options[word->id], word->value, &c->args)) {
        bad_value(c, &options[word->id], word->value);
        return false;
    }
    c->args.given |= OPT_BIT(word->id);
    return true;
}

/* Second: every option, against the command. */
static bool
read_options(struct cli *c, int argc, char **argv)
{
    struct words w = {.argc = argc, .argv = argv, .at = 1};

    for (struct word word = next_word(&w); word.kind != WORD_END; word = next_word(&w)) {
        if (word.kind != WORD_OPERAND && !take_option(c, &word)) {
            return false;
        }
    }
    return true;
}

static bool
check_operands(struct cli *c)
{
    const struct cli_args *args = &c->args;
    const struct cli_command *command = c->command;

    if (args->help) {
        return true;
    }
    if (args->operand_count > command->operand_max) {
        cli_error(c, CLI_USAGE, MSG_CLI_TOO_MANY,
                  (struct msg_arg[]){{"word", sv_from(args->operand[command->operand_max])},
                                     {"command", sv_from(command->name)}},
                  2);
        return false;
    }
    if (args->operand_count < command->operand_min) {
        cli_error(c, CLI_USAGE, MSG_CLI_TOO_FEW,
                  (struct msg_arg[]){{"operands", sv_from(command->operands)},
                                     {"command", sv_from(command->name)}},
                  2);
        return false;
    }
    return true;
}

bool
cli_parse(struct cli *c, int argc, char **argv)
{
    c->args = (struct cli_args){.format = OUT_DEFAULT, .lang = LANG_COUNT};
    return find_words(c, argc, argv) && find_command(c) && read_options(c, argc, argv) &&
           check_operands(c);
}
