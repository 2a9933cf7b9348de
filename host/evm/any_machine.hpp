// SPDX-License-Identifier: Apache-2.0
// An EVM of one revision, behind the choice of the revision at run time.
#pragma once

#include <memory>
#include <utility>

#include "host/evm/evm.hpp"

namespace switchyard::evm {

class AnyMachine {
  public:
    virtual ~AnyMachine() = default;
    [[nodiscard]] virtual CallResult execute(const BlockContext& block,
                                             const TransactionContext& transaction,
                                             const Message& message, TransactionState& state) = 0;
    [[nodiscard]] virtual Address unsupported_precompile() const = 0;
};

/// The uninstrumented machine of each revision; compiled in `revisions/`.
template <Revision R>
[[nodiscard]] std::unique_ptr<AnyMachine> make_machine();

/// What `make.operator()<R>()` gives for the revision R that equals `revision`: from a revision
/// that is known at run time to a machine that is compiled for it.
template <class Make>
[[nodiscard]] std::unique_ptr<AnyMachine> make_for(Revision revision, const Make& make) {
    std::unique_ptr<AnyMachine> machine;
    const auto try_one = [&]<size_t kIndex>() {
        constexpr auto kRevision = static_cast<Revision>(kIndex);
        if (revision == kRevision) machine = make.template operator()<kRevision>();
    };
    [&]<size_t... kIndices>(std::index_sequence<kIndices...>) {
        (try_one.template operator()<kIndices>(), ...);
    }
    (std::make_index_sequence<kRevisionCount>());
    return machine;
}

}  // namespace switchyard::evm
