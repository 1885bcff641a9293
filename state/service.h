/*
 * service - which service a logon record (4624, 4625) was for, by evidence, never by the logon
 * type alone. Records of a service itself (131, 551, 4771 ...) need no such question.
 */
#pragma once

#include "core/attempt.h"
#include "core/event.h"

struct service_guess {
    enum logon_service service;
    uint8_t confidence; /* percent; 100 = stated */
};

/*
 * Type 10 is Remote Desktop. A process names its service. What is left is NTLM that the system
 * itself answered: with a remote port it is most likely the SMB server (HTTP and RPC look alike),
 * with an address but no port Remote Desktop with NLA. Both are below 100.
 */
struct service_guess service_of_logon(const struct event *ev);

/* By a port that a service listens on; SERVICE_UNKNOWN for all others. */
enum logon_service service_of_port(uint16_t port);

/* True when no process of its own asked for the logon: the system answered NTLM itself. */
bool service_is_plain_ntlm(const struct event *ev);
