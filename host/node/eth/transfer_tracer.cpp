// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/transfer_tracer.hpp"

#include <algorithm>

namespace switchyard::node::eth {
namespace {

constexpr uint8_t kLog0 = 0xa0;
constexpr uint8_t kLog4 = 0xa4;
constexpr uint8_t kSelfDestruct = 0xff;

/// Keccak-256 of `Transfer(address,address,uint256)`.
constexpr Bytes32 kTransferTopic{{0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0,
                                  0x68, 0xfc, 0x37, 0x8d, 0xaa, 0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4,
                                  0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef}};

Address transfer_address() {
    Address out;
    out.bytes.fill(0xee);
    return out;
}

}  // namespace

bool TransferTracer::is_transfer(const Log& log) {
    return log.address == transfer_address();
}

/// The state's last log is new.
void TransferTracer::note_log() {
    const size_t logs = state_.logs().size();
    indices_.resize(logs);
    indices_.back() = count_++;
}

void TransferTracer::add_transfer(const Address& from, const Address& to, const Uint256& value) {
    const Bytes32 data = to_bytes32(value);
    state_.add_log({transfer_address(),
                    {kTransferTopic, to_bytes32(to_uint256(from)), to_bytes32(to_uint256(to))},
                    Bytes(data.begin(), data.end())});
    note_log();
}

void TransferTracer::on_message_start(const evm::Message& message) {
    if (!adds_transfers_) return;
    const bool moves = message.kind != evm::MessageKind::DelegateCall && !message.value.is_zero();
    Uint256 balance = balance_of(message.recipient);
    if (moves && message.sender != message.recipient) balance += message.value;
    open_.push_back({message.recipient, balance});
    if (moves) add_transfer(message.sender, message.recipient, message.value);
}

void TransferTracer::on_instruction(const evm::TracedInstruction& instruction) {
    if (instruction.status == evm::Status::Success && instruction.opcode >= kLog0 &&
        instruction.opcode <= kLog4)
        note_log();
    if (open_.empty()) return;
    Open& here = open_.back();
    // It is handed over when the balance has moved.
    if (instruction.opcode == kSelfDestruct && instruction.status == evm::Status::Success &&
        !here.balance.is_zero() && !instruction.stack.empty())
        add_transfer(here.recipient, to_address(instruction.stack.back()), here.balance);
    here.balance = balance_of(here.recipient);
}

void TransferTracer::on_message_end(const evm::Message& /*message*/, evm::Status /*status*/,
                                    uint64_t /*gas_left*/, BytesView /*output*/) {
    if (open_.empty()) return;
    open_.pop_back();
    if (!open_.empty()) open_.back().balance = balance_of(open_.back().recipient);
}

}  // namespace switchyard::node::eth
