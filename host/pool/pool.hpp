// SPDX-License-Identifier: Apache-2.0
// The pool: keeps verified transactions until a block takes them, and picks the order of a block.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "host/chain/transaction.hpp"
#include "host/chain/transaction_sink.hpp"
#include "host/core/result.hpp"
#include "host/pool/pool_config.hpp"
#include "host/pool/pool_events.hpp"
#include "host/pool/pool_journal.hpp"
#include "host/pool/pool_records.hpp"
#include "host/pool/slab.hpp"
#include "host/pool/spread.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard {

/// A transaction of the pool, as told to who asks.
struct PooledTransaction {
    SignedTransaction transaction;
    bool executable = false;  ///< 'pending' in geth's words; else 'queued', behind a nonce gap
};

struct PoolStatus {
    size_t executable = 0;
    size_t queued = 0;
    size_t bytes = 0;
    size_t blob_bytes = 0;  ///< of sidecars, at most
    size_t senders = 0;
    uint64_t executable_gas = 0;  ///< gas limits of the executable ones; wraps above 2^64
};

/// What `Pool::open_journal` found.
struct PoolRestored {
    uint64_t restored = 0;                   ///< in the pool again
    uint64_t nonce_used = 0;                 ///< the chain holds them, or another of their nonce
    uint64_t refused = 0;                    ///< the head's rules refuse them
    std::optional<journal::JournalCut> cut;  ///< a torn tail: was not acknowledged
};

/// A bounded set of transactions, ordered by nonce for each sender.
///
/// What was accepted does not leave without a word: into a block, or with a `DropReason` that
/// listeners hear and that is counted. One of `Origin::Promised` leaves only when its own sender
/// replaces it, when the chain has used its nonce, when it stood behind a gap for longer than
/// `lifetime_s`, or when execution refuses it: a full pool refuses newcomers instead.
///
/// Safe from any thread. Calls that read the head's state (`set_head`, `open_journal`, `put_back`,
/// everything that adds) may run only where `PoolHead::state` may be read; the others do not touch
/// it.
class Pool final : public TransactionSink {
  public:
    explicit Pool(const PoolConfig& config);
    ~Pool() override;

    /// Moves to a new head: forgets what was taken, drops what became stale. With
    /// `Admission::Open` it must be called once before the first transaction.
    ///
    /// `returned` are the transactions of blocks that were taken back, in the order of their
    /// blocks: those that fit the new head stand in the pool again, before all others of the same
    /// tip, whatever the limits. `head.changed` must then be empty or hold what differs on both
    /// branches.
    void set_head(PoolHead head, std::vector<SignedTransaction> returned = {});

    /// Reads the journal in a folder, which is created if it is not there, and puts what it holds
    /// back into the pool: by the rules of the head, without the limits and without asking whether
    /// it can be paid (it waits then). From then on what is accepted is written down first. After
    /// `set_head`, before anything is added. Errors: those of `PoolJournal::open`.
    [[nodiscard]] Result<PoolRestored> open_journal(const PoolJournalOptions& options);
    /// All blocks up to this one are durable: what they took need not be kept in the journal any
    /// longer. Also moves the journal's compaction on by a bounded step.
    void block_durable(uint64_t number);

    /// Other limits and prices from here on: those of `next`, but for `admission`, `sink_origin`,
    /// `takes_blobs`, `blob_keeper` and `spread_percent`, which stay. What is above a lower limit
    /// of the whole pool (transactions, bytes, queued ones, blobs) is evicted as `Origin::Public`
    /// is for a newcomer, a few thousand under one lock; what was promised stays. The other limits
    /// and the prices are asked of newcomers alone, `lifetime_s` at the next `tick`.
    void set_limits(const PoolConfig& next);

    /// Time goes on: what stood behind a nonce gap for too long expires. Seconds on any scale that
    /// survives a restart (Unix time); looks at all senders with a gap once a minute.
    void tick(uint64_t now_s);

    /// Several transactions under one lock and one record of the journal.
    class Batch {
      public:
        explicit Batch(Pool& pool);
        /// Commits.
        ~Batch();
        Batch(const Batch&) = delete;
        Batch& operator=(const Batch&) = delete;
        /// The verdict on one transaction; `Accepted` moves it into the pool. To be told on only
        /// after `commit`.
        [[nodiscard]] Verdict add(SignedTransaction&& transaction, Origin origin);
        /// Lets go of the pool, and returns when what was accepted is durable under the journal's
        /// policy. An error: nothing of the batch may be acknowledged (`Verdict::NotDurable`), even
        /// though the pool may hold it.
        [[nodiscard]] Result<void> commit();
        /// Fetches what `add` will look up first; of help for all before the first is added.
        void prefetch(const SignedTransaction& transaction) const;

      private:
        Pool& pool_;
        std::unique_lock<std::mutex> lock_;
        bool committed_ = false;
    };

    /// The verdict on one transaction; `Accepted` moves it into the pool, and it is durable then.
    /// Several threads that add share the journal's syncs.
    [[nodiscard]] Verdict add(SignedTransaction&& transaction, Origin origin = Origin::Promised);

    /// Never 0: a full pool answers `Verdict::PoolFull`.
    [[nodiscard]] size_t room() const override;
    /// `PoolConfig::sink_origin`; one record of the journal, one wait for it.
    void accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) override;
    /// What `add` would say, but for a missing sidecar and for room; the pool is as before. Spares
    /// whoever asks the proof of a sidecar that nobody needs.
    [[nodiscard]] Verdict preview(const SignedTransaction& transaction) const;

    /// Takes transactions for a block, in its order: the highest effective tip first (EIP-1559),
    /// the earlier arrival first among equals, always in nonce order for each sender; then those of
    /// nearly the same tip are spread (`PoolConfig::spread_percent`). Counts gas limits, so that
    /// the block has room whatever execution uses, and bytes (EIP-7934). Takes none that cannot
    /// pay, and no later one of its sender. Gives up when 4,096 senders' next transactions did not
    /// fit. Tips and fees above 2^64 - 1 wei order like that. Cost: O(log n) for each one taken,
    /// whatever else is in the pool; one whose tip the base fee cuts is moved when it is met, once
    /// for each time that this changes.
    [[nodiscard]] std::vector<SignedTransaction> take_block(const BlockTarget& target);
    /// The same transactions, copied: the pool is as before.
    [[nodiscard]] std::vector<SignedTransaction> preview_block(const BlockTarget& target);

    /// Takes exactly the named transactions in the given order. All or nothing: `NotFound` names
    /// the first that is absent, `InvalidInput` one that is named twice; the pool is unchanged
    /// then.
    [[nodiscard]] Result<std::vector<SignedTransaction>> take_exactly(
        std::span<const Bytes32> hashes);

    /// Gives back what was taken and did not get into a block, in the order taken. They stand
    /// before all others of the same tip. Neither rules nor limits are applied again.
    void put_back(std::vector<SignedTransaction> transactions);
    /// Gives up one that was taken, because execution refused it; those of its sender behind it,
    /// which are put back afterwards, wait for another one of its nonce.
    void reject(const SignedTransaction& transaction, Verdict why);
    /// Gives up one that is in the pool, as `reject`. Whether it was there.
    bool drop(const Bytes32& hash, Verdict why);

    // What wallets ask. None of these reads the head's state.
    [[nodiscard]] bool contains(const Bytes32& hash) const;
    [[nodiscard]] std::optional<PooledTransaction> find(const Bytes32& hash) const;
    /// Of one sender, ascending nonces; at most `limit`.
    [[nodiscard]] std::vector<PooledTransaction> of_sender(const Address& sender,
                                                           size_t limit) const;
    /// All transactions, sender by sender, in pieces so that nobody waits long for the pool:
    /// appends whole senders, at least one if there is one, up to `limit` transactions, and returns
    /// where to go on; no value at the end. Begin with 0. A sender that comes or goes meanwhile may
    /// be missed.
    [[nodiscard]] std::optional<uint32_t> content(uint32_t from, size_t limit,
                                                  std::vector<PooledTransaction>& out) const;
    /// The nonce after the sender's executable transactions, those under way in a block included.
    /// No value: the pool knows nothing of the sender, and the head's nonce holds.
    [[nodiscard]] std::optional<uint64_t> next_nonce(const Address& sender) const;
    [[nodiscard]] PoolStatus status() const;
    /// `PoolConfig::sink_origin`.
    [[nodiscard]] Origin sink_origin() const { return config_.sink_origin; }
    [[nodiscard]] size_t size() const;
    [[nodiscard]] size_t bytes() const;
    [[nodiscard]] PoolStatistics statistics() const;
    /// Events from here on. For a thousand listeners keep one queue and pass its events on: each
    /// queue costs every event some 20 ns.
    [[nodiscard]] std::shared_ptr<PoolEventQueue> subscribe(size_t capacity = 65'536);
    [[nodiscard]] std::optional<journal::JournalStatus> journal_status() const;
    /// Why nothing is accepted any longer (`Verdict::NotDurable`): the journal could not be
    /// written. No value: it could.
    [[nodiscard]] std::optional<Error> journal_failure() const;

  private:
    using Entry = pool_records::Entry;
    using Sender = pool_records::Sender;
    struct OrderNode {
        uint64_t price = 0;
        uint64_t arrival = 0;
        uint32_t sender = 0;
        uint32_t entry = 0;
    };
    struct OrderBefore {
        bool operator()(const OrderNode& a, const OrderNode& b) const {
            return a.price != b.price ? a.price > b.price : a.arrival < b.arrival;
        }
    };
    struct OrderPlaced {
        Slab<Sender>* senders;
        void operator()(const OrderNode& node, uint32_t place) const {
            (*senders)[node.sender].order_place = place;
        }
    };
    /// The cheapest first; of one price the highest nonce.
    struct EvictionNode {
        uint64_t max_fee = 0;
        uint64_t tip = 0;
        uint64_t nonce = 0;
        uint32_t entry = 0;
    };
    struct EvictionBefore {
        bool operator()(const EvictionNode& a, const EvictionNode& b) const {
            if (a.max_fee != b.max_fee) return a.max_fee < b.max_fee;
            return a.tip != b.tip ? a.tip < b.tip : a.nonce > b.nonce;
        }
    };
    struct EvictionPlaced {
        Slab<Entry>* entries;
        void operator()(const EvictionNode& node, uint32_t place) const {
            (*entries)[node.entry].eviction_place = place;
        }
    };
    struct BlobEvictionPlaced {
        Slab<Entry>* entries;
        void operator()(const EvictionNode& node, uint32_t place) const {
            (*entries)[node.entry].blob_eviction_place = place;
        }
    };
    using OrderHeap = IndexedHeap<OrderNode, OrderBefore, OrderPlaced>;
    using EvictionHeap = IndexedHeap<EvictionNode, EvictionBefore, EvictionPlaced>;
    using BlobEvictionHeap = IndexedHeap<EvictionNode, EvictionBefore, BlobEvictionPlaced>;
    /// What was taken for a block that is not known to be durable.
    struct InFlight {
        uint64_t block = 0;
        uint64_t first_record = 0;
    };

    // Admission (pool_admission.cpp).
    [[nodiscard]] Verdict admit(SignedTransaction&& transaction, Origin origin);
    [[nodiscard]] Verdict judge(const SignedTransaction& transaction, const Sender& sender,
                                const Uint256& cost, const Entry* replaced) const;
    [[nodiscard]] Verdict judge_account(const SignedTransaction& transaction, const Sender& sender,
                                        const Uint256& cost, const Entry* replaced) const;
    [[nodiscard]] Verdict judge_delegation(const SignedTransaction& transaction,
                                           const Sender& sender, const Entry* replaced) const;
    [[nodiscard]] Verdict judge_kind(const Transaction& transaction, const Sender& sender,
                                     const Entry* replaced) const;
    [[nodiscard]] bool outbids(const Transaction& transaction, const Transaction& replaced) const;
    [[nodiscard]] Verdict make_room(const SignedTransaction& transaction, const Sender& sender,
                                    const Entry* replaced);
    /// Whom `make_room` takes next: `Accepted` and `victim`, or why nobody.
    [[nodiscard]] Verdict choose_victim(const SignedTransaction& transaction, bool queued,
                                        bool from_queue, uint32_t& victim) const;
    /// The same for the room of sidecars: only one with blobs makes any.
    [[nodiscard]] Verdict choose_blob_victim(const SignedTransaction& transaction,
                                             uint32_t& victim) const;
    /// `victim` itself, or the last of its sender that can go; `PoolFull` when the newcomer stands
    /// on it.
    [[nodiscard]] Verdict spare_the_run(const SignedTransaction& transaction,
                                        uint32_t& victim) const;
    /// `entry`; of one with blobs the last of its sender that can go: no gap may come before blobs.
    [[nodiscard]] uint32_t last_of_run(uint32_t entry) const;
    /// Whom a limit that is exceeded takes next; `kNone`: none is, or nobody can go.
    [[nodiscard]] uint32_t choose_surplus() const;
    void evict(uint32_t entry);

    // The set (pool.cpp).
    [[nodiscard]] uint32_t find_entry(const Bytes32& hash) const;
    [[nodiscard]] uint32_t find_sender(const Address& address) const;
    /// The sender's number; a new one has read its account.
    [[nodiscard]] uint32_t sender_of(const Address& address);
    [[nodiscard]] uint32_t adopt(Sender&& sender);
    void read_account(Sender& sender) const;
    uint32_t insert(uint32_t sender, SignedTransaction&& transaction, uint64_t arrival,
                    const Uint256& cost, Origin origin);
    /// The sender has one of this nonce, which leaves.
    void replace(uint32_t sender, SignedTransaction&& transaction, const Uint256& cost,
                 Origin origin);
    /// Takes the entry at `place` of the sender's list out of everything, and no more: the caller
    /// counts the run anew (`update_run`), and forgets the sender if nothing is left.
    [[nodiscard]] SignedTransaction take_out(uint32_t sender, size_t place);
    /// With all that follows. The sender may be gone afterwards.
    [[nodiscard]] SignedTransaction remove(uint32_t sender, size_t place);
    void drop_at(uint32_t sender, size_t place, DropReason reason, Verdict why);
    void forget_if_empty(uint32_t sender);
    void forget_touched();
    void touch(uint32_t sender);
    /// Counts again what is executable, from the item `from` on, before which nothing has changed.
    void update_run(uint32_t sender, size_t from);
    void set_executable(uint32_t entry, bool executable);
    void enter_eviction(uint32_t entry);
    void leave_eviction(uint32_t entry);
    void count_authorities(const Transaction& transaction, bool there);
    /// Whether the sidecar of a transaction, if it needs one, is kept from here on.
    [[nodiscard]] bool hold_blobs(const SignedTransaction& transaction) const;
    void let_go_blobs(const SignedTransaction& transaction, std::optional<uint64_t> block) const;
    void publish(PoolEvent::Kind kind, const Entry& entry);
    void publish_drop(const SignedTransaction& transaction, DropReason reason, Verdict why);

    // Order (pool_order.cpp).
    /// Puts the sender's next transaction where the order of blocks finds it, or takes it away.
    void offer(uint32_t sender);
    void withdraw(uint32_t sender);
    void push_order(uint32_t sender, uint32_t entry, bool by_tip);
    /// The entries of the block, in its order; their senders' fronts are `selected`.
    void select(const BlockTarget& target);
    /// The next entry to offer its sender's place, both heaps' tops put right for the base fee.
    [[nodiscard]] uint32_t best_entry(const BlockTarget& left);
    void spread_selected(const Uint256& base_fee);
    void prefetch_selected(size_t i) const;

    // Heads (pool_head.cpp).
    void refresh(uint32_t sender);
    void drop_stale(uint32_t sender);
    void restore_returned(std::vector<SignedTransaction> returned);
    /// The account is as if this one had not been taken.
    static void give_back_account(Sender& sender, const SignedTransaction& transaction);

    // The journal (pool_durability.cpp).
    /// Appends what is staged; the record to wait for, or 0.
    [[nodiscard]] Result<uint64_t> append_staged();
    void flush_staged();
    void stage_added(uint32_t entry);
    void note_taken(const Entry& entry);
    void compact();

    mutable std::mutex mutex_;
    PoolConfig config_;  ///< under `mutex_`, but for what `set_limits` leaves alone
    PoolHead head_;
    const uint64_t hash_seed_;
    Slab<Entry> entries_;
    Slab<Sender> senders_;
    FlatIndex by_hash_;
    FlatIndex by_address_;
    OrderHeap by_tip_;      ///< senders whose next transaction's tip the base fee leaves whole
    OrderHeap by_max_fee_;  ///< senders whose next transaction's tip it cuts, or which it excludes
    EvictionHeap evictable_executable_;
    EvictionHeap evictable_queued_;
    BlobEvictionHeap evictable_blobs_;        ///< those with blobs, executable or not, once more
    FlatMap<Address, uint32_t> authorities_;  ///< of set-code transactions here: how many
    std::vector<uint32_t> queued_senders_;
    std::vector<uint32_t> touched_;
    size_t size_ = 0;
    size_t queued_ = 0;
    size_t sender_count_ = 0;
    size_t bytes_ = 0;
    size_t blob_bytes_ = 0;
    uint64_t executable_gas_ = 0;
    uint64_t next_arrival_;
    uint64_t first_arrival_;
    uint64_t now_s_ = 0;
    uint64_t last_expiry_s_ = 0;
    Uint256 last_base_fee_;  ///< of the last selection
    PoolStatistics statistics_;
    PoolEventHub events_;
    // Of a selection; kept for their memory.
    std::vector<uint32_t> selected_;
    std::vector<uint32_t> selected_senders_;
    std::vector<uint32_t> passed_over_;
    std::vector<uint32_t> before_spread_;
    std::vector<uint32_t> spread_order_;
    std::vector<SpreadItem> spread_items_;
    Spreader spreader_;
    // The journal.
    std::unique_ptr<PoolJournal> journal_;
    std::vector<uint32_t> staged_;
    std::deque<InFlight> in_flight_;
    uint64_t taken_first_record_ = UINT64_MAX;  ///< of what was taken since the head
    uint64_t compaction_cut_ = 0;               ///< records before it are being moved; 0: none
    uint32_t compaction_next_ = 0;
    uint64_t release_below_ = 0;  ///< records that nothing but blocks under way needs
    uint64_t released_below_ = 0;
    std::optional<Error> journal_failure_;  ///< nothing can be written down any longer
};

}  // namespace switchyard
