// SPDX-License-Identifier: Apache-2.0
// The golden model: the rules of README.md in the plainest code, for the testbench and for the
// host's reference detector. Never synthesized, and shares no code with the kernel but the wire
// format's constants.
#pragma once

#include <stdint.h>

#include <map>
#include <set>
#include <vector>

#include "firmware/abi/conflict_detector.h"

namespace switchyard {
namespace hls {

struct ModelAccess {
    uint64_t key;
    abi::AccessCode kind;
};

struct ModelPlacement {
    uint32_t lane;
    uint32_t place;
    std::vector<uint32_t> waits;  // one per lane
};

/// How many keys have an entry of their own.
enum class ModelTable : uint8_t {
    Bounded,  ///< kBucketWays in each bucket, as on the card; the others share the bucket's
              ///< overflow
    Exact,    ///< all of them
};

/// The schedule of one block. Any number of transactions up to abi::kBlockTransactions.
class GoldenModel {
  public:
    GoldenModel(uint32_t lanes, uint64_t hash_seed, ModelTable table = ModelTable::Bounded);

    /// Schedules the next transaction; `cost` is cut to 1 to 2^32 - 1.
    ModelPlacement place(const std::vector<ModelAccess>& accesses, uint64_t cost);

    uint64_t overflowed_accesses() const { return overflowed_accesses_; }
    uint64_t makespan() const;

  private:
    struct Epoch {
        explicit Epoch(uint32_t lanes) : members(lanes, 0) {}
        std::vector<uint32_t> members;  // per lane, one past the place of the last member
        uint64_t finish = 0;            // when the last member finishes
    };
    struct Entry {
        explicit Entry(uint32_t lanes) : current(lanes), previous(lanes) {}
        bool used = false;
        abi::AccessCode kind = abi::kAccessRead;  // of the current epoch
        Epoch current;
        Epoch previous;

        bool joined_by(abi::AccessCode other) const {
            return used && kind == other && other != abi::kAccessWrite;
        }
    };
    struct Bucket {
        std::map<uint64_t, Entry> known;  // up to kBucketWays keys
        std::map<int, Entry> overflow;    // none or one, shared by all further keys
    };

    Entry& entry_of(uint64_t key);
    uint32_t choose_lane(uint64_t ready) const;

    uint32_t lanes_;
    uint64_t hash_seed_;
    ModelTable table_;
    std::vector<uint64_t> lane_free_;  // when each lane has finished what it was given
    std::vector<uint32_t> lane_count_;
    Epoch floor_;  // the last barrier and all before it
    std::map<uint32_t, Bucket> buckets_;
    uint64_t overflowed_accesses_ = 0;
};

}  // namespace hls
}  // namespace switchyard
