// SPDX-License-Identifier: Apache-2.0
// What the transactions of a block really read and wrote, and which of them needed which: found by
// serial execution, for reports and simulations.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/core/result.hpp"
#include "host/execute/block_execution.hpp"
#include "host/offload/access_batch.hpp"

namespace switchyard::accesses {

/// The part of the state that a key names. The executor compares balance and identity each on its
/// own, so that they conflict each on their own.
enum class KeyPart : uint8_t {
    Balance,   ///< of an account
    Identity,  ///< nonce, code and existence of an account
    Storage,   ///< all slots of an account at once: read by creation, written by deletion
    Slot,
};

struct AccessKey {
    Address address;
    Uint256 slot;  ///< 0 unless `part` is Slot
    KeyPart part = KeyPart::Balance;
    bool operator==(const AccessKey&) const = default;
};

struct TransactionAccess {
    uint32_t key = 0;  ///< index into `BlockAccesses::keys`
    AccessKind kind = AccessKind::Read;
    bool operator==(const TransactionAccess&) const = default;
};

/// The transaction read, through `key`, what `on` made of it: without the effect of `on` the read
/// would have had another result.
struct Dependency {
    uint32_t on = 0;   ///< an earlier transaction of the block
    uint32_t key = 0;  ///< index into `BlockAccesses::keys`
    bool operator==(const Dependency&) const = default;
};

/// One block, transactions in block order. A plain value.
struct BlockAccesses {
    std::vector<AccessKey> keys;  ///< each once
    std::vector<uint64_t> gas_used;
    std::vector<bool> succeeded;

    [[nodiscard]] uint32_t transaction_count() const {
        return static_cast<uint32_t>(gas_used.size());
    }
    /// Each key and kind once; here and below, `i < transaction_count()`.
    [[nodiscard]] std::span<const TransactionAccess> accesses_of(uint32_t i) const {
        return std::span(accesses).subspan(access_begin[i], access_begin[i + 1] - access_begin[i]);
    }
    /// Ascending by `on`, each transaction once, with the lowest key.
    [[nodiscard]] std::span<const Dependency> dependencies_of(uint32_t i) const {
        return std::span(dependencies)
            .subspan(dependency_begin[i], dependency_begin[i + 1] - dependency_begin[i]);
    }

    std::vector<TransactionAccess> accesses;
    std::vector<size_t> access_begin{0};  ///< one more than transactions
    std::vector<Dependency> dependencies;
    std::vector<size_t> dependency_begin{0};  ///< likewise
};

/// Executes the block serially over `parent` and records it. A write that leaves a value as it was
/// makes nobody depend on it, and neither does a credit for whom the balance is enough without it:
/// the rules are those by which the executor validates (`ReadSet`), those of transactions that
/// merge
/// (`BlockInput::merging`) among them. Errors: those of
/// `execute_block_serial`.
[[nodiscard]] Result<BlockAccesses> record_accesses(const execute::BlockInput& input,
                                                    const StateView& parent);

}  // namespace switchyard::accesses
