/* message_file - there are no message files here. */
#include "support/message_file.h"

struct message_file *
message_file_open(void)
{
    return NULL;
}

void
message_file_close(struct message_file *f)
{
    (void)f;
}

bool
message_file_format(const struct message_file *f, uint32_t id, uint32_t lang,
                    const uint16_t *const *strings, struct buf *out)
{
    (void)f;
    (void)id;
    (void)lang;
    (void)strings;
    (void)out;
    return false;
}

bool
message_text_format(struct sv text, const uint16_t *const *strings, struct buf *out)
{
    (void)text;
    (void)strings;
    (void)out;
    return false;
}
