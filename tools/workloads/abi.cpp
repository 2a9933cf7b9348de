// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/abi.hpp"

namespace switchyard::workloads {
namespace {

void append_word(const Uint256& word, Bytes& out) {
    out.resize(out.size() + 32);
    store_big_endian(word, out.data() + out.size() - 32);
}

}  // namespace

AbiValue AbiValue::bytes(BytesView value) {
    AbiValue out(Uint256{});
    append_word(value.size(), out.tail_);
    out.tail_.insert(out.tail_.end(), value.begin(), value.end());
    out.tail_.resize((out.tail_.size() + 31) / 32 * 32);
    return out;
}

AbiValue AbiValue::text(std::string_view value) {
    return bytes({reinterpret_cast<const uint8_t*>(value.data()), value.size()});
}

AbiValue AbiValue::array(std::span<const Uint256> values) {
    AbiValue out(Uint256{});
    append_word(values.size(), out.tail_);
    for (const Uint256& value : values)
        append_word(value, out.tail_);
    return out;
}

AbiValue AbiValue::array(std::span<const Address> values) {
    AbiValue out(Uint256{});
    append_word(values.size(), out.tail_);
    for (const Address& value : values)
        append_word(to_uint256(value), out.tail_);
    return out;
}

void append_abi(std::span<const AbiValue> values, Bytes& out) {
    uint64_t offset = 32 * values.size();
    for (const AbiValue& value : values) {
        append_word(value.tail_.empty() ? value.word_ : Uint256{offset}, out);
        offset += value.tail_.size();
    }
    for (const AbiValue& value : values)
        out.insert(out.end(), value.tail_.begin(), value.tail_.end());
}

Bytes abi_call(uint32_t selector, std::initializer_list<AbiValue> arguments) {
    Bytes out;
    for (unsigned shift = 32; shift > 0; shift -= 8)
        out.push_back(static_cast<uint8_t>(selector >> (shift - 8)));
    append_abi({arguments.begin(), arguments.size()}, out);
    return out;
}

}  // namespace switchyard::workloads
