// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/record_codec.hpp"

#include "host/core/hex.hpp"

namespace switchyard::commitment {
namespace {

constexpr uint8_t kPageTag = 1;
constexpr uint8_t kBranchTag = 2;

/// Reads bytes from the front; `ok` turns false at the first that are not there.
struct Cursor {
    BytesView rest;
    bool ok = true;

    BytesView take(size_t size) {
        if (rest.size() < size) ok = false;
        if (!ok) return {};
        const BytesView out = rest.first(size);
        rest = rest.subspan(size);
        return out;
    }
    uint8_t byte() {
        const BytesView one = take(1);
        return ok ? one[0] : uint8_t{0};
    }
    uint32_t little_endian(size_t bytes) {
        const BytesView view = take(bytes);
        uint32_t out = 0;
        for (size_t i = 0; i < view.size(); ++i)
            out |= static_cast<uint32_t>(view[i]) << (8 * i);
        return out;
    }
};

void append(BytesView bytes, Bytes& out) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

Error corrupt(const RecordKey& key, const char* what) {
    return {ErrorCode::Corrupt, "trie record " + to_string(key) + ": " + what};
}

/// The bytes of a key or a path behind those that the record's place gives whole.
bool restore_key(const RecordKey& key, BytesView tail, Bytes32& out) {
    const size_t known = key.depth / 2;
    out = key.path;
    std::memcpy(out.data() + known, tail.data(), tail.size());
    return key.depth % 2 == 0 || out[known] >> 4 == key.path[known] >> 4;
}

Result<DecodedRecord> decode_page(const RecordKey& key, ValueKind kind, Cursor in,
                                  RecordArena& arena) {
    const size_t leaves = in.byte();
    if (leaves == 0 || leaves > kPageLeavesLimit) return corrupt(key, "number of leaves");
    std::array<Bytes32, kPageLeavesLimit> keys;
    std::array<LeafSource, kPageLeavesLimit> sources;
    for (size_t i = 0; i < leaves; ++i) {
        const BytesView tail = in.take(32 - key.depth / 2);
        const size_t size = in.byte();
        const BytesView value = in.take(size);
        if (!in.ok) return corrupt(key, "truncated");
        if (!restore_key(key, tail, keys[i])) return corrupt(key, "a key of another place");
        if (i > 0 && keys[i] <= keys[i - 1]) return corrupt(key, "keys out of order");
        if (!is_valid_value(kind, value)) return corrupt(key, "a value that is none");
        sources[i].key = keys[i].data();
        sources[i].value = value;
    }
    if (!in.rest.empty()) return corrupt(key, "bytes behind the last leaf");
    DecodedRecord out;
    out.page = Page(std::span(sources).first(leaves), key.depth, arena);
    return out;
}

Result<DecodedRecord> decode_branch(const RecordKey& key, Cursor in, RecordArena& arena) {
    BranchPointer branch = make_branch(arena);
    branch->depth = in.byte();
    if (branch->depth < key.depth || branch->depth >= kKeyNibbles)
        return corrupt(key, "depth of the branch");
    const size_t path_bytes = (branch->depth + size_t{1}) / 2 - key.depth / 2;
    const BytesView tail = in.take(path_bytes);
    if (!in.ok) return corrupt(key, "truncated");
    if (!restore_key(key, tail, branch->key) ||
        first_nibbles(branch->key, branch->depth) != branch->key)
        return corrupt(key, "path of the branch");
    const uint32_t mask = in.little_endian(2);
    if (std::popcount(mask) < 2) return corrupt(key, "a branch with less than two children");
    for (size_t nibble = 0; nibble < 16; ++nibble) {
        if ((mask >> nibble & 1) == 0) continue;
        branch->counts[nibble] = in.little_endian(4);
        const size_t size = in.byte();
        const BytesView reference = in.take(size);
        if (!in.ok) return corrupt(key, "truncated");
        if (branch->counts[nibble] == 0) return corrupt(key, "a child without leaves");
        if (size == 0 || size > 32) return corrupt(key, "length of a reference");
        branch->set_reference(nibble, reference);
    }
    if (!in.rest.empty()) return corrupt(key, "bytes behind the last child");
    if (branch->leaf_count() > UINT32_MAX) return corrupt(key, "number of leaves");
    DecodedRecord out;
    out.branch = std::move(branch);
    return out;
}

}  // namespace

std::string to_string(const RecordKey& key) {
    std::string out = key.owner == kAccountTrie ? "accounts" : to_hex(key.owner);
    out += '/';
    for (size_t i = 0; i < key.depth; ++i)
        out += "0123456789abcdef"[nibble_at(key.path.data(), i)];
    return out;
}

void encode_record(const Page& page, size_t depth, Bytes& out) {
    out.push_back(kPageTag);
    out.push_back(static_cast<uint8_t>(page.leaf_count()));
    for (size_t i = 0; i < page.leaf_count(); ++i) {
        append(BytesView(page.key(i), 32).subspan(depth / 2), out);
        out.push_back(static_cast<uint8_t>(page.value(i).size()));
        append(page.value(i), out);
    }
}

void encode_record(const Branch& branch, size_t depth, Bytes& out) {
    out.push_back(kBranchTag);
    out.push_back(branch.depth);
    const Bytes32 path = first_nibbles(branch.key, branch.depth);
    append(BytesView(path).subspan(depth / 2, (branch.depth + size_t{1}) / 2 - depth / 2), out);
    uint32_t mask = 0;
    for (size_t nibble = 0; nibble < 16; ++nibble)
        if (branch.counts[nibble] != 0) mask |= 1U << nibble;
    out.push_back(static_cast<uint8_t>(mask));
    out.push_back(static_cast<uint8_t>(mask >> 8));
    for (size_t nibble = 0; nibble < 16; ++nibble) {
        if (branch.counts[nibble] == 0) continue;
        for (size_t i = 0; i < 4; ++i)
            out.push_back(static_cast<uint8_t>(branch.counts[nibble] >> (8 * i)));
        out.push_back(branch.reference_sizes[nibble]);
        append(BytesView(branch.references[nibble]).first(branch.reference_sizes[nibble]), out);
    }
}

Result<DecodedRecord> decode_record(const RecordKey& key, ValueKind kind, BytesView record,
                                    RecordArena& arena) {
    Cursor in{record};
    const uint8_t tag = in.byte();
    if (in.ok && tag == kPageTag) return decode_page(key, kind, in, arena);
    if (in.ok && tag == kBranchTag) return decode_branch(key, in, arena);
    return corrupt(key, "neither page nor branch");
}

}  // namespace switchyard::commitment
