// SPDX-License-Identifier: Apache-2.0
// What the pool keeps of a transaction and of a sender. Internal to host/pool.
#pragma once

#include "host/pool/indexed_heap.hpp"
#include "host/pool/nonce_list.hpp"
#include "host/pool/pool_config.hpp"

namespace switchyard::pool_records {

inline constexpr uint32_t kNone = UINT32_MAX;
/// The record of what waits to be appended to the journal.
inline constexpr uint64_t kStaged = UINT64_MAX;

struct Entry {
    SignedTransaction transaction;
    Uint256 cost;          ///< the most that the sender can owe for it
    uint64_t arrival = 0;  ///< lower came earlier; unique
    uint64_t record = 0;   ///< of the journal, that holds it; 0: none
    uint64_t time_s = 0;   ///< when it came
    uint32_t sender = kNone;
    uint32_t eviction_place = kNoPlace;
    uint32_t blob_eviction_place = kNoPlace;
    Origin origin = Origin::Promised;
    bool executable = false;  ///< no gap before it
    bool is_new = false;      ///< being put in
    bool used = false;        ///< holds a transaction of the pool
};

enum class OrderHeap : uint8_t { None, Tip, MaxFee };

struct Sender {
    Address address;
    NonceList list;
    uint64_t account_nonce = 0;  ///< at the head
    uint64_t next_nonce = 0;     ///< the first that neither chain nor taken ones used
    Uint256 balance;
    Uint256 cost;             ///< of all entries; exact with `Admission::Open`
    Uint256 taken_cost;       ///< of those taken since the head
    uint32_t taken = 0;       ///< how many those are
    uint32_t executable = 0;  ///< how many of the list follow `next_nonce` without a gap
    uint32_t blobs = 0;       ///< how many of the list carry blobs
    uint32_t selected = 0;    ///< how many a selection under way has taken from the front
    Uint256 selected_cost;    ///< of those
    uint32_t order_place = kNoPlace;
    uint32_t order_entry = kNone;      ///< what stands there, meaningful with a place
    uint32_t queued_place = kNoPlace;  ///< among the senders with a gap
    uint64_t heartbeat_s = 0;          ///< when something became executable, or a first gap stood
    OrderHeap order = OrderHeap::None;
    bool has_code = false;  ///< at the head: delegated, as nobody knows a contract's key
    bool touched = false;   ///< its account has to be read again at the next head
};

}  // namespace switchyard::pool_records
