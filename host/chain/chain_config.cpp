// SPDX-License-Identifier: Apache-2.0
#include "host/chain/chain_config.hpp"

namespace switchyard {
namespace {

constexpr size_t index_of(Revision revision) {
    return static_cast<size_t>(revision);
}

bool is_active(const Activation& activation, uint64_t number, uint64_t timestamp) {
    return (activation.block && number >= *activation.block) ||
           (activation.timestamp && timestamp >= *activation.timestamp);
}

/// The last entry whose start is at or before `position`; null when there is none.
template <typename Entry, typename Start>
const Entry* in_force(const std::vector<Entry>& schedule, uint64_t position, Start start) {
    const Entry* found = nullptr;
    for (const Entry& entry : schedule)
        if (start(entry) <= position) found = &entry;
    return found;
}

template <typename Entry, typename Start>
bool ascends(const std::vector<Entry>& schedule, Start start) {
    for (size_t i = 1; i < schedule.size(); ++i)
        if (start(schedule[i]) <= start(schedule[i - 1])) return false;
    return true;
}

constexpr auto kBlobStart = [](const ChainConfig::BlobChange& change) { return change.timestamp; };
constexpr auto kBombStart = [](const ChainConfig::BombDelay& delay) { return delay.block; };

}  // namespace

std::optional<BlobParameters> default_blob_parameters(Revision revision) {
    if (revision >= Revision::Amsterdam) return kMainnetBpo2;
    if (revision >= Revision::Prague) return kPragueBlobs;
    if (revision == Revision::Cancun) return kCancunBlobs;
    return std::nullopt;
}

uint64_t default_bomb_delay(Revision revision) {
    if (revision >= Revision::London) return 9'700'000;          // EIP-3554
    if (revision >= Revision::Berlin) return 9'000'000;          // EIP-2384, in Muir Glacier
    if (revision >= Revision::Constantinople) return 5'000'000;  // EIP-1234
    if (revision >= Revision::Byzantium) return 3'000'000;       // EIP-649
    return 0;
}

Revision ChainConfig::revision_at(uint64_t number, uint64_t timestamp,
                                  const std::optional<Uint256>& parent_total_difficulty) const {
    for (size_t i = kRevisionCount; i-- > 1;) {
        if (is_active(activations[i], number, timestamp)) return static_cast<Revision>(i);
        if (static_cast<Revision>(i) == Revision::Paris && terminal_total_difficulty &&
            parent_total_difficulty && *parent_total_difficulty >= *terminal_total_difficulty)
            return Revision::Paris;
    }
    return Revision::Frontier;
}

std::optional<BlobParameters> ChainConfig::blob_parameters_at(uint64_t timestamp) const {
    const BlobChange* change = in_force(blob_schedule, timestamp, kBlobStart);
    return change != nullptr ? std::optional{change->parameters} : std::nullopt;
}

uint64_t ChainConfig::bomb_delay_at(uint64_t number) const {
    const BombDelay* delay = in_force(difficulty_schedule, number, kBombStart);
    return delay != nullptr ? delay->blocks : 0;
}

Result<void> ChainConfig::check() const {
    if (!ascends(blob_schedule, kBlobStart))
        return Error{ErrorCode::InvalidInput, "blob schedule: timestamps do not ascend"};
    if (!ascends(difficulty_schedule, kBombStart))
        return Error{ErrorCode::InvalidInput, "difficulty schedule: blocks do not ascend"};
    for (const BlobChange& change : blob_schedule) {
        const BlobParameters& parameters = change.parameters;
        if (parameters.base_fee_update_fraction == 0)
            return Error{ErrorCode::InvalidInput, "blob schedule: update fraction is 0"};
        if (parameters.max == 0 || parameters.target > parameters.max ||
            parameters.max > UINT32_MAX)
            return Error{ErrorCode::InvalidInput, "blob schedule: target or max out of range"};
    }
    return {};
}

ChainConfig ChainConfig::mainnet() {
    ChainConfig config;
    const auto by_block = [&config](Revision revision, uint64_t block) {
        config.activations[index_of(revision)].block = block;
    };
    const auto by_time = [&config](Revision revision, uint64_t timestamp) {
        config.activations[index_of(revision)].timestamp = timestamp;
    };
    by_block(Revision::Frontier, 0);
    by_block(Revision::Homestead, 1'150'000);
    by_block(Revision::TangerineWhistle, 2'463'000);
    by_block(Revision::SpuriousDragon, 2'675'000);
    by_block(Revision::Byzantium, 4'370'000);
    by_block(Revision::Constantinople, 7'280'000);
    by_block(Revision::Petersburg, 7'280'000);
    by_block(Revision::Istanbul, 9'069'000);
    by_block(Revision::Berlin, 12'244'000);
    by_block(Revision::London, 12'965'000);
    by_block(Revision::Paris, 15'537'394);
    by_time(Revision::Shanghai, 1'681'338'455);
    by_time(Revision::Cancun, 1'710'338'135);
    by_time(Revision::Prague, 1'746'612'311);
    by_time(Revision::Osaka, 1'764'798'551);
    config.dao_fork_block = 1'920'000;
    config.blob_schedule = {{1'710'338'135, kCancunBlobs},
                            {1'746'612'311, kPragueBlobs},
                            {1'765'290'071, kMainnetBpo1},
                            {1'767'747'671, kMainnetBpo2}};
    // Byzantium, Constantinople, Muir Glacier, London, Arrow Glacier, Gray Glacier.
    config.difficulty_schedule = {{4'370'000, 3'000'000},   {7'280'000, 5'000'000},
                                  {9'200'000, 9'000'000},   {12'965'000, 9'700'000},
                                  {13'773'000, 10'700'000}, {15'050'000, 11'400'000}};
    return config;
}

ChainConfig ChainConfig::single_revision(Revision revision, std::optional<BlobParameters> blobs) {
    ChainConfig config;
    for (size_t i = 0; i <= index_of(revision); ++i)
        config.activations[i].block = 0;
    if (!blobs) blobs = default_blob_parameters(revision);
    if (blobs) config.blob_schedule = {{0, *blobs}};
    config.difficulty_schedule = {{0, default_bomb_delay(revision)}};
    return config;
}

}  // namespace switchyard
