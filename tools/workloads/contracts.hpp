// SPDX-License-Identifier: Apache-2.0
// The compiled contracts of the workloads, as solc gave them.
#pragma once

#include <span>
#include <string_view>

#include "host/core/bytes.hpp"

namespace switchyard::workloads {

struct Method {
    std::string_view signature;  ///< `transfer(address,uint256)`
    uint32_t selector = 0;       ///< the first four bytes of its Keccak-256, big-endian
};

/// One contract. Everything points to static memory.
struct ContractArtifact {
    std::string_view name;      ///< `FOLDER/CONTRACT`, as below `contracts/`
    std::string_view creation;  ///< init code in hex, to be followed by the encoded arguments
    std::string_view
        deployed;  ///< in hex; of a contract with immutables, with zeros in their place
    std::span<const Method> methods;
};

/// All of them, by name.
[[nodiscard]] std::span<const ContractArtifact> contract_artifacts();

/// Asserts that there is one of this name.
[[nodiscard]] const ContractArtifact& contract_artifact(std::string_view name);

/// Asserts that the contract has the method.
[[nodiscard]] uint32_t selector(const ContractArtifact& contract, std::string_view signature);
[[nodiscard]] uint32_t selector(std::string_view contract, std::string_view signature);

/// The code of an account that holds the contract.
[[nodiscard]] Bytes deployed_code(std::string_view contract);

}  // namespace switchyard::workloads
