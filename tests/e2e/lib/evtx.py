"""The outside of .evtx files: header, chunks, checksums. Enough to cut files and to damage them."""
import struct
import zlib

HEADER_LEN = 4096
CHUNK_LEN = 65536
CHUNK_MAGIC = b"ElfChnk\0"


def chunks(data):
    """The chunks of a file that hold records, in file order."""
    found = []
    for at in range(HEADER_LEN, len(data) - CHUNK_LEN + 1, CHUNK_LEN):
        chunk = data[at:at + CHUNK_LEN]
        if chunk.startswith(CHUNK_MAGIC) and struct.unpack_from("<Q", chunk, 24)[0] != 2**64 - 1:
            found.append(chunk)
    return found


def record_ids(chunk):
    """First and last record id of a chunk, as its header says."""
    return struct.unpack_from("<QQ", chunk, 24)


def header(chunk_list):
    """A file header of its own for these chunks."""
    head = bytearray(HEADER_LEN)
    next_id = record_ids(chunk_list[-1])[1] + 1
    struct.pack_into("<8sQQQIHHHH", head, 0, b"ElfFile\0", 0, len(chunk_list) - 1, next_id, 128, 1,
                     3, HEADER_LEN, len(chunk_list) & 0xffff)
    struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120])))
    return bytes(head)


def split(path, folder, parts):
    """Cuts a file at chunk borders into up to `parts` valid files; their paths."""
    data = path.read_bytes()
    all_chunks = chunks(data)
    step = -(-len(all_chunks) // parts)
    made = []
    for i in range(0, len(all_chunks), step):
        some = all_chunks[i:i + step]
        target = folder / f"{path.parent.name}-{path.stem}-{i:04d}.evtx"
        target.write_bytes(header(some) + b"".join(some))
        made.append(target)
    return made
