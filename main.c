/* main - the program: the command line. */
#include "cli/cli.h"
#include "core/hash.h"
#include "platform/platform.h"

/* Names come from attackers: which of them meet in a hash table must not be theirs to choose. */
MUST_CHECK static enum err
seed_tables(void)
{
    uint64_t key[2];
    enum err err = random_bytes(key, sizeof(key));

    if (!err) {
        hash64_seed(key[0], key[1]);
    }
    return err;
}

static int
run(int argc, char **argv)
{
    static const char why[] = "kanari: the system gives no random numbers\n";
    struct cli_io io;

    if (seed_tables()) {
        enum err unread = stream_write(STREAM_ERR, why, sizeof(why) - 1);

        (void)unread; /* the exit code tells as well */
        return CLI_INTERNAL;
    }
    cli_io_console(&io);
    return cli_run(argc, argv, &io);
}

int
main(int argc, char **argv)
{
    return platform_main(argc, argv, run);
}
