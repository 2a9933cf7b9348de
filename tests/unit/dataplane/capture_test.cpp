// SPDX-License-Identifier: Apache-2.0
#include "dataplane/capture/capture_port.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/drain.hpp"
#include "tests/unit/dataplane/memory_port.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

std::string temporary(const std::string& name) {
    return (std::filesystem::temp_directory_path() /
            ("switchyard_" + std::to_string(getpid()) + "_" + name))
        .string();
}

uint32_t word(const Bytes& bytes, size_t at) {
    uint32_t out = 0;
    std::memcpy(&out, bytes.data() + at, sizeof(out));
    return out;
}

// Read back by the format's description, not by code of ours.
TEST(Capture, WritesEveryFrameThatPassesThrough) {
    auto random = test_generator(160);
    const auto transactions = test::random_transactions(random, 300, 90, 400);
    const auto frames = encode_all({}, test::views(transactions));
    test::MemoryPort port;
    const std::string path = temporary("capture.pcap");
    {
        auto recorder = record_port(port, path);
        ASSERT_TRUE(recorder) << recorder.error().message;
        for (size_t i = 0; i < frames->size(); ++i)
            port.push(to_bytes((*frames)[i]));
        port.end_input();
        const auto ingress = test::make_ingress(**recorder, {});
        while (!ingress->input_ended())
            (void)ingress->receive_once();
        test::expect_all_in_order(*ingress, transactions);
        (void)ingress->receive_once();
    }
    std::ifstream file(path, std::ios::binary);
    const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::filesystem::remove(path);
    ASSERT_GE(bytes.size(), 24u);
    EXPECT_EQ(word(bytes, 0), 0xA1B23C4Du);
    EXPECT_EQ(word(bytes, 4), 0x00040002u) << "version 2.4";
    EXPECT_EQ(word(bytes, 20), 1u) << "Ethernet";
    size_t at = 24;
    uint64_t before = 0;
    for (size_t i = 0; i < frames->size(); ++i) {
        ASSERT_GE(bytes.size() - at, 16 + (*frames)[i].size());
        const uint64_t time = uint64_t{word(bytes, at)} * 1'000'000'000 + word(bytes, at + 4);
        EXPECT_LT(word(bytes, at + 4), 1'000'000'000u);
        EXPECT_GE(time, before);
        before = time;
        ASSERT_EQ(word(bytes, at + 8), (*frames)[i].size());
        ASSERT_EQ(word(bytes, at + 12), (*frames)[i].size());
        ASSERT_TRUE(equal(BytesView{bytes}.subspan(at + 16, (*frames)[i].size()), (*frames)[i]));
        at += 16 + (*frames)[i].size();
    }
    EXPECT_EQ(at, bytes.size());
}

TEST(Capture, SaysThatAFileCannotBeWritten) {
    test::MemoryPort port;
    const auto recorder = record_port(port, "/nonexistent/folder/capture.pcap");
    ASSERT_FALSE(recorder);
    EXPECT_EQ(recorder.error().code, ErrorCode::Io);
}

}  // namespace
}  // namespace switchyard::dataplane
