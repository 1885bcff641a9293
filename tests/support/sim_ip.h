/* sim_ip - the addresses that the simulator uses, as bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sim_ip {
    int v6;
    uint8_t bytes[16]; /* network order; of IPv4 the first four */
};

/* "a.b.c.d", or "2620:4f:8000::x", the only IPv6 network of the story. */
struct sim_ip sim_ip_parse(const char *text);
