// SPDX-License-Identifier: Apache-2.0
#include "host/evm/value_logs.hpp"

#include <string_view>

#include "simd/keccak256.hpp"

namespace switchyard::evm {
namespace {

/// EIP-4788's system address, in whose name the logs stand.
constexpr Address kSystemAddress{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}};

Bytes32 topic_of(std::string_view signature) {
    Bytes32 topic;
    simd::keccak256({reinterpret_cast<const uint8_t*>(signature.data()), signature.size()},
                    topic.bytes);
    return topic;
}

void log(TransactionState& state, std::vector<Bytes32> topics, const Uint256& amount) {
    const Bytes32 data = to_bytes32(amount);
    state.add_log({kSystemAddress, std::move(topics), Bytes(data.begin(), data.end())});
}

}  // namespace

void log_transfer(TransactionState& state, const Address& from, const Address& to,
                  const Uint256& amount) {
    static const Bytes32 topic = topic_of("Transfer(address,address,uint256)");
    if (amount.is_zero()) return;
    log(state, {topic, to_bytes32(to_uint256(from)), to_bytes32(to_uint256(to))}, amount);
}

void log_burn(TransactionState& state, const Address& account, const Uint256& amount) {
    static const Bytes32 topic = topic_of("Burn(address,uint256)");
    if (amount.is_zero()) return;
    log(state, {topic, to_bytes32(to_uint256(account))}, amount);
}

}  // namespace switchyard::evm
