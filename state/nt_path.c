/* nt_path - prefixes of the kernel's namespace and what a person writes for them. */
#include "state/nt_path.h"

#include "core/metrics.h"
#include "core/utf.h"

#define DEVICE_VOLUME SV("\\Device\\HarddiskVolume")
#define GLOBAL SV("\\\\?\\GLOBALROOT")
#define GLOBAL_VOLUME SV("\\\\?\\GLOBALROOT\\Device\\HarddiskVolume")
#define MUP SV("\\Device\\Mup\\")
#define DOS_DEVICES SV("\\??\\")
#define SYSTEM_ROOT SV("\\SystemRoot\\")
#define SYSTEM_ROOT_SHOWN SV("%SystemRoot%")

static bool
starts_nocase(struct sv s, struct sv prefix)
{
    return s.len >= prefix.len && sv_eq_nocase((struct sv){s.p, prefix.len}, prefix);
}

static struct sv
behind(struct sv s, size_t len)
{
    return (struct sv){s.p + len, s.len - len};
}

/* "3\x" behind the prefix of a volume: its number, and "\x". */
static bool
take_volume(struct sv path, struct sv prefix, uint16_t *volume, struct sv *rest)
{
    uint32_t number = 0;
    size_t at = prefix.len;

    if (!starts_nocase(path, prefix)) {
        return false;
    }
    while (at < path.len && path.p[at] >= '0' && path.p[at] <= '9' && number < NT_VOLUME_MAX) {
        number = number * 10 + (uint32_t)(path.p[at++] - '0');
    }
    if (at == prefix.len || number >= NT_VOLUME_MAX || at == path.len || path.p[at] != '\\') {
        return false;
    }
    *volume = (uint16_t)number;
    *rest = behind(path, at);
    return true;
}

static char
find_letter(const struct nt_drives *drives, uint16_t volume)
{
    for (size_t i = 0; i < drives->count; i++) {
        if (drives->item[i].volume == volume) {
            return drives->item[i].letter;
        }
    }
    return '\0';
}

static bool
has_drive(struct sv path)
{
    return path.len > 2 && path.p[1] == ':' && path.p[2] == '\\' &&
           ((path.p[0] >= 'A' && path.p[0] <= 'Z') || (path.p[0] >= 'a' && path.p[0] <= 'z'));
}

static struct sv
join(struct sv head, struct sv tail, char out[EVENT_TEXT_MAX])
{
    struct sv cut = utf8_cut(tail, EVENT_TEXT_MAX - head.len);

    if (cut.len < tail.len) {
        metric_add(METRIC_TEXTS_CUT, 1);
    }
    memcpy(out, head.p, head.len);
    memcpy(out + head.len, cut.p, cut.len);
    return (struct sv){out, head.len + cut.len};
}

static struct sv
open_volume(char letter, struct sv path, struct sv rest, char out[EVENT_TEXT_MAX])
{
    char drive[2] = {letter, ':'};

    return letter == '\0' ? join(GLOBAL, path, out) : join((struct sv){drive, 2}, rest, out);
}

bool
nt_path_open(const struct nt_drives *drives, struct sv path, char out[EVENT_TEXT_MAX],
             struct sv *result)
{
    struct sv rest;
    uint16_t volume;

    if (path.len < 4 || path.p[0] != '\\') {
        return false;
    }
    if (take_volume(path, DEVICE_VOLUME, &volume, &rest)) {
        *result = open_volume(find_letter(drives, volume), path, rest, out);
        return true;
    }
    if (take_volume(path, GLOBAL_VOLUME, &volume, &rest)) {
        if (find_letter(drives, volume) == '\0') {
            return false;
        }
        *result = open_volume(find_letter(drives, volume), path, rest, out);
        return true;
    }
    if (starts_nocase(path, MUP)) {
        *result = join(SV("\\\\"), behind(path, MUP.len), out);
        return true;
    }
    if (starts_nocase(path, DOS_DEVICES) && has_drive(behind(path, DOS_DEVICES.len))) {
        *result = join(SV(""), behind(path, DOS_DEVICES.len), out);
        return true;
    }
    if (starts_nocase(path, SYSTEM_ROOT)) {
        *result = join(SYSTEM_ROOT_SHOWN, behind(path, SYSTEM_ROOT.len - 1), out);
        return true;
    }
    return false;
}

/* -- learning ---------------------------------------------------------------------------------- */

static void
learn_pair(struct nt_drives *drives, struct sv by_number, struct sv by_letter)
{
    struct sv rest;
    uint16_t volume;
    char letter;

    if (!has_drive(by_letter) || (!take_volume(by_number, DEVICE_VOLUME, &volume, &rest) &&
                                  !take_volume(by_number, GLOBAL_VOLUME, &volume, &rest))) {
        return;
    }
    if (!sv_eq_nocase(rest, behind(by_letter, 2)) || find_letter(drives, volume) != '\0' ||
        drives->count == NT_DRIVES_MAX) {
        return;
    }
    letter = by_letter.p[0];
    drives->item[drives->count].volume = volume;
    drives->item[drives->count].letter = (char)(letter >= 'a' ? letter - 'a' + 'A' : letter);
    drives->count++;
}

void
nt_path_learn(struct nt_drives *drives, struct sv a, struct sv b)
{
    learn_pair(drives, a, b);
    learn_pair(drives, b, a);
}

/* -- names ------------------------------------------------------------------------------------- */

struct sv
nt_path_of_command(struct sv command_line)
{
    struct sv s = sv_trim(command_line);
    char end = s.len > 0 && s.p[0] == '"' ? '"' : ' ';
    size_t from = end == '"' ? 1 : 0;
    size_t len = 0;

    while (from + len < s.len && s.p[from + len] != end) {
        len++;
    }
    return (struct sv){s.p + (from < s.len ? from : s.len), from < s.len ? len : 0};
}

struct sv
nt_path_name(struct sv path)
{
    size_t at = path.len;

    while (at > 0 && path.p[at - 1] != '\\') {
        at--;
    }
    return behind(path, at);
}

unsigned
nt_path_rank(struct sv path)
{
    struct sv name = nt_path_name(path);

    if (path.len == 0) {
        return 0;
    }
    if (name.len == path.len) {
        return 1;
    }
    return has_drive(path) ? 3 : 2;
}
