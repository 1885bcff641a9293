/* io - the command line's view of the real console, clock and environment. */
#include "cli/cli.h"
#include "platform/thread.h"

static enum err
console_write(void *ctx, enum stream s, const void *data, size_t len)
{
    (void)ctx;
    return stream_write(s, data, len);
}

void
cli_io_console(struct cli_io *io)
{
    *io = (struct cli_io){.write = console_write,
                          .env = env_get,
                          .now_ft = clock_now_ft,
                          .local_offset_min = clock_local_offset_min,
                          .sleep_ms = thread_sleep_ms,
                          .out_is_terminal = stream_is_terminal(STREAM_OUT),
                          .err_is_terminal = stream_is_terminal(STREAM_ERR),
                          .columns = stream_columns(STREAM_OUT),
                          .lang_ja = host_lang_is_ja()};
}
