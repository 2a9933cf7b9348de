// SPDX-License-Identifier: Apache-2.0
// Every opcode of the EVM from Frontier to Amsterdam, with the handler that implements it.
#pragma once

#include <cstdint>

// One opcode a line: the formatter would indent each line by the one before it.
// clang-format off

/// The one list of opcodes, all 256 in order: `X(value, Name, handler)` for those that some
/// revision assigns, `U(value)` for the others.
///
/// The handlers live in `instructions/`; those that depend on the revision or on the
/// instrumentation take `R` and `I` from the scope that expands the list.
#define SWITCHYARD_EVM_OPCODES(X, U) \
    X(0x00, Stop, instructions::stop)                                          \
    X(0x01, Add, instructions::add)                                            \
    X(0x02, Mul, instructions::multiply)                                       \
    X(0x03, Sub, instructions::subtract)                                       \
    X(0x04, Div, instructions::divide)                                         \
    X(0x05, Sdiv, instructions::signed_divide)                                 \
    X(0x06, Mod, instructions::modulo)                                         \
    X(0x07, Smod, instructions::signed_modulo)                                 \
    X(0x08, Addmod, instructions::add_modulo)                                  \
    X(0x09, Mulmod, instructions::multiply_modulo)                             \
    X(0x0a, Exp, instructions::exponentiate<R>)                                \
    X(0x0b, Signextend, instructions::sign_extend)                             \
    U(0x0c) U(0x0d) U(0x0e) U(0x0f)                                            \
    X(0x10, Lt, instructions::less)                                            \
    X(0x11, Gt, instructions::greater)                                         \
    X(0x12, Slt, instructions::signed_less)                                    \
    X(0x13, Sgt, instructions::signed_greater)                                 \
    X(0x14, Eq, instructions::equal)                                           \
    X(0x15, Iszero, instructions::is_zero)                                     \
    X(0x16, And, instructions::bitwise_and)                                    \
    X(0x17, Or, instructions::bitwise_or)                                      \
    X(0x18, Xor, instructions::bitwise_xor)                                    \
    X(0x19, Not, instructions::bitwise_not)                                    \
    X(0x1a, Byte, instructions::byte)                                          \
    X(0x1b, Shl, instructions::shift_left)                                     \
    X(0x1c, Shr, instructions::shift_right)                                    \
    X(0x1d, Sar, instructions::shift_right_arithmetic)                         \
    X(0x1e, Clz, instructions::count_leading_zeros)                            \
    U(0x1f)                                                                    \
    X(0x20, Keccak256, instructions::keccak256<I>)                             \
    U(0x21) U(0x22) U(0x23) U(0x24) U(0x25) U(0x26) U(0x27) U(0x28)            \
    U(0x29) U(0x2a) U(0x2b) U(0x2c) U(0x2d) U(0x2e) U(0x2f)                    \
    X(0x30, Address, instructions::address)                                    \
    X(0x31, Balance, instructions::balance<R>)                                 \
    X(0x32, Origin, instructions::origin)                                      \
    X(0x33, Caller, instructions::caller)                                      \
    X(0x34, Callvalue, instructions::call_value)                               \
    X(0x35, Calldataload, instructions::call_data_load)                        \
    X(0x36, Calldatasize, instructions::call_data_size)                        \
    X(0x37, Calldatacopy, instructions::call_data_copy)                        \
    X(0x38, Codesize, instructions::code_size)                                 \
    X(0x39, Codecopy, instructions::code_copy)                                 \
    X(0x3a, Gasprice, instructions::gas_price)                                 \
    X(0x3b, Extcodesize, instructions::external_code_size<R>)                  \
    X(0x3c, Extcodecopy, instructions::external_code_copy<R>)                  \
    X(0x3d, Returndatasize, instructions::return_data_size)                    \
    X(0x3e, Returndatacopy, instructions::return_data_copy)                    \
    X(0x3f, Extcodehash, instructions::external_code_hash<R>)                  \
    X(0x40, Blockhash, instructions::block_hash)                               \
    X(0x41, Coinbase, instructions::coinbase)                                  \
    X(0x42, Timestamp, instructions::timestamp)                                \
    X(0x43, Number, instructions::number)                                      \
    X(0x44, Prevrandao, instructions::prev_randao<R>)                          \
    X(0x45, Gaslimit, instructions::gas_limit)                                 \
    X(0x46, Chainid, instructions::chain_id)                                   \
    X(0x47, Selfbalance, instructions::self_balance)                           \
    X(0x48, Basefee, instructions::base_fee)                                   \
    X(0x49, Blobhash, instructions::blob_hash)                                 \
    X(0x4a, Blobbasefee, instructions::blob_base_fee)                          \
    X(0x4b, Slotnum, instructions::slot_number)                                \
    U(0x4c) U(0x4d) U(0x4e) U(0x4f)                                            \
    X(0x50, Pop, instructions::pop)                                            \
    X(0x51, Mload, instructions::memory_load)                                  \
    X(0x52, Mstore, instructions::memory_store)                                \
    X(0x53, Mstore8, instructions::memory_store_byte)                          \
    X(0x54, Sload, instructions::storage_load<R>)                              \
    X(0x55, Sstore, instructions::storage_store<R>)                            \
    X(0x56, Jump, instructions::jump)                                          \
    X(0x57, Jumpi, instructions::jump_if)                                      \
    X(0x58, Pc, instructions::program_counter)                                 \
    X(0x59, Msize, instructions::memory_size)                                  \
    X(0x5a, Gas, instructions::gas_left)                                       \
    X(0x5b, Jumpdest, instructions::jump_destination)                          \
    X(0x5c, Tload, instructions::transient_load)                               \
    X(0x5d, Tstore, instructions::transient_store)                             \
    X(0x5e, Mcopy, instructions::memory_copy)                                  \
    X(0x5f, Push0, instructions::push_zero)                                    \
    X(0x60, Push1, instructions::push<1>)                                      \
    X(0x61, Push2, instructions::push<2>)                                      \
    X(0x62, Push3, instructions::push<3>)                                      \
    X(0x63, Push4, instructions::push<4>)                                      \
    X(0x64, Push5, instructions::push<5>)                                      \
    X(0x65, Push6, instructions::push<6>)                                      \
    X(0x66, Push7, instructions::push<7>)                                      \
    X(0x67, Push8, instructions::push<8>)                                      \
    X(0x68, Push9, instructions::push<9>)                                      \
    X(0x69, Push10, instructions::push<10>)                                    \
    X(0x6a, Push11, instructions::push<11>)                                    \
    X(0x6b, Push12, instructions::push<12>)                                    \
    X(0x6c, Push13, instructions::push<13>)                                    \
    X(0x6d, Push14, instructions::push<14>)                                    \
    X(0x6e, Push15, instructions::push<15>)                                    \
    X(0x6f, Push16, instructions::push<16>)                                    \
    X(0x70, Push17, instructions::push<17>)                                    \
    X(0x71, Push18, instructions::push<18>)                                    \
    X(0x72, Push19, instructions::push<19>)                                    \
    X(0x73, Push20, instructions::push<20>)                                    \
    X(0x74, Push21, instructions::push<21>)                                    \
    X(0x75, Push22, instructions::push<22>)                                    \
    X(0x76, Push23, instructions::push<23>)                                    \
    X(0x77, Push24, instructions::push<24>)                                    \
    X(0x78, Push25, instructions::push<25>)                                    \
    X(0x79, Push26, instructions::push<26>)                                    \
    X(0x7a, Push27, instructions::push<27>)                                    \
    X(0x7b, Push28, instructions::push<28>)                                    \
    X(0x7c, Push29, instructions::push<29>)                                    \
    X(0x7d, Push30, instructions::push<30>)                                    \
    X(0x7e, Push31, instructions::push<31>)                                    \
    X(0x7f, Push32, instructions::push<32>)                                    \
    X(0x80, Dup1, instructions::duplicate<1>)                                  \
    X(0x81, Dup2, instructions::duplicate<2>)                                  \
    X(0x82, Dup3, instructions::duplicate<3>)                                  \
    X(0x83, Dup4, instructions::duplicate<4>)                                  \
    X(0x84, Dup5, instructions::duplicate<5>)                                  \
    X(0x85, Dup6, instructions::duplicate<6>)                                  \
    X(0x86, Dup7, instructions::duplicate<7>)                                  \
    X(0x87, Dup8, instructions::duplicate<8>)                                  \
    X(0x88, Dup9, instructions::duplicate<9>)                                  \
    X(0x89, Dup10, instructions::duplicate<10>)                                \
    X(0x8a, Dup11, instructions::duplicate<11>)                                \
    X(0x8b, Dup12, instructions::duplicate<12>)                                \
    X(0x8c, Dup13, instructions::duplicate<13>)                                \
    X(0x8d, Dup14, instructions::duplicate<14>)                                \
    X(0x8e, Dup15, instructions::duplicate<15>)                                \
    X(0x8f, Dup16, instructions::duplicate<16>)                                \
    X(0x90, Swap1, instructions::swap<1>)                                      \
    X(0x91, Swap2, instructions::swap<2>)                                      \
    X(0x92, Swap3, instructions::swap<3>)                                      \
    X(0x93, Swap4, instructions::swap<4>)                                      \
    X(0x94, Swap5, instructions::swap<5>)                                      \
    X(0x95, Swap6, instructions::swap<6>)                                      \
    X(0x96, Swap7, instructions::swap<7>)                                      \
    X(0x97, Swap8, instructions::swap<8>)                                      \
    X(0x98, Swap9, instructions::swap<9>)                                      \
    X(0x99, Swap10, instructions::swap<10>)                                    \
    X(0x9a, Swap11, instructions::swap<11>)                                    \
    X(0x9b, Swap12, instructions::swap<12>)                                    \
    X(0x9c, Swap13, instructions::swap<13>)                                    \
    X(0x9d, Swap14, instructions::swap<14>)                                    \
    X(0x9e, Swap15, instructions::swap<15>)                                    \
    X(0x9f, Swap16, instructions::swap<16>)                                    \
    X(0xa0, Log0, instructions::log<0>)                                        \
    X(0xa1, Log1, instructions::log<1>)                                        \
    X(0xa2, Log2, instructions::log<2>)                                        \
    X(0xa3, Log3, instructions::log<3>)                                        \
    X(0xa4, Log4, instructions::log<4>)                                        \
    U(0xa5) U(0xa6) U(0xa7) U(0xa8) U(0xa9) U(0xaa) U(0xab) U(0xac)            \
    U(0xad) U(0xae) U(0xaf) U(0xb0) U(0xb1) U(0xb2) U(0xb3) U(0xb4)            \
    U(0xb5) U(0xb6) U(0xb7) U(0xb8) U(0xb9) U(0xba) U(0xbb) U(0xbc)            \
    U(0xbd) U(0xbe) U(0xbf) U(0xc0) U(0xc1) U(0xc2) U(0xc3) U(0xc4)            \
    U(0xc5) U(0xc6) U(0xc7) U(0xc8) U(0xc9) U(0xca) U(0xcb) U(0xcc)            \
    U(0xcd) U(0xce) U(0xcf) U(0xd0) U(0xd1) U(0xd2) U(0xd3) U(0xd4)            \
    U(0xd5) U(0xd6) U(0xd7) U(0xd8) U(0xd9) U(0xda) U(0xdb) U(0xdc)            \
    U(0xdd) U(0xde) U(0xdf) U(0xe0) U(0xe1) U(0xe2) U(0xe3) U(0xe4)            \
    U(0xe5)                                                                    \
    X(0xe6, Dupn, instructions::duplicate_n)                                   \
    X(0xe7, Swapn, instructions::swap_n)                                       \
    X(0xe8, Exchange, instructions::exchange)                                  \
    U(0xe9) U(0xea) U(0xeb) U(0xec) U(0xed) U(0xee) U(0xef)                    \
    X(0xf0, Create, instructions::create<R, I, MessageKind::Create>)           \
    X(0xf1, Call, instructions::call<R, I, MessageKind::Call>)                 \
    X(0xf2, Callcode, instructions::call<R, I, MessageKind::CallCode>)         \
    X(0xf3, Return, instructions::return_success)                              \
    X(0xf4, Delegatecall, instructions::call<R, I, MessageKind::DelegateCall>) \
    X(0xf5, Create2, instructions::create<R, I, MessageKind::Create2>)         \
    U(0xf6) U(0xf7) U(0xf8) U(0xf9)                                            \
    X(0xfa, Staticcall, instructions::call<R, I, MessageKind::StaticCall>)     \
    U(0xfb) U(0xfc)                                                            \
    X(0xfd, Revert, instructions::return_revert)                               \
    X(0xfe, Invalid, instructions::invalid)                                    \
    X(0xff, Selfdestruct, instructions::self_destruct<R>)

// clang-format on

namespace switchyard::evm {

enum class Opcode : uint8_t {
#define SWITCHYARD_EVM_ENUMERATOR(value, name, ...) name = value,
#define SWITCHYARD_EVM_NO_ENUMERATOR(value)
    SWITCHYARD_EVM_OPCODES(SWITCHYARD_EVM_ENUMERATOR, SWITCHYARD_EVM_NO_ENUMERATOR)
#undef SWITCHYARD_EVM_ENUMERATOR
#undef SWITCHYARD_EVM_NO_ENUMERATOR
};

}  // namespace switchyard::evm
