/* fuzz_utf: any bytes as UTF-16LE come back unit by unit; any bytes as UTF-8 never read outside. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/utf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check_utf16(const uint8_t *data, size_t size)
{
    size_t units = size / 2;
    char *text = mem_array(units, UTF8_PER_UNIT_MAX);
    uint16_t *back = mem_array(units, sizeof(*back));
    bool cut = false;

    if (text != NULL && back != NULL) {
        size_t len = utf16le_to_utf8(data, size, text, units * UTF8_PER_UNIT_MAX, &cut);

        require(!cut);
        require(utf8_to_utf16((struct sv){text, len}, back, units, &cut) == units && !cut);
        require(memcmp(back, data, units * 2) == 0);
        require(utf16le_to_utf8(data, size, text, len / 2, &cut) <= len / 2);
        require(cut == (len > 0));
    }
    mem_free(text);
    mem_free(back);
}

static void
check_utf8(struct sv s)
{
    size_t pos = 0;
    bool clean = true;

    while (pos < s.len) {
        size_t start = pos;
        uint32_t cp = utf8_next(s, &pos);
        char text[4];

        require(pos > start && pos - start <= 4 && cp <= 0x10FFFF);
        require(utf_width(cp) <= 2);
        if (cp == 0xFFFD && !utf8_is_replacement(s, start)) {
            clean = false;
        } else {
            require(utf8_put(cp, text) == pos - start);
            require(memcmp(text, s.p + start, pos - start) == 0);
            clean = clean && (cp < 0xD800 || cp > 0xDFFF);
        }
    }
    require(utf8_valid(s) == clean);
    require(!clean || utf8_valid(utf8_cut(s, s.len / 2)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_utf16(data, size);
    check_utf8((struct sv){(const char *)data, size});
    return 0;
}
