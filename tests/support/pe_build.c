/* pe_build - layout as in Microsoft's "PE Format"; offsets within the section are ours. */
#include "support/pe_build.h"

#include <stdlib.h>
#include <string.h>

#define HEADERS_LEN 0x200u
#define RVA 0x1000u
#define AT_ILT 0x30u
#define AT_IAT 0x40u
#define AT_HINT 0x60u
#define AT_DLL 0x80u
#define AT_EXPORTS 0xb0u
#define AT_FUNCTIONS 0xe0u
#define AT_NAMES 0xe4u
#define AT_ORDINALS 0xe8u
#define AT_EXPORT_NAME 0xf0u
#define AT_DATA 0x140u
#define OPTIONAL_LEN 240u
#define AT_OPTIONAL 0x58u /* where the optional header begins: 64 + 4 + 20 */
#define AT_SECTION (AT_OPTIONAL + OPTIONAL_LEN)

static void
put(uint8_t *image, size_t at, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        image[at + i] = (uint8_t)(value >> (8 * i));
    }
}

static void
put_headers(uint8_t *image, const struct pe_build *what, size_t section_len)
{
    size_t opt = AT_OPTIONAL;

    memcpy(image, "MZ", 2);
    put(image, 0x3c, 0x40, 4);
    memcpy(image + 0x40, "PE\0\0", 4);
    put(image, 0x44, 0x8664, 2); /* machine */
    put(image, 0x46, 1, 2);      /* sections */
    put(image, 0x54, OPTIONAL_LEN, 2);
    put(image, 0x56, what->dll ? 0x2022 : 0x0022, 2);
    put(image, opt, 0x20b, 2);
    put(image, opt + 16, RVA, 4);          /* entry point */
    put(image, opt + 24, 0x140000000u, 8); /* image base */
    put(image, opt + 32, 0x1000, 4);       /* section alignment */
    put(image, opt + 36, 0x200, 4);        /* file alignment */
    put(image, opt + 40, 6, 2);            /* system version */
    put(image, opt + 48, 6, 2);            /* subsystem version */
    put(image, opt + 56, RVA + ((section_len + 0xfff) & ~(size_t)0xfff), 4);
    put(image, opt + 60, HEADERS_LEN, 4);
    put(image, opt + 68, 3, 2);   /* console */
    put(image, opt + 108, 16, 4); /* directories */
    if (what->export_name != NULL) {
        put(image, opt + 112, RVA + AT_EXPORTS, 4);
        put(image, opt + 116, AT_DATA - AT_EXPORTS, 4);
    }
    if (what->import_dll != NULL) {
        put(image, opt + 120, RVA, 4);
        put(image, opt + 124, 40, 4);
    }
    memcpy(image + AT_SECTION, ".rdata", 6);
    put(image, AT_SECTION + 8, section_len, 4);
    put(image, AT_SECTION + 12, RVA, 4);
    put(image, AT_SECTION + 16, section_len, 4);
    put(image, AT_SECTION + 20, HEADERS_LEN, 4);
    put(image, AT_SECTION + 36, 0x40000040, 4); /* initialized data, readable */
}

static void
put_name(uint8_t *at, const char *name)
{
    size_t len = strlen(name);

    if (len >= PE_NAME_MAX) {
        abort();
    }
    memcpy(at, name, len + 1);
}

static void
put_section(uint8_t *s, const struct pe_build *what)
{
    if (what->import_dll != NULL) {
        put(s, 0, RVA + AT_ILT, 4);
        put(s, 12, RVA + AT_DLL, 4);
        put(s, 16, RVA + AT_IAT, 4);
        put(s, AT_ILT, RVA + AT_HINT, 8);
        put(s, AT_IAT, RVA + AT_HINT, 8);
        put_name(s + AT_HINT + 2, "connect");
        put_name(s + AT_DLL, what->import_dll);
    }
    if (what->export_name != NULL) {
        put(s, AT_EXPORTS + 12, RVA + AT_EXPORT_NAME, 4);
        put(s, AT_EXPORTS + 16, 1, 4); /* ordinal base */
        put(s, AT_EXPORTS + 20, 1, 4);
        put(s, AT_EXPORTS + 24, 1, 4);
        put(s, AT_EXPORTS + 28, RVA + AT_FUNCTIONS, 4);
        put(s, AT_EXPORTS + 32, RVA + AT_NAMES, 4);
        put(s, AT_EXPORTS + 36, RVA + AT_ORDINALS, 4);
        put(s, AT_FUNCTIONS, RVA + AT_DATA, 4);
        put(s, AT_NAMES, RVA + AT_EXPORT_NAME, 4);
        put_name(s + AT_EXPORT_NAME, what->export_name);
    }
}

void
pe_build(struct buf *out, const struct pe_build *what, const void *data, size_t len)
{
    size_t section_len = (AT_DATA + len + 0x1ff) & ~(size_t)0x1ff;
    uint8_t *image = calloc(1, HEADERS_LEN + section_len);

    if (image == NULL) {
        abort();
    }
    put_headers(image, what, section_len);
    put_section(image + HEADERS_LEN, what);
    memcpy(image + HEADERS_LEN + AT_DATA, data, len);
    buf_put(out, image, HEADERS_LEN + section_len);
    free(image);
}
