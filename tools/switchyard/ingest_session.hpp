// SPDX-License-Identifier: Apache-2.0
// A client's session over a looped port, where client and server share the one thread.
#pragma once

#include "dataplane/ingress.hpp"
#include "dataplane/port.hpp"
#include "dataplane/protocol/encode.hpp"
#include "host/core/result.hpp"

namespace switchyard::tool {

/// Went through Hello and Challenge with an `Ingress` on the same port. Afterwards replies come
/// back on the port and are `NotForUs` to the ingress.
class IngestSession {
  public:
    static constexpr uint32_t kClientIpv4 = 0x0A00'0001;
    static constexpr uint32_t kServerIpv4 = 0x0A00'0002;
    static constexpr uint16_t kClientPort = 40'000;

    /// Preconditions: the port loops back and is empty; `ingress` validates sources and listens at
    /// kServerIpv4.
    [[nodiscard]] static Result<IngestSession> open(dataplane::Port& port,
                                                    dataplane::Ingress& ingress, uint64_t session);

    /// For an encoder of this session's datagrams.
    [[nodiscard]] const dataplane::EncoderConfig& encoder() const { return encoder_; }

  private:
    dataplane::EncoderConfig encoder_;
};

}  // namespace switchyard::tool
