// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/contracts.hpp"

#include <algorithm>

#include "host/core/assert.hpp"
#include "host/core/hex.hpp"

namespace switchyard::workloads {

const ContractArtifact& contract_artifact(std::string_view name) {
    const auto all = contract_artifacts();
    const auto found = std::ranges::find(all, name, &ContractArtifact::name);
    SWITCHYARD_ASSERT(found != all.end());
    return *found;
}

uint32_t selector(const ContractArtifact& contract, std::string_view signature) {
    const auto found = std::ranges::find(contract.methods, signature, &Method::signature);
    SWITCHYARD_ASSERT(found != contract.methods.end());
    return found->selector;
}

uint32_t selector(std::string_view contract, std::string_view signature) {
    return selector(contract_artifact(contract), signature);
}

Bytes deployed_code(std::string_view contract) {
    auto code = from_hex(contract_artifact(contract).deployed);
    SWITCHYARD_ASSERT(code.has_value());
    return std::move(*code);
}

}  // namespace switchyard::workloads
