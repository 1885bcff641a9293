/*
 * registry - values below HKEY_LOCAL_MACHINE that `kanari service install` writes and `uninstall`
 * takes away again.
 *
 * Errors:  ERR_ACCESS (not an administrator), ERR_NOMEM, ERR_IO; ERR_UNSUPPORTED where there is no
 *          registry. `why` then says what failed, on what, and what to do; else it is empty.
 */
#pragma once

#include "core/err.h"

enum registry_type { REGISTRY_TEXT, REGISTRY_TEXT_EXPAND, REGISTRY_NUMBER, REGISTRY_NUMBER_64 };

struct registry_entry {
    const char *key; /* below HKEY_LOCAL_MACHINE */
    const char *name;
    enum registry_type type;
    const char *text; /* of a text, UTF-8 */
    uint64_t number;
};

#define REGISTRY_WHY_MAX 256
/* Makes the key when it is missing; again and again with the same result. */
MUST_CHECK enum err registry_write(const struct registry_entry *e, char why[REGISTRY_WHY_MAX]);
/* The key with all below it. What is not there is no failure. */
MUST_CHECK enum err registry_delete(const char *key, char why[REGISTRY_WHY_MAX]);
