// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the records of the state trie: any bytes at any place, as a page or branch
// of accounts, slots or plain values.
#include <algorithm>
#include <cstdint>

#include "host/chain/hash.hpp"
#include "host/state/commitment/node_hasher.hpp"
#include "host/state/commitment/record_codec.hpp"
#include "host/state/trie/trie.hpp"
#include "tests/fuzz/require.hpp"

namespace switchyard::fuzz {
namespace {

using namespace commitment;

/// Input: one byte of depth and kind, 32 of the path, then the record.
constexpr size_t kHeaderBytes = 34;

/// The page's root is that of the other trie over the same leaves, cut to the keys of this place.
void check_page(Page& page, ValueKind kind, size_t depth) {
    NodeHasher hasher;
    const NodeHasher::PageJob job{&page, kind};
    hasher.hash_pages({&job, 1});
    for (size_t i = 0; i < page.leaf_count(); ++i) {
        Bytes32 key;
        std::copy_n(page.key(i), 32, key.begin());
        require(page.find(key) == i, "a leaf is not found");
        require(page.from(i) >= depth, "a leaf begins above its page");
    }
    if (depth != 0) return;
    trie::Trie reference;
    for (size_t i = 0; i < page.leaf_count(); ++i) {
        uint8_t content[kLeafContentMax];
        const size_t size = write_leaf_content(kind, page.value(i), content);
        require(reference.put({page.key(i), 32}, {content, size}).has_value(), "put fails");
    }
    require(reference.root() == root_hash(page.root()), "a page has another root");
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    if (size < kHeaderBytes) return 0;
    const size_t depth = data[0] % (kKeyNibbles + 1);
    const auto kind = static_cast<ValueKind>(data[1] % 3);
    const RecordKey key{kAccountTrie,
                        first_nibbles(fixed_bytes_unchecked<32>({data + 2, 32}), depth),
                        static_cast<uint8_t>(depth)};
    const BytesView record{data + kHeaderBytes, size - kHeaderBytes};
    RecordArena arena;
    auto decoded = decode_record(key, kind, record, arena);
    if (!decoded) {
        require(decoded.error().code == ErrorCode::Corrupt, "an error of the wrong kind");
        return 0;
    }
    require(static_cast<bool>(decoded->page) != static_cast<bool>(decoded->branch),
            "neither a page nor a branch, or both");
    Bytes again;
    if (decoded->branch) {
        encode_record(*decoded->branch, depth, again);
        uint8_t buffer[kNodeBytesMax];
        require(decoded->branch->encode(buffer).size() <= kNodeBytesMax, "a node is too long");
    } else {
        encode_record(decoded->page, depth, again);
        check_page(decoded->page, kind, depth);
    }
    require(equal(again, record), "encode(decode(x)) is not x");
    return 0;
}
