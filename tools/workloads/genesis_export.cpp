// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/genesis_export.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "host/core/assert.hpp"
#include "host/core/hex.hpp"

namespace switchyard::workloads {
namespace {

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}
std::string quantity(const Uint256& value) {
    return quoted(to_hex_quantity(value));
}

void write_config(const ChainConfig& config, std::ostream& out) {
    out << "\"config\": {\"chainId\": " << config.chain_id;
    for (const char* fork :
         {"homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock",
          "constantinopleBlock", "petersburgBlock", "istanbulBlock", "berlinBlock", "londonBlock",
          "terminalTotalDifficulty", "shanghaiTime"})
        out << ", \"" << fork << "\": 0";
    out << ", \"terminalTotalDifficultyPassed\": true";
    std::string schedule;
    constexpr std::pair<Revision, std::string_view> kForks[] = {{Revision::Cancun, "cancun"},
                                                                {Revision::Prague, "prague"},
                                                                {Revision::Osaka, "osaka"},
                                                                {Revision::Amsterdam, "amsterdam"}};
    for (const auto& [revision, name] : kForks) {
        if (revision > config.revision_at(0, 0)) continue;
        const auto blobs = default_blob_parameters(revision);
        SWITCHYARD_ASSERT(blobs.has_value());
        out << ", \"" << name << "Time\": 0";
        schedule += (schedule.empty() ? "" : ", ") + quoted(name) +
                    ": {\"target\": " + std::to_string(blobs->target) +
                    ", \"max\": " + std::to_string(blobs->max) + ", \"baseFeeUpdateFraction\": " +
                    std::to_string(blobs->base_fee_update_fraction) + "}";
    }
    out << ", \"blobSchedule\": {" << schedule << "}}";
}

void write_header(const BlockHeader& header, std::ostream& out) {
    out << ",\n\"nonce\": \"0x0\", \"timestamp\": " << quantity(header.timestamp)
        << ", \"extraData\": \"0x\", \"gasLimit\": " << quantity(header.gas_limit)
        << ", \"difficulty\": \"0x0\", \"mixHash\": " << quoted(to_hex(header.prev_randao))
        << ", \"coinbase\": " << quoted(to_hex(header.beneficiary))
        << ", \"baseFeePerGas\": " << quantity(*header.base_fee_per_gas)
        << ", \"blobGasUsed\": \"0x0\", \"excessBlobGas\": \"0x0\"";
}

void write_account(const WorkloadChain& chain, const AccountChange& change,
                   std::span<const StorageChange> storage, std::ostream& out) {
    const Account& account = *change.account;
    out << quoted(to_hex(change.address)) << ": {\"balance\": " << quantity(account.balance)
        << ", \"nonce\": " << quantity(account.nonce);
    if (account.has_code())
        out << ", \"code\": " << quoted(to_hex(chain.state().code(account.code_hash)->bytes()));
    if (!storage.empty()) {
        out << ", \"storage\": {";
        for (size_t i = 0; i < storage.size(); ++i)
            out << (i == 0 ? "" : ", ") << quoted(to_hex(to_bytes32(storage[i].key))) << ": "
                << quoted(to_hex(to_bytes32(storage[i].value)));
        out << "}";
    }
    out << "}";
}

}  // namespace

Result<void> write_genesis_file(const WorkloadChain& chain, const std::string& file) {
    SWITCHYARD_ASSERT(chain.header().number == 0);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << "{";
    write_config(chain.config(), out);
    write_header(chain.header(), out);
    out << ",\n\"alloc\": {\n";
    const StateChanges all = chain.state().all();
    for (size_t i = 0; i < all.accounts.size(); ++i) {
        if (i > 0) out << ",\n";
        write_account(chain, all.accounts[i], all.storage_of(all.accounts[i]), out);
    }
    out << "\n}}\n";
    out.close();
    if (!out) return Error{ErrorCode::Io, "cannot write " + file + ": " + std::strerror(errno)};
    return {};
}

}  // namespace switchyard::workloads
