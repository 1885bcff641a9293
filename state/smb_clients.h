/*
 * smb_clients - who is at the other end of an SMB connection, by the GUID that the SMB server gave
 * it: only the event that accepts it names the client, the later ones name the connection.
 *
 * Memory:  SMB_CLIENTS_MAX places, allocated with the first connection; of those that share a few
 *          places the oldest goes (METRIC_SMB_CLIENTS_FULL). That one ended is not told.
 * Threads: the detect thread only.
 */
#pragma once

#include "core/event.h"

#define SMB_CLIENTS_MAX 4096u

struct smb_clients;
MUST_CHECK enum err smb_clients_create(struct smb_clients **out);
void smb_clients_destroy(struct smb_clients *c);
/* Learns from SMBServer 500; gives source and port to 550, 551 and 552 that lack them. *changed is
 * set when *ev was completed. ERR_NOMEM only. */
MUST_CHECK enum err smb_clients_complete(struct smb_clients *c, uint32_t host_id, struct event *ev,
                                         bool *changed);
