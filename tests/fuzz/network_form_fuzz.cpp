// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the network form of transactions with blobs: it decodes exactly where the
// EIPs' pattern says, by a second decoder of RLP, and encodes back.
//
// A blob is larger than any input: a string of 33 bytes that begins with '[' stands for one, filled
// with the rest.
#include <cstdint>

#include "host/blobs/network_form.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/rlp_tree.hpp"

namespace switchyard::fuzz {
namespace {

constexpr size_t kBlobsMax = 16;  ///< an input must stay cheap

void expand(RlpTree& tree, size_t& left) {
    if (!tree.is_list) {
        if (tree.string.size() != 33 || tree.string[0] != '[' || left == 0) return;
        --left;
        const Bytes pattern(tree.string.begin() + 1, tree.string.end());
        tree.string.clear();
        while (tree.string.size() < precompiles::kBlobBytes)
            tree.string.insert(tree.string.end(), pattern.begin(), pattern.end());
        return;
    }
    for (RlpTree& member : tree.members)
        expand(member, left);
}

bool is_list_of(const RlpTree& tree, size_t size) {
    if (!tree.is_list) return false;
    for (const RlpTree& member : tree.members)
        if (member.is_list || member.string.size() != size) return false;
    return true;
}

/// EIP-4844 and EIP-7594, "Networking".
bool is_network_form(const RlpTree& tree) {
    if (!tree.is_list || tree.members.size() < 4 || tree.members.size() > 5) return false;
    const auto& members = tree.members;
    if (!members[0].is_list) return false;
    Bytes inner = encode_tree(members[0]);
    inner.insert(inner.begin(), 3);
    if (!decode_transaction(inner)) return false;
    size_t at = 1;
    if (members.size() == 5) {
        if (members[1].is_list || members[1].string != Bytes{1}) return false;
        at = 2;
    }
    return is_list_of(members[at], precompiles::kBlobBytes) &&
           is_list_of(members[at + 1], precompiles::kKzgBytes) &&
           is_list_of(members[at + 2], precompiles::kKzgBytes);
}

void check(BytesView form, bool expected) {
    const auto decoded = blobs::decode_network_form(form);
    require(decoded.has_value() == expected, "the decoder disagrees with the EIPs' pattern");
    if (!decoded) {
        require(decoded.error().code == ErrorCode::InvalidInput ||
                    decoded.error().code == ErrorCode::Unsupported,
                "an error of the wrong kind");
        return;
    }
    const Bytes again = blobs::encode_network_form(decoded->transaction, decoded->sidecar);
    require(equal(again, form), "encode(decode(x)) is not x");
    require(decoded->sidecar.blobs.size() % precompiles::kBlobBytes == 0, "half a blob");
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const BytesView input{data, size};
    // Whatever the bytes are, decoding ends.
    (void)blobs::decode_network_form(input);
    if (size == 0 || input[0] != 3) return 0;
    auto tree = parse_tree(input.subspan(1));
    if (!tree) {
        check(input, false);
        return 0;
    }
    size_t left = kBlobsMax;
    expand(*tree, left);
    Bytes form = encode_tree(*tree);
    form.insert(form.begin(), 3);
    check(form, is_network_form(*tree));
    return 0;
}
