// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/rlp_tree.hpp"

#include "host/chain/rlp.hpp"

namespace switchyard::fuzz {
namespace {

/// Takes one item off the front of `rest`. `depth` is how many lists may still be opened.
std::optional<RlpTree> take_item(BytesView& rest, size_t depth) {
    const auto take = [&rest](uint64_t count) -> std::optional<BytesView> {
        if (count > rest.size()) return std::nullopt;
        const BytesView taken = rest.first(static_cast<size_t>(count));
        rest = rest.subspan(static_cast<size_t>(count));
        return taken;
    };
    const auto take_length = [&](uint8_t digits) -> std::optional<uint64_t> {
        const auto bytes = take(digits);
        if (!bytes) return std::nullopt;
        uint64_t length = 0;
        for (const uint8_t byte : *bytes)
            length = length * 256 + byte;
        const bool canonical = (*bytes)[0] != 0 && length > 55;
        return canonical ? std::optional{length} : std::nullopt;
    };

    const auto prefix = take(1);
    if (!prefix) return std::nullopt;
    const uint8_t first = (*prefix)[0];
    if (first < 0x80) return RlpTree{false, {first}, {}};

    const bool is_list = first >= 0xc0;
    const auto code = static_cast<uint8_t>(first - (is_list ? 0xc0 : 0x80));
    const auto length =
        code <= 55 ? std::optional<uint64_t>{code} : take_length(static_cast<uint8_t>(code - 55));
    if (!length) return std::nullopt;
    auto content = take(*length);
    if (!content) return std::nullopt;
    if (!is_list) {
        if (content->size() == 1 && (*content)[0] < 0x80) return std::nullopt;
        return RlpTree{false, to_bytes(*content), {}};
    }
    if (depth == 0) return std::nullopt;
    RlpTree list{true, {}, {}};
    while (!content->empty()) {
        auto member = take_item(*content, depth - 1);
        if (!member) return std::nullopt;
        list.members.push_back(*std::move(member));
    }
    return list;
}

void append_prefix(Bytes& out, size_t length, uint8_t base) {
    if (length <= 55) {
        out.push_back(static_cast<uint8_t>(base + length));
        return;
    }
    Bytes digits;
    for (size_t rest = length; rest != 0; rest /= 256)
        digits.insert(digits.begin(), static_cast<uint8_t>(rest % 256));
    out.push_back(static_cast<uint8_t>(base + 55 + digits.size()));
    out.insert(out.end(), digits.begin(), digits.end());
}

}  // namespace

std::optional<RlpTree> parse_tree(BytesView encoded) {
    auto tree = take_item(encoded, rlp::kDepthMax);
    return encoded.empty() ? tree : std::nullopt;
}

Bytes encode_tree(const RlpTree& tree) {
    Bytes content = tree.string;
    if (!tree.is_list && content.size() == 1 && content[0] < 0x80) return content;
    for (const RlpTree& member : tree.members) {
        const Bytes encoded = encode_tree(member);
        content.insert(content.end(), encoded.begin(), encoded.end());
    }
    Bytes out;
    append_prefix(out, content.size(), tree.is_list ? 0xc0 : 0x80);
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

}  // namespace switchyard::fuzz
