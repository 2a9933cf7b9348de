// SPDX-License-Identifier: Apache-2.0
// The pool: keeps verified transactions until a block takes them, and picks the order of a block.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "host/chain/transaction.hpp"
#include "host/chain/transaction_sink.hpp"
#include "host/core/result.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

/// Which transactions the pool lets in.
enum class Admission : uint8_t {
    /// Blocks are built from the pool: a transaction must fit the head of the chain by nonce,
    /// balance, fee and gas.
    Open,
    /// Blocks come from elsewhere and name their transactions (`take_exactly`): whoever built them
    /// vouches for the rules, which may depend on what a block does before. Only duplicates and the
    /// limits of the pool are refused.
    Named,
};

struct PoolConfig {
    Admission admission = Admission::Open;
    size_t transactions_max = 65'536;
    size_t bytes_max = size_t{256} << 20;  ///< of canonical encodings
    size_t transactions_per_sender_max = 64;
    /// Below this a `max_fee_per_gas` is refused, in wei.
    Uint256 min_fee_per_gas{};
    /// By how much both fees must rise to replace a transaction of the same sender and nonce.
    uint32_t price_bump_percent = 10;
};

/// What the pool must know of the chain's head.
struct PoolHead {
    /// The state after the head; must outlive its being the head. May be null with
    /// `Admission::Named`.
    const StateView* state = nullptr;
    uint64_t block_gas_limit = 0;
    /// The rules of the next block that need no account: type, intrinsic gas, caps, the form of
    /// blob and set-code transactions. Says `Accepted` or why not. Given by the caller, because the
    /// pool does not see the executor, whose rules these are; not called with `Admission::Named`.
    std::function<Verdict(const Transaction&)> rules;
};

/// The room and the prices of a block to be built.
struct BlockTarget {
    uint64_t gas_limit = 0;
    Uint256 base_fee;
    uint64_t blob_gas_limit = 0;
    Uint256 blob_base_fee;
    size_t transactions_max = 0;
    size_t bytes_max = SIZE_MAX;  ///< of the transactions as they stand in the block's RLP
};

/// Sums since the start.
struct PoolStatistics {
    std::array<uint64_t, kVerdictCount> verdicts{};  ///< by the value of `Verdict`
    uint64_t replaced = 0;  ///< accepted transactions whose sender put another one in their place
    uint64_t taken = 0;
    uint64_t put_back = 0;
    uint64_t stale = 0;  ///< dropped because the chain used their nonce

    [[nodiscard]] uint64_t count(Verdict verdict) const {
        return verdicts[static_cast<size_t>(verdict)];
    }
};

/// A bounded set of transactions, ordered by nonce for each sender. One thread.
///
/// What was accepted is not lost: a full pool refuses, it never evicts. A transaction leaves when a
/// block takes it, when its own sender replaces it, or when the chain has used its nonce.
class Pool final : public TransactionSink {
  public:
    explicit Pool(const PoolConfig& config);

    /// Moves to a new head: forgets what was taken, drops what became stale. With
    /// `Admission::Open` it must be called once before the first transaction.
    void set_head(PoolHead head);

    /// The verdict on one transaction; `Accepted` moves it into the pool.
    [[nodiscard]] Verdict add(SignedTransaction&& transaction);

    /// Never 0: a full pool answers `Verdict::PoolFull`.
    [[nodiscard]] size_t room() const override;
    void accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) override;

    /// Takes transactions for a block, in its order: the highest effective tip first (EIP-1559),
    /// the earlier arrival first among equals, always in nonce order for each sender. Counts gas
    /// limits, so that the block has room whatever execution uses, and bytes (EIP-7934). Takes none
    /// that cannot pay, and no later one of its sender.
    [[nodiscard]] std::vector<SignedTransaction> take_block(const BlockTarget& target);

    /// Takes exactly the named transactions in the given order. All or nothing: `NotFound` names
    /// the first that is absent, `InvalidInput` one that is named twice; the pool is unchanged
    /// then.
    [[nodiscard]] Result<std::vector<SignedTransaction>> take_exactly(
        std::span<const Bytes32> hashes);

    /// Gives back what was taken and did not get into a block, in the order taken. They stand
    /// before all others of the same tip. Neither rules nor limits are applied again.
    void put_back(std::vector<SignedTransaction> transactions);

    [[nodiscard]] bool contains(const Bytes32& hash) const { return by_hash_.contains(hash); }
    [[nodiscard]] size_t size() const { return by_hash_.size(); }
    [[nodiscard]] size_t bytes() const { return bytes_; }
    [[nodiscard]] const PoolStatistics& statistics() const { return statistics_; }

  private:
    struct Entry {
        SignedTransaction transaction;
        uint64_t arrival = 0;  ///< lower came earlier; unique
        Uint256 cost;          ///< the most that the sender can owe for it
    };
    struct Sender {
        std::map<uint64_t, Entry> entries;  ///< by nonce
        uint64_t next_nonce = 0;            ///< the first that neither chain nor taken ones used
        Uint256 balance;
        Uint256 cost;        ///< of all entries; exact with `Admission::Open`
        Uint256 taken_cost;  ///< of those taken since the head
        bool known = false;  ///< whether nonce and balance were read from the head
    };
    struct Place {
        Address sender;
        uint64_t nonce = 0;
    };
    struct Candidate {
        Uint256 tip;
        uint64_t arrival = 0;
        Sender* sender = nullptr;
    };

    [[nodiscard]] Verdict judge(const SignedTransaction& transaction, Sender& sender,
                                const Uint256& cost) const;
    [[nodiscard]] Verdict judge_account(const Transaction& transaction, const Sender& sender,
                                        const Uint256& cost, const Entry* replaced) const;
    [[nodiscard]] bool outbids(const Transaction& transaction, const Transaction& replaced) const;
    [[nodiscard]] Verdict admit(SignedTransaction&& transaction);
    void read_account(const Address& address, Sender& sender) const;
    void insert(Sender& sender, SignedTransaction&& transaction, uint64_t arrival,
                const Uint256& cost);
    SignedTransaction remove(Sender& sender, std::map<uint64_t, Entry>::iterator entry);
    SignedTransaction take(Sender& sender, std::map<uint64_t, Entry>::iterator entry);
    void drop_stale(Sender& sender);
    /// The sender's next transaction if the block can take it.
    [[nodiscard]] static const Entry* next_for(const Sender& sender, const BlockTarget& left);

    PoolConfig config_;
    PoolHead head_;
    std::unordered_map<Address, Sender> senders_;
    std::unordered_map<Bytes32, Place> by_hash_;
    size_t bytes_ = 0;
    uint64_t next_arrival_;
    uint64_t first_arrival_;
    PoolStatistics statistics_;
};

}  // namespace switchyard
