// SPDX-License-Identifier: Apache-2.0
// Blocks per second until they are durable: the journal under each policy, a plain write and
// fdatasync for each block, and SQLite's commit for each block, in turn in one run. Wall time,
// since waiting for the disk is what is measured; medians over the rounds, because others use the
// disk.
//
// usage: journal_bench FOLDER [ACCOUNTS [BLOCKS [ROUNDS]]]     FOLDER is on the disk to be measured
#include <fcntl.h>
#include <fmt/core.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include "host/state/journal/block_record.hpp"
#include "host/state/journal/journal.hpp"
#include "host/state/journal/posix_folder.hpp"
#include "host/state/sqlite/sharded_store.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using journal::Journal;
using journal::SyncPolicy;

struct Block {
    StoredBlock block;
    StateChanges changes;
};

/// Each block writes `accounts` accounts with a slot each, as that many token transfers would.
std::vector<Block> make_blocks(uint64_t accounts, uint64_t count) {
    std::mt19937_64 random(1);
    std::vector<Block> out(count);
    for (uint64_t number = 0; number < count; ++number) {
        out[number].block.number = number + 1;
        StateChanges& changes = out[number].changes;
        std::vector<Address> addresses(accounts);
        for (Address& address : addresses)
            for (uint8_t& byte : address)
                byte = static_cast<uint8_t>(random());
        std::sort(addresses.begin(), addresses.end());
        for (const Address& address : addresses) {
            AccountChange change;
            change.address = address;
            change.account = Account{};
            change.account->nonce = random() % 1000;
            change.account->balance = Uint256{random(), random() % 1000, 0, 0};
            change.storage_begin = static_cast<uint32_t>(changes.storage.size());
            change.storage_count = 1;
            changes.storage.push_back({{random(), random(), random(), random()}, random()});
            changes.accounts.push_back(change);
        }
    }
    return out;
}

/// What cannot fail here unless the disk does.
template <typename T>
T checked(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "journal_bench: {}\n", result.error().message);
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

double process_cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Contender {
    const char* name;
    std::function<void()> open;
    std::function<void()> run;
    std::function<void()> close;
    std::vector<double> seconds;
    std::vector<double> cpu_seconds;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

class Bench {
  public:
    Bench(const fs::path& folder, uint64_t accounts, uint64_t blocks)
        : folder_(folder), blocks_(make_blocks(accounts, blocks)) {
        for (const Block& block : blocks_) {
            bytes_.clear();
            checked(journal::encode_block_record(block.block, block.changes, bytes_));
            total_bytes_ += bytes_.size();
        }
    }
    void run(uint64_t rounds);

  private:
    void open_journal(SyncPolicy policy) {
        journal::JournalOptions options;
        options.recovery.store[0] = 1;
        options.policy = policy;
        options.interval = std::chrono::milliseconds{10};
        journal_ = checked(Journal::open(checked(journal::open_posix_folder(folder_ / "journal")),
                                         options, [](const auto&) { return Result<void>(); }));
        // The segment's zeros are written before the time runs, as `release` does it in a node.
        const auto first = checked(journal_->append(journal::RecordKind::Block, {}));
        checked(journal_->wait_durable(first));
    }
    void append_all(bool wait_for_each) {
        uint64_t last = 0;
        for (const Block& block : blocks_) {
            bytes_.clear();
            checked(journal::encode_block_record(block.block, block.changes, bytes_));
            last = checked(journal_->append(journal::RecordKind::Block, bytes_));
            if (wait_for_each) checked(journal_->wait_durable(last));
        }
        checked(journal_->wait_durable(last));
    }
    void close_journal() { journal_.reset(); }
    void plain_writes() {
        for (const Block& block : blocks_) {
            bytes_.clear();
            checked(journal::encode_block_record(block.block, block.changes, bytes_));
            if (::write(plain_, bytes_.data(), bytes_.size()) !=
                    static_cast<ssize_t>(bytes_.size()) ||
                ::fdatasync(plain_) != 0)
                std::exit(1);
        }
    }
    void sqlite_commits() {
        for (const Block& block : blocks_) {
            const flat::CheckpointBlock one{block.block, nullptr};
            checked(store_->write({{&one, 1}, &block.changes, 0}));
        }
    }

    fs::path folder_;
    std::vector<Block> blocks_;
    Bytes bytes_;
    uint64_t total_bytes_ = 0;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<sqlite::ShardedStore> store_;
    int plain_ = -1;
};

void Bench::run(uint64_t rounds) {
    const auto journal_row = [&](const char* name, SyncPolicy policy, bool wait_for_each) {
        return Contender{name,
                         [this, policy] { open_journal(policy); },
                         [this, wait_for_each] { append_all(wait_for_each); },
                         [this] { close_journal(); },
                         {},
                         {}};
    };
    std::vector<Contender> contenders{
        {"plain write + fdatasync for each block",
         [this] {
             plain_ = ::open((folder_ / "plain").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
         },
         [this] { plain_writes(); },
         [this] { ::close(plain_); },
         {},
         {}},
        journal_row("journal, policy block, each block awaited", SyncPolicy::Block, true),
        journal_row("journal, policy block, group commit", SyncPolicy::Block, false),
        journal_row("journal, policy interval (10 ms)", SyncPolicy::Interval, false),
        journal_row("journal, policy off", SyncPolicy::Off, false),
        {"SQLite commit for each block",
         [this] {
             sqlite::ShardedStoreOptions options;
             options.shards = 1;
             store_ = checked(sqlite::ShardedStore::open(folder_ / "state", options));
         },
         [this] { sqlite_commits(); },
         [this] { store_.reset(); },
         {},
         {}},
    };
    for (uint64_t round = 0; round < rounds; ++round)
        for (Contender& contender : contenders) {
            fs::remove_all(folder_);
            fs::create_directories(folder_);
            contender.open();
            ::sync();
            const double cpu = process_cpu_seconds();
            const auto start = std::chrono::steady_clock::now();
            contender.run();
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
            contender.seconds.push_back(took.count());
            contender.cpu_seconds.push_back(process_cpu_seconds() - cpu);
            contender.close();
        }
    fs::remove_all(folder_);
    const auto blocks = static_cast<double>(blocks_.size());
    fmt::print("{} blocks of {} bytes, {} rounds\n", blocks_.size(), total_bytes_ / blocks_.size(),
               rounds);
    fmt::print("  {:<44}{:>9}{:>9}{:>13}{:>9}\n", "median", "blocks/s", "MB/s", "CPU us/block",
               "ratio");
    for (const Contender& contender : contenders) {
        std::vector<double> ratios;
        for (size_t i = 0; i < contender.seconds.size(); ++i)
            ratios.push_back(contenders[0].seconds[i] / contender.seconds[i]);
        const double seconds = median(contender.seconds);
        fmt::print("  {:<44}{:>9.0f}{:>9.1f}{:>13.1f}{:>8.2f}x\n", contender.name, blocks / seconds,
                   1e-6 * static_cast<double>(total_bytes_) / seconds,
                   1e6 * median(contender.cpu_seconds) / blocks, median(ratios));
    }
}

}  // namespace
}  // namespace switchyard

int main(int count, char** arguments) {
    const auto number = [&](int index, uint64_t fallback) -> uint64_t {
        return count > index ? std::strtoull(arguments[index], nullptr, 10) : fallback;
    };
    if (count < 2 || number(2, 1) == 0 || number(3, 1) == 0 || number(4, 1) == 0) {
        fmt::print(stderr, "usage: journal_bench FOLDER [ACCOUNTS [BLOCKS [ROUNDS]]]\n");
        return 2;
    }
    const std::filesystem::path folder = std::filesystem::path(arguments[1]) / "journal-bench";
    switchyard::Bench(folder, number(2, 300), number(3, 300)).run(number(4, 7));
    return 0;
}
