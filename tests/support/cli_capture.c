/* cli_capture - a command line whose console is two buffers. */
#include "support/cli_capture.h"

#include "core/tm.h"

#define WORDS_MAX 32
#define OUTPUT_LEN_MAX ((size_t)64 * 1024 * 1024)
#define NOW_FT 134382240000000000ULL /* 2026-11-04T00:00:00Z */

static enum err
capture_write(void *ctx, enum stream s, const void *data, size_t len)
{
    struct cli_capture *cap = ctx;

    buf_put(s == STREAM_OUT ? &cap->out : &cap->err, data, len);
    return cap->write_result;
}

static const char *
no_env(const char *name)
{
    (void)name;
    return NULL;
}

static uint64_t
fixed_now(void)
{
    return NOW_FT;
}

static int
nine_hours(uint64_t t_ft)
{
    (void)t_ft;
    return 9 * 60;
}

static void
no_sleep(uint32_t ms)
{
    (void)ms;
}

void
cli_capture_init(struct cli_capture *cap)
{
    *cap = (struct cli_capture){.io = {.write = capture_write,
                                       .ctx = cap,
                                       .env = no_env,
                                       .now_ft = fixed_now,
                                       .local_offset_min = nine_hours,
                                       .sleep_ms = no_sleep}};
    buf_init(&cap->out, OUTPUT_LEN_MAX);
    buf_init(&cap->err, OUTPUT_LEN_MAX);
}

void
cli_capture_fini(struct cli_capture *cap)
{
    buf_fini(&cap->out);
    buf_fini(&cap->err);
}

int
cli_capture_run(struct cli_capture *cap, const char *const *words)
{
    char *argv[WORDS_MAX + 1];
    char program[] = "kanari";
    int argc = 0;

    argv[argc++] = program;
    while (argc < WORDS_MAX && words[argc - 1] != NULL) {
        memcpy(&argv[argc], &words[argc - 1], sizeof(argv[argc])); /* never written to */
        argc++;
    }
    argv[argc] = NULL;
    buf_clear(&cap->out);
    buf_clear(&cap->err);
    return cli_run(argc, argv, &cap->io);
}
