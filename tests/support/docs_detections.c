/* docs_detections - every rule: what it means, what it says, which settings move it. */
#include "detectors/rules.h"
#include "messages/messages.h"
#include "support/docs_pages.h"

/* -- settings ---------------------------------------------------------------------------------- */

struct setting {
    const char *name, *def, *meaning;
};

static const struct setting settings[] = {
#define KEY_U32(member, name, def, min, max, meaning) {name, #def, meaning},
#define KEY_BOOL(member, name, def, meaning) {name, #def, meaning},
#define KEY_PREFIXES(member, name, meaning) {name, "none", meaning},
#define KEY_PORTS(member, name, def, meaning) {name, def, meaning},
#include "core/config_keys.h"
#undef KEY_U32
#undef KEY_BOOL
#undef KEY_PREFIXES
#undef KEY_PORTS
};

static void
put_setting(struct buf *out, const struct setting *s, const char *meaning)
{
    buf_puts(out, "| `");
    buf_puts(out, s->name);
    buf_puts(out, "` | ");
    buf_puts(out, s->def);
    buf_puts(out, " | ");
    buf_puts(out, meaning);
    buf_puts(out, " |\n");
}

static const char settings_head[] = "| Setting | Default | Meaning |\n|---|---|---|\n";

/* A setting belongs to the rule that its meaning begins with: "logon.burst: failures". */
static const char *
own_meaning(const struct setting *s, const struct rule *rule)
{
    size_t len = strlen(rule->name);

    if (strncmp(s->meaning, rule->name, len) != 0 || strncmp(s->meaning + len, ": ", 2) != 0) {
        return NULL;
    }
    return s->meaning + len + 2;
}

static void
put_thresholds(struct buf *out, const struct rule *rule)
{
    bool any = false;

    for (size_t i = 0; i < COUNT(settings); i++) {
        const char *meaning = own_meaning(&settings[i], rule);

        if (meaning != NULL) {
            buf_puts(out, any ? "" : settings_head);
            put_setting(out, &settings[i], meaning);
            any = true;
        }
    }
    buf_puts(out, any ? "\n" : "");
}

static void
put_common(struct buf *out)
{
    buf_puts(out, "## Settings of more than one rule\n\n");
    buf_puts(out, settings_head);
    for (size_t i = 0; i < COUNT(settings); i++) {
        bool owned = false;

        for (size_t k = 0; k < RULE_COUNT; k++) {
            owned = owned || own_meaning(&settings[i], &rule_table[k]) != NULL;
        }
        if (!owned) {
            put_setting(out, &settings[i], settings[i].meaning);
        }
    }
}

/* -- sentences --------------------------------------------------------------------------------- */

static bool
has_word(const char *text, const char *word, size_t len)
{
    while (*text != '\0') {
        size_t here = strcspn(text, "_");

        if (here == len && memcmp(text, word, len) == 0) {
            return true;
        }
        text += here;
        text += *text == '_';
    }
    return false;
}

/* How many of the message's words are the rule's: "ALERT" alone is none. */
static size_t
shared_words(const char *message, const struct rule *rule)
{
    char own[RULE_MESSAGE_MAX];
    size_t count = 0;

    rule_message(rule, own);
    for (const char *p = message; *p != '\0';) {
        size_t len = strcspn(p, "_");

        count += has_word(own, p, len);
        p += len;
        p += *p == '_';
    }
    return count - 1;
}

/* The rule whose name a sentence's name is made of; the first of equals. NULL: any rule. */
static const struct rule *
rule_of(const char *message)
{
    const struct rule *best = NULL;
    size_t most = 0;

    for (size_t i = 0; i < RULE_COUNT; i++) {
        size_t count = shared_words(message, &rule_table[i]);

        if (count > most) {
            most = count;
            best = &rule_table[i];
        }
    }
    return best;
}

static void
put_sentences(struct buf *out, const struct rule *rule)
{
    for (size_t i = 0; i < MSG_COUNT; i++) {
        const char *name = msg_name((enum msg)i);

        if (sv_starts_with(sv_from(name), SV("ALERT_")) && rule_of(name) == rule) {
            buf_puts(out, "> ");
            buf_puts(out, msg_template((enum msg)i, LANG_EN));
            buf_puts(out, "\n\n");
        }
    }
}

/* -- the page ---------------------------------------------------------------------------------- */

static void
put_capital(struct buf *out, const char *text)
{
    bool small = text[0] >= 'a' && text[0] <= 'z';

    buf_putc(out, small ? (char)(text[0] - 'a' + 'A') : text[0]);
    buf_puts(out, text + 1);
}

static void
put_rule(struct buf *out, const struct rule *rule)
{
    buf_puts(out, "## ");
    buf_put_u64(out, rule->id);
    buf_putc(out, ' ');
    buf_puts(out, rule->name);
    buf_puts(out, "\n\n");
    put_capital(out, rule->meaning);
    buf_puts(out, ".\n\nSeverity: ");
    buf_puts(out, severity_name(rule->severity));
    if (rule->attack[0] != '\0') {
        buf_puts(out, ". ATT&CK: ");
        buf_puts(out, rule->attack);
    }
    buf_puts(out, ".\n\n");
    put_sentences(out, rule);
    put_thresholds(out, rule);
}

void
docs_detections(struct buf *out)
{
    buf_puts(
        out,
        "# Detections\n\n"
        "Generated by `gen_docs` from the tables of the program; `./dev lint` and a test "
        "compare.\n\n"
        "A failed logon is counted by what its status says: a locked or expired account does "
        "not count,\nand a right password that was refused is a finding of its own. Repeats "
        "update one alert; one\nguessing campaign per computer and source, which a stronger "
        "rule upgrades. A severity in\nparentheses tells when it differs from the default.\n\n");
    for (size_t i = 0; i < RULE_COUNT; i++) {
        put_rule(out, &rule_table[i]);
    }
    buf_puts(out, "## Of every rule\n\n");
    put_sentences(out, NULL);
    put_common(out);
}
