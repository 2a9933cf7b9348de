// SPDX-License-Identifier: Apache-2.0
#include "host/node/genesis/development.hpp"

#include <array>

#include "host/core/assert.hpp"
#include "host/core/hex.hpp"
#include "host/execute/system_code.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"

namespace switchyard::node {
namespace {

constexpr uint64_t kGasLimitMin = 5'000;  // Yellow Paper, equation 55
constexpr uint64_t kWeiPerGwei = 1'000'000'000;

struct Known {
    std::string_view address;
    std::string_view secret;
};

constexpr std::array kKnown{
    Known{"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
          "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"},
    Known{"0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
          "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"},
    Known{"0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
          "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"},
    Known{"0x90f79bf6eb2c4f870365e785982e1f101e93b906",
          "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"},
    Known{"0x15d34aaf54267db7d7c367839aaf71a00a2c6a65",
          "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"},
    Known{"0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc",
          "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"},
    Known{"0x976ea74026e726554db657fa54763abd0c3a0aa9",
          "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"},
    Known{"0x14dc79964da2c08b23698b3d3cc7ca32193d9955",
          "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"},
    Known{"0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f",
          "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"},
    Known{"0xa0ee7a142d267c1f36714e4a8f75612f20a79720",
          "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"}};

template <size_t N>
FixedBytes<N> fixed(std::string_view text) {
    const auto out = fixed_from_hex<N>(text);
    SWITCHYARD_ASSERT(out.has_value());
    return *out;
}

Error refused(const char* what) {
    return {ErrorCode::InvalidInput, std::string("a development chain: ") + what};
}

}  // namespace

std::span<const DevelopmentAccount> development_accounts() {
    static const auto accounts = [] {
        std::array<DevelopmentAccount, kKnown.size()> out;
        for (size_t i = 0; i < kKnown.size(); ++i)
            out[i] = {fixed<20>(kKnown[i].address), fixed<32>(kKnown[i].secret)};
        return out;
    }();
    return accounts;
}

Result<Genesis> development_genesis(const DevelopmentOptions& options) {
    if (options.chain_id == 0) return refused("a chain id is at least 1");
    if (options.revision < Revision::Paris) return refused("it begins with Paris or later");
    if (options.gas_limit < kGasLimitMin) return refused("a gas limit is at least 5000");
    if (options.accounts > kKnown.size()) return refused("there are 10 accounts");

    MemoryState state;
    for (const DevelopmentAccount& item : development_accounts().first(options.accounts)) {
        Account account;
        account.balance =
            Uint256{options.balance_ether} * Uint256{kWeiPerGwei} * Uint256{kWeiPerGwei};
        state.set_account(item.address, account);
    }
    execute::deploy_system_contracts(options.revision, state);

    Genesis out;
    out.config = ChainConfig::single_revision(options.revision);
    out.config.chain_id = options.chain_id;
    out.state = state.all();
    BlockHeader header;
    header.gas_limit = options.gas_limit;
    header.timestamp = options.timestamp;
    auto complete = complete_genesis(header, options.revision, trie::state_root(out.state));
    if (!complete) return complete.error();
    out.header = *std::move(complete);
    return out;
}

}  // namespace switchyard::node
