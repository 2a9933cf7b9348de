// SPDX-License-Identifier: Apache-2.0
// Forwarding to a node of this process: a real HTTP server whose eth_sendRawTransaction does what
// the test says.
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "host/core/hex.hpp"
#include "host/node/forward/pool_feed.hpp"
#include "tests/unit/node/server_fixture.hpp"
#include "tests/unit/node/silent_server.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard::forward {
namespace {

using std::chrono::milliseconds;

/// Transactions that a test hands over.
class Handed {
  public:
    void add(Bytes transaction) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(transaction));
    }
    [[nodiscard]] Feed feed() {
        return [this](size_t limit, std::vector<Bytes>& out) {
            const std::lock_guard lock(mutex_);
            while (!waiting_.empty() && out.size() < limit) {
                out.push_back(std::move(waiting_.front()));
                waiting_.pop_front();
            }
            return size_t{0};
        };
    }

  private:
    std::mutex mutex_;
    std::deque<Bytes> waiting_;
};

class ForwardTest : public test::ServerFixture {
  protected:
    ForwardTest() {
        table_.add(
            "eth_sendRawTransaction",
            [this](const rpc::Params& params, rpc::Context&, json::Writer& out) -> rpc::Failure {
                rpc::Arguments arguments(params, 1);
                const Bytes bytes = arguments.data(0, size_t{1} << 20);
                if (arguments.failure()) return arguments.failure();
                const std::lock_guard lock(mutex_);
                seen_.push_back(bytes);
                auto& words = refusals_[bytes];
                if (!words.empty()) {
                    const std::string text = words.front();
                    words.pop_front();
                    return rpc::RpcError{-32000, text, {}};
                }
                out.data(Bytes32{});
                return {};
            });
    }
    [[nodiscard]] ForwardConfig config() const {
        ForwardConfig out;
        out.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/";
        out.poll = milliseconds(1);
        out.timeout = milliseconds(3'600'000);
        out.retry_first = milliseconds(1);
        out.retry_max = milliseconds(20);
        return out;
    }
    static std::unique_ptr<Forwarder> open(const ForwardConfig& config, Feed feed) {
        auto out = Forwarder::open(config, std::move(feed));
        EXPECT_TRUE(out) << out.error().message;
        return out ? *std::move(out) : nullptr;
    }
    template <typename Condition>
    static ForwardCounters await_counters(const Forwarder& forwarder, Condition condition) {
        ForwardCounters out = forwarder.counters();
        for (int i = 0; i < 60'000 && !condition(out); ++i) {
            std::this_thread::sleep_for(milliseconds(1));
            out = forwarder.counters();
        }
        EXPECT_TRUE(condition(out));
        return out;
    }
    std::vector<Bytes> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

    Handed handed_;
    std::vector<Bytes> seen_;
    std::map<Bytes, std::deque<std::string>> refusals_;
};

TEST_F(ForwardTest, HandsEverythingOnInOrder) {
    start({});
    std::vector<Bytes> expected;
    for (int i = 0; i < 1000; ++i)
        expected.push_back({2, static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)});
    ForwardConfig limits = config();
    limits.batch_transactions = 64;
    const auto forwarder = open(limits, handed_.feed());
    for (const Bytes& bytes : expected)
        handed_.add(bytes);
    const auto counters =
        await_counters(*forwarder, [](const auto& found) { return found.accepted == 1000; });
    EXPECT_EQ(seen(), expected);
    EXPECT_EQ(counters.offered, 1000U);
    EXPECT_EQ(counters.waiting, 0U);
    EXPECT_EQ(counters.waiting_bytes, 0U);
    EXPECT_EQ(counters.retries, 0U);
    EXPECT_GE(counters.requests, 1000U / 64);
}

TEST_F(ForwardTest, TellsWhatIsFinalFromWhatGoesAgain) {
    start({});
    refusals_[{2, 1}] = {"already known"};
    refusals_[{2, 2}] = {"nonce too low"};
    refusals_[{2, 3}] = {"txpool is full", "server busy: try again"};
    const auto forwarder = open(config(), handed_.feed());
    for (uint8_t i = 0; i < 5; ++i)
        handed_.add({2, i});
    const auto counters = await_counters(*forwarder, [](const auto& found) {
        return found.accepted + found.known + found.refused == 5;
    });
    EXPECT_EQ(counters.accepted, 3U);
    EXPECT_EQ(counters.known, 1U);
    EXPECT_EQ(counters.refused, 1U);
    EXPECT_EQ(counters.retries, 2U);
    EXPECT_EQ(counters.failures, 0U);
    EXPECT_EQ(std::ranges::count(seen(), Bytes{2, 3}), 3);
    EXPECT_EQ(std::ranges::count(seen(), Bytes{2, 4}), 1) << "what stood behind did not wait";
}

TEST_F(ForwardTest, GoesOnToAnotherNodeWithWhatWaits) {
    start({});
    const ForwardConfig there = config();
    ForwardConfig nowhere = there;
    nowhere.url = "http://127.0.0.1:1/";
    nowhere.retry_first = nowhere.retry_max = milliseconds(60'000);
    const auto forwarder = open(nowhere, handed_.feed());
    for (uint8_t i = 0; i < 3; ++i)
        handed_.add({2, i});
    await_counters(*forwarder, [](const auto& found) { return found.failures == 1; });
    EXPECT_FALSE(forwarder->reconfigure({.url = "ftp://127.0.0.1/"}));
    EXPECT_FALSE(forwarder->reconfigure({.url = there.url, .batch_transactions = 0}));
    ASSERT_TRUE(forwarder->reconfigure(there));
    const auto counters =
        await_counters(*forwarder, [](const auto& found) { return found.accepted == 3; });
    EXPECT_EQ(seen(), (std::vector<Bytes>{{2, 0}, {2, 1}, {2, 2}}));
    EXPECT_EQ(counters.waiting, 0U);
}

TEST_F(ForwardTest, AChangeEndsAnExchangeUnderWay) {
    start({});
    // Takes a connection, and answers nothing.
    const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_GE(silent, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(silent, 1), 0);
    ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ForwardConfig mute = config();
    mute.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    mute.timeout = milliseconds(3'600'000);
    const auto forwarder = open(mute, handed_.feed());
    handed_.add({2, 9});
    await_counters(*forwarder, [](const auto& found) { return found.requests == 1; });
    ASSERT_TRUE(forwarder->reconfigure(config()));
    await_counters(*forwarder, [](const auto& found) { return found.accepted == 1; });
    ::close(silent);
}

TEST_F(ForwardTest, OutlivesAnUpstreamThatIsNotThere) {
    start({});
    const ForwardConfig where = config();
    const uint16_t port = server_->port();
    server_.reset();
    const auto forwarder = open(where, handed_.feed());
    handed_.add({2, 7});
    await_counters(*forwarder, [](const auto& found) { return found.failures >= 3; });
    EXPECT_EQ(forwarder->counters().waiting, 1U);
    EXPECT_NE(forwarder->counters().last_error.find("cannot connect"), std::string::npos);
    http::PortConfig again;
    again.port = port;
    again.dispatcher = &dispatcher_;
    http::ServerConfig server;
    server.ports.push_back(std::move(again));
    auto started = http::Server::start(std::move(server));
    if (!started) GTEST_SKIP() << "somebody else has taken the port: " << started.error().message;
    server_ = *std::move(started);
    const auto counters =
        await_counters(*forwarder, [](const auto& found) { return found.accepted == 1; });
    EXPECT_GE(counters.retries, 3U);
}

TEST_F(ForwardTest, IsBoundedAndSaysWhatItDropped) {
    start({});
    ForwardConfig limits = config();
    server_.reset();
    limits.transactions_max = 10;
    const auto forwarder = open(limits, handed_.feed());
    for (uint8_t i = 0; i < 50; ++i)
        handed_.add({2, i});
    const auto full =
        await_counters(*forwarder, [](const auto& found) { return found.offered == 50; });
    EXPECT_EQ(full.waiting, 10U);
    EXPECT_EQ(full.waiting_bytes, 20U);
    EXPECT_EQ(full.dropped_full, 40U);

    Handed other;
    limits.lifetime = milliseconds(1);
    const auto short_lived = open(limits, other.feed());
    other.add({2, 1});
    const auto old =
        await_counters(*short_lived, [](const auto& found) { return found.dropped_old == 1; });
    EXPECT_EQ(old.waiting, 0U);
    EXPECT_EQ(old.waiting_bytes, 0U);
}

TEST_F(ForwardTest, EndsWhileTheOtherSideIsSilent) {
    start({});
    const test::SilentServer silent;
    ForwardConfig limits = config();
    limits.url = silent.url();
    auto forwarder = open(limits, handed_.feed());
    handed_.add({2, 1});
    await_counters(*forwarder, [](const auto& found) { return found.requests == 1; });
    // Were the exchange not cut short, this would take longer than the test may.
    forwarder.reset();
}

class PoolFeedTest : public pool_tests::PoolTest {};

TEST_F(PoolFeedTest, GivesWhatThePoolAcceptsAsItWasSent) {
    using pool_tests::transaction;
    const auto pool = make_pool();
    ASSERT_EQ(pool->add(transaction({.sender = 1})), Verdict::Accepted);
    const Feed feed = pool_feed(*pool, nullptr);
    std::vector<Bytes> given;
    EXPECT_EQ(feed(100, given), 0U);
    EXPECT_TRUE(given.empty()) << "what was there before";
    const auto first = transaction({.sender = 2});
    const auto second = transaction({.sender = 2, .nonce = 2});
    ASSERT_EQ(pool->add(SignedTransaction(first)), Verdict::Accepted);
    ASSERT_EQ(pool->add(SignedTransaction(second)), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 3})), Verdict::Accepted);
    ASSERT_TRUE(pool->drop(transaction({.sender = 3}).hash, Verdict::Malformed));
    ASSERT_EQ(pool->add(transaction({.sender = 4, .blobs = 1})), Verdict::Accepted);
    EXPECT_EQ(feed(100, given), 2U) << "one has left, one has no sidecar";
    ASSERT_EQ(given.size(), 2U);
    EXPECT_EQ(given[0], encode_transaction(first.transaction));
    EXPECT_EQ(given[1], encode_transaction(second.transaction));
    // Becoming executable is no news.
    ASSERT_EQ(pool->add(transaction({.sender = 2, .nonce = 1})), Verdict::Accepted);
    given.clear();
    EXPECT_EQ(feed(100, given), 0U);
    EXPECT_EQ(given.size(), 1U);
}

TEST(UpstreamAnswer, IsReadWhateverItsOrder) {
    json::Document document;
    const auto read = [&](std::string_view text, size_t count) {
        return read_batch_answer(text, count, document);
    };
    const auto mixed = read(
        R"([{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"Already Known"}},)"
        R"({"id":0,"result":"0x01"},{"id":9,"result":"0x"},{"id":1,"error":{"code":-32005,"message":"x"}}])",
        4);
    ASSERT_TRUE(mixed);
    EXPECT_EQ(*mixed, (std::vector<Delivery>{Delivery::Accepted, Delivery::Later, Delivery::Known,
                                             Delivery::Later}));
    EXPECT_EQ(read(R"({"error":{"code":-32600,"message":"no batches"}})", 3).error().code,
              ErrorCode::Unsupported);
    EXPECT_EQ(
        read(R"({"id":0,"error":{"code":-32000,"message":"intrinsic gas too low"}})", 1).value(),
        std::vector<Delivery>{Delivery::Refused});
    EXPECT_EQ(read("<html>", 1).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(read("7", 1).error().code, ErrorCode::InvalidInput);
    for (const char* const url : {"", "https://a", "http://", "http://a:0", "http://a:99999",
                                  "http://u@a", "http://[::1", "http://a b", "ftp://a"})
        EXPECT_FALSE(Forwarder::open({.url = url}, {})) << url;
}

}  // namespace
}  // namespace switchyard::forward
