/* pack - the carried rules, decoded and checked. */
#include "scan/pack.h"

#include "core/hash.h"
#include "core/mem.h"
#include "scan/pack_data.h"

/* As in pack.cmake. */
#define CODE_FACTOR 167u
#define CODE_OFFSET 91u

struct scan_pack {
    char *text;
    struct scan_source *files;
};

const char *
scan_pack_sha256(void)
{
    return pack_sha256;
}

static void
decode(char *out)
{
    uint8_t plain[256];

    for (unsigned b = 0; b < 256; b++) {
        plain[(b * CODE_FACTOR + CODE_OFFSET) % 256] = (uint8_t)b;
    }
    for (size_t i = 0; i < pack_len; i++) {
        out[i] = (char)plain[pack_bytes[i]];
    }
}

static bool
sum_is_right(const char *text)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[SHA256_LEN];
    struct sha256 s;

    sha256_init(&s);
    sha256_put(&s, text, pack_len);
    sha256_end(&s, sum);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        if (pack_sha256[i * 2] != digits[sum[i] >> 4] ||
            pack_sha256[i * 2 + 1] != digits[sum[i] & 15]) {
            return false;
        }
    }
    return true;
}

static enum err
fill(struct scan_pack *p)
{
    size_t at = 0;

    decode(p->text);
    if (!sum_is_right(p->text)) {
        return ERR_FORMAT;
    }
    for (size_t i = 0; i < pack_file_count; i++) {
        if (pack_files[i].len > pack_len - at) {
            return ERR_FORMAT;
        }
        p->files[i].name = pack_files[i].name;
        p->files[i].text = (struct sv){p->text + at, pack_files[i].len};
        at += pack_files[i].len;
    }
    return ERR_OK;
}

enum err
scan_pack_open(struct scan_pack **out)
{
    struct scan_pack *p = mem_zalloc(sizeof(*p));
    enum err err = ERR_NOMEM;

    if (p == NULL) {
        return ERR_NOMEM;
    }
    p->text = mem_alloc(pack_len);
    p->files = mem_array(pack_file_count, sizeof(*p->files));
    if (p->text != NULL && p->files != NULL) {
        err = fill(p);
    }
    if (err) {
        scan_pack_close(p);
        return err;
    }
    *out = p;
    return ERR_OK;
}

void
scan_pack_close(struct scan_pack *p)
{
    if (p != NULL) {
        mem_free(p->text);
        mem_free(p->files);
        mem_free(p);
    }
}

const struct scan_source *
scan_pack_files(const struct scan_pack *p, size_t *count)
{
    *count = pack_file_count;
    return p->files;
}
