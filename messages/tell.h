/*
 * tell - how a part below the command line says a sentence to whoever runs it.
 *
 * Threads: as the function that was given it says; one call at a time.
 */
#pragma once

#include "messages/messages.h"

enum tell_tone {
    TELL_RESULT,   /* what was done */
    TELL_NOTE,     /* what should be known; nothing failed */
    TELL_PROGRESS, /* still at it; only worth showing to somebody who waits */
    TELL_FAIL,     /* why it failed; the error is returned as well */
};

struct tell {
    void *ctx;
    void (*line)(void *ctx, enum tell_tone tone, enum msg id, const struct msg_arg *args,
                 size_t count);
};
