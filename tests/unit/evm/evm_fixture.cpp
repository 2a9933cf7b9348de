// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/evm/evm_fixture.hpp"

#include <iterator>

namespace switchyard::evm::test {

Assembler& Assembler::op(Opcode opcode) {
    code_.push_back(static_cast<uint8_t>(opcode));
    return *this;
}

Assembler& Assembler::ops(std::initializer_list<Opcode> opcodes) {
    for (const Opcode opcode : opcodes)
        op(opcode);
    return *this;
}

Assembler& Assembler::push(const Uint256& value) {
    const Bytes32 bytes = to_bytes32(value);
    return op(Opcode::Push32).append(bytes);
}

Assembler& Assembler::arguments(std::initializer_list<Uint256> values) {
    for (auto it = std::rbegin(values); it != std::rend(values); ++it)
        push(*it);
    return *this;
}

Assembler& Assembler::return_top() {
    return push(Uint256{}).op(Opcode::Mstore).arguments({0, 32}).op(Opcode::Return);
}

Assembler& Assembler::append(BytesView code) {
    code_.insert(code_.end(), code.begin(), code.end());
    return *this;
}

}  // namespace switchyard::evm::test
