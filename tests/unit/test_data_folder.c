/* test_data_folder - who may write by an access control list; what becomes of a folder that is
 * there already; privileges that stay and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "service/data_folder.h"
#include "service/data_folder_acl.h"
#include "service/privileges.h"

#define PATH "C:\\ProgramData\\Kanari"
#define NOW_FT 134382240000000000ULL /* 2026-11-04T00:00:00Z */

/* -- lists --------------------------------------------------------------------------------------
 */

#define SYSTEM "\1\1\0\0\0\0\0\5\x12\0\0\0"
#define ADMINS "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0"
#define USERS "\1\2\0\0\0\0\0\5\x20\0\0\0\x21\2\0\0"
#define EVERYONE "\1\1\0\0\0\0\0\1\0\0\0\0"
#define CREATOR "\1\1\0\0\0\0\0\3\0\0\0\0"
#define USER "\1\5\0\0\0\0\0\5\x15\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\xe9\3\0\0"
/* S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464 */
#define INSTALLER                                                                                  \
    "\1\6\0\0\0\0\0\5\x50\0\0\0\xb5\x89\xfb\x38\x19\x84\xc2\xcb\x5c\x6c\x23\x6d\x57\x00\x77\x6e"   \
    "\xc0\x02\x64\x87"
#define INHERIT 0x03
#define INHERIT_ONLY 0x0B

struct entry {
    uint8_t type, flags;
    uint32_t mask;
    struct sv sid;
};

static void
put16(struct buf *out, size_t value)
{
    buf_putc(out, (char)(value & 0xFF));
    buf_putc(out, (char)(value >> 8 & 0xFF));
}

static void
put_acl(struct buf *out, const struct entry *e, size_t count)
{
    size_t len = 8;

    for (size_t i = 0; i < count; i++) {
        len += 8 + e[i].sid.len;
    }
    buf_clear(out);
    put16(out, 2);
    put16(out, len);
    put16(out, count);
    put16(out, 0);
    for (size_t i = 0; i < count; i++) {
        buf_putc(out, (char)e[i].type);
        buf_putc(out, (char)e[i].flags);
        put16(out, 8 + e[i].sid.len);
        put16(out, e[i].mask & 0xFFFF);
        put16(out, e[i].mask >> 16);
        buf_put_sv(out, e[i].sid);
    }
}

struct acl_row {
    struct entry entry[3];
    size_t count;
    bool others;
};

static const struct acl_row acl_rows[] = {
    {{{0, 0, 0, {NULL, 0}}}, 0, false}, /* nobody may anything */
    {{{0, INHERIT, 0x1F01FF, {SYSTEM, 12}}, {0, INHERIT, 0x1F01FF, {ADMINS, 16}}}, 2, false},
    {{{0, INHERIT, 0x1F01FF, {INSTALLER, 32}}}, 1, false},
    {{{0, INHERIT, 0x1F01FF, {USER, 28}}}, 1, false}, /* our own account */
    {{{0, 0, 0x1F01FF, {SYSTEM, 12}}, {0, INHERIT, 0x1200A9, {USERS, 16}}}, 2, false}, /* reads */
    {{{0, 0, 0x1F01FF, {SYSTEM, 12}}, {0, INHERIT, 0x1201BF, {USERS, 16}}}, 2, true},
    {{{0, 2, 0x116, {USERS, 16}}}, 1, true},          /* what %ProgramData% hands down */
    {{{0, INHERIT_ONLY, 0x2, {USERS, 16}}}, 1, true}, /* in what is created in it */
    {{{0, INHERIT_ONLY, 0x10000000, {CREATOR, 12}}}, 1, false},
    {{{0, INHERIT, 0x10000000, {CREATOR, 12}}}, 1, true},
    {{{0, 0, 0x2, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x4, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x10, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x40, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x100, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x10000, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x40000, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x80000, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x2000000, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x10000000, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x40000000, {EVERYONE, 12}}}, 1, true},
    {{{0, 0, 0x80000000, {EVERYONE, 12}}}, 1, false}, /* GENERIC_READ */
    {{{0, 0, 0x1200A9, {EVERYONE, 12}}}, 1, false},
    {{{1, 0, 0x1F01FF, {USERS, 16}}, {0, 0, 0x1F01FF, {ADMINS, 16}}}, 2, false}, /* denied */
    {{{5, 0, 0x2, {USERS, 16}}}, 1, true},                                       /* of an object */
    {{{9, 0, 0x2, {ADMINS, 16}}}, 1, true},                       /* with a condition */
    {{{0, 0, 0x2, {"\1\2\0\0\0\0\0\5\x20\0\0\0", 12}}}, 1, true}, /* a SID that is cut short */
    {{{0, 0, 0x2, {"\1", 1}}}, 1, true},
};

static void
lists(void **state)
{
    const struct sv user = {USER, 28};
    struct buf acl;

    (void)state;
    buf_init(&acl, 4096);
    for (size_t i = 0; i < COUNT(acl_rows); i++) {
        put_acl(&acl, acl_rows[i].entry, acl_rows[i].count);
        if (acl_others_write(buf_sv(&acl), user) != acl_rows[i].others) {
            fail_msg("row %zu", i);
        }
    }
    put_acl(&acl, acl_rows[3].entry, 1);
    assert_true(acl_others_write(buf_sv(&acl), (struct sv){NULL, 0})); /* unknown who we are */
    buf_fini(&acl);
}

/* Cut anywhere, a good list is not good any more; any bytes are read without harm. */
static void
damaged_lists(void **state)
{
    const struct sv user = {USER, 28};
    uint64_t seed = 88172645463325252u;
    struct buf acl;

    (void)state;
    buf_init(&acl, 4096);
    put_acl(&acl, acl_rows[1].entry, 2);
    for (size_t len = 0; len < acl.len; len++) {
        char *copy = mem_strndup(acl.data, len);

        assert_true(acl_others_write((struct sv){copy, len}, user));
        mem_free(copy);
    }
    for (unsigned round = 0; round < 20000; round++) {
        size_t at;

        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        at = (size_t)(seed >> 33) % acl.len;
        put_acl(&acl, acl_rows[1].entry, 2);
        acl.data[at] = (char)(seed >> 20 & 0xFF);
        (void)acl_others_write(buf_sv(&acl), user);
    }
    buf_fini(&acl);
}

static void
sids(void **state)
{
    const struct sv none = {NULL, 0};

    (void)state;
    assert_true(sid_is_trusted((struct sv){SYSTEM, 12}, none));
    assert_true(sid_is_trusted((struct sv){ADMINS, 16}, none));
    assert_true(sid_is_trusted((struct sv){INSTALLER, 32}, none));
    assert_false(sid_is_trusted((struct sv){USERS, 16}, none));
    assert_false(sid_is_trusted((struct sv){USER, 28}, none));
    assert_true(sid_is_trusted((struct sv){USER, 28}, (struct sv){USER, 28}));
    assert_false(sid_is_trusted(none, none));
}

/* -- the folder ---------------------------------------------------------------------------------
 */

enum call { CREATE, OPEN, LOOK, PROTECT, MOVE, CALLS };

/* What is at the path, and what the calls answer. */
struct place {
    struct folder_api api;
    bool there, folder, link, no_dacl;
    struct sv owner;
    const struct acl_row *acl;
    unsigned returns; /* somebody puts it there again so often */
    size_t taken;     /* names beside it that are taken */
    uint32_t fault[CALLS];
    unsigned calls[CALLS];
    size_t open;
    char moved_to[128];
    bool is_protected;
};

static uint32_t
enter(struct place *p, enum call call)
{
    p->calls[call]++;
    return p->fault[call];
}

static uint32_t
place_create(void *ctx, const char *path)
{
    struct place *p = ctx;
    uint32_t code = enter(p, CREATE);

    assert_string_equal(path, PATH);
    if (code == FOLDER_OK && p->there) {
        code = FOLDER_ALREADY_EXISTS;
    }
    p->is_protected = p->is_protected || code == FOLDER_OK;
    return code;
}

static uint32_t
place_open(void *ctx, const char *path, void **out)
{
    struct place *p = ctx;
    uint32_t code = enter(p, OPEN);

    assert_string_equal(path, PATH);
    if (code == FOLDER_OK && !p->there) {
        code = FOLDER_FILE_NOT_FOUND;
    }
    if (code == FOLDER_OK) {
        p->open++;
        *out = p;
    }
    return code;
}

static uint32_t
place_look(void *ctx, void *folder, struct folder_look *out)
{
    struct place *p = ctx;

    assert_ptr_equal(folder, p);
    out->is_folder = p->folder;
    out->is_link = p->link;
    out->has_dacl = !p->no_dacl;
    buf_put_sv(&out->owner, p->owner);
    buf_put(&out->user, USER, 28);
    if (!p->no_dacl) {
        put_acl(&out->dacl, p->acl->entry, p->acl->count);
    }
    return enter(p, LOOK);
}

static uint32_t
place_protect(void *ctx, void *folder)
{
    struct place *p = ctx;
    uint32_t code = enter(p, PROTECT);

    assert_ptr_equal(folder, p);
    p->is_protected = p->is_protected || code == FOLDER_OK;
    return code;
}

static void
place_close(void *ctx, void *folder)
{
    struct place *p = ctx;

    assert_ptr_equal(folder, p);
    p->open--;
}

static uint32_t
place_move(void *ctx, const char *from, const char *to)
{
    struct place *p = ctx;
    uint32_t code = enter(p, MOVE);

    assert_string_equal(from, PATH);
    if (code == FOLDER_OK && p->taken > 0) {
        p->taken--;
        code = FOLDER_ALREADY_EXISTS;
    }
    if (code == FOLDER_OK) {
        assert_true(strlen(to) < sizeof(p->moved_to));
        memcpy(p->moved_to, to, strlen(to) + 1);
        p->there = p->returns > 0;
        p->returns -= p->returns > 0;
    }
    return code;
}

static uint64_t
place_now(void *ctx)
{
    (void)ctx;
    return NOW_FT;
}

/* A good folder that is there. */
static struct place
good_place(void)
{
    return (struct place){.api = {.create = place_create,
                                  .open = place_open,
                                  .look = place_look,
                                  .protect = place_protect,
                                  .close = place_close,
                                  .move = place_move,
                                  .now_ft = place_now},
                          .there = true,
                          .folder = true,
                          .owner = {ADMINS, 16},
                          .acl = &acl_rows[1]};
}

MUST_CHECK static enum err
prepare(struct place *p, struct data_folder_told *told)
{
    enum err err;

    p->api.ctx = p;
    data_folder_told_init(told);
    err = data_folder_prepare(&p->api, PATH, told);
    assert_int_equal(p->open, 0);
    return err;
}

static void
creates(void **state)
{
    struct place p = good_place();
    struct data_folder_told told;

    (void)state;
    p.there = false;
    assert_int_equal(prepare(&p, &told), ERR_OK);
    assert_true(told.created && !told.moved && p.is_protected);
    assert_string_equal(buf_str(&told.path), PATH);
    assert_int_equal(p.calls[OPEN], 0);
    data_folder_told_fini(&told);
}

static void
keeps_a_good_one(void **state)
{
    struct place p = good_place();
    struct data_folder_told told;

    (void)state;
    assert_int_equal(prepare(&p, &told), ERR_OK);
    assert_true(!told.created && !told.moved && p.is_protected);
    assert_int_equal(told.code, FOLDER_OK);
    assert_int_equal(p.calls[MOVE], 0);
    data_folder_told_fini(&told);
}

static void
moves_a_foreign_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        struct place p = good_place();
        struct data_folder_told told;

        p.link = i == 0;
        p.folder = i != 1;
        p.owner = i == 2 ? (struct sv){USERS, 16} : p.owner;
        p.acl = i == 3 ? &acl_rows[6] : p.acl;
        p.no_dacl = i == 4;
        p.fault[OPEN] = i == 5 ? FOLDER_ACCESS_DENIED : FOLDER_OK;
        p.fault[LOOK] = i == 6 ? FOLDER_ACCESS_DENIED : FOLDER_OK;
        assert_int_equal(prepare(&p, &told), ERR_OK);
        assert_true(told.created && told.moved && p.is_protected);
        assert_int_equal(p.calls[PROTECT], 0); /* not of the foreign one */
        assert_string_equal(p.moved_to, PATH ".foreign-20261104T000000Z");
        assert_string_equal(buf_str(&told.moved_to), p.moved_to);
        data_folder_told_fini(&told);
    }
}

static void
finds_a_free_name(void **state)
{
    struct place p = good_place();
    struct data_folder_told told;

    (void)state;
    p.link = true;
    p.taken = 2;
    assert_int_equal(prepare(&p, &told), ERR_OK);
    assert_string_equal(p.moved_to, PATH ".foreign-20261104T000000Z-3");
    data_folder_told_fini(&told);
    p = good_place();
    p.link = true;
    p.taken = DATA_FOLDER_NAMES * DATA_FOLDER_TRIES;
    assert_int_equal(prepare(&p, &told), ERR_ACCESS);
    assert_false(told.moved);
    data_folder_told_fini(&told);
}

/* Somebody puts a foreign one there again and again. */
static void
gives_up(void **state)
{
    struct place p = good_place();
    struct data_folder_told told;

    (void)state;
    p.link = true;
    p.returns = DATA_FOLDER_TRIES - 1;
    assert_int_equal(prepare(&p, &told), ERR_ACCESS);
    assert_true(told.moved && !told.created);
    assert_int_equal(p.calls[MOVE], DATA_FOLDER_TRIES);
    data_folder_told_fini(&told);
    p = good_place();
    p.link = true;
    p.returns = DATA_FOLDER_TRIES - 2;
    assert_int_equal(prepare(&p, &told), ERR_OK);
    data_folder_told_fini(&told);
}

static void
failures(void **state)
{
    static const struct {
        enum call call;
        uint32_t code;
        enum err err;
    } rows[] = {
        {CREATE, FOLDER_PATH_NOT_FOUND, ERR_NOTFOUND},
        {CREATE, FOLDER_INVALID_OWNER, ERR_ACCESS},
        {CREATE, FOLDER_ACCESS_DENIED, ERR_ACCESS},
        {CREATE, FOLDER_NOT_ENOUGH_MEMORY, ERR_NOMEM},
        {CREATE, 1392, ERR_IO},
        {OPEN, FOLDER_NOT_ENOUGH_MEMORY, ERR_NOMEM},
        {LOOK, FOLDER_NOT_ENOUGH_MEMORY, ERR_NOMEM},
        {PROTECT, FOLDER_ACCESS_DENIED, ERR_ACCESS},
        {PROTECT, FOLDER_INVALID_OWNER, ERR_ACCESS},
        {PROTECT, 1392, ERR_IO},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct place p = good_place();
        struct data_folder_told told;

        p.fault[rows[i].call] = rows[i].code;
        assert_int_equal(prepare(&p, &told), rows[i].err);
        assert_int_equal(told.code, rows[i].code);
        assert_int_equal(p.calls[MOVE], 0);
        data_folder_told_fini(&told);
    }
    for (uint32_t code = FOLDER_ACCESS_DENIED; code <= FOLDER_SHARING_VIOLATION; code += 27) {
        struct place p = good_place();
        struct data_folder_told told;

        p.link = true;
        p.fault[MOVE] = code;
        assert_int_equal(prepare(&p, &told), code == FOLDER_ACCESS_DENIED ? ERR_ACCESS : ERR_BUSY);
        assert_false(told.moved);
        data_folder_told_fini(&told);
    }
}

/* No memory says nothing against a folder: it is not moved. */
static void
no_memory(void **state)
{
    (void)state;
    for (size_t n = 0; n < 8; n++) {
        struct place p = good_place();
        struct data_folder_told told;
        enum err err;

        p.api.ctx = &p;
        data_folder_told_init(&told);
        mem_fail_after(n);
        err = data_folder_prepare(&p.api, PATH, &told);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        assert_int_equal(p.calls[MOVE], 0);
        assert_int_equal(p.open, 0);
        data_folder_told_fini(&told);
    }
}

/* -- privileges ---------------------------------------------------------------------------------
 */

struct token {
    struct privilege held[PRIVILEGES_MAX];
    size_t count;
    uint32_t list_code, remove_code;
    const char *stuck; /* cannot be removed */
    unsigned removes;
};

static uint32_t
token_list(void *ctx, struct privilege out[PRIVILEGES_MAX], size_t *count)
{
    struct token *t = ctx;

    memcpy(out, t->held, t->count * sizeof(*out));
    *count = t->count;
    return t->list_code;
}

static uint32_t
token_remove(void *ctx, const struct privilege *p, size_t count)
{
    struct token *t = ctx;

    t->removes++;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < t->count; k++) {
            if (t->held[k].luid == p[i].luid &&
                (t->stuck == NULL || strcmp(p[i].name, t->stuck) != 0)) {
                t->held[k] = t->held[--t->count];
            }
        }
    }
    return t->remove_code;
}

static struct token
token_of(const char *const *names, size_t count)
{
    struct token t = {.count = count};

    for (size_t i = 0; i < count; i++) {
        t.held[i].luid = 2 + i;
        memcpy(t.held[i].name, names[i], strlen(names[i]) + 1);
    }
    return t;
}

static void
privileges(void **state)
{
    static const char *const system[] = {
        "SeTcbPrivilege",          "SeDebugPrivilege",    "SeSecurityPrivilege",
        "SeChangeNotifyPrivilege", "SeBackupPrivilege",   "SeSystemProfilePrivilege",
        "SeLoadDriverPrivilege",   "SeShutdownPrivilege",
    };
    static const char *const user[] = {"SeChangeNotifyPrivilege", "SeUndockPrivilege"};
    struct token t = token_of(system, COUNT(system));
    struct privilege_api api = {&t, token_list, token_remove};
    struct privileges p;

    (void)state;
    privileges_limit(&api, &p);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.missing_count, 0);
    assert_int_equal(p.removed, 3);
    assert_int_equal(p.left, 0);
    assert_int_equal(t.count, PRIVILEGES_NEEDED);
    privileges_limit(&api, &p); /* nothing more to do */
    assert_int_equal(t.removes, 1);
    assert_int_equal(p.removed, 0);

    t = token_of(user, COUNT(user));
    t.remove_code = PRIVILEGE_NOT_ALL_ASSIGNED; /* success */
    privileges_limit(&api, &p);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.missing_count, 4);
    assert_false(p.missing[0]);
    assert_true(p.missing[1] && p.missing[2] && p.missing[3] && p.missing[4]);

    t = token_of(system, COUNT(system));
    t.stuck = "SeTcbPrivilege";
    t.remove_code = 5;
    privileges_limit(&api, &p);
    assert_int_equal(p.code, 5);
    assert_int_equal(p.left, 1);
    assert_int_equal(p.removed, 2);

    t.list_code = 5;
    privileges_limit(&api, &p);
    assert_int_equal(p.code, 5);
    assert_int_equal(p.missing_count, 0); /* unknown is not missing */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(damaged_lists),
        cmocka_unit_test(sids),
        cmocka_unit_test(creates),
        cmocka_unit_test(keeps_a_good_one),
        cmocka_unit_test(moves_a_foreign_one),
        cmocka_unit_test(finds_a_free_name),
        cmocka_unit_test(gives_up),
        cmocka_unit_test(failures),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(privileges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
