/* data_folder_acl - reads an ACL entry by entry. */
#include "service/data_folder_acl.h"

#include "core/rd.h"

enum ace_type {
    ACE_ALLOWED = 0,
    ACE_DENIED = 1,
    ACE_DENIED_OBJECT = 6,
    ACE_DENIED_CALLBACK = 10,
    ACE_DENIED_CALLBACK_OBJECT = 12,
};
#define ACE_INHERIT_ONLY 0x08u
#define ACE_HEAD_LEN 8u /* type, flags, size, mask */

/* FILE_WRITE_DATA (add file), FILE_APPEND_DATA (add folder), FILE_WRITE_EA, FILE_DELETE_CHILD,
 * FILE_WRITE_ATTRIBUTES, DELETE, WRITE_DAC, WRITE_OWNER, MAXIMUM_ALLOWED, GENERIC_ALL,
 * GENERIC_WRITE */
#define RIGHTS_TO_WRITE                                                                            \
    (0x2u | 0x4u | 0x10u | 0x40u | 0x100u | 0x10000u | 0x40000u | 0x80000u | 0x02000000u |         \
     0x10000000u | 0x40000000u)

#define SID(literal) SV("\1" literal)
#define NT_AUTHORITY "\0\0\0\0\0\5"
#define SID_SYSTEM SID("\1" NT_AUTHORITY "\x12\0\0\0")                   /* S-1-5-18 */
#define SID_ADMINISTRATORS SID("\2" NT_AUTHORITY "\x20\0\0\0\x20\2\0\0") /* S-1-5-32-544 */
#define SID_CREATOR_OWNER SID("\1\0\0\0\0\0\3\0\0\0\0")                  /* S-1-3-0 */
/* S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464 */
#define SID_TRUSTED_INSTALLER                                                                      \
    SID("\6" NT_AUTHORITY "\x50\0\0\0\xb5\x89\xfb\x38\x19\x84\xc2\xcb\x5c\x6c\x23\x6d\x57\x00\x77" \
        "\x6e\xc0\x02\x64\x87")

bool
sid_is_trusted(struct sv sid, struct sv user)
{
    return sv_eq(sid, SID_SYSTEM) || sv_eq(sid, SID_ADMINISTRATORS) ||
           sv_eq(sid, SID_TRUSTED_INSTALLER) || (user.len > 0 && sv_eq(sid, user));
}

/* Bytes behind the SID inside an entry do not belong to it. */
MUST_CHECK static enum err
read_sid(struct sv rest, struct sv *out)
{
    size_t len = rest.len < 2 ? 0 : 8 + 4 * (size_t)(unsigned char)rest.p[1];

    if (len == 0 || len > rest.len || len > SID_LEN_MAX) {
        return ERR_FORMAT;
    }
    *out = (struct sv){rest.p, len};
    return ERR_OK;
}

/* One entry, of `size` bytes behind its head. */
static bool
ace_others_write(uint8_t type, uint8_t flags, uint32_t mask, struct sv rest, struct sv user)
{
    struct sv sid;

    if (type == ACE_DENIED || type == ACE_DENIED_OBJECT || type == ACE_DENIED_CALLBACK ||
        type == ACE_DENIED_CALLBACK_OBJECT) {
        return false;
    }
    if (type != ACE_ALLOWED || read_sid(rest, &sid)) {
        return true; /* of objects, with conditions: not in a folder of ours */
    }
    if ((mask & RIGHTS_TO_WRITE) == 0 || sid_is_trusted(sid, user)) {
        return false;
    }
    /* For whoever creates something in it, which others may not. */
    return (flags & ACE_INHERIT_ONLY) == 0 || !sv_eq(sid, SID_CREATOR_OWNER);
}

MUST_CHECK static enum err
read_ace(struct rd *rd, struct sv user, bool *others)
{
    const uint8_t *rest = NULL;
    uint8_t type = 0;
    uint8_t flags = 0;
    uint16_t size = 0;
    uint32_t mask = 0;

    if (rd_u8(rd, &type) || rd_u8(rd, &flags) || rd_u16(rd, &size) || rd_u32(rd, &mask) ||
        size < ACE_HEAD_LEN || rd_bytes(rd, size - ACE_HEAD_LEN, &rest)) {
        return ERR_FORMAT;
    }
    *others = ace_others_write(type, flags, mask,
                               (struct sv){(const char *)rest, size - ACE_HEAD_LEN}, user);
    return ERR_OK;
}

bool
acl_others_write(struct sv acl, struct sv user)
{
    uint8_t revision = 0;
    uint8_t pad8 = 0;
    uint16_t size = 0;
    uint16_t count = 0;
    uint16_t pad16 = 0;
    struct rd rd = rd_make(acl.p, acl.len);

    if (rd_u8(&rd, &revision) || rd_u8(&rd, &pad8) || rd_u16(&rd, &size) || rd_u16(&rd, &count) ||
        rd_u16(&rd, &pad16)) {
        return true;
    }
    for (uint16_t i = 0; i < count; i++) {
        bool others = true;

        if (read_ace(&rd, user, &others) || others) {
            return true;
        }
    }
    return false;
}
