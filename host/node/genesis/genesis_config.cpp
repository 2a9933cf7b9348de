// SPDX-License-Identifier: Apache-2.0
#include "host/node/genesis/genesis_config.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace switchyard::node {
namespace {

struct BlockFork {
    const char* key;
    Revision revision;
};
constexpr std::array kBlockForks{
    BlockFork{"homesteadBlock", Revision::Homestead},
    BlockFork{"eip150Block", Revision::TangerineWhistle},
    BlockFork{"eip158Block", Revision::SpuriousDragon},
    BlockFork{"byzantiumBlock", Revision::Byzantium},
    BlockFork{"constantinopleBlock", Revision::Constantinople},
    BlockFork{"petersburgBlock", Revision::Petersburg},
    BlockFork{"istanbulBlock", Revision::Istanbul},
    BlockFork{"berlinBlock", Revision::Berlin},
    BlockFork{"londonBlock", Revision::London},
};

/// Forks that only set the difficulty bomb back (EIP-649, 1234, 2384, 3554, 4345, 5133).
struct BombFork {
    const char* key;
    uint64_t blocks;
};
constexpr std::array kBombForks{
    BombFork{"byzantiumBlock", 3'000'000},     BombFork{"constantinopleBlock", 5'000'000},
    BombFork{"muirGlacierBlock", 9'000'000},   BombFork{"londonBlock", 9'700'000},
    BombFork{"arrowGlacierBlock", 10'700'000}, BombFork{"grayGlacierBlock", 11'400'000},
};

/// Forks by time, each with its name in `blobSchedule`.
struct TimeFork {
    const char* key;
    const char* name;
    Revision revision;
};
constexpr std::array kTimeForks{
    TimeFork{"shanghaiTime", "shanghai", Revision::Shanghai},
    TimeFork{"cancunTime", "cancun", Revision::Cancun},
    TimeFork{"pragueTime", "prague", Revision::Prague},
    TimeFork{"osakaTime", "osaka", Revision::Osaka},
    TimeFork{"bpo1Time", "bpo1", Revision::Osaka},
    TimeFork{"bpo2Time", "bpo2", Revision::Osaka},
    TimeFork{"bpo3Time", "bpo3", Revision::Osaka},
    TimeFork{"bpo4Time", "bpo4", Revision::Osaka},
    TimeFork{"bpo5Time", "bpo5", Revision::Osaka},
    TimeFork{"amsterdamTime", "amsterdam", Revision::Amsterdam},
};

/// In order of their start; later entries that start where earlier ones do take their place.
template <typename Entry, typename Start>
void keep_last(std::vector<Entry>& schedule, Start start) {
    std::vector<Entry> out;
    for (const Entry& entry : schedule) {
        const auto at = std::ranges::lower_bound(out, std::invoke(start, entry), {}, start);
        if (at != out.end() && std::invoke(start, *at) == std::invoke(start, entry))
            *at = entry;
        else
            out.insert(at, entry);
    }
    schedule = std::move(out);
}

void read_time_forks(json::Element config, GenesisReader& reader, ChainConfig& out) {
    const json::Element schedule = config.find("blobSchedule");
    for (const TimeFork& fork : kTimeForks) {
        const json::Element member = config.find(fork.key);
        if (member.is_absent_or_null()) continue;
        const uint64_t time = reader.uint64(fork.key, member);
        auto& activation = out.activations[static_cast<size_t>(fork.revision)].timestamp;
        if (!activation) activation = time;
        const json::Element stated = schedule.find(fork.name);
        if (!stated.is_absent_or_null()) {
            out.blob_schedule.push_back(
                {time,
                 {reader.uint64("target", stated.find("target")),
                  reader.uint64("max", stated.find("max")),
                  reader.uint64("baseFeeUpdateFraction", stated.find("baseFeeUpdateFraction"))}});
        } else if (const auto own = default_blob_parameters(fork.revision)) {
            out.blob_schedule.push_back({time, *own});
        }
    }
}

}  // namespace

ChainConfig read_chain_config(json::Element config, GenesisReader& reader) {
    ChainConfig out;
    if (!config.is_object()) {
        reader.refuse("config", "is missing");
        return out;
    }
    out.chain_id = reader.uint64("chainId", config.find("chainId"));
    const auto block_of = [&](const char* key) -> std::optional<uint64_t> {
        const json::Element member = config.find(key);
        if (member.is_absent_or_null()) return std::nullopt;
        return reader.uint64(key, member);
    };
    for (const BlockFork& fork : kBlockForks)
        if (const auto block = block_of(fork.key))
            out.activations[static_cast<size_t>(fork.revision)].block = *block;
    for (const BombFork& fork : kBombForks)
        if (const auto block = block_of(fork.key))
            out.difficulty_schedule.push_back({*block, fork.blocks});
    out.dao_fork_block = block_of("daoForkBlock");
    const json::Element total = config.find("terminalTotalDifficulty");
    if (!total.is_absent_or_null())
        out.terminal_total_difficulty = reader.word("terminalTotalDifficulty", total);
    const json::Element deposits = config.find("depositContractAddress");
    if (!deposits.is_absent_or_null())
        out.deposit_contract = reader.fixed<20>("depositContractAddress", deposits);
    read_time_forks(config, reader, out);
    keep_last(out.difficulty_schedule, &ChainConfig::BombDelay::block);
    keep_last(out.blob_schedule, &ChainConfig::BlobChange::timestamp);
    if (reader.fault()) return out;
    if (const auto checked = out.check(); !checked)
        reader.refuse("config", checked.error().message);
    return out;
}

}  // namespace switchyard::node
