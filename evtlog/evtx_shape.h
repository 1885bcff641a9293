/*
 * evtx_shape - what one fragment of binary XML says, compiled once: which value feeds which part
 * of the System element, and which feeds which named datum of EventData or UserData.
 *
 * A shape comes from a template definition (its values arrive with every record) or from a
 * fragment that has no template (all its texts are literals). Elements that no mapping can use
 * leave nothing behind.
 *
 * Offsets of names count from the chunk's first byte, as in the file; offsets of literals count
 * from the first byte that was compiled, so that an equal template elsewhere has an equal shape.
 * Errors: ERR_FORMAT for bytes that are no binary XML, ERR_RANGE beyond a limit below.
 */
#pragma once

#include "core/sv.h"

#define SHAPE_DEPTH_MAX 32 /* elements inside each other */
#define SHAPE_LEAVES_MAX 256
#define SHAPE_PIECES_MAX 1024
#define SHAPE_NESTED_MAX 8
#define SHAPE_NAMES_MAX 8192 /* bytes of all data names */
#define SHAPE_NAME_MAX 128   /* longer names are in no mapping: their data are left out */
#define SHAPE_OUTER_MAX 128  /* names that stand outside the compiled bytes */

/* Parts of System that are read. */
enum shape_sys {
    SYS_PROVIDER,
    SYS_EVENT_ID,
    SYS_VERSION,
    SYS_TIME,
    SYS_RECORD_ID,
    SYS_PROCESS_ID,
    SYS_CHANNEL,
    SYS_COMPUTER,
    SYS_LEVEL, /* from here on: read for those rows of the mapping that want it */
    SYS_USER_ID,
    SYS_COUNT,
    SYS_NONE = SYS_COUNT
};

/* The part of System that an element has; SYS_NONE: none that is read. */
enum shape_sys shape_system_element(struct sv name);
/* The attribute that holds it; NULL when the element's text does. */
const char *shape_system_attribute(enum shape_sys sys);

/* Where the fragment stands, which decides what its outermost elements mean. */
enum shape_scope {
    SCOPE_TOP,       /* <Event> is expected */
    SCOPE_EVENT,     /* inside <Event> */
    SCOPE_EVENTDATA, /* inside <EventData>: <Data Name="…"> */
    SCOPE_USERDATA,  /* inside <UserData>: any elements, named by themselves */
    SCOPE_SYSTEM,
    SCOPE_LEAF, /* inside an element whose text is wanted */
    SCOPE_SKIP,
};

enum shape_source { PIECE_LITERAL, PIECE_VALUE, PIECE_CHAR };

/* A run of text: bytes of a type, the value of a substitution, or one character. */
struct shape_piece {
    uint8_t source; /* enum shape_source */
    uint8_t type;   /* PIECE_LITERAL */
    uint16_t value; /* PIECE_VALUE: index; PIECE_CHAR: UTF-16 unit */
    uint32_t at, len;
};

/* The text of one element or attribute. */
struct shape_leaf {
    uint8_t sys; /* enum shape_sys; SYS_NONE: a datum with a name */
    uint8_t name_len;
    uint16_t name_at; /* in names[] */
    uint16_t piece_at, piece_count;
};

/* A value that may hold a fragment of its own. */
struct shape_nested {
    uint16_t value;
    uint8_t scope;
};

/* A name the fragment refers to: equal bytes there are needed for an equal shape. */
struct shape_outer {
    uint32_t at;
    uint32_t len;
};

struct shape {
    size_t leaf_count, piece_count, nested_count, names_len, outer_count;
    bool outer_full; /* more names outside than were kept: never equal to another */
    struct shape_leaf leaf[SHAPE_LEAVES_MAX];
    struct shape_piece piece[SHAPE_PIECES_MAX];
    struct shape_nested nested[SHAPE_NESTED_MAX];
    struct shape_outer outer[SHAPE_OUTER_MAX];
    char names[SHAPE_NAMES_MAX];
};

/* The bytes to compile: chunk[at .. end). */
struct shape_input {
    const uint8_t *chunk;
    size_t chunk_len;
    size_t at, end;
    enum shape_scope scope;
    bool in_template; /* elements carry a dependency id */
};

/* Large: *out is the caller's storage and is undefined on error. */
MUST_CHECK enum err shape_compile(const struct shape_input *in, struct shape *out);

static inline struct sv
shape_leaf_name(const struct shape *s, const struct shape_leaf *leaf)
{
    return (struct sv){s->names + leaf->name_at, leaf->name_len};
}
