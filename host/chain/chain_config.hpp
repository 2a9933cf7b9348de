// SPDX-License-Identifier: Apache-2.0
// What differs from chain to chain: the chain id, when each revision starts, blob parameters, and
// the deposit contract.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// EIP-7840: what a fork says about blobs.
struct BlobParameters {
    uint64_t target = 0;                    ///< blobs per block that keep the fee constant
    uint64_t max = 0;                       ///< blobs that a block may carry at most
    uint64_t base_fee_update_fraction = 1;  ///< EIP-4844; never 0
    bool operator==(const BlobParameters&) const = default;
};

inline constexpr BlobParameters kCancunBlobs{3, 6, 3'338'477};     ///< EIP-4844
inline constexpr BlobParameters kPragueBlobs{6, 9, 5'007'716};     ///< EIP-7691
inline constexpr BlobParameters kMainnetBpo1{10, 15, 8'346'193};   ///< EIP-7892, December 2025
inline constexpr BlobParameters kMainnetBpo2{14, 21, 11'684'671};  ///< EIP-7892, January 2026

/// EIP-6110: the deposit contract of mainnet, which the official tests use as well.
inline constexpr Address kMainnetDepositContract{{0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5,
                                                  0x40, 0x35, 0x6c, 0xbb, 0x83, 0x9c, 0xbe,
                                                  0x05, 0x30, 0x3d, 0x77, 0x05, 0xfa}};

/// When a revision starts. Up to Paris by block number, from Shanghai on by timestamp; neither:
/// never.
struct Activation {
    std::optional<uint64_t> block;
    std::optional<uint64_t> timestamp;
    bool operator==(const Activation&) const = default;
};

/// The rules of one chain. A plain value; building it wrong is found by `check`.
struct ChainConfig {
    struct BlobChange {
        uint64_t timestamp = 0;  ///< in force from here on
        BlobParameters parameters;
        bool operator==(const BlobChange&) const = default;
    };
    struct BombDelay {
        uint64_t block = 0;   ///< in force from here on
        uint64_t blocks = 0;  ///< how far the difficulty bomb is set back
        bool operator==(const BombDelay&) const = default;
    };

    uint64_t chain_id = 1;
    /// By revision. Frontier is in force from block 0 whatever stands here.
    std::array<Activation, kRevisionCount> activations{};
    /// The block of the irregular state change (EIP-779); none: the chain has none.
    std::optional<uint64_t> dao_fork_block;
    /// EIP-3675: a block whose parent's total difficulty reaches this is of Paris, whatever its
    /// number.
    std::optional<Uint256> terminal_total_difficulty;
    std::vector<BlobChange> blob_schedule;  ///< ascending timestamps
    std::vector<BombDelay>
        difficulty_schedule;  ///< EIP-649, 1234, 2384, 3554, 4345, 5133; ascending
    Address deposit_contract = kMainnetDepositContract;

    bool operator==(const ChainConfig&) const = default;

    /// The revision that a block of this number and timestamp runs under: the latest that is
    /// active. `parent_total_difficulty` matters only with `terminal_total_difficulty`.
    [[nodiscard]] Revision revision_at(
        uint64_t number, uint64_t timestamp,
        const std::optional<Uint256>& parent_total_difficulty = std::nullopt) const;

    /// No value before the first entry of the schedule.
    [[nodiscard]] std::optional<BlobParameters> blob_parameters_at(uint64_t timestamp) const;

    /// 0 before the first entry of the schedule.
    [[nodiscard]] uint64_t bomb_delay_at(uint64_t number) const;

    /// Whether the schedules ascend and hold usable values; names the first one that does not.
    [[nodiscard]] Result<void> check() const;

    /// Ethereum mainnet up to the second blob-parameter fork of January 2026.
    [[nodiscard]] static ChainConfig mainnet();

    /// `revision` from the genesis block on, with chain id 1. Without `blobs`, the revision's own
    /// parameters hold from Cancun on. No DAO fork.
    [[nodiscard]] static ChainConfig single_revision(
        Revision revision, std::optional<BlobParameters> blobs = std::nullopt);
};

/// The blob parameters that a revision came with; no value before Cancun.
[[nodiscard]] std::optional<BlobParameters> default_blob_parameters(Revision revision);

/// How far the difficulty bomb is set back where a chain starts with this revision.
[[nodiscard]] uint64_t default_bomb_delay(Revision revision);

}  // namespace switchyard
