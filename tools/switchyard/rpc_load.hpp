// SPDX-License-Identifier: Apache-2.0
// Raw transactions into a JSON-RPC port on loopback: a server, whoever takes what it submits, and
// clients.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::tool {

/// Identities 0 to this of the seed's family (`workloads::Signer`) send in turn.
inline constexpr size_t kLoadSenders = 1000;

/// Signed transactions of 110 bytes from many senders, all different.
[[nodiscard]] std::vector<Bytes> signed_transactions(size_t count, uint64_t seed);

/// Bodies of JSON-RPC requests: batches of eth_sendRawTransaction, or single calls for `batch` 1.
[[nodiscard]] std::vector<std::string> raw_transaction_requests(std::span<const Bytes> transactions,
                                                                size_t batch);

/// Sends all requests to a port of this machine over `connections` connections, one thread each,
/// and waits for the answers. Seconds of wall time. `Mismatch` unless every one of `transactions`
/// was answered with a hash, and the first of each connection with the right one.
[[nodiscard]] Result<double> send_requests(uint16_t port, std::span<const std::string> requests,
                                           std::span<const Bytes> transactions, size_t connections);

/// What happens to a submitted transaction before it is accepted.
enum class Acceptance {
    AtOnce,    ///< a sink takes it as it is
    Verified,  ///< the verify station decodes it and recovers its sender
};

/// A server with one port and its consumer, each on threads of its own, as long as it lives.
class RpcLoad {
  public:
    [[nodiscard]] static Result<std::unique_ptr<RpcLoad>> create(Acceptance acceptance);
    ~RpcLoad();

    /// `send_requests` to its port.
    [[nodiscard]] Result<double> run(std::span<const std::string> requests,
                                     std::span<const Bytes> transactions, size_t connections);
    /// One request through the dispatcher alone, without a socket; the response.
    [[nodiscard]] std::string answer(std::string request);

  private:
    struct State;
    explicit RpcLoad(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace switchyard::tool
