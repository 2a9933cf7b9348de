// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to transactions: decoding against a second decoder, encoding as its inverse,
// senders and authorities against libsecp256k1, and the rules of every revision on whatever
// decodes.
#include <cstdint>

#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"
#include "host/chain/transaction.hpp"
#include "host/execute/transaction_execution.hpp"
#include "tests/fuzz/recover_reference.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/rlp_schema.hpp"

namespace switchyard::fuzz {
namespace {

/// n / 2 of secp256k1 (SEC 2, section 2.4.1), rounded down.
constexpr Uint256 kHalfOrder{0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff,
                             0x7fffffffffffffff};
/// Signatures that one input may have recovered: an input must stay cheap.
constexpr size_t kAuthoritiesMax = 4;

void check_senders(Transaction transaction) {
    if (transaction.authorization_list.size() > kAuthoritiesMax) return;
    SenderResult found;
    recover_senders({&transaction, 1}, {&found, 1});
    const Signature& signature = transaction.signature;
    const auto expected = recover_reference(signing_payload(transaction), signature.r, signature.s,
                                            signature.y_parity);
    require(expected.has_value() == (found.status != SenderStatus::InvalidSignature),
            "libsecp256k1 disagrees on whether the signature is valid");
    require(!expected || found.sender == *expected, "libsecp256k1 recovers another sender");
    require(!expected || (found.status == SenderStatus::HighS) == (signature.s > kHalfOrder),
            "a high s is not found, or found without one");
    for (const Authorization& tuple : transaction.authorization_list) {
        std::optional<Address> authority;
        if (tuple.y_parity <= Uint256(1) && tuple.s <= kHalfOrder)
            authority = recover_reference(signing_payload(tuple), tuple.r, tuple.s,
                                          static_cast<int>(tuple.y_parity.limb[0]));
        require(tuple.authority == authority, "libsecp256k1 recovers another authority");
    }
}

/// The rules accept only what they are meant to let through.
void check_rules(const Transaction& transaction) {
    evm::BlockContext block;
    block.gas_limit = 60'000'000;
    block.base_fee = Uint256(7);
    block.blob_base_fee = Uint256(1);
    for (size_t i = 0; i < kRevisionCount; ++i) {
        const auto revision = static_cast<Revision>(i);
        const auto rules = execute::rules_for_block(ChainConfig::single_revision(revision), 1, 1);
        const auto gas = execute::intrinsic_gas(transaction, revision, block.gas_limit);
        require(gas.intrinsic >= 21'000, "intrinsic gas is below a transaction's own");
        if (execute::validate_transaction(transaction, rules, block) !=
            execute::TransactionError::None)
            continue;
        require(transaction.gas_limit >= std::max(gas.total(), gas.floor),
                "a transaction passes without its intrinsic gas");
        require(transaction.gas_limit <= block.gas_limit, "a transaction passes above the block");
        require(transaction.max_fee_per_gas >= block.base_fee,
                "a transaction passes below the base fee");
        require(execute::effective_gas_price(transaction, block.base_fee) <=
                    transaction.max_fee_per_gas,
                "a sender pays more than the maximum fee");
        require(transaction.chain_id.value_or(1) == 1, "a transaction of another chain passes");
        require(revision >= Revision::Berlin || transaction.type == TransactionType::Legacy,
                "a typed transaction passes before Berlin");
    }
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const BytesView input{data, size};
    const auto transaction = decode_transaction(input);
    require(transaction.has_value() == is_transaction(input),
            transaction ? "a malformed transaction decodes" : "a well-formed one does not decode");
    if (!transaction) return 0;
    require(equal(encode_transaction(*transaction), input), "encode(decode(x)) is not x");
    require(transaction_hash(*transaction) == keccak256(input),
            "the hash is not that of the bytes");
    check_senders(*transaction);
    check_rules(*transaction);
    return 0;
}
