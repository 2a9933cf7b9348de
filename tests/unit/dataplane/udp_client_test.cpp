// SPDX-License-Identifier: Apache-2.0
// The clients over real sockets on the loopback interface, with a server of the test's own.
#include "dataplane/client/udp_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "dataplane/client/switchyard_client.h"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/simulation.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

/// A receiver behind a socket, on a thread. Loses every `lose`-th datagram in both directions.
class SocketServer {
  public:
    explicit SocketServer(unsigned lose = 0) : lose_(lose) {
        file_ = ::socket(AF_INET, SOCK_DGRAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        EXPECT_EQ(::bind(file_, reinterpret_cast<sockaddr*>(&address), length), 0);
        EXPECT_EQ(::getsockname(file_, reinterpret_cast<sockaddr*>(&address), &length), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~SocketServer() {
        stop();
        ::close(file_);
    }
    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] uint16_t port() const { return port_; }
    [[nodiscard]] test::SimulatedServer& state() { return server_; }

  private:
    bool lost() { return lose_ != 0 && ++datagrams_ % lose_ == 0; }

    void serve() {
        std::vector<uint8_t> memory(kDatagramBytesMax);
        uint64_t now = 0;
        while (!stopping_) {
            pollfd ready{.fd = file_, .events = POLLIN, .revents = 0};
            (void)::poll(&ready, 1, 1);
            for (;;) {
                sockaddr_in from{};
                socklen_t length = sizeof(from);
                const ssize_t size = ::recvfrom(file_, memory.data(), memory.size(), MSG_DONTWAIT,
                                                reinterpret_cast<sockaddr*>(&from), &length);
                if (size < 0) break;
                if (lost()) continue;
                (void)server_.arrive({ntohl(from.sin_addr.s_addr), ntohs(from.sin_port)},
                                     BytesView{memory}.first(static_cast<size_t>(size)), now);
            }
            // Each turn counts as a millisecond: what waits for one is sent in the next.
            now += 1'000'000;
            server_.judge(now);
            server_.tick(now);
            for (const Reply& reply : server_.take_replies()) {
                if (lost()) continue;
                sockaddr_in to{};
                to.sin_family = AF_INET;
                to.sin_addr.s_addr = htonl(reply.to.ip.to_v4());
                to.sin_port = htons(reply.to.port);
                (void)::sendto(file_, reply.bytes.data(), reply.size, 0,
                               reinterpret_cast<sockaddr*>(&to), sizeof(to));
            }
        }
    }

    unsigned lose_;
    unsigned datagrams_ = 0;
    int file_ = -1;
    uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    test::SimulatedServer server_{{}};
    std::thread thread_;
};

void expect_answered(SocketServer& server, GroupShape group,
                     const std::vector<Bytes>& transactions) {
    UdpClientConfig config{.port = server.port()};
    config.session.group = group;
    auto client = UdpClient::open(config);
    ASSERT_TRUE(client) << client.error().message;
    std::vector<TransactionResult> results;
    std::array<TransactionResult, 256> some;
    size_t submitted = 0;
    while (results.size() < transactions.size()) {
        while (submitted < transactions.size()) {
            const auto number = (*client)->submit(transactions[submitted], Bytes(20, 0x11));
            ASSERT_TRUE(number) << number.error().message;
            if (!*number) break;
            ASSERT_EQ(**number, submitted++);
        }
        const auto count = (*client)->wait(some, std::chrono::milliseconds(10'000));
        ASSERT_TRUE(count) << count.error().message;
        ASSERT_NE(*count, 0u);
        results.insert(results.end(), some.begin(),
                       some.begin() + static_cast<std::ptrdiff_t>(*count));
    }
    for (size_t i = 0; i < results.size(); ++i) {
        ASSERT_EQ(results[i].number, i);
        ASSERT_EQ(results[i].verdict, test::verdict_of(transactions[i]));
    }
    EXPECT_EQ((*client)->outstanding(), 0u);
    client->reset();
    server.stop();
    EXPECT_EQ(server.state().taken.size(), transactions.size());
    server.state().expect_fates_add_up();
}

TEST(UdpClient, GetsEveryVerdict) {
    auto random = test_generator(140);
    SocketServer server;
    expect_answered(server, {}, test::random_transactions(random, 20'000, 90, 300));
}

TEST(UdpClient, GetsEveryVerdictThroughLoss) {
    auto random = test_generator(141);
    SocketServer server(7);
    auto transactions = test::random_transactions(random, 3'000, 90, 300);
    transactions[1'000] = test::random_bytes(random, kTransactionBytesMax);
    expect_answered(server, {.data = 8, .parity = 3}, transactions);
}

TEST(UdpClient, SaysWhyItCannotOpen) {
    // A port that nobody listens at.
    uint16_t port = 0;
    {
        SocketServer gone;
        port = gone.port();
    }
    UdpClientConfig config{.port = port};
    config.session.patience_ns = 50'000'000;
    config.session.first_timeout_ns = 10'000'000;
    const auto client = UdpClient::open(config);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ErrorCode::Timeout);
    EXPECT_NE(client.error().message.find("is it listening"), std::string::npos);
    config.session.window = 100;
    EXPECT_EQ(UdpClient::open(config).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(UdpClient::open({.host = "no such host"}).error().code, ErrorCode::NotFound);
}

TEST(SwitchyardClient, DoesTheSameInC) {
    auto random = test_generator(142);
    const auto transactions = test::random_transactions(random, 1'000, 90, 300);
    SocketServer server(11);
    char message[200] = "";
    switchyard_client_options options{};
    options.port = server.port();
    options.window = 256;
    options.group_data = 8;
    options.group_parity = 2;
    switchyard_client* client = nullptr;
    ASSERT_EQ(switchyard_client_open(&options, &client, message, sizeof(message)), SWITCHYARD_OK)
        << message;
    size_t submitted = 0;
    std::vector<uint8_t> verdicts;
    bool was_full = false;
    while (verdicts.size() < transactions.size()) {
        int code = SWITCHYARD_OK;
        while (submitted < transactions.size() && code == SWITCHYARD_OK) {
            uint64_t number = 0;
            const Bytes& one = transactions[submitted];
            code = switchyard_client_submit(client, one.data(), one.size(), nullptr, &number);
            if (code != SWITCHYARD_OK) break;
            ASSERT_EQ(number, submitted++);
        }
        ASSERT_GE(code, 0) << switchyard_client_message(client);
        was_full = was_full || code == SWITCHYARD_WINDOW_FULL;
        switchyard_client_result results[50];
        const int count = switchyard_client_wait(client, results, 50, 10'000);
        ASSERT_GT(count, 0) << switchyard_client_message(client);
        for (int i = 0; i < count; ++i) {
            ASSERT_EQ(results[i].number, verdicts.size());
            verdicts.push_back(results[i].verdict);
        }
    }
    EXPECT_TRUE(was_full);
    EXPECT_EQ(switchyard_client_outstanding(client), 0u);
    for (size_t i = 0; i < verdicts.size(); ++i)
        ASSERT_EQ(verdicts[i], static_cast<uint8_t>(test::verdict_of(transactions[i])));
    uint64_t number = 0;
    EXPECT_EQ(switchyard_client_submit(client, transactions[0].data(), 0, nullptr, &number),
              SWITCHYARD_INVALID);
    EXPECT_STRNE(switchyard_client_message(client), "");
    EXPECT_EQ(switchyard_client_wait(client, nullptr, 1, 0), SWITCHYARD_INVALID);
    switchyard_client_close(client);
    switchyard_client_close(nullptr);

    options.window = 3;
    EXPECT_EQ(switchyard_client_open(&options, &client, message, sizeof(message)),
              SWITCHYARD_INVALID);
    EXPECT_EQ(client, nullptr);
    EXPECT_NE(std::string(message).find("window"), std::string::npos);
}

TEST(SwitchyardClient, NamesEveryVerdict) {
    for (size_t i = 0; i < kVerdictCount; ++i)
        EXPECT_STRNE(switchyard_verdict_name(static_cast<uint8_t>(i)), "unknown");
    EXPECT_STREQ(switchyard_verdict_name(kVerdictCount), "unknown");
    EXPECT_STREQ(switchyard_verdict_name(0), "accepted");
}

}  // namespace
}  // namespace switchyard::dataplane
