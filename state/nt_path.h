/*
 * nt_path - the kernel's names of files as a person can open them.
 *
 *   \??\C:\x                         C:\x
 *   \Device\HarddiskVolume3\x        C:\x where the drive is known, else
 *                                    \\?\GLOBALROOT\Device\HarddiskVolume3\x, which opens on the PC
 *   \Device\Mup\server\share\x       \\server\share\x
 *   \SystemRoot\System32\x           %SystemRoot%\System32\x
 * Everything else stays as it is: paths with a drive, bare names, what is no path.
 * Drives are learned from files that are told of by both names.
 */
#pragma once

#include "core/event.h"

#define NT_DRIVES_MAX 32u   /* volumes known on one computer; further ones keep the long name */
#define NT_VOLUME_MAX 4096u /* numbers a volume may have */

struct nt_drives {
    size_t count;
    struct {
        uint16_t volume;
        char letter;
    } item[NT_DRIVES_MAX];
};

/* Into out, which holds no part of path, when it changes; false: it stays as it is. */
bool nt_path_open(const struct nt_drives *drives, struct sv path, char out[EVENT_TEXT_MAX],
                  struct sv *result);
/* One file by two names, as nt_path_open() gives them or as they were logged. Learns the drive when
 * one of them is on a volume by its number and the other by its letter, and the rest is equal. */
void nt_path_learn(struct nt_drives *drives, struct sv a, struct sv b);
/* The program of a command line: "C:\Program Files\x.exe" -k ... Empty when it has none. */
struct sv nt_path_of_command(struct sv command_line);
/* Behind the last backslash. */
struct sv nt_path_name(struct sv path);
/* How much it tells, to choose between two names of one file: 0 nothing, 1 a bare name, 2 a path, 3
 * a path that opens everywhere on the PC. */
unsigned nt_path_rank(struct sv path);
