// SPDX-License-Identifier: Apache-2.0
// Which code a transaction to an address runs.
#pragma once

#include <optional>
#include <vector>

#include "host/plan/template_store.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::plan {

/// Follows a delegation (EIP-7702) and one proxy that is known as such. Keeps its answers for one
/// block, as long as the state before it stands. One thread.
class CodeResolver {
  public:
    CodeResolver() : seed_(process_hash_seed()) {}
    void begin_block(const StateView& parent);
    /// The hash of the code; no value: the account has none. Reads the state at most four times.
    [[nodiscard]] std::optional<Bytes32> code_hash(const Address& address,
                                                   const TemplateStore& templates);
    /// The same from the answers for earlier blocks alone, without reading the state; no value:
    /// there is no answer, or no code.
    [[nodiscard]] std::optional<Bytes32> remembered(const Address& address) const;

  private:
    struct Answer {
        Address address;
        std::optional<Bytes32> code_hash;
        uint64_t block = 0;
    };
    static constexpr size_t kAnswers = 4096;
    [[nodiscard]] size_t cell_of(const Address& address) const {
        return flat_hash(address, seed_) % kAnswers;
    }
    [[nodiscard]] std::optional<Bytes32> resolve(const Address& address,
                                                 const TemplateStore& templates) const;

    const StateView* parent_ = nullptr;
    uint64_t seed_;
    uint64_t block_ = 0;
    std::vector<Answer> answers_;
};

}  // namespace switchyard::plan
