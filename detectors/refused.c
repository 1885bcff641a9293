/*
 * refused - logon.right_password_refused: the password was right, the logon was refused all the
 * same (expired, disabled, not granted this type ...). Whoever tried knows the password.
 */
#include "detectors/book.h"
#include "detectors/detector.h"
#include "detectors/origin.h"

static enum err
refused_attempt(void *self, const struct state *now, const struct attempt *a, struct book *book)
{
    char source[ALERT_KEY_MAX], text[ALERT_KEY_MAX];
    struct sv prefix, key;
    struct finding f;
    uint32_t slot;

    (void)self;
    (void)now;
    if (a->outcome != ATTEMPT_REFUSED || !origin_known(a)) {
        return ERR_OK;
    }
    prefix = origin_key_text(a, SV("refused "), source);
    source[prefix.len++] = ' '; /* a key leaves room for its end */
    key = origin_account_text(a, prefix, text);
    f = origin_finding(a, &rule_table[RULE_LOGON_RIGHT_PASSWORD_REFUSED], key);
    f.severity = origin_is_internet(a) ? SEV_HIGH : SEV_LOW;
    return book_report(book, &f, &slot);
}

static const struct rule *const rules[] = {&rule_table[RULE_LOGON_RIGHT_PASSWORD_REFUSED], NULL};

const struct detector det_refused = {
    .name = "refused",
    .rules = rules,
    .on_attempt = refused_attempt,
};
