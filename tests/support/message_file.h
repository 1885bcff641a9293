/* message_file - kanari-messages.dll as the Event Viewer reads it, for tests. */
#pragma once

#include "core/buf.h"

#define MESSAGE_FILE_EN 0x409u
#define MESSAGE_FILE_JA 0x411u

struct message_file;
/* That beside the folder of the test program, as data; NULL where there is none. */
struct message_file *message_file_open(void);
void message_file_close(struct message_file *f);
/* The message with its inserts, UTF-8, into out. False: there is none. */
bool message_file_format(const struct message_file *f, uint32_t id, uint32_t lang,
                         const uint16_t *const *strings, struct buf *out);
/* The same of a text, as a reader does who expands what was expanded already. */
bool message_text_format(struct sv text, const uint16_t *const *strings, struct buf *out);
