// SPDX-License-Identifier: Apache-2.0
#include "host/execute/block_validation.hpp"

#include <algorithm>
#include <string>

#include "host/chain/base_fee.hpp"
#include "host/chain/blob_fee.hpp"
#include "host/chain/block_access_list.hpp"
#include "host/chain/difficulty.hpp"
#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/chain/sender.hpp"
#include "host/core/hex.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/dao_fork.hpp"

namespace switchyard::execute {
namespace {

constexpr size_t kExtraDataBytesMax = 32;     // Yellow Paper, equation 59
constexpr uint64_t kGasLimitMax = INT64_MAX;  // EIP-1985
constexpr size_t kOmmersMax = 2;              // Yellow Paper, equation 181
constexpr size_t kOmmerGenerations = 7;       // Yellow Paper, section 11.1

Error invalid(std::string message) {
    return {ErrorCode::InvalidInput, std::move(message)};
}

/// A value of the header that execution does not confirm.
Error differs(const char* field, const std::string& stated, const std::string& found) {
    return invalid(std::string(field) + ": the header states " + stated + ", execution gives " +
                   found);
}

Bytes32 ommers_hash_of(std::span<const BlockHeader> ommers) {
    Bytes encoded;
    rlp::Encoder encoder(encoded);
    const size_t mark = encoder.begin_list();
    for (const BlockHeader& ommer : ommers)
        encoder.raw(encode_header(ommer));
    encoder.end_list(mark);
    return keccak256(encoded);
}

const Bytes32& empty_ommers_hash() {
    static const Bytes32 hash = ommers_hash_of({});
    return hash;
}

Result<void> validate_gas(const BlockHeader& header, const BlockHeader& parent,
                          const BlockRules& rules, const BlockRules& parent_rules) {
    if (header.gas_used > header.gas_limit) return invalid("gas used: above the gas limit");
    if (header.gas_limit > kGasLimitMax) return invalid("gas limit: above 2^63 - 1");
    const bool london_fork =
        rules.revision >= Revision::London && parent_rules.revision < Revision::London;
    if (london_fork && parent.gas_limit > kGasLimitMax / kElasticityMultiplier)
        return invalid("gas limit: the parent's is too large");
    const uint64_t reference =
        london_fork ? parent.gas_limit * kElasticityMultiplier : parent.gas_limit;
    if (!is_valid_gas_limit(header.gas_limit, reference))
        return invalid("gas limit: too far from the parent's");

    if (header.base_fee_per_gas.has_value() != (rules.revision >= Revision::London))
        return invalid("base fee: present before London, or absent from London on");
    if (rules.revision < Revision::London) return {};
    const Uint256 expected =
        london_fork || !parent.base_fee_per_gas
            ? Uint256(kInitialBaseFee)
            : next_base_fee(parent.gas_limit, parent.gas_used, *parent.base_fee_per_gas);
    if (*header.base_fee_per_gas != expected)
        return invalid("base fee: " + to_decimal(*header.base_fee_per_gas) + " instead of " +
                       to_decimal(expected));
    return {};
}

/// Difficulty and, from Paris on, the fields that EIP-3675 fixes.
Result<void> validate_consensus_fields(const BlockHeader& header, const BlockHeader& parent,
                                       const BlockRules& rules) {
    if (rules.revision >= Revision::Paris) {
        if (!header.difficulty.is_zero()) return invalid("difficulty: not 0");
        if (!header.nonce.is_zero()) return invalid("nonce: not 0");
        if (header.ommers_hash != empty_ommers_hash()) return invalid("ommers hash: not empty");
        return {};
    }
    const DifficultyParent difficulty_parent{parent.difficulty, parent.timestamp,
                                             parent.ommers_hash != empty_ommers_hash()};
    const Uint256 expected = next_difficulty(rules.revision, rules.bomb_delay, difficulty_parent,
                                             header.number, header.timestamp);
    if (header.difficulty != expected)
        return invalid("difficulty: " + to_decimal(header.difficulty) + " instead of " +
                       to_decimal(expected));
    return {};
}

/// The fields that Shanghai, Cancun, Prague and Amsterdam append.
Result<void> validate_appended_fields(const BlockHeader& header, const BlockHeader& parent,
                                      const BlockRules& rules) {
    if (header.withdrawals_root.has_value() != (rules.revision >= Revision::Shanghai))
        return invalid("withdrawals root: present before Shanghai, or absent from Shanghai on");
    const bool cancun = rules.revision >= Revision::Cancun;
    if (header.blob_gas_used.has_value() != cancun || header.excess_blob_gas.has_value() != cancun)
        return invalid("blob gas: present before Cancun, or absent from Cancun on");
    if (header.parent_beacon_block_root.has_value() != cancun)
        return invalid("parent beacon block root: present before Cancun, or absent from it on");
    if (header.requests_hash.has_value() != (rules.revision >= Revision::Prague))
        return invalid("requests hash: present before Prague, or absent from Prague on");
    const bool amsterdam = rules.revision >= Revision::Amsterdam;
    if (header.block_access_list_hash.has_value() != amsterdam)
        return invalid("block access list hash: present before Amsterdam, or absent from it on");
    if (header.slot_number.has_value() != amsterdam)
        return invalid("slot number: present before Amsterdam, or absent from Amsterdam on");
    if (!cancun) return {};
    const ParentBlobGas parent_blob_gas{parent.excess_blob_gas.value_or(0),
                                        parent.blob_gas_used.value_or(0),
                                        parent.base_fee_per_gas.value_or(Uint256(0))};
    const uint64_t expected = next_excess_blob_gas(rules.revision, parent_blob_gas, rules.blobs);
    if (*header.excess_blob_gas != expected)
        return invalid("excess blob gas: " + std::to_string(*header.excess_blob_gas) +
                       " instead of " + std::to_string(expected));
    return {};
}

Result<void> validate_ommer(const BlockHeader& ommer, const Bytes32& hash, const Block& block,
                            std::span<const Ancestor> ancestors,
                            const std::function<BlockRules(const BlockHeader&)>& rules_of) {
    const Ancestor* parent = nullptr;
    for (const Ancestor& ancestor : ancestors) {
        if (ancestor.hash == hash) return invalid("ommer: is an ancestor");
        for (const BlockHeader& included : ancestor.ommers)
            if (included == ommer) return invalid("ommer: was included before");
        if (ancestor.hash == ommer.parent_hash) parent = &ancestor;
    }
    if (parent == nullptr || ommer.parent_hash == block.header.parent_hash)
        return invalid("ommer: its parent is not one of the six generations before the parent");
    const auto valid =
        validate_header(ommer, *parent->header, rules_of(ommer), rules_of(*parent->header));
    if (!valid) return invalid("ommer: " + valid.error().message);
    return {};
}

}  // namespace

Result<void> validate_header(const BlockHeader& header, const BlockHeader& parent,
                             const BlockRules& rules, const BlockRules& parent_rules) {
    if (header.parent_hash != header_hash(parent)) return invalid("parent hash: another block's");
    if (parent.number == UINT64_MAX || header.number != parent.number + 1)
        return invalid("number: does not follow the parent's");
    if (header.timestamp <= parent.timestamp) return invalid("timestamp: not above the parent's");
    if (header.extra_data.size() > kExtraDataBytesMax) return invalid("extra data: too long");
    if (rules.has_dao_mark && !std::equal(header.extra_data.begin(), header.extra_data.end(),
                                          kDaoExtraData.begin(), kDaoExtraData.end()))
        return invalid("extra data: not the mark of the DAO fork");
    if (const auto r = validate_gas(header, parent, rules, parent_rules); !r) return r.error();
    if (const auto r = validate_consensus_fields(header, parent, rules); !r) return r.error();
    return validate_appended_fields(header, parent, rules);
}

Result<void> validate_body(const Block& block, size_t encoded_bytes, const BlockRules& rules) {
    if (rules.revision >= Revision::Osaka && encoded_bytes > kBlockBytesMax)
        return invalid("block: larger than EIP-7934 allows");

    uint64_t blob_gas_used = 0;
    for (const Transaction& transaction : block.transactions)
        blob_gas_used += blob_gas(transaction);
    if (transactions_root(block.transactions) != block.header.transactions_root)
        return invalid("transactions root: does not match the transactions");
    if (ommers_hash_of(block.ommers) != block.header.ommers_hash)
        return invalid("ommers hash: does not match the ommers");

    if (block.withdrawals.has_value() != (rules.revision >= Revision::Shanghai))
        return invalid("withdrawals: present before Shanghai, or absent from Shanghai on");
    if (block.withdrawals &&
        withdrawals_root(*block.withdrawals) != block.header.withdrawals_root.value_or(Bytes32{}))
        return invalid("withdrawals root: does not match the withdrawals");
    if (rules.revision >= Revision::Cancun) {
        if (blob_gas_used > rules.blobs.max * kGasPerBlob)
            return invalid("blob gas used: above the block's limit");
        if (block.header.blob_gas_used != blob_gas_used)
            return invalid("blob gas used: does not match the transactions");
    }
    return {};
}

Result<void> validate_ommers(const Block& block, std::span<const Ancestor> ancestors,
                             const std::function<BlockRules(const BlockHeader&)>& rules_of) {
    if (block.ommers.empty()) return {};
    if (block.ommers.size() > kOmmersMax) return invalid("ommers: more than two");
    if (block.ommers.size() == kOmmersMax && block.ommers[0] == block.ommers[1])
        return invalid("ommers: the same one twice");
    const auto generations = ancestors.first(std::min(ancestors.size(), kOmmerGenerations));
    for (const BlockHeader& ommer : block.ommers) {
        const auto valid = validate_ommer(ommer, header_hash(ommer), block, generations, rules_of);
        if (!valid) return valid;
    }
    return {};
}

Result<std::vector<SignedTransaction>> recover_transactions(std::vector<Transaction> transactions,
                                                            const BlockRules& rules) {
    std::vector<SenderResult> senders(transactions.size());
    recover_senders(transactions, senders);
    std::vector<SignedTransaction> out;
    out.reserve(transactions.size());
    for (size_t i = 0; i < transactions.size(); ++i) {
        const SenderStatus status = senders[i].status;
        const bool valid = status == SenderStatus::Ok ||
                           (status == SenderStatus::HighS && rules.revision < Revision::Homestead);
        if (!valid)
            return invalid("transaction " + std::to_string(i) + ": the signature is not valid");
        const Bytes encoded = encode_transaction(transactions[i]);
        out.push_back({std::move(transactions[i]), keccak256(encoded), senders[i].sender,
                       static_cast<uint32_t>(encoded.size())});
    }
    return out;
}

Result<void> validate_result(const BlockHeader& header, const BlockResult& result,
                             const BlockRules& rules, const std::optional<Bytes32>& state_root) {
    if (header.gas_used != result.gas_used)
        return differs("gas used", std::to_string(header.gas_used),
                       std::to_string(result.gas_used));
    if (header.logs_bloom != result.logs_bloom)
        return differs("logs bloom", to_hex(header.logs_bloom), to_hex(result.logs_bloom));
    const bool roots_known = rules.revision >= Revision::Byzantium ||
                             std::ranges::all_of(result.receipts, [](const Receipt& receipt) {
                                 return receipt.post_state_root.has_value();
                             });
    if (roots_known)
        if (const Bytes32 found = receipts_root(result.receipts); found != header.receipts_root)
            return differs("receipts root", to_hex(header.receipts_root), to_hex(found));
    if (rules.revision >= Revision::Cancun && header.blob_gas_used != result.blob_gas_used)
        return invalid("blob gas used: does not match the transactions");
    if (rules.revision >= Revision::Prague && result.requests_hash &&
        header.requests_hash != result.requests_hash)
        return differs("requests hash", to_hex(header.requests_hash.value_or(Bytes32{})),
                       to_hex(*result.requests_hash));
    if (result.block_access_list) {
        const auto fits = validate_block_access_list(*result.block_access_list, header.gas_limit,
                                                     result.receipts.size());
        if (!fits) return fits;
        if (header.block_access_list_hash != result.block_access_list_hash)
            return invalid("block access list hash: does not match what the block accessed");
    }
    if (state_root && header.state_root != *state_root)
        return differs("state root", to_hex(header.state_root), to_hex(*state_root));
    return {};
}

}  // namespace switchyard::execute
