// SPDX-License-Identifier: Apache-2.0
// The schedule of one block, by the rules of hls/conflict_detector/README.md, with a table in which
// no two keys share an entry.
#pragma once

#include <cstdint>
#include <vector>

#include "host/offload/access_batch.hpp"
#include "host/offload/lane_plan.hpp"
#include "host/offload/software/epochs.hpp"
#include "host/offload/software/key_index.hpp"
#include "host/offload/software/lane_order.hpp"

namespace switchyard::offload {

/// Plans blocks one after another. Equal to `hls::GoldenModel` with `ModelTable::Exact`, bit for
/// bit. Keeps its memory: once it has seen the largest block, a block costs no allocation. Memory
/// follows the largest block: 64 bytes for each different key, two rows of up to 128 bytes for each
/// that is shared by several lanes. Not thread-safe.
class LaneSchedule {
  public:
    explicit LaneSchedule(uint64_t hash_seed) : index_(hash_seed) {}

    /// Precondition: `check_batch(batch, lanes)`.
    void plan(const AccessBatch& batch, uint32_t lanes, LanePlan& out);

  private:
    template <uint32_t kWidth>
    class Run;

    KeyIndex index_;
    LaneOrder order_;
    std::vector<KeyEpochs> keys_;  ///< by the numbers of `index_`
    // By lanes, rounded up: with few of them a row is one vector register.
    CountRows<8> rows8_;
    CountRows<16> rows16_;
    CountRows<32> rows32_;
    CountRows<64> rows64_;
};

}  // namespace switchyard::offload
