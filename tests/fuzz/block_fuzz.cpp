// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to blocks: decoding of blocks and headers against a second decoder, encoding as
// its inverse, and the rules of validation on whatever decodes.
#include <cstdint>

#include "host/chain/block.hpp"
#include "host/chain/hash.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/block_validation.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/rlp_schema.hpp"

namespace switchyard::fuzz {
namespace {

execute::BlockRules rules_of(Revision revision) {
    return execute::rules_for_block(ChainConfig::single_revision(revision), 1, 1);
}

void check_header(BytesView encoded) {
    const auto header = decode_header(encoded);
    const auto tree = parse_tree(encoded);
    require(header.has_value() == (tree && matches(*tree, kHeaderPattern)),
            header ? "a malformed header decodes" : "a well-formed header does not decode");
    if (!header) return;
    require(equal(encode_header(*header), encoded), "a header does not encode to its bytes");
    require(header_hash(*header) == keccak256(encoded), "a header hashes to another value");
}

/// Splitting a block without decoding its transactions gives the same transactions.
void check_split(BytesView encoded, const Block& block) {
    const auto parts = split_block_transactions(encoded);
    require(parts.has_value() && parts->size() == block.transactions.size(),
            "a block splits into another number of transactions");
    for (size_t i = 0; i < parts->size(); ++i)
        require(equal((*parts)[i], encode_transaction(block.transactions[i])),
                "a block splits into other transactions");
}

/// No header may upset the rules; a body that agrees with its header is accepted.
void check_rules(Block block, size_t encoded_bytes) {
    const BlockHeader parent = block.ommers.empty() ? block.header : block.ommers.front();
    block.header.parent_hash = header_hash(parent);
    block.header.transactions_root = execute::transactions_root(block.transactions);
    if (block.withdrawals && block.header.withdrawals_root)
        block.header.withdrawals_root = execute::withdrawals_root(*block.withdrawals);
    std::vector<execute::Ancestor> ancestors{{&parent, block.header.parent_hash, {}}};
    for (const BlockHeader& ommer : block.ommers)
        ancestors.push_back({&ommer, header_hash(ommer), block.ommers});
    for (size_t i = 0; i < kRevisionCount; ++i) {
        const auto rules = rules_of(static_cast<Revision>(i));
        const auto header = execute::validate_header(block.header, parent, rules, rules);
        require(!header || block.header.gas_used <= block.header.gas_limit,
                "a header passes that uses more gas than it has");
        require(!header || block.header.timestamp > parent.timestamp,
                "a header passes that is not after its parent");
        const auto body = execute::validate_body(block, encoded_bytes, rules);
        require(!body || block.withdrawals.has_value() == (rules.revision >= Revision::Shanghai),
                "withdrawals pass before Shanghai, or their absence after");
        const auto ommers =
            execute::validate_ommers(block, ancestors, [&](const BlockHeader&) { return rules; });
        require(!ommers || block.ommers.size() <= 2, "more than two ommers pass");
    }
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const BytesView input{data, size};
    check_header(input);
    const auto block = decode_block(input);
    require(block.has_value() == is_block(input),
            block ? "a malformed block decodes" : "a well-formed block does not decode");
    if (!block) {
        static_cast<void>(split_block_transactions(input));
        return 0;
    }
    require(equal(encode_block(*block), input), "encode(decode(x)) is not x");
    check_header(encode_header(block->header));
    check_split(input, *block);
    check_rules(*block, size);
    return 0;
}
