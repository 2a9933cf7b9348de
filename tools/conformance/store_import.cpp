// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/store_import.hpp"

#include <unistd.h>

#include <string>
#include <utility>

namespace switchyard::conformance {
namespace fs = std::filesystem;
namespace {

/// One that nobody else has.
Result<fs::path> make_folder() {
    std::error_code error;
    const fs::path under = fs::temp_directory_path(error);
    std::string name = (under / "switchyard-import-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr)
        return Error{ErrorCode::Io, name + ": no folder can be made there; set TMPDIR"};
    return fs::path(name);
}

}  // namespace

Result<std::unique_ptr<StoreImport>> StoreImport::create(const BlockHeader& genesis,
                                                         const MemoryState& state,
                                                         const ChainConfig& chain,
                                                         StoreImports& imports) {
    auto folder = make_folder();
    if (!folder) return folder.error();
    std::unique_ptr<StoreImport> out(new StoreImport(imports, *std::move(folder)));
    StateStoreOptions options;
    options.flat.cache_bytes = options.flat.code_cache_bytes = size_t{1} << 20;
    auto store = StateStore::open(out->folder_ / "store", options);
    if (!store) return store.error();
    out->store_ = std::move(*store);
    out->last_ = header_hash(genesis);
    if (auto begun = out->store_->commit(
            {.number = genesis.number, .hash = out->last_, .state_root = genesis.state_root},
            state.all());
        !begun)
        return begun.error();
    auto road = BlockRoad::open({.threads = imports.threads, .serial_where_faster = true});
    if (!road) return road.error();
    out->road_ = std::move(*road);
    out->chain_ = chain;
    out->importer_ = std::make_unique<BlockImporter>(
        chain, *out->store_, imports.threads,
        [road = out->road_.get()](const execute::BlockInput& input, const StateView& parent) {
            return road->execute(input, parent);
        });
    return out;
}

StoreImport::~StoreImport() {
    importer_.reset();
    store_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

Result<void> StoreImport::import(const ReceivedBlock& given, Revision revision, bool accepted) {
    const BlockHeader& header = *given.header;
    const auto rules = execute::rules_for_block(chain_, header.number, header.timestamp);
    if (header.parent_hash != last_ || revision < Revision::Byzantium ||
        rules.revision != revision) {
        ++imports_.left_out;
        return {};
    }
    ReceivedBlock block = given;
    if (!imports_.use_access_lists) block.access_list = nullptr;
    ImportStatistics statistics;
    const auto imported = importer_->import(block, &statistics);
    if (imported.has_value() != accepted)
        return Error{ErrorCode::Mismatch,
                     accepted
                         ? "the store's importer refused the block: " + imported.error().message
                         : std::string("the store's importer accepted a wrong block")};
    if (!accepted) {
        ++imports_.refused;
        return {};
    }
    last_ = header_hash(header);
    ++imports_.blocks;
    if (block.access_list == nullptr) return {};
    ++(statistics.access_list.held ? imports_.by_list : imports_.lists_failed);
    if (statistics.early_root) ++imports_.early_roots;
    return {};
}

}  // namespace switchyard::conformance
