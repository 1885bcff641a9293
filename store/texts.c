/* texts - a hash table over the latest texts, in front of the tables `text` and `account`. */
#include "store/texts.h"

#include <sqlite3.h>

#include "core/event.h"
#include "core/hash.h"
#include "core/mem.h"

#define SLOTS (2u * TEXTS_MAX) /* a power of two; at most half full */

enum entry_kind { ENTRY_TEXT, ENTRY_ADDR, ENTRY_ACCOUNT };

struct entry {
    int64_t id;
    uint32_t offset; /* of its bytes */
    uint16_t len;
    uint16_t kind; /* enum entry_kind: only entries of one kind are the same */
};

struct slot {
    uint32_t tag;   /* upper half of the hash */
    uint32_t entry; /* index + 1; 0 is empty */
};

struct texts {
    sqlite3 *db;
    sqlite3_stmt *insert;
    sqlite3_stmt *insert_account;
    struct slot *slots;
    struct entry *entries;
    char *bytes;
    uint32_t count;
    uint32_t used;                 /* of bytes */
    uint32_t mark, mark_used;      /* count and used of the last texts_mark() */
    bool mark_gone;                /* what was remembered then is not any more */
    uint32_t recent[TEXTS_PLACES]; /* entry that was last at a place; may be another's by now */
};

struct key {
    const void *data;
    size_t len;
    enum entry_kind kind;
    size_t place;
};

enum err
texts_create(sqlite3 *db, struct texts **out)
{
    struct texts *t = mem_zalloc(sizeof(*t));
    enum err err = ERR_NOMEM;

    *out = NULL;
    if (t == NULL) {
        return why_set(ERR_NOMEM, "opening the store: out of memory");
    }
    t->db = db;
    t->slots = mem_array(SLOTS, sizeof(*t->slots));
    t->entries = mem_array(TEXTS_MAX, sizeof(*t->entries));
    t->bytes = mem_alloc(TEXTS_BYTES_MAX);
    if (t->slots == NULL || t->entries == NULL || t->bytes == NULL) {
        err = why_set(ERR_NOMEM, "opening the store: out of memory");
        goto done;
    }
    err = db_prepare(db, "INSERT INTO text(id,value) VALUES(NULL,?1)", &t->insert);
    if (err) {
        goto done;
    }
    err = db_prepare(db, "INSERT INTO account(id,name,domain,key) VALUES(NULL,?1,?2,?3)",
                     &t->insert_account);
    if (err) {
        goto done;
    }
    *out = t;
    t = NULL;
done:
    texts_destroy(t);
    return err;
}

void
texts_destroy(struct texts *t)
{
    if (t == NULL) {
        return;
    }
    (void)sqlite3_finalize(t->insert);
    (void)sqlite3_finalize(t->insert_account);
    mem_free(t->slots);
    mem_free(t->entries);
    mem_free(t->bytes);
    mem_free(t);
}

static bool
entry_is(const struct texts *t, const struct entry *e, const struct key *key)
{
    return e->len == key->len && e->kind == (uint16_t)key->kind &&
           memcmp(t->bytes + e->offset, key->data, key->len) == 0;
}

/* The slot that holds the key, or the empty one where it belongs. */
static struct slot *
find_slot(struct texts *t, const struct key *key, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    uint32_t at = (uint32_t)hash & (SLOTS - 1);

    while (t->slots[at].entry != 0) {
        if (t->slots[at].tag == tag && entry_is(t, &t->entries[t->slots[at].entry - 1], key)) {
            break;
        }
        at = (at + 1) & (SLOTS - 1);
    }
    return &t->slots[at];
}

static void
forget_all(struct texts *t)
{
    memset(t->slots, 0, SLOTS * sizeof(*t->slots));
    t->count = 0;
    t->used = 0;
    t->mark_gone = true;
}

static void
remember(struct texts *t, const struct key *key, uint64_t hash, int64_t id)
{
    struct slot *slot;

    if (t->count == TEXTS_MAX || key->len > TEXTS_BYTES_MAX - t->used) {
        forget_all(t);
    }
    slot = find_slot(t, key, hash);
    memcpy(t->bytes + t->used, key->data, key->len);
    t->entries[t->count] = (struct entry){id, t->used, (uint16_t)key->len, (uint16_t)key->kind};
    t->recent[key->place] = t->count;
    t->used += (uint32_t)key->len;
    t->count++;
    *slot = (struct slot){(uint32_t)(hash >> 32), t->count};
}

static enum err
insert(struct texts *t, struct sv text, int64_t *out)
{
    /* An empty text is a text, not NULL: db_bind_text() would not tell them apart. */
    int rc = sqlite3_bind_text64(t->insert, 1, text.len == 0 ? "" : text.p, text.len, SQLITE_STATIC,
                                 SQLITE_UTF8);
    enum err err;

    if (rc != SQLITE_OK) {
        return why_sqlite(t->db, rc, "writing a text");
    }
    err = db_run(t->db, t->insert, "writing a text");
    if (err == ERR_OK) {
        *out = sqlite3_last_insert_rowid(t->db);
    }
    return err;
}

static bool
recall_recent(const struct texts *t, const struct key *key, int64_t *out)
{
    uint32_t i = t->recent[key->place];

    if (i >= t->count || !entry_is(t, &t->entries[i], key)) {
        return false;
    }
    *out = t->entries[i].id;
    return true;
}

/* The number of what is remembered. When it is not: false, and its hash for remember(). */
static bool
recall(struct texts *t, const struct key *key, uint64_t *hash, int64_t *out)
{
    const struct slot *slot;

    if (recall_recent(t, key, out)) {
        return true;
    }
    *hash = hash64(key->data, key->len);
    slot = find_slot(t, key, *hash);
    if (slot->entry == 0) {
        return false;
    }
    t->recent[key->place] = slot->entry - 1;
    *out = t->entries[slot->entry - 1].id;
    return true;
}

enum err
texts_id(struct texts *t, size_t place, struct sv text, int64_t *out)
{
    struct key key = {text.len == 0 ? "" : text.p, text.len, ENTRY_TEXT, place};
    uint64_t hash;
    enum err err;

    if (text.len > TEXTS_LEN_MAX) {
        return insert(t, text, out);
    }
    if (recall(t, &key, &hash, out)) {
        return ERR_OK;
    }
    err = insert(t, text, out);
    if (err == ERR_OK) {
        remember(t, &key, hash, *out);
    }
    return err;
}

enum err
texts_addr(struct texts *t, size_t place, const struct addr *a, int64_t *out)
{
    struct key key = {a, sizeof(*a), ENTRY_ADDR, place};
    char text[ADDR_TEXT_MAX];
    uint64_t hash;
    enum err err;

    if (recall(t, &key, &hash, out)) {
        return ERR_OK;
    }
    err = insert(t, (struct sv){text, addr_format(a, text)}, out);
    if (err == ERR_OK) {
        remember(t, &key, hash, *out);
    }
    return err;
}

/* -- transactions ----------------------------------------------------------------------------- */

void
texts_mark(struct texts *t)
{
    t->mark = t->count;
    t->mark_used = t->used;
    t->mark_gone = false;
}

void
texts_forget(struct texts *t)
{
    forget_all(t);
    texts_mark(t);
}

void
texts_revert(struct texts *t)
{
    uint32_t count = t->mark;

    if (t->mark_gone) {
        texts_forget(t);
        return;
    }
    if (t->count == count) {
        return;
    }
    memset(t->slots, 0, SLOTS * sizeof(*t->slots));
    t->count = count;
    t->used = t->mark_used;
    for (uint32_t i = 0; i < count; i++) {
        const struct entry *e = &t->entries[i];
        const struct key key = {t->bytes + e->offset, e->len, (enum entry_kind)e->kind, 0};
        uint64_t hash = hash64(key.data, key.len);

        *find_slot(t, &key, hash) = (struct slot){(uint32_t)(hash >> 32), i + 1};
    }
}

/* -- accounts --------------------------------------------------------------------------------- */

static enum err
insert_account(struct texts *t, const struct texts_name *name, int64_t *out)
{
    char key[ACCOUNT_KEY_MAX];
    size_t len = 0;
    int rc = SQLITE_OK;
    enum err err;

    if (name->account.len > 0) {
        len = account_key(name->account, name->domain, name->host, key);
    }
    db_bind_text(t->insert_account, 1, name->account, &rc);
    db_bind_text(t->insert_account, 2, name->domain, &rc);
    db_bind_text(t->insert_account, 3, (struct sv){key, len}, &rc);
    if (rc != SQLITE_OK) {
        return why_sqlite(t->db, rc, "writing an account");
    }
    err = db_run(t->db, t->insert_account, "writing an account");
    if (err == ERR_OK) {
        *out = sqlite3_last_insert_rowid(t->db);
    }
    return err;
}

/* One text after the other, behind the lengths of the first two: no two names are the same bytes.
 * 0 when it would be longer than TEXTS_LEN_MAX. */
static size_t
join_name(const struct texts_name *name, char out[TEXTS_LEN_MAX])
{
    const struct sv parts[] = {name->host, name->domain, name->account};
    const uint16_t lens[] = {(uint16_t)name->host.len, (uint16_t)name->domain.len};
    size_t len = sizeof(lens);

    memcpy(out, lens, sizeof(lens));
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (parts[i].len > TEXTS_LEN_MAX - len) {
            return 0;
        }
        if (parts[i].len > 0) {
            memcpy(out + len, parts[i].p, parts[i].len);
        }
        len += parts[i].len;
    }
    return len;
}

enum err
texts_account(struct texts *t, size_t place, const struct texts_name *name, int64_t *out)
{
    char joined[TEXTS_LEN_MAX];
    struct key key = {joined, join_name(name, joined), ENTRY_ACCOUNT, place};
    uint64_t hash;
    enum err err;

    if (key.len == 0) {
        return insert_account(t, name, out);
    }
    if (recall(t, &key, &hash, out)) {
        return ERR_OK;
    }
    err = insert_account(t, name, out);
    if (err == ERR_OK) {
        remember(t, &key, hash, *out);
    }
    return err;
}
