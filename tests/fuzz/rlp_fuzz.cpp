// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to RLP: the validator, the reader and the encoder against a second codec.
#include <cstdint>

#include "host/chain/rlp.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/rlp_tree.hpp"

namespace switchyard::fuzz {
namespace {

void encode(rlp::Encoder& encoder, const RlpTree& tree) {
    if (!tree.is_list) return encoder.string(tree.string);
    const size_t mark = encoder.begin_list();
    for (const RlpTree& member : tree.members)
        encode(encoder, member);
    encoder.end_list(mark);
}

/// The integer readers accept exactly the strings that their encoders give.
void check_integers(const RlpTree& string, BytesView encoded) {
    const bool minimal = string.string.empty() || string.string[0] != 0;
    Bytes again;
    rlp::Encoder encoder(again);
    {
        rlp::Failure failure;
        uint64_t value = 0;
        const bool read = rlp::Reader(encoded, failure).uint64("", value);
        require(read == (minimal && string.string.size() <= 8), "uint64 accepts the wrong strings");
        if (read) encoder.uint64(value);
        require(!read || equal(again, encoded), "uint64 does not encode to what was read");
    }
    again.clear();
    {
        rlp::Failure failure;
        Uint256 value;
        const bool read = rlp::Reader(encoded, failure).uint256("", value);
        require(read == (minimal && string.string.size() <= 32),
                "uint256 accepts the wrong strings");
        if (read) encoder.uint256(value);
        require(!read || equal(again, encoded), "uint256 does not encode to what was read");
    }
}

/// Reads what the tree says with every method of the reader.
void check_reader(const RlpTree& tree, BytesView encoded) {
    rlp::Failure failure;
    rlp::Item item;
    require(rlp::Reader(encoded, failure).item("", item), "a valid item is refused");
    require(equal(item.encoded, encoded), "an item is not all of its bytes");
    require(item.is_list == tree.is_list, "a list is a string or a string a list");
    if (!tree.is_list) {
        require(equal(item.content, tree.string), "a string has another content");
        return check_integers(tree, encoded);
    }
    rlp::Reader members(item.content, failure);
    for (const RlpTree& member : tree.members) {
        require(members.item("", item), "a valid member is refused");
        check_reader(member, item.encoded);
    }
    require(members.at_end() && members.finish(""), "a list has more members");
}

/// Whatever the bytes are, reading comes to an end inside them.
void read_anything(BytesView bytes, int depth) {
    rlp::Failure failure;
    rlp::Reader reader(bytes, failure);
    rlp::Item item;
    while (!reader.at_end() && reader.item("", item)) {
        require(item.encoded.data() >= bytes.data() &&
                    item.encoded.data() + item.encoded.size() <= bytes.data() + bytes.size(),
                "an item is outside of its bytes");
        if (item.is_list && depth > 0) read_anything(item.content, depth - 1);
    }
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const BytesView input{data, size};
    read_anything(input, 4);
    const auto tree = parse_tree(input);
    const auto valid = rlp::validate(input);
    require(valid.has_value() == tree.has_value(), "validate disagrees with the second decoder");
    if (!tree) {
        require(valid.error().code == ErrorCode::InvalidInput, "an error of the wrong kind");
        return 0;
    }
    Bytes encoded;
    rlp::Encoder encoder(encoded);
    encode(encoder, *tree);
    require(equal(encoded, input), "encode(decode(x)) is not x");
    require(equal(encode_tree(*tree), input), "the second codec is not its own inverse");
    check_reader(*tree, input);
    return 0;
}
