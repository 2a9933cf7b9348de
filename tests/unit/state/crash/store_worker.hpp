// SPDX-License-Identifier: Apache-2.0
// A process that works on a store until something goes wrong, and what every process checks.
#pragma once

#include <random>

#include "host/state/store/state_store.hpp"
#include "tests/unit/state/crash/chain_model.hpp"

namespace switchyard::test {

/// Shared with the parent; says what happened where the exit status cannot.
struct WorkerNote {
    char text[1000] = {};
    uint64_t blocks_sealed = 0;
    uint64_t rewinds = 0;
    uint64_t errors = 0;    ///< that calls gave
    uint64_t reopened = 0;  ///< after an error, in the same process
    uint64_t checkpoints = 0;
    uint64_t views = 0;
};

/// Budgets so small that checkpoints, new segments and evictions come all the time. The number of
/// shards is that of the store if it exists.
[[nodiscard]] StateStoreOptions crash_options(std::mt19937_64& random);

/// Whether a store holds the model's state: last block and root, every account, slot and code, and
/// the trie. Empty, or what is different.
[[nodiscard]] std::string difference(StateStore& store, const ModelBlock& expected);

/// Seals blocks, checkpoints, rewinds and reads as `seed` says; opens the store anew after errors.
class StoreWorker {
  public:
    StoreWorker(std::filesystem::path path, Expectation expectation, uint64_t branch, uint64_t seed,
                journal::SyncPolicy policy, int pipe, WorkerNote& note);

    enum Exit : int {
        Finished = 0,  ///< and closed the store
        GaveUp = 1,    ///< the disk does not recover
        Wrong = 2,     ///< see the note
    };
    /// The exit status.
    int run();

  private:
    enum class Step { Done, Failed, Reopen, Wrong };

    Step open();
    Step seal_block();
    Step wait_durable();
    Step rewind();
    Step look_back();
    Step any_step();
    /// An error is what the disk did; anything else is wrong.
    Step failed(const Error& error, Step otherwise);
    Step wrong(const std::string& what);
    void tell(Message::Kind kind, uint64_t number);

    const std::filesystem::path path_;
    Expectation expectation_;
    uint64_t branch_;
    std::mt19937_64 random_;
    StateStoreOptions options_;
    const int pipe_;
    WorkerNote& note_;
    std::unique_ptr<StateStore> store_;
};

}  // namespace switchyard::test
