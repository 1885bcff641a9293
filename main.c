/* main - the program: the command line. */
#include "cli/cli.h"

static int
run(int argc, char **argv)
{
    struct cli_io io;

    cli_io_console(&io);
    return cli_run(argc, argv, &io);
}

int
main(int argc, char **argv)
{
    return platform_main(argc, argv, run);
}
