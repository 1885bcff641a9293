/* rule_cases - lines into files. */
#include "support/rule_cases.h"

#include <string.h>

#include "support/pe_build.h"

#define FILLER_LEN 3000u

static void
put_text(struct buf *out, const char *text, bool wide)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        buf_putc(out, text[i]);
        if (wide) {
            buf_putc(out, '\0');
        }
    }
}

static void
put_filler(struct buf *out)
{
    for (size_t i = 0; i < FILLER_LEN; i++) {
        buf_putc(out, i % 60 == 59 ? '\n' : (char)('a' + i * 7 % 26));
    }
    buf_putc(out, '\n');
}

static void
put_lines(const struct rule_case *c, enum rule_case_form form, struct buf *out)
{
    bool wide = form == FORM_WIDE;

    for (size_t i = 0; c->lines[i] != NULL; i++) {
        if (form == FORM_SPREAD && i > 0) {
            put_filler(out);
        }
        put_text(out, c->lines[i], wide);
        put_text(out, c->kind == CASE_TEXT ? "\r\n" : "\t", wide);
        if (c->kind != CASE_TEXT) {
            out->data[out->len - (wide ? 2 : 1)] = '\0'; /* texts of a program end in NUL */
        }
    }
}

/* What a program of these families has besides its texts. */
static const struct pe_build shapes[] = {
    [CASE_PROGRAM] = {.import_dll = "WS2_32.dll"},
    [CASE_LIBRARY] = {.dll = true, .import_dll = "WS2_32.dll", .export_name = "ServiceMain"},
    [CASE_PLAIN_PROGRAM] = {0},
    [CASE_PLAIN_LIBRARY] = {.dll = true, .import_dll = "WS2_32.dll"},
    [CASE_EXPORTING_PROGRAM] = {.export_name = "ServiceMain"},
};

void
rule_case_build(const struct rule_case *c, enum rule_case_form form, struct buf *out)
{
    struct buf lines;

    buf_clear(out);
    buf_init(&lines, out->max_len);
    if (c->kind == CASE_TEXT && form == FORM_WIDE) {
        buf_put(&lines, "\xff\xfe", 2);
    }
    put_lines(c, form, &lines);
    if (c->kind == CASE_TEXT) {
        buf_put_sv(out, buf_sv(&lines));
    } else {
        pe_build(out, &shapes[c->kind], lines.data, lines.len);
    }
    buf_fini(&lines);
}
