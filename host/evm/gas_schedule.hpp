// SPDX-License-Identifier: Apache-2.0
// What each instruction costs and needs under each revision: the Yellow Paper's fee schedule
// (appendix G) and the EIPs that changed it, in one table per revision that exists at compile time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "host/chain/revision.hpp"
#include "host/evm/opcodes.hpp"

namespace switchyard::evm {

inline constexpr size_t kStackItemsMax = 1024;   ///< Yellow Paper, section 9.1
inline constexpr uint32_t kCallDepthMax = 1024;  ///< Yellow Paper, section 8
inline constexpr uint64_t kBlockHashWindow = 256;

/// EIP-170, from Spurious Dragon on; EIP-7954 raised it in Amsterdam.
[[nodiscard]] constexpr size_t code_bytes_max(Revision revision) {
    return revision >= Revision::Amsterdam ? 32'768 : 24'576;
}
/// EIP-3860, from Shanghai on.
[[nodiscard]] constexpr size_t init_code_bytes_max(Revision revision) {
    return 2 * code_bytes_max(revision);
}

namespace gas {

// Costs that no revision changed (Yellow Paper, appendix G).
inline constexpr uint64_t kMemoryWord = 3;
inline constexpr uint64_t kMemoryQuadraticDivisor = 512;
inline constexpr uint64_t kCopyWord = 3;
inline constexpr uint64_t kKeccakWord = 6;
inline constexpr uint64_t kLogTopic = 375;
inline constexpr uint64_t kLogByte = 8;
inline constexpr uint64_t kCallValue = 9'000;
inline constexpr uint64_t kCallStipend = 2'300;
inline constexpr uint64_t kNewAccount = 25'000;    ///< before Amsterdam, see `state_gas.hpp`
inline constexpr uint64_t kCodeDepositByte = 200;  ///< before Amsterdam, see `state_gas.hpp`
inline constexpr uint64_t kInitCodeWord = 2;       ///< EIP-3860

// EIP-2929: first access to an account or a slot in a transaction, and every further one.
inline constexpr uint64_t kColdAccount = 2'600;
inline constexpr uint64_t kColdSlot = 2'100;
inline constexpr uint64_t kWarm = 100;

// SSTORE.
inline constexpr uint64_t kStorageSet = 20'000;  ///< before Amsterdam, see `state_gas.hpp`
inline constexpr uint64_t kStorageReset = 5'000;
inline constexpr uint64_t kStorageSentry = 2'300;  ///< EIP-2200: at most so much left is refused

/// EXP, for each byte of the exponent: 10, from EIP-160 on 50.
[[nodiscard]] constexpr uint64_t exponent_byte(Revision revision) {
    return revision >= Revision::SpuriousDragon ? 50 : 10;
}

/// SLOAD, also the price of an SSTORE that changes nothing under EIP-1283 and EIP-2200.
[[nodiscard]] constexpr uint64_t storage_load(Revision revision) {
    if (revision >= Revision::Berlin) return kWarm;          // EIP-2929
    if (revision >= Revision::Istanbul) return 800;          // EIP-1884
    if (revision >= Revision::TangerineWhistle) return 200;  // EIP-150
    return 50;
}

/// Refund for a slot that becomes zero: 15,000, from EIP-3529 on 4,800.
[[nodiscard]] constexpr uint64_t storage_clear_refund(Revision revision) {
    return revision >= Revision::London ? 4'800 : 15'000;
}

/// Refund of the first SELFDESTRUCT of an account: 24,000 until EIP-3529 removed it.
[[nodiscard]] constexpr uint64_t self_destruct_refund(Revision revision) {
    return revision >= Revision::London ? 0 : 24'000;
}

}  // namespace gas

/// What the interpreter checks before it runs an instruction.
struct InstructionRule {
    bool available = false;
    uint16_t gas = 0;        ///< the part that is known before execution
    uint8_t inputs = 0;      ///< stack items that must be there
    uint8_t outputs = 0;     ///< stack items in their place afterwards
    uint8_t immediates = 0;  ///< bytes of PUSH data behind the opcode
};

using InstructionRules = std::array<InstructionRule, 256>;

namespace detail {

class RulesBuilder {
  public:
    constexpr void set(Opcode opcode, unsigned cost, unsigned inputs, unsigned outputs) {
        rules_[static_cast<uint8_t>(opcode)] = {true, static_cast<uint16_t>(cost),
                                                static_cast<uint8_t>(inputs),
                                                static_cast<uint8_t>(outputs), 0};
    }
    constexpr void set_immediates(Opcode opcode, unsigned count) {
        rules_[static_cast<uint8_t>(opcode)].immediates = static_cast<uint8_t>(count);
    }
    constexpr void price(Opcode opcode, unsigned cost) {
        rules_[static_cast<uint8_t>(opcode)].gas = static_cast<uint16_t>(cost);
    }
    [[nodiscard]] constexpr const InstructionRules& rules() const { return rules_; }

  private:
    InstructionRules rules_{};
};

[[nodiscard]] constexpr Opcode numbered(Opcode first, unsigned index) {
    return static_cast<Opcode>(static_cast<unsigned>(first) + index);
}

constexpr void add_frontier_computation(RulesBuilder& b) {
    using enum Opcode;
    b.set(Stop, 0, 0, 0);
    for (const Opcode op : {Add, Sub, Lt, Gt, Slt, Sgt, Eq, And, Or, Xor, Byte})
        b.set(op, 3, 2, 1);
    for (const Opcode op : {Mul, Div, Sdiv, Mod, Smod, Signextend})
        b.set(op, 5, 2, 1);
    for (const Opcode op : {Addmod, Mulmod})
        b.set(op, 8, 3, 1);
    for (const Opcode op : {Iszero, Not})
        b.set(op, 3, 1, 1);
    b.set(Exp, 10, 2, 1);
    b.set(Keccak256, 30, 2, 1);
    b.set(Pop, 2, 1, 0);
    b.set(Mload, 3, 1, 1);
    b.set(Mstore, 3, 2, 0);
    b.set(Mstore8, 3, 2, 0);
    b.set(Jump, 8, 1, 0);
    b.set(Jumpi, 10, 2, 0);
    b.set(Jumpdest, 1, 0, 0);
    for (const Opcode op : {Pc, Msize, Gas})
        b.set(op, 2, 0, 1);
    for (unsigned n = 1; n <= 32; ++n) {
        b.set(numbered(Push1, n - 1), 3, 0, 1);
        b.set_immediates(numbered(Push1, n - 1), n);
    }
    for (unsigned n = 1; n <= 16; ++n) {
        b.set(numbered(Dup1, n - 1), 3, n, n + 1);
        b.set(numbered(Swap1, n - 1), 3, n + 1, n + 1);
    }
}

constexpr void add_frontier_environment(RulesBuilder& b) {
    using enum Opcode;
    for (const Opcode op : {Address, Origin, Caller, Callvalue, Calldatasize, Codesize, Gasprice,
                            Coinbase, Timestamp, Number, Prevrandao, Gaslimit})
        b.set(op, 2, 0, 1);
    b.set(Calldataload, 3, 1, 1);
    b.set(Calldatacopy, 3, 3, 0);
    b.set(Codecopy, 3, 3, 0);
    b.set(Balance, 20, 1, 1);
    b.set(Extcodesize, 20, 1, 1);
    b.set(Extcodecopy, 20, 4, 0);
    b.set(Blockhash, 20, 1, 1);
    b.set(Sload, static_cast<unsigned>(gas::storage_load(Revision::Frontier)), 1, 1);
    b.set(Sstore, 0, 2, 0);
    for (unsigned n = 0; n <= 4; ++n)
        b.set(numbered(Log0, n), 375 + n * static_cast<unsigned>(gas::kLogTopic), n + 2, 0);
    b.set(Create, 32'000, 3, 1);
    b.set(Call, 40, 7, 1);
    b.set(Callcode, 40, 7, 1);
    b.set(Return, 0, 2, 0);
    b.set(Invalid, 0, 0, 0);
    b.set(Selfdestruct, 0, 1, 0);
}

}  // namespace detail

/// The table of one revision: Frontier's, and on top every EIP up to `revision`.
[[nodiscard]] constexpr InstructionRules instruction_rules(Revision revision) {
    using enum Opcode;
    detail::RulesBuilder b;
    detail::add_frontier_computation(b);
    detail::add_frontier_environment(b);
    if (revision >= Revision::Homestead) b.set(Delegatecall, 40, 6, 1);  // EIP-7
    if (revision >= Revision::TangerineWhistle) {                        // EIP-150
        b.price(Balance, 400);
        b.price(Extcodesize, 700);
        b.price(Extcodecopy, 700);
        b.price(Call, 700);
        b.price(Callcode, 700);
        b.price(Delegatecall, 700);
        b.price(Selfdestruct, 5'000);
    }
    if (revision >= Revision::Byzantium) {
        b.set(Returndatasize, 2, 0, 1);  // EIP-211
        b.set(Returndatacopy, 3, 3, 0);  // EIP-211
        b.set(Staticcall, 700, 6, 1);    // EIP-214
        b.set(Revert, 0, 2, 0);          // EIP-140
    }
    if (revision >= Revision::Constantinople) {
        b.set(Shl, 3, 2, 1);  // EIP-145
        b.set(Shr, 3, 2, 1);
        b.set(Sar, 3, 2, 1);
        b.set(Create2, 32'000, 4, 1);   // EIP-1014
        b.set(Extcodehash, 400, 1, 1);  // EIP-1052
    }
    if (revision >= Revision::Istanbul) {
        b.set(Chainid, 2, 0, 1);      // EIP-1344
        b.set(Selfbalance, 5, 0, 1);  // EIP-1884
        b.price(Balance, 700);        // EIP-1884
        b.price(Extcodehash, 700);    // EIP-1884
    }
    if (revision >= Revision::Berlin)  // EIP-2929: the warm price; cold accesses pay the difference
        for (const Opcode op : {Balance, Extcodesize, Extcodecopy, Extcodehash, Call, Callcode,
                                Delegatecall, Staticcall})
            b.price(op, static_cast<unsigned>(gas::kWarm));
    b.price(Sload, static_cast<unsigned>(gas::storage_load(revision)));
    if (revision >= Revision::London) b.set(Basefee, 2, 0, 1);  // EIP-3198
    if (revision >= Revision::Shanghai) b.set(Push0, 2, 0, 1);  // EIP-3855
    if (revision >= Revision::Cancun) {
        b.set(Tload, 100, 1, 1);      // EIP-1153
        b.set(Tstore, 100, 2, 0);     // EIP-1153
        b.set(Mcopy, 3, 3, 0);        // EIP-5656
        b.set(Blobhash, 3, 1, 1);     // EIP-4844
        b.set(Blobbasefee, 2, 0, 1);  // EIP-7516
    }
    if (revision >= Revision::Osaka) b.set(Clz, 5, 1, 1);  // EIP-7939
    if (revision >= Revision::Amsterdam) {
        b.set(Slotnum, 2, 0, 1);  // EIP-7843
        // EIP-8024; how much of the stack they need depends on their immediate.
        b.set(Dupn, 3, 0, 1);
        b.set(Swapn, 3, 0, 0);
        b.set(Exchange, 3, 0, 0);
        for (const Opcode op : {Dupn, Swapn, Exchange})
            b.set_immediates(op, 1);
        for (const Opcode op : {Create, Create2})
            b.price(op, 9'000);  // EIP-8037
    }
    return b.rules();
}

template <Revision kRevision>
inline constexpr InstructionRules kInstructionRules = instruction_rules(kRevision);

}  // namespace switchyard::evm
