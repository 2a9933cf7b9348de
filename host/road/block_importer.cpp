// SPDX-License-Identifier: Apache-2.0
#include "host/road/block_importer.hpp"

#include <chrono>

#include "host/execute/block_validation.hpp"

namespace switchyard {
namespace {

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

}  // namespace

Result<execute::BlockResult> BlockImporter::execute(const execute::BlockInput& input,
                                                    const BlockAccessList* list,
                                                    ImportStatistics& statistics) {
    const StateView& parent = store_.view();
    const auto without_list = [&]() -> Result<execute::BlockResult> {
        return without_list_ ? without_list_(input, parent)
                             : execute::execute_block_serial(input, parent);
    };
    if (list == nullptr) return without_list();
    const uint64_t number = input.header->number;
    // Without room for it the root has to wait until a checkpoint may be made.
    const auto begin_root = [&](const StateChanges& changes) {
        statistics.early_root = store_.begin_root(number, changes).has_value();
    };
    auto result =
        by_list_.execute(input, parent, *list, &statistics.access_list, without_list, begin_root);
    statistics.early_root = statistics.early_root && statistics.access_list.held;
    return result;
}

Result<Bytes32> BlockImporter::root_of(uint64_t number, const StateChanges& changes) {
    auto begun = store_.begin_root(number, changes);
    if (!begun && begun.error().code == ErrorCode::LimitExceeded) {
        if (auto room = store_.checkpoint(); !room) return room.error();
        begun = store_.begin_root(number, changes);
    }
    if (!begun) return begun.error();
    return store_.begun_root();
}

Error BlockImporter::refuse(const Error& why) {
    if (const auto dropped = store_.drop_root(); !dropped) return dropped.error();
    return why;
}

Result<execute::BlockResult> BlockImporter::import(const ReceivedBlock& block,
                                                   ImportStatistics* statistics) {
    ImportStatistics unused;
    ImportStatistics& out = statistics != nullptr ? *statistics : unused;
    out = {};
    const BlockHeader& header = *block.header;
    execute::BlockInput input;
    input.header = &header;
    input.rules = execute::rules_for_block(chain_, header.number, header.timestamp);
    input.transactions = block.transactions;
    input.ommers = block.ommers;
    input.withdrawals = block.withdrawals;
    input.hashes = block.hashes;

    const uint64_t begin = now_ns();
    auto result = execute(input, block.access_list, out);
    // What was read from a store that failed says nothing about the block.
    if (const auto failed = store_.view().failure()) return refuse(*failed);
    if (!result) return refuse(result.error());
    const uint64_t executed = now_ns();
    const auto root = root_of(header.number, result->changes);
    out.execute_ns = executed - begin;
    out.root_wait_ns = now_ns() - executed;
    if (!root) return refuse(root.error());
    if (const auto valid = execute::validate_result(header, *result, input.rules, *root); !valid)
        return refuse(valid.error());

    if (auto applied = store_.apply(header.number, result->changes); !applied)
        return refuse(applied.error());
    const StoredBlock stored{
        .number = header.number, .hash = header_hash(header), .state_root = *root};
    if (auto sealed = store_.seal(stored); !sealed) return sealed.error();
    if (auto durable = store_.wait_durable(header.number); !durable) return durable.error();
    return result;
}

}  // namespace switchyard
