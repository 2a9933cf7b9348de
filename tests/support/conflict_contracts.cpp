// SPDX-License-Identifier: Apache-2.0
#include "tests/support/conflict_contracts.hpp"

#include <algorithm>
#include <string>

#include "host/chain/hash.hpp"
#include "host/core/assert.hpp"
#include "host/core/hex.hpp"
#include "tests/support/assemble.hpp"

namespace switchyard::test {
namespace {

// Before Tangerine Whistle a call may not ask for more gas than there is: each leaves some.
constexpr const char* kCallGas = " 3000 gas sub call ";
constexpr const char* kValueCallGas = " 40000 gas sub call ";

std::string address_word(ConflictContract contract) {
    return to_hex(conflict_contract(contract));
}

void append(Bytes& code, BytesView bytes) {
    code.insert(code.end(), bytes.begin(), bytes.end());
}

Bytes child_init_code() {
    const Bytes runtime = assemble(
        "start: calldatasize @end jumpi 1 sload 1 add 1 sstore stop "
        "end: 0 calldataload selfdestruct");
    const std::string size = std::to_string(runtime.size());
    // The label is the first byte of the runtime code.
    Bytes code = assemble("1 0 sstore callvalue 2 sstore " + size + " @runtime 0 codecopy " + size +
                          " 0 return runtime:");
    append(code, BytesView(runtime).subspan(1));
    return code;
}

Bytes create2_code() {
    const Bytes init = child_init_code();
    const std::string size = std::to_string(init.size());
    Bytes code = assemble(size + " 1 @init add 0 codecopy 0 calldataload " + size +
                          " 0 callvalue create2 dup1 0 sstore "
                          "32 calldataload 1 and iszero @keep jumpi "
                          "caller 0 mstore 0 0 32 0 0 dup6" +
                          kValueCallGas +
                          "pop keep: 32 calldataload 2 and iszero @done jumpi 0 0 0 0 0 dup6" +
                          kValueCallGas +
                          "pop done: 32 calldataload 4 and @fail jumpi stop "
                          "fail: 0 0 revert init:");
    append(code, init);
    return code;
}

/// The event's ABI encoding: the offsets and lengths of EIP-6110, and bytes that say nothing.
Bytes deposit_event() {
    Bytes data(576, 0x5a);
    const auto word = [&data](size_t at, uint64_t value) {
        const Bytes32 bytes = to_bytes32(Uint256{value});
        std::copy(bytes.begin(), bytes.end(),
                  data.begin() + static_cast<Bytes::difference_type>(at));
    };
    constexpr size_t kFields[5][2] = {{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}};
    for (size_t i = 0; i < 5; ++i) {
        word(32 * i, kFields[i][0]);
        word(kFields[i][0], kFields[i][1]);
    }
    return data;
}

Bytes depositor_code() {
    Bytes code = assemble(
        "576 1 @data add 0 codecopy "
        "0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5 576 0 log1 stop data:");
    append(code, deposit_event());
    return code;
}

constexpr const char* kToken =
    "caller 0 mstore 0 32 mstore 64 0 keccak256 dup1 sload 32 calldataload "
    "dup1 dup3 lt @poor jumpi "
    "dup1 swap2 sub dup3 sstore "
    "0 calldataload 0 mstore 64 0 keccak256 dup1 sload dup3 add swap1 sstore "
    "0 mstore 0 calldataload caller "
    "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef 32 0 log3 "
    "1 0 mstore 32 0 return "
    "poor: 0 0 revert";

constexpr const char* kPool =
    "32 calldataload 0xffff and 0 sload dup2 dup2 add "  // r0+dx r0 dx
    "1 sload dup1 dup5 mul dup3 swap1 div "              // dy r1 r0+dx r0 dx
    "dup1 swap2 sub 1 sstore swap1 0 sstore "            // dy r0 dx
    "caller sload dup2 add caller sstore 0 mstore 32 0 return";

constexpr const char* kThrower =
    "0 calldataload 3 and dup1 iszero @bad jumpi dup1 1 eq @rev jumpi dup1 2 eq @loop jumpi "
    "0 sload 0 mstore 32 0 return bad: invalid rev: 42 0 mstore 32 0 revert loop: @loop jump";

std::vector<Bytes> make_codes() {
    const std::string call = kCallGas;
    const std::string value_call = kValueCallGas;
    std::vector<Bytes> out;
    out.push_back(
        assemble("0 calldataload dup1 sload 1 add dup1 0 mstore swap1 sstore 7 32 0 "
                 "log1"));
    out.push_back(assemble("coinbase balance 0 sstore"));
    out.push_back(assemble("0 0 0 0 callvalue 0 calldataload" + value_call +
                           "1 sstore address balance 2 sstore"));
    out.push_back(assemble("0 sload @taken jumpi caller 0 sstore stop taken: 0 0 revert"));
    out.push_back(assemble("0 0 0 create 0 sstore"));
    out.push_back(assemble("0 calldataload selfdestruct"));
    out.push_back(assemble("0 calldataload dup1 extcodehash 3 sstore balance 4 sstore"));
    out.push_back(assemble(kToken));
    out.push_back(assemble(kPool));
    out.push_back(assemble("64 0 0 calldatacopy 32 0 64 0 0 " +
                           address_word(ConflictContract::Pool) + call +
                           "pop 0 mload origin sload add origin sstore"));
    out.push_back(assemble("0 tload @busy jumpi 1 0 tstore 0 0 0 0 0 0 calldataload" + call +
                           "pop 1 sload 1 add 1 sstore 0 0 tstore stop busy: 0 0 revert"));
    out.push_back(create2_code());
    out.push_back(
        assemble("0 calldataload dup1 3 and dup1 sload 1 add swap1 sstore "
                 "dup1 iszero @leaf jumpi 1 dup2 sub 0 mstore 0 0 32 0 0 address" +
                 call + "pop dup1 8 and @fail jumpi leaf: stop fail: 0 0 revert"));
    out.push_back(assemble(kThrower));
    out.push_back(assemble("0 calldataload 0 mstore 32 0 32 0 0 " +
                           address_word(ConflictContract::Thrower) +
                           " 20000 call 0 sstore 0 mload 2 sload add 2 sstore "
                           "returndatasize 1 sstore"));
    out.push_back(
        assemble("0 0 0 0 32 calldataload 0xff and 0 calldataload" + value_call + "3 sstore"));
    out.push_back(
        assemble("address balance 32 calldataload 0xfff and gt @small jumpi "
                 "0 0 0 0 32 calldataload 0xfff and caller" +
                 value_call + "pop stop small: 9 sload 1 add 9 sstore"));
    out.push_back(assemble("64 0 0 calldatacopy 0 0 64 0 " +
                           address_word(ConflictContract::Counter) +
                           " 3000 gas sub delegatecall 6 sstore"));
    out.push_back(assemble("0 sload @set jumpi 1 0 sstore stop set: 0 0 sstore"));
    out.push_back(
        assemble("0 calldataload dup1 extcodesize 0 sstore 32 0 0 dup4 extcodecopy "
                 "0 mload 1 sstore"));
    out.push_back(assemble("0 calldataload sload pop gas 2 sstore"));
    out.push_back(
        assemble("number timestamp add prevrandao add coinbase add gaslimit add "
                 "gasprice add 0 sstore"));
    out.push_back(assemble("0 blobhash 0 sstore blobbasefee 1 sstore"));
    out.push_back(depositor_code());
    SWITCHYARD_ASSERT(out.size() == kConflictContractCount);
    return out;
}

}  // namespace

Address conflict_contract(ConflictContract contract) {
    Address out;
    out[0] = 0xc0;
    out[19] = static_cast<uint8_t>(contract);
    return out;
}

const std::vector<Bytes>& conflict_codes() {
    static const std::vector<Bytes> codes = make_codes();
    return codes;
}

const Bytes& system_contract_code() {
    static const Bytes code = assemble(
        "caller 0xfffffffffffffffffffffffffffffffffffffffe eq @system jumpi "
        "0 calldataload 5 sstore 0 sload 1 add 0 sstore stop "
        "system: 0 sload dup1 0 mstore iszero @none jumpi 0 0 sstore 32 0 return "
        "none: 0 calldataload 5 sstore");
    return code;
}

Uint256 token_slot(const Address& owner) {
    Bytes message(64, 0);
    std::ranges::copy(owner, message.begin() + 12);
    return to_uint256(keccak256(message));
}

Address create2_child(uint64_t salt) {
    static const Bytes32 init_hash = keccak256(child_init_code());
    Bytes message{0xff};
    append(message, conflict_contract(ConflictContract::Create2));
    append(message, to_bytes32(Uint256{salt}));
    append(message, init_hash);
    return to_address(to_uint256(keccak256(message)));
}

}  // namespace switchyard::test
