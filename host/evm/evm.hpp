// SPDX-License-Identifier: Apache-2.0
// The EVM: runs one message (call or creation) against a TransactionState under the rules of one
// revision.
#pragma once

#include <memory>
#include <span>

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"
#include "host/evm/known_hashes.hpp"
#include "host/state/transaction_state.hpp"

namespace switchyard::precompiles {
class MovedPrecompiles;
}

namespace switchyard::evm {

/// Hashes of earlier blocks, for BLOCKHASH. Safe from any thread.
class BlockHashes {
  public:
    virtual ~BlockHashes() = default;
    /// The hash of block `number`, which is one of the 256 before the current one; 0 when unknown.
    [[nodiscard]] virtual Bytes32 block_hash(uint64_t number) const = 0;
};

/// What every transaction of a block sees alike.
struct BlockContext {
    uint64_t number = 0;
    uint64_t timestamp = 0;
    uint64_t gas_limit = 0;
    Address beneficiary;
    Uint256 difficulty;        ///< before Paris
    Bytes32 prev_randao;       ///< from Paris on (EIP-4399)
    Uint256 base_fee;          ///< from London on (EIP-3198)
    Uint256 blob_base_fee;     ///< from Cancun on (EIP-7516)
    uint64_t slot_number = 0;  ///< from Amsterdam on (EIP-7843)
    uint64_t chain_id = 1;
    const BlockHashes* hashes = nullptr;  ///< null: every hash is 0
    /// For simulations; null: every precompile stands where the revision puts it.
    const precompiles::MovedPrecompiles* moved_precompiles = nullptr;
};

/// What every frame of a transaction sees alike.
struct TransactionContext {
    Address origin;
    Uint256 gas_price;                     ///< effective
    std::span<const Bytes32> blob_hashes;  ///< EIP-4844
    /// What KECCAK256 need not compute; may be empty. Changes no result and no gas.
    std::span<const KnownHash> known_hashes{};
};

enum class MessageKind : uint8_t { Call, CallCode, DelegateCall, StaticCall, Create, Create2 };

struct Message {
    MessageKind kind = MessageKind::Call;
    bool is_static = false;
    uint32_t depth = 0;  ///< 0 for a transaction's own message, at most 1024
    uint64_t gas = 0;
    uint64_t state_gas = 0;  ///< EIP-8037: the reservoir at the start; of the first message only
    Address recipient;       ///< whose storage and balance; for creations: filled by the EVM
    Address code_address;    ///< whose code runs; the same as `recipient` for a plain call
    Address sender;
    BytesView input;  ///< call data, or init code for creations
    Uint256 value;
    Bytes32 salt;  ///< Create2 only
};

enum class Status : uint8_t {
    Success,
    Revert,
    OutOfGas,
    InvalidInstruction,
    StackUnderflow,
    StackOverflow,
    BadJumpDestination,
    StaticModeViolation,
    ReturnDataOutOfBounds,
    CallDepthExceeded,
    InsufficientBalance,
    CreateCollision,       ///< EIP-684, EIP-7610
    NonceOverflow,         ///< EIP-2681
    CodeSizeExceeded,      ///< EIP-170
    InitCodeSizeExceeded,  ///< EIP-3860
    InvalidCodePrefix,     ///< EIP-3541
    PrecompileFailure,
    // From here on the transaction has no result at all (`has_no_result`).
    /// The message ran into a precompile that this build cannot compute: the block stops.
    UnsupportedPrecompile,
    /// An `Interruption` ended it.
    Interrupted,
};

/// Whether a transaction that ends so has no result: the state is as before its message, and it
/// did not take place, as far as anybody can say.
[[nodiscard]] constexpr bool has_no_result(Status status) {
    return status >= Status::UnsupportedPrecompile;
}

struct CallResult {
    Status status = Status::Success;
    uint64_t gas_left = 0;
    // EIP-8037, from Amsterdam on.
    uint64_t state_gas_left = 0;  ///< in the reservoir
    uint64_t state_gas_used = 0;  ///< 0 if the message failed
    /// What state gas took out of the message's gas, for successful and failed frames alike.
    uint64_t state_gas_spilled = 0;
    Bytes output;     ///< return data, or revert data
    Address created;  ///< of a successful creation
};

class AnyMachine;
class Interruption;
class Tracer;
struct ObservationTarget;

/// One EVM. Not thread-safe: one per worker; keeps its stacks and memory between messages. The
/// revision is fixed at construction and chosen at compile time inside (one interpreter per
/// revision, no branch on it per instruction).
class Evm {
  public:
    explicit Evm(Revision revision);
    /// One that hands every message and instruction to `tracer`, which must outlive it. Slower, and
    /// equal in every result. Lives in `switchyard::evm_traced`.
    Evm(Revision revision, Tracer& tracer);
    /// The same, and `interruption`, which must outlive it as well, may end it.
    Evm(Revision revision, Tracer& tracer, Interruption& interruption);
    /// One that writes down what its transactions hash and whom they call, where `target` says; it
    /// must outlive this. Equal in every result. Lives in `switchyard::evm_observed`.
    Evm(Revision revision, ObservationTarget& target);
    /// One that `interruption` may end, which must outlive it. Equal in every result that it comes
    /// to. Lives in `switchyard::evm_interruptible`.
    Evm(Revision revision, Interruption& interruption);
    ~Evm();
    Evm(Evm&&) noexcept;
    Evm& operator=(Evm&&) noexcept;

    /// Runs a transaction's own message (depth 0) or a system call to its end. Value transfer, the
    /// creation's nonce and collision rules, code deposit and reverting of `state` on failure
    /// happen inside; the sender's nonce, gas purchase and refunds are the caller's.
    ///
    /// For `Create` the sender's nonce is already counted up: the address is that of the nonce
    /// before. The created address is made warm here, all others by the caller. A delegation of
    /// `code_address` is followed without a price (EIP-7702). `message.input` and the contexts are
    /// borrowed for the duration of the call. The native stack that this takes does not depend on
    /// the depth of calls.
    [[nodiscard]] CallResult execute(const BlockContext& block,
                                     const TransactionContext& transaction, const Message& message,
                                     TransactionState& state);

    /// After a result of `Status::UnsupportedPrecompile`: its address.
    [[nodiscard]] Address unsupported_precompile() const;

  private:
    std::unique_ptr<AnyMachine> machine_;
};

/// keccak256(rlp([sender, nonce]))[12:] (Yellow Paper, section 7).
[[nodiscard]] Address create_address(const Address& sender, uint64_t nonce);
/// EIP-1014.
[[nodiscard]] Address create2_address(const Address& sender, const Bytes32& salt,
                                      BytesView init_code);

}  // namespace switchyard::evm
