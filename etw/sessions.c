/* sessions - the table. */
#include "etw/sessions.h"

#include "etw/catalog.h"

#define MODE (ETW_MODE_REAL_TIME | ETW_MODE_INDEPENDENT)
#define REVISION 1
/* Five numbers of a GUID, its last byte the revision. */
#define OURS(a, b, c, d, e) ETW_GUID(a, b, c, d, (e) << 8 | REVISION)

#define KERNEL_PROCESS ETW_GUID(0x22fb2cd6, 0x0e7b, 0x422b, 0xa0c7, 0x2fad1fd0e716)
#define KERNEL_NETWORK ETW_GUID(0x7dd42a49, 0x5329, 0x4832, 0x8dfd, 0x43d979153a88)
#define TCPIP ETW_GUID(0x2f07e2ee, 0x15db, 0x40f1, 0x90ef, 0x9d7ba282188a)
#define DNS_CLIENT ETW_GUID(0x1c95126e, 0x7eea, 0x49a9, 0xa3fe, 0xa378b03ddb4d)
#define SMB_SERVER ETW_GUID(0xd48ce617, 0x33a2, 0x4bc3, 0xa5c7, 0x11aa4f29619e)
#define CANARY ETW_GUID(0x9ff6ae3f, 0x2f77, 0x4d35, 0xad52, 0x127f9b57955a)

#define LEVEL_INFO 4
#define LEVEL_VERBOSE 5

const struct etw_guid etw_canary_guid = CANARY;

#define SOURCE_CANARY                                                                              \
    {                                                                                              \
        .provider = CANARY, .name = "Canary", .level = LEVEL_INFO, .canary = true                  \
    }

const struct etw_session_row etw_session_rows[ETW_SESSION_COUNT] = {
    [ETW_SESSION_PROCESS] = {.name = "Kanari-Process",
                             .guid = OURS(0x7767643b, 0x382c, 0x41ad, 0xa2a7, 0xcca556cabe),
                             .buffer_kb = 64,
                             .buffers_min = 16,
                             .buffers_max =
                                 256, /* images: a logon loads thousands within a second */
                             .flush_s = 1,
                             .mode = MODE,
                             .count = 2,
                             .source = {{.provider = KERNEL_PROCESS,
                                         .name = "Kernel-Process",
                                         .level = LEVEL_INFO,
                                         .rundown = true,
                                         .keyword = 0x50, /* PROCESS, IMAGE */
                                         .id_count = 4,
                                         .ids = {1, 2, 5, 15}},
                                        SOURCE_CANARY}},
    [ETW_SESSION_SYSTEM] = {.name = "Kanari-System",
                            .guid = OURS(0xea2757d4, 0x2255, 0x4fd2, 0x913f, 0xa9217feaeb),
                            .buffer_kb = 64,
                            .buffers_min = 16,
                            .buffers_max = 64,
                            .flush_s = 1,
                            .mode = MODE | ETW_MODE_SYSTEM_LOGGER,
                            .kernel_flags = ETW_KERNEL_PROCESS | ETW_KERNEL_NO_SYSCONFIG},
    [ETW_SESSION_NETWORK] = {.name = "Kanari-Network",
                             .guid = OURS(0x13b61c81, 0xb930, 0x40f5, 0x9339, 0xd504a6ed1a),
                             .buffer_kb = 64,
                             .buffers_min = 16,
                             .buffers_max = 256,
                             .flush_s = 1,
                             .mode = MODE,
                             .count = 4,
                             .source = {{.provider = TCPIP,
                                         .name = "TCPIP",
                                         .level = LEVEL_VERBOSE,
                                         .rundown = true,
                                         .keyword = UINT64_C(0x400000000), /* ConnectPath */
                                         .id_count = 11,
                                         .ids = {1017, 1033, 1034, 1038, 1039, 1040, 1041, 1042,
                                                 1043, 1044, 1300}},
                                        {.provider = DNS_CLIENT,
                                         .name = "DNS-Client",
                                         .level = LEVEL_INFO, /* its 3000s have no keyword */
                                         .id_count = 3,
                                         .ids = {3006, 3008, 3020}},
                                        SOURCE_CANARY,
                                        {.provider = KERNEL_NETWORK,
                                         .name = "Kernel-Network",
                                         .level = LEVEL_INFO,
                                         .fallback = true,
                                         .keyword = 0x30, /* IPV4, IPV6 */
                                         .id_count = 6,
                                         .ids = {12, 13, 15, 28, 29, 31}}}},
    [ETW_SESSION_LOGON] = {.name = "Kanari-Logon",
                           .guid = OURS(0x20186cf8, 0x9846, 0x409d, 0x8fd7, 0x4d5e745f16),
                           .buffer_kb = 64,
                           .buffers_min = 16,
                           .buffers_max = 64,
                           .flush_s = 1,
                           .mode = MODE,
                           .count = 2,
                           .source = {{.provider = SMB_SERVER,
                                       .name = "SMBServer",
                                       .level = LEVEL_VERBOSE,
                                       .id_count = 4,
                                       .ids = {500, 550, 551, 552}},
                                      SOURCE_CANARY}},
    [ETW_SESSION_BOOT] = {.name = "Kanari-Boot", .attach_only = true},
};
