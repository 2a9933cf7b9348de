// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/appliance_load.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "host/core/hex.hpp"
#include "tools/switchyard/rpc_load.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

/// Cancun, whose blocks need no contract in the first state.
std::string genesis_text(uint64_t seed) {
    std::string out =
        R"({"config": {"chainId": 1, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0,
"eip158Block": 0, "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0,
"istanbulBlock": 0, "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0,
"shanghaiTime": 0, "cancunTime": 0}, "gasLimit": "0x7270e00", "difficulty": "0x0",
"baseFeePerGas": "0x3b9aca00", "alloc": {)";
    const workloads::Signer signer;
    for (size_t i = 0; i < kLoadSenders; ++i)
        out += fmt::format("{}\"{}\": {{\"balance\": \"0x21e19e0c9bab2400000\"}}",
                           i == 0 ? "" : ",\n", to_hex(signer.identity(seed, i).address));
    return out + "}}";
}

}  // namespace

Result<std::unique_ptr<ApplianceLoad>> ApplianceLoad::open(uint64_t seed, const std::string& sync,
                                                           uint64_t interval_ms) {
    std::string folder = (fs::temp_directory_path() / "switchyard-load-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
        return Error{ErrorCode::Io, "no temporary folder can be made: " + folder};
    std::unique_ptr<ApplianceLoad> out(new ApplianceLoad(folder));
    const std::string genesis = folder + "/genesis.json";
    std::ofstream(genesis) << genesis_text(seed);
    appliance::ApplianceOptions options;
    config::Configuration& configuration = options.configuration;
    configuration.node.folder = folder;
    configuration.node.genesis = genesis;
    configuration.block.interval = std::chrono::milliseconds(interval_ms);
    configuration.block.gas_limit = 120'000'000;
    configuration.state.sync = sync;
    configuration.http.enabled = true;
    configuration.http.address = "127.0.0.1:0";
    configuration.http.rate = 0;
    configuration.pool.transactions_per_sender = 100'000;
    configuration.log.level = "error";
    auto opened = appliance::Appliance::open(options, out->log_);
    if (!opened) return opened.error();
    out->appliance_ = std::move(*opened);
    return out;
}

ApplianceLoad::~ApplianceLoad() {
    appliance_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

}  // namespace switchyard::tool
