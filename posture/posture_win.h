/*
 * posture_win - what the Windows halves of posture share. Codes are Win32, as in posture_api.h.
 */
#pragma once

#include <wchar.h>

#include "posture/posture_api.h"

/* Fills out[cap] with UTF-8 and NULs. The text ends at a NUL or after cap_units;
 * NULL is "". */
void posture_text(const wchar_t *text, size_t cap_units, char *out, size_t cap);
/* A GUID of 16 bytes as it lies in memory, upper case. */
void posture_guid(const void *guid, char out[POSTURE_GUID_LEN]);
/* Fills dial_type of the PPP interfaces that RAS has dialled; without RAS: leaves them. */
void posture_dial_types(struct posture_adapter *adapters, uint32_t count);

/* Calls of struct posture_api. */
uint32_t posture_device_read(void *ctx, const char *guid, struct posture_device *out);
uint32_t posture_listeners_read(void *ctx, enum posture_table table, struct posture_listener *out,
                                uint32_t cap, uint32_t *total);
uint32_t posture_rdp_ports_read(void *ctx, uint16_t *out, uint32_t *count);
