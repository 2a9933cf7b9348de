// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to execution by access lists: any list that the memory of a process can hold
// gives the result of serial execution, and only the right one is used.
#include "host/execute/access_list/access_list_executor.hpp"

#include "host/core/assert.hpp"
#include "host/execute/result_difference.hpp"
#include "tests/fuzz/access_list_patch.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/conflict_chain.hpp"

namespace switchyard::fuzz {
namespace {

/// One block that everything happens in, executed serially.
struct Reference {
    test::ConflictChain chain{1, Revision::Amsterdam};
    test::ConflictBlock block;
    execute::BlockInput input;
    execute::BlockResult result;

    Reference() {
        for (;;) {
            block = chain.next(40);
            input.header = &block.header;
            input.rules.revision = Revision::Amsterdam;
            input.rules.chain_id = 1;
            input.rules.blobs = {3, 6, 3'338'477};
            input.rules.deposit_contract =
                test::conflict_contract(test::ConflictContract::Depositor);
            input.transactions = block.transactions;
            input.withdrawals = block.withdrawals;
            auto serial = execute::execute_block_serial(input, chain.state());
            if (!serial) {
                chain.accept({});
                continue;
            }
            result = std::move(*serial);
            return;
        }
    }
};

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    static const Reference reference;
    static execute::AccessListExecutor executor(2);
    BlockAccessList list = *reference.result.block_access_list;
    for (size_t at = 0; at + kPatchBytes <= size && at < 64 * kPatchBytes; at += kPatchBytes)
        patch_access_list(list, std::span<const uint8_t, kPatchBytes>(data + at, kPatchBytes));
    execute::AccessListStatistics statistics;
    const auto found =
        executor.execute(reference.input, reference.chain.state(), list, &statistics);
    require(found.has_value(), "a wrong list makes the block an error");
    const auto difference = execute::first_difference(reference.result, *found);
    require(!difference, difference.value_or(""));
    require(statistics.held == (list == *reference.result.block_access_list),
            statistics.held ? "a wrong list was used" : "the right list was not used");
    return 0;
}
