// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/demo_workload.hpp"

#include <algorithm>
#include <random>

#include "host/chain/hash.hpp"
#include "tools/workloads/contracts.hpp"

namespace switchyard::workloads {
namespace {

constexpr uint64_t kPaymentGas = 21'000;
constexpr uint64_t kTokenTransferGas = 80'000;  // a first transfer to an account costs 51 k
constexpr uint64_t kTransferSelector = 0xa9059cbb;
constexpr size_t kBalanceSlot = 1;

Address token_address() {
    Address out;
    std::fill(out.begin(), out.end(), uint8_t{0x70});
    return out;
}

Bytes transfer_call(const Address& to, uint64_t amount) {
    Bytes out(4 + 64);
    for (size_t i = 0; i < 4; ++i)
        out[i] = static_cast<uint8_t>(kTransferSelector >> (24 - 8 * i));
    std::copy(to.begin(), to.end(), out.begin() + 16);
    store_big_endian(Uint256{amount}, out.data() + 36);
    return out;
}

const char* complaint(const DemoOptions& options) {
    if (options.accounts < 2) return "a workload needs at least 2 accounts";
    if (options.accounts > 10'000'000) return "at most 10,000,000 accounts";
    if (options.transactions < 1) return "a workload needs at least 1 transaction";
    if (options.transactions > 100'000'000) return "at most 100,000,000 transactions";
    if (options.token_percent > 100 || options.hot_percent > 100)
        return "a share is 0 to 100 percent";
    return nullptr;
}

std::vector<GenesisAccount> make_genesis(const std::vector<Identity>& identities,
                                         const Bytes& token_code) {
    const Uint256 funds = Uint256{1'000'000} * Uint256{1'000'000'000'000'000'000};
    std::vector<GenesisAccount> out;
    GenesisAccount token{.address = token_address(),
                         .account = {.nonce = 1, .balance = 0, .code_hash = keccak256(token_code)},
                         .code = token_code,
                         .storage = {}};
    for (const Identity& identity : identities) {
        out.push_back({.address = identity.address,
                       .account = {.nonce = 0, .balance = funds},
                       .code = {},
                       .storage = {}});
        token.storage.emplace_back(token_balance_slot(identity.address), funds);
    }
    out.push_back(std::move(token));
    return out;
}

}  // namespace

Uint256 token_balance_slot(const Address& owner) {
    std::array<uint8_t, 64> preimage{};
    std::copy(owner.begin(), owner.end(), preimage.begin() + 12);
    preimage[63] = kBalanceSlot;
    return to_uint256(keccak256(preimage));
}

Result<DemoWorkload> make_demo_workload(const DemoOptions& options,
                                        const std::function<void(uint32_t)>& progress) {
    if (const char* text = complaint(options)) return Error{ErrorCode::InvalidInput, text};
    const Bytes code = deployed_code("demo/Token");

    const Signer signer;
    std::vector<Identity> identities;
    identities.reserve(options.accounts);
    for (uint32_t i = 0; i < options.accounts; ++i)
        identities.push_back(signer.identity(options.seed, i));

    DemoWorkload out;
    out.token = token_address();
    out.genesis = make_genesis(identities, code);
    std::mt19937_64 generator(options.seed);
    const auto below = [&generator](uint64_t bound) { return generator() % bound; };
    std::vector<uint64_t> nonces(options.accounts, 0);
    for (uint32_t i = 0; i < options.transactions; ++i) {
        const auto from = static_cast<uint32_t>(below(options.accounts));
        auto to =
            below(100) < options.hot_percent ? 0U : static_cast<uint32_t>(below(options.accounts));
        if (to == from) to = (to + 1) % options.accounts;
        const bool token_transfer = below(100) < options.token_percent;

        Transaction transaction;
        transaction.type = TransactionType::DynamicFee;
        transaction.chain_id = options.chain_id;
        transaction.nonce = nonces[from]++;
        transaction.max_fee_per_gas = options.max_fee_per_gas;
        transaction.max_priority_fee_per_gas = Uint256{1'000'000'000};
        transaction.gas_limit = token_transfer ? kTokenTransferGas : kPaymentGas;
        transaction.to = token_transfer ? out.token : identities[to].address;
        if (token_transfer)
            transaction.data = transfer_call(identities[to].address, 1 + below(1000));
        else
            transaction.value = 1 + below(1'000'000);
        out.transactions.push_back(signer.sign(transaction, identities[from]));
        out.senders.push_back(identities[from].address);
        (token_transfer ? out.token_transfers : out.payments) += 1;
        if (progress && (i % 256 == 255 || i + 1 == options.transactions)) progress(i + 1);
    }
    return out;
}

}  // namespace switchyard::workloads
