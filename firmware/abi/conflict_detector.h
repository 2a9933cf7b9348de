// SPDX-License-Identifier: Apache-2.0
// The conflict detector's wire format: the only source of its layouts and of the constants that
// host and card must agree on. Bit tables: firmware/abi/README.md.
//
// Everything travels in 64-byte words, the width of a 512-bit bus. All fields are little-endian.
// Reserved fields are written as 0 and ignored when read.
//
//   input buffer   [BatchHeader] [Descriptor] [Descriptor] ...   one or more per transaction
//   output buffer  [ResultHeader] [PlanRecord, 1 to 3 words] ...  one per transaction
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace switchyard {
namespace abi {

constexpr uint16_t kVersion = 1;
constexpr uint32_t kBatchMagic = 0x42435953;   // "SYCB" in memory order
constexpr uint32_t kResultMagic = 0x52435953;  // "SYCR" in memory order
constexpr uint32_t kWordBytes = 64;

// ---- Constants of the algorithm (hls/conflict_detector/README.md says what they mean). ----

constexpr uint32_t kLanes = 64;
/// Transactions of one block over all its parts; it keeps places and waits within 16 bits.
constexpr uint32_t kBlockTransactions = 65536;
constexpr uint32_t kKeysPerDescriptor = 7;
constexpr uint32_t kDescriptorsPerTransaction = 128;
/// A transaction with more accesses than this is sent as a barrier.
constexpr uint32_t kAccessesPerTransaction = kKeysPerDescriptor * kDescriptorsPerTransaction;
/// A card may have a smaller table, and a co-simulation wants one; host and card must agree, or
/// their plans differ (and are still safe).
#if defined(SWITCHYARD_DETECTOR_BUCKET_BITS)
constexpr uint32_t kBucketBits = SWITCHYARD_DETECTOR_BUCKET_BITS;
#else
constexpr uint32_t kBucketBits = 13;
#endif
constexpr uint32_t kBuckets = 1u << kBucketBits;
/// Keys that a bucket tells apart; further ones share one overflow entry.
constexpr uint32_t kBucketWays = 3;

/// The bucket of `key`: multiply-shift with a random odd multiplier (Dietzfelbinger, Hagerup,
/// Katajainen, Penttonen: A reliable randomized algorithm for the closest-pair problem, 1997,
/// section 2). Two fixed keys share a bucket for at most 2 of every kBuckets seeds.
constexpr uint32_t bucket_of(uint64_t key, uint64_t hash_seed) {
    return static_cast<uint32_t>((key * (hash_seed | 1)) >> (64 - kBucketBits));
}

// ---- Input ----

enum AccessCode : uint8_t { kAccessRead = 0, kAccessWrite = 1, kAccessAdd = 2 };

/// Set on the first part of a block: forget all keys, lanes and places. Without it the part goes
/// on where the part before it ended.
constexpr uint16_t kBatchFirst = 1u << 0;

/// A block travels as one or more parts, each in one input buffer, in order. A part holds whole
/// transactions.
struct BatchHeader {
    uint32_t magic;              // kBatchMagic
    uint16_t version;            // kVersion
    uint16_t flags;              // kBatchFirst
    uint64_t batch_id;           // the host's name for the block; echoed
    uint32_t sequence;           // counts the parts sent to this device, modulo 2^32; echoed
    uint32_t part;               // 0, 1, 2, ... within the block; echoed
    uint64_t hash_seed;          // equal in all parts of a block
    uint32_t transaction_count;  // in this part
    uint32_t descriptor_count;   // in this part
    uint16_t lane_count;         // 1 to kLanes, equal in all parts of a block
    uint16_t record_words;       // record_words(lane_count)
    uint32_t reserved0;
    uint64_t reserved1[2];
};

constexpr uint8_t kDescriptorFirst = 1u << 0;  // begins a transaction
constexpr uint8_t kDescriptorLast = 1u << 1;   // ends one
/// The transaction's accesses are too many or unknown: it conflicts with every other one. Only on
/// a descriptor that is both first and last and has no keys.
constexpr uint8_t kDescriptorBarrier = 1u << 2;

/// Up to 7 accesses of one transaction.
struct Descriptor {
    uint32_t cost;         // of the transaction, 1 or more; read from its first descriptor
    uint8_t access_count;  // 0 to kKeysPerDescriptor
    uint8_t flags;         // kDescriptorFirst, kDescriptorLast, kDescriptorBarrier
    uint16_t kinds;        // access k has its AccessCode in bits 2k+1..2k; 3 counts as Write
    uint64_t keys[kKeysPerDescriptor];
};

// ---- Output ----

enum Status : uint16_t {
    kStatusNone = 0,  // never written by the card: a buffer that it did not reach
    kStatusDone = 1,
    kStatusBadHeader = 2,      // magic, version, lane count, record words or counts out of range
    kStatusBadDescriptor = 3,  // a flag, a count or the framing of a transaction is wrong
    kStatusOutOfOrder = 4,     // not the successor of the part before it
    kStatusTooManyTransactions = 5,  // the block would pass kBlockTransactions
    kStatusNoRoom = 6,               // the output buffer cannot hold the records
};

/// Written last, when all records are in place. When `status` is not kStatusDone, the records are
/// meaningless and the card takes no part but a first one.
struct ResultHeader {
    uint32_t magic;    // kResultMagic
    uint16_t version;  // kVersion
    uint16_t status;   // Status
    uint64_t batch_id;
    uint32_t sequence;
    uint32_t part;
    uint32_t transaction_count;    // records written
    uint32_t overflowed_accesses;  // that used a bucket's overflow entry, in this part
    uint16_t lane_count;
    uint16_t record_words;
    uint32_t generation;  // of the card's tables; for diagnosis
    uint64_t makespan;    // cost at which the last lane ends, as scheduled so far
    uint64_t check;       // fold of all record words, see check_step
    uint64_t reserved;
};

/// What one transaction is told. Its words after the first hold waits only.
constexpr uint32_t kWaitsInFirstWord = 24;
constexpr uint32_t kWaitsPerWord = 32;

struct PlanRecord {
    uint32_t transaction;  // index within the block
    uint32_t sequence;     // of the part, so that a word left from an earlier one shows
    uint16_t lane;
    uint16_t place;
    uint32_t reserved;
    uint16_t waits[kWaitsInFirstWord];  // of lanes 0 to 23; 0 beyond the lane count
};

struct PlanRecordTail {
    uint16_t waits[kWaitsPerWord];  // of lanes 24 to 55, then 56 to 63; 0 beyond the lane count
};

/// Words per record: 1 for up to 24 lanes, 2 for up to 56, else 3.
constexpr uint16_t record_words(uint32_t lane_count) {
    return lane_count <= kWaitsInFirstWord                   ? uint16_t{1}
           : lane_count <= kWaitsInFirstWord + kWaitsPerWord ? uint16_t{2}
                                                             : uint16_t{3};
}

/// One step of ResultHeader::check: rotate, then add in the exclusive-or of the word's eight
/// 64-bit parts. Finds torn, stale and single-bit-damaged records; it is no defence against a
/// card that means harm.
constexpr uint64_t check_step(uint64_t check, uint64_t folded_word) {
    return ((check << 1) | (check >> 63)) ^ folded_word;
}

// ---- Register map (AXI4-Lite, as Vitis lays out two pointers and two scalars) ----

constexpr uint32_t kRegisterControl = 0x00;      // ap_start, ap_done, ap_idle
constexpr uint32_t kRegisterInput = 0x10;        // 64-bit address of the input buffer
constexpr uint32_t kRegisterOutput = 0x1c;       // 64-bit address of the output buffer
constexpr uint32_t kRegisterInputWords = 0x28;   // 32-bit, its size in 64-byte words
constexpr uint32_t kRegisterOutputWords = 0x30;  // 32-bit, its size in 64-byte words
constexpr uint32_t kRegisterFileBytes = 0x38;

// ---- Proof that the compiler lays the structs out as written ----

static_assert(kBucketBits >= 1 && kBucketBits <= 14, "the kernel numbers entries with 16 bits");
static_assert(sizeof(BatchHeader) == kWordBytes, "one word");
static_assert(offsetof(BatchHeader, magic) == 0, "layout");
static_assert(offsetof(BatchHeader, version) == 4, "layout");
static_assert(offsetof(BatchHeader, flags) == 6, "layout");
static_assert(offsetof(BatchHeader, batch_id) == 8, "layout");
static_assert(offsetof(BatchHeader, sequence) == 16, "layout");
static_assert(offsetof(BatchHeader, part) == 20, "layout");
static_assert(offsetof(BatchHeader, hash_seed) == 24, "layout");
static_assert(offsetof(BatchHeader, transaction_count) == 32, "layout");
static_assert(offsetof(BatchHeader, descriptor_count) == 36, "layout");
static_assert(offsetof(BatchHeader, lane_count) == 40, "layout");
static_assert(offsetof(BatchHeader, record_words) == 42, "layout");
static_assert(offsetof(BatchHeader, reserved0) == 44, "layout");
static_assert(offsetof(BatchHeader, reserved1) == 48, "layout");

static_assert(sizeof(Descriptor) == kWordBytes, "one word");
static_assert(offsetof(Descriptor, cost) == 0, "layout");
static_assert(offsetof(Descriptor, access_count) == 4, "layout");
static_assert(offsetof(Descriptor, flags) == 5, "layout");
static_assert(offsetof(Descriptor, kinds) == 6, "layout");
static_assert(offsetof(Descriptor, keys) == 8, "layout");

static_assert(sizeof(ResultHeader) == kWordBytes, "one word");
static_assert(offsetof(ResultHeader, magic) == 0, "layout");
static_assert(offsetof(ResultHeader, version) == 4, "layout");
static_assert(offsetof(ResultHeader, status) == 6, "layout");
static_assert(offsetof(ResultHeader, batch_id) == 8, "layout");
static_assert(offsetof(ResultHeader, sequence) == 16, "layout");
static_assert(offsetof(ResultHeader, part) == 20, "layout");
static_assert(offsetof(ResultHeader, transaction_count) == 24, "layout");
static_assert(offsetof(ResultHeader, overflowed_accesses) == 28, "layout");
static_assert(offsetof(ResultHeader, lane_count) == 32, "layout");
static_assert(offsetof(ResultHeader, record_words) == 34, "layout");
static_assert(offsetof(ResultHeader, generation) == 36, "layout");
static_assert(offsetof(ResultHeader, makespan) == 40, "layout");
static_assert(offsetof(ResultHeader, check) == 48, "layout");
static_assert(offsetof(ResultHeader, reserved) == 56, "layout");

static_assert(sizeof(PlanRecord) == kWordBytes, "one word");
static_assert(offsetof(PlanRecord, transaction) == 0, "layout");
static_assert(offsetof(PlanRecord, sequence) == 4, "layout");
static_assert(offsetof(PlanRecord, lane) == 8, "layout");
static_assert(offsetof(PlanRecord, place) == 10, "layout");
static_assert(offsetof(PlanRecord, reserved) == 12, "layout");
static_assert(offsetof(PlanRecord, waits) == 16, "layout");
static_assert(sizeof(PlanRecordTail) == kWordBytes, "one word");
static_assert(kWaitsInFirstWord + 2 * kWaitsPerWord >= kLanes, "three words hold every lane");

}  // namespace abi
}  // namespace switchyard
