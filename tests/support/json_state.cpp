// SPDX-License-Identifier: Apache-2.0
#include "tests/support/json_state.hpp"

#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"

namespace switchyard::test {

MemoryState state_of(const nlohmann::json& accounts) {
    MemoryState state;
    for (const auto& [address_text, account] : accounts.items()) {
        const auto address = fixed_from_hex<20>(address_text).value();
        const auto number = [&](const char* field) {
            return uint256_from_text(account[field].get<std::string>()).value();
        };
        const Bytes code = from_hex(account["code"].get<std::string>()).value();
        state.set_account(address,
                          {number("nonce").saturated(), number("balance"), state.add_code(code)});
        for (const auto& [key, value] : account["storage"].items())
            state.set_storage(address, uint256_from_text(key).value(),
                              uint256_from_text(value.get<std::string>()).value());
    }
    return state;
}

}  // namespace switchyard::test
