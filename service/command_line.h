/*
 * command_line - words as one text, from which Windows makes the same words again.
 *
 * Rules: learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments and
 * win32/api/shellapi/nf-shellapi-commandlinetoargvw: a backslash counts as itself unless it stands,
 * alone or with others, before a quote.
 */
#pragma once

#include "core/buf.h"

/* The program: always in quotes, for a path with a blank is otherwise cut at it (CreateServiceW).
 * A path holds no quote. */
void command_line_put_program(struct buf *out, struct sv path);
/* A blank and the word, in quotes where it needs them. */
void command_line_put(struct buf *out, struct sv word);
