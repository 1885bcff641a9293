/* sim_ip - two forms of address. */
#include "sim_ip.h"

#include <stdlib.h>
#include <string.h>

#define V6_NET "2620:4f:8000::"

struct sim_ip
sim_ip_parse(const char *text)
{
    static const uint8_t net[] = {0x26, 0x20, 0x00, 0x4f, 0x80, 0x00};
    struct sim_ip ip = {0};

    if (strncmp(text, V6_NET, strlen(V6_NET)) == 0) {
        unsigned long tail = strtoul(text + strlen(V6_NET), NULL, 16);

        ip.v6 = 1;
        memcpy(ip.bytes, net, sizeof(net));
        ip.bytes[14] = (uint8_t)(tail >> 8);
        ip.bytes[15] = (uint8_t)tail;
        return ip;
    }
    for (size_t i = 0; i < 4; i++) {
        char *end;

        ip.bytes[i] = (uint8_t)strtoul(text, &end, 10);
        text = end + (*end == '.');
    }
    return ip;
}
