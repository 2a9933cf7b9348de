// SPDX-License-Identifier: Apache-2.0
// Whose sender hints are still worth a look.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "host/core/bytes.hpp"

namespace switchyard {

/// A wrong sender hint makes a batch of signatures fail its common check, which costs work. So a
/// source that gave one pays: its next hints are passed over and its signatures recovered one by
/// one, 256 the first time, twice as many each time after, up to 262,144. A thousand right hints
/// halve the next penalty. A source is trusted once its last thousand hints were right: only
/// trusted sources are checked together, so that whoever comes, or comes back, to give wrong hints
/// costs them nothing.
///
/// The table has a fixed size and one place for a source; a source that takes another's place
/// begins anew, and so does the other. What wrong hints can cost those who are not trusted is
/// bounded by `simd::verify_known`. One thread.
class HintPrivileges {
  public:
    explicit HintPrivileges(uint64_t seed = process_hash_seed()) : seed_(seed) {}

    /// Whether to use the hint that `source` has just given; counts it off a penalty.
    [[nodiscard]] bool use_hint(uint64_t source);

    /// Whether what `source` claims may be checked together with trusted sources' claims.
    [[nodiscard]] bool trusts(uint64_t source) const;

    /// What the signature said of a hint that was used.
    void report(uint64_t source, bool right);

    static constexpr uint32_t kPenaltyMin = 256;
    static constexpr uint32_t kPenaltyMax = kPenaltyMin << 10;
    static constexpr uint32_t kRightHintsPerStep = 1'000;

  private:
    struct Source {
        uint64_t id = 0;
        uint32_t penalty = kPenaltyMin;  ///< hints that the next wrong one costs
        uint32_t to_pass_over = 0;
        uint32_t right = 0;    ///< since the last wrong one or the last halving of `penalty`
        bool trusted = false;  ///< the last kRightHintsPerStep were right
    };
    static constexpr size_t kSources = 4'096;

    [[nodiscard]] size_t index_of(uint64_t source) const;
    [[nodiscard]] Source& place_of(uint64_t source);

    uint64_t seed_;
    std::array<Source, kSources> sources_{};
};

}  // namespace switchyard
