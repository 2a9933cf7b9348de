// SPDX-License-Identifier: Apache-2.0
// What the kernel's processes hand to one another, in the order of the road.
//
//     fetch ─ Word ─▶ frame ─ Beat ─▶ spread ─ KeyRound ─▶ lookup ─ EntryRound ─▶
//         place ─ PlacedRound ─▶ wait ─ Plan ─▶ format ─ Word ─▶ store
#pragma once

#include "hls/conflict_detector/structure.hpp"
#include "hls/pragmas.hpp"

namespace switchyard {
namespace hls {

/// One beat of the 512-bit memory ports: eight little-endian 64-bit parts.
struct Word {
    uint64_t part[8];
};

/// Modelled time, in the cost unit of the descriptors (gas): 48 bits, as 65,536 transactions of at
/// most 2^32 - 1 each stay below 2^48 - 1.
typedef uint64_t Cost;
constexpr Cost kNever = (Cost{1} << 48) - 1;

/// Per lane, how many of its transactions: a wait vector, 1,024 bits. 16 bits suffice because a
/// wait never exceeds the number of transactions before it in the block. Only the count after the
/// last transaction of the largest block wraps, and nobody waits for that one.
struct LaneVector {
    uint16_t lane[abi::kLanes];
};

/// What fetch knows of a part before its descriptors come.
struct PartHead {
    Word header;
    uint32_t beats;  // descriptors that follow
    uint32_t input_words;
    uint32_t output_words;
};

/// What the processes after frame must know of a part before its first token.
struct PartBegin {
    bool opens;                  // a new block: forget all keys, lanes and places
    bool answer;                 // false: there is no room for a single word
    uint32_t first_transaction;  // index within the block
    uint32_t record_words;       // of each record
    uint32_t words;              // of all records
    abi::BatchHeader header;
};

/// Travels behind the last token of a part; each process adds what it knows.
struct PartEnd {
    abi::Status status;
    uint32_t transactions;
    uint32_t overflowed;
    uint32_t generation;
    Cost makespan;
};

/// A valid descriptor with the buckets of its keys.
struct Beat {
    bool end;   // no descriptor, but the end of the part
    bool last;  // of its transaction
    bool barrier;
    uint8_t count;
    uint32_t cost;
    uint8_t kind[abi::kKeysPerDescriptor];
    uint16_t bucket[abi::kKeysPerDescriptor];
    uint64_t key[abi::kKeysPerDescriptor];
    PartEnd part;
};

/// What a round is, whatever its accesses are by then: at most one access in every bank, all of
/// one transaction.
struct RoundHead {
    bool end;
    bool last;  // of its transaction
    bool barrier;
    uint32_t cost;
    PartEnd part;
};

struct KeyAccess {
    bool valid;
    uint8_t kind;
    uint16_t bucket;  // within the bank
    uint64_t key;
};
struct KeyRound {
    RoundHead head;
    KeyAccess access[kBanks];
};

/// What the last transaction that used an entry changed about it. Which epochs there are follows
/// from the order of the accesses alone; only members and times come from the schedule. So lookup
/// decides all of the former, and the entry itself is updated when it is read the next time, by
/// which time its last user has a place.
enum Change : uint8_t {
    kUnchanged = 0,
    kJoined = 1,        // a member of the current epoch more
    kOpened = 2,        // the current epoch became the previous one; a new one with one member
    kJoinedOpened = 3,  // first the one, then the other
    kOpenedTwice = 4,   // two new epochs, with that transaction as their only member
};

struct EntryAccess {
    bool valid;
    bool fresh;        // the entry holds nothing of this block; read it as empty
    bool previous;     // waits for the previous epoch, not for the current one
    Change change;     // still to be made
    uint16_t changer;  // by this transaction of the block
    uint16_t entry;    // within the bank
};
struct EntryRound {
    RoundHead head;
    EntryAccess access[kBanks];
};

/// Where and until when a transaction runs.
struct Placement {
    Cost finish;
    uint16_t place;
    uint8_t lane;
};

struct PlacedAccess {
    bool valid;
    bool fresh;
    bool previous;
    Change change;
    uint8_t lane;    // of the changer
    uint16_t place;  // of the changer
    uint16_t entry;
};
struct PlacedRound {
    RoundHead head;
    uint8_t lane;  // of the transaction; on its last round
    uint16_t place;
    PlacedAccess access[kBanks];
};

struct Plan {
    bool end;
    uint8_t lane;
    uint16_t place;
    LaneVector waits;
    PartEnd part;
};

}  // namespace hls
}  // namespace switchyard
