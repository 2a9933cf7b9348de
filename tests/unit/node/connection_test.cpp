// SPDX-License-Identifier: Apache-2.0
// The client that tests and benchmarks talk through, over a pair of sockets.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "tools/rpc_client/connection.hpp"

namespace switchyard::tool {
namespace {

std::atomic<int> g_signals{0};

/// A client whose other end the test holds, and signals to its thread, as a profiler's, a timer's
/// or libFuzzer's. The handler asks to restart calls, which the kernel does not do here.
class InterruptedFixture : public testing::Test {
  protected:
    void SetUp() override {
        struct sigaction action {};
        action.sa_handler = [](int) { g_signals.fetch_add(1); };
        action.sa_flags = SA_RESTART;
        ASSERT_EQ(::sigaction(SIGUSR1, &action, &before_), 0);
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        const timeval timeout{60, 0};
        for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
            ASSERT_EQ(::setsockopt(ends[1], SOL_SOCKET, option, &timeout, sizeof(timeout)), 0);
        other_end_ = ends[0];
        connection_.emplace(ends[1]);
    }
    void TearDown() override {
        if (other_end_ >= 0) ::close(other_end_);
        ::sigaction(SIGUSR1, &before_, nullptr);
    }
    /// Interrupts the thread of the test many times, so that one of them finds it waiting.
    static void interrupt(pthread_t thread) {
        const int seen = g_signals.load();
        for (int i = 0; i < 100; ++i) {
            ::pthread_kill(thread, SIGUSR1);
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        while (g_signals.load() == seen)
            std::this_thread::yield();
    }

    int other_end_ = -1;
    std::optional<Connection> connection_;
    struct sigaction before_ {};
};

TEST_F(InterruptedFixture, ReceivesWhatComesAfterASignal) {
    std::thread server([this, client = ::pthread_self()] {
        interrupt(client);
        const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell";
        EXPECT_EQ(::write(other_end_, answer.data(), answer.size()), 42);
    });
    const auto reply = connection_->receive_reply();
    server.join();
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200U);
    EXPECT_EQ(reply->body, "well");
}

TEST_F(InterruptedFixture, ASignalIsNotTheEndOfAStream) {
    std::thread server([this, client = ::pthread_self()] {
        interrupt(client);
        EXPECT_EQ(::write(other_end_, "all", 3), 3);
        ::close(std::exchange(other_end_, -1));
    });
    const auto all = connection_->receive_all();
    server.join();
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(*all, "all");
}

TEST_F(InterruptedFixture, SendsTheRestAfterASignal) {
    const std::string large(4 << 20, 'x');
    size_t received = 0;
    std::thread server([&, client = ::pthread_self()] {
        interrupt(client);
        std::array<char, 65536> piece{};
        for (ssize_t got = 0; (got = ::read(other_end_, piece.data(), piece.size())) > 0;)
            received += static_cast<size_t>(got);
    });
    const auto sent = connection_->send(large);
    connection_->shutdown_send();
    server.join();
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(received, large.size());
}

}  // namespace
}  // namespace switchyard::tool
