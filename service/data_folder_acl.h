/*
 * data_folder_acl - who may write, by the bytes of an access control list.
 *
 * Layouts: [MS-DTYP] 2.4.2.2 SID, 2.4.4 ACE, 2.4.5 ACL (little endian, packed as they come).
 * What is cut short, of an unknown form or not there lets others write: whoever asks would rather
 * begin anew than trust it. Deny entries are not weighed against it.
 */
#pragma once

#include "core/sv.h"

#define SID_LEN_MAX 68u /* 15 sub-authorities */

/* SYSTEM, Administrators, TrustedInstaller, or `user` (which may be absent). */
bool sid_is_trusted(struct sv sid, struct sv user);
/* Some other account may create, change or delete in it, or change its security; now, or in what
 * is created in it later. */
bool acl_others_write(struct sv acl, struct sv user);
