// SPDX-License-Identifier: Apache-2.0
// What a block holds.
#include <algorithm>
#include <cstddef>

#include "host/c/boundary.hpp"
#include "host/execute/transaction_execution.hpp"

using namespace switchyard;
using c::Outcome;

namespace {

constexpr size_t kInfoFirst =
    offsetof(switchyard_block_info, transaction_count) + sizeof(uint32_t);
constexpr size_t kReceiptFirst =
    offsetof(switchyard_receipt, effective_gas_price) + sizeof(switchyard_word);
constexpr size_t kLogFirst = offsetof(switchyard_log, data) + sizeof(switchyard_bytes);
constexpr size_t kStatisticsFirst =
    offsetof(switchyard_lane_statistics, slots_both) + sizeof(uint64_t);

Outcome no_such_index(const char* what, size_t count) {
    return {SWITCHYARD_NOT_FOUND, std::string("there are ") + std::to_string(count) + " " + what};
}

}  // namespace

extern "C" {

switchyard_status switchyard_block_read(switchyard_block* block, switchyard_block_info* info) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"info", info}})) return *refused;
        if (auto refused = c::check_sized(info, kInfoFirst)) return *refused;
        const auto entry = c::blocks().find(block);
        if (entry == nullptr) return c::no_such_handle("block");
        const node::ArchivedBlock& from = *entry->block;
        const BlockHeader& header = from.header();
        switchyard_block_info out{};
        out.number = header.number;
        out.timestamp = header.timestamp;
        out.gas_limit = header.gas_limit;
        out.gas_used = header.gas_used;
        out.rlp_length = from.encoded_bytes;
        out.hash = c::word_of(from.hash);
        out.parent_hash = c::word_of(header.parent_hash);
        out.state_root = c::word_of(header.state_root);
        out.transactions_root = c::word_of(header.transactions_root);
        out.receipts_root = c::word_of(header.receipts_root);
        out.base_fee_per_gas = c::word_of(header.base_fee_per_gas.value_or(Uint256{}));
        out.beneficiary = c::address_of(header.beneficiary);
        out.transaction_count = static_cast<uint32_t>(from.block.transactions.size());
        c::write_sized(&out, sizeof out, info);
        return {};
    });
}

switchyard_status switchyard_block_rlp(switchyard_block* block, switchyard_bytes* rlp) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"rlp", rlp}})) return *refused;
        const auto entry = c::blocks().find(block);
        if (entry == nullptr) return c::no_such_handle("block");
        std::call_once(entry->encoded, [&] { entry->rlp = encode_block(entry->block->block); });
        *rlp = {entry->rlp.data(), entry->rlp.size()};
        return {};
    });
}

switchyard_status switchyard_block_receipt(switchyard_block* block, uint32_t index,
                                           switchyard_receipt* receipt) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"receipt", receipt}})) return *refused;
        if (auto refused = c::check_sized(receipt, kReceiptFirst)) return *refused;
        const auto entry = c::blocks().find(block);
        if (entry == nullptr) return c::no_such_handle("block");
        const node::ArchivedBlock& from = *entry->block;
        if (index >= from.receipts.size())
            return no_such_index("transactions", from.receipts.size());
        const Receipt& of = from.receipts[index];
        const Transaction& transaction = from.block.transactions[index];
        switchyard_receipt out{};
        out.success = of.success ? 1 : 0;
        out.type = static_cast<uint32_t>(of.type);
        out.gas_used = of.gas_used;
        out.cumulative_gas_used = of.cumulative_gas_used;
        out.log_count = static_cast<uint32_t>(of.logs.size());
        out.has_created_address = of.created_address ? 1 : 0;
        if (of.created_address) out.created_address = c::address_of(*of.created_address);
        out.sender = c::address_of(from.senders[index]);
        out.transaction_hash = c::word_of(from.transaction_hashes[index]);
        out.effective_gas_price = c::word_of(
            from.header().base_fee_per_gas
                ? execute::effective_gas_price(transaction, *from.header().base_fee_per_gas)
                : transaction.max_fee_per_gas);
        c::write_sized(&out, sizeof out, receipt);
        return {};
    });
}

switchyard_status switchyard_block_log(switchyard_block* block, uint32_t index, uint32_t log_index,
                                       switchyard_log* log) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"log", log}})) return *refused;
        if (auto refused = c::check_sized(log, kLogFirst)) return *refused;
        const auto entry = c::blocks().find(block);
        if (entry == nullptr) return c::no_such_handle("block");
        const auto& receipts = entry->block->receipts;
        if (index >= receipts.size()) return no_such_index("transactions", receipts.size());
        const auto& logs = receipts[index].logs;
        if (log_index >= logs.size()) return no_such_index("logs", logs.size());
        const Log& from = logs[log_index];
        switchyard_log out{};
        out.address = c::address_of(from.address);
        out.topic_count =
            static_cast<uint32_t>(std::min(from.topics.size(), std::size(out.topics)));
        for (size_t i = 0; i < out.topic_count; ++i)
            out.topics[i] = c::word_of(from.topics[i]);
        out.data = {from.data.data(), from.data.size()};
        c::write_sized(&out, sizeof out, log);
        return {};
    });
}

switchyard_status switchyard_block_statistics(switchyard_chain* chain, switchyard_block* block,
                                              switchyard_lane_statistics* statistics) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"statistics", statistics}})) return *refused;
        if (auto refused = c::check_sized(statistics, kStatisticsFirst)) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        const auto entry = c::blocks().find(block);
        if (entry == nullptr) return c::no_such_handle("block");
        const auto found = lease->lanes().statistics_of(entry->block->hash);
        if (!found)
            return {SWITCHYARD_NOT_FOUND, "the block is not among the last that were executed"};
        switchyard_lane_statistics out{};
        out.lanes = found->execution.lanes;
        out.threads = found->execution.threads;
        out.transactions = found->execution.transactions;
        out.executions = found->execution.executions;
        out.aborts = found->execution.aborts;
        out.waits = found->execution.waits;
        out.slots_accessed = found->prediction.slots.accessed;
        out.slots_predicted = found->prediction.slots.predicted;
        out.slots_both = found->prediction.slots.both;
        c::write_sized(&out, sizeof out, statistics);
        return {};
    });
}

}  // extern "C"
