/* orient - own addresses first, then ports that somebody listens on. */
#include "state/orient.h"

#define KERNEL_NETWORK SV("Microsoft-Windows-Kernel-Network")
#define NT_TCPIP SV("NT Kernel/TcpIp")
#define NT_UDPIP SV("NT Kernel/UdpIp")
#define TCPIP SV("Microsoft-Windows-TCPIP")

/* SSH, RPC, NetBIOS, SMB, SQL Server, RDP, WinRM: a client's own port is none of them. */
static const uint16_t listened[] = {22, 135, 139, 445, 1433, 3389, 5985, 5986};

static bool
is_network(const struct event *ev)
{
    return ev->kind == EV_NET_ACCEPT || ev->kind == EV_NET_CONNECT || ev->kind == EV_NET_CLOSE ||
           ev->kind == EV_NET_DATA || ev->kind == EV_NET_RUNDOWN;
}

static bool
names_no_ends(const struct event *ev)
{
    return sv_eq(ev->provider, KERNEL_NETWORK) || sv_eq(ev->provider, NT_TCPIP) ||
           sv_eq(ev->provider, NT_UDPIP);
}

/* Sent and connected: no source disagrees that saddr is local there. */
static bool
goes_out(const struct event *ev)
{
    return ev->kind == EV_NET_CONNECT || (ev->kind == EV_NET_DATA && sv_eq(ev->action, SV("sent")));
}

void
orient_learn(struct local *local, const struct event *ev)
{
    bool sure = names_no_ends(ev) ? goes_out(ev) : sv_eq(ev->provider, TCPIP);

    if (!is_network(ev) || !event_has(ev, dst) || !sure) {
        return;
    }
    local_learn_addr(local, &ev->dst);
    if (ev->kind == EV_NET_ACCEPT && event_has(ev, dst_port)) {
        local_learn_port(local, ev->dst_port);
    }
}

static bool
is_listened(const struct local *local, uint16_t port)
{
    for (size_t i = 0; i < COUNT(listened); i++) {
        if (listened[i] == port) {
            return true;
        }
    }
    return local_has_port(local, port);
}

static void
exchange(struct event *ev)
{
    const uint64_t src_port = UINT64_C(1) << EVF_src_port;
    const uint64_t dst_port = UINT64_C(1) << EVF_dst_port;
    bool has_src_port = event_has(ev, src_port);
    bool has_dst_port = event_has(ev, dst_port);
    struct addr addr = ev->src;
    uint16_t port = ev->src_port;

    ev->src = ev->dst;
    ev->dst = addr;
    ev->src_port = ev->dst_port;
    ev->dst_port = port;
    ev->has &= ~(src_port | dst_port);
    ev->has |= (has_dst_port ? src_port : 0) | (has_src_port ? dst_port : 0);
}

bool
orient_event(const struct locals *locals, const struct local *local, struct event *ev)
{
    bool src_own, dst_own;
    bool turn = false;

    if (!is_network(ev) || !names_no_ends(ev) || goes_out(ev) || !event_has(ev, src) ||
        !event_has(ev, dst)) {
        return false;
    }
    src_own = locals_own_addr(locals, local, &ev->src);
    dst_own = locals_own_addr(locals, local, &ev->dst);
    if (src_own != dst_own) {
        turn = src_own;
    } else if (event_has(ev, src_port) && event_has(ev, dst_port)) {
        turn = is_listened(local, ev->src_port) && !is_listened(local, ev->dst_port);
    }
    if (turn) {
        exchange(ev);
    }
    return turn;
}
