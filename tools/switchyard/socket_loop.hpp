// SPDX-License-Identifier: Apache-2.0
// The usual way to receive datagrams, for comparison: recvmmsg on a UDP socket.
#pragma once

#include <functional>
#include <span>
#include <utility>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::tool {

/// Two UDP sockets on the loopback interface.
class SocketLoop {
  public:
    [[nodiscard]] static Result<SocketLoop> open();
    ~SocketLoop();
    SocketLoop(SocketLoop&& other) noexcept
        : sender_(std::exchange(other.sender_, -1)),
          receiver_(std::exchange(other.receiver_, -1)) {}
    SocketLoop& operator=(SocketLoop&&) = delete;

    /// Sends the datagrams, as many at a time as the receiver's buffer holds, and receives each lot
    /// 32 at a time; `each` gets every payload. Returns the CPU time of the receiving half in ns.
    /// The kernel does a part of its work for a received datagram on the sender's account here,
    /// which favours this loop.
    [[nodiscard]] Result<double> run(std::span<const BytesView> datagrams,
                                     const std::function<void(BytesView)>& each);

  private:
    SocketLoop() = default;
    int sender_ = -1;
    int receiver_ = -1;
};

}  // namespace switchyard::tool
