// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "host/core/hex.hpp"
#include "host/execute/system_contracts.hpp"
#include "host/node/eth/fork_id.hpp"
#include "host/node/eth/next_fees.hpp"
#include "host/precompiles/precompiles.hpp"

namespace switchyard::node::eth {
namespace {

using rpc::Context;
using rpc::Failure;
using rpc::Params;

/// EIP-7910's names, by address.
struct PrecompileName {
    uint64_t address;
    const char* name;
};
constexpr std::array kPrecompileNames{
    PrecompileName{0x01, "ECREC"},
    PrecompileName{0x02, "SHA256"},
    PrecompileName{0x03, "RIPEMD160"},
    PrecompileName{0x04, "ID"},
    PrecompileName{0x05, "MODEXP"},
    PrecompileName{0x06, "BN254_ADD"},
    PrecompileName{0x07, "BN254_MUL"},
    PrecompileName{0x08, "BN254_PAIRING"},
    PrecompileName{0x09, "BLAKE2F"},
    PrecompileName{0x0a, "KZG_POINT_EVALUATION"},
    PrecompileName{0x0b, "BLS12_G1ADD"},
    PrecompileName{0x0c, "BLS12_G1MSM"},
    PrecompileName{0x0d, "BLS12_G2ADD"},
    PrecompileName{0x0e, "BLS12_G2MSM"},
    PrecompileName{0x0f, "BLS12_PAIRING_CHECK"},
    PrecompileName{0x10, "BLS12_MAP_FP_TO_G1"},
    PrecompileName{0x11, "BLS12_MAP_FP2_TO_G2"},
    PrecompileName{0x100, "P256VERIFY"},
};

void write_system_contracts(json::Writer& out, const ChainConfig& config, Revision revision) {
    out.begin_object();
    if (revision >= Revision::Cancun)
        out.member_data("BEACON_ROOTS_ADDRESS", execute::beacon_roots_contract());
    if (revision >= Revision::Prague) {
        out.member_data("CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS",
                        execute::consolidation_requests_contract());
        out.member_data("DEPOSIT_CONTRACT_ADDRESS", config.deposit_contract);
        out.member_data("HISTORY_STORAGE_ADDRESS", execute::block_hashes_contract());
        out.member_data("WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS",
                        execute::withdrawal_requests_contract());
    }
    out.end_object();
}

void write_fork(json::Writer& out, const Chain& chain, uint64_t time) {
    const ChainConfig& config = chain.config();
    const Revision revision = config.revision_at(UINT64_MAX, time);
    out.begin_object();
    out.key("activationTime");
    out.number(time);
    out.key("blobSchedule");
    if (const auto blobs = config.blob_parameters_at(time)) {
        out.begin_object();
        out.key("target");
        out.number(blobs->target);
        out.key("max");
        out.number(blobs->max);
        out.key("baseFeeUpdateFraction");
        out.number(blobs->base_fee_update_fraction);
        out.end_object();
    } else {
        out.null();
    }
    out.member_quantity("chainId", config.chain_id);
    out.member_data("forkId",
                    fork_id(chain.genesis()->hash, chain.fork_blocks(), chain.fork_times(),
                            chain.genesis()->header().timestamp, UINT64_MAX, time));
    out.key("precompiles");
    out.begin_object();
    for (const Address& address : precompiles::precompile_addresses(revision)) {
        const Uint256 number = to_uint256(address);
        const auto name = std::ranges::find_if(kPrecompileNames, [&](const PrecompileName& known) {
            return Uint256(known.address) == number;
        });
        if (name != kPrecompileNames.end()) out.member_data(name->name, address);
    }
    out.end_object();
    out.key("systemContracts");
    write_system_contracts(out, config, revision);
    out.end_object();
}

/// EIP-7910.
void write_config(json::Writer& out, const Chain& chain) {
    const std::set<uint64_t> times(chain.fork_times().begin(), chain.fork_times().end());
    const uint64_t now = chain.head()->block->header().timestamp;
    const auto next = times.upper_bound(now);
    const uint64_t current = next == times.begin() ? 0 : *std::prev(next);
    out.begin_object();
    out.key("current");
    write_fork(out, chain, current);
    out.key("next");
    if (next == times.end())
        out.null();
    else
        write_fork(out, chain, *next);
    out.key("last");
    // Nothing is said of it where no fork is to come.
    if (next == times.end())
        out.null();
    else
        write_fork(out, chain, *times.rbegin());
    out.end_object();
}

}  // namespace

void add_config_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add("eth_config", [&](const Params&, Context&, json::Writer& out) -> Failure {
        write_config(out, backend.chain);
        return {};
    });
    table.add("eth_capabilities", [&](const Params&, Context&, json::Writer& out) -> Failure {
        const BlockPointer head = backend.chain.head()->block;
        const uint64_t genesis = backend.chain.genesis()->number();
        const uint64_t window = backend.chain.state_window();
        const uint64_t oldest_state =
            head->number() > window ? std::max(genesis, head->number() - window) : genesis;
        const auto write = [&out](const char* name, uint64_t oldest, uint64_t retained) {
            out.key(name);
            out.begin_object();
            out.member("disabled", false);
            out.member_quantity("oldestBlock", oldest);
            if (retained != 0) {
                out.key("deleteStrategy");
                out.begin_object();
                out.member_string("type", "window");
                out.member_quantity("retentionBlocks", retained);
                out.end_object();
            }
            out.end_object();
        };
        out.begin_object();
        out.key("head");
        out.begin_object();
        out.member_quantity("number", head->number());
        out.member_data("hash", head->hash);
        out.end_object();
        write("state", oldest_state, window);
        write("tx", genesis, 0);
        write("logs", genesis, 0);
        write("receipts", genesis, 0);
        write("blocks", genesis, 0);
        write("stateproofs", head->number(), 1);
        out.end_object();
        return {};
    });
}

}  // namespace switchyard::node::eth
