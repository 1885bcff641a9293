"""A walker of .etl files that shares nothing with the C code: buffers, XPRESS, record forms, time,
and the payloads of processes, connections and names that the incident's traces hold.

Slow and simple. It trusts the file: a damaged one raises an exception.
"""
import collections
import datetime
import ipaddress
import struct
import uuid

HEAD = 0x48
COMPRESSED = 0x40
EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)

# Of the NT kernel's records: a group is a class of MOF.
GROUPS = {0x00: "EventTrace", 0x01: "DiskIo", 0x02: "PageFault", 0x03: "Process", 0x04: "FileIo",
          0x05: "Thread", 0x06: "TcpIp", 0x07: "Job", 0x08: "UdpIp", 0x09: "Registry",
          0x0B: "Config", 0x0F: "PerfInfo", 0x14: "Image", 0x18: "StackWalk", 0x1A: "ALPC"}
PROVIDERS = {
    "22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716": "Microsoft-Windows-Kernel-Process",
    "7dd42a49-5329-4832-8dfd-43d979153a88": "Microsoft-Windows-Kernel-Network",
    "2f07e2ee-15db-40f1-90ef-9d7ba282188a": "Microsoft-Windows-TCPIP",
    "1c95126e-7eea-49a9-a3fe-a378b03ddb4d": "Microsoft-Windows-DNS-Client",
    "e13c0d23-ccbc-4e12-931b-d9cc2eee27e4": "Microsoft-Windows-DotNETRuntime",
    "763fd754-7086-4dfe-95eb-c01a46faf4ca": "Microsoft-Windows-DotNETRuntimePrivate",
    "a669021c-c450-4609-a035-5af59af4df18": "Microsoft-Windows-DotNETRuntimeRundown",
    "bbccf6c1-6cd1-48c4-80ff-839482e37671": "KernelTraceControl/EventMetadata",
    "9b79ee91-b5fd-41c0-a243-4248e266e9d0": "KernelTraceControl/SystemConfigEx",
}

Record = collections.namedtuple("Record",
                                "form provider id version opcode pid tid time pointer payload sid")


def expand(packed, limit):
    """Plain LZ77 ([MS-XCA] 2.4): a bit of 32 says whether a literal or a match follows."""
    out, at, flags, left, nibble = bytearray(), 0, 0, 0, None
    while len(out) < limit and at < len(packed):
        if left == 0:
            flags, left = struct.unpack_from("<I", packed, at)[0], 32
            at += 4
            continue
        left -= 1
        if not flags >> left & 1:
            out.append(packed[at])
            at += 1
            continue
        token = struct.unpack_from("<H", packed, at)[0]
        at += 2
        distance, length = (token >> 3) + 1, token & 7
        if length == 7:
            if nibble is None:
                nibble, length = at, packed[at] & 15
                at += 1
            else:
                length, nibble = packed[nibble] >> 4, None
            if length == 15:
                length = packed[at]
                at += 1
                if length == 255:
                    length = struct.unpack_from("<H", packed, at)[0] - 22
                    at += 2
                length += 15
            length += 7
        for _ in range(min(length + 3, limit - len(out))):
            out.append(out[-distance])
    return bytes(out)


class Trace:
    """One file. `records` is all of them, in the order of the file."""

    def __init__(self, data):
        self.buffers, self.compressed, self.skipped = 0, 0, collections.Counter()
        self.computer = None
        self.records = []
        self._zero = self._frequency = self._start = None
        at = 0
        while at < len(data):
            size, saved = struct.unpack_from("<II", data, at)
            offset, flags = struct.unpack_from("<IH", data, at + 0x30)
            end = saved or offset or struct.unpack_from("<I", data, at + 8)[0]
            self.buffers += 1
            if flags & COMPRESSED:
                self.compressed += 1
                body = expand(data[at + HEAD:at + size], end - HEAD)
            else:
                body = data[at + HEAD:at + end]
            self._walk(body)
            at += size

    def counts(self):
        """How many of each (provider, id, version)."""
        return dict(collections.Counter((r.provider, r.id, r.version) for r in self.records))

    def of(self, provider, *ids):
        return [r for r in self.records if r.provider == provider and r.id in ids]

    def _walk(self, body):
        at = 0
        while at + 8 <= len(body):
            first, = struct.unpack_from("<I", body, at)
            if first in (0, 0xFFFFFFFF):
                return
            kind, top = body[at + 2], body[at + 3]
            if top != 0xC0 and top & 0xF0 != 0x90:
                raise ValueError(f"no record: {first:#x}")
            message = top != 0xC0
            behind = not message and kind in (1, 2, 3, 4, 16, 17)
            size, = struct.unpack_from("<H", body, at + (4 if behind else 0))
            self._record("message" if message else kind, body[at:at + size])
            at += size + 7 & ~7

    def _record(self, kind, raw):
        read = {1: self._system, 2: self._system, 16: self._perfinfo, 17: self._perfinfo,
                10: self._full, 20: self._full, 18: self._event, 19: self._event}.get(kind)
        if read is None:
            self.skipped[kind] += 1
            return
        record = read(kind, raw)
        if self._zero is None:
            self._learn_clock(record)
        if (record.provider, record.id) == ("NT Kernel/Config", 10) and self.computer is None:
            self.computer = text16(record.payload, 20)[0]
        self.records.append(record._replace(time=self._time(record.time)))

    @staticmethod
    def _kernel(form, version, group, opcode, who, when, pointer, payload):
        image = group == 3 and opcode == 10
        name = "Image" if image else GROUPS.get(group, f"group {group}")
        return Record(form, f"NT Kernel/{name}", opcode, version & 0xFF, opcode, *who, when,
                      pointer, payload, None)

    def _system(self, kind, raw):
        version, = struct.unpack_from("<H", raw)
        tid, pid, when = struct.unpack_from("<IIQ", raw, 8)
        head = 0x20 + (version >> 8 & 7) * 8 + (version >> 15) * 8
        return self._kernel("system", version, raw[7], raw[6], (pid, tid), when,
                            4 if kind == 1 else 8, raw[head:])

    def _perfinfo(self, kind, raw):
        version, = struct.unpack_from("<H", raw)
        head = 0x10 + (version >> 8 & 7) * 8 + (version >> 15) * 8
        return self._kernel("perfinfo", version, raw[7], raw[6], (None, None),
                            struct.unpack_from("<Q", raw, 8)[0], 4 if kind == 16 else 8, raw[head:])

    @staticmethod
    def _full(kind, raw):
        tid, pid, when = struct.unpack_from("<IIQ", raw, 8)
        return Record("full", provider_name(raw[0x18:0x28]), raw[4], raw[6], raw[4], pid, tid, when,
                      4 if kind == 10 else 8, raw[0x30:], None)

    @staticmethod
    def _event(kind, raw):
        flags, = struct.unpack_from("<H", raw, 4)
        tid, pid, when = struct.unpack_from("<IIQ", raw, 8)
        event_id, version = struct.unpack_from("<HB", raw, 0x28)
        opcode = raw[0x2D]
        at, more, sid = 0x50, flags & 1, None
        while more:
            _, item, more, size = struct.unpack_from("<HHHH", raw, at)
            if item == 2:
                sid = sid_text(raw, at + 8)[0]
            at, more = at + 8 + (size + 7 & ~7), more & 1
        pointer = 4 if flags & 0x20 else 8 if flags & 0x40 else 4 if kind == 18 else 8
        return Record("event", provider_name(raw[0x18:0x28]),
                      opcode if flags & 0x100 else event_id, version, opcode, pid, tid, when,
                      pointer, raw[at:], sid)

    def _learn_clock(self, record):
        """The log file header, whose kernel may be wider than it says."""
        claimed, = struct.unpack_from("<I", record.payload, 0x2C)
        wide = claimed == 8 or struct.unpack_from("<Q", record.payload, 0xF8)[0] < 1 << 60 and \
            struct.unpack_from("<Q", record.payload, 0x108)[0] > 1 << 56
        self._frequency, self._start = struct.unpack_from("<QQ", record.payload,
                                                          0x100 if wide else 0xF8)
        clock, = struct.unpack_from("<I", record.payload, 0x110 if wide else 0x108)
        if clock == 3:
            self._frequency = struct.unpack_from("<I", record.payload, 0x34)[0] * 1_000_000
        self._zero = None if clock == 2 else record.time
        if clock == 2:
            self._zero, self._frequency, self._start = 0, 10_000_000, 0

    def _time(self, stamp):
        """FILETIME ticks."""
        seconds, rest = divmod(stamp - self._zero, self._frequency)
        return self._start + seconds * 10_000_000 + rest * 10_000_000 // self._frequency


def provider_name(raw):
    guid = str(uuid.UUID(bytes_le=bytes(raw)))
    return PROVIDERS.get(guid, "{" + guid + "}")


def read(path):
    return Trace(path.read_bytes())


def iso(filetime):
    """As Kanari's JSON has times."""
    seconds, ticks = divmod(filetime, 10_000_000)
    return f"{EPOCH + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{ticks:07}Z"


# -- payloads -------------------------------------------------------------------------------------


def text16(raw, at):
    """A text and where it ends."""
    end = at
    while end + 1 < len(raw) and raw[end:end + 2] != b"\0\0":
        end += 2
    return raw[at:end].decode("utf-16-le"), end + 2


def text8(raw, at):
    end = raw.index(0, at)
    return raw[at:end].decode("latin-1"), end + 1


def sid_text(raw, at):
    """A SID and where it ends."""
    count = raw[at + 1]
    parts = struct.unpack_from(f"<{count}I", raw, at + 8)
    words = ["S", raw[at], int.from_bytes(raw[at + 2:at + 8], "big"), *parts]
    return "-".join(map(str, words)), at + 8 + 4 * count


def sockaddr(raw, at):
    """Length, family, port, address: "192.0.2.1", port, and where it ends."""
    size, family = struct.unpack_from("<IH", raw, at)
    port, = struct.unpack_from(">H", raw, at + 6)
    address = raw[at + 8:at + 12] if family == 2 else raw[at + 12:at + 28]
    return str(ipaddress.ip_address(address)), port, at + 4 + size


def classic_process(record):
    """NT Kernel/Process v2 to v4."""
    raw, wide = record.payload, record.pointer
    at = wide
    pid, parent, session, status = struct.unpack_from("<IIII", raw, at)
    at += 16 + (wide if record.version >= 3 else 0) + (4 if record.version >= 4 else 0)
    sid = None
    if struct.unpack_from("<I", raw, at)[0] == 0:
        at += 4
    else:
        sid, at = sid_text(raw, at + 2 * wide)
    image, at = text8(raw, at)
    command_line, _ = text16(raw, at)
    return {"pid": pid, "parent_pid": parent, "session_id": session, "status": status, "sid": sid,
            "image": image, "command_line": command_line}


def kernel_process_start(record):
    """Kernel-Process 1 and 15, v0 to v5."""
    raw, rundown = record.payload, record.id == 15
    version = record.version + (2 if rundown else 0)
    if version < 3:
        pid, start, parent, session = struct.unpack_from("<IQII", raw)
        at = 20 if version == 0 else 24
    else:
        pid, _, start, parent, _, session = struct.unpack_from("<IQQIQI", raw)
        _, at = sid_text(raw, 48)
    return {"pid": pid, "start": start, "parent_pid": parent, "session_id": session,
            "image": text16(raw, at)[0]}


def tcpip_ends(record):
    """TCPIP 1017, 1033, 1038 ...: local and remote end, status, process."""
    local, local_port, at = sockaddr(record.payload, 0)
    remote, remote_port, at = sockaddr(record.payload, at)
    status, pid = struct.unpack_from("<II", record.payload, at)
    return {"local": local, "local_port": local_port, "remote": remote, "remote_port": remote_port,
            "status": status, "pid": pid}


def dns_query(record):
    """DNS-Client 3006 and 3008."""
    return {"name": text16(record.payload, 0)[0], "pid": record.pid}
