// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/workload.hpp"

#include <algorithm>

#include "tools/workloads/contracts.hpp"
#include "tools/workloads/kinds.hpp"
#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {

const std::vector<WorkloadKind>& workload_kinds() {
    static const std::vector<WorkloadKind> kinds{
        {"payments", "", "plain payments", "a recipient's balance", 0, make_payments},
        {"erc20", "erc20", "transfers of issued currencies, directly and by allowance",
         "a recipient's token balance", 0, make_erc20},
        {"exchange", "exchange",
         "constant-product exchange: swaps over one and two pools, liquidity in and out",
         "the reserves of a pool", 4, make_exchange},
        {"swaps", "exchange", "the exchange's swaps over one pool alone", "the reserves of a pool",
         0, make_swaps},
        {"orderbook", "orderbook",
         "central limit order books: orders that wait, orders that match, cancellations",
         "the best prices of a market, its order count", 5, make_orderbook},
        {"lending", "lending", "lending pool: supply, loans, interest, an oracle, liquidations",
         "the totals and the price of an asset", 5, make_lending},
        {"insurance", "insurance",
         "parametric insurance: policies sold, an index reported, policies settled",
         "capital and exposure of a product", 0, make_insurance},
        {"nft", "nft", "collections with a public mint, and a marketplace with royalties",
         "the next number of a collection, the marketplace's fees", 3, make_nft},
        {"game", "game", "game on ERC-1155 items: gather, craft, fight, trade",
         "a region, the supply of an item", 0, make_game},
        {"voting", "voting", "token votes on proposals, delegation, execution of what passed",
         "the tally of a proposal", 0, make_voting},
        {"provenance", "provenance",
         "supply chain: lots made, handed on, split, processed, measured, certified",
         "the lot count of a product", 0, make_provenance},
        {"consents", "consents", "consents to read health records, accesses under them",
         "an institution's counters and nonce", 3, make_consents},
        {"identity", "identity", "identities, delegates, attributes, credentials, signed changes",
         "an issuer's counters and status list", 0, make_identity},
        {"energy", "energy",
         "solar power traded between neighbours, carbon credits issued and retired",
         "the totals of a zone", 0, make_energy},
        {"dividends", "dividends", "tokenized assets of checked investors, with dividends",
         "what a share has earned", 5, make_dividends},
        {"hot30", "exchange erc20", "payments, token transfers and swaps, 30% of them hot",
         "one pool, one token balance, one recipient", 0, make_hot30},
        {"chain", "exchange", "swaps on one single pool, each of which needs the one before",
         "the reserves of the pool", 0, make_chain},
    };
    return kinds;
}

std::vector<std::string_view> contracts_of(const WorkloadKind& kind) {
    std::vector<std::string_view> out;
    for (const ContractArtifact& contract : contract_artifacts()) {
        const auto slash = contract.name.find('/');
        const std::string_view folder = contract.name.substr(0, slash);
        for (size_t begin = 0; begin < kind.folders.size();) {
            const size_t end = std::min(kind.folders.find(' ', begin), kind.folders.size());
            if (kind.folders.substr(begin, end - begin) == folder)
                out.push_back(contract.name.substr(slash + 1));
            begin = end + 1;
        }
    }
    return out;
}

Result<Workload> make_workload(std::string_view name, const WorkloadOptions& options) {
    const auto& kinds = workload_kinds();
    const auto found = std::ranges::find(kinds, name, &WorkloadKind::name);
    if (found == kinds.end()) {
        std::string names;
        for (const WorkloadKind& kind : kinds)
            names.append(names.empty() ? "" : ", ").append(kind.name);
        return Error{ErrorCode::InvalidInput,
                     "no workload is named '" + std::string(name) + "'; there are: " + names};
    }
    if (const auto checked = check_options(options); !checked) return checked.error();
    return found->make(options);
}

}  // namespace switchyard::workloads
