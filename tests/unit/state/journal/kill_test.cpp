// SPDX-License-Identifier: Apache-2.0
// A process that writes a journal on a real disk is killed with SIGKILL, in the midst of a write or
// at any other moment, or its writes and syncs fail: what it acknowledged must be there afterwards,
// byte for byte.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "host/state/journal/journal.hpp"
#include "host/state/journal/little_endian.hpp"
#include "host/state/journal/posix_folder.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/journal/journal_process.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard::test {
namespace {

using journal::File;
using journal::Folder;

/// What goes wrong in a child, and at which of its writes and syncs.
struct Misfortune {
    enum class Kind { KillAtWrite, ShortWrite, FailedSync, None };
    Kind kind = Kind::None;
    uint64_t countdown = 0;  ///< writes and syncs before
    uint64_t part = 0;       ///< of a write that ends early

    [[nodiscard]] bool strikes(Kind which) {
        if (kind != which) return false;
        return countdown == 0 || --countdown == 0;
    }
};

class UnluckyFile final : public File {
  public:
    UnluckyFile(std::unique_ptr<File> file, Misfortune& misfortune)
        : file_(std::move(file)), misfortune_(misfortune) {}
    Result<uint64_t> size() const override { return file_->size(); }
    Result<void> read(uint64_t offset, std::span<uint8_t> out) const override {
        return file_->read(offset, out);
    }
    Result<void> write(uint64_t offset, BytesView bytes) override {
        if (misfortune_.strikes(Misfortune::Kind::KillAtWrite)) {
            static_cast<void>(file_->write(offset, bytes.first(misfortune_.part % bytes.size())));
            ::raise(SIGKILL);
        }
        if (misfortune_.strikes(Misfortune::Kind::ShortWrite)) {
            static_cast<void>(file_->write(offset, bytes.first(misfortune_.part % bytes.size())));
            return Error{ErrorCode::Io, "no space left on device"};
        }
        return file_->write(offset, bytes);
    }
    Result<void> sync() override {
        if (misfortune_.strikes(Misfortune::Kind::FailedSync))
            return Error{ErrorCode::Io, "input/output error"};
        return file_->sync();
    }

  private:
    std::unique_ptr<File> file_;
    Misfortune& misfortune_;
};

class UnluckyFolder final : public Folder {
  public:
    UnluckyFolder(std::unique_ptr<Folder> folder, const Misfortune& misfortune)
        : folder_(std::move(folder)), misfortune_(misfortune) {}
    Result<std::vector<std::string>> list() const override { return folder_->list(); }
    Result<std::unique_ptr<File>> create(const std::string& name) override {
        return unlucky(folder_->create(name));
    }
    Result<std::unique_ptr<File>> open(const std::string& name) override {
        return unlucky(folder_->open(name));
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return folder_->rename(from, to);
    }
    Result<void> remove(const std::string& name) override { return folder_->remove(name); }
    Result<void> sync() override { return folder_->sync(); }
    std::string path_of(std::string_view name) const override { return folder_->path_of(name); }

  private:
    Result<std::unique_ptr<File>> unlucky(Result<std::unique_ptr<File>> file) {
        if (!file) return file;
        return std::unique_ptr<File>(std::make_unique<UnluckyFile>(std::move(*file), misfortune_));
    }
    std::unique_ptr<Folder> folder_;
    Misfortune misfortune_;
};

/// The payload of the journal's `index`-th record, on which all processes agree.
Bytes payload_of(uint64_t index) {
    std::mt19937_64 random(index);
    Bytes out(8 + random() % (random() % 16 == 0 ? 12'000 : 1'500));
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    journal::store_le<uint64_t>(out.data(), index);
    return out;
}

/// What a child tells its parent.
struct Message {
    enum class Kind : uint64_t { Durable, Releasing } kind;
    uint64_t index;
};

class Replayed {
  public:
    journal::Replay collector() {
        return [this](const journal::RecordView& record) -> Result<void> {
            if (record.payload.size() < 8) return Error{ErrorCode::Mismatch, "too short"};
            const auto index = journal::load_le<uint64_t>(record.payload.data());
            if (first == 0) first = index;
            if (first + count != index) return Error{ErrorCode::Mismatch, "out of order"};
            if (!equal(record.payload, payload_of(index)))
                return Error{ErrorCode::Mismatch, "another payload"};
            ++count;
            number = record.header.number;
            return {};
        };
    }
    /// Of the last record; `fallback` when there was none.
    [[nodiscard]] uint64_t last(uint64_t fallback) const {
        return count == 0 ? fallback : first + count - 1;
    }
    uint64_t first = 0;
    uint64_t count = 0;
    uint64_t number = 0;
};

/// Appends until something ends it; the parent learns of every record after it is durable.
[[noreturn]] void write_forever(const std::filesystem::path& path, int pipe, uint64_t seed,
                                uint64_t last_known) {
    std::mt19937_64 random(seed);
    Misfortune misfortune;
    misfortune.kind = static_cast<Misfortune::Kind>(random() % 4);
    misfortune.countdown = random() % 60;
    misfortune.part = random();
    journal::JournalOptions options;
    options.recovery.store = kStore;
    options.policy = static_cast<journal::SyncPolicy>(random() % 3);
    options.interval = std::chrono::milliseconds{1};
    options.segment_bytes = 16'384;
    auto folder = journal::open_posix_folder(path);
    if (!folder) ::_exit(1);
    Replayed replayed;
    auto opened =
        journal::Journal::open(std::make_unique<UnluckyFolder>(std::move(*folder), misfortune),
                               options, replayed.collector());
    if (!opened) ::_exit(opened.error().code == ErrorCode::Io ? 0 : 2);
    journal::Journal& journal = **opened;
    const auto tell = [&](Message message) {
        if (::write(pipe, &message, sizeof message) != sizeof message) ::_exit(3);
    };
    std::vector<std::pair<uint64_t, uint64_t>> durable;  // index and number
    for (uint64_t index = replayed.last(last_known) + 1;;) {
        std::vector<std::pair<uint64_t, uint64_t>> batch;
        for (uint64_t records = 1 + random() % 3; records > 0; --records, ++index) {
            const auto number = journal.append(journal::RecordKind::Block, payload_of(index));
            if (!number) ::_exit(0);
            batch.emplace_back(index, *number);
        }
        for (const auto& [at, number] : batch) {
            if (!journal.wait_durable(number)) ::_exit(0);
            tell({Message::Kind::Durable, at});
            durable.emplace_back(at, number);
        }
        if (random() % 16 == 0) {
            const auto& [at, number] = durable[random() % durable.size()];
            tell({Message::Kind::Releasing, at});
            if (!journal.release(number)) ::_exit(0);
        }
    }
}

uint64_t wanted_runs() {
    const char* text = std::getenv("SWITCHYARD_CRASH_RUNS");
    const uint64_t runs = text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
    return runs == 0 ? 200 : runs;
}

class JournalKillTest : public testing::Test {
  protected:
    void read_messages(int pipe, uint64_t count) {
        Message message;
        for (; count > 0 && ::read(pipe, &message, sizeof message) == sizeof message; --count) {
            if (message.kind == Message::Kind::Durable)
                durable_ = std::max(durable_, message.index);
            else
                released_ = std::max(released_, message.index);
        }
    }
    /// One child from start to end.
    void run(std::mt19937_64& random) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const uint64_t seed = random();
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            write_forever(path_, ends[1], seed, durable_);
        }
        ::close(ends[1]);
        read_messages(ends[0], random() % 8);
        ::usleep(static_cast<useconds_t>(random() % 1500));
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        read_messages(ends[0], UINT64_MAX);
        ::close(ends[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
        killed_ += WIFSIGNALED(status);
    }
    /// What the next process finds.
    void check() {
        auto folder = journal::open_posix_folder(path_);
        ASSERT_TRUE(folder) << folder.error().message;
        Replayed replayed;
        const auto recovered = journal::recover(**folder, {.store = kStore}, replayed.collector());
        ASSERT_TRUE(recovered) << recovered.error().message;
        torn_ += recovered->report.cut.has_value();
        if (recovered->report.cut) {
            ASSERT_EQ(recovered->report.cut->whole_records, 0u) << "no power was lost";
        }
        if (durable_ > released_) {
            ASSERT_GE(replayed.last(0), durable_) << "an acknowledged record is missing";
            ASSERT_LE(replayed.first, released_ + 1);
        }
        durable_ = std::max(durable_, replayed.last(0));
    }

    TemporaryFolder folder_;
    std::filesystem::path path_ = folder_.path() / "journal";
    uint64_t durable_ = 0;
    uint64_t released_ = 0;
    uint64_t killed_ = 0;
    uint64_t torn_ = 0;
};

TEST_F(JournalKillTest, NothingAcknowledgedIsMissing) {
    auto random = test_generator(97);
    const uint64_t runs = wanted_runs();
    for (uint64_t i = 0; i < runs; ++i) {
        ASSERT_NO_FATAL_FAILURE(run(random)) << "run " << i;
        ASSERT_NO_FATAL_FAILURE(check()) << "run " << i;
    }
    RecordProperty("records", std::to_string(durable_));
    RecordProperty("killed", std::to_string(killed_));
    RecordProperty("torn_tails", std::to_string(torn_));
    EXPECT_GT(killed_, runs / 3);
    EXPECT_GT(torn_, 0u);
    EXPECT_GT(durable_, runs);
}

}  // namespace
}  // namespace switchyard::test
