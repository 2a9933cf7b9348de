// SPDX-License-Identifier: Apache-2.0
#include "host/execute/system_code.hpp"

#include "host/core/assert.hpp"
#include "host/core/hex.hpp"
#include "host/execute/system_contracts.hpp"

namespace switchyard::execute {

void deploy_system_contracts(Revision revision, MemoryState& state) {
    const auto deploy = [&state](const Address& address, std::string_view code) {
        auto bytes = from_hex(code);
        SWITCHYARD_ASSERT(bytes.has_value());
        state.set_account(
            address, {.nonce = 1, .balance = 0, .code_hash = state.add_code(std::move(*bytes))});
    };
    if (revision < Revision::Cancun) return;
    deploy(beacon_roots_contract(), kBeaconRootsCode);
    if (revision < Revision::Prague) return;
    deploy(block_hashes_contract(), kBlockHashesCode);
    deploy(withdrawal_requests_contract(), kWithdrawalRequestsCode);
    deploy(consolidation_requests_contract(), kConsolidationRequestsCode);
}

}  // namespace switchyard::execute
