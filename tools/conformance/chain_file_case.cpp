// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/chain_file_case.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "tools/conformance/chain_importer.hpp"
#include "tools/conformance/genesis.hpp"

namespace switchyard::conformance {
namespace fs = std::filesystem;
namespace {

struct ChainFile {
    node::Genesis genesis;
    std::vector<Bytes> blocks;
};

Result<std::vector<Bytes>> read_blocks(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    const Bytes content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream) return Error{ErrorCode::Io, file + ": cannot be read"};
    std::vector<Bytes> out;
    rlp::Failure failure;
    rlp::Reader reader(content, failure);
    while (!reader.at_end()) {
        rlp::Item item;
        if (!reader.item("block", item))
            return Error{ErrorCode::InvalidInput, file + ": block " + std::to_string(out.size()) +
                                                      ": " + failure.error().message};
        out.emplace_back(item.encoded.begin(), item.encoded.end());
    }
    if (out.empty()) return Error{ErrorCode::InvalidInput, file + ": holds no block"};
    return out;
}

Verdict run(const ChainFile& chain, BlockExecutor& executor) {
    MemoryState state;
    state.apply(chain.genesis.state);
    auto importer = ChainImporter::create(chain.genesis.header, std::move(state),
                                          chain.genesis.config, executor);
    if (!importer) return Verdict::of(importer.error());
    Bytes32 last = header_hash(chain.genesis.header);
    for (size_t i = 0; i < chain.blocks.size(); ++i) {
        const auto imported = importer->import(chain.blocks[i]);
        if (!imported)
            return Verdict::of({imported.error().code,
                                "block " + std::to_string(i) + ": " + imported.error().message});
        last = *imported;
    }
    Verdict out;
    if (importer->head() != last)
        out = Verdict::failed("head: expected " + to_hex(last) + ", found " +
                              to_hex(importer->head()));
    out.state_root = importer->head_header().state_root;
    out.last_block_hash = importer->head();
    out.make_state = [made = importer->head_state()] { return *made; };
    return out;
}

}  // namespace

Result<TestCase> load_chain_file_case(const std::string& file) {
    auto blocks = read_blocks(file);
    if (!blocks) return blocks.error();
    auto genesis = node::load_genesis((fs::path(file).parent_path() / "genesis.json").string());
    if (!genesis) return genesis.error();
    const auto chain =
        std::make_shared<const ChainFile>(ChainFile{*std::move(genesis), *std::move(blocks)});
    TestCase out;
    out.name = fs::path(file).stem().string();
    out.run = [chain](BlockExecutor& executor) { return run(*chain, executor); };
    return out;
}

}  // namespace switchyard::conformance
