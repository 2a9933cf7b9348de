// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/evm_program.hpp"

namespace switchyard::fuzz {
namespace {

enum Op : uint8_t {
    ADD = 0x01,
    SUB = 0x03,
    ADDMOD = 0x08,
    MULMOD = 0x09,
    SIGNEXTEND = 0x0b,
    LT = 0x10,
    ISZERO = 0x15,
    NOT = 0x19,
    SAR = 0x1d,
    CLZ = 0x1e,
    KECCAK256 = 0x20,
    ADDRESS = 0x30,
    BALANCE = 0x31,
    ORIGIN = 0x32,
    CALLER = 0x33,
    CALLVALUE = 0x34,
    CALLDATALOAD = 0x35,
    CALLDATASIZE = 0x36,
    CALLDATACOPY = 0x37,
    CODESIZE = 0x38,
    CODECOPY = 0x39,
    GASPRICE = 0x3a,
    EXTCODESIZE = 0x3b,
    EXTCODECOPY = 0x3c,
    RETURNDATASIZE = 0x3d,
    RETURNDATACOPY = 0x3e,
    EXTCODEHASH = 0x3f,
    BLOCKHASH = 0x40,
    COINBASE = 0x41,
    TIMESTAMP = 0x42,
    NUMBER = 0x43,
    PREVRANDAO = 0x44,
    GASLIMIT = 0x45,
    CHAINID = 0x46,
    SELFBALANCE = 0x47,
    BASEFEE = 0x48,
    BLOBHASH = 0x49,
    BLOBBASEFEE = 0x4a,
    SLOTNUM = 0x4b,
    POP = 0x50,
    MLOAD = 0x51,
    MSTORE = 0x52,
    SLOAD = 0x54,
    SSTORE = 0x55,
    JUMPI = 0x57,
    MSIZE = 0x59,
    GAS = 0x5a,
    JUMPDEST = 0x5b,
    TLOAD = 0x5c,
    TSTORE = 0x5d,
    MCOPY = 0x5e,
    PUSH1 = 0x60,
    PUSH2 = 0x61,
    PUSH20 = 0x73,
    PUSH32 = 0x7f,
    DUP1 = 0x80,
    SWAP1 = 0x90,
    LOG1 = 0xa1,
    CREATE = 0xf0,
    CALL = 0xf1,
    CALLCODE = 0xf2,
    RETURN = 0xf3,
    DELEGATECALL = 0xf4,
    CREATE2 = 0xf5,
    STATICCALL = 0xfa,
    REVERT = 0xfd,
    INVALID = 0xfe,
    SELFDESTRUCT = 0xff,
};

constexpr uint64_t kSlots = 4;

/// keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)"), EIP-6110.
constexpr uint8_t kDepositTopic[32] = {
    0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42, 0xaf, 0xea, 0x4e, 0x5c, 0xd8, 0x2d, 0x40, 0x49,
    0xe7, 0xe1, 0xee, 0x91, 0x2f, 0xc0, 0x88, 0x9a, 0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5};

}  // namespace

void Program::push(uint64_t value) {
    uint8_t digits[8];
    size_t count = 0;
    for (; value != 0 || count == 0; value >>= 8)
        digits[count++] = static_cast<uint8_t>(value);
    op(static_cast<uint8_t>(PUSH1 + count - 1));
    while (count != 0)
        op(digits[--count]);
}

void Program::push(const Address& address) {
    op(PUSH20);
    code_.insert(code_.end(), address.begin(), address.end());
}

/// Pushes one word.
void Program::push_source(uint8_t kind, uint8_t argument) {
    const Address& address = addresses_[argument % addresses_.size()];
    constexpr uint8_t kPlain[] = {CALLER,       CALLVALUE,   SELFBALANCE,    GAS,      ORIGIN,
                                  CALLDATASIZE, CODESIZE,    RETURNDATASIZE, GASPRICE, ADDRESS,
                                  TIMESTAMP,    NUMBER,      PREVRANDAO,     GASLIMIT, CHAINID,
                                  BASEFEE,      BLOBBASEFEE, SLOTNUM,        COINBASE, MSIZE};
    constexpr uint8_t kOfAddress[] = {BALANCE, EXTCODEHASH, EXTCODESIZE};
    switch (kind % 16) {
        case 0:
            return push(argument);
        case 1:
        case 2:
            push(argument % kSlots);
            return op(SLOAD);
        case 3:
            push(argument % kSlots);
            op(SLOAD);
            push(1);
            return op(ADD);
        case 4:
        case 5:
            push(address);
            return op(kOfAddress[kind / 16 % std::size(kOfAddress)]);
        case 6:
            op(COINBASE);
            return op(BALANCE);
        case 7:
        case 8:
            return op(kPlain[argument % std::size(kPlain)]);
        case 9:
            push(argument % 3 * 32);
            return op(CALLDATALOAD);
        case 10:
            push(argument % kSlots);
            return op(TLOAD);
        case 11:
            push(argument % 4 * 32);
            return op(MLOAD);
        case 12:
            push(argument);
            op(NUMBER);
            op(SUB);
            return op(BLOCKHASH);
        case 13:
            push(argument % 4);
            return op(BLOBHASH);
        case 14:
            return push(address);
        default: {
            // 2^256 - 1, 2^255 and other words at the edges.
            op(PUSH32);
            op(argument);
            code_.insert(code_.end(), 30, static_cast<uint8_t>(argument % 2 == 0 ? 0 : 0xff));
            op(kind);
        }
    }
}

/// Pushes size and offset of a piece of memory, at most some hundred bytes.
void Program::push_window(uint8_t shape) {
    constexpr uint64_t kSizes[] = {0, 32, 1, 64, 33, 96, 4, 200};
    push(kSizes[shape % 8]);
    push(shape / 8 % 4 * 32);
}

/// Consumes one word.
void Program::sink(uint8_t kind, uint8_t argument) {
    switch (kind % 8) {
        case 0:
        case 1:
        case 2:
            push(argument % kSlots);
            return op(SSTORE);
        case 3:
            push(argument % kSlots);
            return op(TSTORE);
        case 4:
        case 5:
            push(argument % 4 * 32);
            return op(MSTORE);
        case 6:
            // The word becomes the topic, under size and offset.
            push(argument % 64);
            push(0);
            return op(LOG1);
        default:
            return op(POP);
    }
}

void Program::assign(Record record) {
    push_source(record[2], record[3]);
    sink(record[1], record[4]);
}

void Program::call(Record record) {
    constexpr uint8_t kKinds[] = {CALL, CALL, CALL, STATICCALL, DELEGATECALL, CALLCODE};
    const uint8_t kind = kKinds[record[1] % std::size(kKinds)];
    push_window(static_cast<uint8_t>(record[5] / 16));
    push_window(record[5]);
    if (kind == CALL || kind == CALLCODE)
        push_source(record[3], static_cast<uint8_t>(record[3] / 16));
    // Often to an address of the table, sometimes to one that was computed or stored.
    if (record[1] < 0xe0)
        push(addresses_[record[2] % addresses_.size()]);
    else
        push_source(record[2], record[7]);
    if (record[4] % 4 == 0)
        push(record[4] * uint64_t{200});
    else
        op(GAS);
    op(kind);
    sink(record[6], record[7]);
}

/// CREATE or CREATE2 with an init code of a few kinds, and the new address into a sink.
void Program::create(Record record) {
    uint64_t init_bytes = 0;
    const Address& model = addresses_[record[3] % addresses_.size()];
    switch (record[2] % 6) {
        case 0:
            break;
        case 1: {  // the code of another account
            push(model);
            op(EXTCODESIZE);
            op(DUP1);
            push(0);
            push(0);
            push(model);
            op(EXTCODECOPY);
            break;
        }
        default: {
            // A word of init code at 0: deploys or is something that destroys itself, writes, or
            // returns an account's code.
            constexpr uint8_t kInits[5][12] = {
                {PUSH2, CALLER, SELFDESTRUCT, PUSH1, 0, MSTORE, PUSH1, 2, PUSH1, 30, RETURN, 0},
                {CALLER, SELFDESTRUCT},
                {PUSH1, 7, PUSH1, 1, SSTORE, PUSH1, 1, PUSH1, 0, RETURN},
                {PUSH1, 0xef, PUSH1, 0, MSTORE, PUSH1, 1, PUSH1, 31, RETURN},
                {PUSH1, 1, SLOAD, PUSH1, 1, ADD, PUSH1, 1, SSTORE, PUSH1, 0, REVERT}};
            const uint8_t* init = kInits[record[2] / 6 % 5];
            op(PUSH32);
            code_.insert(code_.end(), init, init + 12);
            code_.insert(code_.end(), 20, record[7]);
            push(0);
            op(MSTORE);
            init_bytes = 12;
        }
    }
    const bool create2 = record[1] % 2 == 1;
    if (record[2] % 6 == 1) {
        // The size is still on the stack: it goes below offset and value.
        if (create2) {
            push(record[4] % 2);
            op(SWAP1);
        }
    } else {
        if (create2) push(record[4] % 2);
        push(init_bytes);
    }
    push(0);
    push(record[5] % 8 == 0 ? 1 : 0);
    op(create2 ? CREATE2 : CREATE);
    sink(record[6], record[7]);
}

void Program::end(Record record) {
    constexpr uint8_t kEnds[] = {RETURN, REVERT, 0x00, INVALID};
    const uint8_t kind = kEnds[record[1] % std::size(kEnds)];
    if (kind == RETURN || kind == REVERT) push_window(record[2]);
    op(kind);
}

void Program::copy(Record record) {
    constexpr uint8_t kCopies[] = {CALLDATACOPY, CODECOPY, RETURNDATACOPY, MCOPY};
    push(record[2] % 65);
    push(record[3] % 65);
    push(record[4] % 4 * 32);
    if (record[1] % 5 < std::size(kCopies)) return op(kCopies[record[1] % 5]);
    push(addresses_[record[5] % addresses_.size()]);
    op(EXTCODECOPY);
}

/// A binary operation, a hash or a ternary operation on two sources.
void Program::compute(Record record) {
    push_source(record[2], record[3]);
    push_source(record[4], record[5]);
    const auto operation = static_cast<uint8_t>(record[1] % 32);
    if (operation == 0) {
        push(0);
        op(MSTORE);
        push(32);
        op(MSTORE);
        push_window(record[6]);
        op(KECCAK256);
    } else if (operation <= SIGNEXTEND || (operation >= LT && operation <= SAR)) {
        if (operation == ADDMOD || operation == MULMOD) op(DUP1);
        op(operation);
        if (operation == ISZERO || operation == NOT) op(ADD);
    } else {
        op(ADD);
        op(CLZ);
    }
    sink(record[6], record[7]);
}

/// The event of the deposit contract (EIP-6110), sometimes with a word of its layout broken.
void Program::deposit(Record record) {
    constexpr uint64_t kLayout[][2] = {{0, 160},  {32, 256}, {64, 320}, {96, 384}, {128, 512},
                                       {160, 48}, {256, 32}, {320, 8},  {384, 96}, {512, 8}};
    for (const auto& [at, value] : kLayout) {
        push(value + (record[1] == 1 && at == 320 ? 1 : 0));
        push(at);
        op(MSTORE);
    }
    push_source(record[2], record[3]);
    push(192);
    op(MSTORE);
    op(PUSH32);
    code_.insert(code_.end(), std::begin(kDepositTopic), std::end(kDepositTopic));
    push(576);
    push(0);
    op(LOG1);
}

/// Skips the next statement if the source is zero.
void Program::open_branch(Record record) {
    push_source(record[1], record[2]);
    if (record[3] % 2 == 0) op(ISZERO);
    op(PUSH2);
    label_ = code_.size();
    code_.insert(code_.end(), 2, 0);
    op(JUMPI);
    open_ = Open::Branch;
}

/// Runs the next statement one to four times.
void Program::open_loop(Record record) {
    push(record[1] % 4 + 1);
    label_ = code_.size();
    op(JUMPDEST);
    open_ = Open::Loop;
}

/// Puts the end of the branch or loop after the statement that it is around.
void Program::close() {
    const size_t here = code_.size();
    if (open_ == Open::Branch) {
        code_[label_] = static_cast<uint8_t>(here >> 8);
        code_[label_ + 1] = static_cast<uint8_t>(here);
        op(JUMPDEST);
    } else if (open_ == Open::Loop) {
        push(1);
        op(SWAP1);
        op(SUB);
        op(DUP1);
        push(label_);
        op(JUMPI);
        op(POP);
    }
    open_ = Open::None;
}

void Program::append(Record record) {
    const uint8_t kind = record[0] / 8 % 16;
    if (kind == 10 && open_ == Open::None) return open_branch(record);
    if (kind == 11 && open_ == Open::None) return open_loop(record);
    if (kind <= 3 || kind == 10)
        assign(record);
    else if (kind <= 6)
        call(record);
    else if (kind == 7)
        create(record);
    else if (kind == 8) {
        push(addresses_[record[1] % addresses_.size()]);
        op(SELFDESTRUCT);
    } else if (kind == 9)
        end(record);
    else if (kind == 12)
        copy(record);
    else if (kind == 13 || kind == 11)
        compute(record);
    else if (kind == 14)
        deposit(record);
    else
        code_.insert(code_.end(), record.begin() + 1, record.end());
    close();
}

}  // namespace switchyard::fuzz
