// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/state/crash/store_worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "host/state/trie/state_trie.hpp"
#include "tests/unit/state/state_fixture.hpp"

namespace switchyard::test {
namespace {

/// Compares all that execution can ask; `view` is a FlatState or a view of an earlier block.
std::string view_difference(const StateView& view, const MemoryState& model) {
    const auto compare = [&](uint64_t n, uint64_t slots) -> std::string {
        const Address address = address_of(n);
        const std::string name = "account " + std::to_string(n);
        const auto account = model.account(address);
        if (view.account(address) != account) return name;
        if (view.has_storage(address) != model.has_storage(address)) return name + ", has_storage";
        for (uint64_t slot = 0; slot < slots; ++slot)
            if (view.storage(address, slot) != model.storage(address, slot))
                return name + ", slot " + std::to_string(slot);
        if (account && account->has_code() &&
            !equal(view.code(account->code_hash)->bytes(), model.code(account->code_hash)->bytes()))
            return name + ", code";
        return {};
    };
    for (uint64_t n = 0; n < kModelAccounts; ++n)
        if (std::string found = compare(n, kModelSlots); !found.empty()) return found;
    return compare(kVastAccount, kVastSlots);
}

}  // namespace

StateStoreOptions crash_options(std::mt19937_64& random) {
    StateStoreOptions options;
    options.flat.overlay_bytes = 16 << 10;
    options.flat.cache_bytes = 4 << 10;
    options.flat.code_cache_bytes = 512;
    options.flat.history_bytes = 8 << 10;
    options.flat.undo_record_bytes = random() % 4 == 0 ? 4 << 10 : 1 << 20;
    options.flat.undo_blocks = 8 + random() % 24;
    options.flat.checkpoint_blocks = random() % 3 == 0 ? 2 : UINT64_MAX;
    options.shards.shards = 2;
    options.shards.readers_per_file = 1;
    options.shards.cache_bytes = 1 << 20;
    options.shards.rewind_bytes = random() % 2 == 0 ? 2 << 10 : 1 << 20;
    options.trie.cache_bytes = size_t{16 << 10} << (random() % 4);
    options.trie.page_leaves = 4 + random() % 16;
    options.trie_page_cache_bytes = 256 << 10;
    options.segment_bytes = random() % 2 == 0 ? 4096 : 16384;
    options.backlog_bytes = uint64_t{8 << 10} << (random() % 3);
    return options;
}

std::string difference(StateStore& store, const ModelBlock& expected) {
    if (!store.last_block() && expected.number == 0) return {};
    if (!store.last_block() || store.last_block()->number != expected.number ||
        store.last_block()->hash != expected.hash())
        return "the last block";
    const Bytes32 root = trie::state_root(expected.state.all());
    if (store.last_block()->state_root != root) return "the last block's state root";
    const Result<Bytes32> trie_root = store.root();
    if (!trie_root) return trie_root.error().message;
    if (*trie_root != root) return "the trie's root";
    if (std::string found = view_difference(store.view(), expected.state); !found.empty())
        return found;
    if (const auto failure = store.view().failure()) return failure->message;
    for (const uint64_t n : {uint64_t{0}, uint64_t{7}, uint64_t{23}, kVastAccount}) {
        const Uint256 keys[] = {1, 2, 17, 300};
        const auto proof = store.prove(address_of(n), keys);
        if (!proof) return "proof: " + proof.error().message;
        if (proof->account != expected.state.account(address_of(n))) return "an account proven";
        for (const auto& slot : proof->storage)
            if (slot.value != expected.state.storage(address_of(n), slot.key))
                return "a slot proven";
    }
    return {};
}

StoreWorker::StoreWorker(std::filesystem::path path, Expectation expectation, uint64_t branch,
                         uint64_t seed, journal::SyncPolicy policy, int pipe, WorkerNote& note)
    : path_(std::move(path)),
      expectation_(std::move(expectation)),
      branch_(branch),
      random_(seed),
      options_(crash_options(random_)),
      pipe_(pipe),
      note_(note) {
    options_.policy = policy;
    options_.sync_interval = std::chrono::milliseconds{1};
}

void StoreWorker::tell(Message::Kind kind, uint64_t number) {
    const Message message{kind, number, branch_};
    expectation_.take(message);
    if (::write(pipe_, &message, sizeof message) != static_cast<ssize_t>(sizeof message))
        ::_exit(GaveUp);
}

StoreWorker::Step StoreWorker::wrong(const std::string& what) {
    std::snprintf(note_.text, sizeof note_.text, "%s", what.c_str());
    return Step::Wrong;
}

StoreWorker::Step StoreWorker::failed(const Error& error, Step otherwise) {
    ++note_.errors;
    if (error.code != ErrorCode::Io)
        return wrong(std::string(to_string(error.code)) + ": " + error.message);
    std::snprintf(note_.text, sizeof note_.text, "%s", error.message.c_str());
    return otherwise;
}

StoreWorker::Step StoreWorker::open() {
    store_.reset();
    auto opened = StateStore::open(path_, options_);
    if (!opened) return failed(opened.error(), Step::Failed);
    store_ = std::move(*opened);
    std::string why;
    const ModelBlockPointer block = expectation_.find(store_->last_block(), why);
    if (block == nullptr) return wrong("opened anew: " + why);
    if (std::string found = difference(*store_, *block); !found.empty())
        return wrong("opened anew at block " + std::to_string(block->number) + ": " + found);
    ++branch_;
    tell(Message::Kind::Opened, block->number);
    return Step::Done;
}

StoreWorker::Step StoreWorker::seal_block() {
    const uint64_t number = expectation_.tip().number + 1;
    tell(Message::Kind::Sealing, number);
    const ModelBlock& block = expectation_.tip();
    Result<void> applied = store_->apply(number, block.changes);
    // After an error nothing has changed, and space may come back.
    for (int i = 0; !applied && i < 20; ++i) {
        if (failed(applied.error(), Step::Failed) == Step::Wrong) return Step::Wrong;
        applied = store_->apply(number, block.changes);
    }
    if (!applied) return failed(applied.error(), Step::Reopen);
    const Result<Bytes32> root = store_->root();
    if (!root) return failed(root.error(), Step::Reopen);
    if (Result<void> sealed = store_->seal({number, block.hash(), *root}); !sealed)
        return failed(sealed.error(), Step::Reopen);
    ++note_.blocks_sealed;
    return Step::Done;
}

StoreWorker::Step StoreWorker::wait_durable() {
    const uint64_t number = expectation_.tip().number;
    if (expectation_.durable() >= number) return Step::Done;
    if (Result<void> durable = store_->wait_durable(number); !durable)
        return failed(durable.error(), Step::Reopen);
    tell(Message::Kind::Durable, number);
    return Step::Done;
}

StoreWorker::Step StoreWorker::rewind() {
    const uint64_t tip = expectation_.tip().number;
    if (tip < 2) return Step::Done;
    const uint64_t target = tip - 1 - random_() % std::min<uint64_t>(tip - 1, 10);
    tell(Message::Kind::Rewinding, target);
    const Result<void> done = store_->rewind(target);
    if (!done && done.error().code == ErrorCode::NotFound) {
        tell(Message::Kind::RewindRefused, target);
        return Step::Done;
    }
    if (!done) return failed(done.error(), Step::Reopen);
    ++branch_;
    ++note_.rewinds;
    tell(Message::Kind::Rewound, target);
    if (std::string found = difference(*store_, expectation_.tip()); !found.empty())
        return wrong("after a rewind: " + found);
    return Step::Done;
}

StoreWorker::Step StoreWorker::look_back() {
    const uint64_t tip = expectation_.tip().number;
    if (tip == 0) return Step::Done;
    const uint64_t number = tip - random_() % std::min<uint64_t>(tip, 6);
    const ModelBlockPointer block = expectation_.at(number);
    if (block == nullptr) return Step::Done;
    const auto view = store_->view_at(number);
    if (!view) {
        const ErrorCode code = view.error().code;
        if (code == ErrorCode::NotFound || code == ErrorCode::LimitExceeded) return Step::Done;
        return failed(view.error(), Step::Reopen);
    }
    const std::string found = view_difference(**view, block->state);
    if (const auto failure = (*view)->failure()) return failed(*failure, Step::Reopen);
    if (!found.empty()) return wrong("view of block " + std::to_string(number) + ": " + found);
    ++note_.views;
    return Step::Done;
}

StoreWorker::Step StoreWorker::any_step() {
    const uint64_t dice = random_() % 32;
    if (dice == 0) return rewind();
    if (dice == 1) return look_back();
    if (dice == 2) {
        (void)store_->pressure();
        return Step::Done;
    }
    if (dice == 3) {
        // Fails where the disk does, and may be asked again.
        if (Result<void> done = store_->checkpoint(); !done)
            return failed(done.error(), Step::Done);
        ++note_.checkpoints;
        return Step::Done;
    }
    Step step = seal_block();
    // Some blocks wait together.
    if (step == Step::Done && random_() % 3 != 0) step = wait_durable();
    return step;
}

int StoreWorker::run() {
    const uint64_t steps = 5 + random_() % 40;
    Step step = open();
    for (uint64_t i = 0; i < steps; ++i) {
        // The disk may have space again some operations later.
        for (int tries = 0; step == Step::Failed && tries < 20; ++tries)
            step = open();
        if (step == Step::Failed) return GaveUp;
        if (step == Step::Wrong) return Wrong;
        step = any_step();
        if (step == Step::Reopen) {
            if (random_() % 2 == 0) return GaveUp;
            ++note_.reopened;
            step = open();
        }
    }
    if (step == Step::Done) step = wait_durable();
    if (step == Step::Wrong) return Wrong;
    store_.reset();
    return Finished;
}

}  // namespace switchyard::test
