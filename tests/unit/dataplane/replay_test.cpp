// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "dataplane/capture/capture_writer.hpp"
#include "dataplane/capture/replay_port.hpp"
#include "dataplane/capture/replay_schedule.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/drain.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

constexpr uint64_t kEpoch = 1'700'000'000'000'000'000;

uint64_t simulated_ns = 0;
uint64_t simulated_clock() {
    return simulated_ns;
}

/// A capture of the given frames, one each 10 microseconds; removed at the end.
class Capture {
  public:
    Capture(const std::string& name, const FrameBatch& frames)
        : path_((std::filesystem::temp_directory_path() /
                 ("switchyard_" + std::to_string(getpid()) + "_" + name))
                    .string()) {
        auto writer = CaptureWriter::create(path_);
        for (size_t i = 0; i < frames.size(); ++i)
            writer->write(frames[i], kEpoch + i * 10'000);
        EXPECT_TRUE(writer->finish());
    }
    ~Capture() { std::filesystem::remove(path_); }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

TEST(ReplaySchedule, KeepsTheDistancesOfTheCapture) {
    for (const double speed : {0.5, 1.0, 4.0}) {
        ReplaySchedule schedule(speed);
        EXPECT_EQ(schedule.due_ns(kEpoch, 777), 777u);
        for (const uint64_t after : {uint64_t{0}, uint64_t{1'000}, uint64_t{3'600'000'000'000}})
            EXPECT_EQ(schedule.due_ns(kEpoch + after, 9'999),
                      777 + static_cast<uint64_t>(static_cast<double>(after) / speed));
        EXPECT_EQ(schedule.due_ns(kEpoch - 5, 9'999), 777u) << "out of order: at once";
    }
}

TEST(ReplaySchedule, AtSpeed0EverythingIsDue) {
    ReplaySchedule schedule(0);
    for (const uint64_t now : {uint64_t{5}, uint64_t{6}, uint64_t{1'000}})
        EXPECT_EQ(schedule.due_ns(kEpoch + now * 1'000'000, now), now);
}

TEST(ReplaySchedule, NeverWrapsAround) {
    ReplaySchedule slow(1e-9);
    EXPECT_EQ(slow.due_ns(0, 1), 1u);
    EXPECT_EQ(slow.due_ns(UINT64_MAX, 1), UINT64_MAX);
    ReplaySchedule late(1);
    EXPECT_EQ(late.due_ns(0, UINT64_MAX - 5), UINT64_MAX - 5);
    EXPECT_EQ(late.due_ns(100, UINT64_MAX - 5), UINT64_MAX);
}

TEST(Replay, DeliversWhatWasCapturedOnceAndInOrder) {
    auto random = test_generator(180);
    const auto transactions = test::random_transactions(random, 5'000, 90, 400);
    const auto frames = encode_all({}, test::views(transactions));
    const Capture capture("replay.pcapng", *frames);
    auto port = replay_port({.path = capture.path(), .buffers = 5'000});
    ASSERT_TRUE(port) << port.error().message;
    const auto ingress = test::make_ingress(**port, {});
    {
        IngressThread receiving(*ingress);
        test::expect_all_in_order(*ingress, transactions);
    }
    (void)ingress->receive_once();
    EXPECT_TRUE((*port)->finish());
    EXPECT_EQ((*port)->counters().received_frames, frames->size());
    EXPECT_EQ((*port)->buffers_in_use(), 0u);
    test::expect_counters_add_up(ingress->counters());
}

TEST(Replay, WaitsForTheTimeOfEachFrame) {
    auto random = test_generator(181);
    const auto transactions = test::random_transactions(random, 600, 200, 200);
    const auto frames = encode_all({}, test::views(transactions));
    const Capture capture("timed.pcap", *frames);
    for (const double speed : {1.0, 10.0}) {
        simulated_ns = 1'000'000;
        auto port = replay_port(
            {.path = capture.path(), .speed = speed, .buffers = 1'000, .clock = simulated_clock});
        ASSERT_TRUE(port);
        std::array<Frame, 256> burst;
        size_t received = 0;
        for (uint64_t step = 0; received < frames->size(); ++step) {
            ASSERT_LT(step, 10'000u);
            simulated_ns = 1'000'000 + step * 7'001;
            const size_t count = (*port)->receive(0, burst);
            for (size_t i = 0; i < count; ++i) {
                EXPECT_TRUE(equal(burst[i].bytes, (*frames)[received + i]));
                const uintptr_t buffers[] = {burst[i].buffer};
                (*port)->free_buffers(buffers);
            }
            received += count;
            const uint64_t spacing = 10'000 / static_cast<uint64_t>(speed);
            EXPECT_EQ(received, std::min<uint64_t>(frames->size(), step * 7'001 / spacing + 1));
        }
    }
}

TEST(Replay, WaitsForABufferAndLosesNothing) {
    auto random = test_generator(182);
    const auto transactions = test::random_transactions(random, 300, 200, 200);
    const auto frames = encode_all({}, test::views(transactions));
    const Capture capture("tight.pcap", *frames);
    auto port = replay_port({.path = capture.path(), .buffers = 4});
    std::array<Frame, 16> burst;
    size_t received = 0;
    while (!(*port)->input_ended(0)) {
        const size_t count = (*port)->receive(0, burst);
        ASSERT_LE(count, 4u);
        EXPECT_EQ((*port)->buffers_in_use(), count);
        if (count == 4) {
            EXPECT_EQ((*port)->receive(0, burst), 0u);
        }
        for (size_t i = 0; i < count; ++i) {
            EXPECT_TRUE(equal(burst[i].bytes, (*frames)[received + i]));
            const uintptr_t buffers[] = {burst[i].buffer};
            (*port)->free_buffers(buffers);
        }
        received += count;
    }
    EXPECT_EQ(received, frames->size());
}

TEST(Replay, EndsWithAReasonWhereTheFileIsDamaged) {
    auto random = test_generator(183);
    const auto transactions = test::random_transactions(random, 100, 200, 200);
    const auto frames = encode_all({}, test::views(transactions));
    const Capture capture("damaged.pcapng", *frames);
    std::filesystem::resize_file(capture.path(), std::filesystem::file_size(capture.path()) - 10);
    auto port = replay_port({.path = capture.path()});
    ASSERT_TRUE(port);
    std::array<Frame, 256> burst;
    EXPECT_EQ((*port)->receive(0, burst), frames->size() - 1);
    EXPECT_TRUE((*port)->input_ended(0));
    EXPECT_EQ((*port)->finish().error().code, ErrorCode::Corrupt);
}

TEST(Replay, RefusesWhatMakesNoSense) {
    EXPECT_EQ(replay_port({.path = "/nowhere.pcap"}).error().code, ErrorCode::NotFound);
    for (const double speed :
         {-1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        EXPECT_EQ(replay_port({.path = "x", .speed = speed}).error().code, ErrorCode::InvalidInput);
}

}  // namespace
}  // namespace switchyard::dataplane
