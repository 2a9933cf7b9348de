// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/access_list_tracer.hpp"

namespace switchyard::node::eth {

void AccessListTracer::on_instruction(const evm::TracedInstruction& instruction) {
    const auto& stack = instruction.stack;
    const auto touch = [&](const Uint256& word) {
        const Address address = to_address(word);
        if (!excluded_.contains(address)) touched_.try_emplace(address);
    };
    // By number: the bytes of the instructions never change.
    switch (instruction.opcode) {
        case 0x54:  // SLOAD
        case 0x55:  // SSTORE
            if (!stack.empty() && !recipients_.empty())
                touched_[recipients_.back()].insert(to_bytes32(stack.back()));
            break;
        case 0x31:  // BALANCE
        case 0x3b:  // EXTCODESIZE
        case 0x3c:  // EXTCODECOPY
        case 0x3f:  // EXTCODEHASH
        case 0xff:  // SELFDESTRUCT
            if (!stack.empty()) touch(stack.back());
            break;
        case 0xf1:  // CALL
        case 0xf2:  // CALLCODE
        case 0xf4:  // DELEGATECALL
        case 0xfa:  // STATICCALL
            if (stack.size() >= 2) touch(stack[stack.size() - 2]);
            break;
        default:
            break;
    }
}

AccessList AccessListTracer::list() const {
    AccessList out;
    for (const auto& [address, keys] : touched_)
        out.push_back({address, {keys.begin(), keys.end()}});
    return out;
}

}  // namespace switchyard::node::eth
