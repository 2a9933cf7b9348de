// SPDX-License-Identifier: Apache-2.0
// From records of a fuzzer's input to EVM code that means something: reads and writes of a few
// slots and balances, calls, creations, self-destructs, loops.
#pragma once

#include <span>

#include "host/core/bytes.hpp"

namespace switchyard::fuzz {

/// Inputs of the EVM target are records of this size; the mutator keeps them aligned.
inline constexpr size_t kRecordBytes = 8;
using Record = std::span<const uint8_t, kRecordBytes>;

/// Code of one contract, grown statement by statement. Every statement leaves the stack as it found
/// it, except `raw` bytes.
class Program {
  public:
    /// `addresses` is what programs may name: byte `b` of a record means entry `b` modulo its size.
    /// Borrowed.
    explicit Program(std::span<const Address> addresses) : addresses_(addresses) {}

    /// Appends the statement of `record`. Byte 0 was read by the caller; bytes 1 to 7 are the
    /// statement's. Any bytes are a statement.
    void append(Record record);

    [[nodiscard]] const Bytes& code() const { return code_; }

  private:
    void op(uint8_t opcode) { code_.push_back(opcode); }
    void push(uint64_t value);
    void push(const Address& address);
    void push_source(uint8_t kind, uint8_t argument);
    void push_window(uint8_t shape);
    void sink(uint8_t kind, uint8_t argument);

    void assign(Record record);
    void call(Record record);
    void create(Record record);
    void end(Record record);
    void copy(Record record);
    void compute(Record record);
    void deposit(Record record);
    void open_branch(Record record);
    void open_loop(Record record);
    void close();

    std::span<const Address> addresses_;
    Bytes code_;
    /// A branch or loop around the next statement: where its label goes.
    enum class Open : uint8_t { None, Branch, Loop } open_ = Open::None;
    size_t label_ = 0;
};

}  // namespace switchyard::fuzz
