/* Any bytes as a configuration: refused with a reason, or written and read back the same. */
#include <stdlib.h>

#include "core/config.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void
check_round_trip(const struct config *cfg)
{
    char why[CONFIG_WHY_MAX];
    struct config *again = NULL;
    struct buf first, second;

    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    config_write(cfg, &first);
    require(buf_err(&first) == ERR_OK);
    require(config_parse(buf_sv(&first), &again, why) == ERR_OK);
    config_write(again, &second);
    require(sv_eq(buf_sv(&first), buf_sv(&second)));
    config_destroy(again);
    buf_fini(&first);
    buf_fini(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[CONFIG_WHY_MAX];
    struct config *cfg = NULL;
    enum err err = config_parse((struct sv){(const char *)data, size}, &cfg, why);

    if (err) {
        require(cfg == NULL && why[0] != '\0');
        return 0;
    }
    check_round_trip(cfg);
    config_destroy(cfg);
    return 0;
}
