// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/json_client.hpp"

#include <atomic>
#include <thread>

#include "tests/unit/node/silent_server.hpp"

namespace switchyard::http {
namespace {

std::unique_ptr<JsonClient> open(const JsonClientConfig& config) {
    auto out = JsonClient::create(config);
    EXPECT_TRUE(out) << out.error().message;
    return out ? *std::move(out) : nullptr;
}

TEST(JsonClient, TakesUrlsOfOneForm) {
    for (const char* url :
         {"http://localhost", "http://127.0.0.1:8545/path?key=1", "http://[::1]:80"})
        EXPECT_TRUE(JsonClient::create({.url = url})) << url;
    for (const char* url :
         {"", "localhost:8545", "https://localhost", "http://", "http://user@host", "http://host:0",
          "http://host:65536", "http://[::1", "http://a b/"})
        EXPECT_FALSE(JsonClient::create({.url = url})) << url;
}

TEST(JsonClient, SaysThatNobodyAnswered) {
    const test::SilentServer silent;
    const auto client = open({.url = silent.url(), .timeout = std::chrono::milliseconds(20)});
    const auto answer = client->post("{}");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::Timeout);
}

TEST(JsonClient, IsCancelledBetweenAnyTwoSteps) {
    // At a moment that moves on through connecting, sending and waiting for the answer.
    constexpr int kMoments = 400;
    for (int moment = 0; moment < kMoments; ++moment) {
        const test::SilentServer silent;
        const auto client = open({.url = silent.url(), .timeout = std::chrono::seconds(3)});
        std::atomic<bool> is_begun{false};
        Result<std::string> answer = std::string();
        std::thread asks([&] {
            is_begun = true;
            answer = client->post("{}");
        });
        while (!is_begun)
            std::this_thread::yield();
        for (int i = 0; i < 50 * moment; ++i)
            std::atomic_signal_fence(std::memory_order_seq_cst);
        client->cancel();
        asks.join();
        ASSERT_FALSE(answer);
        ASSERT_EQ(answer.error().code, ErrorCode::Unavailable) << moment << answer.error().message;
        const auto after = client->post("{}");
        ASSERT_FALSE(after);
        ASSERT_EQ(after.error().code, ErrorCode::Unavailable);
    }
}

}  // namespace
}  // namespace switchyard::http
