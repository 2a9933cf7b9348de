// SPDX-License-Identifier: Apache-2.0
// The blockchain tests as cases: a chain, imported block by block.
#include <filesystem>

#include "host/core/hex.hpp"
#include "host/execute/access_list_difference.hpp"
#include "tools/conformance/chain_file_case.hpp"
#include "tools/conformance/chain_importer.hpp"
#include "tools/conformance/engine_payload.hpp"
#include "tools/conformance/exceptions.hpp"
#include "tools/conformance/genesis.hpp"
#include "tools/conformance/state_difference.hpp"
#include "tools/conformance/test_case.hpp"
#include "tools/fixtures/blockchain_test.hpp"
#include "tools/fixtures/memory_state.hpp"

namespace switchyard::conformance {
namespace {

using fixtures::BlockchainTest;
using TestBlock = BlockchainTest::TestBlock;

Error unequal(const std::string& what, const std::string& expected, const std::string& found) {
    return {ErrorCode::Mismatch, what + ": expected " + expected + ", found " + found};
}

Result<Bytes> encoded_block(const TestBlock& block) {
    if (block.payload) return block_of_payload(*block.payload);
    return block.encoded;
}

class ChainRun {
  public:
    explicit ChainRun(const BlockchainTest& test) : test_(test) {}

    Verdict run(BlockExecutor& executor) {
        MemoryState pre = fixtures::memory_state_of(test_.pre);
        const auto genesis = genesis_of(test_, StateNodes(pre).root);
        if (!genesis) return Verdict::of(genesis.error());
        if (const Bytes32 hash = header_hash(*genesis); hash != test_.genesis_hash)
            return Verdict::of(unequal("genesis hash", to_hex(test_.genesis_hash), to_hex(hash)));
        if (const auto same = check_encoded_genesis(*genesis); !same)
            return Verdict::of(same.error());
        auto chain = ChainImporter::create(*genesis, std::move(pre), test_.config, executor);
        if (!chain) return Verdict::of(chain.error());
        Verdict out = import_all(*chain);
        out.state_root = chain->head_header().state_root;
        out.last_block_hash = chain->head();
        out.make_state = [state = chain->head_state()] { return *state; };
        return out;
    }

  private:
    Result<void> check_encoded_genesis(const BlockHeader& genesis) const {
        if (!test_.genesis_encoded) return {};
        const auto block = decode_block(*test_.genesis_encoded);
        if (!block)
            return Error{ErrorCode::Mismatch,
                         "the encoded genesis does not decode: " + block.error().message};
        if (block->header != genesis)
            return unequal("hash of the encoded genesis", to_hex(test_.genesis_hash),
                           to_hex(header_hash(block->header)));
        return {};
    }

    Verdict import_all(ChainImporter& chain) const {
        for (size_t i = 0; i < test_.blocks.size(); ++i) {
            const auto done = import_one(chain, test_.blocks[i]);
            if (done) continue;
            Error error = done.error();
            error.message = "block " + std::to_string(i) + ": " + error.message;
            return Verdict::of(error);
        }
        if (chain.head() != test_.last_block_hash)
            return Verdict::of(
                unequal("last block hash", to_hex(test_.last_block_hash), to_hex(chain.head())));
        if (test_.post_state_root && chain.head_header().state_root != *test_.post_state_root)
            return Verdict::of(unequal("state root", to_hex(*test_.post_state_root),
                                       to_hex(chain.head_header().state_root)));
        if (test_.post_state)
            if (const auto difference =
                    first_state_difference(*test_.post_state, *chain.head_state()))
                return Verdict::failed("state: " + *difference);
        return {};
    }

    Result<void> import_one(ChainImporter& chain, const TestBlock& block) const {
        const auto encoded = encoded_block(block);
        const auto imported =
            encoded ? chain.import(*encoded, block.access_list ? &*block.access_list : nullptr)
                    : Result<Bytes32>(encoded.error());
        if (!imported && imported.error().code != ErrorCode::InvalidInput) return imported.error();
        const std::string& expected = block.expected_exception;
        if (!imported && expected.empty()) return refused(chain, imported.error(), block);
        if (imported && !expected.empty())
            return unequal("import", "refusal for " + expected, "acceptance");
        if (!imported && !exception_matches(expected, imported.error().message))
            return unequal("import", "refusal for " + expected,
                           "refusal for '" + imported.error().message + "'");
        if (imported && block.hash && *imported != *block.hash)
            return unequal("block hash", to_hex(*block.hash), to_hex(*imported));
        if (const auto difference = access_list_difference(chain, block))
            return Error{ErrorCode::Mismatch, *difference};
        return {};
    }

    static std::optional<std::string> access_list_difference(const ChainImporter& chain,
                                                             const TestBlock& block) {
        if (!block.access_list || !chain.executed_access_list()) return std::nullopt;
        return execute::first_difference(*block.access_list, *chain.executed_access_list());
    }

    Error refused(const ChainImporter& chain, const Error& why, const TestBlock& block) const {
        Error out = unequal("import", "acceptance", "refusal for '" + why.message + "'");
        if (const auto difference = access_list_difference(chain, block))
            out.message += "; " + *difference;
        // Of a chain's last block the test tells the state as well as its root.
        if (chain.refused_state() && test_.post_state)
            if (const auto difference =
                    first_state_difference(*test_.post_state, *chain.refused_state()))
                out.message += "; " + *difference;
        return out;
    }

    const BlockchainTest& test_;
};

/// What can be checked of a test whose state is not there: that its payloads are the blocks that
/// their hashes say. More is `Unsupported`.
Verdict run_without_state(const BlockchainTest& test) {
    for (size_t i = 0; i < test.blocks.size(); ++i) {
        const TestBlock& block = test.blocks[i];
        if (!block.payload || !block.expected_exception.empty()) continue;
        const auto encoded = block_of_payload(*block.payload);
        const auto decoded = encoded ? decode_block(*encoded) : Result<Block>(encoded.error());
        if (!decoded)
            return Verdict::failed("block " + std::to_string(i) + ": " + decoded.error().message);
    }
    return Verdict::of({ErrorCode::Unsupported,
                        "the state before the test, " + test.missing_pre_state +
                            " in a folder above the file, is absent; only hashes were checked"});
}

Verdict run(const BlockchainTest& test, BlockExecutor& executor) {
    if (!test.unsupported.empty()) return Verdict::of({ErrorCode::Unsupported, test.unsupported});
    if (!test.missing_pre_state.empty()) return run_without_state(test);
    return ChainRun(test).run(executor);
}

}  // namespace

Result<std::vector<TestCase>> load_blockchain_cases(const std::string& file) {
    if (std::filesystem::path(file).extension() == ".rlp") {
        auto chain = load_chain_file_case(file);
        if (!chain) return chain.error();
        return std::vector<TestCase>{*std::move(chain)};
    }
    auto tests = fixtures::load_blockchain_tests(file);
    if (!tests) return tests.error();
    std::vector<TestCase> out;
    for (BlockchainTest& loaded : *tests) {
        const auto test = std::make_shared<const BlockchainTest>(std::move(loaded));
        TestCase& made = out.emplace_back();
        made.name = test->name;
        made.fork = test->network;
        made.run = [test](BlockExecutor& executor) { return run(*test, executor); };
    }
    return out;
}

}  // namespace switchyard::conformance
