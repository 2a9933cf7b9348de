// SPDX-License-Identifier: Apache-2.0
// A client over a plain UDP socket.
//
//   auto client = UdpClient::open({.host = "10.0.0.2"});      // Result<std::unique_ptr<UdpClient>>
//   (*client)->submit(transaction);                           // false: wait first
//   (*client)->wait(results, std::chrono::milliseconds(100));  // Result<size_t>
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "dataplane/client/client_session.hpp"

namespace switchyard::dataplane {

struct UdpClientConfig {
    /// A name or an address. Of a name with addresses of both families an IPv4 one is taken.
    std::string host = "127.0.0.1";
    uint16_t port = kDefaultUdpPort;
    /// `session.session` 0: drawn at random; `session.ipv6` is set by the address.
    ClientConfig session{.session = 0};
};

/// One session with one server. All calls from one thread; none but `open` and `wait` waits.
class UdpClient {
  public:
    /// Makes the socket and opens the session. NotFound for a host without an address, Io,
    /// and what `ClientSession::failure` says: Timeout when nobody answers within the patience.
    [[nodiscard]] static Result<std::unique_ptr<UdpClient>> open(const UdpClientConfig& config);
    /// Says Close to the server, once.
    ~UdpClient();
    UdpClient(const UdpClient&) = delete;
    UdpClient& operator=(const UdpClient&) = delete;

    /// As `ClientSession::submit`; sends what is due, and takes what came.
    [[nodiscard]] Result<std::optional<uint64_t>> submit(BytesView transaction,
                                                         BytesView sender_hint = {});

    /// Results in the order of their numbers, as soon as there is one, or none after `patience`.
    /// Fails for good when the session does.
    [[nodiscard]] Result<size_t> wait(std::span<TransactionResult> out,
                                      std::chrono::milliseconds patience);

    /// Transactions whose results were not taken.
    [[nodiscard]] size_t outstanding() const;
    [[nodiscard]] const ClientCounters& counters() const;

  private:
    struct Impl;
    explicit UdpClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace switchyard::dataplane
